"""What a working page is made of: headings, sentences, tables and forms, laid out by templates/workplace/page.html.

A form's fields are named by the JSON pointer of what they fill in the body that REST takes ("/share", "/0/role"), so a
refusal of REST's own rules finds its field, and what was typed is shown again beside it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from siyu.problems import exception_handler, say

ALWAYS_THERE = {"role", "kind", "rule", "share", "channel"}  # fields that say something in an empty line too
Choice = tuple[str, str]  # value, text


@dataclass(frozen=True)
class Heading:
    text: str
    anchor: str = ""
    template: str = "workplace/_heading.html"


@dataclass(frozen=True)
class Note:
    """tone: note, warn, error, empty."""

    text: str
    tone: str = "note"
    template: str = "workplace/_note.html"


@dataclass(frozen=True)
class Lines:
    items: Sequence[str]
    template: str = "workplace/_lines.html"


@dataclass(frozen=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True)
class Actions:
    """Links that stand as buttons."""

    links: Sequence[Link]
    template: str = "workplace/_actions.html"


@dataclass(frozen=True)
class Field:
    """kind: text, number, date, month, select, checkbox, hidden; static: words that nobody changes. `groups`: more
    choices of a select, under their titles."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: Sequence[Choice] = ()
    error: str = ""
    groups: Sequence[tuple[str, Sequence[Choice]]] = ()


@dataclass(frozen=True)
class Form:
    """`action`: where it is sent; `key` tells it from other forms of the page; `rows`: lines of fields under
    `columns`; `method` get: it only asks; `fold`: of a form in a table, the words that it lies folded under;
    `about`: what pressing its button does; `is_grave`: it takes something away."""

    action: str
    key: str
    submit: str
    fields: Sequence[Field] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Field]] = ()
    method: str = "post"
    other: Link | None = None  # a second button, and where it sends the same fields
    fold: str = ""
    about: str = ""
    is_grave: bool = False
    template: str = "workplace/_form.html"


@dataclass(frozen=True)
class Table:
    """Cells are text, links or forms; the first of a row names it. On a phone a row of more than a name and a value is
    a card (`is_cards`)."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = ""
    template: str = "workplace/_table.html"

    @property
    def is_cards(self) -> bool:
        return len(self.columns) > 2

    @property
    def is_dense(self) -> bool:
        """Whether only one line to a row leaves all its columns in sight."""
        return len(self.columns) > 8

    @property
    def lines(self) -> list[list[tuple[str, Any]]]:
        """The rows, each cell beside the title of its column."""
        return [list(zip(self.columns, row, strict=False)) for row in self.rows]


Block = Heading | Note | Lines | Form | Table


@dataclass(frozen=True)
class Typed:
    """What was typed into the form that was refused, and why; of a page that nobody filled, nothing."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""

    def of(self, key: str) -> "Typed":
        """What concerns the form of this key."""
        return self if self.values.get("form") == key else Typed()

    def renamed(self, rename: Callable[[str], str]) -> "Typed":
        """With what is wrong named by the form's own fields."""
        return Typed(self.values, {rename(name): message for name, message in self.errors.items()}, self.detail)

    def field(
        self, name: str, label: str, value: Any = "", kind: str = "text", choices: Sequence[Choice] = ()
    ) -> Field:
        given = "" if value is None else str(value)
        shown = self.values.get(name, "" if self.values else given)
        if kind == "select" and self.values and shown not in dict(choices):
            choices = [*choices, (shown, shown)]
        return Field(name, label, kind, shown, choices, self.errors.get(name, ""))


def typed_of(values: Mapping[str, str], refusal: Exception, places: Sequence[int] | None = None) -> tuple[Typed, int]:
    """What REST would answer to the same body, for the form; and the status. `places`: of each row of the body, the
    line of the form that it stands in."""
    response = exception_handler(refusal, {})
    problem = json.loads(response.content)
    errors = {_to_line(error.get("pointer", ""), places): error["message"] for error in problem["errors"]}
    detail = problem["detail"] or problem["title"]
    unplaced = [message for name, message in errors.items() if name not in values and message not in detail]
    detail = say("；", "; ").join(dict.fromkeys([detail, *unplaced]))
    return Typed(values, errors, detail), response.status_code


def _to_line(pointer: str, places: Sequence[int] | None) -> str:
    _, _, rest = pointer.partition("/")
    number, slash, name = rest.partition("/")
    if places is None or not number.isdigit() or int(number) >= len(places):
        return pointer
    return f"/{places[int(number)]}{slash}{name}"


def flat_body(values: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form for one thing; what is empty is left out."""
    return {name[1:]: value for name, value in values.items() if name.startswith("/") and value.strip()}


def row_bodies(values: Mapping[str, str]) -> tuple[list[int], list[dict[str, str]]]:
    """Which lines of a form for a list say something, and what. Those marked to be removed are left out."""
    lines: dict[int, dict[str, str]] = {}
    for name, value in values.items():
        _, _, rest = name.partition("/")
        number, _, part = rest.partition("/")
        if number.isdigit() and part and value.strip():
            lines.setdefault(int(number), {})[part] = value.strip()
    kept = {
        place: line
        for place, line in sorted(lines.items())
        if not line.pop("remove", None) and set(line) - ALWAYS_THERE
    }
    return list(kept), list(kept.values())

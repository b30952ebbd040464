"""Numbers of a report on a page: each with the JSON pointer of what it shows and the value that REST gives. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from kpi.metrics import METRICS
from reports.freezing import points_into
from siyu.numbers import UNKNOWN, percent
from siyu.problems import say
from workplace.report_words import BANDS, figure_text, metric_name, parts_text
from workplace.totals_words import mark_of

Payload = Mapping[str, Any]
Show = Callable[[Decimal], str]


@dataclass(frozen=True)
class Value:
    """`exact`: what REST gives at `pointer`; `text`: the same as it is read; `small`: said below it."""

    pointer: str
    exact: str
    text: str
    small: str = ""


@dataclass(frozen=True)
class Chip:
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """`title` names it; `pointer`: of what comments on the row are about; `group`: the heading it stands under, where
    the table has any; `drawn`: the picture of its part's `drawn`."""

    title: str
    cells: Sequence[Any]
    pointer: str = ""
    group: str = ""
    drawn: SafeString = field(default=SafeString(""))


@dataclass(frozen=True)
class Column:
    text: str
    is_aside: bool = False  # left out on a phone


@dataclass(frozen=True)
class Part:
    """One table of the report; `note` stands under its title; `drawn`: the heading of a column of pictures of what the
    numbers say, "" without one. `finding`: what the numbers say in a sentence; `picture`: what stands above them."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""
    drawn: str = ""
    finding: str = ""
    picture: SafeString = field(default=SafeString(""))


def value_at(payload: Payload, pointer: str, show: Show, small: str = "") -> Value:
    """What stands at the pointer; a dash where it is null or not there."""
    here: Any = payload
    if not points_into(payload, pointer):
        return Value(pointer, "", UNKNOWN, small)
    for part in pointer.split("/")[1:]:
        here = here[int(part)] if isinstance(here, list) else here[part.replace("~1", "/").replace("~0", "~")]
    if here is None:
        return Value(pointer, "", UNKNOWN, small)
    return Value(pointer, str(here), show(Decimal(str(here))), small)


def band(row: Mapping[str, Any]) -> Any:
    """The band of a judged figure; a dash where there is none."""
    found = (row.get("forecast") or {}).get("band")
    if not found:
        return UNKNOWN
    zh, en, tone = BANDS[found]
    return Chip(say(zh, en), tone)


def figure_cell(payload: Payload, at: str, row: Mapping[str, Any]) -> Value:
    """With its parts below it, and what it says of day totals that it rests on."""
    code = row["indicator"]
    small = " · ".join(text for text in (parts_text(code, dict(row)), mark_of(row.get("totals"))) if text)
    return indicator(payload, code, f"{at}/value", small)


def indicator(payload: Payload, code: str, pointer: str, small: str = "") -> Value:
    """An indicator's number at the pointer."""
    return value_at(payload, pointer, lambda number: figure_text(code, number), small)


def listed(
    payload: Payload, key: str, title: str, names: Mapping[str, tuple[str, str]], show: Callable[[str], Show]
) -> Part | None:
    """A part with one figure per line."""
    found = payload.get(key) or {}
    rows = [
        Row(say(*words), [value_at(payload, f"/{key}/{name}", show(name))], f"/{key}/{name}")
        for name, words in names.items()
        if name in found
    ]
    return Part(key, title, [Column(title), Column(say("数值", "Figure"))], rows)


def cut(payload: Payload, key: str, by: str, title: str, nobody: str) -> Part | None:
    found = payload.get(key) or ()
    """A row per channel or guide; a figure that is left out there is a count or sum of nothing, or a ratio of it."""
    codes = [code for code in METRICS if any(code in row["figures"] for row in found)]
    told = [*codes[:2], *codes[-1:]]  # on a phone: the first two and the last, which is GMV where there is any
    columns = [Column(title), *(Column(metric_name(code), code not in told) for code in codes)]
    rows = []
    for place, row in enumerate(found):
        cells = [
            indicator(payload, code, f"/{key}/{place}/figures/{code}/value")
            if code in row["figures"]
            else nothing(code)
            for code in codes
        ]
        name = nobody if row[by] is None else name_of(payload, key, row[by])
        rows.append(Row(f"{row['rank']}. {name}" if row.get("rank") else name, cells, f"/{key}/{place}"))
    return Part(key, title, columns, rows)


def nothing(code: str) -> str:
    return figure_text(code, 0) if METRICS[code].kind in ("count", "money") else UNKNOWN


def as_typed(number: Decimal) -> str:
    """As the sides entered it, without noughts behind the point: 3,000 · 1.25."""
    return f"{number.normalize():,f}"


def name_of(payload: Payload, key: str, code: str) -> str:
    return str(payload.get("names", {}).get(key, {}).get(code) or code)


def share_text(share: Any) -> str:
    return UNKNOWN if share is None else percent(Decimal(str(share)))

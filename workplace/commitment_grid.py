"""Both sides' promises as grids: what by month for reading, and one's own, a row each, for filling.

What is sent is saved row by row: a row at fault is shown again as it was typed and keeps what it said before; the
others are saved all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from projects.audit import history_of
from projects.commitment_api import CommitmentBody, wish_of
from projects.commitments import Wish, commitments_of, describe, put_commitments
from projects.models import AuditEntry, Commitment, Project, Side
from projects.queries import zone_of
from projects.rest import checked
from siyu.numbers import UNKNOWN
from siyu.periods import local_day
from siyu.problems import DomainError, say
from tenants.identity import Identity
from workplace.blocks import Choice, Typed, row_bodies, typed_of
from workplace.grid_blocks import Button, Cell, Column, Grid, Kind, Line, shown
from workplace.grid_reading import read_day, read_month, read_number
from workplace.history import named, plain_number, tell

BLANKS = 3  # empty lines for new commitments
HIDDEN = ("id", "channel")
FIELDS: Mapping[str, tuple[str, str, Kind]] = {
    "month": ("月份", "Month", "month"),
    "kind": ("种类", "Kind", "choice"),
    "what": ("内容", "What", "text"),
    "promised": ("承诺", "Promised", "money"),
    "unit": ("单位", "Unit", "text"),
    "due_on": ("期限", "Due", "date"),
    "delivered": ("已交付", "Delivered", "money"),
    "delivered_on": ("交付日期", "On", "date"),
}
STATES = {
    "open": ("未到期", "Open"),
    "overdue": ("逾期未交付", "Overdue"),
    "delivered": ("按期交付", "Delivered in time"),
    "late": ("逾期交付", "Delivered late"),
}
Row = Mapping[str, Any]  # a commitment as REST tells it


# -- What by month ----------------------------------------------------------------------------------------------------


def overview(rows: Sequence[Row]) -> Grid:
    """Both sides' promises and the brand's traffic, a line each, delivered of promised by month."""
    months = sorted({row["month"] for row in rows})
    lines = []
    for side in Side:
        found: dict[tuple[str, str, str], list[Row]] = {}
        for row in rows:
            if row["side"] == side.value:
                found.setdefault(_what(row), []).append(row)
        for (what, kind, unit), ours in found.items():
            cells = [_cell([row for row in ours if row["month"] == month]) for month in months]
            lines.append(
                Line(
                    f"{side.label} · {what or kind}", cells, " · ".join(part for part in (kind, unit) if what and part)
                )
            )
    return Grid(
        key="overview",
        caption=say("双方的承诺，按月：已交付 / 承诺", "Both sides' promises by month: delivered / promised"),
        corner=say("已交付 / 承诺", "Delivered / promised"),
        columns=[Column(month) for month in months],
        lines=lines,
        empty=say("还没有填写承诺。", "No commitments are entered yet."),
    )


def _what(row: Row) -> tuple[str, str, str]:
    if row["source"] == "forecast":
        return named(row["what"], row["channel"]), say("导流触达", "Reach"), row["unit"]
    return row["what"], str(Commitment.Kind(row["kind"]).label), row["unit"]


def _cell(rows: Sequence[Row]) -> Cell:
    if not rows:
        return Cell(UNKNOWN)
    separator = say("；", "; ")
    text = separator.join(
        f"{plain_number(row['delivered']) if row['delivered'] else UNKNOWN} / {plain_number(row['promised'])}"
        for row in rows
    )
    return Cell(text, note=separator.join(f"{_state(row)} · {_confirmed(row)}" for row in rows))


def _state(row: Row) -> str:
    late = say(f" {row['late_days']} 天", f" by {row['late_days']} days") if row["late_days"] else ""
    return say(*STATES[row["state"]]) + late


def _confirmed(row: Row) -> str:
    if row["delivered"] is None:
        return say(f"期限 {row['due_on'][5:]}", f"due {row['due_on'][5:]}")
    return say("已确认", "confirmed") if row["confirmed_how"] else say("待确认", "unconfirmed")


# -- One's own --------------------------------------------------------------------------------------------------------


def own_grid(project: Project, own: Sequence[Row], seen: int, typed: Typed) -> Grid:
    """`seen`: the newest change of one's own side that this page knows of."""
    kinds: list[Choice] = [("", "—"), *((kind.value, str(kind.label)) for kind in Commitment.Kind)]
    lines = []
    for place in range(_lines(own, typed)):
        row = own[place] if place < len(own) else {}
        cells = []
        for name, (chinese, english, kind) in FIELDS.items():
            value = _plain(row.get(name)) if kind == "money" else row.get(name)
            field = typed.field(
                f"/{place}/{name}", say(chinese, english), value, "select" if kind == "choice" else "text",
                kinds if kind == "choice" else (),
            )  # fmt: skip
            cells.append(Cell(shown(kind, field.value, kinds), kind, field, key=name))
        remove = typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox")
        cells.append(Cell("", "check", remove, key="remove"))
        state = Cell(f"{_state(row)} · {_confirmed(row)}" if row and not typed.values else UNKNOWN)
        hidden = [typed.field(f"/{place}/{name}", "", row.get(name), "hidden") for name in HIDDEN]
        lines.append(Line(str(place + 1), [*cells, state], hidden=hidden))
    heads = [say(chinese, english) for chinese, english, _ in FIELDS.values()]
    return Grid(
        key="own",
        caption=say("己方承诺", "One's own promises"),
        corner=say("行", "Row"),
        columns=[Column(text) for text in (*heads, say("删除", "Remove"), say("状态", "State"))],
        lines=lines,
        action=reverse("put_commitments", args=[project.code]),
        fields=[typed.field("/seen", "", seen, "hidden")],
        buttons=[Button(say("保存己方承诺", "Save one's own"), is_second=False)],
        tools=[("undo", say("撤销", "Undo")), ("row", say("加一行", "Add a row"))],
        grows=True,
    )


def _lines(own: Sequence[Row], typed: Typed) -> int:
    """How many lines it takes for what there is, or was typed, and for what comes."""
    places = [
        int(number)
        for name, value in typed.values.items()
        if value and (number := name.removeprefix("/").partition("/")[0]).isdigit() and len(number) < 5
    ]
    return (max(places, default=-1) + 1 if typed.values else len(own)) + BLANKS


def _plain(text: str | None) -> str | None:
    """`12.00` as 12."""
    return text.removesuffix(".00") if text else text


# -- Saving -----------------------------------------------------------------------------------------------------------


def as_read(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with numbers, months and days as REST takes them, and kinds by their names."""
    kinds = {str(kind.label): kind.value for kind in Commitment.Kind}
    readers: dict[str, Callable[[str], str]] = {
        "money": read_number,
        "month": read_month,
        "date": read_day,
        "choice": lambda text: kinds.get(text, text),
    }
    out = dict(values)
    for name, value in values.items():
        key = name.rpartition("/")[2]
        if name.startswith("/") and name.count("/") == 2 and key in FIELDS and value.strip():
            reader = readers.get(FIELDS[key][2])
            out[name] = reader(value.strip()) if reader else value.strip()
    return out


def save_rows(
    project: Project, values: Mapping[str, str], rows: Sequence[Row], by: Identity
) -> tuple[int, dict[int, dict[str, str]]]:
    """Save the rows that can be; `rows`: one's own as they are. Returns how many say what they should, and what is
    wrong with the others: by place, by field. Raises DomainError for what no row is at fault of."""
    places, bodies = row_bodies(values)
    there = {str(row["id"]): row for row in rows}
    wishes: dict[int, Wish] = {}
    wrong: dict[int, dict[str, str]] = {}
    for place, body in zip(places, bodies, strict=True):
        try:
            wishes[place] = wish_of(checked(CommitmentBody(data=body)), by.side)
        except ValidationError as refusal:
            wrong[place] = _by_field(refusal)
    while True:  # each time with a row less, or the last
        kept = {place: _as_it_is(there.get(values.get(f"/{place}/id", "")), by.side) for place in wrong}
        sent = {**wishes, **{place: wish for place, wish in kept.items() if wish}}
        order = sorted(sent)
        try:
            with transaction.atomic():
                put_commitments(project, [sent[place] for place in order], by=by)
            return len(wishes), wrong
        except DomainError as refusal:
            at_fault = _places_of(refusal, order)
            if not at_fault or not set(at_fault) <= set(wishes):
                raise
            for place, messages in at_fault.items():
                wrong[place] = messages
                del wishes[place]


def _as_it_is(row: Row | None, side: str) -> Wish | None:
    if row is None:
        return None
    named_so = {name: row[name] for name in (*FIELDS, *HIDDEN, "side")}
    return wish_of(checked(CommitmentBody(data=named_so)), side)


def _by_field(refusal: Exception) -> dict[str, str]:
    typed, _ = typed_of({}, refusal)
    return {name if name.strip("/") in FIELDS else "/month": message for name, message in typed.errors.items()}


def _places_of(refusal: DomainError, order: Sequence[int]) -> dict[int, dict[str, str]]:
    """By place of the form; nothing where some error is of no row."""
    found: dict[int, dict[str, str]] = {}
    for error in refusal.errors:
        number, _, name = str(error.get("pointer", "")).removeprefix("/").partition("/")
        if not number.isdigit() or int(number) >= len(order):
            return {}
        found.setdefault(order[int(number)], {})[f"/{name}" if name in FIELDS else "/month"] = str(error["message"])
    return found


def typed_again(
    values: Mapping[str, str], rows: Sequence[Row], wrong: Mapping[int, Mapping[str, str]], detail: str
) -> Typed:
    """The rows as they are by now, and over them those at fault as they were typed."""
    out = {"form": "own"}
    errors: dict[str, str] = {}
    by_id = {values.get(f"/{place}/id", ""): place for place in wrong}
    lines = [(str(row["id"]), row, by_id.get(str(row["id"]))) for row in rows]
    lines += [("", {}, place) for place in wrong if values.get(f"/{place}/id", "") not in {line[0] for line in lines}]
    for number, (_, row, place) in enumerate(lines):
        for name in (*FIELDS, *HIDDEN):
            before = row.get(name)
            out[f"/{number}/{name}"] = (
                values.get(f"/{place}/{name}", "") if place is not None else "" if before is None else str(before)
            )
        if place is not None:
            errors |= {f"/{number}{name}": message for name, message in wrong[place].items()}
    return Typed(out, errors, detail)


def with_new_rows(values: Mapping[str, str], rows: Sequence[Row]) -> dict[str, str]:
    """What was typed, and after it the rows that it does not know: a colleague's, which would else be removed."""
    known = {value for name, value in values.items() if name.endswith("/id")}
    places = [int(number) for name in values if (number := name.removeprefix("/").partition("/")[0]).isdigit()]
    place = max(places, default=-1) + 1
    out = dict(values)
    for row in rows:
        if str(row["id"]) not in known:
            for name in (*FIELDS, *HIDDEN):
                out[f"/{place}/{name}"] = "" if row[name] is None else str(row[name])
            place += 1
    return out


# -- What a colleague did meanwhile -----------------------------------------------------------------------------------


def newest_change(project: Project, identity: Identity) -> int:
    """Of one's own side's promises; 0 where there is none."""
    return max((entry.pk for entry in _changes(project, identity, 0)), default=0)


def meanwhile(project: Project, identity: Identity, seen: int) -> list[str]:
    """What was changed of one's own side's promises since `seen`: who, when, what."""
    told = tell(project, _changes(project, identity, seen))
    separator = say("，", ", ")
    return [
        f"{one.by} {one.at} {one.what.replace(chr(10), ' ')}{say('：', ': ')}{separator.join(one.lines)}"
        for one in told
    ]


def _changes(project: Project, identity: Identity, seen: int) -> list[AuditEntry]:
    entries = history_of(project, identity).filter(pk__gt=seen, subject__startswith="commitment:").order_by("pk")
    return [entry for entry in entries if (entry.after or entry.before or {}).get("side") == identity.side]


def own_rows(project: Project, identity: Identity, now: datetime) -> list[dict[str, Any]]:
    """One's own side's promises as REST tells them: this month's and later ones, then those before, the last first."""
    rows = [row for row in describe(commitments_of(project), project, now) if row["side"] == identity.side]
    this_month = f"{local_day(now, zone_of(project)):%Y-%m}"
    past = sorted((row for row in rows if row["month"] < this_month), key=lambda row: row["month"], reverse=True)
    return [row for row in rows if row["month"] >= this_month] + past

"""Rows of a file become events, and faults of the rows that can't. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.cells import Cell, CellError, Reading, clean, read_amount, says_nothing
from connectors.formats import Format, Part
from connectors.tables import Row, Table, normal_title

NEEDS_ID = frozenset({"fan.added", "fan.lost", "assignment", "interaction", "rating", "order.refunded"})
MADE = "file-"  # how ids begin that rows of files are given
SHOWN = 40  # characters of a cell that a fault shows
PERSONAL = frozenset({"name", "phone"})  # and none of these


class Fault(NamedTuple):
    """`row`: of the file, from 1; `title`: of the column, empty for the whole row; `value`: what the cell says."""

    row: int
    title: str
    value: str
    code: str


class Found(NamedTuple):
    row: int
    event: dict[str, Any]


@dataclass
class Converted:
    """`passed_over`: rows that are no event, by why; `assumed`: days written without a year, as they were read."""

    events: list[Found] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    assumed: list[date] = field(default_factory=list)


def missing_columns(form: Format, table: Table) -> list[Part]:
    """Required columns that the file lacks."""
    header = set(table.header)
    return [part for part in form.parts if part.required and not part.names & header]


def unread_columns(form: Format, table: Table) -> list[str]:
    """Titles of a template's file, as titles are compared, that no part of it knows: a misspelt one would be lost
    without a word. A shop's file has many columns that nobody wants; of it none are named."""
    if not form.is_template:
        return []
    return list(dict.fromkeys(title for title in table.header if title and title not in form.titles))


def convert(form: Format, table: Table, today: date) -> Converted:
    """Every row that can be read as an event. Of a title that occurs twice the first column with a value counts."""
    reading = Reading(today)
    places = {part.field: _places(part, table.header) for part in form.parts}
    converted = Converted(assumed=reading.assumed)
    by_order: dict[str, Found] = {}
    for number, row in table.rows:
        if _is_sum(form, places, row):
            converted.passed_over["sum"] += 1
            continue
        if _is_header(form, places, row):
            converted.passed_over["header"] += 1
            continue
        event, faults = _read_row(form, places, table.header, number, row, reading)
        if faults:
            converted.faults += faults
        elif form.unpaid_without and form.unpaid_without not in event:
            converted.passed_over["unpaid"] += 1
        elif form.shares:
            _take_shares(form, number, event, today, converted)
        elif form.grain == "row":
            converted.events.append(Found(number, _finished(form, event)))
        else:
            _join(form, by_order, number, event, converted)
    converted.events += [Found(number, _finished(form, event)) for number, event in by_order.values()]
    if form.shares:
        _refuse_repeats(form, converted)
    return converted


def _places(part: Part, header: list[str]) -> list[int]:
    return [place for place, title in enumerate(header) if title in part.names]


def _read_row(
    form: Format, places: Mapping[str, list[int]], header: list[str], number: int, row: Row, reading: Reading
) -> tuple[dict[str, Any], list[Fault]]:
    event: dict[str, Any] = {}
    faults = []
    for part in form.parts:
        cells = [(place, row[place]) for place in places[part.field] if place < len(row)]
        place, cell = next(((place, cell) for place, cell in cells if not says_nothing(cell)), (None, None))
        title = part.title if place is None else header[place]
        try:
            value = _read(part, cell, reading)
        except CellError as error:
            shown = "" if part.field in PERSONAL else clean(cell)[:SHOWN]
            faults.append(Fault(number, title, shown, error.code))
            continue
        if value is not None:
            event[part.field] = value
        elif part.required:
            faults.append(Fault(number, title, "", "missing_field"))
    return event, faults


def _read(part: Part, cell: Cell, reading: Reading) -> Any:
    value = part.read(cell, reading)
    if value is None or not part.words or value in part.words.values():
        return value
    known = part.words.get(str(value).strip().lower(), part.words.get(str(value).strip()))
    if known is None:
        raise CellError(part.unknown)
    return known


def _join(form: Format, by_order: dict[str, Found], number: int, event: dict[str, Any], converted: Converted) -> None:
    """Rows of one order: the first says it all, or their amounts add up."""
    there = by_order.get(event["order"])
    if there is None:
        by_order[event["order"]] = Found(number, event)
        return
    converted.passed_over["same_order"] += 1
    if form.grain == "sum":
        there.event["amount"] = f"{Decimal(there.event['amount']) + Decimal(event['amount']):f}"


# -- Rows of several facts --------------------------------------------------------------------------------------------

NAMING = ("guide", "channel", "date")  # what tells such rows apart
SUMS = frozenset({"合计", "总计", "小计", "汇总", "总和", "total", "sum", "subtotal"})


def _is_sum(form: Format, places: Mapping[str, list[int]], row: Row) -> bool:
    """Whether it is the line that adds up those above it: a required column says so."""
    wanted = [part.field for part in form.parts if part.required and part.read is not read_amount]
    cells = (row[place] for name in wanted for place in places[name] if place < len(row))
    return any(clean(cell).lower().rstrip("：:") in SUMS for cell in cells)


def _is_header(form: Format, places: Mapping[str, list[int]], row: Row) -> bool:
    """Whether it names the columns once more: in another language below the first, or where two tables were joined."""
    said = [
        normal_title(row[place]) in part.names
        for part in form.parts
        for place in places[part.field]
        if place < len(row) and not says_nothing(row[place])
    ]
    return bool(said) and all(said)


def _take_shares(form: Format, number: int, row: dict[str, Any], today: date, converted: Converted) -> None:
    """An event per share that the row says anything of. Where one is not whole, none of the row's is taken."""
    titles = {part.field: part.title for part in form.parts}
    named = {name: row[name] for name in NAMING if name in row}
    events, faults = [], []
    for share in form.shares:
        said = {name: row[name] for name in share.fields if name in row}
        faults += [Fault(number, titles[name], "", "incomplete") for name in share.needs if said and name not in said]
        if said:
            events.append(Found(number, {"type": share.kind, **named, **said}))
    if date.fromisoformat(row["date"]) > today:
        faults.append(Fault(number, titles["date"], row["date"], "future_day"))
    if row.get("replied", 0) > row.get("chats", row.get("replied", 0)):
        faults.append(Fault(number, titles["replied"], str(row["replied"]), "more_than_chats"))
    if faults:
        converted.faults += faults
    elif events:
        converted.events += events
    else:
        converted.passed_over["empty"] += 1


def _refuse_repeats(form: Format, converted: Converted) -> None:
    """Of several rows about the same day and guide or channel nobody can say which is meant."""
    rows: dict[tuple[Any, ...], set[int]] = {}
    for number, event in converted.events:
        rows.setdefault(_named(event), set()).add(number)
    repeated = {number for numbers in rows.values() if len(numbers) > 1 for number in numbers}
    title = next(part.title for part in form.parts if part.field in NAMING[:2])
    shown = {number: str(event.get("guide") or event.get("channel"))[:SHOWN] for number, event in converted.events}
    converted.faults += [Fault(number, title, shown[number], "repeated_row") for number in sorted(repeated)]
    converted.events = [found for found in converted.events if found.row not in repeated]


def _named(event: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(event.get(name) for name in ("type", *NAMING))


# -- Rows that contradict each other ----------------------------------------------------------------------------------

IDENTITY = {"order.paid": "order", "koc.post": "post", "brand.sales": "month"}  # of others: their id


def refuse_contradictions(form: Format, converted: Converted) -> None:
    """Of several rows about the same thing that say different things nobody can say which is meant: none is taken.
    Those that say the same are the intake's duplicates."""
    if form.shares:
        return  # they are told apart as they are read
    name = IDENTITY.get(form.kind, "id")
    title = next((part.title for part in form.parts if part.field == name), "")
    first: dict[Any, Found] = {}
    refused = set()
    for found in converted.events:
        if first.setdefault(found.event.get(name), found).event != found.event:
            refused.add(found.event.get(name))
    for found in converted.events if refused else ():
        if (said := found.event.get(name)) in refused:
            shown = "" if str(said).startswith(MADE) else str(said)[:SHOWN]
            converted.faults.append(Fault(found.row, title if shown else "", shown, "contradicts"))
    converted.events = [found for found in converted.events if found.event.get(name) not in refused]


# -- Events ------------------------------------------------------------------------------------------------------------


def _finished(form: Format, event: dict[str, Any]) -> dict[str, Any]:
    """The event as it is sent: with its type, what the format fixes, the offset of its times, and an id."""
    whole = {"type": form.kind, **form.fixed, **event}
    if form.offset and "at" in whole and _is_wall_clock(whole["at"]):
        whole["at"] = f"{whole['at']}{form.offset}"
    if form.kind in NEEDS_ID and "id" not in whole:
        whole["id"] = made_id(form.kind, [whole.get(name) for name in form.identity])
    return whole


def _is_wall_clock(at: str) -> bool:
    return len(at) == len("2026-11-05T09:30:00")


def made_id(kind: str, identity: Iterable[Any]) -> str:
    """The same row of another file has the same id, so a file imported twice counts once."""
    said = json.dumps([kind, *identity], ensure_ascii=False, separators=(",", ":"))
    return f"{MADE}{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"

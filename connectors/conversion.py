"""Rows of a file become events, and faults of the rows that can't. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.cells import Cell, CellError, Reading, clean, says_nothing
from connectors.formats import Format, Part
from connectors.tables import Row, Table

NEEDS_ID = frozenset({"fan.added", "fan.lost", "assignment", "interaction", "rating", "order.refunded"})
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


def convert(form: Format, table: Table, today: date) -> Converted:
    """Every row that can be read as an event. Of a title that occurs twice the first column with a value counts."""
    reading = Reading(today)
    places = {part.field: _places(part, table.header) for part in form.parts}
    converted = Converted(assumed=reading.assumed)
    by_order: dict[str, Found] = {}
    for number, row in table.rows:
        event, faults = _read_row(form, places, table.header, number, row, reading)
        if faults:
            converted.faults += faults
        elif form.unpaid_without and form.unpaid_without not in event:
            converted.passed_over["unpaid"] += 1
        elif form.grain == "row":
            converted.events.append(Found(number, _finished(form, event)))
        else:
            _join(form, by_order, number, event, converted)
    converted.events += [Found(number, _finished(form, event)) for number, event in by_order.values()]
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
        title = part.titles[0] if place is None else header[place]
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
        raise CellError("unknown_word")
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


def _finished(form: Format, event: dict[str, Any]) -> dict[str, Any]:
    """The event as it is sent: with its type, what the format fixes, the offset of its times, and an id."""
    whole = {"type": form.kind, **form.fixed, **event}
    if form.offset and "at" in whole:
        whole["at"] = f"{whole['at']}{form.offset}"
    if form.kind in NEEDS_ID and "id" not in whole:
        whole["id"] = made_id(form.kind, [whole.get(name) for name in form.identity])
    return whole


def made_id(kind: str, identity: Iterable[Any]) -> str:
    """The same row of another file has the same id, so a file imported twice counts once."""
    said = json.dumps([kind, *identity], ensure_ascii=False, separators=(",", ":"))
    return f"file-{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"

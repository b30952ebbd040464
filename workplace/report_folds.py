"""Which tables of a report are folded to one line on a screen, and what that line says. Pure.

A file and a print show all of it: folding leaves nothing out.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Literal

from siyu.numbers import UNKNOWN
from siyu.problems import say
from workplace.report_values import Part, Row, Value

Fold = Literal["", "small", "always"]

OPEN = ("figures", "own", "targets", "commitments")
OPEN_WHERE_WIDE = ("bridge", "month_to_date", "days", "sources", "settlement")
OPEN_BY_MONTH = ("traffic",)  # one of both sides' promises: a monthly holds them against each other
TOLD = 3  # rows of which the line tells


def fold_of(key: str, kind: str) -> Fold:
    """Whether it is folded nowhere, on a phone or everywhere. `kind`: of the report."""
    if key in OPEN:
        return ""
    return "small" if key in OPEN_WHERE_WIDE or (kind == "monthly" and key in OPEN_BY_MONTH) else "always"


def digest(part: Part) -> str:
    """The line that stands for a folded table: its first or greatest rows, else its note, else how many rows it has."""
    if part.finding:
        return part.finding
    tell = DIGESTS.get(part.key)
    told = tell(part) if tell else ""
    if told or part.note:
        return told or part.note
    number = len(part.rows)
    return say(f"{number} 项", f"{number} {'row' if number == 1 else 'rows'}")


def _first(part: Part) -> str:
    """The first rows whose number is known."""
    return _told(part.rows, 0)


def _named(*names: str) -> Callable[[Part], str]:
    """The rows whose pointers end so."""

    def tell(part: Part) -> str:
        rows = {row.pointer.rpartition("/")[2]: row for row in part.rows}
        return _told([rows[name] for name in names if name in rows], 0)

    return tell


def _greatest(cell: int) -> Callable[[Part], str]:
    def tell(part: Part) -> str:
        return _told(sorted(part.rows, key=lambda row: -_number(row, cell)), cell)

    return tell


def _least(cell: int) -> Callable[[Part], str]:
    def tell(part: Part) -> str:
        known = [row for row in part.rows if _text(row, cell)]
        return _told(sorted(known, key=lambda row: _number(row, cell))[:1], cell)

    return tell


def _told(rows: Sequence[Row], cell: int) -> str:
    return " · ".join([f"{row.title} {text}" for row in rows if (text := _text(row, cell))][:TOLD])


def _text(row: Row, cell: int) -> str:
    found = row.cells[cell]
    return found.text if isinstance(found, Value) and found.text != UNKNOWN else ""


def _number(row: Row, cell: int) -> Decimal:
    found = row.cells[cell]
    return Decimal(found.exact) if isinstance(found, Value) and found.exact else Decimal(0)


def _ranked(part: Part) -> str:
    """The first by what they are ranked by, which the last column shows."""
    return _told(part.rows, -1)


def _whole(part: Part) -> str:
    """The last row: of all."""
    return _told(part.rows[-1:], -1)


DIGESTS: dict[str, Callable[[Part], str]] = {
    "score": _least(0),
    "traffic": _least(3),
    "fans": _named("added", "lost", "at_end"),
    "assets": _first,
    "orders": _named("orders", "net", "refunds"),
    "sales-customers": _greatest(3),
    "sales-platforms": _greatest(3),
    "sales-touches": _greatest(3),
    "channels": _greatest(0),
    "new_fans_7_days": _first,
    "channel_quality": _least(2),
    "guides": _ranked,
    "brand_return": _named("net_gmv", "ratio", "share"),
    "benchmarks": _first,
    "next_month": _first,
    "month_to_date": _first,
    "bridge": _named("forecast", "actual"),
    "settlement": _whole,
}

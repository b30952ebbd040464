"""Which days await the roll-up: the marks that changes of facts leave, expanded to days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from kpi.questions import sql
from projects.models import DayMark
from siyu.remembering import asked_once
from siyu.sql import rows

DAY = timedelta(days=1)
LONG_STRETCH = 4000  # days; one event dated centuries ago would stretch an open mark over all the empty days since


class Extent(NamedTuple):
    """The days on which there is anything to count; None where there is nothing. Local days of the project."""

    first_day: date | None
    last_day: date | None
    facts_through: date | None


class Mark(NamedTuple):
    id: int
    first_day: date
    last_day: date | None  # None: without end


@dataclass(frozen=True)
class Awaited:
    """The marks read, and the days they name within the extent, ascending."""

    marks: list[Mark]
    days: list[date]


@asked_once
def read_extent(project_id: int) -> Extent:
    return Extent(*rows(sql("extent"), {"project": project_id})[0])


@asked_once
def read_awaited(project_id: int) -> Awaited:
    """The marks of a project and their days. Days on which nothing is and nothing was counted need no roll-up."""
    values = DayMark.objects.filter(project_id=project_id).values_list("id", "first_day", "last_day")
    marks = [Mark(*row) for row in values]
    if not marks:
        return Awaited([], [])
    days = marked_days(marks, read_extent(project_id))
    if len(days) > LONG_STRETCH:
        busy = {day for (day,) in rows(sql("busy_days"), {"project": project_id})}
        days = [day for day in days if day in busy]
    return Awaited(marks, days)


def marked_days(marks: Iterable[Mark], extent: Extent) -> list[date]:
    """Pure. The days that the marks name, each once, ascending, none outside the extent."""
    if extent.first_day is None or extent.last_day is None:
        return []
    days: set[date] = set()
    reached: dict[date, date] = {}  # every chunk of an import marks the same few days: the widest mark of a first day
    for mark in marks:
        first = max(mark.first_day, extent.first_day)
        last = extent.last_day if mark.last_day is None else min(mark.last_day, extent.last_day)
        if last >= reached.get(first, first):
            reached[first] = last
    for first, last in reached.items():
        days.update(first + offset * DAY for offset in range((last - first).days + 1))
    return sorted(days)


def following_days(project_id: int, days: list[date]) -> set[date]:
    """Days of refunds whose orders were paid on the days: they are credited as their orders are, and follow them."""
    if not days:
        return set()
    return {day for (day,) in rows(sql("refund_days"), {"project": project_id, "days": days})}

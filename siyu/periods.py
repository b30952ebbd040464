"""Local days, weeks and months as half-open intervals of instants. Pure: no clock, no database.

A local day begins at its first instant (where midnight does not exist, at the change; where it comes twice, at the
first).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Grain = Literal["day", "week", "month", "range"]
DAY = timedelta(days=1)


@lru_cache(maxsize=100_000)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The local day whose [start, next start) holds the instant."""
    day = at.astimezone(zone).date()
    # Where a clock change repeats the time around midnight, the calendar shows yesterday again after today began.
    return day + DAY if day_start(day + DAY, zone) <= at else day


def read_instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """An offset-less time in the project's zone: the first of a repeated hour; in a skipped one, the offset before."""
    return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)


@dataclass(frozen=True)
class Period:
    """Days first..last, both included."""

    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.last + DAY


def periods(grain: Grain, first: date, last: date) -> list[Period]:
    """The whole periods that touch first..last; weeks run Monday to Sunday. `range`: one period of just these days."""
    if grain == "range":
        return [Period(first, last)]
    begin, following = _STEPS[grain]
    out, day = [], begin(first)
    while day <= last:
        out.append(Period(day, following(day) - DAY))
        day = following(day)
    return out


def period_before(period: Period) -> Period:
    """Of a calendar month the one before; else as many days just before."""
    last = period.first - DAY
    if periods("month", period.first, period.first) == [period]:
        return periods("month", last, last)[0]
    return Period(period.first - (period.end - period.first), last)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1)


_STEPS: dict[str, tuple[Callable[[date], date], Callable[[date], date]]] = {
    "day": (lambda day: day, lambda day: day + DAY),
    "week": (lambda day: day - day.weekday() * DAY, lambda day: day + 7 * DAY),
    "month": (lambda day: day.replace(day=1), _next_month),
}

"""Which reports are due when. Pure: the clock is passed in, no database.

Days are local days of the project's zone; instants are UTC.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from siyu.periods import DAY, Grain, Period, day_start, local_day, periods, read_instant

Kind = Literal["daily", "weekly", "monthly"]
KINDS: tuple[Kind, ...] = ("daily", "weekly", "monthly")
GRAINS: Mapping[Kind, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}
MADE_UP = timedelta(days=7)  # a daily missed by more is not made any more

_PERIODS: Mapping[Kind, re.Pattern[str]] = {
    "daily": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "weekly": re.compile(r"\d{4}-W\d\d", re.ASCII),
    "monthly": re.compile(r"\d{4}-\d\d", re.ASCII),
}


@dataclass(frozen=True)
class Hours:
    """Local times at which reports are due; `wait`: for sources, after that."""

    daily_at: time = time(9)
    weekly_at: time = time(9, 30)
    monthly_at: time = time(10)
    monthly_day: int = 2
    wait: timedelta = timedelta(hours=2)
    lead: timedelta = timedelta()  # how long before its time a report is begun, if all is there


@dataclass(frozen=True)
class Occasion:
    """One report that is due at `at`, begun somewhat earlier, and made at `deadline` whatever is missing."""

    kind: Kind
    period: Period
    at: datetime
    deadline: datetime


@dataclass(frozen=True)
class Agenda:
    """`due`: what can be begun and is not there, the oldest first. `skipped`: runs of days whose dailies were missed
    for too long. `next_at`: when the next report is begun, None if none will be."""

    due: list[Occasion]
    skipped: list[Period]
    next_at: datetime | None


def read_period(kind: Kind, text: str) -> Period:
    """`2026-01-31`, `2026-W05` or `2026-01`, as the kind asks. Raises ValueError for anything else."""
    if not _PERIODS[kind].fullmatch(text):
        raise ValueError(text)
    if kind == "weekly":
        year, week = text.split("-W")
        day = date.fromisocalendar(int(year), int(week), 1)
    else:
        day = date.fromisoformat(text if kind == "daily" else f"{text}-01")
    return periods(GRAINS[kind], day, day)[0]


def due_at(kind: Kind, period: Period, hours: Hours, zone: ZoneInfo) -> datetime:
    """When the report of the period is due: the day after it, the Monday after it, a day of the month after it."""
    if kind == "daily":
        local = datetime.combine(period.end, hours.daily_at)
    elif kind == "weekly":
        local = datetime.combine(period.end, hours.weekly_at)
    else:
        local = datetime.combine(period.end.replace(day=hours.monthly_day), hours.monthly_at)
    return read_instant(local, zone)


def begin_at(kind: Kind, period: Period, hours: Hours, zone: ZoneInfo) -> datetime:
    """Before it is due by the lead, but by no more than a tenth of the time that the data have to come in."""
    at = due_at(kind, period, hours, zone)
    return at - min(hours.lead, (at - day_start(period.end, zone)) / 10)


def agenda(
    since: date,
    until: date,
    there: Mapping[Kind, Collection[date]],
    hours: Hours,
    zone: ZoneInfo,
    now: datetime,
) -> Agenda:
    """What is due at `now` of the periods that touch since..until. `there`: by kind, the first days of the reports made
    and the days of dailies that were skipped."""
    due: list[Occasion] = []
    late: list[date] = []
    following: list[datetime] = []
    last = min(until, local_day(now, zone) + DAY)
    for kind in KINDS:
        for period in periods(GRAINS[kind], since, last) if since <= last else []:
            at, begin = due_at(kind, period, hours, zone), begin_at(kind, period, hours, zone)
            if begin > now:
                following.append(begin)
            elif period.first in there.get(kind, ()):
                continue
            elif kind == "daily" and at + MADE_UP < now:
                late.append(period.first)
            else:
                due.append(Occasion(kind, period, at, at + hours.wait))
    due.sort(key=lambda occasion: (occasion.at, KINDS.index(occasion.kind)))
    return Agenda(due, runs(late), min(following, default=None))


def runs(days: Iterable[date]) -> list[Period]:
    """Days put together to runs without a hole."""
    out: list[Period] = []
    for day in sorted(days):
        if out and out[-1].end == day:
            out[-1] = Period(out[-1].first, day)
        else:
            out.append(Period(day, day))
    return out

"""The trade's year: promotions and holidays as weights of days. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

DAY = timedelta(days=1)
SPRING_FESTIVALS = (
    "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23", "2032-02-11",
    "2033-01-31", "2034-02-19", "2035-02-08",
)  # fmt: skip
# (month, day) from, to, weight; where two fit, the later stands.
_SEASONS = (
    ((3, 5), (3, 7), "1.4"),  # 女神节
    ((3, 8), (3, 8), "2.2"),
    ((5, 31), (6, 3), "2.2"),  # 618
    ((6, 4), (6, 14), "1.2"),
    ((6, 15), (6, 17), "2"),
    ((6, 18), (6, 18), "4"),
    ((6, 19), (6, 22), "0.8"),
    ((9, 9), (9, 9), "1.6"),
    ((10, 1), (10, 3), "0.8"),
    ((10, 31), (10, 31), "3"),  # 双11
    ((11, 1), (11, 3), "2.5"),
    ((11, 4), (11, 9), "1.3"),
    ((11, 10), (11, 10), "2.5"),
    ((11, 11), (11, 11), "5"),
    ((11, 12), (11, 15), "0.7"),
    ((12, 12), (12, 12), "1.8"),
)
_FESTIVAL = ((-25, -9, "1.3"), (-2, 5, "0.4"))  # 年货节, then the holiday itself


@cache
def weight(day: date) -> Decimal:
    """How much a day weighs against an ordinary one."""
    found = "1"
    for first, last, said in _SEASONS:
        if first <= (day.month, day.day) <= last:
            found = said
    for text in SPRING_FESTIVALS:
        for first_day, last_day, said in _FESTIVAL:
            if first_day <= (day - date.fromisoformat(text)).days <= last_day:
                found = said
    return Decimal(found)


def month_after(first: date, count: int) -> date:
    """The first day of the count-th month after the month of `first`."""
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def days_of(month: date) -> list[date]:
    """All days of the month that begins on this day."""
    return list(days_between(month, month_after(month, 1) - DAY))


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included."""
    for place in range((last - first).days + 1):
        yield first + place * DAY


@cache
def month_weight(month: date) -> Decimal:
    """The weights of a month's days, as so many ordinary days."""
    return sum((weight(day) for day in days_of(month)), Decimal(0))

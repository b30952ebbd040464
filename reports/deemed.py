"""视为通过: silence of the brand for the contract's working days. Never an approval, and never shown as one. Pure."""

from collections.abc import Sequence
from datetime import date

from projects.workdays import is_workday
from siyu.periods import DAY

LONGEST = 366  # days looked ahead
REMINDERS = 2

Disputes = Sequence[tuple[date, date | None]]  # disputed, answered or None; local days


def counted_days(sent_on: date, disputes: Disputes, workdays: int) -> list[date] | None:
    """The working days of the Chinese calendar after the sending that count towards acceptance; at the end of the last
    it is deemed. Days from a dispute to its answer, both included, don't count; None where a dispute without an answer
    stopped the clock before. A dispute after the last day changes nothing any more."""
    days: list[date] = []
    day = sent_on
    for _ in range(LONGEST):
        if len(days) == workdays:
            return days
        day += DAY
        is_stopped = any(first <= day and (last is None or day <= last) for first, last in disputes)
        if is_workday(day) and not is_stopped:
            days.append(day)
    return None


def deemed_on(sent_on: date, disputes: Disputes, workdays: int) -> date | None:
    """The day whose end completes so many counted days; None while the clock stands."""
    days = counted_days(sent_on, disputes, workdays)
    return None if days is None else max(days, default=sent_on)


def reminder_days(days: Sequence[date]) -> list[date]:
    """Two counted days before the last one, on which to remind; of a span that has no two, its last ones."""
    return list(days[-REMINDERS - 1 : -1] if len(days) > REMINDERS else days)

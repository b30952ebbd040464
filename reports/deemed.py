"""视为通过: silence of the brand for the contract's working days. Never an approval, and never shown as one. Pure."""

from collections.abc import Sequence
from datetime import date

from projects.workdays import is_workday
from siyu.periods import DAY

LONGEST = 366  # days looked ahead


def deemed_on(sent_on: date, disputes: Sequence[tuple[date, date | None]], workdays: int) -> date | None:
    """The day whose end completes so many working days of the Chinese calendar after the sending. Days from a dispute
    to its answer, both included, don't count; None while a dispute has no answer.

    disputes: (disputed, answered or None), local days.
    """
    if any(answered is None for _, answered in disputes):
        return None
    day, left = sent_on, workdays
    for _ in range(LONGEST):
        if not left:
            return day
        day += DAY
        stopped = any(first <= day <= last for first, last in disputes if last is not None)
        left -= is_workday(day) and not stopped
    return None

"""Working days of the Chinese calendar. Pure: no clock, no database.

Holidays do not count, weekends worked for a holiday do. The State Council names a year's holidays in the autumn before
it; beyond the years that are known, Monday to Friday are taken, and `is_known` says so.
"""

from datetime import date, timedelta

import chinese_calendar

DAY = timedelta(days=1)
SATURDAY = 5


def is_known(year: int) -> bool:
    """Whether the year's holidays are known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def is_workday(day: date) -> bool:
    """Whether China works on the day; Monday to Friday where the year's holidays are not known."""
    return bool(chinese_calendar.is_workday(day)) if is_known(day.year) else day.weekday() < SATURDAY


def workday_after(day: date, count: int) -> date:
    """The count-th working day after the day."""
    while count:
        day += DAY
        count -= is_workday(day)
    return day


def festival_of(day: date) -> tuple[str, str] | None:
    """The festival in Chinese and English for which the day is off, or worked instead of a day off; None on other days
    and where the year's holidays are not known."""
    if not is_known(day.year):
        return None
    _, name = chinese_calendar.get_holiday_detail(day)
    return None if name is None else (chinese_calendar.Holiday(name).chinese, name)

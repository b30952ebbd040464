"""China's working days, and what is taken where they are not published yet."""

from datetime import date

import pytest

from projects.workdays import is_known, is_workday, workday_after


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 2), True),  # a Monday
        (date(2026, 2, 28), True),  # the Saturday worked for Spring Festival
        (date(2026, 3, 7), False),  # a Saturday
        (date(2026, 2, 17), False),  # Spring Festival's Tuesday
        (date(2026, 10, 1), False),
    ],
)
def test_holidays_rest_and_weekends_worked_for_them_count(day, works):
    assert is_workday(day) is works


def test_beyond_the_years_known_monday_to_friday_are_taken():
    assert (is_known(2026), is_known(2099)) == (True, False)
    assert is_workday(date(2099, 10, 1))  # a Thursday, on National Day
    assert not is_workday(date(2099, 10, 3))


@pytest.mark.parametrize(
    ("day", "count", "after"),
    [
        (date(2026, 3, 2), 3, date(2026, 3, 5)),
        (date(2026, 3, 5), 3, date(2026, 3, 10)),  # over a weekend
        (date(2026, 2, 13), 3, date(2026, 2, 25)),  # Saturday 14 is worked; the festival lasts from 15 to 23
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_counting_working_days(day, count, after):
    assert workday_after(day, count) == after

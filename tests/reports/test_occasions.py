"""When reports are due: pure, by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.occasions import Hours, agenda, due_at, read_period, runs
from siyu.periods import Period, periods

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
HOURS = Hours()


@pytest.mark.parametrize(
    ("kind", "text", "first", "last"),
    [
        ("daily", "2026-01-31", "2026-01-31", "2026-01-31"),
        ("weekly", "2026-W05", "2026-01-26", "2026-02-01"),
        ("weekly", "2026-W01", "2025-12-29", "2026-01-04"),
        ("monthly", "2026-02", "2026-02-01", "2026-02-28"),
    ],
)
def test_periods_as_they_are_typed(kind, text, first, last):
    assert read_period(kind, text) == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("daily", "2026-01"),
        ("daily", "2026-02-30"),
        ("weekly", "2026-W54"),
        ("weekly", "2026-01-05"),
        ("monthly", "2026-13"),
        ("monthly", "２０２６-01"),
    ],
)
def test_what_is_no_period(kind, text):
    with pytest.raises(ValueError, match=r"."):
        read_period(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "zone", "instant"),
    [
        ("daily", "2026-01-31", SHANGHAI, datetime(2026, 2, 1, 1, tzinfo=UTC)),
        ("weekly", "2026-W05", SHANGHAI, datetime(2026, 2, 2, 1, 30, tzinfo=UTC)),
        ("monthly", "2026-01", SHANGHAI, datetime(2026, 2, 2, 2, tzinfo=UTC)),
        ("daily", "2026-03-07", NEW_YORK, datetime(2026, 3, 8, 13, tzinfo=UTC)),  # the day the clock goes forward
        ("daily", "2026-03-06", NEW_YORK, datetime(2026, 3, 7, 14, tzinfo=UTC)),
    ],
)
def test_local_times(kind, text, zone, instant):
    assert due_at(kind, read_period(kind, text), HOURS, zone) == instant


def test_other_hours():
    hours = Hours(daily_at=time(7, 15), monthly_day=5)
    assert due_at("daily", read_period("daily", "2026-01-31"), hours, SHANGHAI) == datetime(
        2026, 1, 31, 23, 15, tzinfo=UTC
    )
    assert due_at("monthly", read_period("monthly", "2026-01"), hours, SHANGHAI) == datetime(2026, 2, 5, 2, tzinfo=UTC)


def look(now, *, since=date(2026, 1, 1), until=date(2026, 12, 31), **there):
    return agenda(since, until, there, HOURS, SHANGHAI, now)


def test_nothing_is_due_before_its_time():
    before = datetime(2026, 1, 2, 0, 59, 59, tzinfo=UTC)
    assert look(before).due == []
    assert look(before).next_at == datetime(2026, 1, 2, 1, tzinfo=UTC)


def test_reports_are_begun_ahead_by_the_lead():
    hours = replace(HOURS, lead=timedelta(minutes=20))
    day, due = date(2026, 1, 1), datetime(2026, 1, 2, 1, tzinfo=UTC)
    assert agenda(day, day, {}, hours, SHANGHAI, due - timedelta(minutes=21)).due == []
    [occasion] = agenda(day, day, {}, hours, SHANGHAI, due - timedelta(minutes=20)).due
    assert occasion.at == due


def test_soon_after_midnight_there_is_little_lead():
    """Due at 00:30: the data have half an hour to come in, of which a tenth is taken."""
    hours = replace(HOURS, daily_at=time(0, 30), lead=timedelta(minutes=20))
    day = date(2026, 1, 1)
    found = agenda(day, day, {}, hours, SHANGHAI, datetime(2026, 1, 1, 16, 26, tzinfo=UTC))
    assert found.due == []
    assert found.next_at == datetime(2026, 1, 1, 16, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "period", "instant"),
    [
        (time(2, 30), "2026-03-07", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # it does not exist: by the offset before
        (time(1, 30), "2026-10-31", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # it comes twice: the first
    ],
)
def test_hours_that_a_clock_change_skips_or_repeats(clock, period, instant):
    hours = replace(HOURS, daily_at=clock)
    assert due_at("daily", read_period("daily", period), hours, NEW_YORK) == instant


@pytest.mark.parametrize(
    ("first", "last", "dailies"),
    [(date(2028, 2, 1), date(2028, 2, 29), 29), (date(2026, 12, 1), date(2027, 1, 3), 34)],
)
def test_leap_days_and_the_53rd_week(first, last, dailies):
    """Asked every six hours until all is there: each day, week and month that touches the days is due once."""
    there = {"daily": set(), "weekly": set(), "monthly": set()}
    now = datetime(first.year, first.month, 1, tzinfo=UTC)
    while now < datetime(last.year, last.month, 1, tzinfo=UTC) + timedelta(days=40):
        for occasion in agenda(first, last, there, HOURS, NEW_YORK, now).due:
            assert occasion.period.first not in there[occasion.kind]
            there[occasion.kind].add(occasion.period.first)
        now += timedelta(hours=6)
    assert len(there["daily"]) == dailies
    assert there["weekly"] == {period.first for period in periods("week", first, last)}
    assert there["monthly"] == {period.first for period in periods("month", first, last)}


def test_the_first_daily_is_due_to_the_second():
    [occasion] = look(datetime(2026, 1, 2, 1, tzinfo=UTC)).due
    assert (occasion.kind, occasion.period.first) == ("daily", date(2026, 1, 1))
    assert occasion.deadline - occasion.at == timedelta(hours=2)


def test_what_is_there_is_not_due_again():
    there = {"daily": {date(2026, 1, 1)}}
    assert look(datetime(2026, 1, 2, 5, tzinfo=UTC), **there).due == []


def test_three_weeks_of_downtime():
    """Back on Saturday the 24th at noon: the dailies of the last week are made up, those before become one row, and all
    three weeklies are made, the oldest first."""
    found = look(datetime(2026, 1, 24, 4, tzinfo=UTC), daily={date(2026, 1, 1)})
    assert found.skipped == [Period(date(2026, 1, 2), date(2026, 1, 16))]
    dailies = [occasion.period.first.day for occasion in found.due if occasion.kind == "daily"]
    weeklies = [occasion.period.first for occasion in found.due if occasion.kind == "weekly"]
    assert dailies == [17, 18, 19, 20, 21, 22, 23]
    assert weeklies == [date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12)]
    assert [occasion.at for occasion in found.due] == sorted(occasion.at for occasion in found.due)


def test_skipped_days_are_not_skipped_twice():
    there = {"daily": {date(2026, 1, day) for day in range(1, 17)}}
    assert look(datetime(2026, 1, 24, 4, tzinfo=UTC), **there).skipped == []


def test_a_daily_is_made_up_for_seven_days_and_no_longer():
    due = datetime(2026, 1, 2, 1, tzinfo=UTC)
    assert look(due + timedelta(days=7)).skipped == []
    assert look(due + timedelta(days=7, seconds=1)).skipped == [Period(date(2026, 1, 1), date(2026, 1, 1))]


def test_nothing_falls_due_after_the_term():
    found = look(datetime(2027, 3, 1, tzinfo=UTC), since=date(2026, 12, 1))
    assert [occasion.kind for occasion in found.due] == ["weekly"] * 4 + ["monthly", "weekly"]
    assert found.next_at is None


def test_a_clock_that_goes_back_makes_nothing_anew():
    there = {"daily": {date(2026, 1, day) for day in range(1, 11)}, "weekly": {date(2025, 12, 29)}}
    found = look(datetime(2026, 1, 5, 5, tzinfo=UTC), **there)
    assert (found.due, found.skipped) == ([], [])


def test_runs():
    days = [date(2026, 1, day) for day in (3, 1, 2, 7, 9, 8)]
    assert runs(days) == [Period(days[1], days[0]), Period(days[3], days[4])]

"""However workers are killed, clocks moved, beats doubled and the broker emptied: every report once, with the figures
of a run that nothing disturbed.

The clock is moved by the test, the processes are real (tests.reports.storm).
"""

import time
from datetime import date, timedelta

import pytest

from reports.contents import compute
from siyu.models import DueWork
from siyu.periods import DAY, Period
from tests.factories import inside
from tests.reports.storm import Storm, utc

FIRST = date(2026, 3, 1)  # a Sunday; New York's clocks go forward on the 8th
WEEKLIES = ("2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def storm(acme, globex):
    storm = Storm(seed=20260301)
    yield storm
    storm.kill_all()
    storm.run_sql("DROP FUNCTION public.storm_clock; DROP TABLE public.storm_shift")


def expected(until: date) -> list[tuple[str, str, str]]:
    """By hand: a daily for each day, each Monday the weekly, on the 2nd of April the monthly."""
    days = [(FIRST + place * DAY) for place in range((until - FIRST).days)]
    mondays = [day for day in WEEKLIES if date.fromisoformat(day) + 7 * DAY <= until]
    months = ["2026-03-01"] if until >= date(2026, 4, 2) else []
    return [
        *(("daily", day.isoformat(), "draft") for day in days),
        *(("monthly", day, "draft") for day in months),
        *(("weekly", day, "draft") for day in mondays),
    ]


def assert_all_once(storm: Storm, until: date) -> int:
    """None lost, none twice, none parked, one revision each, and every byte as if computed without all this."""
    assert not DueWork.objects.filter(parked_at__isnull=False).exists()
    compared = 0
    for desk in storm.desks:
        assert storm.rows(desk) == expected(until), desk.brand.slug
        revisions = storm.first_revisions(desk)
        assert len(revisions) == len(expected(until))
        with inside(desk.brand):
            for revision in revisions:
                report = revision.report
                contents = compute(report.project, report.kind, Period(report.first_day, report.last_day))
                assert (contents.payload, contents.annex) == (revision.payload, revision.annex)
                compared += 1
    return compared


def test_a_week_of_three_brands(storm):
    """Two workers, one of which is killed at work; away for two days; a clock that jumps a day ahead and back."""
    storm.add_brands(3, FIRST, 8)
    storm.begin(utc(FIRST, 15))
    storm.start("tests.reports.storm_app", "one")
    storm.start("tests.reports.storm_app", "two")
    storm.settle(utc(FIRST + DAY, 15), [storm.kill_one])
    storm.shift_clock(DAY)
    storm.settle(utc(FIRST + 4 * DAY, 15), [storm.cut_connections])
    storm.settle(utc(FIRST + 7 * DAY, 15), [])
    assert assert_all_once(storm, FIRST + 7 * DAY) == 3 * (7 + 1)


@pytest.mark.slow
def test_a_month_of_fifty_brands(storm, tmp_path):
    """Celery's own workers and two beats. At any moment a process may be killed, the broker emptied, connections cut;
    the clock jumps a day ahead and back, and once all is away for two days."""
    began = time.monotonic()
    storm.add_brands(50, FIRST, 33)
    told = [f"brands made in {time.monotonic() - began:.0f} s"]
    storm.begin(utc(FIRST, 15))
    storm.start_celery(tmp_path, beats=2)
    began, busiest = time.monotonic(), 0.0

    harms = [storm.kill_one, storm.kill_one, storm.kill_one, storm.empty_broker, storm.cut_connections]
    for place in range(1, 33):
        day = FIRST + place * DAY
        if place in (12, 13):
            storm.kill_all()  # away for two days
            continue
        if not storm.started:
            storm.start_celery(tmp_path, beats=2)
        if place in (5, 20):
            storm.shift_clock(DAY)
            storm.shift_clock(-timedelta(hours=1))
        step = time.monotonic()
        storm.settle(utc(day, 15), storm.chance.sample(harms, 2))
        busiest = max(busiest, time.monotonic() - step)
    seconds = time.monotonic() - began
    told.append(f"month worked off in {seconds:.0f} s, the busiest day in {busiest:.0f} s, {dict(storm.done)}")
    began = time.monotonic()
    compared = assert_all_once(storm, date(2026, 4, 2))
    told.append(f"{compared} reports computed again in {time.monotonic() - began:.0f} s, all equal")
    print(*told, sep="; ")  # noqa: T201 - for whoever watches (`-s`)
    assert compared == 50 * (32 + 5 + 1)

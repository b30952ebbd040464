"""What of a keeper history changed, and which days that touches. Instants of January 2026, Asia/Shanghai (UTC+8)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from projects.keepers import changed_spans, dropped, read_since, touched_days

SHANGHAI = ZoneInfo("Asia/Shanghai")
NANA, LILI = 1, 2


def at(day, hour=0):
    return datetime(2026, 1, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        ([], [(at(5), NANA)], [(at(5), None)]),
        ([(at(5), NANA)], [], [(at(5), None)]),
        ([], [(at(5), None)], []),  # nobody kept it before either
        ([(at(5), NANA)], [(at(5), NANA), (at(9), LILI)], [(at(9), None)]),
        ([(at(5), NANA)], [(at(3), NANA)], [(at(3), at(5))]),
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(7), LILI)], [(at(7), at(9))]),
        ([(at(5), NANA), (at(9), LILI)], [(at(5), LILI), (at(9), LILI)], [(at(5), at(9))]),
        ([(at(5), NANA)], [(at(5), NANA), (at(9), NANA)], []),  # said twice
        (
            [(at(1), NANA), (at(5), LILI), (at(9), NANA)],
            [(at(2), NANA), (at(5), LILI), (at(10), NANA)],
            [(at(1), at(2)), (at(9), at(10))],
        ),
    ],
)
def test_spans_in_which_the_keeper_differs(before, after, expected):
    assert changed_spans(before, after) == expected


def test_a_span_touches_additions_up_to_24_hours_before_it():
    """A fan added on the 4th at 12:00 counts for who keeps her account when she is first held, up to the 5th, 12:00."""
    assert touched_days((at(5, 12), at(6, 12)), SHANGHAI) == (date(2026, 1, 4), date(2026, 1, 6))


def test_a_span_that_ends_at_midnight_touches_the_day_that_begins():
    """What stands "just before" the 7th is credited to the keeper until then."""
    assert touched_days((at(5), at(7)), SHANGHAI) == (date(2026, 1, 4), date(2026, 1, 7))


def test_days_are_those_of_the_projects_zone():
    los_angeles = ZoneInfo("America/Los_Angeles")
    assert touched_days((at(5), None), los_angeles) == (date(2026, 1, 3), None)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-01-05T08:00:00+08:00", "Asia/Shanghai", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05T00:00:00Z", "Asia/Shanghai", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05t00:00:00.5z", "Asia/Shanghai", datetime(2026, 1, 5, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-05T08:00", "Asia/Shanghai", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-11-01T01:30:00", "America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # repeated: the first
        ("2026-03-08T02:30:00", "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # skipped: offset before
        ("2026-01-05", "Asia/Shanghai", None),
        ("2026-W02-1T00:00:00", "Asia/Shanghai", None),
        ("2026-02-30T00:00:00", "Asia/Shanghai", None),
        ("0001-01-01T00:00:00+08:00", "Asia/Shanghai", None),
        ("２０２６-01-05T00:00:00Z", "Asia/Shanghai", None),
        (5, "Asia/Shanghai", None),
        (None, "Asia/Shanghai", None),
    ],
)
def test_an_instant_is_rfc_3339_in_the_projects_zone(text, zone, expected):
    assert read_since(text, ZoneInfo(zone)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(9), LILI), (at(12), NANA)], []),
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(7), NANA)], [(at(9), LILI)]),
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(9), None)], [(at(9), LILI)]),
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(7), LILI)], []),  # she takes it over earlier
        ([(at(5), NANA), (at(9), LILI)], [(at(5), NANA), (at(12), LILI)], []),  # and later
        ([(at(5), NANA), (at(9), None)], [(at(5), NANA), (at(7), LILI)], [(at(9), None)]),
        ([(at(5), NANA)], [], [(at(5), NANA)]),
    ],
)
def test_who_finds_no_place_in_a_new_history(before, after, expected):
    assert dropped(before, after) == expected

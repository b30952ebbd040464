"""Which days a scorecard is of, and what a reader must know of them first."""

from datetime import date

import pytest
from django.utils.translation import override

from siyu.periods import Period
from workplace.occasion import month_notes, notes_of, read_occasion

TODAY = date(2026, 5, 13)
TERM = Period(date(2026, 2, 1), date(2027, 1, 31))
MISREAD = "所选日期无效（需为先后两日，最长 1100 天），以下为 2026 年 5 月。"
NOVEMBER = {"start": "2025-11-01", "end": "2025-11-30"}


@pytest.mark.parametrize(
    ("asked", "notes"),
    [
        ({}, []),
        ({"period": "last_month"}, []),
        ({"start": "2026-03-01", "end": "2026-03-31"}, []),
        ({"start": "2026-01-01", "end": "2026-02-01"}, []),  # one day of it is in the term
        (
            {"start": "2026-03-31", "end": "2026-03-01"},
            [MISREAD],
        ),
        ({"start": "x"}, [MISREAD]),
        ({"period": "decade"}, [MISREAD]),
        (NOVEMBER, ["2025 年 11 月：在合同期（2026-02-01～2027-01-31）之外，没有约定可评。"]),
        ({"start": "2026-12-01", "end": "2026-12-31"}, ["2026 年 12 月：还没有到，还没有数字。"]),
    ],
)
def test_days_that_are_not_what_was_asked_for_are_told(asked, notes):
    with override("zh-hans"):
        assert notes_of(read_occasion(asked, TODAY), TERM) == notes


def test_in_english_too():
    with override("en"):
        [outside] = notes_of(read_occasion(NOVEMBER, TODAY), TERM)
    assert outside == "November 2025 lies outside of the contract's term (2026-02-01 – 2027-01-31)."


@pytest.mark.parametrize(
    ("asked", "read", "note"),
    [
        (None, None, []),
        ("2026-11", date(2026, 11, 1), []),
        ("2026-13", None, ["所选月份无效（应如 2026-05），以下为 2026 年 11 月。"]),
        ("2027-05", date(2027, 5, 1), ["2027 年 5 月：还没有到，以下为 2026 年 11 月。"]),
        ("2020-05", date(2020, 5, 1), ["2020 年 5 月：没有数据，以下为 2026 年 11 月。"]),
    ],
)
def test_a_month_that_is_not_the_one_asked_for_is_told(asked, read, note):
    with override("zh-hans"):
        assert month_notes(asked, read, date(2026, 11, 1)) == note

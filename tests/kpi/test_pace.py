"""What is due, and where a running month will end."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kpi.pace import LEAST_HISTORY, LEAST_TRIALS, Day, elapsed_share, project
from kpi.staffing import Stint, staffing
from siyu.periods import date

MONTH = [Decimal(1)] * 30


def days(*totals, weight=1):
    return [Day(Decimal(total), Decimal(weight)) for total in totals]


def test_elapsed_share_runs_from_0_to_1():
    june = [Fraction(weight) for weight in [1] * 15 + [10] * 3 + [1] * 12]
    assert (elapsed_share(june, 0), elapsed_share(june, 16), elapsed_share(june, 30)) == (0, Fraction(25, 57), 1)


def test_steady_days_go_on():
    found = project(days(*[100] * 60), MONTH, 10)
    assert (found.value, found.low, found.high) == (3000, 3000, 3000)


def test_a_month_that_begins_better_is_expected_to_stay_partly_so():
    """Ten days of 200 after 100 a day: level of the month 200, of 28 days 3800/28, blended 10 to 14."""
    found = project(days(*[100] * 50, *[200] * 10), MONTH, 10)
    level = (Decimal(200) * 10 + Decimal(3800) / 28 * 14) / 24
    assert found.value == 2000 + level * 20
    assert found.low < found.value < found.high


def test_promised_festivals_are_expected_and_past_ones_do_not_lift_the_level():
    festival = [Decimal(10) if 15 <= place < 18 else Decimal(1) for place in range(30)]
    assert project(days(*[100] * 60), festival, 10).value == 1000 + 100 * 47
    past = [*days(*[100] * 57), *days(1000, 1000, 1000, weight=10)]
    assert project(past, festival, 18).value == 1500 + 3000 + 1200


def test_days_before_the_first_that_brought_anything_are_no_past():
    assert project(days(*[0] * 300, *[50] * 20), MONTH, 20) == project(days(*[50] * 20), MONTH, 20)
    assert project(days(*[0] * 300), MONTH, 20) is None


def test_too_little_past_gives_no_projection_or_no_range():
    assert project(days(*[5] * (LEAST_HISTORY - 1)), MONTH, 6) is None
    seven = project(days(*[5] * LEAST_HISTORY), MONTH, 7)
    assert (seven.value, seven.low, seven.high) == (150, None, None)
    enough = LEAST_HISTORY + LEAST_TRIALS
    assert project(days(*[5] * (enough - 1)), MONTH, 13).low is None
    assert project(days(*[5] * enough), MONTH, 14).low == 150


def test_on_the_last_evening_only_the_last_day_is_open():
    steady = [*days(*[90, 110] * 30)]
    found = project(steady, MONTH, 29)
    assert found.high - found.low < 40


@given(st.lists(st.integers(-50, 500), min_size=0, max_size=90), st.integers(0, 30))
def test_counts_end_no_lower_than_they_stand(totals, elapsed):
    totals = [abs(total) for total in totals]
    elapsed = min(elapsed, len(totals))
    found = project(days(*totals), MONTH, elapsed, only_grows=True)
    if found is not None:
        so_far = sum(totals[len(totals) - elapsed :])
        assert found.value >= so_far
        assert found.low is None or so_far <= found.low <= found.value <= found.high


@given(st.lists(st.integers(-500, 500), min_size=30, max_size=90), st.integers(0, 30))
def test_the_value_lies_in_its_range(totals, elapsed):
    found = project(days(*totals), MONTH, elapsed)
    if found is not None and found.low is not None:
        assert found.low <= found.value <= found.high


# -- Guides -----------------------------------------------------------------------------------------------------------

MARCH = [date(2026, 3, day) for day in range(1, 32)]


def test_guides_needed_against_placed():
    stints = [
        Stint("lili", Decimal(1), date(2026, 1, 1), None),
        Stint("nana", Decimal("0.5"), date(2026, 1, 1), date(2026, 3, 15)),
        Stint("nana", Decimal("0.2"), date(2026, 3, 16), None),
    ]
    found = staffing(30_001, 25_000, stints, MARCH)
    assert (found.needed, found.heads, found.placed, found.gap) == (2, 2, Decimal("1.2"), Decimal("0.8"))
    assert (found.overload, found.short_from) == (1, date(2026, 3, 1))
    assert staffing(25_000, 25_000, stints, MARCH).short_from is None
    assert staffing(200_000, 25_000, [], MARCH).needed == 8
    assert staffing(0, 25_000, [], MARCH).gap == 0


def test_a_gap_has_its_first_day():
    stints = [Stint("lili", Decimal(1), date(2026, 1, 1), date(2026, 3, 20))]
    assert staffing(10, 25_000, stints, MARCH).short_from == date(2026, 3, 21)

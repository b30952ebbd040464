"""Lines, bands and their silences, and the floor."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.figures import MEASURES, figure_of
from kpi.forecast import Month, Plan, table
from kpi.judging import MonthStanding, judge
from kpi.lines import MARKS, attainment, band, floor_verdict, marks_of, scaled, scaled_from_one
from kpi.metrics import METRICS
from kpi.pace import Projection
from kpi.reach import Gaps
from siyu.periods import Period
from tests.kpi.plans import SHARES

ORDER = (None, "failing", "passing", "normal", "good", "excess")
numbers = st.integers(0, 10_000).map(lambda n: Fraction(n, 100))


@given(st.lists(numbers, min_size=4, max_size=4, unique=True), st.sets(st.sampled_from(MARKS)), numbers, numbers)
@pytest.mark.parametrize("better", ["up", "down"])
def test_bands_never_fall_as_the_value_gets_better(better, marks, absent, one, other):
    lines = dict(zip(MARKS, sorted(marks, reverse=better == "down"), strict=True))
    lines |= dict.fromkeys(absent)
    worse, not_worse = sorted((one, other), reverse=better == "down")
    assert ORDER.index(band(worse, lines, better)) <= ORDER.index(band(not_worse, lines, better))


@pytest.mark.parametrize("adjusted", [None, Fraction(0)])
def test_shares_of_nothing_are_no_lines(adjusted):
    assert marks_of(SHARES, adjusted) is None
    assert band(Fraction(5), marks_of(SHARES, adjusted)) is None


def test_absolute_lines_need_no_forecast():
    setting = {"kind": "absolute", "fail": "0.05", "normal": None, "good": "0.2", "excess": None}
    assert marks_of(setting, None) == {"fail": Fraction(1, 20), "normal": None, "good": Fraction(1, 5), "excess": None}


def test_lines_of_a_part_of_the_month():
    churn = marks_of({"kind": "absolute", "fail": "0.06", "normal": "0.03"}, None)
    assert scaled(churn, Fraction(1, 3)) == {
        "fail": Fraction("0.02"),
        "normal": Fraction("0.01"),
        "good": None,
        "excess": None,
    }
    retention = marks_of({"kind": "absolute", "fail": "0.94", "normal": "0.97"}, None)
    assert scaled_from_one(retention, Fraction(1, 3))["fail"] == Fraction("0.98")
    assert scaled(churn, Fraction(0)) is None
    assert scaled_from_one(retention, Fraction(0)) is None


# -- Judging a month --------------------------------------------------------------------------------------------------

JANUARY = Month(
    date(2026, 1, 1), {"pkg": 1000}, {"pkg": Fraction("0.1")}, Fraction("0.03"), Fraction(1), Fraction(6),
    Fraction("0.01"), Fraction("0.02"), {},
)  # fmt: skip
PERIOD = Period(date(2026, 1, 1), date(2026, 1, 31))
[ROW] = table(Plan(1000, [JANUARY]), 25_000)
LINES = {
    "diverted_users": SHARES,
    "diversion_rate": {"kind": "absolute", "fail": "0.05", "normal": "0.17", "good": "0.2", "excess": None},
    "churn_rate": {"kind": "absolute", "fail": "0.062", "normal": "0.031", "good": None, "excess": None},
    "retention_rate": {"kind": "absolute", "fail": "0.938", "normal": "0.969", "good": None, "excess": None},
    "interaction_rate": {"kind": "absolute", "fail": "0.1", "normal": "0.2", "good": None, "excess": None},
    "satisfaction_rate": {"kind": "share", "fail": "0.8", "normal": "1", "good": None, "excess": None},
    "gmv": {"kind": "absolute", "fail": None, "normal": "5", "good": None, "excess": None},
}


COMPLETE = Gaps(31, 0)


def figure(code, **measures):
    return figure_of(METRICS[code], PERIOD, None, MEASURES | measures, with_detail=True)


def judged(code, *, state="ended", elapsed=31, gaps=COMPLETE, valid=False, adjusted=ROW, **measures):
    fields = {"rolling_interaction": None, "projections": None}
    fields |= {name: measures.pop(name) for name in list(measures) if name in fields}
    standing = MonthStanding(JANUARY, state, elapsed, 1, ROW, adjusted, adjusted, LINES, gaps, valid, **fields)
    return judge(figure(code, **measures), standing)


@pytest.mark.parametrize(
    ("reached", "diverted", "expected"),
    [(20_001, 1000, "failing"), (20_000, 1000, "passing"), (19_999, 1000, "passing"), (5000, 1000, "good")],
)
def test_a_rate_exactly_on_a_line_has_reached_it(reached, diverted, expected):
    assert judged("diversion_rate", reached=reached, diverted_reported=diverted).band == expected


def test_a_rate_of_thirds_lies_exactly_on_a_line_of_thirds():
    """After 10 of 31 days the churn lines are thirty-firsts, which no decimal states: 0.031 × 10/31 = 0.01."""
    found = judged("churn_rate", state="running", elapsed=10, at_start=300, churned_old=3)
    assert (found.band, found.lines_due["normal"]) == ("normal", Fraction(1, 100))
    found = judged("churn_rate", state="running", elapsed=7, at_start=1000, churned_old=7)
    assert (found.judged, found.lines_due["normal"], found.band) == (Fraction(7, 1000), Fraction(7, 1000), "normal")


@pytest.mark.parametrize(
    ("code", "measures"),
    [
        ("diversion_rate", {"reached": 0, "diverted_reported": 0}),  # 0/0
        ("diversion_rate", {"reached": 10, "diverted_reported": 11}),  # above 1
        ("diversion_rate", {"reached": 1000, "diverted_reported": 100, "gaps": Gaps(31, 4)}),  # 数据不全
        ("gmv", {"gross": Decimal(10)}),  # no fail line
        ("koc_users", {"koc": 3}),  # no lines
        ("satisfaction_rate", {"rated": 4, "rated_good": 4}),  # a share of no forecast
        ("cost_per_diverted_user", {"diverted": 4}),  # no cost on record
    ],
)
def test_silences(code, measures):
    assert judged(code, **measures).band is None


def test_a_value_of_0_is_judged():
    assert judged("diverted_users").band == "failing"
    assert judged("churn_rate", at_start=10).band == "normal"


def test_volumes_keep_their_band_where_reach_is_missing():
    found = judged("diverted_users", diverted=100, gaps=Gaps(31, 20))
    assert (found.band, found.missing_days) == ("normal", 20)


def test_valid_additions_are_judged_where_the_sheet_says_so():
    assert judged("diverted_users", diverted=100, valid=False).band == "normal"
    found = judged("diverted_users", diverted=100, valid=True)
    assert (found.judged, found.band) == (0, "failing")


def test_months_to_come_have_no_band():
    found = judged("diverted_users", state="to_come", elapsed=0, diverted=500)
    assert (found.band, found.provisional, found.due, found.projected) == (None, False, 0, None)


def test_a_running_month_is_held_against_what_is_due():
    found = judged("diverted_users", state="running", elapsed=10, diverted=33)
    assert (found.due, found.band, found.provisional) == (Fraction(1000, 31), "normal", True)
    assert found.lines["fail"] == 80
    assert found.lines_due["fail"] == Fraction(800, 31)
    retention = judged("retention_rate", state="running", elapsed=10, at_start=100, churned_old=1)
    assert (retention.lines_due["normal"], retention.band) == (Fraction("0.99"), "normal")


@pytest.mark.parametrize("code", ["diverted_users", "churn_rate", "retention_rate"])
def test_on_the_first_of_a_month_nothing_is_due(code):
    found = judged(code, state="running", elapsed=0, diverted=500, at_start=10)
    assert (found.band, found.lines_due) == (None, None)
    assert found.lines is not None


def test_interaction_of_a_running_month_is_of_30_days():
    rolling = figure("interaction_rate", at_start=100, interacted=20)
    found = judged(
        "interaction_rate", state="running", elapsed=3, at_start=100, interacted=1, rolling_interaction=rolling
    )
    assert (found.judged, found.band) == (Fraction(1, 5), "normal")


def test_the_projection_has_the_band_of_the_whole_months_lines():
    ends = {"diverted_users": Projection(Decimal("109.5"), Decimal("90.4"), None)}
    found = judged("diverted_users", state="running", elapsed=3, projections=ends).projected
    assert (found.value, found.low, found.high, found.band) == (110, 90, None, "good")


def test_rates_are_not_adjusted():
    [low] = table(Plan(1000, [JANUARY]), 25_000, [{"pkg": Fraction(500)}])
    volume, rate = judged("diverted_users", adjusted=low), judged("diversion_rate", adjusted=low)
    assert (volume.value, volume.adjusted, volume.traffic_factor) == (100, 50, Fraction(1, 2))
    assert (rate.value, rate.adjusted, rate.traffic_factor) == (Fraction("0.1"), Fraction("0.1"), 1)
    assert judged("churn_rate").value == Fraction("0.03")
    assert judged("satisfaction_rate").value is None


# -- The floor --------------------------------------------------------------------------------------------------------


def test_attainment_of_what_should_be_low():
    one = Fraction(1)
    assert attainment(Fraction("0.03"), Fraction("0.03"), "down") == one
    assert attainment(Fraction(0), Fraction("0.03"), "down") == 2
    assert attainment(Fraction("0.09"), Fraction("0.03"), "down") == 0
    assert attainment(Fraction(8), Fraction(10)) == Fraction(4, 5)
    assert attainment(Fraction(8), Fraction(0)) is None


ATTAINED = {"gmv": Fraction("0.7"), "diverted_users": Fraction("1.5"), "koc_users": None}
WEIGHTS = {"gmv": "3", "diverted_users": "1", "koc_users": "1"}


@pytest.mark.parametrize(
    ("terms", "below", "missed"),
    [
        ({"weights": WEIGHTS}, False, ["gmv"]),  # (3 × 0.7 + 1.5) ÷ 4 = 0.9
        (
            {"weights": WEIGHTS, "caps": {"diverted_users": "1.1"}},
            False,
            ["gmv"],
        ),  # (2.1 + 1.1) ÷ 4 = 0.8: on the floor
        ({"weights": WEIGHTS, "caps": {"diverted_users": "1"}}, True, ["gmv"]),
        ({"basis": "each"}, True, ["gmv"]),
        ({"basis": "each", "weights": {"diverted_users": "1"}}, False, []),
        ({"basis": "named", "indicators": ["diverted_users"]}, False, []),
        ({"basis": "named", "indicators": ["koc_users"]}, None, []),
        ({"basis": "each", "grace_months": 3}, None, ["gmv"]),
    ],
)
def test_the_floor_is_missed_as_the_terms_say(terms, below, missed):
    verdict = floor_verdict({"floor": "0.80", **terms}, ATTAINED, month_of_term=3)
    assert (verdict.below, verdict.missed) == (below, missed)


def test_without_floor_or_attainment_there_is_no_verdict():
    assert floor_verdict({}, ATTAINED).below is None
    nothing = floor_verdict({"floor": "0.8"}, {"gmv": None})
    assert (nothing.below, nothing.score, nothing.unmeasured) == (None, None, ["gmv"])

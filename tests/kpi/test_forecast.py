"""What holds of every forecast, whatever is promised and delivered."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kpi.forecast import VOLUMES, Month, Plan, expected_diversion_rate, table, traffic_factor
from kpi.reach import gaps_of_month, reach_of_month

CHANNELS = ("pkg", "sms")
TODAY = date(2026, 3, 17)
rates = st.integers(0, 1000).map(lambda n: Fraction(n, 1000))
counts = st.integers(0, 50_000)


@st.composite
def plans(draw):
    months = [
        Month(
            first=date(2026, number, 1),
            promised_reach={channel: draw(counts) for channel in CHANNELS},
            diversion_rate={channel: draw(rates) for channel in CHANNELS},
            churn_rate=draw(rates),
            ramp=draw(rates),
            gmv_per_fan=Fraction(draw(st.integers(0, 2_000)), 100),
            koc_share=draw(rates),
            referral_share=draw(rates),
            day_weights={},
        )
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]
    return Plan(draw(counts), months)


def figures_of(plan, amounts):
    """By channel, a figure on the first day of each month."""
    return {
        channel: {month.first: amount for month, amount in zip(plan.months, amounts[channel], strict=False)}
        for channel in CHANNELS
    }


def adjusted(plan, figures, today=date(2027, 1, 1)):
    reach = [
        {channel.channel: channel.effective for channel in reach_of_month(month, figures, {}, today)}
        for month in plan.months
    ]
    return table(plan, 25_000, reach)


amounts = st.fixed_dictionaries({channel: st.lists(counts, min_size=4, max_size=4) for channel in CHANNELS})


def volumes(rows):
    return [[*(row.volume(code) for code in VOLUMES), row.fans, row.guides] for row in rows]


@given(plans(), amounts)
def test_adjusted_is_never_above_the_forecast(plan, came):
    for less, more in zip(volumes(adjusted(plan, figures_of(plan, came))), volumes(table(plan, 25_000)), strict=True):
        assert all(a <= f for a, f in zip(less, more, strict=True))


@given(plans(), st.integers(0, 10))
def test_full_delivery_is_the_forecast(plan, extra):
    promised = {c: [month.promised_reach[c] + extra for month in plan.months] for c in CHANNELS}
    assert adjusted(plan, figures_of(plan, promised)) == table(plan, 25_000)


@given(plans(), amounts, amounts)
def test_more_delivered_is_never_less_expected(plan, came, more):
    both = {c: [a + b for a, b in zip(came[c], more[c], strict=True)] for c in CHANNELS}
    low, high = (volumes(adjusted(plan, figures_of(plan, each))) for each in (came, both))
    for less, not_less in zip(low, high, strict=True):
        assert all(a <= b for a, b in zip(less, not_less, strict=True))


@given(plans(), amounts)
def test_months_to_come_keep_their_promise(plan, came):
    for month in plan.months:
        for channel in reach_of_month(month, figures_of(plan, came), {}, month.first):
            assert (channel.due, channel.effective, channel.missing) == (0, channel.promised, [])


# -- Reach ------------------------------------------------------------------------------------------------------------

MARCH = Month(
    date(2026, 3, 1), {"pkg": 31_000}, {"pkg": Fraction("0.1")},
    *(Fraction(0),) * 5, day_weights={},
)  # fmt: skip


def every_day(until, reached=1000, first=MARCH.first):
    return {first + timedelta(days=place): reached for place in range((until - first).days)}


def test_due_are_the_ended_days_by_their_weights():
    [pkg] = reach_of_month(MARCH, {}, {}, TODAY)
    assert (pkg.due, pkg.delivered, pkg.effective, len(pkg.missing)) == (16_000, 0, 0, 16)
    heavy = replace(MARCH, day_weights={date(2026, 3, 16): Fraction(10)})
    [pkg] = reach_of_month(heavy, {"pkg": every_day(date(2026, 3, 16))}, {}, TODAY)
    assert pkg.due == Fraction(31_000 * 25, 40)
    assert pkg.effective == 31_000 * Fraction(15_000) / Fraction(31_000 * 25, 40)
    assert pkg.missing == [date(2026, 3, 16)]


def test_a_third_delivered_of_what_was_due_is_exactly_a_third():
    third = replace(MARCH, promised_reach={"pkg": 300})
    [pkg] = reach_of_month(third, {"pkg": {MARCH.first: 100}}, {}, date(2026, 4, 1))
    assert pkg.effective == 100


def test_a_lagging_channel_owes_its_days_later():
    figures = {"pkg": every_day(date(2026, 3, 14))}
    [pkg] = reach_of_month(MARCH, figures, {"pkg": 3}, TODAY)
    assert (pkg.due, pkg.effective, pkg.missing) == (13_000, 31_000, [])
    [pkg] = reach_of_month(MARCH, {"pkg": every_day(date(2026, 3, 30))}, {"pkg": 3}, date(2026, 4, 1))
    assert (pkg.effective, pkg.missing) == (31_000, [])
    [pkg] = reach_of_month(MARCH, {"pkg": every_day(date(2026, 3, 30))}, {"pkg": 3}, date(2026, 4, 4))
    assert (pkg.effective, [day.day for day in pkg.missing]) == (29_000, [30, 31])


def test_a_figure_of_0_is_a_figure():
    [pkg] = reach_of_month(MARCH, {"pkg": every_day(date(2026, 4, 1), reached=0)}, {}, date(2026, 4, 1))
    assert (pkg.effective, pkg.missing) == (0, [])


def gaps(missing, **changes):
    kept = {day: 1 for day in every_day(date(2026, 4, 1)) if day.day not in missing}
    return gaps_of_month(replace(MARCH, **changes), {"pkg": kept}, {}, date(2026, 4, 1))


def test_reach_is_incomplete_where_more_than_a_tenth_of_the_days_has_none():
    assert not gaps({1, 2, 3}).is_large
    assert gaps({1, 2, 3, 4}).is_large
    april = replace(MARCH, first=date(2026, 4, 1))
    kept = every_day(date(2026, 5, 1), first=date(2026, 4, 4))
    assert not gaps_of_month(april, {"pkg": kept}, {}, date(2026, 6, 1)).is_large, "three of thirty are a tenth"


def test_one_silent_channel_makes_a_day_incomplete():
    found = gaps(set(), promised_reach={"pkg": 1, "sms": 1})
    assert (found.days, found.missing) == (31, 31)
    assert gaps(set(), promised_reach={"pkg": 1, "sms": 0}).missing == 0, "nothing is promised of it"


def test_where_nothing_is_promised_those_count_that_report():
    assert gaps({1, 2}, promised_reach={}).missing == 2
    assert gaps_of_month(replace(MARCH, promised_reach={}), {}, {}, date(2026, 4, 1)).days == 0


def test_days_of_weight_0_ask_for_no_figure():
    closed = {date(2026, 3, day): Fraction(0) for day in range(1, 11)}
    found = gaps({1, 2, 3, 4, 5}, day_weights=closed)
    assert (found.days, found.missing) == (21, 0)


def test_expected_rate_and_factor_say_nothing_of_nothing():
    assert expected_diversion_rate(replace(MARCH, promised_reach={})) is None
    assert traffic_factor(Fraction(0), Fraction(0)) is None
    assert traffic_factor(Fraction(1), Fraction(4)) == Fraction(1, 4)

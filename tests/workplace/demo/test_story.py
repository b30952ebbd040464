"""The demo's history: the same whenever it is told, without anybody's phone, and with what the demo is to show."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from workplace.demo.brands import BABY, BRANDS, SKINCARE, SNACKS, smaller
from workplace.demo.calendar import days_of, month_after, month_weight, weight
from workplace.demo.story import Story, promised_reach

FIRST = date(2026, 2, 1)


def small(plan):
    """The brand with a twentieth of its traffic."""
    return smaller(plan, 20)


def told(plan, last, first_day=FIRST):
    return dict(Story(plan, first_day).days(last))


@pytest.mark.parametrize("plan", BRANDS, ids=lambda plan: plan.slug)
def test_what_is_told_through_one_day_begins_what_is_told_through_a_later_one(plan):
    plan = small(plan)
    shorter, longer = told(plan, date(2026, 5, 10)), told(plan, date(2026, 6, 25))
    assert shorter == {day: longer[day] for day in shorter}
    assert len(longer) == len(shorter) + 46


@pytest.mark.parametrize("first_day", [date(2024, 5, 1), date(2028, 2, 1), date(2041, 12, 1)])
def test_it_can_begin_in_any_year(first_day):
    story = told(small(SKINCARE), first_day + timedelta(days=300), first_day)
    assert min(story) == first_day - timedelta(days=1)
    assert all(events for events in story.values())


def test_each_day_holds_its_own_facts_in_their_order():
    for day, events in told(small(SNACKS), date(2026, 4, 30)).items():
        instants = [event["at"] for event in events if "at" in event]
        assert instants == sorted(instants)
        assert {instant[:10] for instant in instants} <= {day.isoformat()}
        assert {event["date"] for event in events if "date" in event} <= {day.isoformat()}


def test_identities_are_used_once():
    seen = Counter()
    for events in told(small(SKINCARE), date(2026, 8, 31)).values():
        for event in events:
            if event["type"] not in ("channel.day", "brand.sales"):
                seen[
                    event["type"], event.get("order" if event["type"] == "order.paid" else "id", event.get("post"))
                ] += 1
    assert max(seen.values()) == 1


def test_refunds_follow_their_order_and_stay_within_it():
    paid = {}
    for events in told(small(SKINCARE), date(2026, 9, 30)).values():
        for event in events:
            if event["type"] == "order.paid":
                paid[event["order"]] = [event["at"], Decimal(event["amount"])]
            elif event["type"] == "order.refunded":
                assert event["at"] > paid[event["order"]][0]
                paid[event["order"]][1] -= Decimal(event["amount"])
    assert min(left for _, left in paid.values()) == 0


def test_phones_are_nobodys():
    story = told(small(BABY), date(2026, 6, 30))
    phones = {event["phone"] for events in story.values() for event in events if "phone" in event}
    assert len(phones) > 100
    assert all(len(phone) == 11 and phone.startswith("100") for phone in phones)  # mobile numbers begin with 13 to 19


def reach(story, channel, month):
    return sum(
        event["reached"] or 0
        for day, events in story.items()
        for event in events
        if event["type"] == "channel.day" and event["channel"] == channel and day.replace(day=1) == month
    )


def test_one_brand_delivers_little_more_than_half_of_its_parcel_cards_from_the_sixth_month_on():
    story = told(small(SNACKS), date(2026, 8, 31))
    cards = small(SNACKS).sources[0]
    shares = [
        reach(story, cards.code, month_after(FIRST, place)) / promised_reach(cards, month_after(FIRST, place))
        for place in range(7)
    ]
    assert all(0.9 < share < 1.12 for share in shares[:5])
    assert all(0.48 < share < 0.62 for share in shares[5:])


def test_opening_stock_comes_on_the_eve_of_the_term():
    story = told(small(SKINCARE), date(2026, 2, 3))
    eve = story[date(2026, 1, 31)]
    assert Counter((event["type"], event["opening"]) for event in eve) == {("fan.added", True): 300}
    assert not any(event.get("opening") for day, events in story.items() if day >= FIRST for event in events)


def test_live_commerce_returns_two_orders_of_five():
    platforms, returned = {}, Counter()
    plan = replace(SKINCARE, sources=SKINCARE.sources[:1])
    for events in told(plan, date(2026, 7, 31)).values():
        for event in events:
            if event["type"] == "order.paid":
                platforms[event["order"]] = event["platform"]
            elif event["type"] == "order.refunded":
                returned[platforms[event["order"]], event["stage"]] += 1
    live = Counter(platforms.values())["douyin-live"]
    assert live > 300
    assert 0.19 < returned["douyin-live", "before_shipping"] / live < 0.31
    assert 0.10 < returned["douyin-live", "after_receipt"] / live < 0.20


def test_promotions_weigh_where_they_fall():
    assert [weight(date(2026, *day)) for day in ((6, 18), (11, 11), (3, 8), (4, 15))] == [
        Decimal(4), Decimal(5), Decimal("2.2"), Decimal(1),
    ]  # fmt: skip
    assert weight(date(2026, 2, 17)) == weight(date(2027, 2, 6)) == Decimal("0.4")  # the first day of spring
    assert weight(date(2027, 2, 17)) == 1
    # April has no promotion; June: 3 × 2.2, 11 × 1.2, 3 × 2, 4, 4 × 0.8, 8 ordinary days
    assert month_weight(date(2026, 4, 1)) == 30
    assert month_weight(date(2026, 6, 1)) == Decimal("6.6") + Decimal("13.2") + 6 + 4 + Decimal("3.2") + 8
    assert len(days_of(date(2028, 2, 1))) == 29
    assert month_after(date(2026, 11, 30), 2) == date(2027, 1, 1)

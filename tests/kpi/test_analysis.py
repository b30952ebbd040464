"""Analysis beside the ten: small stories with figures counted by hand, and published numbers."""

from datetime import UTC, datetime

import pytest

from kpi.analysis import read_new_retention
from kpi.experiment import Arm, compare, wilson
from siyu.brands import enter_brand
from tests.kpi.sending import Desk


def event(what, ident, at, fan, **fields):
    return {"type": what, "id": ident, "at": f"{at}+08:00", "fan": fan, **fields}


def order(number, at, amount="100.00", fan=None, **fields):
    return {"type": "order.paid", "order": number, "at": f"{at}+08:00", "amount": amount, "fan": fan, **fields}


STORY = [
    event("fan.added", "1", "2026-01-10T10:00:00", "Ann"),
    event("fan.added", "2", "2026-01-31T23:59:59", "Bea"),
    event("fan.added", "3", "2026-02-01T00:00:00", "Cat"),
    event("fan.added", "4", "2026-01-05T10:00:00", "Old", opening=True),
    event("fan.lost", "5", "2026-02-10T10:00:00", "Bea", by="fan"),
    event("fan.lost", "6", "2026-02-02T00:00:00", "Cat", by="fan"),
    event("fan.added", "7", "2026-03-15T10:00:00", "Cat"),
    event("interaction", "8", "2026-01-31T23:59:59", "Ann", direction="in", kind="message"),
    event("interaction", "9", "2026-03-01T00:00:00", "Ann", direction="in", kind="message"),
    event("interaction", "10", "2026-03-02T00:00:00", "Bea", direction="out", kind="message"),
    order("o1", "2026-01-20T10:00:00", fan="Ann"),
    order("o2", "2026-02-20T10:00:00", fan="Ann"),
    order("o3", "2026-02-21T10:00:00", "50.00", fan="Cat"),
    order("o4", "2026-02-22T10:00:00", "25.00", phone="13900000001", platform="youzan"),
    order("o2", "2026-02-25T10:00:00", "40.00", type="order.refunded", id="r", stage="unknown"),
]  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    Desk(globex).send(STORY[:3])
    desk = Desk(acme, sheet={"gmv_rules": {"default": {"rule": "any_fan"}, "youzan": {"rule": "full"}}})
    desk.send(STORY)
    return desk


def month(offset, present, active, buyers, repeat_buyers):
    return {
        "offset": offset, "present": present, "active": active, "buyers": buyers, "repeat_buyers": repeat_buyers,
    }  # fmt: skip


def test_cohorts_follow_fans_month_by_month(desk):
    assert desk.get("analysis/cohorts", start="2026-01-15", end="2026-03-01", grain="month") == [
        {
            "cohort": "2026-01",
            "fans": 3,
            "periods": [month(0, 3, 1, 1, 0), month(1, 2, 0, 1, 1), month(2, 2, 1, 0, 0)],
        },
        {"cohort": "2026-02", "fans": 1, "periods": [month(0, 0, 0, 1, 0), month(1, 1, 0, 0, 0)]},
        {"cohort": "2026-03", "fans": 0, "periods": [month(0, 0, 0, 0, 0)]},
    ]


def test_new_retention_counts_who_is_there_so_many_hours_later(desk):
    """Opening stock is not new. Cat was lost exactly 24 h after her addition: just before that she was there."""
    answer = desk.get("analysis/new-retention", start="2026-01-01", end="2026-02-28")
    assert answer == {"fans": 3, "d1": 3, "d7": 2, "d30": 1}


def test_new_retention_is_unknown_until_the_time_has_passed_for_all(desk, acme):
    newest = datetime(2026, 1, 31, 16, tzinfo=UTC)
    with enter_brand(acme.schema_name):
        first, last = newest.date().replace(day=1), datetime(2026, 2, 28, tzinfo=UTC).date()
        early = read_new_retention(desk.project, first, last, datetime(2026, 2, 1, 15, 59, 59, tzinfo=UTC))
        later = read_new_retention(desk.project, first, last, datetime(2026, 2, 1, 16, tzinfo=UTC))
    assert early == {"fans": 3, "d1": None, "d7": None, "d30": None}
    assert later == {"fans": 3, "d1": 3, "d7": None, "d30": None}


def test_value_of_buyers(desk):
    """February: three counted orders (175.00, one without a fan), 40.00 back; seen were Ann, Bea, Old and Cat."""
    assert desk.get("analysis/value", start="2026-02-01", end="2026-02-28") == {
        "buyers": 2,
        "repeat_buyers": 0,
        "orders_per_buyer": {"1": 2},
        "average_order": "58.33333333333333333333333333",
        "gmv_per_fan": "33.75",
    }
    both = desk.get("analysis/value", start="2026-01-01", end="2026-02-28")
    assert (both["buyers"], both["repeat_buyers"], both["orders_per_buyer"]) == (2, 1, {"1": 1, "2": 1})


def test_value_of_nothing(desk):
    assert desk.get("analysis/value", start="2025-01-01", end="2025-01-02") == {
        "buyers": 0, "repeat_buyers": 0, "orders_per_buyer": {}, "average_order": None, "gmv_per_fan": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("base", "arm", "difference", "low", "high"),
    [  # Newcombe 1998, table II, method 10, the contrasts (a), (b), (c), (d), (f) and (h)
        ((80, 48), (70, 56), 0.2, 0.0524, 0.3339),
        ((10, 3), (10, 9), 0.6, 0.1705, 0.8090),
        ((7, 2), (7, 6), 0.5714, 0.0582, 0.8062),
        ((29, 0), (56, 5), 0.0893, -0.0381, 0.1926),
        ((20, 0), (10, 0), 0.0, -0.1611, 0.2775),
        ((20, 0), (10, 10), 1.0, 0.6791, 1.0),
    ],
)
def test_interval_is_newcombes(base, arm, difference, low, high):
    _, found = compare([Arm("A", *base), Arm("B", *arm)])
    assert (found.difference, found.low, found.high) == pytest.approx((difference, low, high), abs=5e-5)


def test_p_is_the_pooled_z_tests():
    """z = 0.2 ÷ √(104/150 · 46/150 · (1/70 + 1/80)) = 2.6501, two-sided p = 0.00805."""
    _, found = compare([Arm("A", 80, 48), Arm("B", 70, 56)])
    assert found.p == pytest.approx(0.008047, abs=5e-6)


def test_wilson_interval():
    """81 of 263: Wilson 1927 as in Newcombe's companion paper."""
    assert wilson(Arm("A", 263, 81)) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_arms_that_say_nothing():
    first, empty, same = compare([Arm("A", 10, 10), Arm("B", 0, 0), Arm("C", 5, 5)])
    assert (first.rate, first.difference, first.p) == (1.0, None, None)
    assert (empty.rate, empty.difference, empty.low, empty.high, empty.p) == (None, None, None, None, None)
    assert (same.difference, same.p) == (0.0, 1.0)


def test_experiment_over_rest(desk):
    body = {"arms": [{"name": "旧话术", "n": 80, "converted": 48}, {"name": "新话术", "n": 70, "converted": 56}]}
    answer = desk.client.post(f"{desk.path}/analysis/experiment/", body)
    assert answer.status_code == 200
    first, second = answer.json()["arms"]
    assert first == {**body["arms"][0], "rate": 0.6, "difference": None, "low": None, "high": None, "p": None}
    assert second["high"] == pytest.approx(0.3339, abs=5e-5)


@pytest.mark.parametrize(
    ("arms", "pointer"),
    [
        ([], "/arms"),
        ([{"name": "A", "n": 1, "converted": 2}], "/arms/0/converted"),
        ([{"name": "A", "n": -1, "converted": 0}], "/arms/0/n"),
        ([{"name": "A", "n": 1, "converted": 0, "x": 1}], "/arms/0/x"),
        ("x", "/arms"),
    ],
)
def test_experiment_refuses_by_name(desk, arms, pointer):
    answer = desk.client.post(f"{desk.path}/analysis/experiment/", {"arms": arms})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]

"""Their list against ours: every step from their total to our GMV, to the cent."""

from datetime import date
from decimal import Decimal

import pytest

from connectors.importing import ImportRefusedError
from connectors.reconciling import Reconciled, reconcile
from siyu.periods import Period
from tests.factories import inside
from tests.kpi.sending import Desk

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
THEIRS = """订单号,付款时间,实付金额
same,2026-01-05 10:00,100.00
same,2026-01-05 10:00,100.00
cheaper,2026-01-06 10:00,80.00
lost,2026-01-07 10:00,33.33
late,2026-01-31 23:59,20.00
bad,昨天,1
"""


def paid(order: str, amount: str, at: str, **fields: str) -> dict[str, str]:
    return {"type": "order.paid", "order": order, "amount": amount, "at": at, **fields}


@pytest.fixture
def desk(acme, globex) -> Desk:
    desk = Desk(acme)
    desk.send(
        [
            {"type": "fan.added", "id": "1", "fan": "f1", "at": "2026-01-02T10:00:00"},
            paid("same", "100.00", "2026-01-05T10:00:00", fan="f1", platform="youzan"),
            paid("cheaper", "75.50", "2026-01-06T10:00:00", fan="f1", platform="youzan"),
            paid("late", "20.00", "2026-02-01T00:00:00", fan="f1", platform="youzan"),
            paid("ours", "9.99", "2026-01-08T10:00:00", platform="youzan"),
            paid("shop", "500.00", "2026-01-08T10:00:00", fan="f1", platform="tmall"),
            {
                "type": "order.refunded", "id": "r1", "order": "same", "amount": "25.00", "stage": "unknown",
                "at": "2026-01-20T10:00:00",
            },
        ]
    )  # fmt: skip
    return desk


def reconciled(desk: Desk, text: str = THEIRS, platform: str = "youzan") -> Reconciled:
    with inside(desk.brand):
        return reconcile(desk.project, text.encode(), JANUARY, today=date(2026, 3, 1), platform=platform)


def test_their_total_becomes_our_gmv_step_by_step(desk):
    found = reconciled(desk)

    assert [(step.code, str(step.amount), step.orders) for step in found.steps] == [
        ("theirs", "333.33", 5),
        ("repeated", "-100.00", 1),
        ("missing", "-33.33", 1),
        ("elsewhere", "-20.00", 1),
        ("amount", "-4.50", 1),
        ("only_ours", "9.99", 1),
        ("ours", "185.49", 3),
        ("natural", "0", 0),
        ("unbound", "-9.99", 1),
        ("before_added", "0", 0),
        ("gross", "175.50", 2),
        ("refunds", "-25.00", None),
        ("net", "150.50", None),
    ]


def test_every_total_is_the_sum_of_the_steps_above_it(desk):
    running = Decimal(0)
    for step in reconciled(desk, platform="").steps:
        if step.is_total and step.code != "theirs":
            assert step.amount == running, step.code
        running = step.amount if step.is_total else running + step.amount


def test_orders_that_differ_are_listed_with_both_amounts(desk):
    found = reconciled(desk)

    assert [(row["place"], row["number"], row["theirs"], row["ours"]) for row in found.different] == [
        ("amount", "cheaper", Decimal("80.00"), Decimal("75.50")),
        ("elsewhere", "late", Decimal("20.00"), Decimal("20.00")),
        ("missing", "lost", Decimal("33.33"), None),
        ("only_ours", "ours", None, Decimal("9.99")),
    ]
    assert [(fault.row, fault.code) for fault in found.converted.faults] == [(7, "bad_time")]


def test_a_file_without_orders_is_refused(desk):
    with pytest.raises(ImportRefusedError):
        reconciled(desk, "渠道,日期,触达\nparcel,2026-01-05,3\n")


def test_another_brands_orders_are_never_compared(desk, globex):
    other = Desk(globex)

    found = reconciled(other)

    assert {row["place"] for row in found.different} == {"missing"}

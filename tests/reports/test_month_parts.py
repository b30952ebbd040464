"""What stands beside the ten in weekly and monthly reports, by hand from facts."""

import json
from datetime import date
from decimal import Decimal

import pytest

from guides.models import Cost, Guide, Placement
from reports.contents import compute
from reports.occasions import read_period
from siyu.brands import enter_public
from tests.factories import inside
from tests.kpi.sending import place_guides
from tests.reports.desk import ReportDesk, added, at, january, paid, plan

DECEMBER = [
    {**added("z", "2025-10-01"), "opening": True},  # neither writes nor buys
    {**added("y", "2025-10-01"), "opening": True},
    {"type": "interaction", "id": "i1", "fan": "y", "direction": "in", "kind": "message", "at": at("2025-12-25")},
    added("d1", "2025-12-10"),
    added("d2", "2025-12-11"),
    paid("p1", "100.00", "2025-12-12", fan="d1"),
    paid("p2", "100.00", "2025-12-20", fan="d1"),
    paid("p3", "400.00", "2025-12-21", fan="d2"),
]
LIVE = {"platform": "tmall", "touch": "live", "fan": "d1"}


@pytest.fixture
def desk(acme, globex):
    """Globex has other facts under the same names: nothing of it may show."""
    other = ReportDesk(globex)
    other.send([added("x", "2026-01-05"), paid("o1", "7.00", "2026-01-05", fan="x", platform="tmall", touch="live")])
    desk = ReportDesk(acme)
    desk.send([
        *DECEMBER, *january(),
        paid("o3", "60.00", "2026-01-10", dual=True, **LIVE),
        paid("o4", "20.00", "2026-01-11", **LIVE),
    ])  # fmt: skip
    return desk


def test_the_way_from_forecast_to_actual(desk):
    """¥1,860 promised, half the parcels came: 310 fans, ¥930. There were 4 fans instead of none, 4 were diverted and
    one was lost, at ¥6 a fan and month; four orders averaged ¥119.975 (December: ¥200), one of them a repeat where
    three buyers of December's habit (one repeat by two buyers) make 1.5."""
    desk.agree(plan())
    found = desk.payload("monthly", "2026-01")["bridge"]
    assert (found["forecast"], found["adjusted"], found["actual"], found["gap"]) == (
        "1860.00", "930.00", "429.90", "-1430.10",
    )  # fmt: skip
    assert [(step["step"], step["side"], step["amount"]) for step in found["steps"]] == [
        ("traffic", "brand", "-930.00"),
        ("stock", None, "24.00"),
        ("conversion", "agency", "-918.00"),
        ("retention", "agency", "-3.00"),
        ("basket", None, "-320.10"),
        ("repeat", None, "-100.00"),
        ("rest", None, "817.00"),
    ]
    assert sum(Decimal(step["amount"]) for step in found["steps"]) == Decimal(found["gap"])
    by_step = {step["step"]: (step.get("actual"), step.get("expected")) for step in found["steps"]}
    assert by_step["conversion"] == (4, 310)
    assert by_step["basket"] == ("119.98", "200.00")
    assert by_step["repeat"] == (1, "1.50")


def test_no_bridge_without_a_forecast(desk):
    assert desk.payload("monthly", "2026-01")["bridge"] is None


def test_fan_assets(desk):
    """Of 365 days: d2 ¥400; d1 ¥280, f1 ¥250 after the refund, f3 ¥99.90; f4, y and z nothing. Only z was silent for 90
    days. d1 bought four times in all."""
    found = desk.payload("monthly", "2026-01")["assets"]
    assert [(row["tier"], row["fans"], row["new"], row["amount"]) for row in found["tiers"]] == [
        ("none", 3, 1, "0.00"), ("low", 3, 2, "629.90"), ("middle", 1, 0, "400.00"), ("high", 0, 0, "0.00"),
    ]  # fmt: skip
    assert found["dormant_days"] == 90
    assert found["whole"] == {
        "fans": 7, "new": 3, "old": 4, "bought_once": 3, "bought_again": 1, "dormant": 1, "amount": "1029.90",
    }  # fmt: skip


def test_what_the_money_was_made_of(desk):
    payload = desk.payload("monthly", "2026-01")
    found = payload["sales"]
    assert found["whole"] == {
        "orders": 4, "gross": "479.90", "refunds": "50.00", "net": "429.90", "average_order": "119.98", "buyers": 3,
    }  # fmt: skip
    assert found["whole"]["net"] == payload["orders"]["net"]
    assert found["dual"] == {"orders": 1, "gross": "60.00", "refunds": "0.00", "net": "60.00"}
    assert [(row["platform"], row["net"]) for row in found["platforms"]] == [("tmall", "80.00"), (None, "349.90")]
    assert [(row["touch"], row["orders"]) for row in found["touches"]] == [("live", 2), (None, 2)]
    assert [(row["customer"], row["buyers"], row["net"]) for row in found["customers"]] == [
        ("new", 2, "349.90"), ("old", 1, "80.00"),
    ]  # fmt: skip


def test_the_settlements_base_leaves_dual_counting_out(desk):
    found = desk.payload("monthly", "2026-01")["settlement"]
    assert found == {
        "includes_dual": False, "gmv": "429.90", "dual": "60.00", "base": "369.90",
        "lines": [
            {"line": "tmall", "gmv": "80.00", "dual": "60.00", "base": "20.00"},
            {"line": None, "gmv": "349.90", "dual": "0.00", "base": "349.90"},
        ],
    }  # fmt: skip


def test_what_it_brought_the_brand(desk):
    """¥100 were the brand's own, ¥30 the agency's: those show in the annex alone."""
    ad = {"type": "channel.day", "channel": "ad", "reached": None}
    desk.send([
        {**ad, "date": "2026-01-03", "cost": "100.00", "paid_by": "brand"},
        {**ad, "date": "2026-01-04", "cost": "30.00", "paid_by": "agency"},
        {**ad, "date": "2026-01-05", "cost": "20.00"},
        {"type": "brand.sales", "month": "2026-01", "amount": "4299.00"},
    ])  # fmt: skip
    payload = desk.payload("monthly", "2026-01")
    assert payload["brand_return"] == {
        "net_gmv": "429.90", "own_cost": "100.00", "ratio": "4.299", "unstated_cost": "20.00",
    }  # fmt: skip
    assert payload["private_share"] == {"net_gmv": "429.90", "brand_sales": "4299.00", "share": "0.1"}
    beside = {row["code"]: (row["value"], row["average"]) for row in payload["benchmarks"]}
    assert beside["private_share"] == ("0.1", ["0.05", "0.10"])
    assert "gmv_per_labour_cost" not in beside
    assert "30.00" not in json.dumps(payload["brand_return"])


def test_the_annex_holds_labour_cost_against_gmv(acme, desk):
    """A tenth of ¥8,000 for the whole of January is ¥800; from the 17th on another tenth of ¥6,200: 15 of 31 days."""
    place_guides(acme, "g1", "g2")
    with enter_public():
        for code, monthly in (("g1", 8000), ("g2", 6200)):
            guide = Guide.objects.get(agency=acme.agency, code=code)
            Cost.objects.create(guide=guide, since=date(2025, 1, 1), monthly=monthly)
        Placement.objects.filter(guide=guide).update(starts_on=date(2026, 1, 17))
    desk.keep("a1", [("2025-01-01T00:00:00+08:00", "g1")])
    with inside(acme):
        contents = compute(desk.project, "monthly", read_period("monthly", "2026-01"))
    annex = json.loads(contents.annex)
    assert (annex["labour_cost"], annex["gmv"], annex["unknown"]) == ("1100.00", "429.90", [])
    assert Decimal(annex["gmv_per_labour_cost"]).quantize(Decimal("0.000001")) == Decimal("0.390818")
    assert [(row["guide"], row["labour_cost"], row["gmv"]) for row in annex["guides"]] == [
        ("g1", "800.00", "429.90"), ("g2", "300.00", "0.00"),
    ]  # fmt: skip
    assert [row["code"] for row in annex["benchmarks"]] == ["gmv_per_labour_cost"]
    assert "labour" not in contents.payload


def test_an_unknown_cost_leaves_the_ratio_open(acme, desk):
    place_guides(acme, "g1")
    with inside(acme):
        annex = json.loads(compute(desk.project, "monthly", read_period("monthly", "2026-01")).annex)
    assert (annex["labour_cost"], annex["gmv_per_labour_cost"], annex["unknown"]) == (None, None, ["g1"])


def test_groups_count_memberships(desk):
    def joined(number, day, group):
        return {**added("f1", day), "id": f"g{number}", "tie": "group", "group": group, "guide": None}

    left = {"type": "fan.lost", "id": "l9", "fan": "f1", "by": "fan", "tie": "group", "group": "vip"}
    desk.send([
        joined(1, "2026-01-03", "vip"),
        joined(2, "2026-01-07", "new"),
        joined(3, "2026-01-08", "vip2"),
        {**left, "at": at("2026-01-09")},
    ])  # fmt: skip
    assert desk.payload("weekly", "2026-W02")["groups"] == {
        "groups": 2, "before": 1, "added": 2, "lost": 1, "members": 2,
        "rows": [
            {"group": "new", "before": 0, "added": 1, "lost": 0, "members": 1},
            {"group": "vip", "before": 1, "added": 0, "lost": 1, "members": 0},
            {"group": "vip2", "before": 0, "added": 1, "lost": 0, "members": 1},
        ],
    }  # fmt: skip


def test_channels_by_who_stayed_a_week(desk):
    """f1 and f2 came through parcels in the week before; f2 left after four days."""
    assert desk.payload("weekly", "2026-W02")["channel_quality"] == [
        {"channel": "pkg", "fans": 2, "stayed": 1, "share": "0.5"}
    ]


def test_posts_by_the_users_they_brought(desk):
    def post(code, day):
        return {"type": "koc.post", "post": code, "at": at(day), "platform": "xhs"}

    desk.send([
        post("old", "2026-01-01"), post("good", "2026-01-06"), post("dull", "2026-01-07"),
        *(added(f"k{n}", "2026-01-08", koc_post=code) for n, code in enumerate(["good", "good", "old", "unknown"])),
    ])  # fmt: skip
    payload = desk.payload("weekly", "2026-W02")
    found = payload["content"]
    assert (found["posts"], found["users"]) == (2, 4)
    assert [(row["post"], row["users"], row["published_on"]) for row in found["best"]] == [
        ("good", 2, "2026-01-06"), ("old", 1, "2026-01-01"), ("unknown", 1, None),
    ]  # fmt: skip
    assert [row["post"] for row in found["worst"]] == ["dull"]
    assert found["users"] == next(row for row in payload["figures"] if row["indicator"] == "koc_users")["numerator"]


def test_the_next_months_calendar(desk):
    desk.agree(plan())
    found = desk.payload("monthly", "2026-01")["calendar"]
    assert (found["month"], found["calendar"], len(found["days"])) == ("2026-02", "published", 28)
    festival = {"zh": "春节", "en": "Spring Festival"}
    assert found["days"][16] == {"day": "2026-02-17", "weight": "1", "is_workday": False, "festival": festival}
    assert found["days"][13] == {"day": "2026-02-14", "weight": "1", "is_workday": True, "festival": festival}
    assert found["days"][7]["festival"] is None


def test_reach_that_nobody_confirmed_is_the_brands_to_look_at(acme, desk):
    """A key of the agency's entered it, and no working days of silence had passed when the day ended."""
    desk.agree(plan())
    todo = desk.payload("daily", "2026-01-06")["brand_todo"]
    assert {"what": "reach_unconfirmed", "channel": "pkg", "month": "2026-01"} in todo
    assert not any(row.get("channel") == "sms" for row in todo)


def test_days_in_a_row_below_what_is_due(desk):
    """Ten users are due a day; on the 2nd two had come, on the 4th still two."""
    desk.agree(plan())
    assert desk.payload("daily", "2026-01-02")["exceptions"] == []
    [row] = [row for row in desk.payload("daily", "2026-01-04")["exceptions"] if row["indicator"] == "diverted_users"]
    assert row == {"code": "behind", "indicator": "diverted_users", "days": 4, "value": "2", "due": "40"}

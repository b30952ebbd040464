"""What reports say, by hand, and as REST of figures says it."""

from datetime import date
from decimal import Decimal

import pytest

from reports.contents import compute
from reports.occasions import read_period
from tests.factories import inside
from tests.kpi.sending import place_guides
from tests.reports.desk import ReportDesk, added, january_of_two, paid, plan, reach


@pytest.fixture
def desk(acme, globex):
    return january_of_two(acme, globex)


def figure(payload, code, where="figures"):
    return next(row for row in payload[where] if row["indicator"] == code)


def test_a_day(desk):
    payload = desk.payload("daily", "2026-01-06")
    assert (payload["kind"], payload["period_start"], payload["period_end"]) == ("daily", "2026-01-06", "2026-01-06")
    assert payload["fans"] == {"at_start": 4, "added": 0, "lost": 1, "net": -1, "at_end": 3}
    assert payload["orders"] == {
        "gross": "99.90", "refunds": "50.00", "refunds_before_shipping": "0.00", "refunds_after_receipt": "50.00",
        "dual": "0.00", "unbound": "0.00", "before_added": "0.00", "natural": "0.00", "orders": 1, "buyers": 1,
        "net": "49.90",
    }  # fmt: skip
    assert payload["names"]["brand"] == {"slug": "acme", "name": "Acme"}
    assert figure(payload, "churn_rate")["value"] == "0.25"
    assert payload["month_to_date"]["days_elapsed"] == 6
    mtd = {row["indicator"]: row["value"] for row in payload["month_to_date"]["figures"]}
    assert (mtd["diverted_users"], mtd["gmv"]) == ("4", "349.90")
    assert payload["previous"]["period_start"] == "2026-01-05"
    of_month = desk.payload("monthly", "2026-02")["previous"]
    assert (of_month["period_start"], of_month["period_end"]) == ("2026-01-01", "2026-01-31")
    assert figure(payload["previous"], "diverted_users")["value"] == "2"


def test_channels_and_guides(acme, desk):
    place_guides(acme, "g1")
    desk.keep("a1", [("2026-01-01T00:00:00+08:00", "g1")])
    payload = desk.payload("daily", "2026-01-05")
    channels = {row["channel"]: row["figures"] for row in payload["channels"]}
    assert channels["pkg"]["diversion_rate"] == {"numerator": 1, "denominator": 100, "value": "0.01"}
    assert channels[None]["diverted_users"]["value"] == "1"
    [first] = payload["guides"]
    assert (first["rank"], first["guide"], first["figures"]["gmv"]["value"]) == (1, "g1", "300.00")
    assert payload["names"]["guides"] == {"g1": "导购 g1"}


@pytest.mark.parametrize(("kind", "period", "grain"), [("daily", "2026-01-06", "day"), ("monthly", "2026-01", "month")])
def test_figures_are_those_of_rest(desk, kind, period, grain):
    desk.agree(plan(floor="0.80"))
    payload = desk.payload(kind, period)
    shown = desk.figures(grain, payload["period_start"], payload["period_end"])["results"]
    assert payload["figures"] == shown


def test_a_day_with_a_forecast(desk):
    """On the 6th 1,200 parcels are due and 600 came: half, so 600 × 10 % = 60 users fewer, the brand's. The adjusted
    forecast is 310 for the month, of which 60 are due."""
    desk.agree(plan())
    payload = desk.payload("daily", "2026-01-06")
    [row] = payload["traffic"]
    assert (row["due"], row["delivered"], row["share"], row["users_short"]) == ("1200", 600, "0.5", 60)
    assert {"what": "traffic_short", "channel": "pkg", "users_short": 60} in payload["brand_todo"]
    forecast = next(r for r in payload["month_to_date"]["figures"] if r["indicator"] == "diverted_users")["forecast"]
    assert (forecast["value"], forecast["adjusted"], forecast["due"]) == ("620", "310", "60")


def test_a_week(desk):
    """5–11 January: 7 of 31 days, so 7/31 of 310 = 70 are its target."""
    desk.agree(plan())
    payload = desk.payload("weekly", "2026-W02")
    assert (payload["period_start"], payload["period_end"]) == ("2026-01-05", "2026-01-11")
    target = next(row for row in payload["targets"] if row["indicator"] == "diverted_users")
    assert (target["target"], target["value"]) == ("70", 2)
    assert Decimal(target["share"]).quantize(Decimal("0.0001")) == Decimal("0.0286")
    # Of the week before (29 December – 4 January) f1 and f2 were added; f2 was gone after seven days.
    assert payload["new_fans_7_days"] == {
        "period_start": "2025-12-29", "period_end": "2026-01-04", "fans": 2, "d7": 1,
    }  # fmt: skip


def test_a_month(desk):
    """4 of 310 diverted and all else nought or unknown: far below the floor."""
    desk.agree(plan(floor="0.80", weights={"diverted_users": "1"}))
    payload = desk.payload("monthly", "2026-01")
    score = payload["score"]
    assert (score["floor"], score["below"], score["missed"]) == ("0.80", True, ["diverted_users"])
    assert Decimal(score["score"]).quantize(Decimal("0.000001")) == (Decimal(4) / 310).quantize(Decimal("0.000001"))
    assert payload["next_month"]["month"] == "2026-02"
    assert payload["next_month"]["promised_reach"] == {"pkg": 6200}
    assert payload["next_month"]["volumes"]["diverted_users"] == {"forecast": 620, "adjusted": 620}
    assert payload["heads"]["contracted"] is None
    assert [day["heads"] for day in payload["heads"]["days"]] == [0] * 31


def test_gaps_are_days_without_reach_beyond_the_lag(desk):
    desk.send([reach("2026-01-06", None)])
    payload = desk.payload("daily", "2026-01-06")
    assert payload["gaps"]["missing_reach"] == [{"channel": "pkg", "days": ["2026-01-06"]}]
    assert payload["incomplete"] is True
    assert desk.payload("daily", "2026-01-05")["incomplete"] is False


def test_a_lag_gives_the_source_time(acme, desk):
    desk.send([reach("2026-01-06", None)])
    answer = desk.owner.put(f"{desk.path}/channels/pkg/", {"code": "pkg", "name": "包裹卡", "lag_days": 1})
    assert answer.status_code in (200, 201), answer.content
    assert desk.payload("daily", "2026-01-06")["gaps"]["missing_reach"] == []


def test_outside_of_the_term_no_reach_is_missing(acme):
    """The term begins on a Thursday and ends on the Saturday of next week; the channel says nothing but on the 9th."""
    desk = ReportDesk(acme, starts_on=date(2026, 1, 8), ends_on=date(2026, 1, 17))
    desk.send([reach("2026-01-09", 100)])
    first, second = (desk.payload("weekly", week)["gaps"]["missing_reach"] for week in ("2026-W02", "2026-W03"))
    assert first == [{"channel": "pkg", "days": ["2026-01-08", "2026-01-10", "2026-01-11"]}]
    assert second == [{"channel": "pkg", "days": [f"2026-01-{day}" for day in range(12, 18)]}]


def test_the_same_data_are_the_same_bytes(acme, desk):
    desk.agree(plan(floor="0.80"))
    for kind, text in (("daily", "2026-01-06"), ("weekly", "2026-W02"), ("monthly", "2026-01")):
        period = read_period(kind, text)
        with inside(acme):
            assert compute(desk.project, kind, period) == compute(desk.project, kind, period)


def test_days_to_come_change_nothing(acme, desk):
    """A report made late is the one that was due: facts of later days are in neither."""
    desk.agree(plan())
    before = {}
    periods = {kind: read_period(kind, text) for kind, text in (("daily", "2026-01-06"), ("weekly", "2026-W02"))}
    with inside(acme):
        before = {kind: compute(desk.project, kind, period).payload for kind, period in periods.items()}
    desk.send([reach("2026-01-20", 5000), added("late", "2026-01-20"), paid("o9", "10.00", "2026-01-21", fan="f1")])
    with inside(acme):
        for kind, period in periods.items():
            assert compute(desk.project, kind, period).payload == before[kind]


def test_the_annex_is_apart(acme, desk):
    place_guides(acme, "g1")
    with inside(acme):
        contents = compute(desk.project, "monthly", read_period("monthly", "2026-01"))
    assert '"guide":"g1"' in contents.annex
    assert "monthly_cost" not in contents.payload


def test_exceptions_are_far_from_the_week_before(desk):
    desk.send([added(f"n{i}", f"2026-01-{10 + i:02}") for i in range(7)])
    payload = desk.payload("daily", "2026-01-17")
    assert payload["exceptions"] == [{"code": "added_few", "value": 0, "usual": "1.00"}]

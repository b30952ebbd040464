"""What later data would change: was, now and why; gathered above a threshold; made by nobody but a person."""

import json
from decimal import Decimal

import pytest

from reports.freezing import canonical, digest
from reports.models import Report, ReportSchedule, Revision
from reports.restating import is_significant
from tests.factories import client_for, inside
from tests.reports.desk import ReportDesk, added, january, lost, paid, plan, reach, refunded


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send(january())
    other.issue("monthly", "2026-01")
    other.send([paid("late", "500.00", "2026-01-20", fan="f1")])
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def restated(desk, report):
    answer = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def gathered(desk, **query):
    answer = desk.pm.get(f"{desk.path}/restatements/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_why_names_what_came_since(desk):
    """Two orders and a refund came late, reach of the 7th was corrected, f4's addition withdrawn; the order dated
    after the month says nothing about it."""
    report = desk.issue("monthly", "2026-01")
    desk.send([
        paid("l1", "100.00", "2026-01-20", fan="f1"),
        paid("l2", "50.00", "2026-01-22", fan="f1"),
        refunded("l1", "10.00", "2026-01-25"),
        reach("2026-01-07", 250),
        {"type": "retract", "of": "fan.added", "id": "add-f4"},
        paid("february", "9.00", "2026-02-10", fan="f1"),
    ])  # fmt: skip
    found = restated(desk, report)
    told = {
        cause["name"]: (cause["count"], cause["first_day"], cause["last_day"]) for cause in found["causes"]
    }  # fmt: skip
    assert told == {
        "fan.added:withdrawn": (1, "2026-01-05", "2026-01-05"),
        "order.paid:late": (2, "2026-01-20", "2026-01-22"),
        "order.refunded:late": (1, "2026-01-25", "2026-01-25"),
        "channel.day:corrected": (1, "2026-01-07", "2026-01-07"),
    }
    why = {change["pointer"]: (change["was"], change["now"], change["why"]) for change in found["changes"]}
    assert why["/orders/net"] == (
        "349.90", "489.90", ["fan.added:withdrawn", "order.paid:late", "order.refunded:late"],
    )  # fmt: skip
    assert why["/fans/added"] == (4, 3, ["fan.added:withdrawn"])
    rate = next(
        place for place, row in enumerate(january_figures(desk, report)) if row["indicator"] == "diversion_rate"
    )
    assert why[f"/figures/{rate}/denominator"] == (3100, 3250, ["fan.added:withdrawn", "channel.day:corrected"])
    assert found["is_significant"] is True


def january_figures(desk, report):
    return desk.read(desk.pm, report).json()["payload"]["figures"]


def test_what_came_and_went_again_is_no_cause(desk):
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    desk.send([{"type": "retract", "of": "order.paid", "order": "l1"}])
    assert restated(desk, report)["changes"] == []
    assert restated(desk, report)["causes"] == []


def test_a_loss_after_the_period_may_make_an_addition_invalid(desk):
    desk.send([added("n", "2026-01-31")])
    report = desk.issue("monthly", "2026-01")
    desk.send([{**lost("n", "2026-02-01"), "at": "2026-02-01T09:00:00+08:00"}])
    [change] = [row for row in restated(desk, report)["changes"] if row["pointer"].endswith("/detail/valid")][:1]
    assert (change["was"], change["now"], change["why"]) == (5, 4, ["fan.lost:late"])
    assert [row["report"] for row in gathered(desk)] == []  # the number of diverted fans is the same


def test_proposals_are_gathered_above_the_threshold(desk):
    """¥349.90 in January: ¥1 is less than half a percent of it, ¥2 is more."""
    monthly, weekly = desk.issue("monthly", "2026-01"), desk.issue("weekly", "2026-W04")
    desk.issue("daily", "2026-01-06")
    desk.send([paid("l1", "1.00", "2026-01-20", fan="f1")])
    assert [row["report"] for row in gathered(desk)] == [weekly.pk]  # from ¥0 to ¥1
    desk.send([paid("l2", "1.00", "2026-01-20", fan="f1")])
    rows = gathered(desk)
    assert [row["report"] for row in rows] == [weekly.pk, monthly.pk]
    assert (rows[1]["kind"], rows[1]["revision"], rows[1]["state"]) == ("monthly", 1, "draft")
    gmv = next(row for row in rows[1]["figures"] if row["was"] == "349.90")
    assert (gmv["now"], gmv["why"]) == ("351.90", ["order.paid:late"])
    assert [row["report"] for row in gathered(desk, kind="monthly")] == [monthly.pk]
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, restate_share="0.01")
        assert Revision.objects.count() == 3  # nothing was made of them
    assert [row["report"] for row in gathered(desk, kind="monthly")] == []


def test_a_person_makes_the_revision_and_the_proposal_is_gone(desk):
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    assert len(gathered(desk)) == 1
    assert desk.act(desk.pm, report, "revise", comment="补录订单").status_code == 200
    assert gathered(desk) == []


def test_the_brand_gathers_nothing(desk):
    assert desk.manager.get(f"{desk.path}/restatements/").status_code == 403
    assert client_for(desk.brand, ["reports:read"]).get(f"{desk.path}/restatements/").status_code == 403


def revise_as(desk, change):
    """A second revision that says what the first does, but for what `change` does to its payload."""
    with inside(desk.brand):
        revision = Revision.objects.get()
        payload = json.loads(revision.payload)
        change(payload)
        old = canonical(payload)
        fields = {
            name: getattr(revision, name) for name in ("seq", "definition_version", "made_at", "made_by", "annex")
        }
        Revision.objects.create(
            report=Report.objects.get(), number=2, payload=old, sha256=digest(old), annex_sha256="", **fields
        )


def test_a_revision_of_an_earlier_format_is_held_against_what_it_said(desk):
    """It knows no bridge and no assets: that it now would is no restatement."""

    def first_format(payload):
        for name in ("format", "bridge", "assets", "sales", "groups", "content", "settlement", "calendar"):
            del payload[name]

    report = desk.issue("monthly", "2026-01")
    revise_as(desk, first_format)
    assert restated(desk, report)["changes"] == []
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    pointers = {change["pointer"].split("/")[1] for change in restated(desk, report)["changes"]}
    assert "orders" in pointers
    assert not pointers & {"sales", "assets", "format"}


def test_a_month_once_compared_with_other_days_is_no_restatement(desk):
    """Up to the second format it stood against as many days before it."""

    def second_format(payload):
        payload["format"] = 2
        payload["previous"]["figures"][0]["value"] = "77"

    report = desk.issue("monthly", "2026-01")
    revise_as(desk, second_format)
    assert restated(desk, report)["changes"] == []


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("100", "100.5", True),  # exactly the threshold
        ("100", "100.4", False),
        ("100", "99.4", True),
        ("0", "1", True),
        (None, "1", True),
        ("1", None, True),
    ],
)
def test_what_is_worth_a_persons_while(was, now, expected):
    def payload(value):
        return {"figures": [{"indicator": "gmv", "value": value}]}

    assert is_significant([], payload(was), payload(now), Decimal("0.005")) is expected


def test_a_change_of_band_always_is():
    same = {"figures": []}
    for pointer in ("/figures/0/forecast/band", "/score/below"):
        assert is_significant([{"pointer": pointer}], same, same, Decimal(1)) is True


def test_an_agreed_forecast_is_a_cause(desk):
    report = desk.issue("monthly", "2026-01")
    desk.agree(plan())
    found = restated(desk, report)
    assert found["causes"] == [{"name": "forecast", "was": None, "now": 1}]
    assert all(change["why"] == ["forecast"] for change in found["changes"])

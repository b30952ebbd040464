"""Sending, words, disputes, approval and revisions: what each side sees and what is written down."""

import hashlib
import json
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from projects.models import Project, TeamSeat
from reports.deemed import deemed_on
from reports.models import Comment, Delivery, Report, ReportSchedule, Revision, Transition
from tests.factories import client_for, inside
from tests.reports.desk import ReportDesk, january, lost, paid, plan


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("daily", "2026-01-06")


# -- Who sees what ----------------------------------------------------------------------------------------------------


def test_the_brand_sees_nothing_before_sent(desk, report):
    path = f"{desk.path}/reports/"
    for action in ("review", "send"):
        assert desk.read(desk.manager, report).status_code == 404
        assert desk.manager.get(path).json()["results"] == []
        assert desk.act(desk.pm, report, action).status_code == 200
    assert desk.read(desk.manager, report).json()["state"] == "sent"
    assert [row["id"] for row in desk.manager.get(path).json()["results"]] == [report.pk]


def test_another_brand_and_unseated_people_know_of_nothing(desk, report, globex):
    theirs = ReportDesk(globex)
    assert theirs.read(theirs.owner, report).status_code == 404
    desk.send_out(report)
    with inside(desk.brand):
        TeamSeat.objects.update(ends_on=date(2026, 1, 2))
    assert desk.read(desk.pm, report).status_code == 404


def test_the_annex_is_the_agencys_alone(desk, report):
    desk.send_out(report)
    shown = desk.read(desk.pm, report).json()
    assert (shown["annex"]["guides"], shown["annex"]["labour_cost"]) == ([], None)
    hidden = desk.read(desk.manager, report)
    assert "annex" not in hidden.json()
    assert b"monthly_cost" not in hidden.content
    key = client_for(desk.brand, ["reports:read"])
    assert "annex" not in key.get(f"/api/v1/reports/{report.pk}/").json()


def test_the_payload_is_what_was_hashed(desk, report):
    shown = desk.read(desk.pm, report).json()
    text = json.dumps(shown["payload"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == shown["sha256"]
    assert (shown["definitions"], shown["forecast"]) == (1, None)
    assert shown["seq"] > 1_000_000  # the brand's own sequence


def test_the_list_is_of_kind_and_period(desk):
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        desk.issue("daily", day)
    desk.issue("weekly", "2026-W02")

    def listed(**query):
        rows = desk.pm.get(f"{desk.path}/reports/", query).json()["results"]
        return [(row["kind"], row["period_start"]) for row in rows]

    assert listed(kind="daily", **{"from": "2026-01-06"}) == [("daily", "2026-01-07"), ("daily", "2026-01-06")]
    assert listed(to="2026-01-05", kind="daily") == [("daily", "2026-01-05")]
    assert listed(kind="weekly", **{"from": "2026-01-11"}) == [("weekly", "2026-01-05")]
    assert len(listed()) == 4
    assert desk.pm.get(f"{desk.path}/reports/", {"kind": "yearly"}).status_code == 400
    assert desk.pm.get(f"{desk.path}/reports/", {"what": "x"}).status_code == 400


# -- Sending ----------------------------------------------------------------------------------------------------------


def test_sending_needs_an_active_project_and_a_pm(desk, report):
    desk.act(desk.pm, report, "review")
    with inside(desk.brand):
        Project.objects.update(state=Project.State.DRAFT)
        TeamSeat.objects.update(ends_on=date(2026, 1, 2))
    answer = desk.act(desk.owner, report, "send")
    assert answer.status_code == 409
    assert [error["code"] for error in answer.json()["errors"]] == ["not_active", "no_pm"]


def test_a_month_below_the_floor_needs_words(desk):
    desk.agree(plan(floor="0.80", weights={"diverted_users": "1"}))
    report = desk.issue("monthly", "2026-01")
    desk.act(desk.pm, report, "review")
    answer = desk.act(desk.pm, report, "send")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/words/below_floor"]
    assert desk.act(desk.pm, report, "revise", comment="补充说明").status_code == 200
    assert desk.words(desk.pm, report, 2, below_floor="包裹卡停发两周").status_code == 200
    desk.send_out(report, 2)
    assert desk.read(desk.manager, report).json()["words"]["blocks"] == {"below_floor": "包裹卡停发两周"}


def test_sending_freezes_the_words_and_delivers_once(desk, report):
    entry = {"block": "complaints", "text": "发货慢", "owner": "小王", "due_on": "2026-01-10"}
    answer = desk.words(desk.pm, report, plan="拉新", entries=[entry])
    assert answer.status_code == 200, answer.content
    desk.send_out(report)
    shown = desk.read(desk.manager, report).json()
    [kept] = shown["words"]["entries"]
    assert (kept["text"], kept["owner"], kept["due_on"], kept["done_on"]) == ("发货慢", "小王", "2026-01-10", None)
    text = json.dumps(shown["words"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == shown["words_sha256"]
    assert desk.words(desk.pm, report, plan="另一个").status_code == 409
    with inside(desk.brand):
        assert list(Delivery.objects.values_list("channel", "recipient", "state")) == [("site", "brand", "done")]


# -- Words ------------------------------------------------------------------------------------------------------------


def test_entries_are_carried_on_while_open(desk, report):
    body = [{"block": "meeting", "text": "补货"}, {"block": "meeting", "text": "换图"}]
    first, second = desk.words(desk.pm, report, entries=body).json()["words"]["entries"]
    following = desk.issue("daily", "2026-01-07")
    carried = desk.read(desk.pm, following).json()["words"]["entries"]
    assert [(entry["text"], entry["since"]) for entry in carried] == [("补货", "2026-01-06"), ("换图", "2026-01-06")]
    assert desk.words(desk.pm, following, entries=[{"id": first["id"], "done_on": "2026-01-07"}]).status_code == 200
    last = desk.issue("daily", "2026-01-08")
    assert [entry["id"] for entry in desk.read(desk.pm, last).json()["words"]["entries"]] == [second["id"]]
    earlier = desk.issue("daily", "2026-01-05")
    assert desk.read(desk.pm, earlier).json()["words"]["entries"] == []
    assert desk.words(desk.pm, earlier, entries=[{"id": first["id"], "done_on": None}]).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"unknown": "x"}, 400),
        ({"plan": "x" * 10_001}, 400),
        ({"entries": [{"text": "no block"}]}, 400),
        ({"entries": [{"block": "nowhere", "text": "x"}]}, 400),
        ({"plan": "x", "revision": 2}, 409),
        ({"plan": ""}, 200),
    ],
)
def test_what_words_may_be(desk, report, body, status):
    answer = desk.words(desk.pm, report, **body)
    assert answer.status_code == status, answer.content


def test_words_that_another_wrote_meanwhile_are_not_written_over(desk, report):
    base = desk.read(desk.pm, report).json()["words_base"]
    assert desk.words(desk.seated("ops"), report, plan="运营的计划", base=base).status_code == 200
    refused = desk.words(desk.pm, report, plan="我的计划", base=base)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/base")
    newer = desk.read(desk.pm, report).json()
    assert newer["words"]["blocks"] == {"plan": "运营的计划"}
    assert desk.words(desk.pm, report, plan="两人的计划", base=newer["words_base"]).status_code == 200
    assert desk.words(desk.pm, report, plan="x", base="short").status_code == 400


def test_who_may_write_words(desk, report, acme):
    for role in ("ops", "content"):
        assert desk.words(desk.seated(role), report, plan=role).status_code == 200
    key = client_for(acme, ["reports:write"])
    assert key.patch(f"/api/v1/reports/{report.pk}/words/", {"revision": 1, "plan": "key"}).status_code == 200
    reader = client_for(acme, ["reports:read"])
    assert reader.patch(f"/api/v1/reports/{report.pk}/words/", {"revision": 1, "plan": "x"}).status_code == 403
    desk.send_out(report)
    assert desk.words(desk.manager, report, plan="x").status_code == 403


# -- Talking ----------------------------------------------------------------------------------------------------------


def test_a_dispute_names_the_figure_and_is_answered(desk, report):
    desk.send_out(report)
    answer = desk.act(desk.manager, report, "dispute", comment="退款不对", pointer="/orders/refunds")
    assert answer.status_code == 200, answer.content
    assert desk.act(desk.pm, report, "answer", comment="已核对").status_code == 200
    shown = desk.read(desk.manager, report).json()
    assert [(c["kind"], c["side"], c["pointer"], c["text"]) for c in shown["comments"]] == [
        ("dispute", "brand", "/orders/refunds", "退款不对"),
        ("answer", "agency", "", "已核对"),
    ]
    assert desk.act(desk.manager, report, "approve").json()["state"] == "approved"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"comment": "x", "pointer": "/nothing"}, 400, "bad_value"),
        ({"comment": "x", "pointer": "figures"}, 400, "bad_value"),
        ({"comment": "x", "pointer": "/figures/10"}, 400, "bad_value"),
        ({"comment": "  "}, 400, "missing_field"),
        ({"comment": "x", "revision": 2}, 409, "changed"),
        ({"comment": "x", "sha256": "0" * 64}, 409, "changed"),
    ],
)
def test_a_dispute_must_be_about_something(desk, report, fields, status, code):
    desk.send_out(report)
    answer = desk.act(desk.manager, report, "dispute", **fields)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    with inside(desk.brand):
        assert not Comment.objects.exists()


def test_approval_binds_to_revision_and_hash(desk, report):
    desk.send_out(report)
    sha256 = desk.read(desk.manager, report).json()["sha256"]
    assert desk.act(desk.manager, report, "approve", sha256=sha256).status_code == 200
    with inside(desk.brand):
        move = Transition.objects.get(action="approve")
        assert (move.before, move.after, move.side, move.revision.number) == ("sent", "approved", "brand", 1)
        assert (move.sha256, move.words_sha256) == (sha256, move.revision.words_sha256)
        assert move.by == f"user:{desk.manager.user.pk}"


# -- Late data --------------------------------------------------------------------------------------------------------


def test_late_data_change_nothing_frozen_and_show_as_a_proposal(desk, report):
    desk.send_out(report)
    before = desk.read(desk.manager, report).json()
    path = f"/api/v1/reports/{report.pk}/restatement/"
    assert desk.pm.get(path).json()["changes"] == []
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1"), lost("f3", "2026-01-06")])
    assert desk.read(desk.manager, report).json() == before
    changes = {row["pointer"]: (row["was"], row["now"]) for row in desk.pm.get(path).json()["changes"]}
    assert changes["/orders/net"] == ("49.90", "149.90")
    assert changes["/fans/lost"] == (1, 2)
    assert changes["/fans/at_end"] == (3, 2)
    assert not any(pointer.startswith("/summary") for pointer in changes)
    assert desk.read(desk.pm, report).json()["sha256"] == before["sha256"]


def test_a_revision_is_a_persons_and_the_brand_keeps_what_it_saw(desk, report):
    desk.send_out(report)
    desk.act(desk.manager, report, "approve")
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1")])
    assert desk.act(desk.pm, report, "revise", comment="补录订单").status_code == 200
    seen = desk.read(desk.manager, report).json()
    assert (seen["state"], seen["revision"], seen["payload"]["orders"]["net"]) == ("approved", 1, "49.90")
    assert desk.act(desk.manager, report, "comment", comment="x").status_code == 409
    mine = desk.read(desk.pm, report).json()
    assert (mine["state"], mine["revision"], mine["why"]) == ("draft", 2, "补录订单")
    assert mine["payload"]["orders"]["net"] == "149.90"
    desk.send_out(report, 2)
    seen = desk.read(desk.manager, report).json()
    assert (seen["state"], seen["revision"]) == ("sent", 2)
    first = desk.read(desk.manager, report, revision=1).json()
    assert (first["revision"], first["payload"]["orders"]["net"]) == (1, "49.90")
    assert desk.read(desk.manager, report, revision=3).status_code == 404
    assert desk.act(desk.manager, report, "approve", 1).status_code == 409


# -- What the database holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_revision SET payload = '{}'",
        "UPDATE reports_revision SET sha256 = repeat('0', 64)",
        "UPDATE reports_revision SET words = 'other'",
        "DELETE FROM reports_revision",
        "UPDATE reports_transition SET after = 'approved'",
        "DELETE FROM reports_transition",
    ],
)
def test_what_was_said_stays(desk, report, statement):
    desk.send_out(report)
    refused = pytest.raises(DatabaseError, match="never changed")
    with inside(desk.brand), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# -- Silence ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disputes", "day"),
    [
        ([], "2026-02-24"),  # Friday the 13th; the 14th is worked for the holiday of 15–23 February; 24th
        ([("2026-02-14", "2026-02-24")], "2026-02-26"),
        ([("2026-02-14", None)], None),
    ],
)
def test_working_days_of_silence(disputes, day):
    read = date.fromisoformat
    stops = [(read(first), read(last) if last else None) for first, last in disputes]
    assert deemed_on(date(2026, 2, 13), stops, 2) == (read(day) if day else None)


def test_silence_is_off_by_default_and_never_an_approval(desk, report):
    desk.send_out(report)
    shown = desk.read(desk.manager, report).json()
    assert (shown["deemed_accepted_on"], shown["deemed_accepted"]) == (None, False)
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, deemed_after=5)
    shown = desk.read(desk.manager, report).json()
    assert shown["deemed_accepted_on"] is not None
    assert (shown["state"], shown["deemed_accepted"]) == ("sent", False)
    desk.act(desk.manager, report, "dispute", comment="x")
    assert desk.read(desk.manager, report).json()["deemed_accepted_on"] is None


# -- Keys, and outside of a test's own transaction --------------------------------------------------------------------


def test_a_key_sees_no_more_than_its_maker(desk, report, acme):
    path = f"/api/v1/reports/{report.pk}/"
    agencys = client_for(acme, ["reports:read"])
    brands = client_for(acme, ["reports:read"], made_by=desk.manager.user)
    assert (agencys.get(path).status_code, brands.get(path).status_code) == (200, 404)
    desk.send_out(report)
    assert brands.get(path).json()["state"] == "sent"
    assert client_for(acme, ["kpis:read"]).get(path).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_revision_is_read_from_one_state_and_written_once(desk, report):
    """With commits: the figures are read in a transaction of their own, the revision is written in another."""
    desk.send_out(report)
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1")])
    changes = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()["changes"]
    assert {"pointer": "/orders/net", "was": "49.90", "now": "149.90", "why": ["order.paid:late"]} in changes
    assert desk.act(desk.pm, report, "revise", comment="补录").status_code == 200
    assert desk.act(desk.pm, report, "revise", comment="补录").status_code == 409  # said twice by a slow page
    with inside(desk.brand):
        was, now = Revision.objects.filter(report=report).order_by("number")
        assert (was.number, now.number) == (1, 2)
        assert now.seq > was.seq
        assert Report.objects.get().state == "draft"

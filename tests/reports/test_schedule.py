"""When reports fall due, and how both sides agree on what silence means."""

import pytest

from projects.models import AuditEntry
from reports.models import ReportSchedule
from siyu.models import DueWork
from tests.factories import client_for, inside
from tests.reports.desk import ReportDesk, january

DEFAULTS = {
    "daily_at": "09:00", "weekly_at": "09:30", "monthly_at": "10:00", "monthly_day": 2, "wait_minutes": 120,
    "since": None, "restate_share": "0.0050", "is_on": True, "deemed_after": None, "deemed_proposal": None,
}  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    ReportDesk(globex)
    return ReportDesk(acme)


def path(desk, what=""):
    return f"{desk.path}/reports/schedule/{what}"


def put(desk, client, **fields):
    return client.put(path(desk), fields)


def agree(desk, client, days):
    return client.post(path(desk, "agree/"), {"deemed_after": days})


def test_the_defaults_are_shown_and_what_is_put_is_kept(desk, globex):
    assert desk.pm.get(path(desk)).json() == DEFAULTS
    answer = put(desk, desk.pm, daily_at="08:15", monthly_day=5, restate_share="0.02", since="2026-02-01")
    wanted = DEFAULTS | {"daily_at": "08:15", "monthly_day": 5, "restate_share": "0.0200", "since": "2026-02-01"}
    assert answer.json() == wanted
    assert put(desk, desk.pm, is_on=False).json() == wanted | {"is_on": False}
    with inside(globex):
        assert not ReportSchedule.objects.exists()


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"monthly_day": 29}, "/monthly_day"),
        ({"daily_at": "25:00"}, "/daily_at"),
        ({"restate_share": "1.1"}, "/restate_share"),
        ({"deemed_after": 0}, "/deemed_after"),
        ({"deemed_afte": 3}, "/deemed_afte"),
    ],
)
def test_what_is_no_schedule_is_refused_by_name(desk, fields, pointer):
    answer = put(desk, desk.pm, **fields)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_reports_fall_due_anew(desk):
    desk.send(january())
    put(desk, desk.pm, daily_at="08:15")
    assert DueWork.objects.filter(schema=desk.brand.schema_name, kind="reports", subject=str(desk.project.pk)).exists()


def test_silence_means_something_once_both_sides_have_said_so(desk):
    proposed = put(desk, desk.pm, deemed_after=5).json()
    assert (proposed["deemed_after"], proposed["deemed_proposal"]["deemed_after"]) == (None, 5)
    assert proposed["deemed_proposal"]["side"] == "agency"
    assert agree(desk, desk.owner, 5).status_code == 409  # one's own proposal
    assert agree(desk, desk.manager, 3).status_code == 409  # not what is proposed
    agreed = agree(desk, desk.manager, 5)
    assert (agreed.status_code, agreed.json()["deemed_after"], agreed.json()["deemed_proposal"]) == (200, 5, None)
    assert agree(desk, desk.manager, 5).status_code == 409
    with inside(desk.brand):
        history = list(AuditEntry.objects.filter(subject="report_schedule").order_by("pk"))
        assert [entry.by for entry in history] == [f"user:{desk.pm.user.pk}", f"user:{desk.manager.user.pk}"]
        assert (history[1].before["deemed_after"], history[1].after["deemed_after"]) == (None, 5)


def test_the_brand_proposes_and_the_agencys_owner_agrees(desk):
    assert put(desk, desk.manager, deemed_after=10).json()["deemed_proposal"]["side"] == "brand"
    assert agree(desk, desk.pm, 10).status_code == 403  # a PM proposes, the owner agrees
    assert agree(desk, desk.owner, 10).json()["deemed_after"] == 10
    assert put(desk, desk.pm, deemed_after=None).json()["deemed_after"] == 10
    assert agree(desk, desk.manager, None).json()["deemed_after"] is None


def test_a_proposal_is_withdrawn_by_putting_what_is_agreed(desk):
    put(desk, desk.pm, deemed_after=5)
    assert put(desk, desk.pm, deemed_after=None).json()["deemed_proposal"] is None


def test_who_may(desk):
    assert desk.seated("content").get(path(desk)).status_code == 200
    assert put(desk, desk.seated("ops"), daily_at="08:00").status_code == 403
    key = client_for(desk.brand, ["contract:write"])
    assert put(desk, key, deemed_after=5).status_code == 200
    assert agree(desk, key, 5).status_code == 403

"""Notices: written with what they tell of, once per person and occasion, never shown to who may no longer see."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from fans.assignments import assign_newcomers
from projects.models import Notice, TeamSeat
from projects.notices import KINDS, notify
from tenants.models import Membership
from tests.factories import client_for, inside, make_user, sign_in, user_client
from tests.fans.floor import Floor
from tests.reports.desk import ReportDesk, january
from tests.workplace.report_desk import text_of

NOW = datetime(2026, 2, 2, 4, tzinfo=UTC)


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("daily", "2026-01-06")


def told(desk, client, **fields):
    with inside(desk.brand):
        return list(
            Notice.objects.filter(user_id=client.user.pk, **fields).order_by("pk").values_list("kind", flat=True)
        )


def listed(client):
    sign_in(client, client.user)
    return client.get("/api/v1/notices/").json()["results"]


def test_each_step_is_told_to_the_other_side(desk, report):
    sponsor = user_client(desk.brand, "brand_sponsor")
    assert (told(desk, desk.pm), told(desk, desk.manager)) == (["report_ready"], [])
    desk.send_out(report)
    assert told(desk, desk.manager) == ["report_sent"]
    desk.act(desk.manager, report, "acknowledge")
    desk.act(sponsor, report, "comment", comment="为何？")
    desk.act(desk.manager, report, "dispute", comment="不对")
    desk.act(desk.pm, report, "answer", comment="已核对")
    desk.act(desk.manager, report, "approve")
    assert told(desk, desk.pm) == [
        "report_ready", "report_seen", "report_commented", "report_disputed", "report_approved",
    ]  # fmt: skip
    assert told(desk, desk.manager) == ["report_sent", "report_answered"]
    assert (told(desk, sponsor), told(desk, desk.owner)) == ([], [])


def test_without_a_pm_the_owner_is_told(desk):
    with inside(desk.brand):
        TeamSeat.objects.update(ends_on=date(2026, 1, 2))
    desk.issue("daily", "2026-01-06")
    assert (told(desk, desk.pm), told(desk, desk.owner)) == ([], ["report_ready"])


def test_what_was_rolled_back_is_told_to_nobody(desk):
    with inside(desk.brand):
        point = transaction.savepoint()
        tell(desk, [desk.pm.user.pk])
        transaction.savepoint_rollback(point)
        assert not Notice.objects.exists()


def tell(desk, users, occasion="said:1", side="agency", kind="report_commented"):
    facts = {"report_zh": "1 月 6 日日报", "report_en": "Daily report 2026-01-06"}
    notify(desk.project, kind, users, side=side, occasion=occasion, subject="report:1", facts=facts, now=NOW)


def test_one_person_is_told_of_an_occasion_once(desk):
    other = make_user("pm", brand=desk.brand)
    with inside(desk.brand):
        for _ in range(2):
            tell(desk, [desk.pm.user.pk, desk.pm.user.pk])
        tell(desk, [desk.pm.user.pk, other.pk])
        tell(desk, [desk.pm.user.pk], "said:2")
        assert Notice.objects.filter(user_id=desk.pm.user.pk).count() == 2
        assert Notice.objects.filter(user_id=other.pk).count() == 1


def test_rest_lists_and_marks_as_read(desk, report):
    desk.send_out(report)
    [notice] = listed(desk.manager)
    assert (notice["kind"], notice["text"], notice["read_at"]) == ("report_sent", "1 月 6 日日报已发送，请查看", None)
    assert (notice["project"], notice["subject"]) == ("p1", f"report:{report.pk}")
    english = desk.manager.get("/api/v1/notices/", HTTP_ACCEPT_LANGUAGE="en").json()["results"][0]["text"]
    assert english == "Daily report 2026-01-06 was sent to you"
    others = listed(desk.pm)[0]["id"]
    sign_in(desk.manager, desk.manager.user)
    mark = desk.manager.post("/api/v1/notices/read/", {"ids": [others]}).json()
    assert mark == {"read": 0, "unread": 1}  # another's is not hers to read
    assert desk.manager.post("/api/v1/notices/read/", {"ids": [notice["id"]]}).json() == {"read": 1, "unread": 0}
    assert desk.manager.post("/api/v1/notices/read/", {}).json() == {"read": 0, "unread": 0}
    assert listed(desk.manager)[0]["read_at"] is not None
    assert desk.manager.post("/api/v1/notices/read/", {"ids": ["x"]}).status_code == 400
    assert client_for(desk.brand, ["reports:read"]).get("/api/v1/notices/").status_code == 403


def test_the_bell_counts_and_the_page_leads_to_the_thing(desk, report):
    desk.send_out(report)
    sign_in(desk.manager, desk.manager.user)
    home = desk.manager.get("/notices/").content.decode()
    assert "1 月 6 日日报已发送，请查看" in home
    assert 'aria-label="通知，1 条未读"' in home
    [notice] = listed(desk.manager)
    opened = desk.manager.get(f"/notices/{notice['id']}/")
    assert (opened.status_code, opened["Location"]) == (302, f"/projects/p1/reports/{report.pk}/")
    assert 'aria-label="通知，0 条未读"' in desk.manager.get("/notices/").content.decode()
    sign_in(desk.pm, desk.pm.user)
    assert desk.pm.get(f"/notices/{notice['id']}/").status_code == 404
    assert desk.pm.post("/notices/read/").status_code == 302
    assert 'aria-label="通知，0 条未读"' in desk.pm.get("/notices/").content.decode()


def test_every_subject_has_a_page(desk):
    with inside(desk.brand):
        facts = {"report_zh": "x", "report_en": "x", "day": "x", "work_zh": "x", "work_en": "x", "fans": 3}
        for number, (kind, subject) in enumerate([("run_parked", "runs"), ("fans_unassigned", "assignments")]):
            notify(
                desk.project, kind, [desk.pm.user.pk], side="agency", occasion=str(number), subject=subject,
                facts=facts, now=NOW,
            )  # fmt: skip
    for notice in listed(desk.pm):
        assert desk.pm.get(desk.pm.get(f"/notices/{notice['id']}/")["Location"]).status_code == 200
    assert set(KINDS) >= {notice["kind"] for notice in listed(desk.pm)}


def test_who_may_no_longer_see_is_shown_nothing(desk, report):
    desk.send_out(report)
    [mine] = listed(desk.pm)
    with inside(desk.brand):
        TeamSeat.objects.filter(user_id=desk.pm.user.pk).update(ends_on=date(2026, 1, 2))
    assert listed(desk.pm) == []
    assert desk.pm.get(f"/notices/{mine['id']}/").status_code == 404
    assert text_of(desk.pm.get("/notices/")).count("1 月 6 日日报") == 0
    Membership.objects.filter(user=desk.manager.user).update(role="brand_reviewer")
    assert listed(desk.manager) == []


def test_who_changed_sides_is_not_shown_the_other_sides_notices(desk, report):
    with inside(desk.brand):
        tell(desk, [desk.manager.user.pk], side="agency")
    assert listed(desk.manager) == []


def test_another_brands_notices_are_not_hers(desk, report, globex):
    theirs = ReportDesk(globex)
    with inside(globex):
        tell(theirs, [desk.manager.user.pk], side="brand")
    assert listed(desk.manager) == []


def test_fans_without_room_are_told_once_a_day(acme):
    floor = Floor(acme, {"lin": None, "mei": None}, auto_assign=True)  # 50 fans each
    pm = user_client(acme, "pm")
    with inside(acme):
        TeamSeat.objects.create(project=floor.project, role="pm", user=pm.user, starts_on=date(2026, 1, 1), share=1)
    floor.add(130)
    with inside(acme):
        assign_newcomers(floor.project)
        assign_newcomers(floor.project)
        [notice] = Notice.objects.filter(kind="fans_unassigned")
        assert (notice.user_id, notice.facts, notice.project_id) == (pm.user.pk, {"fans": 30}, floor.project.pk)
    assert [row["text"] for row in listed(pm)] == ["30 位粉丝没有可承接的容量，仍未分配"]

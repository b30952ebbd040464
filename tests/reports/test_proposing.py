"""Late data are looked at in the background, gathered, and proposed; a person revises or keeps what was said."""

import pytest
from django.utils import timezone

from fans.refold import refold_project
from projects.models import AuditEntry, DayMark, Project
from reports import tasks
from reports.models import Proposal, ProposalLook, Revision
from reports.proposing import GATHERED, RESTATE, keep, look, look_due_at, proposals_of
from reports.review import ReportConflictError, ReportRefusedError
from siyu import due
from siyu.models import DueWork
from siyu.periods import DAY
from tenants.identity import identify_user
from tests.factories import inside
from tests.reports.desk import ReportDesk, january, lost, paid


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send(january())
    other.issue("monthly", "2026-01")
    other.send([paid("late", "500.00", "2026-01-20", fan="f1")])
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def looked(desk):
    """Look until nothing is left; how often."""
    with inside(desk.brand):
        project = Project.objects.get(pk=desk.project.pk)
        for run in range(1, 20):
            if look(project, timezone.now(), lambda: None) is None:
                return run
    raise AssertionError("there is no end to it")


def proposed(desk, side="agency"):
    with inside(desk.brand):
        return [
            (found.revision.report.kind, str(found.revision.report.first_day), found.revision.number)
            for found in proposals_of(Project.objects.get(pk=desk.project.pk), side)
        ]


def due_at(desk):
    with inside(desk.brand):
        return look_due_at(Project.objects.get(pk=desk.project.pk), timezone.now())


def test_what_came_late_is_proposed_for_every_report_that_it_changes(desk):
    """An order of the 20th: its daily, week and month; the daily of the 10th says what it said."""
    for kind, period in (("daily", "2026-01-20"), ("daily", "2026-01-10"), ("weekly", "2026-W04"),
                         ("monthly", "2026-01")):  # fmt: skip
        desk.issue(kind, period)
    assert looked(desk) == 1
    assert proposed(desk) == []
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    looked(desk)
    assert proposed(desk) == [
        ("monthly", "2026-01-01", 1), ("weekly", "2026-01-19", 1), ("daily", "2026-01-20", 1),
    ]  # fmt: skip
    with inside(desk.brand):
        month = Proposal.objects.get(revision__report__kind="monthly")
        change = next(row for row in month.changes if row["pointer"] == "/orders/net")
    assert (change["was"], change["now"], change["why"]) == ("349.90", "449.90", ["order.paid:late"])


def test_a_look_is_due_once_anything_came_and_gathers_what_comes_meanwhile(desk):
    assert due_at(desk) is None
    desk.issue("monthly", "2026-01")
    assert due_at(desk) is not None
    looked(desk)
    assert due_at(desk) is None
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    with inside(desk.brand):
        assert due_at(desk) == ProposalLook.objects.get().looked_at + GATHERED


def test_many_reports_are_looked_at_a_few_at_a_time(desk):
    for day in range(10, 16):
        desk.issue("daily", f"2026-01-{day}")
    desk.send([paid("l1", "100.00", "2026-01-05", fan="f1")])
    assert looked(desk) == 2
    with inside(desk.brand):
        assert list(Proposal.objects.values_list("is_awaited", flat=True)) == [False] * 6


def test_beat_asks_for_a_look_and_never_again_for_one_that_is_parked(desk):
    desk.issue("monthly", "2026-01")
    tasks.begin()
    row = DueWork.objects.get(schema=desk.brand.schema_name, kind=RESTATE)
    DueWork.objects.filter(pk=row.pk).update(parked_at=due.clock())
    tasks.begin()
    row.refresh_from_db()
    assert (row.asked, row.parked_at is None) == (1, False)


def test_the_brand_is_told_of_what_was_sent_until_the_revision_is_sent(desk):
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    looked(desk)
    assert (proposed(desk), proposed(desk, "brand")) == ([("monthly", "2026-01-01", 1)], [])
    desk.send_out(report)
    assert proposed(desk, "brand") == [("monthly", "2026-01-01", 1)]
    assert desk.act(desk.pm, report, "revise", comment="迟到订单").status_code == 200
    assert (proposed(desk), proposed(desk, "brand")) == ([], [("monthly", "2026-01-01", 1)])
    desk.send_out(report, 2)
    assert proposed(desk, "brand") == []


def test_what_was_kept_is_proposed_again_only_if_more_changes(desk):
    report = desk.issue("monthly", "2026-01")
    desk.send([paid("l1", "100.00", "2026-01-20", fan="f1")])
    looked(desk)
    who = identify_user(desk.pm.user, desk.brand)
    with inside(desk.brand):
        with pytest.raises(ReportRefusedError):
            keep(report, 1, " ", by=who, now=timezone.now())
        keep(report, 1, "下月一并结算", by=who, now=timezone.now())
        with pytest.raises(ReportConflictError):
            keep(report, 1, "again", by=who, now=timezone.now())
        told = AuditEntry.objects.get(subject=f"report:{report.pk}").after
        Proposal.objects.update(is_awaited=True)
    assert told == {"kept": "下月一并结算", "revision": 1}
    looked(desk)
    assert proposed(desk) == []
    desk.send([paid("l2", "50.00", "2026-01-21", fan="f1")])
    looked(desk)
    assert proposed(desk) == [("monthly", "2026-01-01", 1)]


def test_a_new_sheet_has_all_its_reports_looked_at(desk):
    """Also those whose own data did not change."""
    desk.issue("monthly", "2026-01")
    looked(desk)
    desk.send([lost("f3", "2026-01-08")])
    looked(desk)
    assert proposed(desk) == [("monthly", "2026-01-01", 1)]
    sheet = {"gmv_rules": {"default": {"rule": "none"}}}
    answer = desk.pm.put(f"{desk.path}/definitions/", sheet)
    assert answer.status_code == 200, answer.content
    with inside(desk.brand):
        refold_project(Project.objects.get(pk=desk.project.pk), lambda: None)
    desk.roll_up()
    looked(desk)
    with inside(desk.brand):
        [found] = Proposal.objects.all()
        assert found.causes[0] == {"name": "definitions", "was": 1, "now": 2}
        assert Revision.objects.count() == 1


def test_a_look_waits_for_days_that_are_not_rolled_up(desk):
    """What is not counted yet would read as if it were gone."""
    report = desk.issue("daily", "2026-01-20")
    with inside(desk.brand):
        DayMark.objects.create(project_id=report.project_id, first_day=report.first_day, last_day=report.first_day)
        due.ask("rollup", str(report.project_id))
        project = Project.objects.get(pk=report.project_id)
        now = timezone.now()
        assert now < look(project, now, lambda: None) < now + DAY
        assert not ProposalLook.objects.exists()

"""The run board: what is due, what stands still and why in words, trying again, and making a report early."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from projects.models import AuditEntry, Notice
from reports.board import read_board
from reports.models import Report, ReportSchedule
from reports.tasks import tell_of_parked
from siyu.models import DueWork
from tests.factories import inside, user_client
from tests.reports.desk import ReportDesk, january
from tests.workplace.report_desk import P, page, shown, text_of


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    with inside(acme):  # of one month only, so that few reports are due
        ReportSchedule.objects.create(project=desk.project, since="2026-01-01", wait_minutes=120)
        desk.project.ends_on = datetime(2026, 1, 31).date()  # noqa: DTZ001 - a day
        desk.project.save(update_fields=["ends_on"])
    return desk


def board(client, status=200):
    response = client.get(f"{P}runs/")
    assert response.status_code == status
    return text_of(response) if status == 200 else ""


def do(client, what, status=302, **fields):
    response = client.post(
        f"{P}runs/{what}/", {f"/{name}": value for name, value in fields.items()}, format="multipart"
    )
    assert response.status_code == status, text_of(response)[:1500]
    return text_of(response)


def put(desk, kind="reports", subject="", **fields):
    """A row of due work as workers leave it."""
    defaults = {"due_at": timezone.now(), "attempts": 0}
    row, _ = DueWork.objects.update_or_create(
        schema=desk.brand.schema_name, kind=kind, subject=f"{desk.project.pk}{subject}", defaults={**defaults, **fields}
    )
    return row


def test_what_is_due_is_queued_and_what_was_made_is_linked(desk):
    report = desk.issue("weekly", "2026-W02")
    found = board(desk.pm)
    assert "2026-02-02 10:00 月报 2026-01-01～2026-01-31 排队中" in found
    assert "2026-01-12 09:30 周报 2026-01-05～2026-01-11 已生成" in found
    assert f'href="{P}reports/{report.pk}/"' in desk.pm.get(f"{P}runs/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"leased_until": timedelta(minutes=1), "attempts": 1}, "运行中 1 —"),
        ({"attempts": 2, "last_error": "OperationalError in services.py:88 (_make)"},
         "失败，将自动重试 2 数据库暂时不可用"),
        ({"attempts": 3, "last_error": "IntegrityError in services.py:88 (_make)", "parked_at": timedelta(0)},
         "多次失败，已暂停 3 数据相互矛盾"),
        ({"attempts": 3, "last_error": "its worker ended without a word, 10 times", "parked_at": timedelta(0)},
         "多次失败，已暂停 3 运行进程多次意外中断"),
        ({"attempts": 3, "last_error": "KeyError in contents.py:7 (compute)", "parked_at": timedelta(0)},
         "多次失败，已暂停 3 程序出错"),
    ],
)  # fmt: skip
def test_states_and_errors_in_words(desk, fields, words):
    now = timezone.now()
    put(desk, **{name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()})
    assert words in board(desk.pm)


def test_a_report_whose_sources_are_missing_waits_until_its_deadline(desk):
    put(desk, due_at=timezone.now() + timedelta(minutes=2))  # it looks again in a while
    before, after = datetime(2026, 2, 2, 2, 30, tzinfo=UTC), datetime(2026, 2, 2, 4, 30, tzinfo=UTC)  # 10:30, 12:30
    with inside(desk.brand):
        states = [
            {line.state for line in read_board(desk.project, now) if line.kind == "monthly"} for now in (before, after)
        ]
    assert states == [{"sources"}, {"queued"}]


def test_parked_work_is_tried_again_and_that_is_on_record(desk):
    put(desk, parked_at=timezone.now(), attempts=3, last_error="IntegrityError in services.py:88 (_make)")
    do(desk.seated("ops"), "retry", kind="reports", subject=str(desk.project.pk))
    row = DueWork.objects.get(kind="reports", subject=str(desk.project.pk))
    assert (row.parked_at, row.attempts) == (None, 0)
    with inside(desk.brand):
        [entry] = AuditEntry.objects.filter(subject="run:reports")
        assert (entry.before["state"], entry.after) == ("parked", {"state": "queued"})
    assert "这项工作已不需要重试" in do(desk.pm, "retry", 409, kind="nothing", subject=str(desk.project.pk))


def test_one_report_that_failed_stands_still_by_itself(desk):
    failed = {"parked_at": timezone.now(), "attempts": 3, "last_error": "KeyError in contents.py:7 (compute)"}
    row = put(desk, "report", ":monthly:2026-01-01", **failed)
    html = desk.pm.get(f"{P}runs/").content.decode()
    assert "月报 2026-01-01～2026-01-31 多次失败，已暂停 3 程序出错" in board(desk.pm)
    assert "周报 2026-01-05～2026-01-11 排队中" in board(desk.pm)
    assert f'name="/subject" value="{row.subject}"' in html
    do(desk.pm, "retry", kind="report", subject=row.subject)
    assert DueWork.objects.get(pk=row.pk).parked_at is None


def test_nobody_tries_again_what_is_another_projects(desk):
    put(desk, parked_at=timezone.now(), attempts=3)
    DueWork.objects.filter(kind="reports").update(subject=str(desk.project.pk + 1))
    do(desk.pm, "retry", 409, kind="reports", subject=str(desk.project.pk + 1))
    assert DueWork.objects.get(kind="reports", subject=str(desk.project.pk + 1)).parked_at is not None


def test_a_failed_roll_up_is_tried_again_at_once(desk):
    later = timezone.now() + timedelta(hours=1)
    put(desk, "rollup", due_at=later, attempts=1, last_error="OperationalError in rollup.py:1 (roll)")
    assert "指标汇总 失败，将自动重试" in board(desk.pm)
    do(desk.pm, "retry", kind="rollup", subject=str(desk.project.pk))
    assert DueWork.objects.get(kind="rollup", subject=str(desk.project.pk)).due_at <= timezone.now()


def test_a_report_is_made_early_for_a_reason(desk):
    kept = do(desk.pm, "make", 400, kind="monthly", first="2026-01-01", form="make-monthly-2026-01-01")
    assert "请说明不再等待的原因" in kept
    do(desk.pm, "make", kind="monthly", first="2026-01-01", why="客户今天开会")
    with inside(desk.brand):
        report = Report.objects.get(kind="monthly")
        assert report.revisions.get().why == "客户今天开会"
        assert AuditEntry.objects.get(subject=f"report:{report.pk}").after == {"made": "客户今天开会"}
    assert "这份报告已经生成或尚未到期" in do(desk.pm, "make", 409, kind="monthly", first="2026-01-01", why="x")
    assert "这份报告已经生成或尚未到期" in do(desk.pm, "make", 409, kind="monthly", first="2027-01-01", why="x")
    assert "2026 年 1 月月报" in shown(desk.pm, report)


@pytest.mark.parametrize("role", ["content", "guide", "finance", "brand_manager", "brand_sponsor"])
def test_the_board_is_for_those_who_run_the_project(desk, role):
    client = user_client(desk.brand, role) if role != "content" else desk.seated(role)
    board(client, 403)
    do(client, "retry", 403, kind="reports")
    do(client, "make", 403, kind="monthly", first="2026-01-01", why="x")
    with inside(desk.brand):
        assert not Report.objects.exists()


def test_another_brands_rows_are_not_on_it(desk, globex):
    theirs = ReportDesk(globex)
    theirs.send(january())
    put(theirs, "refold", parked_at=timezone.now(), attempts=3, last_error="KeyError in a.py:1 (b)")
    assert "历史重算" not in board(desk.pm)
    assert "历史重算" in board(theirs.pm)


def test_parked_work_is_told_once_to_pm_and_owner(desk):
    put(desk, parked_at=datetime(2026, 2, 2, 4, tzinfo=UTC), attempts=3, last_error="KeyError in a.py:1 (b)")
    with inside(desk.brand):
        tell_of_parked()
        tell_of_parked()
        told = Notice.objects.filter(kind="run_parked")
        assert {notice.user_id for notice in told} >= {desk.pm.user.pk, desk.owner.user.pk}
        assert told.filter(user_id=desk.pm.user.pk).count() == 1
    put(desk, parked_at=datetime(2026, 2, 3, 4, tzinfo=UTC), attempts=3)
    with inside(desk.brand):
        tell_of_parked()
        assert Notice.objects.filter(kind="run_parked", user_id=desk.pm.user.pk).count() == 2
    assert "报告生成多次失败，已暂停" in text_of(desk.pm.get("/notices/"))


def test_the_page_of_a_report_that_is_not_there(desk):
    page(desk.pm, Report(pk=2**62), status=404)

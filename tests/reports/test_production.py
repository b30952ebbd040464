"""Once per project, kind and period, whoever makes them and however often they are stopped."""

import os
import signal
import subprocess
import sys
import threading
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kpi.models import Forecast
from projects.models import Project
from reports.contents import compute
from reports.models import Report, ReportSchedule, Revision
from reports.services import produce_due, produce_one
from reports.tasks import REPORTS, begin
from siyu import due
from siyu.brands import enter_brand
from siyu.models import DueWork
from siyu.periods import Period
from tests.factories import inside
from tests.kpi.plans import body, month
from tests.reports.desk import JANUARY, ReportDesk, added, january, reach


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send([added("x", "2026-01-05")])
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def no_beat():
    pass


def produce(desk, now):
    with enter_brand(desk.brand.schema_name):
        return produce_due(Project.objects.get(pk=desk.project.pk), now, no_beat)


def made(desk):
    with enter_brand(desk.brand.schema_name):
        rows = Report.objects.order_by("kind", "first_day")
        return [(row.kind, row.first_day.isoformat(), row.last_day.isoformat(), row.state) for row in rows]


def test_reports_made_day_by_day_read_as_if_made_at_once(desk):
    """Every six hours for a month; then each computed again, as an installation would that was away all the time."""
    now = datetime(2026, 1, 3, 4, tzinfo=UTC)
    while now < JANUARY + timedelta(hours=4):
        produce(desk, now)
        now += timedelta(hours=6)
    with inside(desk.brand):
        revisions = list(Revision.objects.select_related("report"))
        # 31 dailies and that of the 1st of February; the weeks from 29 December on; one month
        assert sorted(row.report.kind for row in revisions) == ["daily"] * 32 + ["monthly"] + ["weekly"] * 5
        for row in revisions:
            period = Period(row.report.first_day, row.report.last_day)
            assert compute(desk.project, row.report.kind, period).payload == row.payload


def test_after_downtime(desk):
    """Away to the 24th: the dailies to the 16th in one skipped row, seven made up, all weeklies."""
    produce(desk, datetime(2026, 1, 24, 4, tzinfo=UTC))
    rows = made(desk)
    assert [row for row in rows if row[3] == "skipped"] == [("daily", "2026-01-01", "2026-01-16", "skipped")]
    assert [row[1] for row in rows if row[0] == "daily" and row[3] == "draft"] == [
        f"2026-01-{day}" for day in range(17, 24)
    ]
    assert [row[1] for row in rows if row[0] == "weekly"] == ["2025-12-29", "2026-01-05", "2026-01-12"]
    produce(desk, datetime(2026, 1, 24, 5, tzinfo=UTC))
    assert made(desk) == rows


def test_a_source_is_waited_for_until_the_deadline(desk):
    desk.send([reach("2026-01-31", None)])
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    due_at = datetime(2026, 2, 1, 1, tzinfo=UTC)
    assert produce(desk, due_at) == due_at + timedelta(minutes=2)
    assert made(desk) == []
    produce(desk, due_at + timedelta(hours=2))
    with inside(desk.brand):
        revision = Revision.objects.get(report__kind="daily")
        assert revision.incomplete
        assert '"incomplete":true' in revision.payload


def test_a_source_that_comes_in_time(desk):
    desk.send([reach("2026-01-31", None)])
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    due_at = datetime(2026, 2, 1, 1, tzinfo=UTC)
    produce(desk, due_at)
    desk.send([reach("2026-01-31", 100)])
    produce(desk, due_at + timedelta(minutes=2))
    with inside(desk.brand):
        assert not Revision.objects.get(report__kind="daily").incomplete


def test_stale_days_are_waited_for(desk):
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    desk.send([added("f9", "2026-01-31")], rolled_up=False)
    produce(desk, datetime(2026, 2, 1, 1, tzinfo=UTC))
    assert made(desk) == []
    desk.roll_up()
    produce(desk, datetime(2026, 2, 1, 1, 2, tzinfo=UTC))
    assert [row[0] for row in made(desk)] == ["daily"]


def test_own_figures_are_waited_for_beyond_the_deadline(desk):
    """Back after hours with events that await their roll-up: it is under way, and the report does not go without it."""
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    desk.send([added("f9", "2026-01-04")], rolled_up=False)  # a day of the month to date
    late = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
    assert produce(desk, late) == late + timedelta(seconds=15)
    assert made(desk) == []
    DueWork.objects.filter(kind="rollup").update(parked_at=timezone.now())  # it failed: nobody knows how long
    produce(desk, late)
    assert [row[0] for row in made(desk)] == ["daily"]


def test_nothing_is_made_in_the_first_minutes_after_a_pause(desk):
    """The clock says the 24th: if it is wrong, it goes back; if not, what came in meanwhile is counted."""
    back = datetime(2026, 1, 24, 4, tzinfo=UTC)
    with enter_brand(desk.brand.schema_name):
        project = Project.objects.get(pk=desk.project.pk)
        assert produce_due(project, back, no_beat, up_since=back) == back + timedelta(minutes=2)
        assert not Report.objects.exists()
        produce_due(project, back + timedelta(minutes=2), no_beat, up_since=back)
        assert Report.objects.exists()


def test_sources_have_time_to_come_in_after_a_pause(desk):
    desk.send([reach("2026-01-31", None)])
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    back = datetime(2026, 2, 1, 20, tzinfo=UTC)
    with enter_brand(desk.brand.schema_name):
        project = Project.objects.get(pk=desk.project.pk)
        produce_due(project, back + timedelta(minutes=14), no_beat, up_since=back)
        assert not Report.objects.exists()
        produce_due(project, back + timedelta(minutes=15), no_beat, up_since=back)
        assert Revision.objects.get(report__kind="daily").incomplete


@pytest.mark.django_db(transaction=True)
def test_a_brand_that_cannot_be_entered_keeps_no_other_back(desk, acme):
    DueWork.objects.all().delete()
    row = type(acme).objects.filter(pk=acme.pk)
    row.update(schema_name="b_gone")
    try:
        begin()
    finally:
        row.update(schema_name="b_acme")
    assert [row.schema for row in DueWork.objects.filter(kind=REPORTS)] == ["b_globex"]


def test_a_schedule_that_is_off(desk):
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, is_on=False)
    assert produce(desk, JANUARY) == JANUARY + timedelta(hours=1)
    assert made(desk) == []


def test_the_database_takes_one_report_of_a_period(desk):
    desk.issue("daily", "2026-01-05")
    with inside(desk.brand), pytest.raises(IntegrityError, match="report_once"), transaction.atomic():
        Report.objects.create(project=desk.project, kind="daily", first_day=date(2026, 1, 5), last_day=date(2026, 1, 5))


# -- The row that keeps itself going ----------------------------------------------------------------------------------


def test_beat_begins_and_the_row_goes_on(desk):
    DueWork.objects.all().delete()
    begin()
    rows = {(row.schema, row.subject) for row in DueWork.objects.filter(kind=REPORTS)}
    assert ("b_acme", str(desk.project.pk)) in rows
    assert len(rows) == 2
    DueWork.objects.exclude(schema="b_acme").delete()
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 12, 1))
    assert due.work_off(limit=1) == 1
    row = DueWork.objects.get(kind=REPORTS)
    assert (row.attempts, row.parked_at, row.last_error) == (0, None, "")
    assert row.due_at > datetime(2026, 1, 1, tzinfo=UTC)
    begin()
    assert DueWork.objects.get(schema="b_acme", kind=REPORTS).asked == row.asked


def test_a_row_that_was_parked_is_tried_again_after_hours(desk):
    begin()
    rows = DueWork.objects.filter(schema="b_acme", kind=REPORTS)
    for hours, is_parked in ((5, True), (7, False)):
        rows.update(parked_at=timezone.now() - timedelta(hours=hours), attempts=3)
        begin()
        assert (rows.get().parked_at is not None) is is_parked


def test_a_report_that_fails_keeps_no_other_back(desk):
    """February's forecast can't be read: January is made on time, February's reports are tried three times by
    themselves, and parked. Mended, they are made by and by."""
    desk.agree(body(month("2026-02")))
    with inside(desk.brand):
        forecast = Forecast.objects.get()
        readable = deepcopy(forecast.inputs)
        del forecast.inputs["months"][0]["churn_rate"]
        forecast.save()
        ReportSchedule.objects.create(project=desk.project, since=date(2026, 1, 31))
    produce(desk, JANUARY)
    assert [row[:2] for row in made(desk)] == [("daily", "2026-01-31"), ("monthly", "2026-01-01")]
    rows = DueWork.objects.filter(kind="report", schema="b_acme")
    assert {row.subject.partition(":")[2] for row in rows} == {"daily:2026-02-01", "weekly:2026-01-26"}
    for _ in range(3):
        rows.update(due_at=timezone.now())
        due.work_off()
    assert {(row.failures, row.last_error.partition(" in ")[0]) for row in rows} == {(3, "KeyError")}
    assert all(row.parked_at for row in rows)
    assert produce(desk, JANUARY + timedelta(minutes=5)) > JANUARY + timedelta(minutes=5)
    with inside(desk.brand):
        Forecast.objects.update(inputs=readable)
    rows.update(parked_at=timezone.now() - timedelta(hours=7))
    begin()
    assert {row.parked_at for row in rows} == {None}
    with enter_brand(desk.brand.schema_name):
        for row in rows:
            produce_one(Project.objects.get(pk=desk.project.pk), row.subject, JANUARY + timedelta(hours=7))
    assert ("daily", "2026-02-01") in [row[:2] for row in made(desk)]


# -- The command ------------------------------------------------------------------------------------------------------


def test_the_command_is_idempotent(desk, capsys):
    for _ in range(2):
        call_command("issue_reports", brand="acme", project="p1", kind="monthly", period="2026-01")
    assert [line.rpartition(" ")[2] for line in capsys.readouterr().out.splitlines()] == ["made", "there"]
    assert made(desk) == [("monthly", "2026-01-01", "2026-01-31", "draft")]


def test_the_command_takes_all_brands(desk, globex):
    call_command("issue_reports", kind="daily", period="2026-01-05", verbosity=0)
    for brand in (desk.brand, globex):
        with inside(brand):
            assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "daily", "period": "2026-01"},
        {"kind": "daily", "period": "2099-01-01"},
        {"kind": "daily", "period": "2026-01-05", "project": "none"},
        {"kind": "daily", "period": "2026-01-05", "brand": "none"},
    ],
)
def test_the_command_refuses(desk, options):
    with pytest.raises(CommandError):
        call_command("issue_reports", **{"brand": "acme", **options})
    assert made(desk) == []


# -- In parallel, and killed ------------------------------------------------------------------------------------------


def in_threads(*jobs):
    errors = []

    def run(job):
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one(desk):
    now = datetime(2026, 1, 12, 4, tzinfo=UTC)
    in_threads(*[lambda: produce(desk, now) for _ in range(4)])
    rows = made(desk)
    assert len(rows) == len(set(rows)) == 10  # one skipped row, seven dailies, two weeklies
    with inside(desk.brand):
        assert Revision.objects.count() == 9
        assert set(Revision.objects.values_list("number", flat=True)) == {1}


KILLED = """
import django; django.setup()
import os, signal
from datetime import UTC, datetime
from django.db import connection
connection.settings_dict["NAME"] = {database!r}
from projects.models import Project
from reports.services import produce_due
from siyu.brands import enter_brand
left = [{after}]
def between():
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
with enter_brand("b_acme"):
    produce_due(Project.objects.get(code="p1"), datetime(2026, 1, 12, 4, tzinfo=UTC), between)
"""


@pytest.mark.django_db(transaction=True)
def test_killed_between_any_two_reports(desk):
    """Killed with -9 again and again: each run goes on where the last one died, and all are there once."""
    database = settings.DATABASES["default"]["NAME"]
    for after in (1, 2, 3):
        code = KILLED.format(database=database, after=after)
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "siyu.settings"}
        killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert len(made(desk)) == sum(range(1, after + 1)) + 1
    produce(desk, datetime(2026, 1, 12, 4, tzinfo=UTC))
    rows = made(desk)
    assert len(rows) == len(set(rows)) == 10
    with inside(desk.brand):
        assert Revision.objects.count() == 9

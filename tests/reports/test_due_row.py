"""From beat's knock to a report, by the rows alone; a worker that is killed half-way is followed by another."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.utils import timezone

from projects.queries import zone_of
from reports.models import Report, Revision
from reports.tasks import REPORTS, begin
from siyu import due
from siyu.models import DueWork
from siyu.periods import DAY, local_day
from tests.factories import inside
from tests.reports.desk import ReportDesk, added

WORKER = """
import django; django.setup()
import os, signal
from django.db import connection
connection.settings_dict["NAME"] = {database!r}
from reports import services, tasks
from siyu import due
def work(subject, beat, made=[]):
    def die():
        made.append(1)
        if len(made) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    return produce(subject, die)
produce = due._handlers["reports"]
due._handlers = {{"reports": work}}
due.work_off()
"""


@pytest.mark.django_db(transaction=True)
def test_killed_by_the_row_and_finished_by_the_next_worker(acme, globex):
    """Facts of the last five days: their dailies are due today, if it is nine o'clock; two are made, then it dies."""
    desk = ReportDesk(acme)
    with inside(acme):
        type(desk.project).objects.update(ends_on="2099-12-31")
    now = timezone.now()
    first = local_day(now, zone_of(desk.project)) - 5 * DAY
    desk.send([added(f"f{i}", (first + i * DAY).isoformat()) for i in range(4)])
    DueWork.objects.all().delete()
    begin()
    code = WORKER.format(database=settings.DATABASES["default"]["NAME"])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "siyu.settings"}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    with inside(acme):
        assert Report.objects.count() == 2
    deadline = time.monotonic() + 60
    while not due.work_off(limit=1):  # as soon as PostgreSQL has seen that the worker is gone
        assert time.monotonic() < deadline
    row = DueWork.objects.get(kind=REPORTS)
    assert (row.parked_at, row.last_error) == (None, "")
    assert row.due_at > now
    with inside(acme):
        dailies = [report.first_day for report in Report.objects.filter(kind="daily").order_by("first_day")]
        assert dailies[:4] == [first + i * DAY for i in range(4)]
        assert len(dailies) == len(set(dailies))
        assert Revision.objects.count() == Report.objects.count()

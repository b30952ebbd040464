"""Reminders before silence counts as acceptance: twice per deadline, each once, whoever works and however often.

Runs inside the brand; the clock is passed in. A reminder is a notice under the occasion of its day, so it is given once
whatever clocks and workers do. Of days that passed unseen only the newest is made up, and none after the deadline.
"""

from datetime import date, datetime, time

from django.db import transaction

from projects.models import Project
from projects.queries import zone_of
from reports.deemed import reminder_days
from reports.models import Report
from reports.queries import revision_of, schedule_of, silence_of
from reports.states import OPEN
from reports.telling import tell_deemed_soon
from siyu.periods import local_day, read_instant

REMIND = "remind"  # the kind of due work
REMINDED_AT = time(9)  # local


def remind_due(project: Project, now: datetime) -> datetime | None:
    """Give the reminders that are due of the project's reports. Returns when the next is; None if none is to come."""
    if not schedule_of(project).deemed_after:
        return None
    following = [at for report in _open_reports(project) if (at := _remind(report, now))]
    return min(following, default=None)


def _open_reports(project: Project) -> list[int]:
    return list(Report.objects.filter(project=project, state__in=OPEN).values_list("pk", flat=True))


@transaction.atomic
def _remind(pk: int, now: datetime) -> datetime | None:
    """One report, locked: what the brand does in the same moment comes before or after."""
    report = Report.objects.select_for_update(of=("self",)).select_related("project").get(pk=pk)
    revision = revision_of(report, "brand")
    days = silence_of(report, revision) if revision else None
    if revision is None or not days:
        return None
    zone = zone_of(report.project)
    due = [day for day in reminder_days(days) if _at(day, report.project) <= now]
    if due and local_day(now, zone) <= days[-1]:
        tell_deemed_soon(report, revision, days[-1], due[-1], now)
    return min((at for day in reminder_days(days) if (at := _at(day, report.project)) > now), default=None)


def _at(day: date, project: Project) -> datetime:
    return read_instant(datetime.combine(day, REMINDED_AT), zone_of(project))

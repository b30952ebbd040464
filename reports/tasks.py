"""Due work of this room: rows of a project, which ask for themselves again as long as there are reports to come."""

import logging
from datetime import timedelta

from django.db.models import Q

from projects.models import Project
from reports.exports import EXPORT, expire, produce_export, take_away_orphans
from reports.proposing import RESTATE, look, look_due_at
from reports.reminders import REMIND, remind_due
from reports.services import REPORT, SETTLING, produce_due, produce_one, project_of
from reports.telling import tell_parked
from siyu import due
from siyu.brands import enter_brand
from siyu.celery import app
from siyu.models import DueWork
from siyu.problems import log_unforeseen
from tenants.models import Brand

logger = logging.getLogger(__name__)

REPORTS = "reports"
PARKED = timedelta(hours=6)  # for a person to look at, before it is tried again


@due.handles(REPORTS, patient=True)  # figures first: reports are made of them
def produce(subject: str, beat: due.Beat) -> None:
    """`subject`: the project's id."""
    project = Project.objects.filter(pk=int(subject)).first()
    if project is not None:
        now, up_since = due.now_and_up_since()
        due.ask(REPORTS, subject, at=produce_due(project, now, beat, up_since=up_since))


@due.handles(REPORT, patient=True)
def produce_again(subject: str, beat: due.Beat) -> None:
    """`subject`: a report that failed (reports.services.subject_of)."""
    project = Project.objects.filter(pk=project_of(subject)).first()
    now, up_since = due.now_and_up_since()
    at = produce_one(project, subject, now, up_since=up_since) if project else None
    if at is not None:
        due.ask(REPORT, subject, at=at)


@due.handles(RESTATE, patient=True)
def look_at_late_data(subject: str, beat: due.Beat) -> None:
    """`subject`: the project's id."""
    project = Project.objects.filter(pk=int(subject)).first()
    at = look(project, due.clock(), beat) if project else None
    if at is not None:
        due.ask(RESTATE, subject, at=at)


@due.handles(REMIND, patient=True)
def remind(subject: str, beat: due.Beat) -> None:
    """`subject`: the project's id."""
    project = Project.objects.filter(pk=int(subject)).first()
    now, up_since = due.now_and_up_since()
    settled = up_since + SETTLING
    at = (remind_due(project, now) if now >= settled else settled) if project else None
    if at is not None:
        due.ask(REMIND, subject, at=at)


@due.handles(EXPORT, patient=True)
def make_export(subject: str, beat: due.Beat) -> None:
    """`subject`: reports.exports.subject_of."""
    produce_export(int(subject.partition(":")[2]), beat)


@app.task(name="reports.tasks.sweep_exports")
def sweep_exports() -> None:
    """Take away files that are too old, those that no row names, and those of brands that are no more."""
    gone = (Brand.State.MAKING, Brand.State.CLOSED)
    schemas = list(Brand.objects.exclude(state__in=gone).values_list("schema_name", flat=True))
    take_away_orphans(schemas)
    for schema in schemas:
        try:
            with enter_brand(schema):
                expire(due.clock())
        except Exception as error:  # whatever it is, the next brand has its turn
            logger.error("%s could not be looked at", schema)
            log_unforeseen(error)


@app.task(name="reports.tasks.begin")
def begin() -> None:
    """Ask for the reports of every project that has events and no row, and for what has been parked for hours: what
    failed yesterday may be mended. And for a look at what came late, where anything came.

    Beat's part is this alone: rows keep themselves going, and one that got lost comes back. A brand that can't be read
    keeps no other from its reports."""
    given_up = Q(parked_at__lte=due.clock() - PARKED)
    rows = DueWork.objects.filter(kind__in=(REPORTS, RESTATE)).exclude(given_up)
    there = set(rows.values_list("schema", "kind", "subject"))
    failed = set(DueWork.objects.filter(given_up, kind=REPORT).values_list("schema", "subject"))
    parked = set(due.parked_schemas())
    for schema in Brand.objects.filter(state=Brand.State.ACTIVE).values_list("schema_name", flat=True):
        try:
            with enter_brand(schema):
                if schema in parked:
                    tell_of_parked()
                for project in Project.objects.filter(has_events=True):
                    subject = str(project.pk)
                    if (schema, REPORTS, subject) not in there:
                        due.ask(REPORTS, subject)
                    if (schema, RESTATE, subject) not in there and (at := look_due_at(project, due.clock())):
                        due.ask(RESTATE, subject, at=at)
                for subject in (subject for owner, subject in failed if owner == schema):
                    due.ask(REPORT, subject)
        except Exception as error:  # whatever it is, the next brand has its turn
            logger.error("%s could not be looked at", schema)
            log_unforeseen(error)


def tell_of_parked() -> None:
    """Notices of rows of the brand that is entered which were parked since the last look: parking knows no rooms."""
    projects = {project.pk: project for project in Project.objects.all()}
    for row in due.standing():
        if row.parked_at is not None and project_of(row.subject) in projects:
            tell_parked(projects[project_of(row.subject)], row, due.clock())

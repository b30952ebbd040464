"""Due work of this room: rows of a project, which ask for themselves again as long as there are reports to come."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from projects.models import Project
from reports.reminders import REMIND, remind_due
from reports.services import produce_due
from reports.telling import tell_parked
from siyu import due
from siyu.brands import enter_brand
from siyu.celery import app
from siyu.models import DueWork
from tenants.models import Brand

REPORTS = "reports"
PARKED = timedelta(hours=6)  # for a person to look at, before it is tried again


@due.handles(REPORTS, patient=True)  # figures first: reports are made of them
def produce(subject: str, beat: due.Beat) -> None:
    """`subject`: the project's id."""
    project = Project.objects.filter(pk=int(subject)).first()
    if project is not None:
        due.ask(REPORTS, subject, at=produce_due(project, timezone.now(), beat))


@due.handles(REMIND, patient=True)
def remind(subject: str, beat: due.Beat) -> None:
    """`subject`: the project's id."""
    project = Project.objects.filter(pk=int(subject)).first()
    at = remind_due(project, timezone.now()) if project else None
    if at is not None:
        due.ask(REMIND, subject, at=at)


@app.task(name="reports.tasks.begin")
def begin() -> None:
    """Ask for the reports of every project that has events and no row, or one that has been parked for hours: what
    failed yesterday must not keep today's report from being tried.

    Beat's part is this alone: rows keep themselves going, and one that got lost comes back."""
    tell_of_parked()
    left_alone = Q(parked_at__isnull=True) | Q(parked_at__gt=timezone.now() - PARKED)
    rows = set(DueWork.objects.filter(left_alone, kind=REPORTS).values_list("schema", "subject"))
    for brand in Brand.objects.filter(state=Brand.State.ACTIVE):
        with enter_brand(brand.schema_name):
            for pk in Project.objects.filter(has_events=True).values_list("pk", flat=True):
                if (brand.schema_name, str(pk)) not in rows:
                    due.ask(REPORTS, str(pk))


def tell_of_parked() -> None:
    """Notices of rows that were parked since the last look: parking itself knows no rooms."""
    for schema in due.parked_schemas():
        with enter_brand(schema):
            projects = {str(project.pk): project for project in Project.objects.all()}
            for row in due.standing():
                if row.parked_at is not None and row.subject in projects:
                    tell_parked(projects[row.subject], row, timezone.now())

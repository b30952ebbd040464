"""Make the reports of one period now, as drafts. Those that are there already are left as they are.

Sources are not waited for: where one has not said all, the report is marked incomplete.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from projects.models import Project
from projects.queries import zone_of
from reports.occasions import KINDS, Kind, read_period
from reports.queries import find_report
from reports.services import issue, refuse_unended
from siyu.brands import enter_brand
from siyu.periods import Period, local_day
from tenants.commands import find_brand, refusing
from tenants.models import Brand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", help="its slug; all active brands without")
        parser.add_argument("--project", help="its code; all projects with events without")
        parser.add_argument("--kind", required=True, choices=KINDS)
        parser.add_argument("--period", required=True, help="2026-01-31, 2026-W05 or 2026-01")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, text, code = options["kind"], options["period"], options["project"]
        try:
            period = read_period(kind, text)
        except ValueError as error:
            raise CommandError(f"{text} is no period of a {kind} report: 2026-01-31, 2026-W05 or 2026-01.") from error
        brands = [find_brand(options["brand"])] if options["brand"] else list(_active())
        found = 0
        for brand in brands:
            with enter_brand(brand.schema_name), refusing():
                projects = Project.objects.order_by("code")
                for project in projects.filter(code=code) if code else projects.filter(has_events=True):
                    found += 1
                    self.stdout.write(f"{brand.slug} {project.code}: {_issued(project, kind, period)}")
        if code and not found:
            raise CommandError(f"There is no project {code}.")


def _active() -> list[Brand]:
    return list(Brand.objects.filter(state=Brand.State.ACTIVE).order_by("slug"))


def _issued(project: Project, kind: Kind, period: Period) -> str:
    now = timezone.now()
    refuse_unended(project, period, local_day(now, zone_of(project)))
    was_there = find_report(project, kind, period) is not None
    report = issue(project, kind, period, now=now)
    assert report is not None  # noqa: S101 - it does not wait, said to the type checker
    return f"report {report.pk} {'was there' if was_there else 'made'}"

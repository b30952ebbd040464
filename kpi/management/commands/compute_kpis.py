"""Rebuild a brand's day flows from the facts: of some days, or of all. Figures come out the same unless one is due.

The days are marked and the roll-up serves the marks, here and now; a worker that serves them first does no harm.
"""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kpi.rollup import mark_days, roll_up
from projects.models import Project
from siyu.brands import enter_brand
from tenants.commands import find_brand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, help="its slug")
        parser.add_argument("--project", help="its code; all projects without")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first local day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last local day, included")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first and last and last < first:
            raise CommandError(f"--to {last} is before --from {first}.")
        with enter_brand(find_brand(options["brand"]).schema_name):
            projects = Project.objects.order_by("code")
            if options["project"]:
                projects = projects.filter(code=options["project"])
                if not projects:
                    raise CommandError(f"The brand {options['brand']} has no project {options['project']}.")
            for project in projects:
                mark_days(project, first, last)
                self.stdout.write(f"{project.code}: {roll_up(project)} days rebuilt.")

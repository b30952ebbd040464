"""Import a file of a shop or of a template into a project, here and now. Good rows count where others are faulty.

Prints the account and every faulty row; exits with 1 where any row was refused.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.faults import describe_fault
from connectors.formats import FORMATS
from connectors.importing import check_file, run_import, start_import
from connectors.models import FileImport
from fans.intake import COUNTERS
from projects.models import Project
from siyu.brands import enter_brand
from tenants.commands import find_brand, refusing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, help="its slug")
        parser.add_argument("--project", required=True, help="its code")
        parser.add_argument("--format", default="", help=f"{', '.join(FORMATS)}; without: what its titles say")
        parser.add_argument("--platform", default="", help="of orders, where the file does not say it")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["format"] and options["format"] not in FORMATS:
            raise CommandError(f"There is no format {options['format']}. Known: {', '.join(FORMATS)}.")
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
        with enter_brand(find_brand(options["brand"]).schema_name), refusing():
            project = Project.objects.filter(code=options["project"]).first()
            if project is None:
                raise CommandError(f"The brand {options['brand']} has no project {options['project']}.")
            checked = check_file(
                project, data, name=options["file"].name, made_by="import_file", code=options["format"],
                platform=options["platform"],
            )  # fmt: skip
            start_import(project, checked.pk)
            run_import(checked.pk, lambda: None)
            self._print(FileImport.objects.get(pk=checked.pk))

    def _print(self, done: FileImport) -> None:
        for fault in done.faults:
            where = " ".join(str(part) for part in (fault["title"], fault["value"]) if part)
            self.stderr.write(f"row {fault['row']}: {where} {describe_fault(fault, done.format)}".strip())
        counted = [(name, done.counts.get(name)) for name in COUNTERS] + list(done.passed_over.items())
        counts = ", ".join(f"{name} {number}" for name, number in counted if number)
        self.stdout.write(f"{done.name} ({done.format}): {done.rows} rows, {done.events} events: {counts or 'nothing'}")
        if done.fault_count:
            raise CommandError(f"{done.fault_count} faults; the other rows are imported.")

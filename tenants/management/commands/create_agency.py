"""Make an agency (代运营公司)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenants.commands import refusing
from tenants.services import create_agency


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--slug", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        with refusing():
            agency, is_new = create_agency(options["name"], slug=options["slug"])
        self.stdout.write(f"Agency {agency.slug} ({agency.name}) {'made' if is_new else 'exists already'}.")

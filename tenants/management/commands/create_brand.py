"""Make a brand (品牌) of an agency, with a schema, a role and a key of its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenants.commands import find_agency, refusing, site_url
from tenants.provisioning import create_brand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--agency", required=True, help="the agency's slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--category", required=True, help="类目, such as 护肤")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusing():
            agency = find_agency(options["agency"])
            brand, is_new = create_brand(
                options["slug"], agency=agency, name=options["name"], category=options["category"]
            )
        said = "made" if is_new else "exists already"
        self.stdout.write(f"Brand {brand.slug} ({brand.name}) {said}: {site_url(brand)}")

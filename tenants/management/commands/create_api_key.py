"""Make an API key of a brand. The key is printed once, alone on the last line; only its hash is kept."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenants.commands import find_brand, refusing
from tenants.permissions import SCOPES
from tenants.services import create_api_key


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--brand", required=True, help="the brand's slug")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument("--scopes", required=True, help=f"separated by commas: {', '.join(sorted(SCOPES))}")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        with refusing():
            brand = find_brand(options["brand"])
            key = create_api_key(brand, name=options["name"], scopes=scopes)
        self.stdout.write(f"Key {options['name']} of {brand.slug} for {', '.join(scopes) or 'reading'}:")
        self.stdout.write(key)

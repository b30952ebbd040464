"""Close a brand for good: its schema is dropped, its keys and people end, the agency's audit stays.

At a terminal its address has to be typed. Said twice, it changes nothing.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.commands import refusing
from tenants.models import Brand
from workplace.setup_removal import count_sent, remove_brand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("brand", help="its slug")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = Brand.objects.filter(slug=options["brand"]).first()
        if brand is None:
            raise CommandError(f"There is no brand {options['brand']}.")
        if brand.state != Brand.State.CLOSED and sys.stdin.isatty():
            self.stdout.write(f"{brand.name}: {count_sent(brand)} reports were sent. All its data will be deleted.")
            if input(f"Type {brand.slug} to go on: ").strip() != brand.slug:
                raise CommandError("Nothing was changed.")
        with refusing():
            is_new = remove_brand(brand, by=None)
        self.stdout.write(f"The brand {brand.slug} {'is closed' if is_new else 'was closed before'}.")

"""Vouch for a person on a brand's side who came in by a link that the agency has seen: she may approve from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.commands import find_brand
from tenants.models import BRAND_SIDE, AuditEntry, Membership


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--brand", required=True, help="the brand's slug")

    def handle(self, *args: Any, **options: Any) -> None:
        brand = find_brand(options["brand"])
        email = options["email"].strip().lower()
        rows = Membership.objects.filter(user__email=email, brand=brand, role__in=BRAND_SIDE)
        if not rows:
            raise CommandError(f"{email} has no role on the side of {brand.slug}.")
        if rows.filter(is_vouched=False).update(is_vouched=True):
            AuditEntry.objects.create(brand=brand, what=AuditEntry.What.VOUCH, whom=email)
        self.stdout.write(f"{email} may approve for {brand.slug}.")

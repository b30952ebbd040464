"""A demo for the first start: an agency, a brand without events, and people to sign in as. Prints their logins.

Does nothing where an agency exists that is not the demo's, or where SIYU_DEMO is 0. Run at every start.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from siyu.db.pooling import is_transaction_pooled
from tenants.commands import agency_url, refusing, site_url
from tenants.models import Agency, Brand, Role
from tenants.provisioning import create_brand, template_script
from tenants.services import create_agency, create_user

AGENCY, BRAND = "lighthouse", "demo"
PEOPLE = {
    "owner@lighthouse.example": (Role.OWNER, "周敏"),
    "pm@lighthouse.example": (Role.PM, "陈默"),
    "brand@demo.example": (Role.BRAND_MANAGER, "林悦"),
}


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            return
        if is_transaction_pooled():
            raise CommandError(
                "The database is behind a pooler in transaction mode: brands would mix. Use session mode."
            )
        kept = settings.HOME / "demo_password"
        if not Agency.objects.exists():
            with refusing():
                make_demo(settings.DEMO_PASSWORD or secrets.token_urlsafe(12))
        if kept.exists():
            self.print_logins(kept.read_text("utf-8").strip())

    def print_logins(self, password: str) -> None:
        brand = Brand.objects.filter(slug=BRAND, agency__slug=AGENCY).first()
        if brand is None:
            return
        self.stdout.write(f"demo agency / 演示代运营公司: {agency_url()}")
        self.stdout.write(f"demo brand  / 演示品牌:       {site_url(brand)}")
        for email, (role, _) in PEOPLE.items():
            self.stdout.write(f"  {role.label}: {email}  {password}")


def make_demo(password: str) -> None:
    """All of it or nothing; the password is kept in SIYU_HOME for the starts to come."""
    template_script()  # outside the transaction: it commits what it prepares
    with transaction.atomic():
        agency, _ = create_agency("灯塔代运营", slug=AGENCY, is_demo=True)
        brand, _ = create_brand(BRAND, agency=agency, name="演示品牌", category="护肤")
        for email, (role, name) in PEOPLE.items():
            place = {"agency": agency} if role == Role.OWNER else {"brand": brand}
            create_user(email, role=role, password=password, name=name, **place)
        keep_secret(settings.HOME / "demo_password", password)


def keep_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{text}\n")

"""The demo: loaded at the first start, brought up to date at later ones. Prints its logins.

No demo where an agency exists that is not the demo's, or where SIYU_DEMO is 0. As long as nobody has made an agency of
her own, it prints where that is done. Run at every start; progress goes to standard error.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from siyu.db.pooling import is_transaction_pooled
from tenants import founding
from tenants.commands import agency_url, founding_words, refusing, site_url
from tenants.models import Agency, Brand, User
from workplace.demo.brands import BRANDS, smaller
from workplace.demo.loading import bring_up_to_date, demo_agency, first_day_of, make_demo
from workplace.demo.people import PEOPLE

SMALL = 20  # one fan of so many


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bar", action="store_true", help="draw the progress as a bar, line over line")
        parser.add_argument("--small", action="store_true", help="a twentieth of the fans, for tests")

    def handle(self, *args: Any, bar: bool, small: bool, **options: Any) -> None:
        if settings.DEMO:
            self.load_demo(bar=bar, small=small)
        if founding.is_open():
            self.stdout.write(founding_words())

    def load_demo(self, *, bar: bool, small: bool) -> None:
        if is_transaction_pooled():
            raise CommandError(
                "The database is behind a pooler in transaction mode: brands would mix. Use session mode."
            )
        now = timezone.now()
        plans = [smaller(plan, SMALL) if small else plan for plan in BRANDS]
        with refusing():
            if not Agency.objects.exists():
                self.stderr.write("making the demo agency / 正在创建演示代运营公司 …")
                make_demo(settings.DEMO_PASSWORD or secrets.token_urlsafe(12), first_day_of(now), plans)
            agency = demo_agency()
            if agency is None:
                return
            bring_up_to_date(now, self.stderr, bar=bar, plans=plans)
        self.print_logins(agency, (settings.HOME / "demo_password").read_text("utf-8").strip())

    def print_logins(self, agency: Agency, password: str) -> None:
        brands = {brand.slug: brand for brand in Brand.objects.filter(agency=agency)}
        there = set(User.objects.filter(email__in=[person.email for person in PEOPLE]).values_list("email", flat=True))
        self.stdout.write(f"{agency.name}  {agency_url()}")
        for plan in BRANDS:
            if brand := brands.get(plan.slug):
                self.stdout.write(f"{brand.name}    {site_url(brand)}")
        self.stdout.write(f"demo logins, password / 演示账号，密码: {password}")
        for person in PEOPLE:
            if person.email in there:
                where = "、".join(brands[slug].name for slug in person.brands if slug in brands) or agency.name
                self.stdout.write(f"  {person.email:<28}  {person.name}  {person.role.label}  {where}")

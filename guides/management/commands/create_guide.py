"""Hire a guide (导购): an employee of the agency who serves fans. Said twice, it changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from guides.models import Guide
from guides.services import hire_guide
from tenants.commands import find_agency, refusing
from tenants.models import User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="her code in the agency")
        parser.add_argument("--agency", required=True, help="its slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, help=", ".join(Guide.Kind.values))
        parser.add_argument("--category", default="", help="of a category guide: the category of brands she knows")
        parser.add_argument("--user", help="the e-mail she signs in with, to see her own figures")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kind"] not in Guide.Kind.values:
            raise CommandError(f"Unknown kind {options['kind']}. There are: {', '.join(Guide.Kind.values)}.")
        user = None
        if options["user"]:
            user = User.objects.filter(email=options["user"].strip().lower()).first()
            if user is None:
                raise CommandError(f"There is no user {options['user']}. Make her with create_user.")
        with refusing():
            guide, is_new = hire_guide(
                find_agency(options["agency"]),
                options["code"],
                name=options["name"],
                kind=options["kind"],
                category=options["category"],
                user=user,
            )
        said = "made" if is_new else "exists already"
        self.stdout.write(f"Guide {guide.code} ({guide.name}) {said}.")
        if guide.kind == Guide.Kind.CATEGORY and not guide.category:
            self.stderr.write("She has no category: name it with --category, or each placement of hers is warned of.")

"""Make a user with a role, or give a role to one who exists. The password comes on standard input."""

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from tenants.commands import find_agency, find_brand, refusing
from tenants.models import Role
from tenants.services import create_user


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--agency", help="its slug; for owner, admin, finance")
        parser.add_argument("--brand", help="its slug; for the other roles")
        parser.add_argument("--name", default="")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        if options["role"] not in Role.values:
            raise CommandError(f"Unknown role {options['role']}. There are: {', '.join(Role.values)}.")
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        with refusing():
            user, is_new = create_user(
                options["email"],
                role=Role(options["role"]),
                agency=find_agency(options["agency"]) if options["agency"] else None,
                brand=find_brand(options["brand"]) if options["brand"] else None,
                password=password,
                name=options["name"],
            )
        said = "is now" if is_new else "is already"
        self.stdout.write(f"{user.email} {said} {options['role']}.")
        if not user.has_usable_password():
            self.stdout.write("She cannot sign in yet: no password is set (--password-stdin).")

"""Show where and with which code the first agency is made in the browser, as `make up` does."""

from typing import Any

from django.core.management.base import BaseCommand

from tenants import founding
from tenants.commands import founding_words


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(founding_words() if founding.is_open() else "There is an agency already: sign in.")

"""Bring the database to the current migration: public, the template of new brands, then every brand that is behind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from siyu.db.pooling import is_transaction_pooled
from siyu.problems import log_unforeseen
from tenants.provisioning import migrate_all


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if is_transaction_pooled():
            raise CommandError(
                "The database is behind a pooler in transaction mode: brands would mix. Use session mode."
            )
        failed = []
        for schema, error in migrate_all():
            if error is None:
                self.stdout.write(f"{schema}: migrated")
            else:
                failed.append(schema)
                log_unforeseen(error)
                self.stderr.write(f"{schema}: {type(error).__name__}: {error}")
        if failed:
            raise CommandError(f"Not migrated: {', '.join(failed)}. The others are. Mend the cause and run this again.")
        self.stdout.write("All schemas are at the current migration.")

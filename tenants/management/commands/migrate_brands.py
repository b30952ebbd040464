"""Bring the database to the current migration: public, the template of new brands, then every brand that is behind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from siyu.db.pooling import is_transaction_pooled
from siyu.db.schemas import brand_tables_in_public
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
        astray = brand_tables_in_public()
        if astray:
            raise CommandError(f"Tables of brands stand in public: {', '.join(astray)}. A brand could read another's.")
        if failed:
            raise CommandError(f"Not migrated: {', '.join(failed)}. The others are. Mend the cause and run this again.")
        self.stdout.write("All schemas are at the current migration.")

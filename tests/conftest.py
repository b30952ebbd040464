"""The world every test lives in: three brands, made once by the real provisioning and kept for the session.

    acme, globex    brands of the agency Lighthouse          initech    a brand of another agency, Umbrella

Ids of their rows are disjoint (1,000,001…, 2,000,001…, 3,000,001…), so a row read from the wrong brand shows.
Ask for a brand by its fixture. Functions that make things are in tests.factories; fixtures hand out the commonest:

    with inside(acme): …                     inside the brand, as its PostgreSQL role
    client_for(acme, ["events:write"])       a REST client with a new key
    user_client(acme, "pm")                  a client with a session; `.user` is the user
    anonymous_client(acme)                   a client nobody signed in on (None: the agency's site)

Tests use `db` and are rolled back. Those that need commits take `@pytest.mark.django_db(transaction=True)`: after them
every table is emptied, brands, agencies and schemas stay, and brands that the test made are dropped.
"""

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from psycopg2 import sql

from siyu.brands import PUBLIC, role_of
from tenants.models import Agency, Brand
from tenants.provisioning import TEMPLATE, create_brand, prepare
from tests import factories

# How long an example takes says how busy the machine is, not whether the product keeps its promise.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

BRANDS = {"acme": "lighthouse", "globex": "lighthouse", "initech": "umbrella"}
KEPT = ("django_migrations", "django_content_type", "tenants_agency", "tenants_brand", "tenants_brandtemplate")


def pytest_configure() -> None:
    """Passwords of people who live for one test need no slow hash: seconds for every other test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        prepare()
        agencies = {
            slug: Agency.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]
            for slug in sorted(set(BRANDS.values()))
        }
        for number, (slug, agency) in enumerate(BRANDS.items(), start=1):
            brand, is_new = create_brand(slug, agency=agencies[agency], name=slug.title(), category="护肤")
            if is_new:
                begin_ids_at(brand.schema_name, number * 1_000_000 + 1)


def begin_ids_at(schema: str, first: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", [schema])
        for (name,) in cursor.fetchall():
            statement = sql.SQL("ALTER SEQUENCE {} RESTART WITH {}")
            cursor.execute(statement.format(sql.Identifier(schema, name), sql.Literal(first)))


def clean(test_case) -> None:
    """After a test that commits. Django's own cleaning would empty the brands' rows and leave their schemas."""
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        for brand in Brand.objects.exclude(slug__in=BRANDS):
            cursor.execute(
                sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE; DROP ROLE IF EXISTS {}").format(
                    sql.Identifier(brand.schema_name), sql.Identifier(role_of(brand.schema_name))
                )
            )
        schemas = [PUBLIC, TEMPLATE, *Brand.objects.filter(slug__in=BRANDS).values_list("schema_name", flat=True)]
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) AND NOT tablename = ANY(%s)",
            [schemas, list(KEPT)],
        )
        tables = [sql.Identifier(*row) for row in cursor.fetchall()]
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(tables)))
    Brand.objects.exclude(slug__in=BRANDS).delete()
    Agency.objects.exclude(slug__in=set(BRANDS.values())).delete()
    Brand.objects.update(state=Brand.State.ACTIVE)


TransactionTestCase._fixture_teardown = clean


@pytest.fixture(autouse=True)
def in_chinese():
    """The language that a request asked for stays with its thread: each test begins in the default one."""
    translation.deactivate()


@pytest.fixture
def acme(db) -> Brand:
    return Brand.objects.select_related("agency").get(slug="acme")


@pytest.fixture
def globex(db) -> Brand:
    return Brand.objects.select_related("agency").get(slug="globex")


@pytest.fixture
def initech(db) -> Brand:
    return Brand.objects.select_related("agency").get(slug="initech")


@pytest.fixture
def inside(db):
    return factories.inside


@pytest.fixture
def client_for(db):
    return factories.client_for


@pytest.fixture
def user_client(db):
    return factories.user_client


@pytest.fixture
def anonymous_client(db):
    return factories.anonymous_client

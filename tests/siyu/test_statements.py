"""Each statement runs in the brand that is entered, whatever kind of statement and cursor it is."""

import io

import pytest
from django.db import DataError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2 import sql
from psycopg2.extras import execute_values

from projects.models import Project
from siyu.brands import enter_brand, role_of
from tests.factories import inside, make_project

WHERE = "SELECT current_schema(), current_user"


@pytest.fixture
def places(acme, globex):
    """A project of another name in each brand."""
    for brand in (acme, globex):
        with inside(brand):
            make_project(code="p1", name=brand.slug)
    return acme.schema_name, globex.schema_name


@pytest.mark.parametrize(
    "statement",
    [WHERE, WHERE.encode(), sql.SQL(WHERE), f"-- why\n  {WHERE.lower()}", f"/* why */ {WHERE}"],
    ids=["text", "bytes", "composed", "commented", "other comment"],
)
def test_a_cursor_follows_its_connection(places, statement):
    first, second = places
    with enter_brand(first), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchall() == [(first, role_of(first))]
        with enter_brand(second):
            cursor.execute(statement)
            assert cursor.fetchall() == [(second, role_of(second))]
        cursor.execute(statement)
        assert cursor.fetchall() == [(first, role_of(first))]


def test_a_rollback_to_a_savepoint_takes_nothing_back(places):
    first, second = places
    with enter_brand(first):
        with enter_brand(second), pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert Project.objects.get().name == "acme"


def test_a_failed_transaction_says_so_and_ends(places):
    first, _ = places
    with enter_brand(first):
        with transaction.atomic(), connection.cursor() as cursor:
            with pytest.raises(DataError):
                cursor.execute("SELECT 1 / 0")
            with pytest.raises(InternalError, match="aborted"):
                cursor.execute(WHERE)
            transaction.set_rollback(True)
        assert Project.objects.get().name == "acme"


def test_values_with_percent_signs_stay_what_they_are(places):
    first, _ = places
    with enter_brand(first), connection.cursor() as cursor:
        cursor.execute("SELECT '100%%', %s", ["5 %s"])
        assert cursor.fetchall() == [("100%", "5 %s")]
        cursor.execute("SELECT '100%'")
        assert cursor.fetchall() == [("100%",)]


def test_rows_written_in_bulk_land_in_the_brand(places):
    first, second = places
    for schema, ending in ((first, "a"), (second, "b")):
        with enter_brand(schema), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS taken (word text)")
            cursor.executemany("UPDATE projects_project SET name = name || %s", [("1",), ("2",)])
            execute_values(
                cursor.cursor, "UPDATE projects_project SET name = name || v.w FROM (VALUES %s) AS v(w)", [(ending,)]
            )
            cursor.copy_expert("COPY (SELECT name FROM projects_project) TO STDOUT", out := io.StringIO())
            assert out.getvalue().strip() == Project.objects.get().name
    with enter_brand(first):
        assert Project.objects.get().name == "acme12a"
        assert [project.name for project in Project.objects.iterator(chunk_size=1)] == ["acme12a"]
    with enter_brand(second):
        assert Project.objects.get().name == "globex12b"


def test_who_counts_sees_the_statement_alone(places):
    first, _ = places
    with enter_brand(first), CaptureQueriesContext(connection) as asked:
        Project.objects.filter(code="p1").exists()
    [asked] = [query["sql"] for query in asked]
    assert asked.startswith("SELECT 1 AS")

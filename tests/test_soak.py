"""Many requests of three brands on few threads, with errors, rollbacks and killed connections in between (T03)."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, Error, connection, transaction

from projects.models import Project
from siyu.brands import current_schema, enter_brand, enter_public
from tests.factories import SiteClient, client_for, inside, make_project

THREADS = 4
REQUESTS = int(os.environ.get("SIYU_SOAK_REQUESTS", "120"))  # per thread: the test's own is a smoke test


@pytest.mark.django_db(transaction=True)
def test_each_answer_is_its_own_brands(acme, globex, initech):
    brands = (acme, globex, initech)
    headers = {}
    for brand in brands:
        headers[brand.slug] = client_for(brand, ["contract:write"]).defaults
        with inside(brand):
            make_project(code="same", name=f"secret of {brand.slug}")

    def one_thread(seed: int) -> list[str]:
        dice = random.Random(seed)  # noqa: S311 - a test's dice
        wrong = []
        try:
            for _ in range(REQUESTS // 4):
                for step in (ask, fail, roll_back, cut):
                    brand = dice.choice(brands)
                    wrong += step(brand, headers[brand.slug])
                    if current_schema() != "public":
                        wrong.append(f"{step.__name__} left {current_schema()}")
        finally:
            connection.close()
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = [found for thread in pool.map(one_thread, range(THREADS)) for found in thread]
    assert not wrong, wrong[:10]


def ask(brand, defaults) -> list[str]:
    """A plain request."""
    names = [row["name"] for row in SiteClient(**defaults).get("/api/v1/projects/").json()["results"]]
    return [] if names == [f"secret of {brand.slug}"] else [f"{brand.slug} was told {names}"]


def fail(brand, defaults) -> list[str]:
    """A request that ends in an error inside the brand."""
    status = SiteClient(**defaults).post("/api/v1/projects/", {"code": "same", "name": "twice"}).status_code
    return [] if 400 <= status < 500 else [f"status {status}"]


def roll_back(brand, defaults) -> list[str]:
    """A savepoint that is rolled back, and a read after it on the same connection."""
    with enter_brand(brand.schema_name), transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        except DatabaseError:
            pass
        name = Project.objects.get(code="same").name
    return [] if name == f"secret of {brand.slug}" else [f"{brand.slug} read {name}"]


def cut(brand, defaults) -> list[str]:
    """The server ends our connection in the middle of a block; the next request has a new one."""
    try:
        with enter_brand(brand.schema_name), enter_public(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    except Error:
        connection.close()
        return ask(brand, defaults)
    return ["a connection outlived its end"]

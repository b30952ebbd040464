"""The one door into a brand's data.

    with enter_brand("b_acme"):
        ...

Inside the block every query sees the brand's schema (then public) and runs as the brand's own PostgreSQL role, which
may read and write nothing of another brand. Lists, not lazy querysets, leave the block.
"""

import asyncio
import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.db import DataError, ProgrammingError
from django.db import connection as django_connection

from siyu.db.base import NO_ROLE, DatabaseWrapper

logger = logging.getLogger(__name__)

SCHEMA_NAME = re.compile(r"^b_[a-z0-9_]{1,40}\Z")
PUBLIC = "public"
connection = cast(DatabaseWrapper, django_connection)


class BrandNotEnteredError(RuntimeError):
    """A brand could not be entered; nothing was run in its stead."""


def schema_of(slug: str) -> str:
    """The schema of a brand's slug: `acme-food` → `b_acme_food`."""
    return "b_" + slug.replace("-", "_")


def role_of(schema: str) -> str:
    """The PostgreSQL role of a schema. Roles are the cluster's, schemas the database's: the name carries both."""
    database = zlib.crc32(str(settings.DATABASES["default"]["NAME"]).encode())
    return f"siyu_{database:08x}_{schema}"


def brands_role() -> str:
    """The PostgreSQL role that every brand's role belongs to: what all brands may read in public is granted to it."""
    return role_of("brands")


def current_schema() -> str:
    return connection.schema_name


@contextmanager
def enter_brand(schema: str) -> Iterator[None]:
    """Run the block in a brand's schema and role; on leaving, what was entered before is entered again.

    Raises BrandNotEnteredError for a name that is no brand's, a schema or role that does not exist, and from async code
    (a connection belongs to one thread).
    """
    if not SCHEMA_NAME.match(schema):
        raise BrandNotEnteredError(f"{schema!r} is not the name of a brand's schema")
    with _entered(schema, role_of(schema)):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_schema(), current_user")
                found = cursor.fetchone()
        except (DataError, ProgrammingError) as error:
            raise BrandNotEnteredError(f"schema {schema} has no role") from error
        if found != (schema, role_of(schema)):
            raise BrandNotEnteredError(f"schema {schema} does not exist")
        yield


@contextmanager
def enter_public() -> Iterator[None]:
    """Step out of the brand for the block: public tables, the login's own role; what a brand's role may not touch."""
    with _entered(PUBLIC, None):
        yield


@contextmanager
def enter_as_owner(schema: str) -> Iterator[None]:
    """A schema with the login's own role: for tenants.provisioning and tests of the database's own rules only."""
    with _entered(schema, None):
        yield


@contextmanager
def _entered(schema: str, role: str | None) -> Iterator[None]:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise BrandNotEnteredError("a brand cannot be entered from async code: run siyu under WSGI")
    before = connection.tenant, connection.brand_role
    connection.set_schema(schema)
    if role:
        connection.brand_role = role
    try:
        yield
    finally:
        connection.set_tenant(before[0])
        connection.brand_role = before[1]


def end_in_public() -> None:
    """The canary at the end of a request or task: whoever left a brand's block open is logged and put back."""
    if connection.schema_name != PUBLIC or connection.brand_role != NO_ROLE:
        logger.critical("schema %s was left open", connection.schema_name)
        connection.set_schema_to_public()


def cache_key(key: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION: what one brand caches no other can read."""
    return f"{prefix}:{current_schema()}:{version}:{key}"

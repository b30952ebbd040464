"""Every route, every method, every stranger: refused, told nothing, and nothing written (T01, T02 in part).

The routes come from the URL resolver, so that a new one is tested by being there. A route that is open to strangers is
named in OPEN with its reason; one whose view does not say who may fails the build.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from psycopg2 import sql

from siyu.brands import PUBLIC
from tenants.models import Brand, Role
from tenants.pages import BrandPage
from tenants.permissions import SCOPES, Act
from tenants.rest import BrandView, MayAct
from tests.factories import (
    anonymous_client,
    client_for,
    inside,
    make_guide,
    make_placement,
    make_project,
    make_user,
    sign_in,
    user_client,
)

MARKER = "红狐狸暗号"
CODE = "secret-project"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
OPEN = {
    "sign-in/": "this is where strangers become known",
    "sign-out/": "ends the caller's own session, if there is one",
    "sign-in/code/": "the second step of becoming known",
    "begin/": "for the first agency alone, with a code of the terminal; gone once there is one",
    "reset/": "for those who cannot sign in; says the same to everybody",
    "reset/<str:uid>/<str:token>/": "opened by a secret sent to the person's own mail",
    "invitation/<str:token>/": "opened by a secret given to the person asked in",
    "r/<str:token>/": "opened by a secret sent to one person of the brand",
    "link/prove/": "for a session that such a secret began",
    "enter/": "asks another site of ours who this is; tells nothing itself",
    "pass/": "hands the caller's own sign-in to a site that she may enter",
    "arrive/": "takes a single-use token",
    "account/": "the caller's own account, by session only",
    "account/password/": "the same",
    "account/sign-ins/end/": "the same",
    "account/second-factor/": "the same",
    "account/second-factor/postpone/": "the same",
    "account/second-factor/codes/": "the same",
    "language/": "chooses the caller's own language",
    "api/v1/schema/": "how the interface looks is no secret; it holds no data",
    "api/v1/docs/": "shows the schema",
}
FILLING = {"str": CODE, "slug": CODE, "int": "1", "path": "c1", "uuid": "00000000-0000-0000-0000-000000000001"}


class Route(NamedTuple):
    path: str
    view: type

    def __str__(self) -> str:
        return self.path or "/"


def routes(urlconf: str) -> list[Route]:
    return list(walk(get_resolver(urlconf).url_patterns, ""))


def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
        else:
            callback = pattern.callback
            yield Route(path, getattr(callback, "cls", getattr(callback, "view_class", callback)))


def address(route: Route) -> str:
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda found: FILLING[found[1] or "str"], route.path)
    assert "<" not in filled, f"{route.path}: teach FILLING its converter"
    return f"/{filled}"


BRAND_ROUTES = [route for route in routes("siyu.urls") if route.path not in OPEN]
AGENCY_ROUTES = [route for route in routes("siyu.urls_public") if route.path not in OPEN]


@pytest.mark.parametrize("route", BRAND_ROUTES, ids=str)
def test_every_view_says_who_may(route):
    base = BrandView if route.path.startswith("api/") else BrandPage
    assert isinstance(route.view, type), f"{route.path}: a view of a brand is a {base.__name__}"
    assert issubclass(route.view, base)
    if base is BrandView:
        assert tuple(route.view.permission_classes) == (MayAct,)
        assert "dispatch" not in vars(route.view)
    assert known_methods(route)
    for method in known_methods(route):
        assert isinstance(route.view.acts.get(method), Act), f"{method} {route.path} names no act"


def test_open_routes_exist():
    """A route that is gone must not leave a hole behind it."""
    there = {route.path for route in routes("siyu.urls")} | {route.path for route in routes("siyu.urls_public")}
    assert set(OPEN) <= there


# -- Strangers --------------------------------------------------------------------------------------------------------


def anonymous(acme, globex, initech):
    return anonymous_client(acme)


def wrong_key(acme, globex, initech):
    return anonymous_client(acme, HTTP_AUTHORIZATION="Bearer siyu_nothing")


def key_of_another_brand(acme, globex, initech):
    client = client_for(globex, SCOPES)
    client.defaults["HTTP_HOST"] = f"acme.{settings.BASE_DOMAIN}"
    return client


def key_whose_maker_left(acme, globex, initech):
    return client_for(acme, SCOPES, made_by=make_user(Role.OWNER, brand=initech))


def manager_of_another_brand(acme, globex, initech):
    return user_client(globex, Role.BRAND_MANAGER, site=acme)


def pm_of_another_brand(acme, globex, initech):
    return user_client(globex, Role.PM, site=acme)


def owner_of_another_agency(acme, globex, initech):
    return user_client(initech, Role.OWNER, site=acme)


def operator(acme, globex, initech):
    client = anonymous_client(acme)
    sign_in(client, make_user(Role.OPERATOR))
    return client


def user_without_any_role(acme, globex, initech):
    client = user_client(acme, Role.BRAND_MANAGER)
    client.user.memberships.all().delete()
    return client


STRANGERS = [
    anonymous,
    wrong_key,
    key_of_another_brand,
    key_whose_maker_left,
    manager_of_another_brand,
    pm_of_another_brand,
    owner_of_another_agency,
    operator,
    user_without_any_role,
]
ASK_IN_EVERY_WAY = (anonymous, pm_of_another_brand)  # the others only in those that views have: minutes for no new code


def known_methods(route: Route) -> list[str]:
    return [method for method in METHODS if method not in ("HEAD", "OPTIONS") and hasattr(route.view, method.lower())]


@pytest.fixture
def world(acme, globex, initech):
    """A project with the same code in every brand, and the marker in acme's."""
    for brand in (acme, globex, initech):
        make_placement(make_guide(brand.agency, name=f"导购 {brand.slug}"), brand, project=CODE)
        with inside(brand):
            make_project(code=CODE, name=MARKER if brand == acme else brand.slug)
    return acme, globex, initech


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda make: make.__name__)
def test_strangers_are_refused_everywhere(stranger, world):
    client = stranger(*world)
    before = everything()
    for route in BRAND_ROUTES:
        for method in METHODS if stranger in ASK_IN_EVERY_WAY else known_methods(route):
            response = client.generic(method, address(route), b"{}", content_type="application/json")
            what = f"{method} {route.path}: {response.status_code}"
            is_api = route.path.startswith("api/")
            to_sign_in = response.status_code == 302 and response["Location"].startswith("/sign-in/")
            assert response.status_code in (401, 403, 404) or (to_sign_in and not is_api), what
            assert MARKER not in response.content.decode(), what
            if is_api and method != "HEAD":
                assert response["Content-Type"] == "application/problem+json", what
            if response.status_code == 401:
                assert response["WWW-Authenticate"].startswith("Bearer"), what
    assert everything() == before


@pytest.mark.parametrize("route", AGENCY_ROUTES, ids=str)
def test_the_agencys_site_asks_who_is_there(route, world):
    for method in METHODS:
        response = anonymous_client(None).generic(method, address(route), b"{}", content_type="application/json")
        refused = response.status_code in (401, 403, 404, 405)
        assert refused or response["Location"].startswith("/sign-in/"), f"{method} {route.path}"
        assert MARKER not in response.content.decode()


def test_brands_have_no_interface_on_the_agencys_site(world):
    for route in BRAND_ROUTES:
        if route.path.startswith("api/"):
            client = client_for(world[0], SCOPES)
            client.defaults["HTTP_HOST"] = settings.BASE_DOMAIN
            assert client.get(address(route)).status_code == 404


def everything() -> dict[str, str]:
    """A checksum of every table of public and the brands; sessions and when a key was used are the caller's own."""
    schemas = [PUBLIC, *Brand.objects.values_list("schema_name", flat=True)]
    sums = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"
            " AND tablename NOT IN ('django_session', 'tenants_apikey')",
            [schemas],
        )
        for schema, table in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t").format(
                    sql.Identifier(schema, table)
                )
            )
            sums[f"{schema}.{table}"] = cursor.fetchone()[0]
    return sums

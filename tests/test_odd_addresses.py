"""Addresses that nobody was given: where a page or an interface reads a code or a number, anything may stand.

The routes come from the URL resolver, as in tests.test_routes; the client hands on whatever a view raises.
"""

import re
from urllib.parse import quote

import pytest

from tenants.models import Role
from tests.factories import at_agency, inside, make_project, make_user, user_client
from tests.test_routes import routes

CODES = ["\0", "\u202e😀", "字" * 300]
NUMBERS = ["0", "2147483648", "9" * 20]
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


def odd(path: str, code: str, number: str, project: str) -> str:
    """The address of a route with these in place of what it reads."""

    def fill(found: re.Match[str]) -> str:
        if found[1] == "int":
            return number
        return quote(project if found[2] == "code" else code, safe="")

    return f"/{CONVERTER.sub(fill, path)}"


# Of each kind of oddity one address a route: what refuses a code refuses it however the others read.
ODD = [
    ("GET", "\0", NUMBERS[0], "p1"),
    ("POST", "\0", NUMBERS[1], "p1"),
    ("GET", "\u202e😀", NUMBERS[2], "\0"),
    ("POST", "字" * 300, NUMBERS[2], "字" * 300),
]


@pytest.mark.parametrize(("method", "code", "number", "project"), ODD, ids=["nul", "nul-sent", "backwards", "long"])
def test_odd_codes_and_numbers_are_not_found(acme, method, code, number, project):
    client = user_client(acme, Role.OWNER)
    with inside(acme):
        make_project(code="p1")
    for route in routes("siyu.urls"):
        if CONVERTER.search(route.path):
            address = odd(route.path, code, number, project)
            answer = client.generic(method, address, b"{}", content_type="application/json")
            assert answer.status_code < 500, f"{method} {route.path}"


@pytest.mark.parametrize("code", CODES, ids=["nul", "backwards", "long"])
def test_nor_on_the_agencys_site(acme, code):
    client = at_agency(make_user(Role.OWNER, brand=acme))
    for route in routes("siyu.urls_public"):
        if CONVERTER.search(route.path):
            for method in ("GET", "POST"):
                answer = client.generic(
                    method, odd(route.path, code, "0", code), b"{}", content_type="application/json"
                )
                assert answer.status_code in (302, 403, 404, 405), f"{method} {route.path}"

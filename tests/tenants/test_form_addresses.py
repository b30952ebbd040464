"""Addresses that take forms only: who opens one lands on the page of the form, not before a locked door."""

import pytest

from tenants.pages import BrandPage, page_above
from tests.factories import make_project, user_client
from tests.test_routes import BRAND_ROUTES, address

FORMS = [
    route for route in BRAND_ROUTES if issubclass(route.view, BrandPage) and set(route.view.acts) == {"POST"}
]  # fmt: skip


@pytest.mark.parametrize("route", FORMS, ids=str)
def test_whoever_opens_the_address_of_a_form_is_led_to_its_page(acme, inside, route):
    with inside(acme):
        make_project(code="secret-project")
    response = user_client(acme, "owner").get(address(route))
    assert response.status_code == 302, route
    assert address(route).startswith(response["Location"]), response["Location"]


def test_some_of_them(acme):
    user_client(acme, "owner").get("/")  # the address belongs to the brand's site
    assert len(FORMS) > 30
    for form, page in {
        "/projects/p1/commitments/7/confirm/": "/projects/p1/commitments/",
        "/projects/p1/forecast/propose/": "/projects/p1/forecast/",
        "/projects/p1/fans/a%b/c/phone/": "/projects/p1/fans/a%25b/c/",
        "/projects/p1/close/": "/projects/p1/",
        "/notices/read/": "/notices/",
    }.items():
        assert page_above(form) == page
    assert page_above("/nowhere/") is None

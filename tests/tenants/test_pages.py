"""The base of a brand's pages."""

from typing import ClassVar

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import clear_url_caches, path

import siyu.urls
from siyu.brands import current_schema, role_of
from tenants.models import Role
from tenants.pages import BrandPage
from tenants.permissions import Act
from tests.factories import anonymous_client, make_user, sign_in, user_client


class Probe(BrandPage):
    """Says where it runs."""

    acts: ClassVar = {"GET": Act.READ_KPIS}

    def get(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema(), current_user")
            return HttpResponse(" ".join([*cursor.fetchone(), self.identity.label]))

    def post(self, request):
        return HttpResponse("names no act")


@pytest.fixture(autouse=True)
def probe_is_served(monkeypatch):
    """The probe among the brand's own pages."""
    monkeypatch.setattr(siyu.urls, "urlpatterns", [path("probe/", Probe.as_view()), *siyu.urls.urlpatterns])
    clear_url_caches()
    yield
    monkeypatch.undo()
    clear_url_caches()


def test_a_page_runs_inside_the_brand_as_its_role(acme):
    client = user_client(acme, Role.PM)
    said = client.get("/probe/").content.decode()
    assert said == f"b_acme {role_of('b_acme')} user:{client.user.pk}"
    assert current_schema() == "public"


def test_strangers_are_led_to_the_door_and_back(acme):
    response = anonymous_client(acme).get("/probe/?month=2026-01")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/probe/%3Fmonth%3D2026-01")


@pytest.mark.parametrize("role", [Role.OWNER, Role.PM, Role.BRAND_MANAGER])
def test_another_brands_people_learn_nothing(acme, initech, role):
    assert user_client(initech, role, site=acme).get("/probe/").status_code == 404


def test_an_operator_has_no_part_in_brands(acme):
    client = anonymous_client(acme)
    sign_in(client, make_user(Role.OPERATOR))
    assert client.get("/probe/").status_code == 404


def test_a_role_without_the_act_is_refused(acme):
    assert user_client(acme, Role.FINANCE).get("/probe/").status_code == 403


def test_a_method_without_an_act_is_refused(acme):
    client = user_client(acme, Role.OWNER)
    for method in ("post", "put", "delete", "options"):
        assert getattr(client, method)("/probe/").status_code == 403
    assert client.head("/probe/").status_code == 200

"""The base of REST views, and what a key or a session is worth (T15)."""

import datetime
from typing import ClassVar

import pytest
from django.conf import settings
from django.db import connection
from django.http import Http404
from django.test import override_settings
from django.urls import clear_url_caches, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

import siyu.urls
from siyu.brands import current_schema, role_of
from siyu.problems import DomainError
from tenants.models import ApiKey, Role
from tenants.permissions import Act
from tenants.rest import BrandView
from tests.factories import anonymous_client, client_for, make_user, sign_in, user_client

PHONE = "13800138000"


class Probe(BrandView):
    """Says where it runs, or fails as asked."""

    acts: ClassVar = {"GET": Act.READ_PROJECT, "POST": Act.SEND_EVENTS, "PUT": Act.APPROVE_CONTRACT}

    def get(self, request, what):
        if what == "error":
            raise ValueError(PHONE)
        if what == "missing":
            raise Http404
        if what == "domain":
            errors = [{"line": 3, "id": "e1", "code": "bad_time", "message": "时间无效"}]
            raise DomainError("不行", status=409, code="conflict", errors=errors, retry_after=7)
        if what == "invalid":
            raise serializers.ValidationError({"a/b": ["x"], "list": [{}, {"c": ["y"]}], "non_field_errors": ["z"]})
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema(), current_user")
            schema, role = cursor.fetchone()
        return Response({"schema": schema, "role": role, "who": self.identity.label, "side": self.identity.side})

    def post(self, request, what):
        return Response(request.data)

    def put(self, request, what):
        return Response({})

    def delete(self, request, what):
        return Response({})  # names no act


@pytest.fixture(autouse=True)
def probe_is_served(monkeypatch):
    """The probe among the brand's own routes."""
    monkeypatch.setattr(
        siyu.urls, "urlpatterns", [path("api/v1/probe/<str:what>/", Probe.as_view()), *siyu.urls.urlpatterns]
    )
    clear_url_caches()
    yield
    monkeypatch.undo()
    clear_url_caches()


def test_a_handler_runs_inside_the_brand_as_its_role(acme):
    found = client_for(acme).get("/api/v1/probe/here/").json()
    assert (found["schema"], found["role"]) == ("b_acme", role_of("b_acme"))
    assert current_schema() == "public"


@pytest.mark.parametrize("what", ["error", "missing", "domain", "invalid"])
def test_the_brand_is_left_after_an_error(acme, what):
    client_for(acme).get(f"/api/v1/probe/{what}/")
    assert (current_schema(), connection.brand_role) == ("public", "none")


def test_who_asks(acme):
    key = client_for(acme).get("/api/v1/probe/here/").json()
    assert (key["who"], key["side"]) == (f"key:{ApiKey.objects.get().pk}", "agency")
    client = user_client(acme, Role.BRAND_MANAGER)
    user = client.get("/api/v1/probe/here/").json()
    assert (user["who"], user["side"]) == (f"user:{client.user.pk}", "brand")


def test_a_method_without_an_act_is_refused(acme):
    assert user_client(acme, Role.OWNER).delete("/api/v1/probe/here/").status_code == 403


def test_a_method_there_is_not(acme):
    response = client_for(acme).patch("/api/v1/probe/here/")
    assert (response.status_code, response.json()["type"]) == (405, "urn:siyu:problem:method_not_allowed")


def test_an_act_beyond_the_role_or_scope_is_403(acme):
    assert client_for(acme, ["kpis:read"]).post("/api/v1/probe/here/", {}).status_code == 403
    assert client_for(acme, ["events:write"]).post("/api/v1/probe/here/", {}).status_code == 200
    assert user_client(acme, Role.CONTENT).post("/api/v1/probe/here/", {}).status_code == 403
    assert client_for(acme, ["contract:write"]).put("/api/v1/probe/here/", {}).status_code == 403  # no key approves


def test_unforeseen_errors_say_nothing(acme, caplog):
    response = client_for(acme).get("/api/v1/probe/error/")
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert response.json()["title"] == "服务器出错"
    assert PHONE not in response.content.decode() + caplog.text
    assert "test_rest.py" in caplog.text  # where it happened is logged


def test_a_domain_error_on_the_wire(acme):
    response = client_for(acme).get("/api/v1/probe/domain/")
    assert (response.status_code, response["Retry-After"]) == (409, "7")
    assert response.json() == {
        "type": "urn:siyu:problem:conflict",
        "title": "与现状冲突",
        "status": 409,
        "detail": "不行",
        "errors": [{"line": 3, "id": "e1", "code": "bad_time", "message": "时间无效"}],
    }


def test_invalid_fields_are_pointed_to(acme):
    errors = client_for(acme).get("/api/v1/probe/invalid/").json()["errors"]
    assert [(error["pointer"], error["message"]) for error in errors] == [
        ("/a~1b", "x"),
        ("/list/1/c", "y"),
        ("", "z"),
    ]


def test_a_body_that_is_not_json(acme):
    client = client_for(acme, ["events:write"])
    response = client.post("/api/v1/probe/here/", "{", content_type="application/json")
    assert (response.status_code, response.json()["type"]) == (400, "urn:siyu:problem:parse_error")
    for deep in ("[" * 5000, '{"a":' * 5000):
        response = client.post("/api/v1/probe/here/", deep, content_type="application/json")
        assert (response.status_code, response.json()["type"]) == (400, "urn:siyu:problem:parse_error")
    response = client.post("/api/v1/probe/here/", "a=b", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response["Content-Type"]) == (415, "application/problem+json")


# -- Keys -------------------------------------------------------------------------------------------------------------


def test_only_the_hash_of_a_key_is_kept(acme):
    client = client_for(acme)
    presented = client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert len(ApiKey.objects.get().digest) == 32
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_apikey k WHERE k::text LIKE %s", [f"%{presented}%"])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},
        {"expires_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},
    ],
)
def test_a_dead_key_and_an_unknown_one_get_one_answer(acme, change):
    client = client_for(acme)
    ApiKey.objects.update(**change)
    dead = client.get("/api/v1/probe/here/")
    unknown = anonymous_client(acme, HTTP_AUTHORIZATION="Bearer siyu_x").get("/api/v1/probe/here/")
    assert dead.status_code == unknown.status_code == 401
    assert dead.content == unknown.content
    assert dead["WWW-Authenticate"] == 'Bearer realm="siyu"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic {key}", "{key}", "Token {key}", "Bearer  x {key}"])
def test_malformed_credentials_are_none(acme, header):
    client = client_for(acme)
    key = client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    client.defaults["HTTP_AUTHORIZATION"] = header.format(key=key)
    assert client.get("/api/v1/probe/here/").status_code == 401


def test_a_key_does_not_open_pages(acme):
    response = client_for(acme).get("/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/")


def test_a_key_dies_with_its_makers_role(acme):
    maker = make_user(Role.BRAND_MANAGER, brand=acme)
    client = client_for(acme, ["kpis:read"], made_by=maker)
    assert client.get("/api/v1/probe/here/").json()["side"] == "brand"
    maker.memberships.all().delete()
    assert client.get("/api/v1/probe/here/").status_code == 401


def test_when_a_key_was_used_is_known_to_the_minute(acme, django_assert_num_queries):
    client = client_for(acme)
    client.get("/api/v1/probe/here/")
    first = ApiKey.objects.get().last_used_at
    client.get("/api/v1/probe/here/")
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - datetime.timedelta(minutes=2))
    client.get("/api/v1/probe/here/")
    assert ApiKey.objects.get().last_used_at > first


# -- Sessions ---------------------------------------------------------------------------------------------------------


def test_a_lost_role_counts_from_the_next_request_on(acme):
    client = user_client(acme, Role.OWNER)
    assert client.get("/api/v1/probe/here/").status_code == 200
    client.user.memberships.all().delete()
    assert client.get("/api/v1/probe/here/").status_code == 404


def test_a_session_needs_the_csrf_token_to_write(acme):
    user = make_user(Role.OWNER, brand=acme)
    client = anonymous_client(acme)
    client.handler.enforce_csrf_checks = True
    sign_in(client, user)
    response = client.post("/api/v1/probe/here/", {})
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    client.get("/sign-in/")
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    assert client.post("/api/v1/probe/here/", {}, headers={"X-CSRFToken": token}).status_code == 200


def test_a_key_needs_no_csrf_token(acme):
    client = client_for(acme, ["events:write"])
    client.handler.enforce_csrf_checks = True
    assert client.post("/api/v1/probe/here/", {}).status_code == 200


# -- Schema -----------------------------------------------------------------------------------------------------------


def test_the_schema_is_openapi_31(acme):
    response = anonymous_client(acme).get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    found = response.json()
    assert found["openapi"] == "3.1.0"
    assert found["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    assert {"key": []} in found["paths"]["/api/v1/probe/{what}/"]["get"]["security"]
    assert anonymous_client(acme).get("/api/v1/schema/", {"version": "1\n2"}).status_code == 200


@override_settings(DEBUG=False)
def test_the_docs_need_no_other_host(acme):
    page = anonymous_client(acme).get("/api/v1/docs/")
    assert page.status_code == 200
    assert "//cdn" not in page.content.decode()

"""Which site a Host header leads to: one brand's, the agency's, or none (T07)."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from siyu.celery import app
from tenants.models import Brand, Domain, Role
from tests.factories import user_client

BASE = settings.BASE_DOMAIN


def status(client, host, path="/sign-in/", **extra):
    return client.get(path, HTTP_HOST=host, **extra).status_code


@pytest.mark.parametrize("host", ["acme.{}", "ACME.{}", "acme.{}:8000", "{}", "{}:8000"])
def test_a_site_answers(client, acme, host):
    assert status(client, host.format(BASE)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "nobody.{}",
        "www.acme.{}",
        "acme.{}.",
        "www.{}",
        "acme.example.com",
        "127.0.0.1",
        "[::1]",
        "",
        "acme.{}, globex.{}",
        "acme.{}:80:80",
        "acme.{}@globex.{}",
        "-acme.{}",
        "acme.{}/",
        "acme.{}\\",
    ],
)
def test_other_hosts_are_refused(client, acme, host):
    response = client.get("/sign-in/", HTTP_HOST=host.replace("{}", BASE))
    assert (response.status_code, response["Content-Type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST"])
def test_forwarded_hosts_say_nothing(client, acme, header):
    assert status(client, "nobody.example", **{header: f"acme.{BASE}"}) == 404
    assert "Acme" not in client.get("/sign-in/", HTTP_HOST=f"globex.{BASE}", **{header: f"acme.{BASE}"}).text


def test_each_brand_has_its_own_site(client, acme, globex):
    assert "Acme" in client.get("/sign-in/", HTTP_HOST=f"acme.{BASE}").text
    assert "Globex" in client.get("/sign-in/", HTTP_HOST=f"globex.{BASE}").text


def test_a_brands_own_domain(client, acme):
    Domain.objects.create(domain="siyu.acme.example", tenant=acme)
    assert "Acme" in client.get("/sign-in/", HTTP_HOST="siyu.acme.example").text


@pytest.mark.parametrize("state", [Brand.State.MAKING, Brand.State.SUSPENDED, Brand.State.CLOSED])
def test_a_brand_that_is_not_active_is_no_site(client, acme, state):
    Domain.objects.create(domain="siyu.acme.example", tenant=acme)
    Brand.objects.filter(pk=acme.pk).update(state=state)
    assert status(client, f"acme.{BASE}") == 404
    assert status(client, "siyu.acme.example") == 404


@pytest.mark.parametrize("path", ["/", "/projects/", "/projects/none/", "/api/v1/projects/", "/sign-in/"])
def test_no_page_is_kept_on_the_way_or_in_the_browser(acme, path):
    assert "no-store" in user_client(acme, Role.PM).get(path)["Cache-Control"]


def test_what_is_everybodys_is_kept(client, acme):
    kept = client.get("/static/siyu/siyu.js", HTTP_HOST=f"acme.{BASE}")
    kept.close()
    assert "no-store" not in kept["Cache-Control"]


@pytest.mark.parametrize("host", ["nobody.example", "127.0.0.1", f"acme.{BASE}"])
def test_health_answers_on_any_host(client, db, host):
    response = client.get("/healthz", HTTP_HOST=host)
    assert (response.status_code, response.content) == (200, b"ok")


def test_ready_where_all_is_well(client, db):
    response = client.get("/readyz", HTTP_HOST="nobody.example")
    assert (response.status_code, response.content) == (200, b"ok")


def test_not_ready_while_a_brand_is_behind(client, acme, inside):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM b_acme.django_migrations WHERE app = 'fans'")
    response = client.get("/readyz", HTTP_HOST="nobody.example")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert "1 schemas are not at the current migration" in response.json()["detail"]
    assert "acme" not in response.text


def test_not_ready_without_a_broker(client, db, settings):
    before = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        response = client.get("/readyz", HTTP_HOST="nobody.example")
    finally:
        app.conf.broker_url = before
    assert response.status_code == 503
    assert "消息队列" in response.json()["detail"]


def test_without_a_database_the_process_lives_and_says_so():
    """In a process of its own, whose database is nowhere."""
    program = """
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
for host, path in [("x.y", "/healthz"), ("x.y", "/readyz"), (SITE, "/"), (SITE, "/api/v1/projects/")]:
    response = client.get(path, HTTP_HOST=host)
    print(path, response.status_code, response["Content-Type"], response.get("Retry-After"))
"""
    said = subprocess.run(
        [sys.executable, "-c", program.replace("SITE", repr(f"acme.{BASE}"))],
        env={
            **os.environ,
            "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none",
            "DJANGO_SETTINGS_MODULE": "siyu.settings",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert said.splitlines() == [
        "/healthz 200 text/plain None",
        "/readyz 503 application/problem+json None",
        "/ 503 text/plain; charset=utf-8 5",
        "/api/v1/projects/ 503 application/problem+json 5",
    ]


def test_unknown_paths_of_the_api_are_problems(client, acme):
    response = client.get("/api/v1/nothing/", HTTP_HOST=f"acme.{BASE}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["title"] == "没有找到"


def test_problems_speak_english_where_asked(client, acme):
    response = client.get("/api/v1/nothing/", HTTP_HOST=f"acme.{BASE}", headers={"accept-language": "en"})
    assert response.json()["title"] == "Not found"

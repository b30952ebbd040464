"""Each start-up check bites (T09)."""

import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.db import connection

from siyu.checks import SEAM


def ids(**kwargs):
    return {found.id for found in run_checks(**kwargs)}


def test_the_settings_pass():
    assert ids(tags=[SEAM]) == set()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("TENANT_LIMIT_SET_CALLS", True, "siyu.E003"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "siyu.E004"),
        ("ASGI_APPLICATION", "siyu.asgi.application", "siyu.E005"),
        ("CELERY_WORKER_POOL", "threads", "siyu.E006"),
        ("CELERY_WORKER_POOL", "gevent", "siyu.E006"),
        ("MIDDLEWARE", ["django.middleware.security.SecurityMiddleware", "siyu.hosts.HostMiddleware"], "siyu.E007"),
        ("USE_X_FORWARDED_HOST", True, "siyu.E008"),
        ("SESSION_COOKIE_DOMAIN", ".localhost", "siyu.E009"),
        ("CSRF_COOKIE_DOMAIN", ".localhost", "siyu.E009"),
        ("SHARED_APPS", ["siyu", "fans"], "siyu.E010"),
        ("MASTER_KEY", b"short", "siyu.E011"),
    ],
)
def test_a_check_bites(settings, name, value, found):
    setattr(settings, name, value)
    assert ids(tags=[SEAM]) == {found}


def test_another_engine_is_refused(settings):
    plain = {**settings.DATABASES["default"], "ENGINE": "django_tenants.postgresql_backend"}
    settings.DATABASES = {"default": plain, "replica": plain}
    assert ids(tags=[SEAM]) == {"siyu.E001", "siyu.E002"}


def test_a_brands_table_in_public_is_found(db):
    assert ids(tags=["database"], databases=["default"]) == set()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.fans_fan (id bigint)")
    assert ids(tags=["database"], databases=["default"]) == {"siyu.E012"}


@pytest.mark.parametrize("pool", ["threads", "gevent"])
def test_a_worker_with_threads_does_not_start(pool):
    argv = [sys.executable, "-m", "celery", "-A", "siyu", "worker", "--pool", pool, "--concurrency", "1"]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "--pool prefork" in ended.stderr or "gevent" in ended.stderr  # gevent is not even installed

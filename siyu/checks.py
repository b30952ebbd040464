"""What must hold before anything starts. Django runs these at every command; each names the setting and the danger."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from siyu.db.schemas import brand_tables_in_public

SEAM = "siyu_seam"


@register(SEAM)
def check_database(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"] != "siyu.db":
        found.append(Error("DATABASES: the engine is not siyu.db; brands would share one role", id="siyu.E001"))
    if len(settings.DATABASES) != 1:
        found.append(Error("DATABASES: a second alias would not know which brand it serves", id="siyu.E002"))
    if getattr(settings, "TENANT_LIMIT_SET_CALLS", False):
        found.append(Error("TENANT_LIMIT_SET_CALLS: a skipped SET reads another brand", id="siyu.E003"))
    return found


@register(SEAM)
def check_caches(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"CACHES[{alias!r}]: KEY_FUNCTION is not siyu.brands.cache_key; brands would share keys", id="siyu.E004")
        for alias, cache in settings.CACHES.items()
        if cache.get("KEY_FUNCTION") != "siyu.brands.cache_key"
    ]


@register(SEAM)
def check_process(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if getattr(settings, "ASGI_APPLICATION", None):
        found.append(Error("ASGI_APPLICATION: a brand is entered on a thread's own connection", id="siyu.E005"))
    if getattr(settings, "CELERY_WORKER_POOL", "prefork") not in ("prefork", "solo"):
        found.append(Error("CELERY_WORKER_POOL: workers run in processes, never in threads", id="siyu.E006"))
    return found


@register(SEAM)
def check_hosts(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.MIDDLEWARE[:1] != ["siyu.hosts.HostMiddleware"]:
        found.append(Error("MIDDLEWARE: siyu.hosts.HostMiddleware is not the outermost", id="siyu.E007"))
    if settings.USE_X_FORWARDED_HOST:
        found.append(Error("USE_X_FORWARDED_HOST: whoever sends the header chooses the brand", id="siyu.E008"))
    if settings.SESSION_COOKIE_DOMAIN or settings.CSRF_COOKIE_DOMAIN:
        found.append(Error("SESSION_COOKIE_DOMAIN, CSRF_COOKIE_DOMAIN: cookies belong to one host", id="siyu.E009"))
    return found


@register(SEAM)
def check_rooms(**_: Any) -> list[CheckMessage]:
    both = sorted(set(settings.SHARED_APPS) & set(settings.TENANT_APPS))
    if not both:
        return []
    return [Error(f"SHARED_APPS and TENANT_APPS: {', '.join(both)} would have tables in public", id="siyu.E010")]


@register(SEAM)
def check_secrets(**_: Any) -> list[CheckMessage]:
    if len(settings.MASTER_KEY) == 32:
        return []
    return [Error("SIYU_MASTER_KEY: not 32 bytes in base64", id="siyu.E011")]


@register(Tags.database)
def check_public(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Only where a command asks for database checks, as `check --database default` and `migrate_brands` do."""
    if "default" not in (databases or ()):
        return []
    return [
        Error(f"{table} stands in public: a query that missed its brand would find it", id="siyu.E012")
        for table in brand_tables_in_public()
    ]

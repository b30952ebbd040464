"""Which site a request is for: the agency's, one brand's, or none.

The outermost middleware. Whatever the Host header names that is neither is refused; there is no fallback, no
X-Forwarded-Host, no stripping of `www.`. It names the brand (`request.brand`) and does not enter it: that is done
where it is known who asks (tenants.rest, tenants.pages).
"""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django_tenants.utils import get_tenant_domain_model, get_tenant_model

from siyu.brands import end_in_public
from siyu.problems import problem
from siyu.readiness import reasons_not_ready

HOST = re.compile(r"^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::[0-9]{1,5})?\Z")
SLUG = re.compile(r"^[a-z0-9-]{1,40}\Z")


class SiteRequest(HttpRequest):
    """What a request is beyond this middleware: `brand` is None on the agency's site."""

    site_host: str
    brand: Any
    urlconf: str
    sign_in: Any  # tenants.models.SignIn, or None (tenants.sessions)


class HostMiddleware:
    """Sets `request.site_host`, `request.brand` and `request.urlconf`, or refuses. Nothing is kept in caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        end_in_public()
        if request.path_info == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path_info == "/readyz":
            return readiness()
        host = host_of(request)
        if host is None:
            return unknown_host()
        if host == settings.BASE_DOMAIN:
            request.brand, request.urlconf = None, "siyu.urls_public"
        else:
            brand = brand_of(host)
            if brand is None:
                return unknown_host()
            request.brand, request.urlconf = brand, "siyu.urls"
        request.site_host = host
        try:
            response = self.get_response(request)
            # Pages and files are somebody's own: none is kept where the next person at this computer, or a proxy's next
            # customer, finds it. What may be kept says so itself.
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        finally:
            end_in_public()


class PlainAddressMiddleware:
    """No code of anything holds a NUL, and PostgreSQL takes none: an address with one is not found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Once the site's addresses are known: the answer is a page of that site."""
        if "\0" in request.path_info:
            raise Http404


def host_of(request: HttpRequest) -> str | None:
    """The host of the Host header in lower case, without port; None where it is missing or not one plain host name."""
    found = HOST.match(request.META.get("HTTP_HOST", "").lower())
    return found[1] if found else None


def brand_of(host: str) -> Any:
    """The active brand that answers on this host, or None."""
    active = get_tenant_model().objects.filter(state="active")
    slug = host.removesuffix(f".{settings.BASE_DOMAIN}")
    if slug != host:
        return active.filter(slug=slug).first() if SLUG.match(slug) else None
    domain = get_tenant_domain_model().objects.filter(domain=host).values("tenant")
    return active.filter(pk__in=domain).first()


def unknown_host() -> HttpResponse:
    return HttpResponse("此地址不存在 / unknown host\n", status=404, content_type="text/plain; charset=utf-8")


def readiness() -> HttpResponse:
    reasons = reasons_not_ready()
    if not reasons:
        return HttpResponse("ok", content_type="text/plain")
    # Whoever asks is a machine or an operator; no language was chosen yet.
    return problem(503, "not_ready", "; ".join(" / ".join(reason) for reason in reasons))

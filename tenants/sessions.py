"""A session is good on the host where it was made, and nowhere else."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from siyu.hosts import SiteRequest

SITE_HOST = "site_host"


class HostBoundSessionMiddleware:
    """Before authentication: on another host the session's user is nobody, and the session stays as it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        session = request.session
        if SESSION_KEY in session and session.get(SITE_HOST) != request.site_host:
            request.session = type(session)()
        return self.get_response(request)


def bind_to_host(request: SiteRequest) -> None:
    """Called once, when somebody signs in."""
    request.session[SITE_HOST] = request.site_host

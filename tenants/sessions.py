"""A session is good on the host where it was made, and as long as the sign-in lasts that it belongs to."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from siyu.hosts import SiteRequest
from siyu.problems import problem, say
from tenants.models import ReportLink, SignIn, User

SITE_HOST = "site_host"
SIGN_IN = "sign_in"
SET_UP_PATH = "/account/second-factor/"
OPEN_WHILE_SETTING_UP = (SET_UP_PATH, "/sign-in/", "/sign-out/", "/language/")


class HostBoundSessionMiddleware:
    """Before authentication. Sets `request.sign_in`, the SignIn or None.

    On another host, or once its sign-in has ended, the session's user is nobody and the session stays as it is. While
    she must set up a second factor, pages lead there and REST answers 403.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponse:
        session = request.session
        sign_in = None
        if SESSION_KEY in session:
            sign_in = _sign_in_of(request)
            if sign_in is None:
                request.session = type(session)()
            elif sign_in.state == SignIn.State.SET_UP and (refused := _until_set_up(request)):
                return refused
        request.sign_in = sign_in
        return self.get_response(request)


def _until_set_up(request: SiteRequest) -> HttpResponse | None:
    """What a session without its second factor gets for an answer; None for what it may ask."""
    if request.path_info.startswith(OPEN_WHILE_SETTING_UP):
        return None
    if not request.path_info.startswith("/api/"):
        return HttpResponseRedirect(SET_UP_PATH)
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        return None  # a key speaks for itself
    return problem(403, "second_factor_needed", say("请先设置两步验证", "Set up the second factor first"))


def _sign_in_of(request: SiteRequest) -> SignIn | None:
    session = request.session
    if session.get(SITE_HOST) != request.site_host or SIGN_IN not in session:
        return None
    running = SignIn.objects.filter(ended_at=None, expires_at__gt=timezone.now())
    return running.filter(pk=session[SIGN_IN], user=session[SESSION_KEY]).first()


def begin(request: SiteRequest, user: User, *, state: SignIn.State = SignIn.State.OPEN) -> SignIn:
    """She has proved who she is: a new sign-in, and a session of it on this host."""
    SignIn.objects.filter(user=user, expires_at__lt=timezone.now()).delete()
    expires_at = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    sign_in = SignIn.objects.create(user=user, state=state, expires_at=expires_at)
    join(request, sign_in)
    return sign_in


def join(request: SiteRequest, sign_in: SignIn) -> None:
    """A session of this sign-in on this host. What the session held before is gone, its key with it."""
    request.session.flush()
    login(request, sign_in.user)
    request.session[SITE_HOST] = request.site_host
    request.session[SIGN_IN] = sign_in.pk
    request.sign_in = sign_in


def end(request: SiteRequest) -> None:
    """Sign out: here, and on every host that this sign-in serves."""
    if request.sign_in is not None:
        end_sign_ins(request.sign_in.user, only=request.sign_in)
    logout(request)


def end_sign_ins(user: User, *, only: SignIn | None = None, but: SignIn | None = None) -> int:
    """End the user's sign-ins at once, all or `only` one or all `but` one; how many there were. But for `only` one, the
    report links that she was sent end with them: who holds a lost telephone holds her chats, too."""
    running = SignIn.objects.filter(user=user, ended_at=None)
    if only is not None:
        running = running.filter(pk=only.pk)
    else:
        ReportLink.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    if but is not None:
        running = running.exclude(pk=but.pk)
    return running.update(ended_at=timezone.now())

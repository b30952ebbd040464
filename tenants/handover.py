"""Taking a sign-in from one host to another: who is signed in on A is signed in on B by one click, nobody else is.

    B /enter/?via=A    B keeps a random state in a signed cookie of its own and sends her to A with the state's hash
    A /pass/           knows her, checks that she may enter B, and sends her back with a token
    B /arrive/         takes the token from Valkey (once) and joins the sign-in, if the state is this browser's

A token is good once, for a minute, on one host and in the one browser that asked for it: read from a log or a history
it opens nothing. Valkey keeps its hash.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.utils import timezone

from siyu.hosts import SiteRequest, brand_of
from tenants.identity import identify_user
from tenants.models import SignIn, User

TOKEN_LIFE = 60  # seconds
STATE_LIFE = 600  # a sign-in on the other host may lie between
STATE_COOKIE = "__Host-siyu_enter" if settings.HTTPS else "siyu_enter"


@dataclass(frozen=True)
class Asked:
    """What this browser asked for: `state` is a secret of this host and this browser, `next` a path of this host."""

    state: str
    next: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.state.encode()).hexdigest()


def is_site(host: str) -> bool:
    """Whether the host is the agency's site or an active brand's."""
    return host == settings.BASE_DOMAIN or brand_of(host) is not None


def may_enter(user: User, host: str) -> bool:
    """Whether she may enter the site of this host; False too where there is no such site."""
    if not user.is_active:
        return False
    if host == settings.BASE_DOMAIN:
        return True
    brand = brand_of(host)
    return brand is not None and identify_user(user, brand) is not None


def remember(response: HttpResponse, host: str, next_path: str) -> Asked:
    """Keep what is asked for in the browser, on this host alone."""
    asked = Asked(secrets.token_urlsafe(32), next_path)
    value = signing.dumps([asked.state, asked.next], salt=_salt(host))
    response.set_cookie(
        STATE_COOKIE, value, max_age=STATE_LIFE, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/"
    )
    return asked


def recall(request: SiteRequest) -> Asked | None:
    """What this browser asked for on this host; None where nothing, too long ago, or what we did not write."""
    try:
        kept = signing.loads(request.COOKIES.get(STATE_COOKIE, ""), salt=_salt(request.site_host), max_age=STATE_LIFE)
    except signing.BadSignature:
        return None
    return Asked(*kept)


def issue(sign_in: SignIn, *, to: str, state: str) -> str:
    """A token for one arrival on the host `to` of the browser whose state has this hash. Raises redis.RedisError."""
    token = secrets.token_urlsafe(32)
    _client().set(_key(token), json.dumps([sign_in.pk, to, state]), ex=TOKEN_LIFE)
    return token


def redeem(token: str, *, at: str, state: str) -> SignIn | None:
    """The sign-in that the token hands over to the host `at`, or None. The token is gone either way.

    Raises redis.RedisError.
    """
    kept = _client().getdel(_key(token))
    if kept is None:
        return None
    sign_in_id, to, expected = json.loads(kept)
    if to != at or not secrets.compare_digest(expected.encode(), state.encode()):
        return None
    running = SignIn.objects.select_related("user").filter(ended_at=None, expires_at__gt=timezone.now())
    sign_in = running.exclude(state=SignIn.State.SET_UP).filter(pk=sign_in_id).first()
    return sign_in if sign_in is not None and may_enter(sign_in.user, at) else None


def _salt(host: str) -> str:
    return f"siyu.enter:{host}"


def _key(token: str) -> str:
    return f"siyu:handover:{hashlib.sha256(token.encode()).hexdigest()}"


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)

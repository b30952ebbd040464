"""How a REST caller proves who she is: a brand's API key, or the session of the pages. Runs in public.

`request.auth` is the caller's tenants.identity.Identity; `request.user` is a User for a session, anonymous for a key.
"""

import hashlib
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from siyu.problems import say
from tenants.identity import Identity, brand_asked_for, identify_key, identify_user
from tenants.models import ApiKey, User

USED_EVERY = timedelta(minutes=1)  # how exact last_used_at is, so that a busy key is not a busy row


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <key>`. Unknown, revoked, expired and another brand's keys get one and the same 401."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Identity] | None:
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        brand = brand_asked_for(request._request)
        now = timezone.now()
        key = (
            ApiKey.objects.select_related("brand", "made_by")
            .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), digest=digest_of(presented.strip()))
            .filter(revoked_at__isnull=True, brand=brand)
            .first()
        )
        identity = identify_key(key) if key else None
        if key is None or identity is None:
            raise AuthenticationFailed(say("密钥无效", "The key is not valid"))
        if key.last_used_at is None or key.last_used_at < now - USED_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return AnonymousUser(), identity

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="siyu"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The pages' session, with CSRF enforced. Signed in without a role in this brand: 404, as if it did not exist."""

    def authenticate(self, request: Request) -> tuple[User, Identity] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        identity = identify_user(found[0], brand_asked_for(request._request))
        if identity is None:
            raise Http404
        return found[0], identity

"""What the shell of every page shows of who is signed in and where else she may go."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from siyu.brands import enter_public
from tenants.identity import identify_user
from tenants.models import Membership, Role, User
from tenants.permissions import LEADERS, Act, may
from tenants.queries import Site, sites_of


def entry(request: HttpRequest) -> dict[str, Any]:
    """`sites`: list[Site]; `manages_people`: whether this site's page of people is for her; both read when a template
    asks. `is_outside`: she is signed in on the site of a brand that she may not enter. `operates`: she is the
    installation's operator, on the agency's site. `sign_in`: the SignIn or None."""
    return {
        "sites": SimpleLazyObject(lambda: _sites(request)),
        "is_outside": SimpleLazyObject(lambda: _is_outside(request)),
        "manages_people": SimpleLazyObject(lambda: _manages_people(request)),
        "operates": SimpleLazyObject(lambda: _operates(request)),
        "sign_in": getattr(request, "sign_in", None),
    }


def _sites(request: HttpRequest) -> list[Site]:
    """Pages are rendered inside the brand, whose role does not know who else may enter where."""
    with enter_public():
        user = getattr(request, "user", None)
        return sites_of(user, request.site_host) if isinstance(user, User) else []  # type: ignore[attr-defined]


def _is_outside(request: HttpRequest) -> bool:
    user, brand = getattr(request, "user", None), getattr(request, "brand", None)
    if not isinstance(user, User) or brand is None or getattr(request, "identity", None) is not None:
        return False
    with enter_public():
        return identify_user(user, brand) is None


def _manages_people(request: HttpRequest) -> bool:
    user, brand = getattr(request, "user", None), getattr(request, "brand", None)
    if not isinstance(user, User):
        return False
    with enter_public():
        if brand is None:
            return Membership.objects.filter(user=user, role__in=LEADERS).exists()
        identity = getattr(request, "identity", None) or identify_user(user, brand)
        return identity is not None and may(identity, Act.MANAGE_KEYS, brand)


def _operates(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or getattr(request, "brand", None) is not None:
        return False
    return Membership.objects.filter(user=user, role=Role.OPERATOR).exists()

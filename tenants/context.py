"""What the shell of every page shows of who is signed in and where else she may go."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from siyu.brands import enter_public
from tenants.models import User
from tenants.queries import Site, sites_of


def entry(request: HttpRequest) -> dict[str, Any]:
    """`sites`: list[Site], read when a template asks; `sign_in`: the SignIn or None."""
    return {"sites": SimpleLazyObject(lambda: _sites(request)), "sign_in": getattr(request, "sign_in", None)}


def _sites(request: HttpRequest) -> list[Site]:
    """Pages are rendered inside the brand, whose role does not know who else may enter where."""
    with enter_public():
        user = getattr(request, "user", None)
        return sites_of(user, request.site_host) if isinstance(user, User) else []  # type: ignore[attr-defined]

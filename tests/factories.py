"""Plain functions that make things for tests. Every default can be overridden by keyword.

What lies in a brand is made inside it: `with inside(acme): project = make_project(code="p1")`.
"""

import secrets
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.test import APIClient

from guides.models import Guide, Placement
from projects.models import Project
from projects.services import create_project
from siyu.brands import enter_brand
from tenants.models import AGENCY_WIDE, Agency, Brand, Role, SignIn, User
from tenants.services import create_api_key, create_user
from tenants.sessions import SIGN_IN, SITE_HOST


class SiteClient(APIClient):
    """A client of one site; bodies are JSON unless `format` or `content_type` says otherwise."""

    default_format = "json"


def unlike_any() -> str:
    """A name that stands in no figure, id or word: tests ask that `f1` or `77` is not on a page that has such names."""
    return "".join(secrets.choice("bcdghjkmnqvwxz") for _ in range(9))


def inside(brand: Brand) -> AbstractContextManager[None]:
    """`with inside(acme):` runs the block in the brand, as its own PostgreSQL role."""
    return enter_brand(brand.schema_name)


def host_of(brand: Brand | None) -> str:
    """The host of a brand's site, or of the agency's."""
    return f"{brand.slug}.{settings.BASE_DOMAIN}" if brand else settings.BASE_DOMAIN


def anonymous_client(brand: Brand | None = None, **defaults: Any) -> SiteClient:
    """A client of the brand's site (the agency's for None) that nobody has signed in on."""
    return SiteClient(**{"HTTP_HOST": host_of(brand), **defaults})


def client_for(brand: Brand, key_scopes: tuple[str, ...] | list[str] = (), **fields: Any) -> SiteClient:
    """A client that sends a new key of the brand with these scopes."""
    key = create_api_key(brand, **{"name": "test", "scopes": list(key_scopes), **fields})
    return anonymous_client(brand, HTTP_AUTHORIZATION=f"Bearer {key}")


def user_client(brand: Brand, role: Role | str, *, site: Brand | None = None, **fields: Any) -> SiteClient:
    """A client with the session of a new user who has the role in the brand, on that brand's site or another's.

    `client.user` is the user. Agency-wide roles are given in the brand's agency.
    """
    client = anonymous_client(site or brand)
    client.user = make_user(role, brand=brand, **fields)
    sign_in(client, client.user)
    return client


def at_agency(user: User) -> SiteClient:
    """A client of the agency's site with the session of this user, who is `client.user`."""
    client = anonymous_client()
    client.user = user
    sign_in(client, user)
    return client


def sign_in(client: SiteClient, user: User) -> None:
    """Sign the user in on the client's own host."""
    client.force_login(user)
    session = client.session
    session[SITE_HOST] = client.defaults["HTTP_HOST"]
    session[SIGN_IN] = SignIn.objects.create(user=user, expires_at=timezone.now() + timedelta(hours=12)).pk
    session.save()


def make_user(role: Role | str, *, brand: Brand | None = None, agency: Agency | None = None, **fields: Any) -> User:
    """A new user with one role; for an agency-wide role the brand stands for its agency."""
    role = Role(role)
    if role in AGENCY_WIDE and brand is not None:
        agency, brand = brand.agency, None
    email = fields.pop("email", f"{role}-{unlike_any()}@example.test")
    return create_user(email, role=role, agency=agency, brand=brand, **fields)[0]


def make_guide(agency: Agency, **fields: Any) -> Guide:
    """A public row: make it outside a brand."""
    code = fields.pop("code", f"g{unlike_any()}")
    return Guide.objects.create(**{"agency": agency, "code": code, "name": f"导购 {code}", **fields})


def make_placement(guide: Guide, brand: Brand, **fields: Any) -> Placement:
    """A public row: make it outside a brand."""
    defaults = {"project": "p1", "share": 1, "starts_on": date(2026, 1, 1)}
    return Placement.objects.create(guide=guide, brand=brand, **{**defaults, **fields})


def make_project(**fields: Any) -> Project:
    """In the brand that is entered; 2026 in Asia/Shanghai, with the default sheet."""
    code = fields.pop("code", f"p{unlike_any()}")
    defaults = {"code": code, "name": f"项目 {code}", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    return create_project({**defaults, **fields}, by=None)

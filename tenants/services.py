"""Agencies, users and keys come into being here. Brands: tenants.provisioning."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import DomainError, say
from tenants.authentication import digest_of
from tenants.models import (
    AGENCY_IN_BRAND,
    AGENCY_WIDE,
    BRAND_SIDE,
    Agency,
    ApiKey,
    Brand,
    Membership,
    Role,
    User,
    slug_validator,
)
from tenants.permissions import SCOPES
from tenants.sessions import end_sign_ins


class TenantError(DomainError):
    """What was asked does not fit who and what exists."""

    status = 422
    code = "invalid"


class _Place(NamedTuple):
    agency: Agency | None
    brand: Brand | None


def check_slug(slug: str) -> None:
    """Raises TenantError for what cannot be part of a host name."""
    try:
        slug_validator(slug)
    except ValidationError as error:
        raise TenantError(f"{slug!r} is not a slug: lower-case letters, digits and hyphens, at most 40") from error


def check_name(*texts: str) -> None:
    """Raises TenantError for names that are not one line each."""
    if not all(map(is_one_line, texts)):
        raise TenantError(say(*NOT_ONE_LINE))


@transaction.atomic
def create_agency(name: str, *, slug: str, is_demo: bool = False) -> tuple[Agency, bool]:
    """The agency and whether it is new. Raises TenantError where the slug stands for another name."""
    check_slug(slug)
    check_name(name)
    agency, is_new = Agency.objects.get_or_create(slug=slug, defaults={"name": name, "is_demo": is_demo})
    if agency.name != name:
        raise TenantError(f"The agency {slug} exists and is called {agency.name}")
    return agency, is_new


@transaction.atomic
def create_user(
    email: str,
    *,
    role: Role,
    agency: Agency | None = None,
    brand: Brand | None = None,
    password: str | None = None,
    name: str = "",
) -> tuple[User, bool]:
    """The user, holding the role, and whether anything is new. A password given is set, also for a user who exists.

    owner, admin and finance belong to an agency; the other roles to a brand; operator to neither. Who becomes an owner
    or admin signs in anew: she needs a second factor from then on. Raises TenantError
    where role and place do not fit, where she would stand on both sides of a brand, for a weak password, and for a name
    that is not one line.
    """
    check_name(name)
    place = _place_of(role, agency, brand)
    user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(email, name=name)
    if password is not None:
        set_password(user, password)
    if brand is not None:
        _refuse_both_sides(user, role, brand)
    elif (
        agency is not None
        and Membership.objects.filter(
            user=user, role__in=BRAND_SIDE, brand__in=Brand.objects.filter(agency=agency)
        ).exists()
    ):
        raise TenantError(f"{user.email} stands on a brand's side already, in a brand of {agency.name}")
    _, is_added = Membership.objects.get_or_create(user=user, role=role, agency=place.agency, brand=place.brand)
    if is_added and role in (Role.OWNER, Role.ADMIN):
        end_sign_ins(user)
    return user, is_new or is_added


def set_password(user: User, password: str) -> None:
    """Raises TenantError for one that is too weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise TenantError(" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])


def set_pin(user: User, pin: str) -> None:
    """The six digits by which she proves herself where she came by a report's link. Raises TenantError for others."""
    if not re.fullmatch(r"[0-9]{6}", pin) or len(set(pin)) < 3 or pin in "0123456789 9876543210":
        raise TenantError(
            say(
                "确认码为 6 位数字，不能是连号，且至少有 3 个不同的数字。",
                "A PIN is six digits, not in a row, three different ones at least.",
            ),
            code="weak_pin",
        )
    user.pin = make_password(pin)
    user.save(update_fields=["pin"])


def create_api_key(
    brand: Brand,
    *,
    name: str,
    scopes: Sequence[str],
    made_by: User | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a key of the brand and return it: only its hash is kept. Raises TenantError for a scope there is not, and
    for a name that is not one line."""
    check_name(name)
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise TenantError(f"Unknown scopes: {', '.join(unknown)}. There are: {', '.join(sorted(SCOPES))}")
    key = f"siyu_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(
        brand=brand,
        name=name,
        digest=digest_of(key),
        prefix=key[:9],
        scopes=sorted(set(scopes)),
        made_by=made_by,
        expires_at=expires_at,
    )
    return key


def _place_of(role: Role, agency: Agency | None, brand: Brand | None) -> _Place:
    """Where a membership of this role stands."""
    if agency and brand and brand.agency_id != agency.pk:
        raise TenantError(f"The brand {brand.slug} is not served by {agency.name}")
    if role in AGENCY_WIDE:
        if agency is None or brand is not None:
            raise TenantError(f"The role {role} belongs to an agency: name it, and no brand")
        return _Place(agency, None)
    if role == Role.OPERATOR:
        if agency or brand:
            raise TenantError("The role operator belongs to the installation: name neither agency nor brand")
        return _Place(None, None)
    if brand is None:
        raise TenantError(f"The role {role} belongs to a brand: name it")
    return _Place(brand.agency if role in AGENCY_IN_BRAND else None, brand)


def _refuse_both_sides(user: User, role: Role, brand: Brand) -> None:
    others = Membership.objects.filter(user=user)
    if role in BRAND_SIDE:
        other_side = others.filter(agency=brand.agency_id, brand=None) | others.filter(
            role__in=AGENCY_IN_BRAND, brand=brand
        )
        side = "the agency's"
    else:
        other_side, side = others.filter(role__in=BRAND_SIDE, brand=brand), "the brand's"
    if other_side.exists():
        raise TenantError(f"{user.email} stands on {side} side of {brand.slug} already")

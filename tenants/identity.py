"""Who is calling, and what she is in this brand."""

from dataclasses import dataclass
from typing import Literal, cast

from django.db.models import Q
from django.http import HttpRequest

from tenants.models import AGENCY_IN_BRAND, AGENCY_WIDE, BRAND_SIDE, ApiKey, Brand, Membership, Role, User

Side = Literal["agency", "brand"]


@dataclass(frozen=True)
class Identity:
    """A user or an API key in one brand. `roles` are a user's, `scopes` a key's; a key's `maker` bounds what it may."""

    brand: Brand
    user: User | None = None
    key: ApiKey | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] = frozenset()
    maker: "Identity | None" = None

    @property
    def label(self) -> str:
        """`user:7` or `key:12`, for records of who did it."""
        return f"key:{self.key.pk}" if self.key else f"user:{self.user.pk}" if self.user else "nobody"

    @property
    def side(self) -> Side:
        """Whose side she stands on. A key stands where its maker does; one made by command, on the agency's."""
        if self.key:
            return self.maker.side if self.maker else "agency"
        return "brand" if self.roles & set(BRAND_SIDE) else "agency"

    @property
    def sees_all_projects(self) -> bool:
        """False for agency people below admin: they see the projects where they hold a seat (projects decides)."""
        if self.key:
            return self.maker.sees_all_projects if self.maker else True
        return self.side == "brand" or bool(self.roles & set(AGENCY_WIDE))


def brand_asked_for(request: HttpRequest) -> Brand:
    """The brand whose site the request is for (siyu.hosts); only on brands' sites."""
    return cast(Brand, request.brand)  # type: ignore[attr-defined]


def identify_user(user: User, brand: Brand) -> Identity | None:
    """The user in this brand; None where she has no role in it. Roles in a whole agency count in its brands only."""
    if not user.is_active:
        return None
    here = (
        Q(role__in=AGENCY_WIDE, agency=brand.agency_id)
        | Q(role__in=AGENCY_IN_BRAND, agency=brand.agency_id, brand=brand)
        | Q(role__in=BRAND_SIDE, brand=brand)
    )
    roles = frozenset(Role(role) for role in Membership.objects.filter(here, user=user).values_list("role", flat=True))
    on_both_sides = bool(roles & set(BRAND_SIDE)) and bool(roles - set(BRAND_SIDE))
    if not roles or on_both_sides:
        return None
    return Identity(brand=brand, user=user, roles=roles)


def identify_key(key: ApiKey) -> Identity | None:
    """The key in its brand; None where the person who made it has no role there any more."""
    maker = None
    if key.made_by is not None:
        maker = identify_user(key.made_by, key.brand)
        if maker is None:
            return None
    return Identity(brand=key.brand, key=key, scopes=frozenset(key.scopes), maker=maker)

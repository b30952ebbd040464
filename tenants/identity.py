"""Who is calling, and what she is in this brand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

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
    is_proven: bool = True  # False: on the brand's side, and not sure enough to be she for what binds the brand
    link: int | None = None  # the report link she came by; it opens that report and nothing else

    @property
    def label(self) -> str:
        """`user:7`, `user:7 link:3` (by a report's link) or `key:12`, for records of who did it."""
        if self.key:
            return f"key:{self.key.pk}"
        person = f"user:{self.user.pk}" if self.user else "nobody"
        return f"{person} link:{self.link}" if self.link else person

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
    return identity_among(list(Membership.objects.filter(user=user)), user, brand)


def identity_among(memberships: Iterable[Membership], user: User, brand: Brand) -> Identity | None:
    """The same from all of the user's memberships, already read."""
    here = [row for row in memberships if _counts_in(row, brand)]
    roles = frozenset(Role(row.role) for row in here)
    on_both_sides = bool(roles & set(BRAND_SIDE)) and bool(roles - set(BRAND_SIDE))
    if not roles or on_both_sides:
        return None
    return Identity(brand=brand, user=user, roles=roles, is_proven=all(row.is_vouched for row in here))


def _counts_in(membership: Membership, brand: Brand) -> bool:
    if membership.role in AGENCY_WIDE:
        return membership.agency_id == brand.agency_id
    if membership.role in AGENCY_IN_BRAND:
        return membership.agency_id == brand.agency_id and membership.brand_id == brand.pk
    return membership.role in BRAND_SIDE and membership.brand_id == brand.pk


def identify_key(key: ApiKey) -> Identity | None:
    """The key in its brand; None where the person who made it has no role there any more."""
    maker = None
    if key.made_by is not None:
        maker = identify_user(key.made_by, key.brand)
        if maker is None:
            return None
    return Identity(brand=key.brand, key=key, scopes=frozenset(key.scopes), maker=maker)

"""Which sites a person may enter, and where they are."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q

from tenants.identity import identity_among
from tenants.models import AGENCY_IN_BRAND, AGENCY_WIDE, Brand, Membership, User


@dataclass(frozen=True)
class Site:
    """One site she may enter. `address` signs her in there if she is signed in on the host it was made for."""

    name: str
    host: str
    address: str
    is_here: bool
    brand: Brand | None = None


def brands_of(user: User) -> list[Brand]:
    """The active brands that the user may enter, by name. In public."""
    memberships = list(Membership.objects.filter(user=user))
    agencies = {row.agency_id for row in memberships if row.role in AGENCY_WIDE}
    brands = Brand.objects.filter(
        Q(agency__in=agencies) | Q(pk__in=[row.brand_id for row in memberships if row.brand_id]),
        state=Brand.State.ACTIVE,
    )
    return [brand for brand in brands.order_by("name", "slug") if identity_among(memberships, user, brand)]


def sites_of(user: User, here: str) -> list[Site]:
    """The agency's site first, for people of an agency, then her brands' by name. `here`: the host she is on."""
    found = []
    if Membership.objects.filter(user=user, role__in=(*AGENCY_WIDE, *AGENCY_IN_BRAND)).exists():
        found.append(_site("", settings.BASE_DOMAIN, here))
    return found + [_site(brand.name, host_of_brand(brand), here, brand) for brand in brands_of(user)]


def site_of(brand: Brand, here: str) -> Site:
    """The brand's site, as one gets there from the host `here`."""
    return _site(brand.name, host_of_brand(brand), here, brand)


def host_of_brand(brand: Brand) -> str:
    return f"{brand.slug}.{settings.BASE_DOMAIN}"


def url_of(host: str) -> str:
    """`http://acme.localhost:8000/`."""
    return f"https://{host}/" if settings.HTTPS else f"http://{host}:{settings.PORT}/"


def _site(name: str, host: str, here: str, brand: Brand | None = None) -> Site:
    is_here = host == here
    address = url_of(host) if is_here else f"{url_of(host)}enter/?{urlencode({'via': here})}"
    return Site(name, host, address, is_here, brand)

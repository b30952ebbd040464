"""What is asked of the portfolio, by whom, and its reading brand by brand: for the page and for the file."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from siyu.brands import enter_brand
from tenants.identity import identify_user
from tenants.models import Membership, Role, User
from tenants.permissions import Act, may
from tenants.queries import Site, sites_of
from workplace.portfolio import Standing, read_standings
from workplace.views import read_month


@dataclass(frozen=True)
class LeadOver:
    """A PM among the brands shown. `brands`: ids of those she is PM of."""

    pk: int
    name: str
    brands: frozenset[int]


@dataclass(frozen=True)
class Asked:
    """`sites`: the brands that `user` looks over, of one lead's where one is asked for; `leads`: of all of them;
    `month`: its first day, none to come."""

    user: User
    sites: list[Site]
    leads: list[LeadOver]
    lead: LeadOver | None
    month: date
    now: datetime


def read_asked(request: HttpRequest) -> Asked:
    """Raises PermissionDenied for who looks over no brand."""
    assert isinstance(request.user, User)  # noqa: S101 - what login_required has settled, said to the type checker
    sites = overseen_sites(request.user)
    if not sites:
        raise PermissionDenied
    leads = leads_over(sites)
    lead = next((one for one in leads if str(one.pk) == request.GET.get("pm")), None)
    if lead is not None:
        sites = [site for site in sites if site.brand and site.brand.pk in lead.brands]
    now = timezone.now()
    this = timezone.localdate(now).replace(day=1)
    return Asked(request.user, sites, leads, lead, min(read_month(request.GET.get("month")) or this, this), now)


def read_site(asked: Asked, site: Site) -> list[Standing]:
    """The projects of one brand, by code."""
    assert site.brand is not None  # noqa: S101 - sites of brands only
    identity = identify_user(asked.user, site.brand)
    if identity is None:
        return []
    runs = asked.month == timezone.localdate(asked.now).replace(day=1)
    with enter_brand(site.brand.schema_name):
        found = read_standings(identity, None if runs else asked.month, asked.now)
    return [standing for standing in found if asked.lead is None or asked.lead.pk in standing.led_by]


def overseen_sites(user: User) -> list[Site]:
    """The brands that the user may look over, by name."""
    return [site for site in sites_of(user, settings.BASE_DOMAIN) if site.brand and _oversees(user, site)]


def _oversees(user: User, site: Site) -> bool:
    identity = identify_user(user, site.brand) if site.brand else None
    return identity is not None and may(identity, Act.READ_COSTS, identity.brand)


def leads_over(sites: list[Site]) -> list[LeadOver]:
    """The PMs of these brands, by name. One question for all."""
    brands = [site.brand.pk for site in sites if site.brand]
    held = Membership.objects.filter(role=Role.PM, brand__in=brands).select_related("user")
    by_user: dict[int, tuple[str, set[int]]] = {}
    for one in held:
        by_user.setdefault(one.user.pk, (str(one.user), set()))[1].add(one.brand_id or 0)
    found = [LeadOver(pk, name, frozenset(of)) for pk, (name, of) in by_user.items()]
    return sorted(found, key=lambda one: (one.name, one.pk))

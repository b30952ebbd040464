"""What stands around a page: where one can go, who one is here, how far the data reach."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone

from kpi.marks import read_extent
from projects.models import Project
from projects.queries import seen_projects, zone_of
from siyu.brands import enter_brand
from siyu.periods import DAY, local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.models import Brand, Membership, User
from tenants.permissions import TABLE, Act
from workplace.sections import Tab, tabs
from workplace.words import role_title

register = template.Library()
FRONT = 3  # sections in reach of a thumb, beside today and all the others


@dataclass(frozen=True)
class Shell:
    """`project`: the page's; `near`: that, or the only one she may see; `sections`: its own, and `daily`, `agreed` and
    `kept` the same by what they are for; `front`: those in reach of a thumb; `role`: hers here. `through`: the last
    local day with a fact; `is_late`: yesterday's facts should be there and are not. `has_portfolio`: she may look over
    brands, on the agency's site."""

    role: str
    project: Project | None
    near: Project | None
    sections: list[Tab]
    through: date | None
    is_late: bool
    has_portfolio: bool = False

    @property
    def home(self) -> str:
        return say("今日", "Today")

    @property
    def portfolio(self) -> str:
        return say("项目组合", "Portfolio")

    @property
    def daily(self) -> list[Tab]:
        return [tab for tab in self.sections if tab.part == "daily"]

    @property
    def agreed(self) -> list[Tab]:
        return [tab for tab in self.sections if tab.part == "agreed"]

    @property
    def kept(self) -> list[Tab]:
        return [tab for tab in self.sections if tab.part == "kept"]

    @property
    def front(self) -> list[Tab]:
        return self.daily[:FRONT]


@register.simple_tag(takes_context=True)
def shell(context: dict[str, Any]) -> Shell:
    """Of the page being shown; one question to the brand where the page is of a project."""
    request: HttpRequest | None = context.get("request")
    identity: Identity | None = getattr(request, "identity", None)
    project = context.get("project")
    role = role_title(identity) if identity else ""
    if request is None or identity is None:
        return Shell(role, None, None, [], None, is_late=False, has_portfolio=_oversees(request))
    if not isinstance(project, Project):
        near = _only_project(identity)
        found = tabs(identity, near, "") if near else []
        return Shell(role, None, near, found, None, is_late=False)
    found = context.get("tabs") or tabs(identity, project, "")
    through = read_extent(project.pk).facts_through
    yesterday = min(local_day(timezone.now(), zone_of(project)) - DAY, project.ends_on)
    is_late = through is not None and through < yesterday
    return Shell(role, project, project, found, through, is_late=is_late)


@register.filter
def initial(name: object) -> str:
    """The first letter or character of a name, past quotes and signs; of a name without any, its first sign."""
    text = str(name)
    return next((sign for sign in text if sign.isalnum()), text[:1]).upper()


def _only_project(identity: Identity) -> Project | None:
    """Where there is one she may know of, its sections are what she looks for on every page of the brand."""
    with enter_brand(identity.brand.schema_name):
        found = seen_projects(identity, timezone.now())
    return found[0] if len(found) == 1 and identity.link is None else None


def _oversees(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    if getattr(request, "brand", None) is not None or not isinstance(user, User):
        return False
    roles = TABLE[Act.READ_COSTS].roles
    return Membership.objects.filter(user=user, role__in=roles, agency__brands__state=Brand.State.ACTIVE).exists()

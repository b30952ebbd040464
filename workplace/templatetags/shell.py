"""What stands around a page: where one can go, who one is here, how far the data reach."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone

from kpi.marks import read_extent
from projects.models import Project
from projects.queries import zone_of
from siyu.periods import DAY, local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.models import Membership, User
from tenants.permissions import TABLE, Act
from workplace.sections import Tab, tabs
from workplace.words import role_title

register = template.Library()


@dataclass(frozen=True)
class Shell:
    """`sections`: of the project, by what they are for; `front`: those in reach of a thumb; `role`: hers here.
    `through`: the last local day with a fact; `is_late`: yesterday's facts should be there and are not.
    `has_portfolio`: she may look over brands, on the agency's site."""

    role: str
    project: Project | None
    daily: list[Tab]
    agreed: list[Tab]
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
    def front(self) -> list[Tab]:
        return self.daily[:4]


@register.simple_tag(takes_context=True)
def shell(context: dict[str, Any]) -> Shell:
    """Of the page being shown; one question to the brand where the page is of a project."""
    request: HttpRequest | None = context.get("request")
    identity: Identity | None = getattr(request, "identity", None)
    project = context.get("project")
    role = role_title(identity) if identity else ""
    if request is None or identity is None or not isinstance(project, Project):
        return Shell(role, None, [], [], None, is_late=False, has_portfolio=_oversees(request))
    found: list[Tab] = context.get("tabs") or tabs(identity, project, "")
    through = read_extent(project.pk).facts_through
    yesterday = min(local_day(timezone.now(), zone_of(project)) - DAY, project.ends_on)
    return Shell(
        role,
        project,
        [tab for tab in found if not tab.is_agreed],
        [tab for tab in found if tab.is_agreed],
        through,
        is_late=through is not None and through < yesterday,
    )


def _oversees(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    if getattr(request, "brand", None) is not None or not isinstance(user, User):
        return False
    return Membership.objects.filter(user=user, role__in=TABLE[Act.READ_COSTS].roles).exists()

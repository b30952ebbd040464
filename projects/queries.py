"""What was agreed: reads over one brand's projects. Runs inside the brand."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied

from guides.models import Guide, Placement
from guides.queries import guide_of_user, placements, placements_elsewhere
from projects.models import Account, Definition, Keeper, Project, TeamSeat
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import say
from siyu.remembering import asked_once
from tenants.identity import Identity
from tenants.models import Brand, User
from tenants.permissions import Act, may

PROJECT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
GUIDE_ROLE = "guide"  # a seat's role where the seat is a placement
SEAT_ORDER = [*TeamSeat.Role.values[:3], GUIDE_ROLE, *TeamSeat.Role.values[3:]]


def project_of_code(code: str) -> Project:
    """Raises Project.DoesNotExist, also for what can be no project's code."""
    if not PROJECT_CODE.fullmatch(code):
        raise Project.DoesNotExist
    return Project.objects.get(code=code)


def zone_of(project: Project) -> ZoneInfo:
    return ZoneInfo(project.timezone)


def local_minute(at: str, project: Project) -> str:
    """An RFC 3339 instant as REST answers it, in the project's zone: `2026-01-05 14:00`."""
    return f"{datetime.fromisoformat(at).astimezone(zone_of(project)):%Y-%m-%d %H:%M}"


# -- Who sees which project -------------------------------------------------------------------------------------------


def seen_projects(identity: Identity, now: datetime) -> list[Project]:
    """The projects she may know of, by code: all, or those where she holds a seat today (in the project's zone)."""
    projects = Project.objects.order_by("code")
    if not identity.sees_all_projects:
        projects = projects.filter(pk__in=_seated(identity, now))
    return list(projects)


def is_seen(identity: Identity, project: Project, now: datetime) -> bool:
    return identity.sees_all_projects or project.pk in _seated(identity, now)


def guide_alone(identity: Identity, whole: Act) -> Guide | None:
    """The guide to whose own part of a project the caller is bound, since she may not see the whole; None if she may.

    Raises PermissionDenied for a guide's role without a guide behind it.
    """
    if may(identity, whole, identity.brand):
        return None
    guide = guide_of_user(identity.user.pk) if identity.user else None
    if guide is None:
        raise PermissionDenied
    return guide


def _seated(identity: Identity, now: datetime) -> set[int]:
    """Projects (ids) where the user, or the maker of the key, holds a seat on the local day of `now`."""
    user = identity.user or (identity.maker.user if identity.maker else None)
    if user is None:
        return set()
    found = set()
    for seat in TeamSeat.objects.filter(user_id=user.pk).select_related("project"):
        if _covers(seat.starts_on, seat.ends_on, local_day(now, zone_of(seat.project))):
            found.add(seat.project.pk)
    guide = guide_of_user(user.pk)
    if guide is not None:
        by_code = {project.code: project for project in Project.objects.all()}
        for placement in Placement.objects.filter(guide=guide, brand=identity.brand):
            project = by_code.get(placement.project)
            if project and _covers(placement.starts_on, placement.ends_on, local_day(now, zone_of(project))):
                found.add(project.pk)
    return found


def _covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


# -- The definition sheet ---------------------------------------------------------------------------------------------


def newest_definition(project: Project) -> Definition:
    """Every project has one from its making on."""
    return Definition.objects.filter(project=project).latest("version")


@asked_once
def definition_in_use(project: Project) -> Definition:
    """The newest version until both sides have approved one, from then on the newest approved by both."""
    versions = Definition.objects.filter(project=project).order_by("-version")
    approved = versions.filter(agency_approved_at__isnull=False, brand_approved_at__isnull=False)
    return approved.first() or newest_definition(project)


# -- Team and accounts ------------------------------------------------------------------------------------------------


def people(user_ids: Iterable[int | None]) -> dict[int, User]:
    """Users by id. Read in public: a brand's role sees no users."""
    with enter_public():
        return User.objects.in_bulk({user_id for user_id in user_ids if user_id is not None})


class Seat(NamedTuple):
    """A seat as both sides see it. `holder` is a user's e-mail, or a guide's code where role is "guide"."""

    role: str
    holder: str
    name: str
    share: Decimal
    starts_on: date
    ends_on: date | None
    warnings: list[str]


def seats(project: Project, brand: Brand, *, for_agency: bool = False) -> list[Seat]:
    """The team, past and future seats included, by role, first day and holder. `for_agency`: warned of what guides do
    for other brands too, which no brand may know."""
    rows = list(TeamSeat.objects.filter(project=project))
    users = people(seat.user_id for seat in rows)
    found = [
        Seat(seat.role, user.email, str(user), seat.share, seat.starts_on, seat.ends_on, [])
        for seat in rows
        for user in [users[seat.user_id]]
    ]
    here = placements(brand.pk, project.code)
    elsewhere = _placed_elsewhere(brand, here) if for_agency else []
    for placed in here:
        guide, warnings = placed.guide, kind_warnings(placed, brand, elsewhere)
        found.append(Seat(GUIDE_ROLE, guide.code, guide.name, placed.share, placed.starts_on, placed.ends_on, warnings))
    return sorted(found, key=lambda seat: (SEAT_ORDER.index(seat.role), seat.starts_on, seat.holder))


def _placed_elsewhere(brand: Brand, here: Iterable[Placement]) -> list[Placement]:
    guides = {placed.guide_id for placed in here if placed.guide.kind == Guide.Kind.BRAND}
    with enter_public():
        return placements_elsewhere(brand.pk, guides)


def kind_warnings(placed: Placement, brand: Brand, elsewhere: Iterable[Placement] = ()) -> list[str]:
    """A placement outside a guide's kind is warned of, not refused: of a category guide where the brand's category is
    neither hers nor among her skills, or hers is not known; of a brand guide on days on which she serves another brand
    too."""
    guide = placed.guide
    if guide.kind == Guide.Kind.BRAND and any(_overlaps(placed, other) for other in elsewhere):
        return [
            say(
                f"品牌型导购 {guide.code} 在这段时间还服务其他品牌",
                f"The brand guide {guide.code} serves another brand too in this time",
            )
        ]
    if guide.kind != Guide.Kind.CATEGORY or brand.category in (guide.category, *guide.skills):
        return []
    if guide.category:
        return [
            say(
                f"类目型导购 {guide.code} 的类目是 {guide.category}，品牌的类目是 {brand.category}",
                f"The category guide {guide.code} knows {guide.category}; the brand's category is {brand.category}",
            )
        ]
    return [
        say(
            f"类目型导购 {guide.code} 没有写类目，无法核对是否适合 {brand.category}；"
            f"可在她的技能里写上 {brand.category}",
            f"The category guide {guide.code} has no category: whether she suits {brand.category} is not known. "
            f"Write {brand.category} among her skills if she does",
        )
    ]


def _overlaps(one: Placement, other: Placement) -> bool:
    return (
        one.guide_id == other.guide_id
        and one.starts_on <= (other.ends_on or date.max)
        and other.starts_on <= (one.ends_on or date.max)
    )


def keeper_histories(accounts: Iterable[Account]) -> dict[int, list[Keeper]]:
    """By account id, who keeps it since when, ascending."""
    found: dict[int, list[Keeper]] = {account.pk: [] for account in accounts}
    for keeper in Keeper.objects.filter(account__in=list(found)).select_related("guide").order_by("since"):
        found[keeper.account_id].append(keeper)
    return found

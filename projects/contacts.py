"""The brand's contacts of a project, and its activation: DOMAIN 1 (甲方角色). Runs inside the brand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from projects.audit import SIYU, record
from projects.models import BrandContact, Project, TeamSeat
from projects.queries import zone_of
from projects.services import fault, locked
from siyu.periods import local_day
from siyu.problems import DomainError, say

NEEDED = (BrandContact.Role.MANAGER, BrandContact.Role.AFTERSALES, BrandContact.Role.REVIEWER)


class ActivationRefusedError(DomainError):
    status = 409
    code = "activation_refused"


class ContactWish(NamedTuple):
    role: str
    name: str
    email: str
    part_time: bool


@transaction.atomic
def put_contacts(project: Project, wishes: Sequence[ContactWish], *, by: str = SIYU) -> None:
    """Make these the project's contacts, at most one of each role."""
    project = locked(project)
    before = _as_agreed(project)
    BrandContact.objects.filter(project=project).delete()
    BrandContact.objects.bulk_create(BrandContact(project=project, **wish._asdict()) for wish in wishes)
    record(project, "contacts", before, _as_agreed(project), by=by)


def _as_agreed(project: Project) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ContactWish._fields} for row in contacts_of(project)]


def contacts_of(project: Project) -> list[dict[str, Any]]:
    """{role, name, email, part_time, warnings} of each, in the roles' order."""
    order = BrandContact.Role.values
    rows = sorted(BrandContact.objects.filter(project=project), key=lambda contact: order.index(contact.role))
    by_role = {contact.role: contact for contact in rows}
    return [
        {
            "role": contact.role,
            "name": contact.name,
            "email": contact.email,
            "part_time": contact.part_time,
            "warnings": _warnings(contact, by_role),
        }
        for contact in rows
    ]


def _warnings(contact: BrandContact, by_role: Mapping[str, BrandContact]) -> list[str]:
    """After-sales and review may be shared; a manager who is not there for this alone is flagged."""
    if contact.role != BrandContact.Role.MANAGER:
        return []
    shared = [
        other
        for role, other in by_role.items()
        if role in NEEDED[1:] and (other.name, other.email) == (contact.name, contact.email)
    ]
    if contact.part_time or shared:
        return [say("私域经理为兼职", "The brand's manager works part-time on this")]
    return []


def missing_for_activation(project: Project, now: datetime) -> list[dict[str, str]]:
    """What an active project needs and this one lacks, a flaw each: the three contacts, and a PM on the day (its first
    day, if that is still to come)."""
    named = set(BrandContact.objects.filter(project=project).values_list("role", flat=True))
    missing = [
        fault(
            "/contacts",
            f"no_{role}",
            say(f"品牌方尚未指定{role.label}", f"The brand has named no {role.value.removeprefix('brand_')}"),
        )
        for role in NEEDED
        if role not in named
    ]
    day = max(local_day(now, zone_of(project)), project.starts_on)
    if not has_seat(project, TeamSeat.Role.PM, day):
        missing.append(fault("/team", "no_pm", say(f"{day} 没有项目经理", f"There is no PM on {day}")))
    return missing


def has_seat(project: Project, role: str, day: date) -> bool:
    return (
        TeamSeat.objects.filter(project=project, role=role, starts_on__lte=day)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))
        .exists()
    )


@transaction.atomic
def activate_project(project: Project, *, by: str) -> Project:
    """Said again it changes nothing. Raises ActivationRefusedError naming each thing that is missing, and for a closed
    project."""
    project = locked(project)
    if project.state == Project.State.ACTIVE:
        return project
    if project.state == Project.State.CLOSED:
        raise ActivationRefusedError(say("项目已结束", "The project is closed"))
    missing = missing_for_activation(project, timezone.now())
    if missing:
        detail = say("；", "; ").join(flaw["message"] for flaw in missing)
        raise ActivationRefusedError(detail, errors=missing)
    return _set_state(project, Project.State.ACTIVE, by)


@transaction.atomic
def close_project(project: Project, *, by: str) -> Project:
    """End an active project: no more reports are sent of it. Said again it changes nothing."""
    project = locked(project)
    if project.state == Project.State.DRAFT:
        raise ActivationRefusedError(say("项目尚未启动", "The project is not active yet"))
    return project if project.state == Project.State.CLOSED else _set_state(project, Project.State.CLOSED, by)


def _set_state(project: Project, state: str, by: str) -> Project:
    before, project.state = project.state, state
    project.save(update_fields=["state"])
    record(project, "state", before, str(state), by=by)
    return project

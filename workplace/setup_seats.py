"""Seats for people who have a role in the brand and none in the project yet: one choice instead of a typed address."""

from datetime import date, datetime

from django.urls import reverse

from projects.api import seat_dict, seat_wishes
from projects.models import Project, TeamSeat
from projects.queries import seats, zone_of
from projects.services import ProjectConflictError, fault
from projects.team import put_team
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import say
from tenants.models import Brand, Membership, Role
from workplace.blocks import Block, Choice, Form, Heading, Note, Typed

SEATED = (Role.PM, Role.OPS, Role.CONTENT)  # whose role in the brand is a seat in its projects
PARTS = ("role", "user", "guide", "share", "from", "to")


def unseated(project: Project, brand: Brand, now: datetime) -> list[Membership]:
    """Members of these roles who hold no seat of their role today or later, project managers first."""
    day = local_day(now, zone_of(project))
    held = {
        (seat.user_id, seat.role)
        for seat in TeamSeat.objects.filter(project=project)
        if seat.ends_on is None or seat.ends_on >= day
    }
    with enter_public():
        rows = Membership.objects.filter(brand=brand, role__in=SEATED, user__is_active=True).select_related("user")
        found = [row for row in rows if (row.user_id, row.role) not in held]
    return sorted(found, key=lambda row: (SEATED.index(Role(row.role)), row.user.email))


def seat_blocks(project: Project, brand: Brand, typed: Typed, now: datetime) -> list[Block]:
    """The form, where there is somebody to seat."""
    people = unseated(project, brand, now)
    if not people:
        return []
    note = say(
        "已加入品牌、还没有在本项目任职的人。有席位才能看到项目；日期和占比可在“团队”中修改。",
        "Who is in the brand and not in this project yet. A seat shows her the project; Team changes days and shares.",
    )
    choices: list[Choice] = [(str(row.pk), f"{row.user} · {Role(row.role).label}") for row in people]
    fields = [
        typed.field("/member", say("成员", "Person"), choices[0][0], "select", choices),
        typed.field("/from", say("从", "From"), str(_begin(project, now)), "date"),
    ]
    form = Form(reverse("seat_member", args=[project.code]), "seat", say("安排席位", "Give the seat"), fields)
    return [Heading(say("安排席位", "Seats"), "seats"), Note(note), form]


def seat_member(project: Project, brand: Brand, member: str, since: str, *, by: str, now: datetime) -> Membership:
    """A further seat beside those that are there. Raises ProjectConflictError for who waits for none, and what put_team
    raises: a second PM at one time."""
    row = next((row for row in unseated(project, brand, now) if str(row.pk) == member), None)
    if row is None:
        detail = say("请选择成员", "Choose a person")
        raise ProjectConflictError(detail, status=422, errors=[fault("/member", "unknown", detail)])
    kept = [seat_dict(seat) for seat in seats(project, brand)]
    bodies = [{name: seat[name] for name in PARTS if name in seat} for seat in kept]
    wished = {"role": row.role, "user": row.user.email, "share": "1", "from": since or str(_begin(project, now))}
    put_team(brand, project, seat_wishes(project, [*bodies, wished]), by=by)
    return row


def _begin(project: Project, now: datetime) -> date:
    """From the term's first day while nobody worked before her; a running project's newcomer from today."""
    if project.state == Project.State.DRAFT:
        return project.starts_on
    return max(local_day(now, zone_of(project)), project.starts_on)

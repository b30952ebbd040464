"""The team of a project: who holds which seat from when to when. A guide's seat is her placement (guides.services)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from guides.models import Guide
from guides.queries import ever_placed, guides_by_code
from guides.services import GuideRetiredError, SharesOverFullError, Stint, replace_placements
from projects.audit import SIYU, record
from projects.models import Keeper, Project, TeamSeat
from projects.queries import GUIDE_ROLE, seats
from projects.services import ask_to_assign, fault, locked
from siyu.brands import enter_public
from siyu.numbers import span
from siyu.problems import DomainError, say
from tenants.models import AGENCY_IN_BRAND, AGENCY_WIDE, Brand, Membership, User


class TeamRefusedError(DomainError):
    status = 422
    code = "team_refused"


class SeatWish(NamedTuple):
    """`holder`: the e-mail of a user, or a guide's code where role is "guide". Both days included; None: open."""

    role: str
    holder: str
    share: Decimal
    starts_on: date
    ends_on: date | None


@transaction.atomic
def put_team(brand: Brand, project: Project, wishes: Sequence[SeatWish], *, by: str = SIYU) -> None:
    """Make these the seats of the project; rows that stay the same are kept.

    Raises TeamRefusedError naming the seats at fault (an unknown holder, one person twice in a role at a time, two PMs
    at an instant), or the keeper who would be left without any seat; and what guides.services.replace_placements
    raises, with the seats of the guide who has retired or whose shares are too many.
    """
    project = locked(project)
    was = _as_agreed(project, brand)
    keeper_ids = set(Keeper.objects.filter(guide__isnull=False).values_list("guide_id", flat=True))
    with enter_public():
        users, guides = _users_of_agency(brand, wishes), _guides_of_agency(brand, wishes)
    flaws = list(_unknown_holders(wishes, users, guides))
    flaws += _overlaps(wishes)
    if flaws:
        raise TeamRefusedError(
            flaws[0]["message"] if len(flaws) == 1 else say("席位不符合要求", "The seats are not valid"), errors=flaws
        )
    _replace_seats(project, [(wish, users[wish.holder]) for wish in wishes if wish.role != GUIDE_ROLE])
    stints = [
        Stint(guides[wish.holder], wish.share, wish.starts_on, wish.ends_on)
        for wish in wishes
        if wish.role == GUIDE_ROLE
    ]
    with enter_public():
        try:
            replace_placements(brand, project.code, stints)
        except GuideRetiredError as refusal:
            refusal.errors = [
                fault(f"/{place}/guide", "retired", refusal.detail)
                for place, wish in enumerate(wishes)
                if wish.role == GUIDE_ROLE and Stint(guides[wish.holder], *wish[2:]) == refusal.stint
            ]
            raise
        except SharesOverFullError as refusal:
            refusal.errors = [
                fault(f"/{place}/share", refusal.code, refusal.detail)
                for place, wish in enumerate(wishes)
                if wish.role == GUIDE_ROLE and wish.holder == refusal.guide
            ]
            raise
        removed = keeper_ids - ever_placed(brand.pk, keeper_ids)
        if removed:
            codes = "、".join(sorted(Guide.objects.filter(pk__in=removed).values_list("code", flat=True)))
            raise TeamRefusedError(
                say(
                    f"导购 {codes} 承接过企微号，其席位不能删除；请用 to 写明结束日期",
                    f"The guide {codes} has kept accounts: end her seat by `to` instead of removing it",
                )
            )
    now = _as_agreed(project, brand)
    record(project, "team", was, now, by=by)
    if was != now:
        ask_to_assign([project])


def _as_agreed(project: Project, brand: Brand) -> list[dict[str, Any]]:
    return [
        {
            "role": seat.role,
            "holder": seat.holder,
            "share": f"{seat.share.normalize():f}",
            "from": seat.starts_on.isoformat(),
            "to": seat.ends_on.isoformat() if seat.ends_on else None,
        }
        for seat in seats(project, brand)
    ]


def _users_of_agency(brand: Brand, wishes: Sequence[SeatWish]) -> dict[str, User]:
    """By e-mail, users who stand on the agency's side of the brand. A brand's own people hold no seat of the team."""
    emails = {wish.holder for wish in wishes if wish.role != GUIDE_ROLE}
    members = Membership.objects.filter(
        Q(role__in=AGENCY_WIDE, agency=brand.agency_id) | Q(role__in=AGENCY_IN_BRAND, brand=brand),
        user__email__in=emails,
    )
    return {member.user.email: member.user for member in members.select_related("user")}


def _guides_of_agency(brand: Brand, wishes: Sequence[SeatWish]) -> dict[str, Guide]:
    return guides_by_code(brand.agency_id, {wish.holder for wish in wishes if wish.role == GUIDE_ROLE})


def _unknown_holders(
    wishes: Sequence[SeatWish], users: Mapping[str, User], guides: Mapping[str, Guide]
) -> Iterable[dict[str, str]]:
    for place, wish in enumerate(wishes):
        if wish.role == GUIDE_ROLE and wish.holder not in guides:
            message = say(f"没有编号为 {wish.holder} 的导购", f"There is no guide {wish.holder}")
            yield fault(f"/{place}/guide", "unknown_guide", message)
        if wish.role != GUIDE_ROLE and wish.holder not in users:
            message = say(
                f"{wish.holder} 不是本品牌代运营方的成员，请先 create_user",
                f"{wish.holder} is no member of this brand's agency",
            )
            yield fault(f"/{place}/user", "unknown_user", message)


def _overlaps(wishes: Sequence[SeatWish]) -> Iterable[dict[str, str]]:
    for place, later in enumerate(wishes):
        for other, earlier in enumerate(wishes[:place]):
            from_day = max(earlier.starts_on, later.starts_on)
            to_day = min(earlier.ends_on or date.max, later.ends_on or date.max)
            if earlier.role != later.role or to_day < from_day:
                continue
            days = span(from_day, "" if to_day == date.max else to_day)
            if later.role == TeamSeat.Role.PM:
                message = say(f"{days} 有两位项目经理", f"Two PMs at a time: {days}")
                yield fault(f"/{place}", "two_pms", message)
            elif earlier.holder == later.holder:
                message = say(f"与第 {other + 1} 个席位重叠：{days}", f"It overlaps seat {other + 1}: {days}")
                yield fault(f"/{place}", "overlap", message)


def _replace_seats(project: Project, wanted: Sequence[tuple[SeatWish, User]]) -> None:
    wishes = {(wish.role, user.pk, wish.share, wish.starts_on, wish.ends_on): user for wish, user in wanted}
    kept = set()
    for seat in TeamSeat.objects.filter(project=project):
        key = (seat.role, seat.user_id, seat.share, seat.starts_on, seat.ends_on)
        if key in wishes:
            kept.add(key)
        else:
            seat.delete()
    TeamSeat.objects.bulk_create(
        TeamSeat(project=project, role=role, user=user, share=share, starts_on=first, ends_on=last)
        for (role, _, share, first, last), user in wishes.items()
        if (role, user.pk, share, first, last) not in kept
    )

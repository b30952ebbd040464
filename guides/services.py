"""Hiring, placing and retiring guides. Runs in public (siyu.brands.enter_public): a brand's role only reads guides."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from guides.models import Absence, Cost, Guide, Placement
from guides.queries import first_overload, placements
from siyu import sql
from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import DomainError, say
from tenants.models import Agency, Brand, User

GUIDE_CODE = re.compile(r"\w[\w.@-]{0,63}")
REMOVE_PLACEMENTS = Path(__file__).parent / "sql" / "remove_placements.sql"


class GuideRefusedError(DomainError):
    status = 422
    code = "guide_refused"


class GuideRetiredError(GuideRefusedError):
    """The guide of this stint has retired and can't be placed anew."""

    def __init__(self, stint: "Stint", detail: str) -> None:
        super().__init__(detail)
        self.stint = stint


class SharesOverFullError(DomainError):
    """The shares of the guide of this code would sum to more than 1 on some day."""

    status = 409
    code = "shares_over_full"

    def __init__(self, guide: str, detail: str) -> None:
        super().__init__(detail)
        self.guide = guide


class Stint(NamedTuple):
    """A guide's share (0 < share ≤ 1) of a project from a day to a day, both included; None: open."""

    guide: Guide
    share: Decimal
    starts_on: date
    ends_on: date | None


@transaction.atomic
def hire_guide(
    agency: Agency, code: str, *, name: str, kind: str, category: str = "", user: User | None = None
) -> tuple[Guide, bool]:
    """The agency's guide of this code, and whether she is new. Hired twice alike, she is hired once; a user and a
    category may be named later. Raises GuideRefusedError for a code that no guide can bear and for one that another
    guide bears."""
    if not GUIDE_CODE.fullmatch(code):
        raise GuideRefusedError(
            say(
                "导购编号由字母、数字和 . _ @ - 组成，最多 64 个字符",
                "A guide's code has letters, digits and . _ @ -, at most 64 characters",
            )
        )
    if not 0 < len(name.strip()) <= 100:
        raise GuideRefusedError(say("姓名应有 1 到 100 个字", "A name has 1 to 100 characters"))
    if not (is_one_line(name) and is_one_line(category)):
        raise GuideRefusedError(say(*NOT_ONE_LINE))
    guide, is_new = Guide.objects.get_or_create(
        agency=agency, code=code, defaults={"name": name, "kind": kind, "category": category, "user": user}
    )
    if (guide.name, guide.kind, guide.category or category) != (name, kind, category):
        raise GuideRefusedError(
            say(f"导购编号 {code} 已属于 {guide.name}", f"The code {code} is {guide.name}'s already"), status=409
        )
    if category and not guide.category:
        guide.category = category
        guide.save(update_fields=["category"])
    if user and guide.user_id is None:
        guide.user = user
        guide.save(update_fields=["user"])
    if user and guide.user_id != user.pk:
        raise GuideRefusedError(
            say(f"导购 {code} 已有登录账号", f"The guide {code} has another user already"), status=409
        )
    return guide, is_new


@transaction.atomic
def retire_guide(guide: Guide, *, on: date) -> Guide:
    """She serves nobody after the day `on`. Raises GuideRefusedError while a placement lasts longer: it is ended first,
    and her accounts are handed over, in the brand it is in."""
    guide = Guide.objects.select_for_update(no_key=True).get(pk=guide.pk)
    lasting = Placement.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=on), guide=guide).select_related("brand")
    if lasting:
        where = "、".join(sorted({f"{placement.brand.name} {placement.project}" for placement in lasting}))
        raise GuideRefusedError(
            say(f"{guide.name} 在 {on} 之后还有排班：{where}", f"{guide.name} is placed beyond {on}: {where}"),
            status=409,
        )
    if guide.retired_at is None:
        guide.retired_at = timezone.now()
        guide.save(update_fields=["retired_at"])
    return guide


class Leave(NamedTuple):
    """Days (both included) on which a guide serves nobody, and why."""

    starts_on: date
    ends_on: date
    reason: str


@transaction.atomic
def describe_guide(guide: Guide, *, skills: Sequence[str], leaves: Sequence[Leave]) -> Guide:
    """Set her skills (each once, in the order given) and make these her absences."""
    guide = Guide.objects.select_for_update(no_key=True).get(pk=guide.pk)
    guide.skills = list(dict.fromkeys(skills))
    guide.save(update_fields=["skills"])
    Absence.objects.filter(guide=guide).delete()
    Absence.objects.bulk_create(Absence(guide=guide, **leave._asdict()) for leave in leaves)
    return guide


@transaction.atomic
def set_cost(guide: Guide, monthly: Decimal, *, since: date) -> Cost:
    """What she costs a month, yuan, from the month of `since` on; earlier months keep theirs."""
    cost, _ = Cost.objects.update_or_create(guide=guide, since=since.replace(day=1), defaults={"monthly": monthly})
    return cost


@transaction.atomic
def replace_placements(brand: Brand, project: str, wanted: Sequence[Stint]) -> list[Placement]:
    """Make these the placements of one project; rows that stay the same are kept. Returns them.

    Raises GuideRetiredError for a retired guide who is placed anew, SharesOverFullError with guide, day and sum.
    """
    before = {stint_of(placement): placement for placement in placements(brand.pk, project)}
    gone = [placement for stint, placement in before.items() if stint not in wanted]
    new = [stint for stint in wanted if stint not in before]
    guides = _lock(stint.guide.pk for stint in [*before, *new])
    for stint in new:
        if guides[stint.guide.pk].retired_at is not None:
            raise GuideRetiredError(
                stint, say(f"导购 {stint.guide.code} 已离职，不能再排班", f"The guide {stint.guide.code} has retired")
            )
    sql.run(REMOVE_PLACEMENTS, {"ids": [placement.pk for placement in gone]})
    Placement.objects.bulk_create(Placement(brand=brand, project=project, **stint._asdict()) for stint in new)
    overload = first_overload(guides)
    if overload:
        guide, day, total = overload
        percent = f"{(total * 100).normalize():f} %"
        raise SharesOverFullError(
            guide.code,
            say(
                f"导购 {guide.code}（{guide.name}）{day} 的时间占比合计 {percent}，超过 100 %",
                f"The shares of guide {guide.code} ({guide.name}) sum to {percent} on {day}, more than 100 %",
            ),
        )
    return placements(brand.pk, project)


@transaction.atomic
def end_placements(brand: Brand, *, on: date) -> None:
    """The guides serve the brand until the day before `on`; what was to begin later never does."""
    Placement.objects.filter(brand=brand, starts_on__gte=on).delete()
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=on)
    Placement.objects.filter(lasting, brand=brand).update(ends_on=on - timedelta(days=1))


def stint_of(placement: Placement) -> Stint:
    return Stint(placement.guide, placement.share, placement.starts_on, placement.ends_on)


def _lock(guide_ids: Iterable[int]) -> dict[int, Guide]:
    """Lock the guides' rows, always in the same order. NO KEY: the foreign keys of others' rows need not wait."""
    locked = Guide.objects.select_for_update(no_key=True).filter(pk__in=set(guide_ids)).order_by("pk")
    return {guide.pk: guide for guide in locked}

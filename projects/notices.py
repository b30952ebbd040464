"""通知: what people are told inside the product. Runs inside the brand, in the transaction of what happened.

Any room above writes them; each is told to one person once per occasion, however often it is said. She is shown those
of projects that she still sees, about things that her role may still read, and none from the time she stood on the
other side.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from projects.models import Notice, Project, TeamSeat
from projects.queries import seen_projects, zone_of
from siyu.brands import current_schema, enter_public
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity, Side
from tenants.models import Brand, Membership, Role
from tenants.permissions import Act, may


class Kind(NamedTuple):
    """`act`: what she must be able to do for it to concern her; the words are filled with the notice's facts."""

    act: Act
    zh: str
    en: str


KINDS: Mapping[str, Kind] = {
    "report_ready": Kind(Act.SEND_REPORTS, "{report_zh}已生成，待审核后发送", "{report_en} is made and awaits review"),
    "report_sent": Kind(Act.READ_REPORTS, "{report_zh}已发送，请查看", "{report_en} was sent to you"),
    "report_seen": Kind(Act.READ_REPORTS, "品牌方已知悉{report_zh}", "The brand has acknowledged {report_en}"),
    "report_commented": Kind(Act.READ_REPORTS, "{report_zh}有新批注", "{report_en} has a new comment"),
    "report_disputed": Kind(
        Act.READ_REPORTS, "品牌方对{report_zh}提出异议，待答复", "{report_en} is disputed: answer it"
    ),
    "report_answered": Kind(Act.READ_REPORTS, "{report_zh}的异议已有答复", "Your dispute of {report_en} is answered"),
    "report_approved": Kind(Act.READ_REPORTS, "品牌方已通过{report_zh}", "The brand has approved {report_en}"),
    "deemed_soon": Kind(
        Act.APPROVE_REPORTS,
        "{report_zh}若无异议，将在 {day} 结束后视为通过",
        "Without a word from you {report_en} counts as accepted after {day}",
    ),
    "forecast_proposed": Kind(
        Act.APPROVE_CONTRACT, "预测表第 {version} 版已提出，待确认", "Version {version} of the forecast awaits approval"
    ),
    "forecast_commented": Kind(
        Act.READ_FORECAST, "预测表第 {version} 版有新评论", "Version {version} of the forecast has a new comment"
    ),
    "run_parked": Kind(
        Act.RUN_WORK, "{work_zh}多次失败，已暂停，需要处理", "{work_en} failed several times and is parked"
    ),
    "export_ready": Kind(
        Act.READ_NOTICES, "导出已完成，7 天内可下载：{title}", "Your export is ready for 7 days: {title}"
    ),
    "export_failed": Kind(Act.READ_NOTICES, "导出没有完成：{title}", "Your export was not made: {title}"),
    "fans_unassigned": Kind(
        Act.ASSIGN_FANS,
        "{fans} 位粉丝没有可承接的容量，仍未分配",
        "There is no room for {fans} fans: they stay unassigned",
    ),
}


def notify(
    project: Project,
    kind: str,
    to: Iterable[int],
    *,
    side: Side,
    occasion: str,
    subject: str,
    facts: Mapping[str, str | int],
    now: datetime,
) -> None:
    """Tell each of the users (ids) who stand on `side`; one who was told of the occasion already is told nothing."""
    rows = [
        Notice(
            project=project, user_id=user, side=side, kind=kind, occasion=occasion, subject=subject,
            facts=dict(facts), at=now,
        )
        for user in sorted(set(to))
    ]  # fmt: skip
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def is_told(occasion: str) -> bool:
    """Whether anyone was told of it."""
    return Notice.objects.filter(occasion=occasion).exists()


# -- Whom to tell -----------------------------------------------------------------------------------------------------


def leads(project: Project, now: datetime) -> list[int]:
    """Users (ids) who answer for the project: its PM on the local day; without one the agency's owners."""
    day = local_day(now, zone_of(project))
    seats = TeamSeat.objects.filter(project=project, role=TeamSeat.Role.PM, starts_on__lte=day)
    seated = list(seats.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day)).values_list("user_id", flat=True))
    return seated or owners()


def owners() -> list[int]:
    return _members(Role.OWNER)


def brand_managers() -> list[int]:
    return _members(Role.BRAND_MANAGER)


def _members(role: Role) -> list[int]:
    """Active users with the role in the brand that is entered, or in its agency."""
    schema = current_schema()
    with enter_public():
        brand = Brand.objects.get(schema_name=schema)
        here = Q(brand=brand) | Q(agency=brand.agency_id, brand__isnull=True)
        found = Membership.objects.filter(here, role=role, user__is_active=True)
        return list(found.values_list("user_id", flat=True))


# -- Reading ----------------------------------------------------------------------------------------------------------


def notices_for(identity: Identity, now: datetime) -> QuerySet[Notice]:
    """Hers, the newest first, of what she may still see."""
    if identity.user is None:
        return Notice.objects.none()
    kinds = [name for name, kind in KINDS.items() if may(identity, kind.act, identity.brand)]
    seen = [project.pk for project in seen_projects(identity, now)]
    found = Notice.objects.filter(user_id=identity.user.pk, side=identity.side, kind__in=kinds, project__in=seen)
    return found.select_related("project").order_by("-pk")


def count_unread(identity: Identity, now: datetime) -> int:
    return notices_for(identity, now).filter(read_at__isnull=True).count()


def mark_read(identity: Identity, now: datetime, ids: Iterable[int] | None = None) -> int:
    """Hers of these ids, or all. Returns how many were not read before."""
    found = notices_for(identity, now).filter(read_at__isnull=True)
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    return Notice.objects.filter(pk__in=list(found.values_list("pk", flat=True))).update(read_at=now)


def words_of(notice: Notice) -> str:
    """In the request's language."""
    kind = KINDS[notice.kind]
    return say(kind.zh, kind.en).format(**notice.facts)

"""Making and changing what was agreed. Runs inside the brand; guides' placements are written by stepping out of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from guides.models import Guide
from guides.queries import ever_placed, guides_by_code
from guides.services import Stint, replace_placements
from projects.keepers import Span, changed_spans, read_since, touched_days
from projects.models import Account, Channel, DayMark, Definition, Keeper, Project, TeamSeat
from projects.queries import GUIDE_ROLE, definition_in_use, newest_definition, zone_of
from projects.sheet import default_sheet, digest, read_sheet
from siyu import due
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import DomainError, say
from tenants.identity import Side
from tenants.models import AGENCY_IN_BRAND, AGENCY_WIDE, Brand, Membership, User

REFOLD = "refold"  # fans.tasks: derive a project's projections anew under the sheet in use
ROLLUP = "rollup"  # kpi.tasks: compute the marked days of a project


class ProjectConflictError(DomainError):
    status = 409
    code = "conflict"


class TeamRefusedError(DomainError):
    status = 422
    code = "team_refused"


class KeepersRefusedError(DomainError):
    status = 422
    code = "keepers_refused"


class SheetRefusedError(DomainError):
    status = 400
    code = "invalid"


class ApprovalRefusedError(DomainError):
    status = 409
    code = "approval_refused"


# -- Projects ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_project(fields: Mapping[str, Any], *, by: User | None, pm: User | None = None) -> Project:
    """A project with version 1 of its sheet: the defaults of its operating model. A PM who makes it gets the PM's seat
    from today on (or from its first day, if that is past). Raises ProjectConflictError where the code is taken."""
    try:
        with transaction.atomic():
            project = Project.objects.create(**fields)
    except IntegrityError as error:
        code = fields["code"]
        if not Project.objects.filter(code=code).exists():
            raise
        raise ProjectConflictError(
            say(f"项目 {code} 已存在", f"There is a project {code} already"),
            errors=[_flaw("/code", "taken", say("编号已被使用", "The code is taken"))],
        ) from error
    _add_version(project, 1, default_sheet(project.operating_model), by)
    if pm is not None:
        since = min(project.starts_on, local_day(timezone.now(), zone_of(project)))
        TeamSeat.objects.create(project=project, role=TeamSeat.Role.PM, user=pm, starts_on=since)
    return project


@transaction.atomic
def change_project(project: Project, changes: Mapping[str, Any], *, by: User | None) -> Project:
    """Set the fields. The code never changes, the time zone only before the first event. While the project has no
    events, a sheet that nobody altered or approved follows a changed operating model as a new version."""
    project = _locked(project)
    if changes.get("code", project.code) != project.code:
        raise ProjectConflictError(
            say("项目编号不能修改", "A project's code never changes"),
            errors=[_flaw("/code", "fixed", say("不能修改", "It never changes"))],
        )
    if project.has_events and changes.get("timezone", project.timezone) != project.timezone:
        detail = say(
            f"项目已有事件，时区固定为 {project.timezone}",
            f"The project has events: its time zone is fixed at {project.timezone}",
        )
        raise ProjectConflictError(detail, errors=[_flaw("/timezone", "fixed", detail)])
    first, last = changes.get("starts_on", project.starts_on), changes.get("ends_on", project.ends_on)
    if last < first:
        detail = say("结束日期早于开始日期", "It ends before it starts")
        raise ProjectConflictError(detail, status=400, code="invalid", errors=[_flaw("/ends_on", "bad_value", detail)])
    model_before = project.operating_model
    for name, value in changes.items():
        setattr(project, name, value)
    project.save(update_fields=list(changes))
    newest = newest_definition(project)
    untouched = newest.sheet == default_sheet(model_before) and not _approvals(newest)
    if project.operating_model != model_before and untouched and not project.has_events:
        _add_version(project, newest.version + 1, default_sheet(project.operating_model), by)
    return project


def _locked(project: Project) -> Project:
    """The project's row, locked until the end of the transaction. The intake, which sets has_events, waits for it."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


# -- The definition sheet ---------------------------------------------------------------------------------------------


@transaction.atomic
def put_definition(project: Project, body: object, *, by: User | None) -> Definition:
    """A new version of the sheet, absent fields at their defaults; the newest itself where it says the same already.

    Where another version comes into use by this and the project has events, its projections are derived anew, also
    where it reads as an earlier one: they name the version they stand under. Raises SheetRefusedError naming every
    field at fault.
    """
    project = _locked(project)
    sheet, flaws = read_sheet(body, project.operating_model)
    if flaws:
        raise SheetRefusedError(
            say("口径表不符合要求", "The sheet is not valid"), errors=[_flaw(*flaw) for flaw in flaws]
        )
    newest = newest_definition(project)
    if newest.sha256 == digest(sheet):
        return newest
    before = definition_in_use(project)
    made = _add_version(project, newest.version + 1, sheet, by)
    _refold_if_changed(project, before)
    return made


@transaction.atomic
def approve_definition(project: Project, version: int, sha256: str, *, by: User, side: Side) -> Definition:
    """Approve for one side what was read: this version with this digest. Said again it changes nothing.

    Raises ApprovalRefusedError where the version does not exist or reads otherwise, and where the same person approved
    it for the other side.
    """
    project = _locked(project)
    definition = Definition.objects.filter(project=project, version=version).first()
    if definition is None or definition.sha256 != sha256:
        detail = say("口径表已变更，请重新查看后再确认", "The sheet has changed: read it again before approving")
        raise ApprovalRefusedError(detail, errors=[_flaw("/sha256", "changed", detail)])
    before = definition_in_use(project)
    ours, theirs = ("agency", "brand") if side == "agency" else ("brand", "agency")
    if getattr(definition, f"{theirs}_approved_by_id") == by.pk:
        raise ApprovalRefusedError(say("同一人不能代表双方确认", "One person cannot approve for both sides"))
    if getattr(definition, f"{ours}_approved_at") is None:
        setattr(definition, f"{ours}_approved_by", by)
        setattr(definition, f"{ours}_approved_at", timezone.now())
        definition.save(update_fields=[f"{ours}_approved_by", f"{ours}_approved_at"])
    _refold_if_changed(project, before)
    return definition


def _add_version(project: Project, version: int, sheet: dict[str, Any], by: User | None) -> Definition:
    return Definition.objects.create(project=project, version=version, sheet=sheet, sha256=digest(sheet), made_by=by)


def _approvals(definition: Definition) -> bool:
    return definition.agency_approved_at is not None or definition.brand_approved_at is not None


def _refold_if_changed(project: Project, before: Definition) -> None:
    if project.has_events and definition_in_use(project).version != before.version:
        due.ask(REFOLD, str(project.pk))


# -- Channels and accounts --------------------------------------------------------------------------------------------


@transaction.atomic
def put_channel(code: str, fields: Mapping[str, Any]) -> tuple[Channel, bool]:
    """The brand's channel with the fields given, confirmed by being put; and whether it is new."""
    return Channel.objects.update_or_create(code=code, defaults={**fields, "confirmed": True})


class KeeperWish(NamedTuple):
    """`guide`: her code, None for nobody. `since`: RFC 3339; without an offset, in the project's zone."""

    guide: str | None
    since: str


@transaction.atomic
def put_account(
    brand: Brand, project: Project, code: str, fields: Mapping[str, Any], keepers: Sequence[KeeperWish] | None
) -> tuple[Account, bool]:
    """The brand's account with the fields given, confirmed by being put; and whether it is new.

    `keepers` replaces its whole history; None leaves it. Handing over moves no fan: in every project of the brand that
    has events, the days on which the credit changes are marked for the roll-up. `project` lends its time zone only.
    Raises KeepersRefusedError.
    """
    projects = [] if keepers is None else _locked_projects()
    account, is_new = Account.objects.update_or_create(code=code, defaults={**fields, "confirmed": True})
    if keepers is not None:
        before = [(keeper.since, keeper.guide_id) for keeper in account.keepers.all()]
        after = _read_history(brand, zone_of(project), keepers)
        if after != before:
            account.keepers.all().delete()
            Keeper.objects.bulk_create(Keeper(account=account, since=since, guide_id=guide) for since, guide in after)
            _mark_changed_days(projects, changed_spans(before, after))
    return account, is_new


def _read_history(brand: Brand, zone: ZoneInfo, wishes: Sequence[KeeperWish]) -> list[tuple[datetime, int | None]]:
    codes = {wish.guide for wish in wishes if wish.guide is not None}
    with enter_public():
        guides = guides_by_code(brand.agency_id, codes)
        may_keep = ever_placed(brand.pk, [guide.pk for guide in guides.values()])
    history: list[tuple[datetime, int | None]] = []
    flaws = []
    for place, (code, text) in enumerate(wishes):
        since, guide = read_since(text, zone), guides.get(code or "")
        if since is None:
            message = say("应为 RFC 3339 时间，例如 2026-01-05T00:00:00+08:00", "An RFC 3339 instant")
            flaws.append(_flaw(f"/keepers/{place}/from", "bad_time", message))
            continue
        if history and since <= history[-1][0]:
            message = say("应晚于上一条的时间", "It must be later than the one before")
            flaws.append(_flaw(f"/keepers/{place}/from", "not_increasing", message))
        if code is not None and guide is None:
            message = say(f"没有编号为 {code} 的导购", f"There is no guide {code}")
            flaws.append(_flaw(f"/keepers/{place}/guide", "unknown_guide", message))
        elif guide is not None and guide.pk not in may_keep:
            message = say(
                f"导购 {code} 在本品牌没有席位，请先在 team/ 为其安排席位",
                f"The guide {code} has no seat in this brand: put one to team/ first",
            )
            flaws.append(_flaw(f"/keepers/{place}/guide", "not_placed", message))
        history.append((since, guide.pk if guide else None))
    if flaws:
        raise KeepersRefusedError(say("承接人记录不符合要求", "The keepers are not valid"), errors=flaws)
    return history


def _locked_projects() -> list[Project]:
    """All projects of the brand, locked: an intake under way has set has_events, and that is seen here, or it waits and
    sees the new keepers; a team that is put meanwhile can't remove a guide who is just made a keeper."""
    return list(Project.objects.select_for_update(no_key=True).order_by("pk"))


def _mark_changed_days(projects: Iterable[Project], spans: Sequence[Span]) -> None:
    for project in projects:
        days = [touched_days(span, zone_of(project)) for span in spans]
        if project.has_events and days:
            DayMark.objects.bulk_create(
                DayMark(project=project, first_day=first, last_day=last) for first, last in days
            )
            due.ask(ROLLUP, str(project.pk))


# -- Team -------------------------------------------------------------------------------------------------------------


class SeatWish(NamedTuple):
    """`holder`: the e-mail of a user, or a guide's code where role is "guide". Both days included; None: open."""

    role: str
    holder: str
    share: Decimal
    starts_on: date
    ends_on: date | None


@transaction.atomic
def put_team(brand: Brand, project: Project, wishes: Sequence[SeatWish]) -> None:
    """Make these the seats of the project; rows that stay the same are kept.

    Raises TeamRefusedError naming the seats at fault (an unknown holder, one person twice in a role at a time, two PMs
    at an instant), or the keeper who would be left without any seat; and what
    guides.services.replace_placements raises.
    """
    project = _locked(project)
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
        replace_placements(brand, project.code, stints)
        removed = keeper_ids - ever_placed(brand.pk, keeper_ids)
        if removed:
            codes = "、".join(sorted(Guide.objects.filter(pk__in=removed).values_list("code", flat=True)))
            raise TeamRefusedError(
                say(
                    f"导购 {codes} 承接过企微号，其席位不能删除；请用 to 写明结束日期",
                    f"The guide {codes} has kept accounts: end her seat by `to` instead of removing it",
                )
            )


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
            yield _flaw(f"/{place}/guide", "unknown_guide", message)
        if wish.role != GUIDE_ROLE and wish.holder not in users:
            message = say(
                f"{wish.holder} 不是本品牌代运营方的成员，请先 create_user",
                f"{wish.holder} is no member of this brand's agency",
            )
            yield _flaw(f"/{place}/user", "unknown_user", message)


def _overlaps(wishes: Sequence[SeatWish]) -> Iterable[dict[str, str]]:
    for place, later in enumerate(wishes):
        for other, earlier in enumerate(wishes[:place]):
            from_day = max(earlier.starts_on, later.starts_on)
            to_day = min(earlier.ends_on or date.max, later.ends_on or date.max)
            if earlier.role != later.role or to_day < from_day:
                continue
            days = f"{from_day}～{'' if to_day == date.max else to_day}"
            if later.role == TeamSeat.Role.PM:
                message = say(f"{days} 有两位项目经理", f"Two PMs at a time: {days}")
                yield _flaw(f"/{place}", "two_pms", message)
            elif earlier.holder == later.holder:
                message = say(f"与第 {other + 1} 个席位重叠：{days}", f"It overlaps seat {other + 1}: {days}")
                yield _flaw(f"/{place}", "overlap", message)


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


def _flaw(pointer: str, code: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "message": message}

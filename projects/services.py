"""Making and changing what was agreed. Runs inside the brand; guides' placements are written by stepping out of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from guides.queries import ever_placed, guides_by_code
from projects.audit import SIYU, record
from projects.keepers import Span, changed_spans, dropped, read_since, touched_days
from projects.models import Account, Channel, DayMark, Definition, Keeper, Project, TeamSeat
from projects.queries import definition_in_use, newest_definition, zone_of
from projects.sheet import default_sheet, digest, read_sheet
from siyu import due
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import DomainError, say
from tenants.identity import Side
from tenants.models import Brand, User

REFOLD = "refold"  # fans.tasks: derive a project's projections anew under the sheet in use
ROLLUP = "rollup"  # kpi.tasks: compute the marked days of a project
ASSIGN = "assign"  # fans.tasks: decide for newcomers where there is room


class ProjectConflictError(DomainError):
    status = 409
    code = "conflict"


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
            errors=[fault("/code", "taken", say("编号已被使用", "The code is taken"))],
        ) from error
    _add_version(project, 1, default_sheet(project.operating_model), by)
    if pm is not None:
        since = min(project.starts_on, local_day(timezone.now(), zone_of(project)))
        TeamSeat.objects.create(project=project, role=TeamSeat.Role.PM, user=pm, starts_on=since)
    return project


@transaction.atomic
def change_project(project: Project, changes: Mapping[str, Any], *, by: User | None, label: str = SIYU) -> Project:
    """Set the fields; what differs then is on record under `label`. The code never changes, the time zone only before
    the first event. While the project has no events, a sheet that nobody altered or approved follows a changed
    operating model as a new version."""
    project = locked(project)
    if changes.get("code", project.code) != project.code:
        raise ProjectConflictError(
            say("项目编号不能修改", "A project's code never changes"),
            errors=[fault("/code", "fixed", say("不能修改", "It never changes"))],
        )
    if project.has_events and changes.get("timezone", project.timezone) != project.timezone:
        detail = say(
            f"项目已有事件，时区固定为 {project.timezone}",
            f"The project has events: its time zone is fixed at {project.timezone}",
        )
        raise ProjectConflictError(detail, errors=[fault("/timezone", "fixed", detail)])
    first, last = changes.get("starts_on", project.starts_on), changes.get("ends_on", project.ends_on)
    if last < first:
        detail = say("结束日期早于开始日期", "It ends before it starts")
        raise ProjectConflictError(detail, status=400, code="invalid", errors=[fault("/ends_on", "bad_value", detail)])
    model_before, room_before = project.operating_model, (project.fans_per_guide, project.auto_assign)
    altered = [name for name, value in changes.items() if getattr(project, name) != value]
    before = {name: _recorded(getattr(project, name)) for name in altered}
    for name, value in changes.items():
        setattr(project, name, value)
    project.save(update_fields=list(changes))
    record(project, "project", before, {name: _recorded(getattr(project, name)) for name in altered}, by=label)
    if (project.fans_per_guide, project.auto_assign) != room_before:
        ask_to_assign([project])
    newest = newest_definition(project)
    untouched = newest.sheet == default_sheet(model_before) and not _approvals(newest)
    if project.operating_model != model_before and untouched and not project.has_events:
        _add_version(project, newest.version + 1, default_sheet(project.operating_model), by)
    return project


def _recorded(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def locked(project: Project) -> Project:
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
    project = locked(project)
    sheet, flaws = read_sheet(body, project.operating_model)
    if flaws:
        raise SheetRefusedError(
            say("口径表不符合要求", "The sheet is not valid"), errors=[fault(*flaw) for flaw in flaws]
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
    project = locked(project)
    definition = Definition.objects.filter(project=project, version=version).first()
    if definition is None or definition.sha256 != sha256:
        detail = say("口径表已变更，请重新查看后再确认", "The sheet has changed: read it again before approving")
        raise ApprovalRefusedError(detail, errors=[fault("/sha256", "changed", detail)])
    before = definition_in_use(project)
    ours, theirs = ("agency", "brand") if side == "agency" else ("brand", "agency")
    if getattr(definition, f"{theirs}_approved_by_id") == by.pk:
        raise ApprovalRefusedError(say("同一人不能代表双方确认", "One person cannot approve for both sides"))
    if getattr(definition, f"{ours}_approved_at") is None:
        setattr(definition, f"{ours}_approved_by", by)
        setattr(definition, f"{ours}_approved_at", timezone.now())
        definition.save(update_fields=[f"{ours}_approved_by", f"{ours}_approved_at"])
        said = {"side": side, "version": version, "sha256": sha256}
        record(project, f"definition:{version}", None, said, by=f"user:{by.pk}")
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


class PutAccount(NamedTuple):
    """`dropped`: of the keepers it had, those whom the new history leaves out, with the guide's code."""

    account: Account
    is_new: bool
    dropped: list[tuple[datetime, str | None]]


@transaction.atomic
def put_account(
    brand: Brand,
    project: Project,
    code: str,
    fields: Mapping[str, Any],
    keepers: Sequence[KeeperWish] | None,
    *,
    by: str = SIYU,
) -> PutAccount:
    """The brand's account with the fields given, confirmed by being put; whether it is new; and who was dropped.

    `keepers` replaces its whole history; None leaves it. Handing over moves no fan: in every project of the brand that
    has events, the days on which the credit changes are marked for the roll-up. `project` lends its time zone, and its
    history tells of the change. Raises KeepersRefusedError.
    """
    projects = locked_projects()
    was = _account_as_agreed(code, project)
    lost: list[tuple[datetime, str | None]] = []
    account, is_new = Account.objects.update_or_create(code=code, defaults={**fields, "confirmed": True})
    if keepers is not None:
        kept = list(account.keepers.select_related("guide"))
        before = [(keeper.since, keeper.guide_id) for keeper in kept]
        after = _read_history(brand, zone_of(project), keepers)
        if after != before:
            codes = {keeper.guide_id: keeper.guide.code if keeper.guide else None for keeper in kept}
            lost = [(since, codes[guide]) for since, guide in dropped(before, after)]
            account.keepers.all().delete()
            Keeper.objects.bulk_create(Keeper(account=account, since=since, guide_id=guide) for since, guide in after)
            _mark_changed_days(projects, changed_spans(before, after))
    now = _account_as_agreed(code, project)
    record(project, f"account:{code}", was, now, by=by)
    if was != now:
        ask_to_assign(projects)
    return PutAccount(account, is_new, lost)


def _account_as_agreed(code: str, project: Project) -> dict[str, Any] | None:
    account = Account.objects.filter(code=code, confirmed=True).first()
    if account is None:
        return None
    keepers = account.keepers.select_related("guide").order_by("since")
    return {
        "name": account.name,
        "capacity": account.capacity,
        "keepers": [
            {
                "guide": keeper.guide.code if keeper.guide else None,
                "from": keeper.since.astimezone(zone_of(project)).isoformat(),
            }
            for keeper in keepers
        ],
    }


def ask_to_assign(projects: Iterable[Project]) -> None:
    """Who serves, or how many, changed: newcomers without a holder may find room now."""
    for project in projects:
        if project.auto_assign and project.has_events:
            due.ask(ASSIGN, str(project.pk))


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
            flaws.append(fault(f"/keepers/{place}/from", "bad_time", message))
            continue
        if history and since <= history[-1][0]:
            message = say("应晚于上一条的时间", "It must be later than the one before")
            flaws.append(fault(f"/keepers/{place}/from", "not_increasing", message))
        if code is not None and guide is None:
            message = say(f"没有编号为 {code} 的导购", f"There is no guide {code}")
            flaws.append(fault(f"/keepers/{place}/guide", "unknown_guide", message))
        elif guide is not None and guide.pk not in may_keep:
            message = say(
                f"导购 {code} 在本品牌没有席位，请先在 team/ 为其安排席位",
                f"The guide {code} has no seat in this brand: put one to team/ first",
            )
            flaws.append(fault(f"/keepers/{place}/guide", "not_placed", message))
        history.append((since, guide.pk if guide else None))
    if flaws:
        raise KeepersRefusedError(say("承接人记录不符合要求", "The keepers are not valid"), errors=flaws)
    return history


def locked_projects() -> list[Project]:
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


def fault(pointer: str, code: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "message": message}

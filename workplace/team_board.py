"""团队看板: who holds the seats, what each guide carries and brought this month, and what is to be done about it.

Runs inside the brand. Figures are those of kpi.queries, by guide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse

from fans.allocation import Slot
from fans.assignments import current_slots
from guides.models import Absence, Guide, Placement
from guides.queries import absences, is_on, placements
from kpi.figures import Figure
from kpi.queries import one_state, read_standing
from projects.models import Account, Project, TeamSeat
from projects.queries import guide_alone, kind_warnings, people, zone_of
from siyu.brands import enter_public
from siyu.numbers import exact, percent
from siyu.periods import DAY, Period, local_day, periods
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may
from workplace.card import Chip, shown
from workplace.history import named
from workplace.portfolio import SPARE, Load, loads_of
from workplace.queries import guide_names
from workplace.staffing import SEATS, Staffing
from workplace.tables import cut_metrics, metric_title
from workplace.totals_words import stock_words
from workplace.words import from_to

SOON = 14  # days ahead in which an absence or a last day is told of


@dataclass(frozen=True)
class Lead:
    """One of the seats that a project has once: PM, ops, content. `who`: several where it is large, empty for a gap."""

    role: str
    who: list[str]


@dataclass(frozen=True)
class Cell:
    """`text` as read at a glance; `exact` as REST answers the value, empty for null; `parts`: of a rate."""

    code: str
    text: str
    exact: str
    parts: str


@dataclass(frozen=True)
class Seat:
    """One guide of the project. `share`: of her time, today; `load`: fans held and what her accounts can hold."""

    code: str
    name: str
    share: str
    accounts: list[str]
    load: Load | None
    held: str
    chip: Chip
    bar: int  # percent of the load's capacity, at most 100
    notes: list[str]
    leaving: str  # the address of her leaving


@dataclass(frozen=True)
class Credited:
    """Whom figures are credited to: a guide, an account that nobody keeps, or nobody."""

    title: str
    part: str
    cells: list[Cell]


@dataclass(frozen=True)
class Todo:
    """One thing that is open, and the page where it is done."""

    tone: str
    icon: str
    what: str
    about: str
    button: str
    address: str


@dataclass(frozen=True)
class Board:
    month: date
    before: date
    after: date | None
    leads: list[Lead]
    seats: list[Seat]
    loads: list[Load]
    facts: list[tuple[str, str]]
    metrics: list[str]
    credited: list[Credited]
    stale_days: int
    todos: list[Todo]


def read_board(identity: Identity, project: Project, staffing: Staffing, wanted: date | None, now: datetime) -> Board:
    """`wanted`: a month's first day; the running one unless it is gone by. Figures only for who may read them: of all
    guides, or a guide's own."""
    today = local_day(now, zone_of(project))
    [period] = periods("month", *[min(wanted or today, today)] * 2)
    names = guide_names()
    slots = current_slots(project, now)
    with enter_public():
        placed = placements(identity.brand.pk, project.code)
        away = absences({placement.guide_id for placement in placed}, today)
    loads = loads_of(slots, staffing.stock, names)
    figures, stale_days = _figures(identity, project, period)
    return Board(
        month=period.first,
        before=(period.first - DAY).replace(day=1),
        after=period.end if period.end <= today else None,
        leads=leads_of(project, today),
        seats=_seats(identity, project, placed, away, slots, {load.guide: load for load in loads}, today),
        loads=loads,
        facts=_facts(project, staffing),
        metrics=[metric_title(metric) for metric in cut_metrics()],
        credited=_credited(figures, names),
        stale_days=stale_days,
        todos=_todos(identity, project, staffing, slots),
    )


def leads_of(project: Project, today: date) -> list[Lead]:
    """Who holds the seats today."""
    taken: dict[str, list[int]] = {}
    for seat in TeamSeat.objects.filter(project=project, starts_on__lte=today).order_by("starts_on", "pk"):
        if seat.ends_on is None or seat.ends_on >= today:
            taken.setdefault(seat.role, []).append(seat.user_id)
    users = people(user for holders in taken.values() for user in holders)
    roles = [*SEATS, *(role for role in taken if role not in SEATS)]
    return [Lead(str(TeamSeat.Role(role).label), [str(users[user]) for user in taken.get(role, [])]) for role in roles]


# -- Guides -----------------------------------------------------------------------------------------------------------


def _seats(
    identity: Identity,
    project: Project,
    placed: Sequence[Placement],
    away: Sequence[Absence],
    slots: Sequence[Slot],
    loads: Mapping[str, Load],
    today: date,
) -> list[Seat]:
    """Everybody who serves today or is to serve, and who keeps an account without serving; the fullest first."""
    guides: dict[str, Guide] = {
        row.guide.code: row.guide for row in placed if not (row.ends_on and row.ends_on < today)
    }
    missing = [code for code in loads if code not in guides]
    guides |= {guide.code: guide for guide in Guide.objects.filter(code__in=missing)}
    accounts = dict(Account.objects.values_list("code", "name"))
    may_write = may(identity, Act.WRITE_TEAM, identity.brand)
    found = []
    for code, guide in guides.items():
        hers = [row for row in placed if row.guide_id == guide.pk]
        load = loads.get(code)
        found.append(
            Seat(
                code,
                guide.name,
                percent(sum((row.share for row in hers if is_on(row, today)), Decimal(0))),
                [named(accounts.get(slot.code, ""), slot.code) for slot in slots if slot.guide == code],
                load,
                f"{exact(load.held)} / {exact(load.capacity)}" if load else "0",
                _load_chip(load),
                min(100, int(load.share * 100)) if load and load.share is not None else 0,
                _notes(identity, guide, hers, [row for row in away if row.guide_id == guide.pk], today),
                reverse("leaving", args=[project.code, code]) if may_write else "",
            )
        )
    return sorted(
        found, key=lambda seat: (-(seat.load.share or Decimal(seat.load.held)) if seat.load else 1, seat.code)
    )


def _load_chip(load: Load | None) -> Chip:
    if load is None:
        return Chip(say("没有企微号", "No account"), "none", "circle-dashed")
    if load.share is None:
        tone = "warn" if load.held else "none"
        return Chip(say("没有可承接的容量", "No room at all"), tone, "alert-triangle" if load.held else "circle-dashed")
    if load.is_over:
        return Chip(say(f"超出 {exact(load.held - load.capacity)} 位", f"{exact(load.held - load.capacity)} over"),
                    "bad", "alert-triangle")  # fmt: skip
    if load.share < SPARE:
        return Chip(say(f"有余量 {percent(load.share)}", f"Room left, {percent(load.share)}"), "info", "circle-dashed")
    return Chip(say(f"适中 {percent(load.share)}", f"Fits, {percent(load.share)}"), "good", "check")


def _notes(
    identity: Identity, guide: Guide, hers: Sequence[Placement], away: Sequence[Absence], today: date
) -> list[str]:
    notes = []
    last = max((row.ends_on or date.max for row in hers), default=None)
    if guide.retired_at is not None:
        notes.append(say("已离职", "Retired"))
    elif last is None or last < today:
        notes.append(say("在本项目没有席位", "No seat in this project"))
    elif last != date.max and (last - today).days <= SOON:
        notes.append(say(f"最后一天 {last}", f"Last day {last}"))
    for leave in away:
        if (leave.starts_on - today).days <= SOON:
            reason = f" {leave.reason}" if leave.reason and may(identity, Act.READ_GUIDES, identity.brand) else ""
            days = from_to(leave.starts_on, leave.ends_on)
            notes.append(say(f"请假 {days}{reason}", f"Away {days}{reason}"))
    for row in hers:
        if is_on(row, today):
            notes += kind_warnings(row, identity.brand)
    return notes


# -- Figures ----------------------------------------------------------------------------------------------------------


def _figures(identity: Identity, project: Project, period: Period) -> tuple[list[Figure], int]:
    if not may(identity, Act.READ_OWN_KPIS, identity.brand):
        return [], 0
    alone = guide_alone(identity, Act.READ_KPIS)
    codes = [metric.code for metric in cut_metrics()]
    with one_state():
        read = read_standing(project, "month", period.first, period.last, by="guide", indicators=codes)
    return [row for row in read.figures if alone is None or row.part == alone.code], read.stale_days


def _credited(figures: Iterable[Figure], names: Mapping[str, str]) -> list[Credited]:
    """Guides by code, then accounts that nobody keeps, last what nobody is credited with: the parts add up."""
    by_part: dict[str | None, dict[str, Figure]] = {}
    for figure in figures:
        by_part.setdefault(figure.part, {})[figure.indicator] = figure
    order = sorted(by_part, key=lambda part: (part is None, part not in names, part or ""))
    return [Credited(_title(part, names), part or "", _cells(by_part[part])) for part in order]


def _title(part: str | None, names: Mapping[str, str]) -> str:
    if part is None:
        return say("未归属", "Nobody")
    return named(names[part], part) if part in names else say(f"企微号 {part}（无人承接）", f"Account {part}, unkept")


def _cells(figures: Mapping[str, Figure]) -> list[Cell]:
    cells = []
    for metric in cut_metrics():
        figure = figures.get(metric.code)
        value = figure.value if figure else None
        if figure is None and metric.kind != "rate":
            value = Decimal(0)  # left out of a cut: nothing happened there
        parts = f"{exact(figure.numerator)} / {exact(figure.denominator)}" if figure and metric.kind == "rate" else ""
        cells.append(Cell(metric.code, shown(metric, value), "" if value is None else f"{value:f}", parts))
    return cells


# -- What is open -----------------------------------------------------------------------------------------------------


def _facts(project: Project, found: Staffing) -> list[tuple[str, str]]:
    today = found.days[0]
    contracted = "—" if today.contracted is None else f"{today.contracted.normalize():f}"
    needed = "—" if found.needed is None else found.needed
    return [
        (
            say(
                f"在册粉丝 {exact(found.present)} 位，需要导购 {needed} 人",
                f"{exact(found.present)} fans, {needed} guides needed",
            ),
            stock_words(found.stock)
            + say(f"每位导购服务 {exact(project.fans_per_guide)} 位", f"{exact(project.fans_per_guide)} fans a guide"),
        ),
        (
            say(f"今日在岗 {today.heads} 人", f"On duty today: {today.heads}"),
            say(f"折合 {today.on_duty.normalize():f}，合同人数 {contracted}",
                f"{today.on_duty.normalize():f} full-time, contracted {contracted}"),
        ),
        (
            say(f"今日可服务 {exact(today.capacity)} 位粉丝", f"Capacity today: {exact(today.capacity)} fans"),
            say("席位占比合计 × 每位导购服务粉丝数", "Shares of all seats × fans a guide"),
        ),
    ]  # fmt: skip


GAPS = {"pm": ("没有项目经理", "No PM"), "ops": ("没有运营", "No ops"), "content": ("没有内容", "No content")}


def _todos(identity: Identity, project: Project, found: Staffing, slots: Sequence[Slot]) -> list[Todo]:
    """The most pressing first. Whoever may not do a thing is told of it without a button; a guide of her own accounts
    alone: seats and others' loads are not hers to mend."""
    if not may(identity, Act.READ_KPIS, identity.brand) and may(identity, Act.READ_OWN_KPIS, identity.brand):
        alone = guide_alone(identity, Act.READ_KPIS)
        return [_too_full(slot, "", "") for slot in found.full_accounts if alone and slot.guide == alone.code]
    writes, assigns = (may(identity, act, identity.brand) for act in (Act.WRITE_TEAM, Act.ASSIGN_FANS))
    seats, fans = f"{reverse('team', args=[project.code])}?manage=1#seats", reverse("assignments", args=[project.code])
    even = f"{fans}?scope=rebalance"
    todos = [
        Todo(
            "bad", "logout",
            say(f"{leaver.guide.name}（{leaver.guide.code}）离开后仍承接企微号",
                f"{leaver.guide.name} ({leaver.guide.code}) leaves and keeps accounts"),
            leaver.todo,
            say("交接", "Hand over") if writes else "",
            reverse("leaving", args=[project.code, leaver.guide.code]),
        )
        for leaver in found.leavers if leaver.accounts
    ]  # fmt: skip
    todos += [
        Todo("bad" if role == "pm" else "warn", "user-plus", say(*GAPS[role]), from_to(first, last),
             say("安排席位", "Fill the seat") if writes else "", seats)
        for role, first, last in found.gaps
    ]  # fmt: skip
    todos += [
        Todo("warn", "users-group", say("导购人手不足", "Too few guides"), from_to(first, last),
             say("安排席位", "Fill the seat") if writes else "", seats)
        for first, last in found.overloads[:2]
    ]  # fmt: skip
    pool = 0 if found.stock or found.present is None else found.present - sum(slot.held for slot in slots)
    if pool > 0:
        todos.append(
            Todo("warn", "inbox", say(f"{exact(pool)} 位粉丝待分配", f"{exact(pool)} fans are held by nobody"), "",
                 say("去分配", "Assign") if assigns else "", fans)
        )  # fmt: skip
    button = say("重新均衡", "Rebalance") if assigns else ""
    todos += [_too_full(slot, button, even) for slot in found.full_accounts]
    return todos


def _too_full(slot: Slot, button: str, address: str) -> Todo:
    over = exact(slot.held - slot.capacity)
    return Todo(
        "warn",
        "alert-triangle",
        say(f"企微号 {slot.code} 超出 {over} 位", f"Account {slot.code} is {over} over"),
        say(
            f"承接 {exact(slot.held)}，可承接 {exact(slot.capacity)}",
            f"Holds {exact(slot.held)}, can hold {exact(slot.capacity)}",
        ),
        button,
        address,
    )

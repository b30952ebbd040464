"""Who is there to serve, day by day, against what was contracted and what the fans need. Runs inside the brand.

Needed today are guides for the fans present; on days to come for those whom the forecast expects at the end of their
month (in the running month no fewer than are present), and for those present where no forecast states the month.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import Q

from fans.allocation import Slot
from fans.assignments import current_slots
from fans.models import Presence
from guides.models import Absence, Guide, Placement
from guides.queries import absences, is_on, last_days, placements
from kpi import staffing as duty
from kpi.forecast import guides_needed, plan_of, table
from kpi.forecast_api import staffing_dict as duty_dict
from kpi.forecasts import binding_forecast, bound_forecasts, newest_forecast
from kpi.models import Forecast
from kpi.totals import StatedStock, read_stated_stock
from projects.models import Account, Commitment, Keeper, Project, Side, TeamSeat
from projects.queries import keeper_histories, zone_of
from siyu.brands import enter_public
from siyu.periods import DAY, day_start, local_day
from siyu.problems import say
from tenants.models import Brand

SEATS = (TeamSeat.Role.PM, TeamSeat.Role.OPS, TeamSeat.Role.CONTENT)
LONGEST = 400  # days that may be asked for at once


@dataclass(frozen=True)
class DutyDay:
    """One local day. `contracted`: heads the agency promised for its month, None where it promised none.

    `heads`: guides who are placed and not away; `placed`: shares of all placements added up; `on_duty`: of those who
    are not away; `capacity`: fans that the shares placed can serve; `needed`: guides, None on days gone by.
    """

    day: date
    contracted: Decimal | None
    heads: int
    placed: Decimal
    on_duty: Decimal
    capacity: int
    needed: int | None
    gaps: list[str]


@dataclass(frozen=True)
class MonthNeed:
    """A month running or to come, as this version of the forecast expects it: the one that binds it, or the newest."""

    first: date
    version: int
    staffing: duty.Staffing


@dataclass(frozen=True)
class Leaver:
    """A guide whose last day in the brand is known, or who has retired, with the accounts she would keep beyond that
    and how many fans each holds."""

    guide: Guide
    last_day: date | None
    accounts: list[tuple[str, int]]
    todo: str


@dataclass(frozen=True)
class Staffing:
    """`present`: fans now; `needed`: guides for them; `gaps` and `overloads` with their days, both included. `stock`:
    what day totals state where they are all there is; then `present` is their friends, None where they don't say."""

    today: date
    present: int | None
    needed: int | None
    days: list[DutyDay]
    months: list[MonthNeed]
    gaps: list[tuple[str, date, date]]
    overloads: list[tuple[date, date]]
    full_accounts: list[Slot]
    leavers: list[Leaver]
    stock: StatedStock | None = None


def read_staffing(project: Project, brand: Brand, first: date, last: date, now: datetime) -> Staffing:
    """Days first..last, both included, in the project's zone."""
    today = local_day(now, zone_of(project))
    with enter_public():
        placed = placements(brand.pk, project.code)
        away = absences({placement.guide_id for placement in placed}, first, last)
        ends = last_days(brand.pk)
        guides = {guide.pk: guide for guide in Guide.objects.filter(pk__in=list(ends))}
    seats = list(TeamSeat.objects.filter(project=project))
    contracted = contracted_heads(project)
    stock = read_stated_stock(project)
    present = stock.whole if stock else present_fans(project, now)
    months = months_ahead(project, placed, today)
    expected = {month.first: month.staffing.fans for month in months}

    def needed_on(day: date) -> int | None:
        if day < today:
            return None
        fans = present if day == today else expected.get(day.replace(day=1), present)
        if fans is None:
            return None
        is_running = day.replace(day=1) == today.replace(day=1)
        return guides_needed(max(fans, present or 0) if is_running else fans, project.fans_per_guide)

    days = [
        duty_day(project, day, placed, away, seats, contracted, needed_on(day))
        for day in (first + step * DAY for step in range((last - first).days + 1))
    ]
    slots = current_slots(project, now)
    return Staffing(
        today=today,
        present=present,
        needed=None if present is None else guides_needed(present, project.fans_per_guide),
        days=days,
        months=months,
        gaps=[(role, *span) for role in SEATS for span in _spans([day.day for day in days if role in day.gaps])],
        overloads=_spans([day.day for day in days if day.needed is not None and day.placed < day.needed]),
        full_accounts=[slot for slot in slots if slot.held > slot.capacity],
        leavers=_leavers(project, slots, ends, guides, max(last, today), now),
        stock=stock,
    )


def duty_day(
    project: Project,
    day: date,
    placed: Iterable[Placement],
    away: Iterable[Absence],
    seats: Iterable[TeamSeat],
    contracted: dict[date, Decimal],
    needed: int | None,
) -> DutyDay:
    here = [placement for placement in placed if is_on(placement, day)]
    absent = {absence.guide_id for absence in away if absence.starts_on <= day <= absence.ends_on}
    shares = sum((placement.share for placement in here), Decimal(0))
    on_duty = sum((placement.share for placement in here if placement.guide_id not in absent), Decimal(0))
    taken = {seat.role for seat in seats if seat.starts_on <= day and (seat.ends_on is None or day <= seat.ends_on)}
    return DutyDay(
        day=day,
        contracted=contracted.get(day.replace(day=1)),
        heads=len({placement.guide_id for placement in here} - absent),
        placed=shares,
        on_duty=on_duty,
        capacity=int((shares * project.fans_per_guide).to_integral_value(ROUND_FLOOR)),
        needed=needed,
        gaps=[role for role in SEATS if role not in taken],
    )


def months_ahead(project: Project, placed: Iterable[Placement], today: date) -> list[MonthNeed]:
    """The running month and those to come, as far as a forecast states them: guides for the fans at a month's end."""
    bound, newest = bound_forecasts(project), newest_forecast(project)
    stints = [duty.Stint(row.guide.code, row.share, row.starts_on, row.ends_on) for row in placed]
    stated = {month for forecast in [*bound, *([newest] if newest else [])] for month in forecast.months}
    tables: dict[int, dict[date, tuple[int, list[date]]]] = {}
    found = []
    for first in sorted(month for month in stated if month >= today.replace(day=1)):
        forecast = binding_forecast(bound, first, project) or newest
        if forecast is None:
            continue
        if forecast.version not in tables:
            tables[forecast.version] = _fans_by_month(forecast, project)
        fans, days = tables[forecast.version][first]
        found.append(MonthNeed(first, forecast.version, duty.staffing(fans, project.fans_per_guide, stints, days)))
    return found


def _fans_by_month(forecast: Forecast, project: Project) -> dict[date, tuple[int, list[date]]]:
    """By a month's first day, the fans at its end, and its days."""
    plan = plan_of(forecast.inputs)
    rows = table(plan, project.fans_per_guide)
    return {month.first: (row.fans, month.days) for month, row in zip(plan.months, rows, strict=True)}


def contracted_heads(project: Project) -> dict[date, Decimal]:
    """By month, the heads on duty that the agency promised."""
    found: dict[date, Decimal] = {}
    for row in Commitment.objects.filter(project=project, side=Side.AGENCY, kind=Commitment.Kind.HEADS):
        found[row.month] = found.get(row.month, Decimal(0)) + row.promised
    return found


def present_fans(project: Project, now: datetime) -> int:
    open_now = Q(ended_at__isnull=True) | Q(ended_at__gt=now)
    return Presence.objects.filter(open_now, project_id=project.pk, begun_at__lte=now).count()


def _spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """First and last days of each run of the days, which ascend."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] == day - DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _leavers(
    project: Project,
    slots: Iterable[Slot],
    ends: dict[int, date | None],
    guides: dict[int, Guide],
    until: date,
    now: datetime,
) -> list[Leaver]:
    """Those who leave up to `until` or have left: whoever keeps accounts beyond that first, then by last day."""
    held = {slot.code: slot.held for slot in slots}
    kept = list(Account.objects.order_by("code"))
    histories = keeper_histories(kept)
    found = []
    for pk, last_day in ends.items():
        guide, gone = guides[pk], now
        if last_day is not None and guide.retired_at is None:
            gone = max(now, day_start(last_day + DAY, zone_of(project)))
        hers = [account.code for account in kept if _keeper_at(histories[account.pk], gone) == guide.pk]
        accounts = [(code, held[code]) for code in hers]
        if guide.retired_at is not None or (last_day is not None and last_day <= until):
            found.append(Leaver(guide, last_day, accounts, _todo(guide, last_day, accounts)))
    return sorted(found, key=lambda one: (not one.accounts, one.last_day or date.min, one.guide.code))


def _keeper_at(history: Sequence[Keeper], at: datetime) -> int | None:
    return next((keeper.guide_id for keeper in reversed(history) if keeper.since <= at), None)


def _todo(guide: Guide, last_day: date | None, accounts: Sequence[tuple[str, int]]) -> str:
    if not accounts:
        return ""
    codes, fans = [code for code, _ in accounts], sum(held for _, held in accounts)
    chinese_by, english_by = (f"于 {last_day} 前", f"by {last_day}") if last_day else ("现在", "now")
    return say(
        f"请{chinese_by}移交企微号 {'、'.join(codes)}（粉丝 {fans:,} 位）：粉丝不移动，业绩自移交时刻起归新承接人",
        f"Hand over {', '.join(codes)} ({fans:,} fans) {english_by}: no fan moves, the credit changes at that instant",
    )


def staffing_dict(project: Project, found: Staffing) -> dict[str, Any]:
    return {
        "project": project.code,
        "timezone": project.timezone,
        "today": found.today.isoformat(),
        "present_fans": found.present,
        **({"totals": found.stock.said} if found.stock else {}),
        "fans_per_guide": project.fans_per_guide,
        "guides_needed": found.needed,
        "days": [
            {
                "date": day.day.isoformat(),
                "contracted": None if day.contracted is None else _plain(day.contracted),
                "heads": day.heads,
                "placed": _plain(day.placed),
                "on_duty": _plain(day.on_duty),
                "capacity": day.capacity,
                "needed": day.needed,
                "gaps": [f"no_{role}" for role in day.gaps],
            }
            for day in found.days
        ],
        "months": [
            {"month": f"{month.first:%Y-%m}", "version": month.version, **duty_dict(month.staffing)}
            for month in found.months
        ],
        "gaps": [{"gap": f"no_{role}", "from": str(first), "to": str(last)} for role, first, last in found.gaps],
        "overloads": [{"from": str(first), "to": str(last)} for first, last in found.overloads],
        "overloaded_accounts": [
            {"account": slot.code, "guide": slot.guide, "fans": slot.held, "capacity": slot.capacity}
            for slot in found.full_accounts
        ],
        "leavers": [
            {
                "guide": leaver.guide.code,
                "name": leaver.guide.name,
                "last_day": leaver.last_day.isoformat() if leaver.last_day else None,
                "retired": leaver.guide.retired_at is not None,
                "accounts": [{"account": code, "fans": held} for code, held in leaver.accounts],
                "todo": leaver.todo,
            }
            for leaver in found.leavers
        ],
    }


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

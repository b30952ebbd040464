"""Assignment decisions: plans that are previewed and applied once, and the automatic ones for newcomers.

Decisions are events like those a source sends; they move a fan through the same fold, so a late loss or a withdrawn
addition still gives the right history, and a plan's batch can be undone like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.utils import timezone

from fans.allocation import NO_KEEPER, SAME_KEEPER, AccountState, Slot, balance, fill, slots, without_keeper
from fans.merge import lock_brand, rules_in_use, staging
from fans.models import AssignmentPlan, Batch, Merge, PlannedMove, Projection
from fans.projection import project_merge
from guides.models import Placement
from guides.queries import is_on
from projects.models import Account, Project
from projects.notices import is_told, leads, notify
from projects.queries import keeper_histories, zone_of
from projects.services import fault
from siyu import sql
from siyu.brands import current_schema, enter_public
from siyu.due import ask
from siyu.periods import day_start, local_day
from siyu.problems import DomainError, say

SQL = Path(__file__).parent / "sql"
TIERS = (Decimal("0.01"), Decimal(300), Decimal(1000))  # bounds of the value tiers, yuan of 365 days
PIECE = 50_000  # decisions projected at once
STALE_PART = Decimal("0.01")  # a plan of whose fans more changed is refused
YEAR = timedelta(days=365)
NOTICE = timedelta(days=14)  # so long before her last day a guide who leaves is given no further fans
AUTOMATIC = "automatic"  # the scope of plans that nobody asked for

RETIRED, NOT_PLACED, LEAVING = "retired", "not_placed", "leaving"
WHY_CLOSED = {
    NO_KEEPER: ("无人承接，分给它的粉丝没有人服务", "Nobody keeps it: nobody would serve its fans"),
    SAME_KEEPER: ("与移出的企微号由同一导购承接", "Its keeper is the guide whose account is emptied"),
    RETIRED: ("承接人已离职，请先移交", "Its keeper has retired: hand it over first"),
    NOT_PLACED: ("承接人今天在本项目没有席位", "Its keeper has no seat in this project today"),
    LEAVING: ("承接人即将离开，请先移交", "Its keeper is about to leave: hand it over first"),
}


class PlanRefusedError(DomainError):
    status = 409
    code = "plan_refused"


class BadScopeError(DomainError):
    status = 400
    code = "bad_scope"


@dataclass(frozen=True)
class Deal:
    """How many fans leave whom (None: nobody's) and how many go where, by account code; `barred` cannot be moved,
    for those `beyond` all capacity there is no room, however few were asked for."""

    gives: dict[str | None, int]
    takes: dict[str, int]
    barred: int
    beyond: int


# -- Plans ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_plan(
    project: Project, scope: str, *, made_by: str, most: int | None = None, tiers: Sequence[Decimal] = TIERS
) -> AssignmentPlan:
    """Work out who would go where, and keep it to be looked at and applied. Changes no assignment.

    `scope`: "unassigned", "account:<code>" (a leaver's: no account of the same keeper takes its fans) or "rebalance".
    Accounts that may take nobody are named in the preview with why. The same state gives the same plan. Raises
    BadScopeError.
    """
    now = timezone.now()
    leaver = _account_of_scope(scope)
    found = current_slots(project, now)
    counts = sql.rows(
        SQL / "plan_candidates.sql",
        {
            "project": project.pk,
            "now": now,
            "account": leaver.pk if leaver else None,
            "every": scope == "rebalance",
            "tiers": list(tiers),
            "year_ago": local_day(now - YEAR, zone_of(project)),
        },
    )
    deal = _deal(scope, leaver, found, counts, most)
    plan = AssignmentPlan.objects.create(
        project=project, scope=scope, basis=_basis(found), preview={}, made_by=made_by
    )  # fmt: skip
    holding = {account_id: movable for account_id, movable, _barred in counts}
    _stage_moves(plan, deal, holding)
    sql.run(SQL / "drop_plan.sql")
    plan.preview = _preview(project, plan, leaver, found, deal)
    plan.save(update_fields=["preview"])
    return plan


def _account_of_scope(scope: str) -> Account | None:
    if scope in ("unassigned", "rebalance"):
        return None
    kind, _, code = scope.partition(":")
    account = Account.objects.filter(code=code).first() if kind == "account" else None
    if account is None:
        wrong = say(
            "scope 应为 unassigned、rebalance 或 account:<已有的企微号>",
            "scope must be unassigned, rebalance or account:<an existing account>",
        )
        raise BadScopeError(wrong, errors=[fault("/scope", BadScopeError.code, wrong)])
    return account


def current_slots(project: Project, now: datetime) -> list[Slot]:
    """What every account of the brand can hold in this project now, by code, and which take nobody (WHY_CLOSED)."""
    accounts = list(Account.objects.all())
    held = dict(sql.rows(SQL / "held_by_account.sql", {"project": project.pk, "now": now}))
    keepers = keeper_histories(accounts)
    states = []
    for account in accounts:
        kept = [keeper for keeper in keepers[account.pk] if keeper.since <= now]
        guide = kept[-1].guide.code if kept and kept[-1].guide else None
        states.append(AccountState(account.code, guide, account.capacity, held.get(account.pk, 0)))
    shares, leaving = serving_on(project, local_day(now, zone_of(project)))
    elsewhere = {state.guide: NOT_PLACED for state in states if state.guide and state.guide not in shares}
    return slots(states, shares, project.fans_per_guide, {**elsewhere, **leaving})


def serving_on(project: Project, day: date) -> tuple[dict[str, Decimal], dict[str, str]]:
    """Each guide's share of time in the project on a local day; and who is given no further fans, with why: whoever has
    retired, and whoever's last day in the project is near while the project goes on."""
    schema = current_schema()
    shares: dict[str, Decimal] = {}
    last_days: dict[str, date] = {}
    leaving: dict[str, str] = {}
    with enter_public():  # placements belong to the agency; which brand is ours stands in public
        placed = Placement.objects.filter(brand__schema_name=schema, project=project.code).select_related("guide")
        for placement in placed:
            code = placement.guide.code
            if is_on(placement, day):
                shares[code] = shares.get(code, Decimal()) + placement.share
            last_days[code] = max(last_days.get(code, date.min), placement.ends_on or date.max)
            if placement.guide.retired_at is not None:
                leaving[code] = RETIRED
    for code, last in last_days.items():
        if code in shares and last < min(project.ends_on, day + NOTICE):
            leaving.setdefault(code, LEAVING)
    return shares, leaving


def _deal(
    scope: str,
    leaver: Account | None,
    found: Sequence[Slot],
    counts: Sequence[tuple[int | None, int, int]],
    most: int | None,
) -> Deal:
    movable = sum(count for _, count, _ in counts)
    barred = sum(count for _, _, count in counts)
    if scope == "rebalance":
        codes = dict(Account.objects.values_list("pk", "code"))
        can_leave = {codes[account_id]: count for account_id, count, _ in counts if account_id}
        shift = balance([_bounded(slot, can_leave) for slot in found], most)
        gives: dict[str | None, int] = dict(shift.gives.items())
        return Deal(gives, shift.takes, barred, 0)
    takers = _takers(leaver, found)
    room = sum(fill(takers, movable).values())
    takes = fill(takers, room if most is None else min(most, room))
    return Deal({leaver.code if leaver else None: sum(takes.values())}, takes, barred, movable - room)


def _takers(leaver: Account | None, found: Sequence[Slot]) -> list[Slot]:
    emptied = next((slot for slot in found if leaver is not None and slot.code == leaver.code), None)
    return without_keeper(found, emptied) if emptied else list(found)


def _bounded(slot: Slot, can_leave: Mapping[str, int]) -> Slot:
    """An account gives only fans whom WeCom may still move: the others count as settled."""
    stuck = slot.held - can_leave.get(slot.code, 0)
    if not stuck:
        return slot
    return replace(slot, capacity=max(0, slot.capacity - stuck), held=slot.held - stuck)


def _stage_moves(plan: AssignmentPlan, deal: Deal, holding: Mapping[int | None, int]) -> None:
    ids: dict[str | None, int | None] = {**dict(Account.objects.values_list("code", "pk")), None: None}
    giving = [code for code, count in deal.gives.items() if count]
    taking = sorted(code for code, count in deal.takes.items() if count)
    parameters = {
        "plan": plan.pk,
        "giving": [ids[code] for code in giving],
        "gives": [deal.gives[code] for code in giving],
        "holding": [holding[ids[code]] for code in giving],
        "taking": [ids[code] for code in taking],
        "takes": [deal.takes[code] for code in taking],
    }
    sql.run(SQL / "plan_moves.sql", parameters)


def _basis(found: Sequence[Slot]) -> list[list[Any]]:
    """What a plan rests on beside the fans: of each account that can hold any, its keeper, capacity, and why it may
    take nobody."""
    return [[slot.code, slot.guide, slot.capacity, slot.closed] for slot in found if slot.capacity]


def _changes(before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]]) -> list[str]:
    """In words, where two bases differ, by account."""
    was, now = ({row[0]: row[1:] for row in basis} for basis in (before, after))
    told = []
    for code in sorted(was.keys() | now.keys()):
        old, new = (found.get(code) or [None, 0, ""] for found in (was, now))
        nobody = say("无人", "nobody")
        if old[0] != new[0] and code in was and code in now:
            told.append(say(f"{code} 的承接人：{old[0] or nobody} → {new[0] or nobody}",
                            f"keeper of {code}: {old[0] or nobody} → {new[0] or nobody}"))  # fmt: skip
        if old[1] != new[1]:
            told.append(say(f"{code} 可承接：{old[1]:,} → {new[1]:,}", f"{code} can hold: {old[1]:,} → {new[1]:,}"))
        if old[1] and new[1] and old[2:] != new[2:]:
            why = WHY_CLOSED.get(new[2], ("可以接收粉丝", "may take fans"))
            told.append(say(f"{code}：{why[0]}", f"{code}: {why[1]}"))
    return told


def _preview(
    project: Project, plan: AssignmentPlan, leaver: Account | None, found: Sequence[Slot], deal: Deal
) -> dict[str, Any]:
    moves = sum(deal.takes.values())
    [(by_record, by_transfer)] = sql.rows(SQL / "plan_ways.sql", {"project": project.pk, "plan": plan.pk})
    return {
        "moves": moves,
        "per_account": [
            {
                "account": slot.code,
                "guide": slot.guide,
                "before": slot.held,
                "after": slot.held - deal.gives.get(slot.code, 0) + deal.takes.get(slot.code, 0),
                "capacity": slot.capacity,
            }
            for slot in found
            if slot.capacity or slot.held
        ],
        "unassignable": deal.beyond + (deal.barred if plan.scope != "rebalance" else 0),
        "carried_out": {"by_record": by_record, "by_wecom_transfer": by_transfer, "barred_by_wecom": deal.barred},
        "excluded": [
            {"account": slot.code, "guide": slot.guide, "why": slot.closed}
            for slot in _takers(leaver, found)
            if slot.closed and (slot.capacity or slot.held)
        ],
    }


@dataclass(frozen=True)
class Applied:
    """`skipped`: code and reason (absent, held_by_another) of each fan of whom the plan was no longer true."""

    plan: AssignmentPlan
    applied: int
    skipped: list[tuple[str, str]]


@transaction.atomic
def apply_plan(project: Project, plan: AssignmentPlan, *, applied_by: str) -> Applied:
    """Record the plan's decisions, dated now, and derive what follows. Fans that changed since are skipped and listed.

    Raises PlanRefusedError where it was applied already, where accounts, keepers or capacities changed, or where more
    than one in a hundred of its fans did. It says what changed; a new plan starts from how things stand now.
    """
    lock_brand()
    plan = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.applied_at:
        raise PlanRefusedError(say("这个方案已经执行过", "This plan was applied already"))
    now = timezone.now()
    basis = _basis(current_slots(project, now))
    if plan.basis != basis:
        told = say("；", "; ").join(_changes(plan.basis, basis))
        raise PlanRefusedError(
            say(
                f"方案生成后有变化：{told}。没有移动任何粉丝，请重新生成方案",
                f"Since the plan was made: {told}. No fan was moved: make a new plan",
            )
        )
    stale = sql.rows(SQL / "plan_stale.sql", {"project": project.pk, "plan": plan.pk, "now": now})
    moves = plan.moves.count()
    if len(stale) > moves * STALE_PART:
        raise PlanRefusedError(_staleness(plan, moves, stale))
    extra = {"reason": f"plan {plan.pk}: {plan.scope}"}
    decide = {"now": now, "day": local_day(now, zone_of(project)), "stale": [row[0] for row in stale]}
    plan.batch = record_decisions(project, plan, "decide_plan.sql", {**decide, "extra": extra}, made_by=applied_by)
    plan.applied_at, plan.applied_by = now, applied_by
    plan.save(update_fields=["batch", "applied_at", "applied_by"])
    skipped = [(code, "absent" if absent else "held_by_another") for _id, code, absent in stale]
    return Applied(plan, moves - len(skipped), skipped)


def _staleness(plan: AssignmentPlan, moves: int, stale: Sequence[Sequence[Any]]) -> str:
    """What became of the fans of whom the plan is no longer true, and what to do."""
    ids = [row[0] for row in stale if not row[2]]
    dealt = PlannedMove.objects.filter(plan__scope=AUTOMATIC, plan__made_at__gte=plan.made_at, fan_id__in=ids).count()
    parts = [
        (sum(1 for row in stale if row[2]), "位已流失", "lost"),
        (dealt, "位已由自动分配放好", "assigned automatically"),
        (len(ids) - dealt, "位已换承接的企微号", "held by another account"),
    ]
    chinese = "、".join(f"{number:,} {words}" for number, words, _ in parts if number)
    english = ", ".join(f"{number:,} {words}" for number, _, words in parts if number)
    return say(
        f"方案的 {moves:,} 位粉丝中有 {len(stale):,} 位已变化（{chinese}）。没有移动任何粉丝，请为其余粉丝重新生成方案",
        f"{len(stale):,} of the plan's {moves:,} fans changed since ({english}). No fan was moved: make a new plan for "
        "the others",
    )


def record_decisions(
    project: Project, plan: AssignmentPlan, question: str, parameters: dict[str, Any], *, made_by: str
) -> Batch:
    """Write decisions about the plan's fans (`question`: a file of sql/) as one batch, piece by piece, each piece a
    merge with its projections."""
    parameters = {**parameters, "extra": msgspec.json.encode(parameters["extra"]).decode()}
    batch = Batch.objects.create(project=project, digest=b"", made_by=made_by, state=Batch.State.DONE)
    rules, zone = rules_in_use(project), ZoneInfo(project.timezone)
    ids = list(plan.moves.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        seq = Merge.objects.create(batch=batch).pk
        bounds = {"project": project.pk, "plan": plan.pk, "seq": seq, "first": piece[0], "last": piece[-1]}
        with staging():
            batch.accepted += sql.run(SQL / question, {**parameters, **bounds})
            project_merge(project.pk, zone, rules, seq, len(piece))
    batch.received, batch.finished_at = batch.accepted, timezone.now()
    batch.save(update_fields=["received", "accepted", "finished_at"])
    ask("rollup", str(project.pk))
    return batch


# -- Newcomers --------------------------------------------------------------------------------------------------------


@transaction.atomic
def assign_newcomers(project: Project) -> int:
    """Decide for fans who came without a holder, where accounts have room. Returns how many; the rest stay in the pool,
    and whoever leads the project is told once a day.

    A decision is dated at her addition if that was within 24 hours, else now; it expects that nobody holds her.
    """
    lock_brand()
    project.refresh_from_db()
    if not project.auto_assign or not Projection.objects.filter(project=project).exists():
        return 0
    now = timezone.now()
    found = current_slots(project, now)
    occasion = f"unassigned:{project.pk}:{local_day(now, zone_of(project))}"
    if not any(slot.free for slot in found) and is_told(occasion):
        return 0
    counts = sql.rows(SQL / "unheld_newcomers.sql", {"project": project.pk, "now": now})
    deal = _deal("unassigned", None, found, counts, None)
    if deal.beyond:
        notify(
            project, "fans_unassigned", leads(project, now), side="agency", occasion=occasion, subject="assignments",
            facts={"fans": deal.beyond}, now=now,
        )  # fmt: skip
    moves = sum(deal.takes.values())
    if moves:
        plan = AssignmentPlan.objects.create(
            project=project, scope=AUTOMATIC, basis=_basis(found), preview={}, made_by="siyu", applied_by="siyu",
            applied_at=now,
        )  # fmt: skip
        _stage_moves(plan, deal, {None: moves + deal.beyond})
        days, starts = _days_around(now, zone_of(project))
        parameters = {"now": now, "days": days, "starts": starts, "extra": {"reason": "automatic"}}
        plan.batch = record_decisions(project, plan, "decide_newcomers.sql", parameters, made_by="siyu")
        plan.save(update_fields=["batch"])
    sql.run(SQL / "drop_plan.sql")
    return moves


def _days_around(now: datetime, zone: ZoneInfo) -> tuple[list[date], list[datetime]]:
    """The local days a decision of now may be dated on, with their first instants."""
    today = local_day(now, zone)
    days = [today - timedelta(days=back) for back in (2, 1, 0)]
    return days, [day_start(day, zone).astimezone(UTC) for day in days]


def plan_to_dict(plan: AssignmentPlan) -> dict[str, Any]:
    return {
        "plan": plan.pk,
        "scope": plan.scope,
        "made_at": plan.made_at,
        "applied_at": plan.applied_at,
        "undone_at": plan.undone_at,
        "batch": plan.batch_id,
        **plan.preview,
        "excluded": [
            {**account, "message": say(*WHY_CLOSED[account["why"]])} for account in plan.preview.get("excluded", [])
        ],
    }

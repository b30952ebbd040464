"""Assignment decisions: plans that are previewed and applied once, and the automatic ones for newcomers.

Decisions are events like those a source sends; they move a fan through the same fold, so a late loss or a withdrawn
addition still gives the right history, and a plan's batch can be undone like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.utils import timezone

from fans.allocation import AccountState, Slot, balance, fill, slots
from fans.merge import lock_brand, rules_in_use, staging
from fans.models import AssignmentPlan, Batch, Merge, Projection
from fans.projection import project_merge
from guides.models import Placement
from guides.queries import is_on
from projects.models import Account, Project
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

    `scope`: "unassigned", "account:<code>" or "rebalance". The same state gives the same plan. Raises BadScopeError.
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
    plan.preview = _preview(project, plan, found, deal)
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
    """What every account of the brand can hold in this project now, by code."""
    accounts = list(Account.objects.all())
    held = dict(sql.rows(SQL / "held_by_account.sql", {"project": project.pk, "now": now}))
    keepers = keeper_histories(accounts)
    states = []
    for account in accounts:
        kept = [keeper for keeper in keepers[account.pk] if keeper.since <= now]
        guide = kept[-1].guide.code if kept and kept[-1].guide else None
        states.append(AccountState(account.code, guide, account.capacity, held.get(account.pk, 0)))
    return slots(states, shares_on(project, local_day(now, zone_of(project))), project.fans_per_guide)


def shares_on(project: Project, day: date) -> dict[str, Decimal]:
    """Each guide's share of time in the project on a local day."""
    schema = current_schema()
    shares: dict[str, Decimal] = {}
    with enter_public():  # placements belong to the agency; which brand is ours stands in public
        placed = Placement.objects.filter(brand__schema_name=schema, project=project.code).select_related("guide")
        for placement in placed:
            if is_on(placement, day):
                shares[placement.guide.code] = shares.get(placement.guide.code, Decimal()) + placement.share
    return shares


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
    takers = [slot for slot in found if leaver is None or slot.code != leaver.code]
    room = sum(fill(takers, movable).values())
    takes = fill(takers, room if most is None else min(most, room))
    return Deal({leaver.code if leaver else None: sum(takes.values())}, takes, barred, movable - room)


def _bounded(slot: Slot, can_leave: Mapping[str, int]) -> Slot:
    """An account gives only fans whom WeCom may still move: the others count as settled."""
    stuck = slot.held - can_leave.get(slot.code, 0)
    if not stuck:
        return slot
    return Slot(slot.code, slot.guide, max(0, slot.capacity - stuck), slot.held - stuck, slot.free)


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
    """What a plan rests on beside the fans: the keeper and capacity of each account that can hold any."""
    return [[slot.code, slot.guide, slot.capacity] for slot in found if slot.capacity]


def _preview(project: Project, plan: AssignmentPlan, found: Sequence[Slot], deal: Deal) -> dict[str, Any]:
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
    than one in a hundred of its fans did: make a new one then.
    """
    lock_brand()
    plan = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.applied_at:
        raise PlanRefusedError(say("这个方案已经执行过", "This plan was applied already"))
    now = timezone.now()
    if plan.basis != _basis(current_slots(project, now)):
        raise PlanRefusedError(
            say("企微号、保管人或容量已变，请重新生成方案", "Accounts, keepers or capacities changed: make a new plan")
        )
    stale = sql.rows(SQL / "plan_stale.sql", {"project": project.pk, "plan": plan.pk, "now": now})
    moves = plan.moves.count()
    if len(stale) > moves * STALE_PART:
        raise PlanRefusedError(
            say(
                f"{moves} 位粉丝中有 {len(stale)} 位已变化，请重新生成方案",
                f"{len(stale)} of {moves} fans changed since: make a new plan",
            )
        )
    extra = {"reason": f"plan {plan.pk}: {plan.scope}"}
    decide = {"now": now, "day": local_day(now, zone_of(project)), "stale": [row[0] for row in stale]}
    plan.batch = _record(project, plan, "decide_plan.sql", {**decide, "extra": extra}, made_by=applied_by)
    plan.applied_at, plan.applied_by = now, applied_by
    plan.save(update_fields=["batch", "applied_at", "applied_by"])
    skipped = [(code, "absent" if absent else "held_by_another") for _id, code, absent in stale]
    return Applied(plan, moves - len(skipped), skipped)


def _record(
    project: Project, plan: AssignmentPlan, question: str, parameters: dict[str, Any], *, made_by: str
) -> Batch:
    """Write the plan's decisions piece by piece as one batch, each piece a merge with its projections."""
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
    """Decide for fans who came without a holder, where accounts have room. Returns how many; the rest stay in the pool.

    A decision is dated at her addition if that was within 24 hours, else now; it expects that nobody holds her.
    """
    lock_brand()
    project.refresh_from_db()
    if not project.auto_assign or not Projection.objects.filter(project=project).exists():
        return 0
    now = timezone.now()
    found = current_slots(project, now)
    if not any(slot.free for slot in found):
        return 0
    counts = sql.rows(SQL / "unheld_newcomers.sql", {"project": project.pk, "now": now})
    deal = _deal("unassigned", None, found, counts, None)
    moves = sum(deal.takes.values())
    if moves:
        plan = AssignmentPlan.objects.create(
            project=project, scope="automatic", basis=_basis(found), preview={}, made_by="siyu", applied_by="siyu",
            applied_at=now,
        )  # fmt: skip
        _stage_moves(plan, deal, {None: moves + deal.beyond})
        days, starts = _days_around(now, zone_of(project))
        parameters = {"now": now, "days": days, "starts": starts, "extra": {"reason": "automatic"}}
        plan.batch = _record(project, plan, "decide_newcomers.sql", parameters, made_by="siyu")
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
        "batch": plan.batch_id,
        **plan.preview,
    }

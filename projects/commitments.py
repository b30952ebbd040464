"""What both sides promised each other, delivered and confirmed: DOMAIN 2.4. Runs inside the brand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db import transaction
from django.utils import timezone

from projects.audit import record
from projects.models import AuditEntry, Commitment, Project, Relief, Side
from projects.queries import people, zone_of
from projects.services import fault, locked
from projects.workdays import is_known, workday_after
from siyu.periods import DAY, day_start, local_day
from siyu.problems import DomainError, say
from tenants.identity import Identity

SILENCE = 3  # working days without a word that confirm what the brand entered
INDICATORS = (
    "diverted_users",
    "diversion_rate",
    "cost_per_diverted_user",
    "retention_rate",
    "satisfaction_rate",
    "churn_rate",
    "interaction_rate",
    "gmv",
    "koc_users",
    "referral_users",
)
State = Literal["open", "overdue", "delivered", "late"]


class CommitmentRefusedError(DomainError):
    status = 422
    code = "commitment_refused"


class CommitmentConflictError(DomainError):
    status = 409
    code = "commitment_conflict"


class CommitmentForbiddenError(DomainError):
    status = 403
    code = "not_yours"


# -- Reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A commitment on a day in the project's zone. `late_days`: days after the due day, up to the delivery or today.

    `silent_on`: the last of the working days after which silence confirms, None where it never does;
    `calendar_known`: whether that day rests on the published calendar. `confirmed_how`: person, silence or None.
    """

    state: State
    late_days: int
    silent_on: date | None
    calendar_known: bool
    confirmed_how: Literal["person", "silence"] | None
    confirmed_at: datetime | None


def standing_of(commitment: Commitment, project: Project, now: datetime) -> Standing:
    zone = zone_of(project)
    today = local_day(now, zone)
    state, late_days = lateness(
        commitment.promised, commitment.delivered, commitment.delivered_on, commitment.due_on, today
    )
    silent_on = _silent_on(commitment, project)
    known = silent_on is None or is_known(silent_on.year)
    if commitment.confirmed_at:
        return Standing(state, late_days, silent_on, known, "person", commitment.confirmed_at)
    if silent_on and silent_on < today:
        return Standing(state, late_days, silent_on, known, "silence", day_start(silent_on + DAY, zone))
    return Standing(state, late_days, silent_on, known, None, None)


def lateness(
    promised: Decimal, delivered: Decimal | None, delivered_on: date | None, due_on: date, today: date
) -> tuple[State, int]:
    """And the days of it. What is delivered in part is not delivered."""
    if delivered is not None and delivered >= promised and delivered_on:
        days = max(0, (delivered_on - due_on).days)
        return ("late" if days else "delivered"), days
    days = max(0, (today - due_on).days)
    return ("overdue" if days else "open"), days


def _silent_on(commitment: Commitment, project: Project) -> date | None:
    """Only what the brand entered is confirmed by silence."""
    if commitment.side != Side.BRAND or commitment.entered_at is None:
        return None
    return workday_after(local_day(commitment.entered_at, zone_of(project)), SILENCE)


def commitments_of(project: Project, *, month: date | None = None) -> list[Commitment]:
    """By month, side and kind; of one month (its first day) or all."""
    found = Commitment.objects.filter(project=project).prefetch_related("reliefs")
    if month:
        found = found.filter(month=month)
    return list(found.order_by("month", "side", "kind", "id"))


def describe(commitments: Sequence[Commitment], project: Project, now: datetime) -> list[dict[str, Any]]:
    """As both sides read them over REST and on the page."""
    reliefs = [relief for commitment in commitments for relief in commitment.reliefs.all()]
    ids = [commitment.confirmed_by_id for commitment in commitments]
    ids += [user_id for relief in reliefs for user_id in (relief.agency_by_id, relief.brand_by_id)]
    names = {user_id: str(user) for user_id, user in people(ids).items()}
    return [_described(commitment, standing_of(commitment, project, now), names) for commitment in commitments]


def _described(commitment: Commitment, standing: Standing, names: Mapping[int, str]) -> dict[str, Any]:
    reliefs = sorted(commitment.reliefs.all(), key=lambda relief: relief.pk)
    agreed = [relief for relief in reliefs if relief.agency_at and relief.brand_at]
    proposed = [relief for relief in reliefs if not (relief.agency_at and relief.brand_at)]
    return {
        **_as_agreed(commitment),
        "source": "entered",
        "state": standing.state,
        "late_days": standing.late_days,
        "confirmed_by": names.get(commitment.confirmed_by_id or 0),
        "confirmed_at": standing.confirmed_at.isoformat() if standing.confirmed_at else None,
        "confirmed_how": standing.confirmed_how,
        "silence_confirms_after": standing.silent_on.isoformat() if standing.silent_on else None,
        "calendar": "published" if standing.calendar_known else "monday_to_friday",
        "confirmed_before": None,
        "relief": _relief_dict(agreed[-1], names) if agreed else None,
        "relief_proposed": _relief_dict(proposed[-1], names) if proposed else None,
    }


def _as_agreed(commitment: Commitment) -> dict[str, Any]:
    return {
        "id": commitment.pk,
        "side": str(commitment.side),
        "kind": str(commitment.kind),
        "month": f"{commitment.month:%Y-%m}",
        "channel": commitment.channel or None,
        "what": commitment.what,
        "unit": commitment.unit,
        "promised": f"{commitment.promised:.2f}",
        "due_on": commitment.due_on.isoformat(),
        "delivered": None if commitment.delivered is None else f"{commitment.delivered:.2f}",
        "delivered_on": commitment.delivered_on.isoformat() if commitment.delivered_on else None,
    }


def _relief_dict(relief: Relief, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "share": f"{relief.share.normalize():f}",
        "indicators": relief.indicators,
        "agency": _said(names, relief.agency_by_id, relief.agency_at),
        "brand": _said(names, relief.brand_by_id, relief.brand_at),
    }


def _said(names: Mapping[int, str], by: int | None, at: datetime | None) -> dict[str, str] | None:
    return {"by": names.get(by or 0, ""), "at": at.isoformat()} if at else None


# -- Promising and delivering -----------------------------------------------------------------------------------------


class Wish(NamedTuple):
    """One commitment as it shall be. `id`: of the row it stands for, None for a new one; `month`: its first day."""

    id: int | None
    side: str
    kind: str
    month: date
    channel: str
    what: str
    unit: str
    promised: Decimal
    due_on: date
    delivered: Decimal | None
    delivered_on: date | None


PROMISE = ("kind", "month", "channel", "what", "unit", "promised", "due_on")
DELIVERY = ("delivered", "delivered_on")


@transaction.atomic
def put_commitments(project: Project, wishes: Sequence[Wish | None], *, by: Identity) -> None:
    """Make these the commitments of one's own side. Rows of the other side may be sent along as they are; left out or
    not, they stay; None stands where a row of the body is none of these. A changed promise or delivery awaits
    confirmation anew. A key enters deliveries only. What was promised stands once its due day has passed.

    Raises CommitmentRefusedError naming the rows at fault, CommitmentForbiddenError for a row of the other side and for
    what a key may not, CommitmentConflictError for changing or removing a promise that is past due, or removing one
    that a relief rests on.
    """
    project = locked(project)
    today = local_day(timezone.now(), zone_of(project))
    there = {row.pk: row for row in Commitment.objects.filter(project=project).prefetch_related("reliefs")}
    own = {pk: row for pk, row in there.items() if row.side == by.side}
    settled = [(place, _with_day(wish, there.get(wish.id or 0), today)) for place, wish in enumerate(wishes) if wish]
    _refuse_foreign(settled, there, by)
    ours = [(place, wish) for place, wish in settled if wish.side == by.side]
    kept = {wish.id for _, wish in ours}
    if by.key:
        _refuse_promises_of_keys(ours, own)
    _refuse_past_due(project, ours, own, today)
    for pk in own.keys() - kept:
        _remove(own[pk], by)
    for _, wish in ours:
        if wish.id is None:
            _add(project, wish, by)
        else:
            _change(own[wish.id], wish._asdict(), by)


def _with_day(wish: Wish, row: Commitment | None, today: date) -> Wish:
    """A delivery whose day is not said was made on the day it was said to be made before, or today."""
    if wish.delivered is None:
        return wish._replace(delivered_on=None)
    if wish.delivered_on is not None:
        return wish
    same = row is not None and row.delivered == wish.delivered
    return wish._replace(delivered_on=row.delivered_on if row and same else today)


def _refuse_foreign(wishes: Iterable[tuple[int, Wish]], there: Mapping[int, Commitment], by: Identity) -> None:
    flaws, foreign, seen = [], [], set()
    for place, wish in wishes:
        row = there.get(wish.id or 0)
        if wish.id is not None and (row is None or wish.id in seen):
            message = say(f"没有可修改的承诺 {wish.id}", f"There is no commitment {wish.id} to change")
            flaws.append(fault(f"/{place}/id", "unknown_commitment", message))
            continue
        seen.add(wish.id)
        is_theirs = wish.side != by.side or (row is not None and row.side != by.side)
        if is_theirs and (row is None or _wish_of(row) != wish):
            message = say("这是对方的承诺，只能由对方填写", "It is the other side's to enter")
            foreign.append(fault(f"/{place}", "not_yours", message))
    if flaws:
        raise CommitmentRefusedError(say("承诺不符合要求", "The commitments are not valid"), errors=flaws)
    if foreign:
        raise CommitmentForbiddenError(foreign[0]["message"], errors=foreign)


def _refuse_promises_of_keys(ours: Sequence[tuple[int, Wish]], own: Mapping[int, Commitment]) -> None:
    kept = {wish.id for _, wish in ours}
    changed = [place for place, wish in ours if wish.id is None or _promises_otherwise(wish, own[wish.id])]
    if changed or own.keys() - kept:
        message = say("密钥只能填写交付，不能改动承诺", "A key enters deliveries and changes no promise")
        errors = [fault(f"/{place}", "deliveries_only", message) for place in changed]
        raise CommitmentForbiddenError(message, code="deliveries_only", errors=errors)


def _promises_otherwise(wish: Wish, row: Commitment) -> bool:
    return any(getattr(row, name) != getattr(wish, name) for name in PROMISE)


def _refuse_past_due(
    project: Project, ours: Iterable[tuple[int, Wish]], own: Mapping[int, Commitment], today: date
) -> None:
    """A promise whose due day has passed is no longer one side's to rewrite or drop: the other holds it. What was
    entered after its due day can be put right on that day, unless a relief rests on it already."""
    past = {
        pk: row
        for pk, row in own.items()
        if row.due_on < today and (row.reliefs.all() or not _made_on(project, row, today))
    }
    message = say(
        "期限已过，承诺的内容和期限不能再单方面改动或删除；交付仍可填写，减免由双方约定",
        "Its due day has passed: what was promised, and by when, is no longer one side's to change or remove. "
        "Deliveries can still be entered, and reliefs are agreed by both",
    )
    kept = {wish.id: (place, wish) for place, wish in ours if wish.id in past}
    errors = [
        fault(f"/{kept[pk][0]}", "past_due", message)
        for pk in sorted(kept.keys(), key=lambda pk: kept[pk][0])
        if _promises_otherwise(kept[pk][1], past[pk])
    ]
    if any(not past[pk].reliefs.all() for pk in past.keys() - kept.keys()):  # the others _remove refuses
        errors.append(fault("", "past_due", message))
    if errors:
        raise CommitmentConflictError(message, code="past_due", errors=errors)


def _made_on(project: Project, row: Commitment, day: date) -> bool:
    """Whether the row was first entered on that local day."""
    made = AuditEntry.objects.filter(project=project, subject=f"commitment:{row.pk}").order_by("pk").first()
    return made is not None and local_day(made.at, zone_of(project)) == day


def _wish_of(row: Commitment) -> Wish:
    return Wish(row.pk, **{name: getattr(row, name) for name in Wish._fields if name != "id"})


def _add(project: Project, wish: Wish, by: Identity) -> None:
    fields = {name: value for name, value in wish._asdict().items() if name != "id"}
    entered = timezone.now() if wish.delivered is not None else None
    made = Commitment.objects.create(project=project, entered_at=entered, **fields)
    record(project, f"commitment:{made.pk}", None, _as_agreed(made), by=by.label)


def _change(row: Commitment, fields: Mapping[str, Any], by: Identity) -> None:
    before = _as_agreed(row)
    changed = [name for name in (*PROMISE, *DELIVERY) if name in fields and fields[name] != getattr(row, name)]
    if not changed:
        return
    for name in changed:
        setattr(row, name, fields[name])
    row.entered_at = timezone.now() if row.delivered is not None else None
    row.confirmed_by, row.confirmed_at = None, None
    row.save(update_fields=[*changed, "entered_at", "confirmed_by", "confirmed_at"])
    record(row.project, f"commitment:{row.pk}", before, _as_agreed(row), by=by.label)


def _remove(row: Commitment, by: Identity) -> None:
    if row.reliefs.all():
        message = say("已约定减免的承诺不能删除", "A relief rests on it: it cannot be removed")
        raise CommitmentConflictError(message, errors=[fault("", "has_relief", message)])
    record(row.project, f"commitment:{row.pk}", _as_agreed(row), None, by=by.label)
    row.delete()


@transaction.atomic
def deliver(
    project: Project, commitment_id: int, delivered: Decimal, delivered_on: date | None, *, by: Identity
) -> Commitment:
    """Enter what was delivered of one's own side's commitment, in all; the day is today's where it is not said.

    Raises Commitment.DoesNotExist, CommitmentForbiddenError for the other side's.
    """
    project = locked(project)
    row = Commitment.objects.get(project=project, pk=commitment_id)
    if row.side != by.side:
        raise CommitmentForbiddenError(say("这是对方的承诺，只能由对方填写", "It is the other side's to enter"))
    wish = _wish_of(row)._replace(delivered=delivered, delivered_on=delivered_on)
    _change(row, _with_day(wish, row, local_day(timezone.now(), zone_of(project)))._asdict(), by)
    return row

"""Confirming what the other side delivered, and agreeing on what a missed commitment relieves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from projects.audit import record
from projects.commitments import CommitmentConflictError, CommitmentForbiddenError, standing_of
from projects.models import Commitment, Project, Relief, Side
from projects.services import fault, locked
from siyu.problems import say
from siyu.remembering import asked_once
from tenants.identity import Identity
from tenants.models import User


@transaction.atomic
def confirm(project: Project, commitment_id: int, delivered: Decimal, *, by: Identity, person: User) -> Commitment:
    """Confirm for one's own side what the other says to have delivered, as it was read. Said again it changes nothing.

    Raises Commitment.DoesNotExist; CommitmentForbiddenError for one's own side's; CommitmentConflictError where nothing
    is delivered yet or it reads otherwise by now.
    """
    project = locked(project)
    row = Commitment.objects.get(project=project, pk=commitment_id)
    if row.side == by.side:
        raise CommitmentForbiddenError(say("己方的交付由对方确认", "One's own delivery is the other side's to confirm"))
    if row.delivered is None:
        raise CommitmentConflictError(say("还没有填写交付", "Nothing is delivered yet"))
    if row.delivered != delivered:
        message = say("交付数已变更，请重新查看后再确认", "The delivery has changed: read it again before confirming")
        raise CommitmentConflictError(message, errors=[fault("/delivered", "changed", message)])
    if row.confirmed_at is None:
        row.confirmed_by, row.confirmed_at = person, timezone.now()
        row.save(update_fields=["confirmed_by", "confirmed_at"])
        said = {"side": by.side, "delivered": f"{delivered:.2f}"}
        record(project, f"confirmation:{row.pk}", None, said, by=by.label)
    return row


@transaction.atomic
def propose_relief(
    project: Project, commitment_id: int, share: Decimal, indicators: Sequence[str], *, by: Identity, person: User
) -> Relief:
    """Say for one's own side by which share (0..1) a missed commitment of the brand relieves which indicators.

    It is agreed once both sides have said the same. Another proposal stands for itself: what was agreed before stays in
    force until that one is agreed too. Raises Commitment.DoesNotExist, CommitmentConflictError where nothing was
    missed, or for the agency's own commitment, which relieves nobody.
    """
    project = locked(project)
    row = Commitment.objects.get(project=project, pk=commitment_id)
    if row.side != Side.BRAND:
        raise CommitmentConflictError(
            say("只有品牌方的承诺可以减免指标", "Only the brand's commitments relieve indicators")
        )
    reliefs = list(row.reliefs.order_by("pk"))
    named = sorted(indicators)
    agreed = [relief for relief in reliefs if relief.agency_at and relief.brand_at]
    if agreed and (agreed[-1].share, agreed[-1].indicators) == (share, named):
        return agreed[-1]
    if standing_of(row, project, timezone.now()).state not in ("overdue", "late"):
        raise CommitmentConflictError(
            say("这项承诺没有逾期，无需减免", "It was not missed: there is nothing to relieve")
        )
    relief = next((relief for relief in reliefs if relief not in agreed), None)
    before = _as_said(relief)
    if relief is None or (relief.share, relief.indicators) != (share, named):
        if relief:
            relief.delete()
        relief = Relief(commitment=row, share=share, indicators=named)
    _refuse_same_person(relief, by, person)
    if getattr(relief, f"{by.side}_at") is None:
        setattr(relief, f"{by.side}_by", person)
        setattr(relief, f"{by.side}_at", timezone.now())
        relief.save()
    record(project, f"relief:{row.pk}", before, _as_said(relief), by=by.label)
    return relief


def _refuse_same_person(relief: Relief, by: Identity, person: User) -> None:
    other = relief.brand_by_id if by.side == "agency" else relief.agency_by_id
    if other == person.pk:
        raise CommitmentConflictError(say("同一人不能代表双方确认", "One person cannot confirm for both sides"))


@dataclass(frozen=True)
class AgreedRelief:
    """A relief in force: by `share` (0..1) of what the indicators ask for in the month (its first day), since the brand
    missed the commitment with this id."""

    commitment: int
    kind: str
    what: str
    month: date
    share: Fraction
    indicators: tuple[str, ...]


@asked_once
def agreed_reliefs(project: Project) -> list[AgreedRelief]:
    """What both sides have agreed on by now, one of a commitment: the newest agreed. By month and commitment."""
    both = Relief.objects.filter(
        commitment__project=project, agency_at__isnull=False, brand_at__isnull=False
    ).select_related("commitment")
    newest = {relief.commitment_id: relief for relief in both.order_by("pk")}
    found = [
        AgreedRelief(
            commitment=relief.commitment_id,
            kind=relief.commitment.kind,
            what=relief.commitment.what,
            month=relief.commitment.month,
            share=Fraction(relief.share),
            indicators=tuple(relief.indicators),
        )
        for relief in newest.values()
    ]
    return sorted(found, key=lambda relief: (relief.month, relief.commitment))


def _as_said(relief: Relief | None) -> dict[str, object] | None:
    if relief is None:
        return None
    return {
        "share": f"{relief.share.normalize():f}",
        "indicators": relief.indicators,
        "agency": relief.agency_by_id,
        "brand": relief.brand_by_id,
    }

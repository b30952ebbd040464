"""Reads of what came in: batches and events that wait."""

from typing import Any

from django.db.models import Q, QuerySet

from fans.models import Batch, Event, EventKind, Fan, Member, Refund
from projects.models import Project

_WAIT_FOR_A_FAN = (EventKind.ASSIGNMENT, EventKind.FAN_LOST, EventKind.INTERACTION, EventKind.RATING)


def batches_of(project: Project, *, key: str | None = None) -> QuerySet[Batch]:
    """The project's batches; with `key`, those sent under that Idempotency-Key."""
    found = Batch.objects.filter(project=project)
    return found.filter(idempotency_key=key) if key else found


def held_events(project: Project) -> QuerySet[Event]:
    """Events in force that wait: about a fan without an addition in force, refunds that found no order or no room."""
    unknown = Member.objects.filter(project_id=project.pk, known_at=None)
    waiting = Refund.objects.filter(project_id=project.pk).exclude(state=Refund.State.APPLIED)
    in_force = Event.objects.filter(project_id=project.pk, superseded_by=None, status=Event.Status.CONTENT)
    return in_force.filter(
        Q(kind__in=_WAIT_FOR_A_FAN, fan_id__in=unknown.values("fan_id")) | Q(pk__in=waiting.values("event_id"))
    )


def describe_held(project: Project, events: list[Event]) -> list[dict[str, Any]]:
    """{type, id, at, fan|order, reason} of each: unknown_fan, unknown_order or refund_exceeds_paid."""
    fans: dict[int | None, str] = dict(
        Fan.objects.filter(pk__in=[event.fan_id for event in events]).values_list("pk", "code")
    )
    states = dict(Refund.objects.filter(pk__in=[event.pk for event in events]).values_list("pk", "state"))
    described = []
    for event in events:
        common = {"type": EventKind(event.kind).label, "id": event.key, "at": event.at}
        if event.kind == EventKind.ORDER_REFUNDED:
            exceeds = states[event.pk] == Refund.State.EXCEEDS
            reason = "refund_exceeds_paid" if exceeds else "unknown_order"
            described.append({**common, "order": event.order_number, "reason": reason})
        else:
            described.append({**common, "fan": fans.get(event.fan_id), "reason": "unknown_fan"})
    return described

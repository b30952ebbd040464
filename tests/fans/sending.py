"""What the tests of this room share: a project to send to, and its projections put in words that no id gets into."""

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from fans.intake import account_of, take_body
from fans.models import Event, EventKind, Fan, Holding, Member, Order, Presence, Refund, Tie
from fans.spool import spooled
from fans.undo import undo_batch
from projects.models import Account, Channel, DayMark, Project
from projects.queries import definition_in_use
from projects.services import put_definition
from tenants.keys import keys_of_current_brand
from tenants.models import Brand
from tests.factories import SiteClient, client_for, inside, make_project

NDJSON = "application/x-ndjson"
COUNTERS = ("received", "accepted", "duplicates", "replaced", "withdrawn", "held", "rejected")
Line = dict[str, Any]


class Source:
    """A project of a brand and the REST client of a source that sends to it. The zone is Asia/Shanghai."""

    def __init__(self, brand: Brand, code: str = "p1", sheet: dict[str, Any] | None = None, **fields: Any):
        self.brand = brand
        with inside(brand):
            self.project: Project = make_project(code=code, **{"auto_assign": False, **fields})
            if sheet:
                put_definition(self.project, sheet, by=None)
        self.client: SiteClient = client_for(brand, ["events:write"])
        self.path = f"/api/v1/projects/{code}"

    def post(self, body: bytes | str | Iterable[Any], *, query: str = "", kind: str = NDJSON, **headers: Any) -> Any:
        """The response. A list of events goes out a line each; bytes and text go out as they are."""
        raw = body if isinstance(body, (bytes, str)) else lines_of(body)
        return self.client.generic("POST", f"{self.path}/events/{query}", raw, content_type=kind, **headers)

    def send(self, *events: Any, **how: Any) -> dict[str, Any]:
        """The account of a body of these events; it must have been taken (200)."""
        answer = self.post(events, **how)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def count(self, *events: Any, **how: Any) -> dict[str, int]:
        """The counters of a body that are not 0, `received` left out."""
        account = self.send(*events, **how)
        assert account["received"] == sum(account[name] for name in COUNTERS[1:])
        return {name: account[name] for name in COUNTERS[1:] if account[name]}

    def undo(self, batch: int) -> Any:
        return self.client.post(f"{self.path}/batches/{batch}/undo/")

    def held(self, **query: Any) -> list[dict[str, Any]]:
        return self.client.get(f"{self.path}/events/held/", query).json()["results"]

    def facts(self) -> dict[str, Any]:
        with inside(self.brand):
            return facts_of(self.project)


def lines_of(events: Iterable[Any]) -> bytes:
    return b"".join(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n" for event in events)


def take(project: Project, events: Iterable[Line] | bytes, **how: Any) -> dict[str, Any]:
    """What REST does with a body, without HTTP around it. In the brand that is entered."""
    body = events if isinstance(events, bytes) else lines_of(events)
    digest = keys_of_current_brand().body_digest()
    with spooled(BytesIO(body), digest, encoding="", is_array=False, expected=len(body)) as spool:
        return account_of(take_body(project, spool, digest.digest(), made_by="test", **how))


def undo(project: Project, batch: int) -> Any:
    from fans.models import Batch

    return undo_batch(project, Batch.objects.get(pk=batch), made_by="test")


# -- Events: what a test does not name is of no matter to it -----------------------------------------------------------

DAY = "2026-03-02"  # a Monday


def at(hours: float, day: str = DAY) -> str:
    """So many hours after the day began in Shanghai, to the second."""
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(f"{day}T00:00:00+08:00") + timedelta(hours=hours)).isoformat()


def added(fan: str, hours: float = 0, id: str = "", **fields: Any) -> Line:
    return {"type": "fan.added", "id": id or f"+{fan}", "fan": fan, "at": at(hours), **fields}


def lost(fan: str, hours: float = 0, id: str = "", **fields: Any) -> Line:
    return {"type": "fan.lost", "id": id or f"-{fan}", "fan": fan, "at": at(hours), "by": "fan", **fields}


def moved(fan: str, to: str | None, hours: float = 0, id: str = "", **fields: Any) -> Line:
    return {"type": "assignment", "id": id or f">{fan}", "fan": fan, "at": at(hours), "to": to, **fields}


def wrote(fan: str, hours: float = 0, id: str = "", **fields: Any) -> Line:
    basis = {"type": "interaction", "id": id or f"~{fan}", "direction": "in", "kind": "message"}
    return {**basis, "fan": fan, "at": at(hours), **fields}


def touched(fan: str, hours: float = 0, id: str = "", **fields: Any) -> Line:
    return wrote(fan, hours, id or f"!{fan}", direction="out", **fields)


def rated(fan: str, score: int, hours: float = 0, id: str = "", **fields: Any) -> Line:
    return {"type": "rating", "id": id or f"*{fan}", "fan": fan, "at": at(hours), "score": score, **fields}


def paid(order: str, amount: str = "100.00", hours: float = 0, **fields: Any) -> Line:
    return {"type": "order.paid", "order": order, "amount": amount, "at": at(hours), **fields}


def refunded(order: str, amount: str, hours: float = 0, id: str = "", **fields: Any) -> Line:
    basis = {"type": "order.refunded", "id": id or f"r{order}", "stage": "unknown"}
    return {**basis, "order": order, "amount": amount, "at": at(hours), **fields}


def retract(of: str, id: str = "", **identity: Any) -> Line:
    return {"type": "retract", "of": of, **({"id": id} if id else {}), **identity}


def retraction_of(event: Line) -> Line:
    """The retract that withdraws the event."""
    identity = {"order.paid": ("order",), "koc.post": ("post",), "channel.day": ("channel", "date"),
                "brand.sales": ("month",)}.get(event["type"], ("id",))  # fmt: skip
    return {"type": "retract", "of": event["type"], **{name: event[name] for name in identity}}


# -- What is in force and what follows from it -------------------------------------------------------------------------

_NO_FACT = ("id", "event_id", "project_id", "phone_index", "named_fan_id")


def facts_of(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """All projections of a project, row for row, sorted, with codes for ids. In the brand that is entered."""
    codes = {
        "fan_id": dict(Fan.objects.values_list("id", "code")),
        "account_id": dict(Account.objects.values_list("id", "code")),
        "channel_id": dict(Channel.objects.values_list("id", "code")),
    }

    def table(model: Any, **only: Any) -> list[tuple[Any, ...]]:
        names = [field.attname for field in model._meta.fields if field.attname not in _NO_FACT]
        rows = model.objects.filter(project_id=project.pk, **only).values_list(*names)
        told = [tuple(codes[n].get(v) if n in codes else v for n, v in zip(names, row, strict=True)) for row in rows]
        return sorted(told, key=str)

    return {
        # A member that no addition in force names stands for nothing but "her events are held".
        "members": table(Member, known_at__isnull=False),
        **{model.__name__: table(model) for model in (Tie, Presence, Holding, Order, Refund)},
    }


def versions(project: Project, kind: EventKind, key: str) -> list[Event]:
    return list(Event.objects.filter(project_id=project.pk, kind=kind, key=key).order_by("id"))


def refold(project: Project) -> None:
    from fans.refold import refold_project

    refold_project(project, lambda: None)


def marked_ranges(project: Project) -> set[tuple[Any, Any]]:
    return set(DayMark.objects.filter(project=project).values_list("first_day", "last_day"))


def sheet_of(project: Project) -> dict[str, Any]:
    return definition_in_use(project).sheet

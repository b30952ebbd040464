"""Day totals as a person or a system states them: rows by guide or channel and date, through the intake.

What totals give: kpi/METRICS.md, Day totals.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from django.utils import timezone

from fans.channel_days import ChannelDay, channel_day_event
from fans.intake import COUNTERS, account_of, take_body
from fans.models import Batch
from fans.spool import spooled
from guides.queries import placements
from projects.models import Project
from siyu.brands import current_schema, enter_public
from siyu.problems import say
from tenants.keys import keys_of_current_brand
from tenants.models import Brand

Row = Mapping[str, Any]
GUIDE_GROUPS: Mapping[str, tuple[str, ...]] = {  # by event: its fields
    "fans.day": ("added", "lost", "friends"),
    "service.day": ("chats", "replied"),
    "orders.day": ("orders", "paid", "refunds"),
}


@dataclass(frozen=True)
class Taken:
    """`account`: as of a body of events, its errors with a `pointer` into the rows ("/guides/3"). `batch`: None where
    no row could be sent."""

    account: dict[str, Any]
    batch: Batch | None


def guide_codes(project: Project) -> dict[str, str]:
    """By code and by name, as `guide_word` has them: the guides who were ever placed in the project. A name that two of
    them bear names neither."""
    schema = current_schema()
    with enter_public():
        brand = Brand.objects.get(schema_name=schema)
        guides = {placed.guide.code: placed.guide.name for placed in placements(brand.pk, project.code)}
    names = Counter(guide_word(name) for name in guides.values())
    by_name = {guide_word(name): code for code, name in guides.items() if name and names[guide_word(name)] == 1}
    return by_name | {guide_word(code): code for code in guides}


def guide_word(text: str) -> str:
    """A guide's name or code as they are compared: half-width, lower case, without blanks."""
    return "".join(normalize("NFKC", text).split()).lower()


def events_of_guide(row: Row) -> Iterator[dict[str, Any]]:
    """The facts that a guide's row states, one a group. A group of which she says something must be whole: the intake
    names what is missing."""
    for kind, names in GUIDE_GROUPS.items():
        said = {name: row[name] for name in names if row.get(name) is not None}
        if said:
            yield {"type": kind, "guide": row["guide"], "date": row["date"], **said}


def take_totals(project: Project, guides: Sequence[Row], channels: Sequence[Row], *, made_by: str) -> Taken:
    """Store what the rows state, good ones where others are refused; what a row leaves out stays as it is known.
    Outside a transaction.

    guides: {guide (code or name), date, added, lost, friends, chats, replied, orders, paid, refunds}; channels:
    {channel, date, reached, cost, added}; dates "2026-11-05", money "1234.50", None for what is not stated.
    """
    now = timezone.now()
    events: list[tuple[str, dict[str, Any]]] = []
    errors: list[dict[str, Any]] = []
    known = guide_codes(project)
    for place, row in enumerate(guides):
        code = known.get(guide_word(str(row.get("guide") or "")))
        if code is None:
            errors.append(unknown_guide(f"/guides/{place}/guide", row.get("guide")))
            continue
        events += [(f"/guides/{place}", event) for event in events_of_guide({**row, "guide": code})]
    for place, row in enumerate(channels):
        events += [(f"/channels/{place}", event) for event in _events_of_channel(project, row, now)]
    batch = _send(project, [event for _, event in events], now, made_by) if events else None
    account = account_of(batch) if batch else {**dict.fromkeys(COUNTERS, 0), "errors": [], "batch": None}
    errors += [
        {"pointer": events[error["line"] - 1][0], "id": None, "code": error["code"], "message": error["message"]}
        for error in account["errors"]
    ]
    unread = len(errors) - len(account["errors"])
    account |= {"received": account["received"] + unread, "rejected": account["rejected"] + unread, "errors": errors}
    return Taken(account, batch)


def unknown_guide(pointer: str, said: object) -> dict[str, Any]:
    message = say(
        f"项目里没有这位导购（或有重名）：{said or '空'}；请用导购编号",
        f"No guide of the project, or more than one: {said or 'empty'}. Use her code",
    )
    return {"pointer": pointer, "id": None, "code": "unknown_guide", "message": message}


def _events_of_channel(project: Project, row: Row, now: datetime) -> Iterator[dict[str, Any]]:
    named = {"channel": row.get("channel"), "date": row.get("date")}
    if row.get("reached") is not None or row.get("cost") is not None:
        known = _known_channel_day(project, row, now)
        said = {name: row[name] for name in ("reached", "cost") if row.get(name) is not None}
        yield {**known, "type": "channel.day", **named, **said}
    if row.get("added") is not None:
        yield {"type": "channel.fans", **named, "added": row["added"]}


def _known_channel_day(project: Project, row: Row, now: datetime) -> dict[str, Any]:
    """What is known of the channel's day already; nothing of what is none: the intake says why."""
    try:
        day = ChannelDay(str(row.get("channel")), date.fromisoformat(str(row.get("date"))), None)
    except ValueError:
        return {}
    return channel_day_event(project, day, now)


def _send(project: Project, events: Sequence[dict[str, Any]], now: datetime, made_by: str) -> Batch:
    """The instant of entering makes each body its own: stating an old figure again corrects the newer one."""
    lines = (json.dumps({**event, "entered_at": now.isoformat()}, ensure_ascii=False) for event in events)
    body = "\n".join(lines).encode("utf-8", "replace")
    digest = keys_of_current_brand().body_digest()
    with spooled(io.BytesIO(body), digest, encoding="", is_array=False, expected=len(body)) as spool:
        return take_body(project, spool, digest.digest(), made_by=made_by)

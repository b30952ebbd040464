"""A channel's days as a person enters them: corrections of channel.day events, through the intake."""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from fans.intake import take_body
from fans.models import Batch, Event, EventKind
from fans.spool import spooled
from fans.vocabulary import channel_day_key
from projects.models import Project
from tenants.keys import keys_of_current_brand


class ChannelDay(NamedTuple):
    """`cost` in yuan. What is None leaves what is known of it as it is."""

    channel: str
    day: date
    reached: int | None
    cost: Decimal | None = None


def enter_channel_days(project: Project, days: Sequence[ChannelDay], *, made_by: str, now: datetime) -> Batch:
    """Store these reaches; what is known of the days' costs and payers stays. Outside a transaction.

    The instant of entering makes each body its own: entering an old figure again corrects the newer one.
    """
    body = b"\n".join(json.dumps(channel_day_event(project, day, now)).encode() for day in days)
    digest = keys_of_current_brand().body_digest()
    with spooled(io.BytesIO(body), digest, encoding="", is_array=False, expected=len(body)) as spool:
        return take_body(project, spool, digest.digest(), made_by=made_by)


def channel_day_event(project: Project, entered: ChannelDay, now: datetime) -> dict[str, Any]:
    """What a person enters, with what is known of the rest."""
    known = Event.objects.filter(
        project_id=project.pk, kind=EventKind.CHANNEL_DAY, key=channel_day_key(entered.channel, entered.day),
        superseded_by=None, status=Event.Status.CONTENT,
    ).first()  # fmt: skip
    cost = entered.cost if entered.cost is not None or known is None else known.amount
    return {
        "type": "channel.day",
        "channel": entered.channel,
        "date": entered.day.isoformat(),
        "reached": entered.reached if entered.reached is not None or known is None else known.reached,
        "cost": None if cost is None else f"{cost:.2f}",
        "paid_by": (known.extra or {}).get("paid_by") if known else None,
        "entered_at": now.isoformat(),
    }

"""Promised traffic beside the commitments that were entered: DOMAIN 2.4, docs/adr/0032. Runs inside the brand."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpi.questions import sql
from kpi.reach_api import confirmation_dict, names_of
from kpi.reach_confirming import promised_reach, read_reach_standings
from projects.commitments import commitments_of, describe, lateness
from projects.models import Channel, Project, Side
from projects.queries import zone_of
from siyu.periods import Period, local_day, periods
from siyu.sql import records


def both_sides(project: Project, now: datetime, *, month: date | None = None) -> list[dict[str, Any]]:
    """What both sides promised, entered and from the forecast alike, as REST and pages show it; by month, side and
    kind. `month`: its first day; None for all."""
    rows = [*describe(commitments_of(project, month=month), project, now), *traffic(project, now, month=month)]
    return sorted(rows, key=lambda row: (row["month"], row["side"], row["kind"]))


def traffic(project: Project, now: datetime, *, month: date | None = None) -> list[dict[str, Any]]:
    """The reach that binding forecasts promise, a row per month and channel, of the shape of an entered commitment.

    `delivered`: the month's reach so far, None without a figure; `delivered_on`: the day whose figure fulfilled the
    promise, else the last with one. Due on the month's last day, and the channel's `lag_days` after it.
    """
    promised = promised_reach(project, periods("month", month, month)[0] if month else None)
    if not promised:
        return []
    months = sorted({first for first, _ in promised})
    whole = Period(months[0], periods("month", months[-1], months[-1])[0].last)
    standings, reached = read_reach_standings(project, whole, now), _read_days(project, whole)
    names, channels = names_of(standings), {channel.code: channel for channel in Channel.objects.all()}
    today = local_day(now, zone_of(project))
    return [
        {
            **_row(first, channels.get(code) or Channel(code=code), promise, reached.get((first, code), {}), today),
            **confirmation_dict(standings.get((first, code)), names),
            "relief": None,
            "relief_proposed": None,
        }
        for (first, code), promise in sorted(promised.items())
    ]


def _read_days(project: Project, whole: Period) -> Mapping[tuple[date, str], dict[date, int]]:
    """Reach by day, of each month (its first day) and channel."""
    found: defaultdict[tuple[date, str], dict[date, int]] = defaultdict(dict)
    window = {"project": project.pk, "first_day": whole.first, "last_day": whole.last}
    for row in records(sql("reach_by_day"), window):
        found[row["day"].replace(day=1), row["channel"]][row["day"]] = row["reached"]
    return found


def _row(first: date, channel: Channel, promise: int, days: Mapping[date, int], today: date) -> dict[str, Any]:
    [whole] = periods("month", first, first)
    due_on = whole.last + timedelta(days=channel.lag_days)
    delivered = Decimal(sum(days.values())) if days else None
    delivered_on = _delivered_on(days, promise)
    state, late_days = lateness(Decimal(promise), delivered, delivered_on, due_on, today)
    return {
        "id": None,
        "side": str(Side.BRAND),
        "kind": "traffic",
        "month": f"{first:%Y-%m}",
        "channel": channel.code,
        "what": channel.name,
        "unit": channel.unit,
        "promised": f"{promise:.2f}",
        "due_on": due_on.isoformat(),
        "delivered": None if delivered is None else f"{delivered:.2f}",
        "delivered_on": delivered_on.isoformat() if delivered_on else None,
        "source": "forecast",
        "state": state,
        "late_days": late_days,
    }


def _delivered_on(days: Mapping[date, int], promise: int) -> date | None:
    so_far = 0
    for day in sorted(days):
        so_far += days[day]
        if so_far >= promise:
            return day
    return max(days, default=None)

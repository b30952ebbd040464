"""Day totals as the roll-up takes them: which count on a day, and what they add to its flows. kpi/METRICS.md."""

from collections.abc import MutableMapping, Sequence
from datetime import date
from typing import Any

from kpi.models import DayTotal
from kpi.questions import sql
from projects.models import Project
from siyu.sql import copy_in, records

Flows = MutableMapping[tuple[Any, ...], dict[str, Any]]  # by kpi.questions.KEY
STATED = ("added", "lost", "friends", "chats", "replied", "orders", "paid", "refunds")
GROUPS = ("fans", "service", "orders")


def add_day_totals(project_id: int, days: Sequence[date], flows: Flows) -> None:
    """Keep what is stated of these days, and add to their flows what counts. Within the roll-up's transaction."""
    DayTotal.objects.filter(project_id=project_id, day__in=days).delete()
    stated = records(sql("totals_of_days"), {"project": project_id, "days": list(days)})
    if not stated:
        return
    named = sorted({row["day"] for row in stated})
    wrote = {key[0] for key, flow in flows.items() if flow.get("interacted")}
    spoken = {
        row["day"]: {**row, "service": row["day"] in wrote}
        for row in records(sql("events_speak"), {"project": project_id, "days": named})
    }
    copy_in(
        "kpi_daytotal",
        ("project_id", "day", "guide", "channel_id", *STATED, *(f"counts_{group}" for group in GROUPS)),
        (
            (project_id, row["day"], row["guide"], row["channel_id"], *(row[name] for name in STATED),
             *(not spoken[row["day"]][group] for group in GROUPS))
            for row in stated
        ),
    )  # fmt: skip
    for day in named:
        rows = [row for row in stated if row["day"] == day]
        if not spoken[day]["fans"]:
            _add_additions(day, rows, flows)
        if not spoken[day]["orders"]:
            _add_orders(day, rows, flows)
    Project.objects.filter(pk=project_id, has_totals=False).update(has_totals=True)


def _add_additions(day: date, rows: Sequence[dict[str, Any]], flows: Flows) -> None:
    """Guides and channels list the same additions: what both sums have in common is taken back under nobody, so that
    either cut adds up to the larger of them."""
    by_guide = by_channel = 0
    for row in rows:
        if row["added"] is not None:
            _add(flows, (day, None, row["guide"], row["channel_id"]), "diverted", row["added"])
            by_guide += row["added"] if row["channel_id"] is None else 0
            by_channel += row["added"] if row["channel_id"] is not None else 0
    _add(flows, (day, None, None, None), "diverted", -min(by_guide, by_channel))


def _add_orders(day: date, rows: Sequence[dict[str, Any]], flows: Flows) -> None:
    for row in rows:
        if row["paid"] is not None:
            key = (day, None, row["guide"], None)
            for measure, name in (("orders", "orders"), ("gross", "paid"), ("refunds_unknown", "refunds")):
                _add(flows, key, measure, row[name])


def _add(flows: Flows, key: tuple[Any, ...], measure: str, number: Any) -> None:
    if number:
        cell = flows.setdefault(key, {})
        cell[measure] = cell.get(measure, 0) + number

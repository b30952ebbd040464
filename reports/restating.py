"""What later data would change in a frozen report: was, now and why. A proposal, never a change. Runs inside the brand.

In prose: docs/reports.md.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpi.arrivals import Arrival, fold_until, newest_by_day, read_arrivals
from kpi.countings import read_selection
from kpi.metrics import METRICS
from projects.models import Project
from projects.queries import definition_in_use
from reports.contents import compute
from reports.freezing import differences
from reports.models import Report, Revision
from reports.own_part import versions_in
from reports.queries import COMPARED_NOT
from siyu.periods import Period

_FANS = ("fan.added", "fan.lost", "assignment", "fans.day", "channel.fans")
_MONEY = ("order.paid", "order.refunded", "orders.day", "fan.added", "fan.lost", "assignment", "interaction")
CAUSES: Mapping[str, Sequence[str]] = {  # by indicator or part of a report: the events that it hangs on
    "diverted_users": _FANS,
    "diversion_rate": ("channel.day", *_FANS),
    "cost_per_diverted_user": ("channel.day", *_FANS),
    "retention_rate": _FANS,
    "satisfaction_rate": ("rating", *_FANS),
    "churn_rate": _FANS,
    "interaction_rate": ("interaction", "service.day", *_FANS),
    "gmv": _MONEY,
    "koc_users": ("koc.post", *_FANS),
    "referral_users": _FANS,
    "days": tuple(dict.fromkeys((*_FANS, *_MONEY))),
    "sources": _FANS,
    "fans": _FANS,
    "groups": _FANS,
    "channel_quality": _FANS,
    "new_fans_7_days": _FANS,
    "content": ("koc.post", *_FANS),
    "orders": _MONEY,
    "sales": _MONEY,
    "settlement": _MONEY,
    "private_share": ("brand.sales", *_MONEY),
    "brand_return": ("channel.day", *_MONEY),
    "traffic": ("channel.day",),
    "gaps": ("channel.day",),
}
SAME_DAYS_BEFORE = 3  # the first format whose monthlies stand against the month before
OWN_CAUSES: Mapping[str | None, Sequence[str]] = {  # by the group of what an own indicator counts (kpi.countings)
    "fans": _FANS,
    "service": ("interaction", "service.day", *_FANS),
    "orders": _MONEY,
    None: ("channel.day", "rating", "koc.post", *_FANS),
}


@dataclass(frozen=True)
class Restatement:
    """`changes`: {pointer, was, now, why: [names of causes]} of every figure that would read otherwise. `causes`:
    {name, type, what, count, first_day, last_day, arrived_first, arrived_last}; a new version of the definition sheet
    or of the forecast is one too: {name, was, now}. A change without a cause came from what is no event: an account's
    keeper, a commitment, a placement."""

    changes: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    is_significant: bool


def restate(report: Report, revision: Revision, threshold: Decimal) -> Restatement:
    """The revision against what it would say if it were made now. `threshold`: see is_significant."""
    period = Period(report.first_day, report.last_day)
    was = json.loads(revision.payload)
    contents = compute(report.project, report.kind, period, versions_in(was))  # type: ignore[arg-type]  # a kind, as the constraint holds
    now = json.loads(contents.payload)
    written = was.get("format", 1)
    if written != now["format"]:
        now = {name: part for name, part in now.items() if name in was}
        for payload in (was, now) if report.kind == "monthly" and written < SAME_DAYS_BEFORE else ():
            payload.pop("previous", None)  # of other days (reports.contents.FORMAT)
    changes = list(differences(_compared(was), _compared(now)))
    arrivals = read_arrivals(report.project, revision.seq, period) if changes else []
    causes = [*_versions(revision, contents.definition_version, contents.forecast_version), *map(_cause, arrivals)]
    for change in changes:
        change["why"] = [cause["name"] for cause in causes if _explains(cause, change["pointer"], was, now)]
    return Restatement(changes, causes if changes else [], is_significant(changes, was, now, threshold))


def _compared(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _without_marks(part) for name, part in payload.items() if name not in COMPARED_NOT}


def _without_marks(part: Any) -> Any:
    """Without what figures say of the totals that they rest on: it follows the figures."""
    if isinstance(part, Mapping):
        return {name: _without_marks(inner) for name, inner in part.items() if name != "totals"}
    return [_without_marks(inner) for inner in part] if isinstance(part, list) else part


def _versions(revision: Revision, definitions: int, forecast: int | None) -> list[dict[str, Any]]:
    pairs = {
        "definitions": (revision.definition_version, definitions),
        "forecast": (revision.forecast_version, forecast),
    }
    return [{"name": name, "was": was, "now": now} for name, (was, now) in pairs.items() if was != now]


def _cause(arrival: Arrival) -> dict[str, Any]:
    return {"name": f"{arrival.type}:{arrival.what}", **asdict(arrival)}


def _explains(cause: Mapping[str, Any], pointer: str, was: Any, now: Any) -> bool:
    """Whether what stands at the pointer hangs on the cause."""
    if "type" not in cause:
        return True
    topic = _topic(pointer, was, now)
    if topic == "own":
        return cause["type"] in _own_causes(was["own"][int(pointer.split("/")[2])]["own"])
    return topic not in CAUSES or cause["type"] in CAUSES[topic]


def _own_causes(own: Mapping[str, Any]) -> set[str]:
    """What the sides of an own indicator hang on."""
    sides = [read_selection(own[side]) for side in ("numerator", "denominator") if own[side]]
    return {type for side in sides for type in OWN_CAUSES[side.counting.group]}


def _topic(pointer: str, was: Any, now: Any) -> str:
    """The indicator that the pointer names, in its own words or by the row it leads through; else the report's part."""
    parts = pointer.split("/")[1:]
    for part in parts:
        if part in METRICS:
            return part
    for payload in (was, now):
        here: Any = payload
        for part in parts:
            if isinstance(here, Mapping):
                here = here.get(part)
            elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
                here = here[int(part)]
            else:
                break
            if isinstance(here, Mapping) and here.get("indicator") in METRICS:
                return str(here["indicator"])
    return parts[0] if parts else ""


# -- Whether it is worth a person's while -----------------------------------------------------------------------------


def is_significant(
    changes: Sequence[Mapping[str, Any]], was: Mapping[str, Any], now: Mapping[str, Any], threshold: Decimal
) -> bool:
    """Whether one of the period's indicators moved by the threshold's part of itself or more, came or went, or changed
    its band; or the floor is missed where it was not, or the reverse. `threshold` 0..1."""
    if any(change["pointer"].endswith("/band") or change["pointer"] == "/score/below" for change in changes):
        return True
    before, after = _values(was["figures"]), _values(now["figures"])
    moved = [_moved(before.get(code), value) for code, value in after.items() if before.get(code) != value]
    return any(part >= threshold for part in moved)


def _values(figures: Iterable[Mapping[str, Any]]) -> dict[str, Decimal | None]:
    return {row["indicator"]: None if row["value"] is None else Decimal(row["value"]) for row in figures}


def _moved(was: Decimal | None, now: Decimal | None) -> Decimal:
    """By which part of what it was; what came from nothing or went moved as a whole."""
    if was is None or now is None or not was:
        return Decimal(1)
    return abs(now - was) / abs(was)


# -- All of a project -------------------------------------------------------------------------------------------------


def candidates(project: Project, revisions: Sequence[Revision]) -> list[Revision]:
    """Those that anything may have changed since: something dated before their end came after their high-water mark, or
    the definition sheet is another one by now. The others say what they said."""
    if not revisions:
        return []
    sheet = definition_in_use(project).version
    marked = {revision.pk for revision in touched(project, revisions, min(revision.seq for revision in revisions))}
    return [
        revision for revision in revisions if revision.definition_version != sheet or revision.pk in marked
    ]  # fmt: skip


def touched(project: Project, revisions: Sequence[Revision], since: int) -> list[Revision]:
    """Those before whose end something is dated that came after the merge `since` and after their high-water mark."""
    newest = newest_by_day(project, since)
    return [revision for revision in revisions if _is_touched(project, revision, newest)]


def _is_touched(project: Project, revision: Revision, newest: Mapping[date, int]) -> bool:
    until = fold_until(project, Period(revision.report.first_day, revision.report.last_day).end)
    return any(seq > revision.seq for day, seq in newest.items() if day < until)

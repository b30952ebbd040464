"""One fan's course as a list of what happened, the newest first, a page at a time."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fans.models import Event, Fan, Order
from fans.roster import void_decisions
from projects.models import Project
from siyu import sql

SQL = Path(__file__).parent / "sql"
KINDS = ("added", "lost", "held", "decided", "wrote", "rated", "posted", "paid", "refunded")
EPOCH = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


class Place(NamedTuple):
    """Before which thing a page begins. Its text is the page's cursor."""

    at: datetime
    rank: int
    key: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.key}"


@dataclass(frozen=True)
class Happened:
    """`kind`: one of KINDS; `facts`: as timeline.sql says them, codes for ids, amounts as decimal text."""

    at: datetime
    rank: int
    key: str
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """`following`: where the next page begins; None on the last."""

    things: list[Happened]
    following: Place | None


def read_place(text: str) -> Place | None:
    """The place that a cursor names; None for what is none."""
    parts = text.split("~", 2)
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 2 or "\0" in text:
        return None
    try:
        at = datetime.fromisoformat(parts[0])
    except ValueError:
        return None
    return Place(at, int(parts[1]), parts[2]) if at.tzinfo is not None and at > EPOCH else None


def timeline_of(
    project: Project,
    fan: Fan,
    *,
    count: int,
    before: Place | None = None,
    kinds: Collection[str] = KINDS,
    how: str = "",
    touch: str = "",
) -> Timeline:
    """`count` things of these kinds before the place, the newest without one. `how`: of messages only those of this
    kind of an interaction; `touch`: of orders and their refunds only those by it."""
    place = before or Place(EPOCH, 0, "")
    found = sql.rows(
        SQL / "timeline.sql",
        {
            "project": project.pk,
            "fan": fan.pk,
            "void": list(void_decisions(project, fan)) if "decided" in kinds else [],
            "kinds": list(kinds),
            "how": how,
            "touch": touch,
            "at": before.at if before else None,
            "rank": place.rank,
            "key": place.key,
            "count": count + 1,
        },
    )
    things = [Happened(at, rank, key, kind, _facts(facts)) for at, rank, key, kind, facts in found[:count]]
    last = things[-1] if len(found) > count else None
    return Timeline(things, Place(last.at, last.rank, last.key) if last else None)


def touches_of(project: Project, fan: Fan) -> list[str]:
    """Those that her orders name."""
    orders = Order.objects.filter(project_id=project.pk, fan_id=fan.pk).values("event_id")
    found = Event.objects.filter(pk__in=orders, extra__has_key="touch").values_list("extra__touch", flat=True)
    return sorted(set(found))


def _facts(value: Any) -> dict[str, Any]:
    """Django's cursor hands jsonb over as text."""
    return json.loads(value) if isinstance(value, str) else value

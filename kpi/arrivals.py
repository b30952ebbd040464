"""What arrived after a high-water mark, and so may change figures that were given before."""

from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from fans.models import EventKind, Merge
from kpi.questions import sql
from projects.models import Project
from projects.queries import definition_in_use
from siyu.periods import DAY, Period
from siyu.sql import records, rows


@dataclass(frozen=True)
class Arrival:
    """Events of one type and what became of them: `what` is late, corrected or withdrawn. Days are those that the
    events bear (of a correction the earlier one); `arrived_*`: instants of the first and last merge that brought them.
    """

    type: str
    what: str
    count: int
    first_day: date
    last_day: date
    arrived_first: datetime
    arrived_last: datetime


def fold_until(project: Project, until: date) -> date:
    """The day before which additions, decisions and losses may change figures of days before `until`: a loss makes an
    addition invalid for some hours, and a holding is credited for a day."""
    hours = max(24, int(definition_in_use(project).sheet["valid_after_hours"]))
    return until + (ceil(hours / 24) + 1) * DAY


def read_arrivals(project: Project, seq: int, period: Period) -> list[Arrival]:
    """What came after the merge `seq` and is dated so that figures of the period may know it."""
    parameters = {
        "project": project.pk,
        "seq": seq,
        "until": period.end,
        "fold_until": fold_until(project, period.end),
    }
    found = records(sql("arrived_since"), parameters)
    merges = {record[name] for record in found for name in ("first_seq", "last_seq")}
    merged_at = dict(Merge.objects.filter(pk__in=merges).values_list("pk", "merged_at"))
    return [
        Arrival(
            type=EventKind(record["kind"]).label,
            what=record["what"],
            count=record["count"],
            first_day=record["first_day"],
            last_day=record["last_day"],
            arrived_first=merged_at[record["first_seq"]],
            arrived_last=merged_at[record["last_seq"]],
        )
        for record in found
    ]


def newest_by_day(project: Project, seq: int) -> dict[date, int]:
    """By day, the newest merge after `seq` that brought or changed something dated on it."""
    return dict(rows(sql("newest_by_day"), {"project": project.pk, "seq": seq}))

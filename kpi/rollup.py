"""The roll-up: rebuild the day flows of marked days from the facts, whole days only, and delete the marks served.

Right while imports commit meanwhile. A transaction that changes a fact appends its mark in the same commit. Each
statement here (READ COMMITTED) sees all that was committed when it began, and the marks are read first. So whatever a
later statement sees beyond what the marks' statement saw has brought a mark of its own: it was not among those read, is
not deleted (marks go by the ids read, never by a bound), and has the day rebuilt once more. A day may for a moment be
built from facts of two instants, but never without a mark that awaits it. Two roll-ups of one project never overlap:
each transaction holds the project's lock.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kpi.credit import account_codes, read_keeping
from kpi.day_totals import add_day_totals
from kpi.marks import Awaited, following_days, read_awaited
from kpi.models import DayFlow
from kpi.questions import ADDITIVE, COUNTED_ANEW, KEY, period_parameters, sql
from kpi.statistics import refresh_statistics
from projects.models import DayMark, Project
from projects.queries import definition_in_use
from siyu.brands import current_schema
from siyu.due import ask
from siyu.periods import Period
from siyu.sql import copy_in, records

ROLLUP = "rollup"  # the due work that serves a project's marks (kpi.tasks)
DAYS_AT_ONCE = 31  # bounds one transaction: its memory, its locks, and what is done again if it dies
_MEASURES = [field.attname for field in DayFlow._meta.fields if field.attname not in ("id", "project_id", "day", *KEY)]


def roll_up(project: Project, between: Callable[[], None] = lambda: None) -> int:
    """Serve all marks of a project, some days a transaction, calling `between` after each. Returns the number of days
    rebuilt."""
    refresh_statistics()
    rebuilt = 0
    while (days := _roll_up_some(project)) is not None:
        rebuilt += days
        between()
    refresh_statistics()  # the flows', for those who read them next
    return rebuilt


@transaction.atomic
def mark_days(project: Project, first: date | None = None, last: date | None = None) -> None:
    """Let the days first..last (both included; None: without end) await the roll-up, whether or not a fact changed."""
    DayMark.objects.create(project=project, first_day=first or date.min, last_day=last)
    ask(ROLLUP, str(project.pk))


@transaction.atomic
def _roll_up_some(project: Project) -> int | None:
    """Serve the earliest marked days. Returns how many were rebuilt, None where no mark waits."""
    _hold_lock(project.pk)
    awaited = read_awaited(project.pk)
    if not awaited.marks:
        return None
    served = awaited.days[:DAYS_AT_ONCE]
    # Refunds that follow these days' orders; those marked themselves have their turn anyway.
    days = sorted({*served, *(following_days(project.pk, served) - set(awaited.days))})
    if days:
        rebuild_days(project, days)
    _delete_served(project.pk, awaited, served)
    return len(days)


def rebuild_days(project: Project, days: Sequence[date]) -> None:
    """Delete and build anew the flows of these days. Within a transaction that holds the project's lock."""
    zone = ZoneInfo(project.timezone)
    parameters = {
        "project": project.pk,
        "by": "all",
        "valid_after_hours": definition_in_use(project).sheet["valid_after_hours"],
        **read_keeping(account_codes()).parameters(),
        **period_parameters([Period(day, day) for day in days], zone),
    }
    flows: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    for question in (*ADDITIVE, *COUNTED_ANEW):
        for cell in records(sql(question), parameters):
            flows[tuple(cell.pop(name) for name in KEY)].update(cell)
    add_day_totals(project.pk, days, flows)
    DayFlow.objects.filter(project=project, day__in=days).delete()
    copy_in(
        "kpi_dayflow",
        ("project_id", "day", *KEY[1:], *(f'"{name}"' for name in _MEASURES)),  # NATURAL is a word of SQL
        ((project.pk, *key, *(flow.get(name, 0) for name in _MEASURES)) for key, flow in flows.items()),
    )


def _delete_served(project_id: int, awaited: Awaited, served: Sequence[date]) -> None:
    """Delete the marks read, as far as they are served: of one that reaches beyond, the rest stays as a new mark."""
    if len(served) == len(awaited.days):
        DayMark.objects.filter(id__in=[mark.id for mark in awaited.marks]).delete()
        return
    last = served[-1]
    touched = [mark for mark in awaited.marks if mark.first_day <= last]
    rests = {mark.last_day for mark in touched if mark.last_day is None or mark.last_day > last}
    DayMark.objects.filter(id__in=[mark.id for mark in touched]).delete()
    DayMark.objects.bulk_create(
        DayMark(project_id=project_id, first_day=last + timedelta(days=1), last_day=rest) for rest in rests
    )


def _hold_lock(project_id: int) -> None:
    """Until the transaction ends, no other roll-up of this project runs."""
    with connection.cursor() as cursor:
        name = f"rollup:{current_schema()}:{project_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

"""A project's facts as they were after a merge: the same fold of the same log, at an earlier seq.

Nothing is written: temporary tables hide the log and its projections under their own names, so that every question asks
what it always asks and reads what was. They hold what was in force then; fans whose log changed since are folded anew,
orders of the days looked at are bound anew, and refunds go through the ledger again. All is undone at the end (ADR
0042).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fans.ledger import Ledger, Version
from fans.models import Event, EventKind, Projection
from fans.projection import Rules, stage_courses
from projects.models import Definition, Project
from siyu import sql
from siyu.periods import DAY, Period

SQL = Path(__file__).parent / "sql"


@contextmanager
def facts_as_of(project: Project, seq: int, definition: Definition, period: Period) -> Iterator[None]:
    """Within the block, members, presences, holdings, the log and (of the period's days) orders and refunds read as
    they were after merge `seq` under the definition sheet. Ties and day flows do not: ask for neither.

    Begin it in a state of the data of one's own (kpi.queries.one_state): what comes meanwhile must not show.
    """
    with transaction.atomic():
        _hide(project, seq, definition, period)
        yield
        transaction.set_rollback(True)


def _hide(project: Project, seq: int, definition: Definition, period: Period) -> None:
    rules = Rules.of_sheet(definition.sheet)
    hours = rules.parameters()["window_hours"]
    parameters: dict[str, Any] = {
        "project": project.pk,
        "seq": seq,
        "first_day": period.first,
        "next_day": period.end,
        "looked_at_from": period.first - (ceil((hours or 0) / 24) + 1) * DAY,
        "every": not _counts_the_same(project, definition.sheet),
    }
    sql.run(SQL / "staging.sql")
    sql.run(SQL / "touched_since.sql", parameters)
    _replay_refunds(parameters)
    sql.run(SQL / "log_as_of.sql", parameters)
    stage_courses(project.pk, ZoneInfo(project.timezone), rules)
    sql.run(SQL / "courses_as_of.sql", parameters)
    sql.run(SQL / "money_as_of.sql", parameters)
    sql.run(SQL / "bind_orders.sql", parameters | rules.parameters())
    sql.run(SQL / "orders_as_of.sql", parameters)


def _counts_the_same(project: Project, sheet: Mapping[str, Any]) -> bool:
    """Whether the projections stand under a sheet that makes the same fans of the same ties."""
    version = Projection.objects.filter(project=project).values_list("definition_version", flat=True).first()
    stands = Definition.objects.filter(project=project, version=version).first() if version else None
    return stands is not None and set(stands.sheet["counting_ties"]) == set(sheet["counting_ties"])


def _replay_refunds(parameters: Mapping[str, Any]) -> None:
    """The states to which the ledger had come by then, into chunk_refund, for orders whose ledger changed since."""
    changed = [number for (number,) in sql.rows(SQL / "replayed_orders.sql", parameters)]
    if not changed:
        return
    ledger = Ledger(iter(()), (), {}, {})
    for id, kind, key, status, order, amount in sql.rows(SQL / "refund_arrivals.sql", parameters):
        kind = EventKind(kind)
        ledger.put(Version(id, kind, key, Event.Status(status), b"", order=order or key, amount=amount))
    entries = (entry for number in changed for entry in ledger.orders[number].refunds.values())
    sql.copy_in("chunk_refund", ("event_id", "state"), ((entry.arrival, entry.state) for entry in entries))

"""What is due in the brands, kept as public rows (siyu.models.DueWork) and worked off by whoever comes.

A room asks inside the brand, in the transaction that made the work necessary:

    due.ask("rollup", str(project.pk))

and answers in its tasks.py:

    @due.handles("rollup")
    def roll_up(subject: str, beat: due.Beat) -> None: ...

The handler runs inside the brand, at least once for every asking that was committed, and at most two of a brand's rows
run at one time. It must be idempotent. Long work calls `beat()` between its transactions, at least every half minute:
that extends the lease. A run ends after a quarter of an hour at the latest (Celery's time limit); what may take longer
does a part and asks again. A worker that dies lets its lease end, and another takes the row over. After three attempts
that failed the row is parked with the last error for a person to look at; asking again takes it up anew.

Brands have their turns one after the other, so that none waits behind the many rows of another. All instants are the
database's: one clock for all machines. Where it went back, what was written "later" is due at once: handlers look what
there is to do, and ask again.

The rows are the truth. Messages only knock, and a lost one costs two seconds, since beat knocks anyway.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb

from django.db import connection, transaction
from django_tenants.utils import get_tenant_model

from siyu import sql
from siyu.brands import PUBLIC, BrandNotEnteredError, current_schema, end_in_public, enter_brand, enter_public
from siyu.problems import log_unforeseen

logger = logging.getLogger(__name__)

SQL = Path(__file__).with_name("due_sql")
LEASE = timedelta(seconds=60)
ATTEMPTS = 3  # that failed
DEATHS = 10  # attempts whose worker ended without a word: killed from outside more often than by its work
PER_BRAND = 2
PATIENCE = timedelta(minutes=5)  # overdue by more, patient kinds give way no longer
PAUSE = timedelta(minutes=5)  # without a sign of life: the installation was away, or its clock jumped
RETRY = timedelta(seconds=10)  # after the first failure; twice that after the second
LOCK = 0x64756521  # one claim at a time, or two workers could exceed PER_BRAND together

Beat = Callable[[], None]
Handler = Callable[[str, Beat], None]
_handlers: dict[str, Handler] = {}
_patient: set[str] = set()  # kinds that give way to the others


class LostLeaseError(Exception):
    """The lease ended before the work did and another worker took over: stop, and change nothing more."""


@dataclass
class Claim:
    """One row this worker holds until `leased_until`, as it was when claimed."""

    id: int
    schema: str
    kind: str
    subject: str
    asked: int
    attempts: int
    leased_until: datetime

    @property
    def lock(self) -> int:
        """What this attempt locks: another attempt at the row locks another number, and waits for nobody."""
        return (self.id * 16 + self.attempts % 16) % 2**31


@dataclass(frozen=True)
class Row:
    """A row as people look at it. `state`: running, parked, failed (it will be tried again), waiting or queued."""

    kind: str
    subject: str
    state: str
    due_at: datetime
    attempts: int
    parked_at: datetime | None
    error: str


def standing() -> list[Row]:
    """The rows of the brand that is entered, the oldest first."""
    schema = current_schema()
    with enter_public():
        return [Row(*found) for found in sql.rows(SQL / "standing.sql", {"schema": schema})]


def parked_schemas() -> list[str]:
    """Schemas of active brands with parked rows."""
    with enter_public():
        return [schema for (schema,) in sql.rows(SQL / "parked.sql", {"schemas": _active_schemas()})]


def ask(kind: str, subject: str, *, at: datetime | None = None) -> None:
    """Ask for work in the brand that is entered, from `at` on (now). Commits and rolls back with its transaction."""
    schema = current_schema()
    if schema == PUBLIC:
        raise BrandNotEnteredError("work is asked for inside a brand")
    with enter_public():
        sql.run(SQL / "ask.sql", {"schema": schema, "kind": kind, "subject": subject, "at": at})
    if at is None:
        transaction.on_commit(_knock)


def clock() -> datetime:
    """Now, by the database's clock: it says what is due, and workers' own clocks may differ from it."""
    return sql.rows(SQL / "clock.sql")[0][0]


def now_and_up_since() -> tuple[datetime, datetime]:
    """Now, and since when work has been done without a pause of minutes (long ago where there never was one), by one
    reading of the clock."""
    with enter_public():
        now, since = sql.rows(SQL / "uptime.sql", {"pause": PAUSE})[0]
        return now, since


def handles(kind: str, *, patient: bool = False) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of work. `patient`: it gives way to the other kinds of its brand for a while; keep
    its runs short then."""

    def register(handler: Handler) -> Handler:
        if _handlers.get(kind, handler) is not handler:
            raise ValueError(f"{kind} has a handler already")
        _handlers[kind] = handler
        if patient:
            _patient.add(kind)
        return handler

    return register


def work_off(limit: int | None = None, *, until: float | None = None) -> int:
    """Do what is due, a row of each brand in turn, until nothing is left, `limit` rows were worked on, or `until`
    (time.monotonic).

    Returns how many rows were worked on. Failures are kept on their rows and not raised.
    """
    done = 0
    while (limit is None or done < limit) and (until is None or time.monotonic() < until):
        claim = claim_oldest()
        if claim is None:
            break
        work_on(claim)
        done += 1
    return done


def claim_oldest() -> Claim | None:
    """Claim the oldest due row of the active brand whose turn it is; the attempt counts from now. A brand with
    PER_BRAND rows running has no turn."""
    with enter_public(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        sql.rows(SQL / "uptime.sql", {"pause": PAUSE})
        sql.run(SQL / "clock_went_back.sql")
        sql.run(SQL / "free_dead.sql", {"lock": LOCK})
        sql.run(SQL / "park_spent.sql", {"most": DEATHS})
        found = sql.rows(
            SQL / "claim.sql",
            {
                "kinds": list(_handlers),
                "patient": list(_patient),
                "patience": PATIENCE,
                "schemas": _active_schemas(),
                "per_brand": PER_BRAND,
                "lease": LEASE,
            },
        )
        if not found:
            return None
        claim = Claim(*found[0])
        _hold("pg_try_advisory_lock", claim)
    return claim


def work_on(claim: Claim) -> None:
    """Run the handler inside the brand, then let the row go: gone if nobody asked meanwhile, due again otherwise."""
    depth = len(connection.savepoint_ids), connection.in_atomic_block

    def beat() -> None:
        """Extend the lease. Raises LostLeaseError where another worker has the row."""
        if (len(connection.savepoint_ids), connection.in_atomic_block) != depth:
            raise RuntimeError("beat() belongs between transactions: inside one nobody would see it")
        _extend(claim)

    try:
        with enter_brand(claim.schema):
            _handlers[claim.kind](claim.subject, beat)
    except LostLeaseError:
        logger.warning("%s %s %s was taken over", claim.schema, claim.kind, claim.subject)
    except Exception as error:  # whatever it was is kept on the row, and the next row has its turn
        log_unforeseen(error)
        _fail(claim, error)
    else:
        _finish(claim)
    finally:
        end_in_public()
        _hold("pg_advisory_unlock", claim)


def _hold(function: str, claim: Claim) -> None:
    """Take or give back this connection's sign of life (free_dead.sql). Never waits: all others wait to claim."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [LOCK, claim.lock])  # one of two names above


def _extend(claim: Claim) -> None:
    with enter_public():
        sql.rows(SQL / "uptime.sql", {"pause": PAUSE})
        found = sql.rows(SQL / "extend.sql", _named(claim))
    if not found:
        raise LostLeaseError
    claim.leased_until = found[0][0]


def _finish(claim: Claim) -> None:
    with enter_public(), transaction.atomic():
        sql.run(SQL / "finish.sql", _named(claim))


def _fail(claim: Claim, error: Exception) -> None:
    with enter_public():
        sql.run(SQL / "fail.sql", {**_named(claim), "error": in_words(error), "most": ATTEMPTS, "again": RETRY})


def _named(claim: Claim) -> dict[str, object]:
    return {"id": claim.id, "asked": claim.asked, "leased_until": claim.leased_until, "lease": LEASE}


def in_words(error: BaseException) -> str:
    """What went wrong and where, without the error's message: a database's message quotes values."""
    frames = extract_tb(error.__traceback__)
    if not frames:
        return type(error).__qualname__
    return f"{type(error).__qualname__} in {Path(frames[-1].filename).name}:{frames[-1].lineno} ({frames[-1].name})"


def _active_schemas() -> list[str]:
    return list(get_tenant_model().objects.filter(state="active").values_list("schema_name", flat=True))


def _knock() -> None:
    """Wake a worker. A broker that does not answer costs a log line: the row is committed, and beat knocks too."""
    from siyu.tasks import knock  # the task needs this module

    try:
        knock.apply_async(expires=10, retry=False)
    except Exception as error:  # kombu raises whatever the transport raises
        logger.warning("the broker does not answer: %s", type(error).__name__)

"""A body of events becomes a batch: chunk by chunk, good lines stored where others are refused.

A body that comes again byte for byte changes nothing: its stored lines count as duplicates even where their content was
corrected since, its refused lines are tried again. `Batch.stored_lines` remembers which is which.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from fans.lines import Line, Refused, read_line
from fans.merge import CHUNK_LINES, lock_brand, merge_lines
from fans.models import Batch
from fans.spool import Spool
from fans.vocabulary import Reading, message_of
from projects.models import Project
from siyu import sql
from siyu.brands import current_schema
from siyu.due import ask
from siyu.problems import DomainError, say
from tenants.keys import keys_of_current_brand

SQL = Path(__file__).parent / "sql"
MOST_ERRORS = 1_000
CHUNK_BYTES = 32 << 20
ROLLUP_WAITS = timedelta(minutes=5)  # while chunks still come in: a large body is rolled up once, when it has ended
COUNTERS = ("received", "accepted", "duplicates", "replaced", "withdrawn", "held", "rejected")

RawLines = Iterable[tuple[int, bytes]]


class RefusedWholeError(DomainError):
    """An atomic body with at least one refused line: nothing of it is stored."""

    status = 422
    code = "refused_whole"


class BrokenBodyError(DomainError):
    """The body broke off. What was whole is stored (not under atomic); `errors` and the batch give the account."""

    status = 400
    code = "body_broken_off"


class KeyReusedError(DomainError):
    status = 422
    code = "idempotency_key_reused"


class InProgressError(DomainError):
    status = 429
    code = "body_in_progress"


@dataclass
class Account:
    """The account of a body so far."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, refused: Iterable[Refused]) -> None:
        for one in refused:
            self.counts["rejected"] += 1
            if len(self.errors) < MOST_ERRORS:
                self.errors.append({"line": one.number, "id": one.id, "code": one.code, "field": one.field})


def runs_of(numbers: Iterable[int]) -> list[int]:
    """Ascending numbers as runs: [first, last, first, last, …]."""
    runs: list[int] = []
    for number in numbers:
        if runs and runs[-1] == number - 1:
            runs[-1] = number
        else:
            runs += [number, number]
    return runs


def take_body(
    project: Project, spool: Spool, digest: bytes, *, made_by: str, key: str | None = None, atomic: bool = False
) -> Batch:
    """Store a spooled body and return its batch, counted to the end. Runs inside the brand, outside a transaction.

    Raises RefusedWholeError (atomic), BrokenBodyError, KeyReusedError, InProgressError, and what Spool.lines raises.
    """
    with _alone_with(project, digest, key):
        _refuse_reused_key(project, key, digest)
        if atomic:
            with transaction.atomic():
                batch = _take(project, spool, digest, made_by, key, atomic=True)
                if spool.broken or batch.rejected:
                    raise _refusal_of(batch, spool, atomic=True)
            return batch
        batch = _take(project, spool, digest, made_by, key, atomic=False)
    if spool.broken:
        raise _refusal_of(batch, spool, atomic=False)
    return batch


def _refusal_of(batch: Batch, spool: Spool, *, atomic: bool) -> DomainError:
    account = account_of(batch)
    errors = account.pop("errors")
    if atomic:
        account["batch"] = None  # it leaves no trace
    if atomic and spool.broken:
        detail = say("正文中途断开，整批未存", "The body broke off, so nothing was stored")
        return BrokenBodyError(detail, errors=errors, members=account)
    if atomic:
        detail = say("有 {n} 行被拒，整批未存", "{n} lines were refused, so nothing was stored").format(
            n=batch.rejected
        )
        return RefusedWholeError(detail, errors=errors, members=account)
    return BrokenBodyError(
        say(
            "正文中途断开；完整的行已按此账目处理", "The body broke off; what was whole is stored as this account says"
        ),
        errors=errors,
        members=account,
    )


def _take(project: Project, spool: Spool, digest: bytes, made_by: str, key: str | None, *, atomic: bool) -> Batch:
    earlier = Batch.objects.filter(project=project, digest=digest, undone_at=None, undoes=None)
    earlier.filter(state=Batch.State.RUNNING).update(
        state=Batch.State.BROKEN
    )  # its sender died: we are alone with the body
    stored = _Runs(runs for runs in earlier.values_list("stored_lines", flat=True))
    account = Account()
    chunks = chunks_of(spool.lines())
    chunk = next(chunks, [])  # read before anything is written: an array that is none is refused here
    batch = Batch.objects.create(project=project, digest=digest, idempotency_key=key, made_by=made_by)
    while chunk:
        _take_chunk(project, batch, account, chunk, stored)
        chunk = next(chunks, [])
    with transaction.atomic():
        batch.state = Batch.State.BROKEN if spool.broken else Batch.State.DONE
        batch.finished_at = timezone.now()
        batch.save(update_fields=["state", "finished_at"])
        ask("rollup", str(project.pk))
        if project.auto_assign:
            ask("assign", str(project.pk))
    return batch


def chunks_of(lines: RawLines) -> Iterator[list[tuple[int, bytes]]]:
    """Pieces of at most CHUNK_LINES lines and about CHUNK_BYTES bytes: lines may be 64 KiB long."""
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for number, raw in lines:
        chunk.append((number, raw))
        size += len(raw)
        if len(chunk) == CHUNK_LINES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _take_chunk(
    project: Project, batch: Batch, account: Account, chunk: list[tuple[int, bytes]], stored: "_Runs"
) -> None:
    """Merge one chunk and bring the batch's account up to it, in one transaction."""
    fresh = [(number, raw) for number, raw in chunk if number not in stored]
    account.counts["received"] += len(chunk)
    account.counts["duplicates"] += len(chunk) - len(fresh)
    zone = project.timezone
    lines, refused = _read(fresh, zone)
    with transaction.atomic():
        lock_brand()
        _hold_zone(project)
        if project.timezone != zone:
            lines, refused = _read(fresh, project.timezone)
        outcome = merge_lines(project, batch, lines)
        if outcome.verdicts and not project.has_events:
            Project.objects.filter(pk=project.pk).update(has_events=True)
        account.counts.update(outcome.verdicts)
        refused = sorted([*refused, *outcome.refused], key=lambda one: one.number)
        account.refuse(refused)
        numbers = {one.number for one in refused}
        for name in COUNTERS:
            setattr(batch, name, account.counts[name])
        batch.errors = account.errors
        batch.save(update_fields=[*COUNTERS, "errors"])
        # Only the chunk's own runs travel: a body with every other line refused has half a million in the end.
        runs = runs_of(number for number, _raw in fresh if number not in numbers)
        sql.run(SQL / "store_lines.sql", {"batch": batch.pk, "runs": runs})
        ask("rollup", str(project.pk), at=timezone.now() + ROLLUP_WAITS)


def _read(raws: RawLines, zone: str) -> tuple[list[Line], list[Refused]]:
    reading = Reading(ZoneInfo(zone), datetime.now(UTC))
    content_hash = keys_of_current_brand().content_hash
    lines: list[Line] = []
    refused: list[Refused] = []
    for number, raw in raws:
        line = read_line(raw, number, reading, content_hash)
        if isinstance(line, Refused):
            refused.append(line)
        else:
            lines.append(line)
    return lines, refused


def _hold_zone(project: Project) -> None:
    """From the first event on the time zone is fixed: whoever changes it now waits, and is refused if one came."""
    if not project.has_events:
        held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        project.has_events, project.timezone = held.has_events, held.timezone


class _Runs:
    """The lines that earlier batches of the same body stored."""

    def __init__(self, batches: Iterable[list[int]]) -> None:
        spans = sorted((runs[i], runs[i + 1]) for runs in batches for i in range(0, len(runs), 2))
        self.firsts: list[int] = []
        self.lasts: list[int] = []
        for first, last in spans:
            if self.lasts and first <= self.lasts[-1]:
                self.lasts[-1] = max(self.lasts[-1], last)
            else:
                self.firsts.append(first)
                self.lasts.append(last)

    def __contains__(self, number: int) -> bool:
        i = bisect_right(self.firsts, number) - 1
        return i >= 0 and number <= self.lasts[i]


def _refuse_reused_key(project: Project, key: str | None, digest: bytes) -> None:
    if key and Batch.objects.filter(project=project, idempotency_key=key).exclude(digest=digest).exists():
        raise KeyReusedError(
            say(
                "这个 Idempotency-Key 已用于另一个正文；请换一个",
                "This Idempotency-Key was used for another body: take another one",
            )
        )


@contextmanager
def _alone_with(project: Project, digest: bytes, key: str | None) -> Iterator[None]:
    """One sender of the same body at a time, and one body of the same Idempotency-Key."""
    names = [body_lock(project.pk, digest)]
    if key:
        names.append(f"key {current_schema()} {project.pk} {key}")
    with ExitStack() as held:
        for name in names:
            if not _try_lock(name):
                raise InProgressError(
                    say(
                        "同样的正文正在处理中，请稍后再试",
                        "The same body is being stored right now: try again a little later",
                    ),
                    retry_after=3,
                )
            held.callback(_unlock, name)
        yield


def body_lock(project_id: int, digest: bytes) -> str:
    """The name of the lock that whoever stores the body holds."""
    return f"body {current_schema()} {project_id} {digest.hex()}"


def _try_lock(name: str) -> bool:
    """The lock belongs to the connection: a killed process gives it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def is_locked(name: str) -> bool:
    """Whether another connection holds the lock. Inside a transaction, which keeps it from then on if not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def _unlock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def account_of(batch: Batch) -> dict[str, Any]:
    """{received, accepted, …, rejected, errors, batch}; counters are lines."""
    return {**{name: getattr(batch, name) for name in COUNTERS}, "errors": errors_of(batch), "batch": batch.pk}


def errors_of(batch: Batch) -> list[dict[str, Any]]:
    """The refused lines of a batch (the first 1,000), each with its message in the request's language."""
    return [
        {"line": one["line"], "id": one["id"], "code": one["code"], "message": message_of(one["code"], one["field"])}
        for one in batch.errors
    ]

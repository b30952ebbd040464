"""Undo a batch: what nobody changed since becomes what it was before, the rest is listed.

An undo is a merge like any other: it writes new versions (the earlier content again, or "as if it had never come"), and
the projections follow. Money keeps its limits: an order is not restored below what is refunded by now, a refund not
above what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from fans.intake import body_lock, is_locked
from fans.ledger import Ledger, Version
from fans.merge import CHUNK_LINES, apply_versions, load_orders, lock_brand, new_ids, staging
from fans.models import Batch, Event, EventKind
from projects.models import Project
from siyu import sql
from siyu.due import ask
from siyu.problems import DomainError, say

SQL = Path(__file__).parent / "sql"
MOST_KEPT = 1_000
Status = Event.Status
Row = tuple[Any, ...]  # of undo_versions.sql


class CannotUndoError(DomainError):
    status = 409
    code = "cannot_undo"


@dataclass(frozen=True)
class Kept:
    """An event that was not restored. `code`: changed_since, below_refunded or refund_exceeds_paid."""

    kind: EventKind
    key: str
    code: str


@dataclass(frozen=True)
class Undone:
    batch: Batch
    restored: int
    kept: list[Kept]


@transaction.atomic
def undo_batch(project: Project, batch: Batch, *, made_by: str) -> Undone:
    """Raises CannotUndoError for a batch that still runs, is an undo itself, or is undone already."""
    lock_brand()
    batch.refresh_from_db()
    if batch.undone_at or batch.undoes_id or _is_under_way(project, batch):
        raise CannotUndoError(
            say(
                "这一批正在处理、已撤销，或本身就是一次撤销，不能再撤销",
                "This batch is under way, undone already, or an undo itself",
            )
        )
    undo = Batch.objects.create(project=project, digest=b"", made_by=made_by, undoes=batch, state=Batch.State.DONE)
    sql.run(SQL / "undo_identities.sql", {"project": project.pk, "batch": batch.pk})
    restored, first = 0, 1
    kept: list[Kept] = []
    waiting: list[tuple[Row, str]] = []
    while rows := sql.rows(
        SQL / "undo_versions.sql", {"project": project.pk, "first": first, "last": first + CHUNK_LINES - 1}
    ):
        kept += [Kept(EventKind(row[1]), row[2], "changed_since") for row in rows if not row[-1]]
        done, refused = _undo_chunk(project, undo, [row for row in rows if row[-1]])
        restored, first = restored + done, first + CHUNK_LINES
        waiting += refused
    while waiting:  # an order and its refunds may lie in different pieces
        done, waiting = _undo_chunk(project, undo, [row for row, _code in waiting])
        restored += done
        if not done:
            kept += [Kept(EventKind(row[1]), row[2], code) for row, code in waiting]
            break
    sql.run(SQL / "drop_undo.sql")
    batch.undone_at = undo.finished_at = timezone.now()
    batch.save(update_fields=["undone_at"])
    undo.received, undo.withdrawn, undo.rejected = restored + len(kept), restored, len(kept)
    undo.save(update_fields=["finished_at", "received", "withdrawn", "rejected"])
    ask("rollup", str(project.pk))
    return Undone(undo, restored, kept)


def _is_under_way(project: Project, batch: Batch) -> bool:
    """A batch whose sender died stays RUNNING until its body comes again; only a living one holds the body's lock."""
    return batch.state == Batch.State.RUNNING and is_locked(body_lock(project.pk, bytes(batch.digest)))


def _undo_chunk(project: Project, undo: Batch, rows: Sequence[Row]) -> tuple[int, list[tuple[Row, str]]]:
    """Restore the identities that the rows of undo_versions.sql tell of. Returns how many were, and the others with the
    code that refuses them for now."""
    nows = [_version(row[:8]) for row in rows]
    befores = [_version((row[8], *row[1:3], *row[9:14])) if row[8] else None for row in rows]
    with staging():
        numbers = {version.order for version in (*nows, *befores) if version and version.kind in _MONEY}
        ledger = Ledger(new_ids(len(rows)), nows, {}, load_orders(project.pk, numbers))
        refused = _restore(ledger, [_restored(ledger, *pair) for pair in zip(nows, befores, strict=True)])
        if ledger.written:
            apply_versions(project, undo, ledger)
    return len(ledger.written), [(row, refused[row[0]]) for row in rows if row[0] in refused]


_MONEY = {EventKind.ORDER_PAID, EventKind.ORDER_REFUNDED}


def _version(columns: Sequence[Any]) -> Version:
    id, kind, key, status, digest, fan, order, amount = columns
    return Version(id, EventKind(kind), key, Status(status), bytes(digest), fan=fan, order=order or key, amount=amount)


def _restore(ledger: Ledger, waiting: Sequence[Version]) -> dict[int, str]:
    """Put back what money allows, again and again while that makes room. Returns the refusing codes by the id of
    the version that stays."""
    progress = True
    while progress and waiting:
        progress, refused = False, []
        for version in waiting:
            if _money_refuses(ledger, version):
                refused.append(version)
            else:
                ledger.put(version)
                progress = True
        waiting = refused
    return {ledger.current[version.kind, version.key].id: str(_money_refuses(ledger, version)) for version in waiting}


def _restored(ledger: Ledger, now: Version, before: Version | None) -> Version:
    if before is None:
        return Version(next(ledger.ids), now.kind, now.key, Status.UNDONE, b"")
    return Version(
        next(ledger.ids), now.kind, now.key, before.status, before.hash,
        fan=before.fan, order=before.order, amount=before.amount, restores=before.id,
    )  # fmt: skip


def _money_refuses(ledger: Ledger, version: Version) -> str | None:
    if not version.in_force or version.kind not in _MONEY:
        return None
    page, amount = ledger.orders[version.order or ""], version.amount or Decimal()
    if version.kind == EventKind.ORDER_PAID:
        return "below_refunded" if amount < page.refunded() else None
    if page.paid is not None and amount > page.paid - page.refunded(without=version.key):
        return "refund_exceeds_paid"
    return None

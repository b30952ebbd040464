"""Merge a chunk of lines into a project: one transaction, under the brand's lock, in arrival order.

Readers parse and check lines before the lock is taken; inside it the ledger decides what becomes of each, the new
versions are copied in, and the projections they touch are derived anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection
from django.db.models import Manager

from fans.ledger import Ledger, OrderPage, RefundEntry, Version
from fans.lines import Line, Refused
from fans.models import Batch, Event, EventKind, Merge, Projection
from fans.projection import Rules, project_merge
from fans.vocabulary import phone_digits
from projects.models import Account, Channel, Project
from projects.queries import definition_in_use
from siyu import sql
from siyu.brands import current_schema
from tenants.keys import keys_of_current_brand

SQL = Path(__file__).parent / "sql"
CHUNK_LINES = 50_000  # at most this many lines are merged in one transaction: the lock is held for seconds


@dataclass(frozen=True)
class Outcome:
    """What became of a chunk: counters by verdict, the refused lines."""

    verdicts: Counter[str]
    refused: list[Refused]


def lock_brand() -> None:
    """One writer per brand at a time, until the transaction ends: so `seq` is commit order and nobody dead-locks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('siyu merge'), hashtext(%s))", [current_schema()])


def merge_lines(project: Project, batch: Batch, lines: Sequence[Line]) -> Outcome:
    """Take the lines. Inside a transaction that holds the brand's lock (lock_brand)."""
    with staging():
        ledger = load_ledger(project.pk, lines)
        verdicts: Counter[str] = Counter()
        refused = []
        for line in lines:
            verdict = ledger.take(line)
            if isinstance(verdict, Refused):
                refused.append(verdict)
            else:
                verdicts[verdict.value] += 1
        if ledger.written:
            apply_versions(project, batch, ledger)
    return Outcome(verdicts, refused)


def apply_versions(project: Project, batch: Batch, ledger: Ledger) -> int:
    """Write what the ledger decided and derive what follows. Returns the merge's seq."""
    seq = Merge.objects.create(batch=batch).pk
    write_versions(project.pk, seq, ledger.written)
    _settle_refunds(seq, ledger)
    project_merge(project.pk, ZoneInfo(project.timezone), rules_in_use(project), seq, len(ledger.written))
    return seq


def rules_in_use(project: Project) -> Rules:
    """The rules to project by. The first events of a project put its projections under the sheet in use."""
    definition = definition_in_use(project)
    Projection.objects.get_or_create(project=project, defaults={"definition_version": definition.version})
    return Rules.of_sheet(definition.sheet)


@contextmanager
def staging() -> Iterator[None]:
    """The temporary tables that a merge works in."""
    sql.run(SQL / "staging.sql")
    yield
    sql.run(SQL / "drop_staging.sql")


def load_ledger(project_id: int, lines: Sequence[Line]) -> Ledger:
    """What is in force for everything that the lines name."""
    sql.copy_in("chunk_identity", ("kind", "key"), {(int(line.kind), line.key) for line in lines})
    current = [
        Version(
            id, EventKind(kind), key, Event.Status(status), bytes(digest), fan=fan, order=order or key, amount=amount
        )
        for id, kind, key, status, digest, fan, order, amount in sql.rows(
            SQL / "current_versions.sql", {"project": project_id}
        )
    ]
    fans = {line.fan for line in lines if line.fan} | {version.fan for version in current if version.fan}
    sql.copy_in("chunk_fan", ("code",), ((code,) for code in fans))
    additions = dict(sql.rows(SQL / "additions_in_force.sql", {"project": project_id}))
    numbers = {version.order for version in current if version.kind in _MONEY} | {
        line.key if line.kind == EventKind.ORDER_PAID else line.values.get("order_number")
        for line in lines
        if line.kind in _MONEY
    }
    return Ledger(new_ids(len(lines)), current, additions, load_orders(project_id, numbers - {None}))


_MONEY = {EventKind.ORDER_PAID, EventKind.ORDER_REFUNDED}


def load_orders(project_id: int, numbers: Iterable[str | None]) -> dict[str, OrderPage]:
    sql.copy_in("chunk_order", ("number",), ((number,) for number in numbers))
    pages: defaultdict[str, OrderPage] = defaultdict(OrderPage)
    for number, paid, key, amount, state, arrival in sql.rows(SQL / "order_pages.sql", {"project": project_id}):
        if key is None:
            pages[number].paid = paid
        else:
            pages[number].refunds[key] = RefundEntry(amount, state, arrival)
    return pages


def new_ids(count: int) -> Iterator[int]:
    """Ids for that many versions, growing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('fans_event', 'id')) FROM generate_series(1, %s)", [count]
        )
        return iter([id for (id,) in cursor.fetchall()])


# -- Writing ----------------------------------------------------------------------------------------------------------

_CONTENT = (
    "source", "at", "day", "from_given", "tie", "group_code", "opening", "referrer", "koc_post", "by", "cause",
    "inbound", "score", "order_number", "amount", "platform", "dual", "proof", "stage", "reached",
)  # fmt: skip
_COLUMNS = (
    "id", "project_id", "kind", "key", "status", "seq", "line", "superseded_by", "superseded_seq", "hash",
    "fan_id", "account_id", "from_account_id", "channel_id", "phone_index", "extra", *_CONTENT,
)  # fmt: skip


def write_versions(project_id: int, seq: int, versions: Sequence[Version]) -> None:
    """Supersede what the versions replace and COPY them in; personal data goes to Contact alone.

    A version that an undo restores has no line: its content is copied from the earlier one in SQL."""
    written = {version.id for version in versions}
    old = {v.supersedes.id: v.id for v in versions if v.supersedes and v.supersedes.id not in written}
    sql.copy_in("chunk_superseded", ("id", "superseded_by"), old.items())
    sql.run(SQL / "supersede.sql", {"seq": seq})
    lines = [version.line for version in versions if version.line and version.in_force]
    fans = _fan_ids({line.fan for line in lines if line.fan})
    accounts = _ids_by_code(Account, {line.values.get(name) for line in lines for name in ("account", "from_account")})
    channels = _ids_by_code(Channel, {line.values.get("channel") for line in lines})
    keys = keys_of_current_brand()
    rows, contacts = [], []
    for version in versions:
        line = version.line
        values = line.values if line and version.in_force else {}
        phone, name, unionid = (values.get(name) for name in ("phone", "name", "unionid"))
        digits = phone_digits(phone) if phone else None
        extra = values.get("extra")
        fan = fans.get(values.get("fan"))
        rows.append(
            (
                version.id, project_id, int(version.kind), version.key, int(version.status), seq,
                line.number if line else None, version.superseded_by and version.superseded_by.id,
                seq if version.superseded_by else None, version.hash,
                fan, accounts.get(values.get("account")), accounts.get(values.get("from_account")),
                channels.get(values.get("channel")), keys.phone_index(digits) if digits else None,
                msgspec.json.encode(extra).decode() if extra else None, *(values.get(name) for name in _CONTENT),
            )
        )  # fmt: skip
        if version.kind == EventKind.FAN_ADDED and (phone or name or unionid):
            contacts.append((version.id, fan, name, keys.seal(phone) if phone else None, unionid))
    sql.copy_in("fans_event", _COLUMNS, rows)
    sql.copy_in("fans_contact", ("event_id", "fan_id", "name", "phone_sealed", "unionid"), contacts)
    restored = [(version.id, version.restores) for version in versions if version.restores and version.in_force]
    if restored:
        sql.copy_in("chunk_restored", ("id", "restores"), restored)
        sql.run(SQL / "restore_contents.sql")


def _fan_ids(codes: set[str]) -> dict[str | None, int]:
    sql.run(SQL / "empty_chunk_fan.sql")
    sql.copy_in("chunk_fan", ("code",), ((code,) for code in codes))
    return dict(sql.rows(SQL / "make_fans.sql"))


def _ids_by_code(model: type[Account] | type[Channel], codes: set[str | None]) -> dict[str | None, int]:
    """Ids of accounts or channels; those seen for the first time are made, unconfirmed."""
    wanted = {code for code in codes if code}
    rows: Manager[Any] = model._default_manager
    ids: dict[str | None, int] = dict(rows.filter(code__in=wanted).values_list("code", "id"))
    rows.bulk_create([model(code=code) for code in sorted(wanted - ids.keys())], ignore_conflicts=True)
    ids.update(rows.filter(code__in=wanted - ids.keys()).values_list("code", "id"))
    return ids


def _settle_refunds(seq: int, ledger: Ledger) -> None:
    touched = {version.order or version.key for version in ledger.written if version.kind in _MONEY}
    touched |= {v.supersedes.order or "" for v in ledger.written if v.supersedes and v.kind in _MONEY}
    entries = (entry for number in touched for entry in ledger.orders[number].refunds.values())
    sql.copy_in("chunk_refund", ("event_id", "state"), ((entry.arrival, entry.state) for entry in entries))
    sql.run(SQL / "settle_refunds.sql", {"seq": seq})

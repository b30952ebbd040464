"""What becomes of each line, in the order of arrival: stored, repeated, replaced, withdrawn, held or refused. Pure.

The ledger is loaded with what is in force for the identities, fans and orders that a chunk of lines names, takes the
lines one after the other, and ends with the versions to write. Only acceptance goes by arrival (a refund against what
is left of its order at that moment); what events mean is derived later from all that is in force (fans.fold).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fans.lines import Line, Refused
from fans.models import Event, EventKind, Refund

Identity = tuple[int, str]  # kind, key
Status = Event.Status


class Verdict(StrEnum):
    """The counters of a batch's account; a line counts once."""

    ACCEPTED = "accepted"
    DUPLICATES = "duplicates"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    HELD = "held"


@dataclass(slots=True)
class Version:
    """One version of an event: loaded (`line` empty) or to be written, with what the ledger needs of its content."""

    id: int
    kind: EventKind
    key: str
    status: Status
    hash: bytes
    line: Line | None = None
    supersedes: "Version | None" = None
    superseded_by: "Version | None" = None
    fan: str | None = None
    order: str | None = None
    amount: Decimal | None = None
    restores: int | None = None  # an undo: the id of the earlier version whose content this one has

    @property
    def in_force(self) -> bool:
        return self.status == Status.CONTENT


@dataclass(slots=True)
class RefundEntry:
    """A refund in force on an order's page. `arrival`: its version's id, which grows with arrival."""

    amount: Decimal
    state: str
    arrival: int


@dataclass(slots=True)
class OrderPage:
    """What the ledger knows of one order number: the amount paid (None: no order in force) and its refunds by id."""

    paid: Decimal | None = None
    refunds: dict[str, RefundEntry] = field(default_factory=dict)

    def refunded(self, without: str | None = None) -> Decimal:
        return sum(
            (r.amount for key, r in self.refunds.items() if r.state == Refund.State.APPLIED and key != without),
            Decimal(),
        )

    def enter(self, version: Version) -> None:
        """Put a refund on the page: applied where it fits, waiting otherwise. What was accepted fits."""
        amount = version.amount or Decimal()
        fits = self.paid is not None and amount <= self.paid - self.refunded()
        state = Refund.State.APPLIED if fits else Refund.State.NO_ORDER
        self.refunds[version.key] = RefundEntry(amount, state, version.id)

    def settle(self) -> None:
        """Let the refunds that wait take their place, the earliest arrived first, as far as money is left."""
        if self.paid is None:
            for refund in self.refunds.values():
                refund.state = Refund.State.NO_ORDER
            return
        left = self.paid - self.refunded()
        for refund in sorted(self.refunds.values(), key=lambda refund: refund.arrival):
            if refund.state == Refund.State.APPLIED:
                continue
            fits = refund.amount <= left
            refund.state = Refund.State.APPLIED if fits else Refund.State.EXCEEDS
            left -= refund.amount if fits else 0


class Ledger:
    """Lines in, verdicts and versions out. `ids` yields ids for new versions, growing."""

    def __init__(
        self,
        ids: Iterator[int],
        current: Iterable[Version],
        additions: dict[str, int],
        orders: dict[str, OrderPage],
    ) -> None:
        self.ids = ids
        self.current: dict[Identity, Version] = {(version.kind, version.key): version for version in current}
        self.additions: defaultdict[str, int] = defaultdict(int, additions)  # in force, per fan
        self.orders: defaultdict[str, OrderPage] = defaultdict(OrderPage, orders)
        self.written: list[Version] = []
        self.refusals: list[Refused] = []

    def take(self, line: Line) -> Verdict | Refused:
        before = self.current.get((line.kind, line.key))
        if line.retract:
            return self._withdraw(line, before)
        replaced = before if before is not None and before.in_force else None
        if replaced is not None and replaced.hash == line.hash:
            return Verdict.DUPLICATES
        refusal = self._refuse_money(line, replaced)
        if refusal:
            return Refused(line.number, line.key, refusal)
        version = Version(
            next(self.ids), line.kind, line.key, Status.CONTENT, line.hash, line,
            fan=line.fan, order=_order_of(line), amount=line.values.get("amount"),
        )  # fmt: skip
        waits = self._waits(version)
        self.put(version)
        if replaced is not None:
            return Verdict.REPLACED
        return Verdict.HELD if waits else Verdict.ACCEPTED

    def _withdraw(self, line: Line, before: Version | None) -> Verdict | Refused:
        if before is None or before.status == Status.UNDONE:
            return Refused(line.number, line.key, "unknown_event")
        if before.status == Status.WITHDRAWN:
            return Verdict.DUPLICATES
        self.put(Version(next(self.ids), line.kind, line.key, Status.WITHDRAWN, b"", line))
        return Verdict.WITHDRAWN

    def _refuse_money(self, line: Line, before: Version | None) -> str | None:
        """The code that refuses an order below what is refunded, or a refund above what is left of a known order."""
        if line.kind == EventKind.ORDER_PAID and before is not None:
            return "below_refunded" if line.values["amount"] < self.orders[line.key].refunded() else None
        if line.kind == EventKind.ORDER_REFUNDED:
            page = self.orders[line.values["order_number"]]
            if page.paid is not None and line.values["amount"] > page.paid - page.refunded(without=line.key):
                return "refund_exceeds_paid"
        return None

    def _waits(self, version: Version) -> bool:
        """Whether the event is held: about a fan without an addition in force, or a refund without its order."""
        if version.kind in _ABOUT_A_KNOWN_FAN:
            return not self.additions[version.fan or ""]
        return version.kind == EventKind.ORDER_REFUNDED and self.orders[version.order or ""].paid is None

    def put(self, version: Version) -> None:
        """Make the version the current one of its identity and keep additions and order pages true to it."""
        before = self.current.get((version.kind, version.key))
        if before is not None:
            version.supersedes, before.superseded_by = before, version
            if before.in_force:
                self._count(before, -1)
        self.current[version.kind, version.key] = version
        self.written.append(version)
        if version.in_force:
            self._count(version, 1)

    def _count(self, version: Version, sign: int) -> None:
        if version.kind == EventKind.FAN_ADDED:
            self.additions[version.fan or ""] += sign
        elif version.kind == EventKind.ORDER_PAID:
            page = self.orders[version.key]
            page.paid = version.amount if sign > 0 else None
            if sign > 0 or not _corrected_in_place(version):
                page.settle()
        elif version.kind == EventKind.ORDER_REFUNDED:
            page = self.orders[version.order or ""]
            if sign > 0:
                page.enter(version)
            else:
                page.refunds.pop(version.key, None)
            if sign > 0 or not _corrected_in_place(version):
                page.settle()


def _corrected_in_place(version: Version) -> bool:
    """Whether its successor stands on the same order's page: what waits there must not slip in between the two."""
    successor = version.superseded_by
    return successor is not None and successor.in_force and successor.order == version.order


_ABOUT_A_KNOWN_FAN = {EventKind.ASSIGNMENT, EventKind.FAN_LOST, EventKind.INTERACTION, EventKind.RATING}


def _order_of(line: Line) -> str | None:
    if line.kind == EventKind.ORDER_PAID:
        return line.key
    number: Any = line.values.get("order_number")
    return number

"""A fan's course in one project, folded from her additions, assignment decisions and losses. Pure, without a clock.

Entries come sorted by instant; at one instant additions, then decisions, then losses; further ties by id. Accounts are
named by their codes, since at one instant the smaller code holds.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fans.models import EventKind, TieKind

FIRST_HOLDING_WITHIN = timedelta(hours=24)  # credit goes to the first holding that began so soon after a presence did

TieKey = tuple[int, str | None]  # kind; account code of a friend tie, group of a group tie
FRIEND, GROUP, OFFICIAL = TieKind.FRIEND.value, TieKind.GROUP.value, TieKind.OFFICIAL.value
UNNAMED: TieKey = (FRIEND, None)


@dataclass(slots=True)
class Entry:
    """An event of the fan's log. `tie` of a loss may be None: by account or everything."""

    at: datetime
    kind: int
    account: str | None = None  # guide of an addition or loss; `to` of a decision
    from_given: bool = False
    from_account: str | None = None
    tie: int | None = None
    group: str | None = None
    transfer: bool = False
    event: object = None  # whatever the caller wants back with a presence's first addition


@dataclass(slots=True)
class Span:
    """[begun, ended] or open. `name`: the account of a holding; `key` of a tie; `event` that began a presence."""

    begun: datetime
    ended: datetime | None = None
    name: str | None = None
    key: TieKey | None = None
    event: object = None


@dataclass(slots=True)
class Course:
    """Everything that follows from a fan's log."""

    ties: list[Span] = field(default_factory=list)
    presences: list[Span] = field(default_factory=list)
    holdings: list[Span] = field(default_factory=list)
    void: list[object] = field(default_factory=list)  # decisions that moved nobody

    def credited_holding(self, presence: Span) -> Span | None:
        """The first holding of some length that began from the presence's begin to 24 h after it, both included."""
        for holding in self.holdings:
            if holding.begun > presence.begun + FIRST_HOLDING_WITHIN:
                return None
            if holding.begun >= presence.begun and holding.ended != holding.begun:
                return holding
        return None


def fold(entries: Iterable[Entry], counting: Collection[int]) -> Course:
    """`counting`: the kinds of tie that make a person a fan (the definition sheet's)."""
    folding = _Folding(counting)
    for entry in entries:
        if entry.kind == EventKind.FAN_ADDED:
            folding.add(entry)
        elif entry.kind == EventKind.ASSIGNMENT:
            folding.decide(entry)
        else:
            folding.lose(entry)
    return folding.course


class _Folding:
    def __init__(self, counting: Collection[int]) -> None:
        self.counting = counting
        self.course = Course()
        self.open: dict[TieKey, Span] = {}
        self.presence: Span | None = None
        self.holding: Span | None = None

    def add(self, entry: Entry) -> None:
        self._tie(_key_of(entry), entry.at)
        if self.presence is None and self._counts():
            self.presence = Span(entry.at, event=entry.event)
            self.course.presences.append(self.presence)
        if self.presence is not None and self.holding is None and entry.account is not None:
            self._hold(entry.account, entry.at)

    def decide(self, entry: Entry) -> None:
        holder = self.holding.name if self.holding else None
        expected = entry.from_account if entry.from_given else holder
        if self.presence is None or expected != holder:
            self.course.void.append(entry.event)
        elif entry.account != holder:
            self._hold(entry.account, entry.at)

    def lose(self, entry: Entry) -> None:
        closed = self._closed_by(entry)
        friends = [self.open[key] for key in closed if key[0] == FRIEND]
        for key in closed:
            self.open.pop(key).ended = entry.at
        if entry.transfer and friends and not self._friends():
            # She is on her way to another account: still a friend, since the tie that closed was opened.
            self._tie(UNNAMED, min(span.begun for span in friends))
        if self.presence is not None and not self._counts():
            self.presence.ended = entry.at
            self.presence = None
            self._hold(None, entry.at)
        elif self.holding is not None and (FRIEND, self.holding.name) in closed:
            left = min(
                ((span.begun, key[1]) for key, span in self.open.items() if key[0] == FRIEND and key[1]), default=None
            )
            self._hold(left[1] if left else None, entry.at)

    def _tie(self, key: TieKey, at: datetime) -> None:
        if key in self.open or (key == UNNAMED and self._friends()):
            return  # already a friend, by name or not; already a member or follower
        if key[0] == FRIEND and UNNAMED in self.open:
            self.open.pop(UNNAMED).ended = at  # the unnamed friendship has got its name
        self.open[key] = Span(at, key=key)
        self.course.ties.append(self.open[key])

    def _closed_by(self, entry: Entry) -> list[TieKey]:
        if entry.tie == GROUP:
            return [key for key in self.open if key[0] == GROUP and entry.group in (None, key[1])]
        if entry.tie == OFFICIAL:
            return [key for key in self.open if key[0] == OFFICIAL]
        if entry.account is not None:
            named = (FRIEND, entry.account)
            return [key for key in (named if named in self.open else UNNAMED,) if key in self.open]
        if entry.tie == FRIEND:
            return self._friends()
        return list(self.open)

    def _friends(self) -> list[TieKey]:
        return [key for key in self.open if key[0] == FRIEND]

    def _counts(self) -> bool:
        return any(kind in self.counting for kind, _ in self.open)

    def _hold(self, account: str | None, at: datetime) -> None:
        if self.holding is not None:
            self.holding.ended = at
        self.holding = None
        if account is not None:
            self.holding = Span(at, name=account)
            self.course.holdings.append(self.holding)


def _key_of(entry: Entry) -> TieKey:
    if entry.tie == FRIEND:
        return FRIEND, entry.account
    return (GROUP, entry.group) if entry.tie == GROUP else (OFFICIAL, None)

"""Whether a channel's reach of a month is confirmed, by whom, and since when. Pure: no clock, no database.

Rules in prose: kpi/FORECAST.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from projects.commitments import SILENCE
from projects.workdays import workday_after
from siyu.periods import DAY, day_start, local_day

How = Literal["entered_by_brand", "person", "silence"]


class Said(NamedTuple):
    """One version of a channel's day, as it came. `reached`: None where it has none, or took it back; `by_brand`:
    whether the brand's side sent it."""

    day: date
    reached: int | None
    at: datetime
    by_brand: bool


class Confirmation(NamedTuple):
    """What a person of the brand (user id) read and confirmed."""

    reached: int
    by: int
    at: datetime


@dataclass(frozen=True)
class Change:
    """From `at` on the month's reach was `reached`, None without a figure; `by_brand`: all of it said by the brand."""

    at: datetime
    reached: int | None
    by_brand: bool


@dataclass(frozen=True)
class Confirmed:
    """A figure that counts as confirmed. `by`: the person's user id, None where no person did it."""

    reached: int
    how: How
    by: int | None
    at: datetime


@dataclass(frozen=True)
class ReachStanding:
    """How the reach of one channel in one month stands. `reached`: None without a figure: then there is nothing to
    confirm. `confirmed`: the figure as it is, None while it is not; then `before` is what was confirmed and reads
    otherwise now. `silent_on`: the last working day after which silence confirms, where it is awaited or did."""

    reached: int | None
    confirmed: Confirmed | None
    before: Confirmed | None
    silent_on: date | None

    @property
    def is_unconfirmed(self) -> bool:
        return self.reached is not None and self.confirmed is None


def changes_of(said: Iterable[Said]) -> list[Change]:
    """When the month's reach changed, oldest first. `said`: of one channel in one month, in the order it came. What
    says the same figure again (with another cost) changes nothing, but the brand's word counts."""
    reached: dict[date, int | None] = {}
    by_brand: dict[date, bool] = {}
    changes: list[Change] = []
    for one in said:
        changed = one.reached != reached.get(one.day)
        if not changed and one.day not in reached:
            continue
        reached[one.day] = one.reached
        by_brand[one.day] = one.by_brand or (not changed and by_brand[one.day])
        figures = [figure for figure in reached.values() if figure is not None]
        at = one.at if changed or not changes else changes[-1].at
        if changes and changes[-1].at == at:
            changes.pop()
        changes.append(Change(at, sum(figures) if figures else None, all(by_brand.values())))
    return changes


def reach_standing(
    changes: Sequence[Change], confirmations: Sequence[Confirmation], zone: ZoneInfo, today: date
) -> ReachStanding:
    """How it stands on the local day `today`. `confirmations`: of this channel and month, oldest first."""
    if not changes or changes[-1].reached is None:
        return ReachStanding(None, None, None, None)
    last = changes[-1]
    confirmed = _confirmed(last, confirmations, zone, today)
    waits = confirmed is None or confirmed.how == "silence"
    return ReachStanding(
        reached=last.reached,
        confirmed=confirmed,
        before=None if confirmed else _before(changes, confirmations, zone),
        silent_on=_silent_on(last, zone) if waits else None,
    )


def _confirmed(change: Change, confirmations: Sequence[Confirmation], zone: ZoneInfo, day: date) -> Confirmed | None:
    """By what the figure was confirmed on a local day on which it still stood. A person's newest word goes first."""
    if change.reached is None:
        return None
    newest = confirmations[-1] if confirmations else None
    if newest and newest.reached == change.reached:
        return Confirmed(change.reached, "person", newest.by, newest.at)
    if change.by_brand:
        return Confirmed(change.reached, "entered_by_brand", None, change.at)
    silent_on = _silent_on(change, zone)
    if silent_on < day:
        return Confirmed(change.reached, "silence", None, day_start(silent_on + DAY, zone))
    return None


def _silent_on(change: Change, zone: ZoneInfo) -> date:
    return workday_after(local_day(change.at, zone), SILENCE)


def _before(changes: Sequence[Change], confirmations: Sequence[Confirmation], zone: ZoneInfo) -> Confirmed | None:
    """The last figure before the present one that was confirmed while it stood; None where none was or it reads the
    same."""
    for change, following in reversed(list(pairwise(changes))):
        until = [one for one in confirmations if one.at < following.at]
        if found := _confirmed(change, until, zone, local_day(following.at, zone)):
            return found if found.reached != changes[-1].reached else None
    return None

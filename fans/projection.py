"""What follows from the events in force: ties, presence, holdings, order states. Derived anew for what a merge touched.

Nothing here is ever nudged: a touched fan's whole log is folded again, a touched order is bound again, and only what
came out differently is rewritten and its days marked. So a late, corrected or withdrawn event leaves the same rows as
if it had come in its place. Runs inside a merge: the brand entered, its lock held, the staging tables made
(fans.merge).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fans.fold import Course, Entry, Span, fold
from fans.models import EventKind, TieKind
from siyu import sql
from siyu.periods import local_day
from siyu.statistics import analyze_tables

SQL = Path(__file__).parent / "sql"
LARGE = 5_000  # versions in a merge from which on it pays to tell the planner what the tables hold by now
Accounts = dict[str | None, int | None]  # ids by code; None is nobody
_TIE_OF = {kind.label: kind.value for kind in TieKind}


@dataclass(frozen=True)
class Rules:
    """What the definition sheet says about fans and orders."""

    counting_ties: frozenset[int]
    gmv: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of_sheet(cls, sheet: Mapping[str, Any]) -> "Rules":
        return cls(frozenset(_TIE_OF[name] for name in sheet["counting_ties"]), sheet["gmv_rules"])

    def hours(self, rule: Mapping[str, Any]) -> int | None:
        """The elapsed hours of a rule that has a term: `grace_days` after a loss, `days` after a touch."""
        term = {"present": rule.get("grace_days", 0), "window": rule.get("days")}.get(rule["rule"])
        return None if term is None else int(term) * 24

    def parameters(self) -> dict[str, Any]:
        """Of touch_orders.sql and bind_orders.sql."""
        platforms = {name: rule for name, rule in self.gmv.items() if name != "default"}
        default = self.gmv["default"]
        windows = [self.hours(rule) or 0 for rule in self.gmv.values() if rule["rule"] == "window"]
        return {
            "platforms": list(platforms),
            "rules": [rule["rule"] for rule in platforms.values()],
            "hours": [self.hours(rule) for rule in platforms.values()],
            "default_rule": default["rule"],
            "default_hours": self.hours(default),
            "window_hours": max(windows, default=None),
        }


def project_merge(project_id: int, zone: ZoneInfo, rules: Rules, seq: int, versions: int) -> None:
    """Derive anew what merge `seq` touched and mark the days that changed. `versions`: how many it wrote."""
    parameters = {"project": project_id, "seq": seq}
    if versions >= LARGE:
        analyze_tables("fans_event")
    sql.run(SQL / "touch.sql", parameters)
    sql.run(SQL / "make_members.sql", parameters)
    derive(project_id, zone, rules, seq, is_large=versions >= LARGE)


def derive(project_id: int, zone: ZoneInfo, rules: Rules, seq: int | None, *, is_large: bool = False) -> None:
    """Fold the fans in touched_fan, replace what differs, bind the orders concerned, mark the days."""
    parameters = {"project": project_id, "seq": seq}
    stage_courses(project_id, zone, rules)
    sql.run(SQL / "replace_courses.sql", parameters)
    if is_large:
        analyze_tables("fans_member", "fans_presence", "fans_holding", "fans_tie", "fans_order", "fans_refund")
    sql.run(SQL / "touch_orders.sql", {**parameters, **rules.parameters()})
    sql.run(SQL / "bind_orders.sql", {**parameters, **rules.parameters()})
    sql.run(SQL / "replace_orders.sql", parameters)
    sql.run(SQL / "mark_days.sql", parameters)


def stage_courses(project_id: int, zone: ZoneInfo, rules: Rules) -> None:
    """Fold the fans in touched_fan into new_member, new_tie, new_presence and new_holding."""
    accounts: Accounts = {None: None}
    _stage_courses(fold_logs(project_id, rules, accounts), accounts, zone)


@dataclass(frozen=True)
class First:
    """What an addition says that is credited if it began the fan's first presence."""

    channel_id: int | None
    opening: bool
    koc_post: str | None
    referrer: str | None


@dataclass(frozen=True)
class Folded:
    fan_id: int
    known_at: datetime | None
    course: Course


def fold_logs(project_id: int, rules: Rules, accounts: Accounts) -> Iterator[Folded]:
    """The courses of the fans in touched_fan, those without any log left included. `accounts` learns the ids of the
    accounts that a course names before it comes."""
    logs = sql.rows(SQL / "logs.sql", {"project": project_id})
    folded: set[int] = set()
    for fan_id, rows in groupby(logs, key=lambda row: row[0]):
        entries = []
        for row in rows:
            accounts[row[3]] = row[4]
            entries.append(_entry(row))
        known_at = min((entry.at for entry in entries if entry.kind == EventKind.FAN_ADDED), default=None)
        folded.add(fan_id)
        # Losses and decisions about a fan whom no addition in force names stay held.
        yield Folded(fan_id, known_at, fold(entries, rules.counting_ties) if known_at else Course())
    for (fan_id,) in sql.rows(SQL / "touched_fans.sql"):
        if fan_id not in folded:
            yield Folded(fan_id, None, Course())


def _entry(row: tuple[Any, ...]) -> Entry:
    _, at, kind, account, _, from_given, from_account, tie, group, cause, channel_id, opening, koc_post, referrer = row
    first = First(channel_id, bool(opening), koc_post, referrer) if kind == EventKind.FAN_ADDED else None
    return Entry(at, kind, account, bool(from_given), from_account, tie, group, cause == "transfer", first)


def _stage_courses(courses: Iterable[Folded], accounts: Accounts, zone: ZoneInfo) -> None:
    """COPY the folded courses into new_member, new_tie, new_presence and new_holding."""
    day = partial(_day_or_none, zone)
    members: list[tuple[Any, ...]] = []
    ties: list[tuple[Any, ...]] = []
    presences: list[tuple[Any, ...]] = []
    holdings: list[tuple[Any, ...]] = []
    for folded in courses:
        fan, course = folded.fan_id, folded.course
        credited = [course.credited_holding(presence) for presence in course.presences]
        first = course.presences[0].event if course.presences else None
        channel = first.channel_id if isinstance(first, First) else None
        members.append(_member(folded, first, credited[0] if credited else None, accounts, day))
        ties.extend((fan, *_tie_columns(span, accounts), span.begun, span.ended) for span in course.ties)
        presences.extend(_presence_rows(fan, course.presences, credited, accounts, channel, day))
        holdings.extend(
            (fan, number, accounts[span.name], span.begun, day(span.begun), span.ended, day(span.ended), channel)
            for number, span in enumerate(course.holdings, start=1)
        )
    sql.copy_in("new_member", _MEMBER_COLUMNS, members)
    sql.copy_in("new_tie", ("fan_id", "kind", "account_id", "group_code", "opened_at", "closed_at"), ties)
    sql.copy_in("new_presence", _PRESENCE_COLUMNS, presences)
    sql.copy_in("new_holding", _HOLDING_COLUMNS, holdings)


_MEMBER_COLUMNS = (
    "fan_id", "known_at", "first_added_at", "first_added_day", "channel_id", "opening", "koc_post", "referrer",
    "first_lost_at", "account_id", "credited_at",
)  # fmt: skip
_PRESENCE_COLUMNS = (
    "fan_id", "number", "begun_at", "begun_day", "ended_at", "ended_day", "before_ended_day", "after_begun_day",
    "account_id", "credited_at", "channel_id",
)  # fmt: skip
_HOLDING_COLUMNS = ("fan_id", "number", "account_id", "begun_at", "begun_day", "ended_at", "ended_day", "channel_id")


def _day_or_none(zone: ZoneInfo, at: datetime | None) -> date | None:
    return None if at is None else local_day(at, zone)


def _member(
    folded: Folded, first: Any, credited: Span | None, accounts: Mapping[Any, Any], day: Any
) -> tuple[Any, ...]:
    begun = folded.course.presences[0] if folded.course.presences else None
    if begun is None:
        return (folded.fan_id, folded.known_at, None, None, None, False, None, None, None, None, None)
    return (
        folded.fan_id, folded.known_at, begun.begun, day(begun.begun), first.channel_id, first.opening,
        first.koc_post, first.referrer, begun.ended, accounts[credited.name] if credited else None,
        credited.begun if credited else None,
    )  # fmt: skip


def _tie_columns(span: Span, accounts: Mapping[Any, Any]) -> tuple[Any, ...]:
    kind, name = span.key or (TieKind.FRIEND.value, None)
    return (kind, accounts[name], None) if kind == TieKind.FRIEND else (kind, None, name)


def _presence_rows(
    fan: int,
    presences: list[Span],
    credited: list[Span | None],
    accounts: Mapping[Any, Any],
    channel: int | None,
    day: Any,
) -> Iterator[tuple[Any, ...]]:
    for i, (span, holding) in enumerate(zip(presences, credited, strict=True)):
        yield (
            fan, i + 1, span.begun, day(span.begun), span.ended, day(span.ended),
            day(presences[i - 1].ended) if i else None,
            day(presences[i + 1].begun) if i + 1 < len(presences) else None,
            accounts[holding.name] if holding else None, holding.begun if holding else None, channel,
        )  # fmt: skip

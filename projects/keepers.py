"""Who keeps an account when, and which days a changed history touches. Pure: no clock, no database."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from siyu.periods import local_day, read_instant

Who = TypeVar("Who", int, str)  # a guide's id or code
History = Sequence[tuple[datetime, Who | None]]  # since when who keeps it, ascending; None: nobody
Span = tuple[datetime, datetime | None]
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
YEARS = range(1970, 2200)

# A fan is credited to the guide of her first holding within this time of her addition (CONTRACT 4, Credited guide), so
# a keeper counts for additions made so long before.
CREDIT_REACH = timedelta(hours=24)


def changed_spans(before: History[Who], after: History[Who]) -> list[Span]:
    """Where the two histories name different keepers: half-open spans, the last one open if they differ for ever."""
    old: dict[datetime, Who | None] = dict(before)
    new: dict[datetime, Who | None] = dict(after)
    spans: list[Span] = []
    was: Who | None = None
    now: Who | None = None
    began: datetime | None = None
    for at in sorted({*old, *new}):
        was, now = old.get(at, was), new.get(at, now)
        if was != now and began is None:
            began = at
        elif was == now and began is not None:
            spans.append((began, at))
            began = None
    if began is not None:
        spans.append((began, None))
    return spans


def dropped(before: History[Who], after: History[Who]) -> list[tuple[datetime, Who | None]]:
    """The entries of the old history that find no place in the new one: at its instant another keeps the account then,
    and its guide does not take it over later either."""
    return [
        (at, guide)
        for at, guide in before
        if guide != next((kept for since, kept in reversed(after) if since <= at), None)
        and not any(kept == guide and since >= at for since, kept in after)
    ]


def touched_days(span: Span, zone: ZoneInfo) -> tuple[date, date | None]:
    """The first and last local day (both included; None: without end) whose figures a changed span may alter.

    The day of the span's end is among them: what is credited "just before" that day begins is the keeper until then.
    """
    first, last = span
    return local_day(first - CREDIT_REACH, zone), None if last is None else local_day(last, zone)


def read_since(text: object, zone: ZoneInfo) -> datetime | None:
    """An RFC 3339 instant, in UTC; without an offset it is read in the zone. None for anything else."""
    if not isinstance(text, str) or not INSTANT.fullmatch(text.upper()):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if at.year not in YEARS:
        return None
    return at.astimezone(UTC) if at.tzinfo else read_instant(at, zone)

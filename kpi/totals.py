"""Figures that rest on day totals: which days of a period do, and what that makes of its measures. In prose:
kpi/METRICS.md, Day totals. A project that never stated any asks nothing here.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from django.utils import timezone

from kpi.figures import Cells, Part
from kpi.metrics import Cut, Number
from kpi.models import DayTotal
from kpi.questions import sql
from projects.models import Project
from projects.queries import zone_of
from siyu.periods import DAY, Period, local_day
from siyu.remembering import asked_once
from siyu.sql import records

Group = Literal["fans", "service", "orders"]
GROUPS: tuple[Group, ...] = ("fans", "service", "orders")
GROUP_OF: Mapping[str, Group] = {  # by indicator; satisfaction is none of totals' matter
    "diverted_users": "fans", "diversion_rate": "fans", "cost_per_diverted_user": "fans", "retention_rate": "fans",
    "churn_rate": "fans", "interaction_rate": "service", "gmv": "orders", "koc_users": "fans", "referral_users": "fans",
}  # fmt: skip
ROWLESS = ("retention_rate", "churn_rate", "interaction_rate", "koc_users", "referral_users")
_STOCK = ("at_start", "arrived", "churned_old", "churned_new")


@dataclass(frozen=True)
class Seam:
    """Of one group, the days of a period by source. `used`: totals count; `set_aside`: stated, but events speak;
    `awaited`: totals should and do not speak, `missing`: those of them that have ended. `events`: some day is theirs,
    be it that nothing happened. Where neither source ever spoke of the group, its days are awaited and none is missing.
    """

    used: Sequence[date] = ()
    set_aside: Sequence[date] = ()
    awaited: Sequence[date] = ()
    missing: Sequence[date] = ()
    events: bool = False

    @property
    def is_touched(self) -> bool:
        return bool(self.used or self.awaited)

    @property
    def is_silent(self) -> bool:
        """Nothing is known of any day of the period."""
        return bool(self.awaited) and not self.used and not self.events

    @property
    def has_hole(self) -> bool:
        """A day before the last stated one is not there."""
        return bool(self.used and self.awaited) and self.awaited[0] < self.used[-1]


@dataclass
class OfPeriod:
    """The seams of one period. The last three are filled by `settle`. `no_rates`, `no_interaction`: why these are null,
    None where they are not or are events' alone. `unstated`: channels with reach or cost that do not state their
    additions on each of the days."""

    seams: Mapping[Group, Seam]
    no_rates: str | None = None
    no_interaction: str | None = None
    unstated: set[Part] = field(default_factory=set)

    @property
    def fans(self) -> Seam:
        return self.seams["fans"]

    @property
    def service(self) -> Seam:
        return self.seams["service"]

    @property
    def orders(self) -> Seam:
        return self.seams["orders"]


Totals = dict[Period, OfPeriod]  # periods that no total touches are left out


class Stated(NamedTuple):
    """A guide's or channel's row of a day, as kpi.models.DayTotal has it."""

    day: date
    guide: str | None
    channel_id: int | None
    added: int | None
    lost: int | None
    friends: int | None
    replied: int | None


# -- Which days --------------------------------------------------------------------------------------------------------


def read_totals(project: Project, wanted: Sequence[Period]) -> Totals:
    """Of each period that totals touch. `wanted`: ascending."""
    if not project.has_totals or not wanted:
        return {}
    today = local_day(timezone.now(), zone_of(project))
    spoken = _read_spoken(project.pk)
    by_group = {group: _sources(spoken, group) for group in GROUPS}
    if not any(source in ("totals", "set_aside") for sources in by_group.values() for _, source in sources):
        return {}  # all were taken back
    found: Totals = {}
    for period in wanted:
        seams = {group: _seam(by_group[group], period, project, today) for group in GROUPS}
        if any(seam.is_touched or seam.set_aside for seam in seams.values()):
            found[period] = OfPeriod(seams)
    return found


@asked_once
def _read_spoken(project_id: int) -> list[dict[str, Any]]:
    return records(sql("spoken"), {"project": project_id})


def missing_days(project: Project, period: Period) -> list[date]:
    """The ended days of the period on which a group should be stated and is not, ascending."""
    of = read_totals(project, [period]).get(period)
    return sorted({day for seam in of.seams.values() for day in seam.missing}) if of else []


def rests_on_totals(project: Project, period: Period, group: Group = "fans") -> bool:
    """Whether some day of the period has no events of the group since totals count or should."""
    of = read_totals(project, [period]).get(period)
    return of is not None and of.seams[group].is_touched


Source = Literal["totals", "set_aside", "events"]


@dataclass(frozen=True)
class StatedStock:
    """Friends when the day ended, as totals state them: `friends` by guide, None for whom the day does not say."""

    day: date
    friends: Mapping[str, int | None]

    @property
    def whole(self) -> int | None:
        """Of all guides; None where one of them is not known, or only channels state the day."""
        known = [number for number in self.friends.values() if number is not None]
        return sum(known) if known and len(known) == len(self.friends) else None

    @property
    def said(self) -> dict[str, str]:
        """As REST names it beside the number of fans: counted by friendships, or unknown since some are not stated."""
        return {"reads": "no_stock" if self.whole is None else "ties", "day": self.day.isoformat()}


def read_stated_stock(project: Project) -> StatedStock | None:
    """As of the newest day that totals state; None where events spoke of fans last, or nothing did."""
    if not project.has_totals:
        return None
    sources = _sources(records(sql("spoken"), {"project": project.pk}), "fans")
    if not sources or sources[-1][1] != "totals":
        return None
    day = sources[-1][0]
    rows = DayTotal.objects.filter(project=project, day=day, counts_fans=True, guide__isnull=False)
    return StatedStock(day, {str(guide): friends for guide, friends in rows.values_list("guide", "friends")})


def sources_of_days(project: Project, period: Period) -> dict[date, dict[Group, Source]]:
    """Which source speaks of each group on each of the days; those that none speaks of are left out."""
    spoken = records(sql("spoken"), {"project": project.pk})
    found: dict[date, dict[Group, Source]] = defaultdict(dict)
    for group in GROUPS:
        for day, source in _sources(spoken, group):
            if period.first <= day <= period.last:
                found[day][group] = source
    return found


def _sources(spoken: Iterable[Mapping[str, Any]], group: Group) -> list[tuple[date, Source]]:
    """The days on which either source speaks, ascending."""
    found: list[tuple[date, Source]] = []
    for row in spoken:
        counts = row[f"{group}_totals"]
        if counts is not None:
            found.append((row["day"], "totals" if counts else "set_aside"))
        elif row[f"{group}_flows"]:
            found.append((row["day"], "events"))
    return found


def _seam(sources: Sequence[tuple[date, Source]], period: Period, project: Project, today: date) -> Seam:
    start = bisect_left(sources, period.first, key=lambda spoken: spoken[0])
    known = dict(sources[start : bisect_left(sources, period.end, key=lambda spoken: spoken[0])])
    last: Source = sources[max(0, start - 1)][1] if sources else "totals"
    days: dict[str, list[date]] = {"totals": [], "set_aside": [], "events": [], "quiet": [], "awaited": []}
    for place in range((period.end - period.first).days):
        day = period.first + place * DAY
        source = known.get(day)
        last = source or last
        if source:
            days[source].append(day)
        elif last in ("events", "set_aside"):
            days["quiet"].append(day)
        elif last == "totals" and project.starts_on <= day <= project.ends_on:
            days["awaited"].append(day)
    missing = [day for day in days["awaited"] if day < today] if sources else []
    has_events = bool(days["events"] or days["set_aside"] or days["quiet"])
    return Seam(days["totals"], days["set_aside"], days["awaited"], missing, has_events)


# -- What that makes of the measures -----------------------------------------------------------------------------------


def settle(
    project: Project, by: Cut | None, cells: Cells, totals: Totals, brought: Sequence[Mapping[str, Any]]
) -> None:
    """Put what is known from totals into the cells, and make unknown what is not. Flows hold the volumes already.
    `brought`: records of kpi/sql/brought.sql with their `channel`'s code."""
    stated = _read_stated(project, totals)
    for period, of in totals.items():
        mine = [row for place in range(-1, (period.end - period.first).days)
                for row in stated.get(period.first + place * DAY, ())]  # fmt: skip
        _settle_volumes(by, cells, period, of)
        _settle_reach(by, cells, period, of, mine, [one for one in brought if one["first_day"] == period.first])
        _settle_rates(by, cells, period, of, mine)


def _read_stated(project: Project, totals: Totals) -> dict[date, list[Stated]]:
    """By day, the one before the first period included."""
    if not totals:
        return {}
    first, end = min(period.first for period in totals), max(period.end for period in totals)
    found = DayTotal.objects.filter(project=project, day__gte=first - DAY, day__lt=end).order_by("day", "guide")
    by_day: dict[date, list[Stated]] = defaultdict(list)
    for row in found.values_list(*Stated._fields):
        by_day[row[0]].append(Stated(*row))
    return by_day


def _settle_volumes(by: Cut | None, cells: Cells, period: Period, of: OfPeriod) -> None:
    if by is not None:
        return
    whole = cells.setdefault((period.first, None), {})
    if of.fans.is_silent:
        whole["diverted"] = None
    if of.orders.is_silent:
        whole |= {"gross": None, "orders": None}


def _settle_reach(
    by: Cut | None,
    cells: Cells,
    period: Period,
    of: OfPeriod,
    mine: Sequence[Stated],
    brought: Sequence[Mapping[str, Any]],
) -> None:
    """A channel that reports reach or cost must state its additions on each day that totals count; else what it
    brought is unknown."""
    used = set(of.fans.used)
    if used:
        told = Counter(row.channel_id for row in mine if row.day in used and row.channel_id is not None)
        unstated = [one for one in brought if one["channel"] and told[one["channel_id"]] < len(used)]
    else:
        unstated = [one for one in brought if one["channel"]] if of.fans.is_silent else []
    of.unstated = {one["channel"] for one in unstated if one["reached"] is not None or one["cost"] is not None}
    if by not in (None, "channel"):
        return
    for one in unstated:
        if one["reached"] is not None:
            cells[period.first, one["channel"] if by else None]["diverted_reported"] = None


def _settle_rates(by: Cut | None, cells: Cells, period: Period, of: OfPeriod, mine: Sequence[Stated]) -> None:
    stock = _stock(period, of.fans, mine)
    of.no_rates = _why_no_rates(of.fans, stock, mine)
    of.no_interaction = _why_no_interaction(period, of)
    if of.fans.is_touched:
        _empty(cells, period, _STOCK)
        for part, measures in _parts(by, stock, of.no_rates).items():
            cells.setdefault((period.first, part), {}).update(measures)
    if of.no_interaction is not None:
        cells.setdefault((period.first, None), {})
        for (first_day, _), cell in cells.items():
            if first_day == period.first:
                cell["interacted"] = None
    elif of.service.is_touched:
        _empty(cells, period, ("interacted",))
        replied = {row.guide: row.replied for row in mine if row.day == period.first and row.replied is not None}
        parts: Mapping[Part, int] = replied if by == "guide" else {None: sum(replied.values())}
        for part, fans in parts.items():
            cells.setdefault((period.first, part), {})["interacted"] = fans


def _empty(cells: Cells, period: Period, names: Iterable[str]) -> None:
    for (first_day, _), cell in cells.items():
        if first_day == period.first:
            for name in names:
                cell.pop(name, None)


class Stock(NamedTuple):
    """Of one guide in a period; `at_start` None where nothing says it."""

    at_start: int | None
    added: int
    lost: int


def _stock(period: Period, fans: Seam, mine: Sequence[Stated]) -> dict[str, Stock]:
    """By guide. Her friends of the day before; else those of her first row, less what that day changed."""
    used = set(fans.used)
    by_guide: dict[str, list[Stated]] = defaultdict(list)
    for row in mine:
        if row.guide is not None:
            by_guide[row.guide].append(row)
    found: dict[str, Stock] = {}
    for guide, rows in by_guide.items():
        before = rows[0].friends if rows[0].day < period.first else None
        hers = [row for row in rows if row.day in used and row.lost is not None]
        if hers and before is None and hers[0].friends is not None:
            before = hers[0].friends - (hers[0].added or 0) + (hers[0].lost or 0)
        if hers or before is not None:
            found[guide] = Stock(before, sum(row.added or 0 for row in hers), sum(row.lost or 0 for row in hers))
    return found


def _why_no_rates(fans: Seam, stock: Mapping[str, Stock], mine: Sequence[Stated]) -> str | None:
    if not fans.is_touched:
        return None
    if fans.events:
        return "mixed"
    if not fans.used or fans.has_hole:
        return "missing"
    told = {row.day for row in mine if row.lost is not None}
    if not told.issuperset(fans.used):
        return "no_losses"
    return "no_stock" if any(one.at_start is None for one in stock.values()) else None


def _why_no_interaction(period: Period, of: OfPeriod) -> str | None:
    if not of.fans.is_touched and not of.service.is_touched:
        return None
    if of.no_rates is not None:
        return of.no_rates
    if not of.fans.is_touched or of.service.events:
        return "mixed"
    if not of.service.used:
        return "missing"
    return "distinct" if period.first != period.last else None


def _parts(by: Cut | None, stock: Mapping[str, Stock], no_rates: str | None) -> dict[Part, dict[str, Number]]:
    """The measures of the parts, or of the whole. Where rates are unknown the whole says so, and how many were lost if
    only the stock is not known."""
    if no_rates == "no_stock":
        return {None: _measures(stock.values()) | {"at_start": None, "arrived": None}}
    if no_rates is not None:
        return {None: dict.fromkeys(_STOCK)}
    if by == "guide":
        return {guide: _measures([one]) for guide, one in stock.items()}
    return {None: _measures(stock.values())}


def _measures(stock: Collection[Stock]) -> dict[str, Number]:
    return {
        "at_start": sum(one.at_start or 0 for one in stock),
        "arrived": sum(one.added for one in stock),
        "churned_old": sum(one.lost for one in stock),
        "churned_new": 0,
    }


def days_from_totals(project: Project, indicator: str, period: Period) -> list[list[date]]:
    """The days of the period whose totals are in the indicator, as spans; of interaction those of its fans too."""
    of = read_totals(project, [period]).get(period)
    if of is None or (group := GROUP_OF.get(indicator)) is None:
        return []
    days = {*of.seams[group].used, *(of.fans.used if indicator == "interaction_rate" else ())}
    return spans(sorted(days))


def spans(days: Sequence[date]) -> list[list[date]]:
    """Ascending days as [first, last] of each run."""
    out: list[list[date]] = []
    for day in days:
        if out and out[-1][1] == day - DAY:
            out[-1][1] = day
        else:
            out.append([day, day])
    return out

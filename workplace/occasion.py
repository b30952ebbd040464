"""Which days a scorecard is of, and which it is compared with. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from siyu.numbers import span
from siyu.periods import DAY, Period, period_before, periods
from siyu.problems import say

Name = Literal["today", "week", "month", "last_month", "range"]
NAMES: dict[Name, tuple[str, str]] = {
    "today": ("今日", "Today"),
    "week": ("本周", "This week"),
    "month": ("本月", "This month"),
    "last_month": ("上月", "Last month"),
}
COMPARISONS = {"previous": ("环比", "Previous period"), "year": ("同比", "Same days last year")}
LONGEST = 1100  # days of a range; more is a mistake


@dataclass(frozen=True)
class Occasion:
    """`period`: its whole days; `today`: the local day; `month`: its first day where the period is a whole calendar
    month, which alone is judged."""

    name: Name
    period: Period
    today: date
    compare: str
    is_misread: bool = False  # days were asked for that are none; this month stands in for them

    @property
    def month(self) -> date | None:
        [whole] = periods("month", self.period.first, self.period.first)
        return whole.first if whole == self.period else None

    @property
    def passed(self) -> Period:
        """Its days that have ended, as only they can be held against whole days; where none has, its first."""
        return Period(self.period.first, max(self.period.first, min(self.period.last, self.today - DAY)))

    @property
    def compared(self) -> Period:
        """As many days just before, or the same days a year ago; of a month that runs, the month before as far."""
        passed = self.passed
        if self.compare == "year":
            return Period(_year_before(passed.first), _year_before(passed.last))
        if self.month and passed != self.period:
            before = period_before(self.period)
            return Period(before.first, min(before.last, before.first + (passed.last - passed.first)))
        return period_before(passed)

    @property
    def compared_title(self) -> str:
        """The days it is compared with; of what runs, also the days that are."""
        title, passed = period_title(self.compared), self.passed
        if passed == self.period:
            return title
        return say(f"{period_title(passed)} 对 {title}", f"{period_title(passed)} against {title}")

    @property
    def query(self) -> str:
        return f"start={self.period.first}&end={self.period.last}"


def read_occasion(asked: Mapping[str, str], today: date) -> Occasion:
    """`period`, or `start` and `end`; what is none of these is this month. `compare`: previous or year."""
    compare = "year" if asked.get("compare") == "year" else "previous"
    first, last = _day(asked.get("start")), _day(asked.get("end"))
    if first and last and first <= last and (last - first).days < LONGEST:
        found = Occasion("range", Period(first, last), today, compare)
        named = next((name for name in NAMES if _named(name, today) == found.period), None)
        return Occasion(named, found.period, today, compare) if named else found
    name: Name = next((name for name in NAMES if name == asked.get("period")), "month")
    is_misread = bool(asked.get("start") or asked.get("end")) or asked.get("period", name) not in NAMES
    return Occasion(name, _named(name, today), today, compare, is_misread)


def _named(name: Name, today: date) -> Period:
    if name == "today":
        return Period(today, today)
    if name == "week":
        return periods("week", today, today)[0]
    [month] = periods("month", today, today)
    return periods("month", month.first - DAY, month.first - DAY)[0] if name == "last_month" else month


def period_title(period: Period) -> str:
    """2026 年 11 月 · 2026-11-16～11-22 · 2026-11-20."""
    first, last = period.first, period.last
    if periods("month", first, first)[0] == period:
        return _month_title(first)
    if first == last:
        return f"{first}"
    return span(first, f"{last:%m-%d}" if first.year == last.year else last)


def _month_title(month: date) -> str:
    return say(f"{month.year} 年 {month.month} 月", f"{month:%B %Y}")


def notes_of(occasion: Occasion, term: Period) -> list[str]:
    """What a reader must know of the days before any figure: that they are not those asked for, lie outside of the
    contract's term (first and last day), or have not come."""
    notes, period = [], occasion.period
    if occasion.is_misread:
        notes.append(say(
            f"所选日期无效（需为先后两日，最长 {LONGEST} 天），以下为 {period_title(period)}。",
            f"The days asked for are none (two in order, at most {LONGEST} apart): this is {period_title(period)}.",
        ))  # fmt: skip
    if period.last < term.first or period.first > term.last:
        notes.append(say(
            f"{period_title(period)}：在合同期（{term.first}～{term.last}）之外，没有约定可评。",
            f"{period_title(period)} lies outside of the contract's term ({term.first} – {term.last}).",
        ))  # fmt: skip
    if period.first > occasion.today:
        notes.append(say(f"{period_title(period)}：还没有到，还没有数字。", f"{period_title(period)} has not come."))
    return notes


def lack_of(occasion: Occasion, term: Period, through: date | None) -> str:
    """What a reader must know where the data (through that day) end before the days shown do. Of days that run, last
    night's may still be on their way: only an earlier one lacks. Nothing where there are no data at all."""
    period, runs = occasion.period, occasion.period.first <= occasion.today <= occasion.period.last
    last = min(period.last, term.last, occasion.today - (2 * DAY if runs else DAY))
    if through is None or through >= last or last < period.first:
        return ""
    first = max(period.first, through + DAY)
    days = span(first, f"{last:%m-%d}" if first.year == last.year else last) if first < last else str(first)
    return say(
        f"数据截至 {through}：{days} 还没有数据，以下数字不含这些天。",
        f"Data end with {through}: there are none of {days}, and the figures below go without.",
    )


def month_notes(asked: str | None, read: date | None, month: date) -> list[str]:
    """What a reader must know where a page shows another month than its address asks for. `read`: the first day that
    was understood of it; `month`: the one shown."""
    title = _month_title(month)
    if asked and read is None:
        zh, en = f"所选月份无效（应如 2026-05），以下为 {title}。", f"No such month (2026-05 is one): this is {title}."
        return [say(zh, en)]
    if read is None or read == month:
        return []
    wanted = _month_title(read)
    if read > month:
        return [say(f"{wanted}：还没有到，以下为 {title}。", f"{wanted} has not come: this is {title}.")]
    return [say(f"{wanted}：没有数据，以下为 {title}。", f"{wanted} has no data: this is {title}.")]


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None

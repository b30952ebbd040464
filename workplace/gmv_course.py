"""GMV day by day, a project at a time: the line of a month with the month before it behind, and its numbers. Pure.

Every number is the one that REST answers for the day (`…/kpis/?grain=day&indicator=gmv`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.utils.safestring import SafeString

from kpi.figures import Figure
from siyu.numbers import UNKNOWN, cents, money, span
from siyu.periods import Period
from siyu.problems import say
from workplace.charts import draw_spark
from workplace.day_lines import Curve, draw_days
from workplace.totals_words import mark_of

HEIGHT = 132  # of a picture, in pixels


@dataclass(frozen=True)
class Day:
    """`value`: net GMV in yuan, None where nobody states it; `mark`: what it says of day totals, in a word."""

    value: Decimal | None
    mark: str


@dataclass(frozen=True)
class Course:
    """`month`: the whole of it; `days`: those that have ended, by date; `before`: values of the month before by the day
    of the month."""

    month: Period
    days: Mapping[date, Day]
    before: Mapping[int, Decimal | None]

    @property
    def values(self) -> list[Decimal | None]:
        return [day.value for day in self.days.values()]

    @property
    def total(self) -> Decimal | None:
        """None where a day is not known: a sum of what is left would look like the month's."""
        known = [value for value in self.values if value is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(self.days) else None


def build_course(month: Period, figures: Sequence[Figure], today: date) -> Course:
    """`figures`: of days of the month and of the one before. `today`: of the project; a day that runs is not drawn."""
    by_day = {figure.period.first: figure for figure in figures if figure.indicator == "gmv"}
    return Course(
        month,
        {
            day: Day(figure.value, mark_of(asdict(figure.totals)) if figure.totals else "")
            for day, figure in sorted(by_day.items())
            if month.first <= day < min(month.end, today)
        },
        {day.day: figure.value for day, figure in by_day.items() if day < month.first},
    )


def spark_of(course: Course) -> SafeString:
    """As long as the month, so that brands stand under each other day by day."""
    length = (month := course.month).last.day
    return draw_spark(
        _floats([course.days[day].value if (day := month.first.replace(day=n)) in course.days else None
                 for n in range(1, length + 1)]),
        _floats([course.before.get(n) for n in range(1, length + 1)]),
    )  # fmt: skip


def words_of(course: Course) -> str:
    """The last day that has ended and the best one."""
    known = {day: found.value for day, found in course.days.items() if found.value is not None}
    if not known:
        return say("还没有结束的日子", "No day has ended yet") if not course.days else say("没有数据", "No data")
    last = max(known)
    best = max(known, key=lambda day: (known[day], -day.toordinal()))
    said = f"{last:%m-%d} {money(known[last])}"
    if known[best] == known[last]:
        return said
    return said + say(f"，最高 {best:%m-%d} {money(known[best])}", f", best {best:%m-%d} {money(known[best])}")


def draw_course(course: Course, name: str) -> SafeString:
    """Empty where no day has a figure."""
    if not any(value is not None for value in course.values):
        return SafeString("")
    length = course.month.last.day
    days = [course.month.first.replace(day=number) for number in range(1, length + 1)]
    told = span(*(f"{day:%m-%d}" for day in (min(course.days), max(course.days))))
    return draw_days(
        days,
        [
            Curve("before", _floats([course.before.get(day.day) for day in days])),
            Curve("now", _floats([found.value if (found := course.days.get(day)) else None for day in days])),
        ],
        say(f"{name} 每日 GMV，{told}：{words_of(course)}", f"{name}: GMV by day, {told}: {words_of(course)}"),
        height=HEIGHT,
    )


def _floats(values: Sequence[Decimal | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


# -- The numbers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """`exact`: as REST gives it, empty where nothing is known; `text`: all digits of it."""

    exact: str
    text: str
    mark: str


@dataclass(frozen=True)
class Line:
    """One day, or the days together, over all projects."""

    title: str
    cells: list[Cell]


def table_of(courses: Sequence[Course]) -> list[Line]:
    """A line a day and their sum, a cell a project in the order given; nothing before a day has ended."""
    days = sorted({day for course in courses for day in course.days})
    lines = [Line(f"{day:%m-%d}", [_cell(course.days.get(day)) for course in courses]) for day in days]
    if lines:
        together = [_cell(Day(course.total, "") if course.days else None) for course in courses]
        lines.append(Line(say("合计", "Together"), together))
    return lines


def _cell(day: Day | None) -> Cell:
    if day is None or day.value is None:
        return Cell("", UNKNOWN, day.mark if day else "")
    return Cell(f"{day.value:f}", cents(day.value), day.mark)

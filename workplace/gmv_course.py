"""GMV day by day, a project at a time: the line of a month with the month before it behind, and its numbers. Pure.

Every number is the one that REST answers for the day (`…/kpis/?grain=day&indicator=gmv`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kpi.figures import Figure
from siyu.numbers import UNKNOWN, cents, money, span
from siyu.periods import Period
from siyu.problems import say
from workplace.bubbles import axis, is_wan, tick_words
from workplace.charts import draw_spark, runs_of
from workplace.totals_words import mark_of

HEIGHT, TOP, BOTTOM = 132, 20, 22  # of a picture, in pixels
LEFT, WIDE = 18, 80  # of its lines, in percent of its width: so its words are as large in a narrow one as in a wide one
DATED = (1, 10, 20)  # days of the month under the line, and its last one


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
    """The days of the month from left to right, yuan upwards from 0 (or from below, where refunds outweigh a day)."""
    known = [float(value) for value in (*course.values, *course.before.values()) if value is not None]
    if not any(value is not None for value in course.values):
        return SafeString("")
    upward = axis(min(0.0, *known), max(*known, 1.0), 2)
    length, high = course.month.last.day, HEIGHT - TOP - BOTTOM

    def across(day: int) -> float:
        return round((day - 1) / (length - 1) * 100, 2)

    def down(yuan: Decimal | float) -> float:
        return round(100 - (float(yuan) - upward.low) / (upward.high - upward.low) * 100, 2)

    def at(day: int) -> float:
        return round(LEFT + across(day) * WIDE / 100, 2)

    def lines(values: Mapping[int, Decimal | None], kind: str) -> SafeString:
        runs = runs_of((day, values.get(day)) for day in range(1, length + 1))
        # A day alone is a line of no length, which its round ends make a dot.
        drawn = ([(across(day), down(value)) for day, value in (run if len(run) > 1 else run * 2)] for run in runs)
        points = (" ".join(f"{x:g},{y:g}" for x, y in run) for run in drawn)
        return format_html_join("", '<polyline class="sy-course-{}" points="{}"/>', ((kind, some) for some in points))

    now = {day.day: found.value for day, found in course.days.items()}
    last = max(day for day, value in now.items() if value is not None)
    dated = [*(day for day in DATED if day < length - 3), length]
    days = span(*(f"{day:%m-%d}" for day in (min(course.days), max(course.days))))
    return format_html(
        '<svg class="sy-course" width="100%" height="{h}" role="img" aria-label="{label}">'
        '<text x="0" y="10">{unit}</text>{grid}{dates}'
        '<svg x="{left}%" y="{top}" width="{wide}%" height="{high}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        '{before}{now}</svg><circle cx="{x}%" cy="{y}" r="3"/></svg>',
        h=HEIGHT, left=LEFT, top=TOP, wide=WIDE, high=high,
        unit=say("万元", "¥") if is_wan(upward.high) else say("元", "¥"),
        x=at(last), y=round(TOP + down(now[last] or 0) * high / 100, 1),
        label=say(f"{name} 每日 GMV，{days}：{words_of(course)}", f"{name}: GMV by day, {days}: {words_of(course)}"),
        grid=format_html_join(
            "",
            '<line x1="{left}%" x2="{right}%" y1="{y}" y2="{y}"/>'
            '<text x="{words}%" y="{under}" text-anchor="end">{tick}</text>',
            ({"left": LEFT, "right": LEFT + WIDE, "words": LEFT - 1.5, "y": y, "under": y + 4,
              "tick": tick_words(tick, upward)}
             for tick in upward.ticks for y in [round(TOP + down(tick) * high / 100, 1)]),
        ),
        dates=format_html_join(
            "", '<text x="{}%" y="{}" text-anchor="{}">{}</text>',
            ((at(day), HEIGHT - 4, "end" if day == length else "middle" if day > 1 else "start",
              f"{course.month.first.replace(day=day):%m-%d}") for day in dated),
        ),
        before=lines(course.before, "before"), now=lines(now, "now"),
    )  # fmt: skip


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

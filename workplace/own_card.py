"""Own indicators on the scorecard: value, change and course; no lines and no band, since they are never judged."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from kpi.figures import Figure
from kpi.metrics import Kind
from kpi.own_indicators import Own, OwnFigure, own_indicators, read_own, read_own_part, shape_of, version_for
from kpi.own_words import formula, no_guide, value_words
from kpi.queries import one_state
from projects.models import Project
from siyu.numbers import exact
from siyu.periods import DAY, Grain, Period
from siyu.problems import say
from siyu.spreadsheets import Column, Sheet
from workplace.before_term import is_before
from workplace.card import change_between
from workplace.charts import draw_spark
from workplace.occasion import Occasion
from workplace.scorecard import COURSE_DAYS
from workplace.tables import GROUPS
from workplace.totals_words import mark_of

KIND_OF_UNIT: dict[str, Kind] = {"count": "count", "yuan": "money", "percent": "rate", "number": "unit_cost"}


@dataclass(frozen=True)
class OwnRow:
    """`words`: what is divided by what; `note`: what it says of day totals; `better`: which way is better."""

    code: str
    title: str
    words: str
    group: str
    better: str
    value: str
    change: str
    direction: str
    spark: SafeString
    note: str
    version: int
    figure: Figure
    address: str


def read_own_rows(project: Project, occasion: Occasion, guide: str | None = None) -> list[OwnRow]:
    """Of the whole project, by group; none where it has none. With a guide's code: hers of those that can be given per
    guide."""
    own = own_indicators(project)
    if not own:
        return []
    period, passed, compared = occasion.period, occasion.passed, occasion.compared
    last = min(period.last, occasion.today - DAY)
    with one_state():
        now = _read(project, own, "month" if occasion.month else "range", period, guide)
        so_far = now if passed == period else _read(project, own, "range", passed, guide)
        before = [] if is_before(compared, project.starts_on) else _read(project, own, "range", compared, guide)
        daily = _read(project, own, "day", Period(last - (COURSE_DAYS - 1) * DAY, last), guide)
    return [_row(project, one, _values(one, so_far, before), _course(one, daily, last), occasion) for one in now]


def _values(
    shown: OwnFigure, so_far: Sequence[OwnFigure], before: Sequence[OwnFigure]
) -> tuple[Decimal | None, Decimal | None]:
    """Of its ended days and of those compared with, where these are counted by the version shown."""
    now, then = (
        next((one.figure.value for one in found if one.version.pk == shown.version.pk), None)
        for found in (so_far, before)
    )
    return now, then


def _read(project: Project, own: Sequence[Own], grain: Grain, days: Period, guide: str | None) -> list[OwnFigure]:
    """Of the whole, or the guide's part."""
    if guide is None:
        return read_own(project, own, grain, days.first, days.last)
    return read_own_part(project, own, grain, days, "guide", guide)


def without_guides(project: Project, occasion: Occasion) -> list[tuple[str, str]]:
    """Those that can't be given per guide: (name, why)."""
    versions = [version_for(own, occasion.period) for own in own_indicators(project)]
    found = [(version.name, no_guide(shape_of(version))) for version in versions]
    return [(name, why) for name, why in found if why]


def _course(now: OwnFigure, daily: Sequence[OwnFigure], last: date) -> list[float | None]:
    """The days counted by the version that the period is; others are another thing by the same name."""
    values = {one.figure.period.first: one.figure.value for one in daily if one.version.pk == now.version.pk}
    days = [last - (COURSE_DAYS - 1 - place) * DAY for place in range(COURSE_DAYS)]
    return [None if (value := values.get(day)) is None else float(value) for day in days]


def _row(
    project: Project,
    found: OwnFigure,
    compared: tuple[Decimal | None, Decimal | None],
    course: Sequence[float | None],
    occasion: Occasion,
) -> OwnRow:
    version, figure = found.version, found.figure
    shape = shape_of(version)
    change, direction = change_between(KIND_OF_UNIT[version.unit], *compared)
    return OwnRow(
        code=version.code,
        title=version.name,
        words=formula(shape.numerator, shape.denominator),
        group=say(*GROUPS[version.group]),
        better=better_words(version.better),
        value=value_words(version.unit, figure.value),
        change=change,
        direction=direction,
        spark=draw_spark(course),
        note=mark_of(asdict(figure.totals)) if figure.totals else "",
        version=version.version,
        figure=figure,
        address=f"{reverse('own_figure', args=[project.code, version.code])}?{occasion.query}",
    )


def better_words(better: str) -> str:
    return say("越高越好", "Higher is better") if better == "up" else say("越低越好", "Lower is better")


def parts_words(figure: Figure, *, is_ratio: bool) -> str:
    """Numerator ÷ denominator, or all digits."""
    return f"{exact(figure.numerator)} ÷ {exact(figure.denominator)}" if is_ratio else exact(figure.numerator)


def own_sheet(rows: Sequence[OwnRow], note: str) -> Sheet:
    """Raw numbers with the definition of each."""
    columns = [
        Column(say("分组", "Group")),
        Column(say("自有指标", "Own indicator")),
        Column(say("口径", "Definition")),
        Column(say("口径版本", "Version")),
        Column(say("方向", "Direction")),
        Column(say("分子", "Numerator")),
        Column(say("分母", "Denominator")),
        Column(say("数值", "Value")),
        Column(say("读数", "As read")),
        Column(say("说明", "Note")),
    ]
    lines: list[tuple[Any, ...]] = [
        (row.group, row.title, row.words, row.version, row.better, row.figure.numerator, row.figure.denominator,
         row.figure.value, row.value, row.note)
        for row in rows
    ]  # fmt: skip
    return Sheet(say("自有指标", "Own indicators"), columns, lines, note)

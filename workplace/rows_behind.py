"""Figures whose rows are listed and taken as files: one of the ten, or a project's own. Runs inside the brand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpi.figures import Part
from kpi.metrics import METRICS, Cut, Metric
from kpi.own_indicators import Own, find_own, shape_of, version_for
from kpi.own_rows import read_own_page
from kpi.own_words import formula
from kpi.rows import Page, Position, read_page
from projects.models import Project
from siyu.periods import Period
from siyu.problems import say
from siyu.spreadsheets import Kind
from workplace.figure import MEANINGS
from workplace.tables import metric_title

Read = Callable[[Cut | None, Part, Position, int], Page]


@dataclass(frozen=True)
class Behind:
    """`upper`, `lower`: what numerator and denominator count in; `read`: so many rows of the whole or a part, from a
    position on."""

    code: str
    title: str
    meaning: str
    upper: Kind
    lower: Kind
    is_ratio: bool
    cuts: Sequence[Cut]
    read: Read


def behind(project: Project, indicator: str, period: Period) -> Behind | None:
    """None for a code that is neither."""
    if metric := METRICS.get(indicator):
        return _of_metric(project, metric, period)
    own = find_own(project, indicator)
    return _of_own(project, own, period) if own else None


def _of_metric(project: Project, metric: Metric, period: Period) -> Behind:
    def read(by: Cut | None, part: Part, start: Position, size: int) -> Page:
        return read_page(project, metric.code, period, by, part, start, size)

    is_money = metric.kind in ("money", "unit_cost")
    return Behind(
        metric.code,
        metric_title(metric),
        say(*MEANINGS[metric.code]),
        "money" if is_money else "count",
        "count",
        metric.denominator is not None,
        metric.cuts,
        read,
    )


def _of_own(project: Project, own: Own, period: Period) -> Behind:
    def read(by: Cut | None, part: Part, start: Position, size: int) -> Page:
        return read_own_page(project, own, period, by, part, start, size)[1]

    version = version_for(own, period)
    shape = shape_of(version)
    words = formula(shape.numerator, shape.denominator)
    kinds: list[Kind] = ["money" if side.counting.is_money else "count" for side in shape.sides]
    return Behind(
        version.code,
        version.name,
        say(f"{words}（第 {version.version} 版）", f"{words} (version {version.version})"),
        kinds[0],
        kinds[-1],
        shape.denominator is not None,
        shape.cuts,
        read,
    )

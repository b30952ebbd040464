"""The ten figures laid out for a page: one line per month or guide, one cell per indicator. Pure.

Every number is the one that REST answers (kpi.queries); only here is it rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpi.figures import Figure
from kpi.metrics import METRICS, Metric
from siyu.numbers import UNKNOWN, count, exact, money, percent
from siyu.problems import say

GROUPS = {"diversion": ("导流", "Diversion"), "service": ("服务", "Service"), "result": ("结果", "Result")}


@dataclass(frozen=True)
class Cell:
    """`value` as read at a glance; `parts`: numerator and denominator, or all digits where `value` leaves some out."""

    value: str
    parts: str


@dataclass(frozen=True)
class Line:
    title: str
    key: str
    cells: list[Cell]


@dataclass(frozen=True)
class Column:
    code: str
    title: str
    starts_group: bool


@dataclass(frozen=True)
class Group:
    title: str
    width: int


@dataclass(frozen=True)
class Table:
    groups: list[Group]
    columns: list[Column]
    lines: list[Line]


def month_table(figures: Iterable[Figure], months: Sequence[date], *, metrics: Sequence[Metric]) -> Table:
    """A line per month (its first day), in the order given."""
    found = {(figure.period.first, figure.indicator): figure for figure in figures}
    lines = [
        Line(f"{month:%Y-%m}", f"{month:%Y-%m}", [_cell(metric, found.get((month, metric.code))) for metric in metrics])
        for month in months
    ]
    return _table(lines, metrics)


def guide_table(figures: Iterable[Figure], names: dict[str, str]) -> Table:
    """A line per guide credited, by code, then accounts without a keeper, and last what nobody is credited with: the
    parts add up.

    `names`: by guide's code. A code without a name is an account's that no guide keeps.
    """
    metrics = cut_metrics()
    by_part: dict[str | None, dict[str, Figure]] = {}
    for figure in figures:
        by_part.setdefault(figure.part, {})[figure.indicator] = figure
    credited = sorted((part for part in by_part if part is not None), key=lambda part: (part not in names, part))
    parts = [*credited, *([None] if None in by_part else [])]
    lines = [
        Line(
            _guide_title(part, names), part or "", [_cell(metric, by_part[part].get(metric.code)) for metric in metrics]
        )
        for part in parts
    ]
    return _table(lines, metrics)


def cut_metrics() -> list[Metric]:
    """The indicators that can be cut by guide."""
    return [metric for metric in METRICS.values() if "guide" in metric.cuts]


def metric_title(metric: Metric) -> str:
    return say(metric.chinese, metric.english)


def _guide_title(part: str | None, names: dict[str, str]) -> str:
    if part is None:
        return say("未归属", "Nobody")
    if part in names:
        return say(f"{names[part]}（{part}）", f"{names[part]} ({part})")
    return say(f"企微号 {part}（无人承接）", f"Account {part} (no keeper)")


def _table(lines: list[Line], metrics: Sequence[Metric]) -> Table:
    groups: list[Group] = []
    columns = []
    before = None
    for metric in metrics:
        columns.append(Column(metric.code, metric_title(metric), metric.group != before))
        if metric.group != before:
            width = sum(other.group == metric.group for other in metrics)
            groups.append(Group(say(*GROUPS[metric.group]), width))
        before = metric.group
    return Table(groups, columns, lines)


def _cell(metric: Metric, figure: Figure | None) -> Cell:
    """A figure left out of a cut has numerator and denominator 0 or unknown: nothing happened there."""
    if figure is None:
        return Cell({"count": count(0), "money": money(Decimal(0))}.get(metric.kind, UNKNOWN), "")
    if metric.kind == "count":
        value, parts = count(figure.value), exact(figure.numerator)
    elif metric.kind == "money":
        value, parts = money(figure.value), exact(figure.numerator)
    else:
        value = percent(figure.value) if metric.kind == "rate" else money(figure.value)
        parts = f"{exact(figure.numerator)} / {exact(figure.denominator)}"
    return Cell(value, "" if parts == value.replace("¥", "") else parts)

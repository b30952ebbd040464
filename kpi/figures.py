"""From measures to figures, row by row of the contract. Pure: no clock, no database.

Measures are gathered per period and part of a cut (`Cells`); what each is and how it is counted: kpi/METRICS.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpi.metrics import METRICS, Cut, Measures, Metric, Number, divide, refunds
from siyu.periods import Period

Part = str | None  # a guide's, account's or channel's code; None: credited to nobody, or not cut at all
Cells = dict[tuple[date, Part], dict[str, Number]]  # by a period's first day and the part

_MONEY = Decimal("0.00")
MEASURES: dict[str, Number] = {
    "at_start": 0, "arrived": 0, "churned_old": 0, "churned_new": 0, "interacted": 0,
    "diverted": 0, "valid": 0, "recalled": 0, "koc": 0, "referral": 0, "posts": 0, "kocs": 0,
    "diverted_reported": 0, "reached": 0, "cost": None, "rated": 0, "rated_good": 0,
    "orders": 0, "buyers": 0, "gross": _MONEY, "dual": _MONEY,
    "unbound": _MONEY, "before_added": _MONEY, "natural": _MONEY,
    "refunds_before_shipping": _MONEY, "refunds_after_receipt": _MONEY, "refunds_unknown": _MONEY,
}  # fmt: skip


@dataclass(frozen=True)
class FromTotals:
    """What a figure that rests on day totals says of itself. `reads`: a code of kpi/METRICS.md, Day totals; None where
    only days are missing. `days`: of the period, those whose totals count; `missing`: ended ones that nobody stated."""

    reads: str | None
    days: int
    missing: int


@dataclass(frozen=True)
class Figure:
    """One indicator in one period, whole or one part of a cut. Money is Decimal yuan, counts are int."""

    indicator: str
    period: Period
    part: Part
    numerator: Number
    denominator: Number
    value: Decimal | None
    detail: dict[str, Any] | None = None
    totals: FromTotals | None = None


def add(cells: Cells, first_day: date, part: Part, measures: Mapping[str, Number]) -> None:
    """Add measures to a cell. What is unknown (None) adds nothing; known 0 makes an unknown sum 0."""
    cell = cells.setdefault((first_day, part), {})
    for name, number in measures.items():
        if number is not None:
            cell[name] = (cell.get(name) or 0) + number


def figures(cells: Cells, periods: Sequence[Period], by: Cut | None, indicators: Collection[str]) -> Iterator[Figure]:
    """Period by period in the registry's order. Without a cut every indicator stands in every period; in a cut, parts
    whose numerator and denominator are 0 or unknown are left out."""
    metrics = [metric for metric in METRICS.values() if metric.code in indicators and (by is None or by in metric.cuts)]
    parts: dict[date, list[Part]] = {period.first: [] if by else [None] for period in periods}
    if by:
        for first_day, part in sorted(cells, key=lambda cell: (cell[0], cell[1] is not None, cell[1] or "")):
            parts[first_day].append(part)
    for period in periods:
        wholes = [(part, MEASURES | cells.get((period.first, part), {})) for part in parts[period.first]]
        for metric in metrics:
            for part, measures in wholes:
                figure = figure_of(metric, period, part, measures, with_detail=by is None)
                if by is None or figure.numerator or figure.denominator:
                    yield figure


def figure_of(metric: Metric, period: Period, part: Part, measures: Measures, *, with_detail: bool) -> Figure:
    numerator = metric.numerator(measures)
    if metric.denominator is None:
        denominator, value = None, None if numerator is None else Decimal(numerator)
    else:
        denominator = metric.denominator(measures)
        value = divide(numerator, denominator)
    detail = _DETAILS[metric.code](measures) if with_detail and metric.code in _DETAILS else None
    return Figure(metric.code, period, part, numerator, denominator, value, detail)


def _gmv_detail(m: Measures) -> dict[str, Number]:
    names = ("refunds_before_shipping", "refunds_after_receipt", "dual", "unbound", "before_added", "natural")
    return {
        "gross": m["gross"],
        "refunds": refunds(m),
        **{name: m[name] for name in names},
        "orders": m["orders"],
        "buyers": m["buyers"],
    }


_DETAILS = {
    "gmv": _gmv_detail,
    "diverted_users": lambda m: {"valid": m["valid"], "recalled": m["recalled"]},
    "koc_users": lambda m: {"posts": m["posts"], "kocs": m["kocs"]},
}

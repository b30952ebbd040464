"""The ten indicators: their names, their direction, and what each makes of a period's measures (kpi/METRICS.md). Pure.

A figure is a numerator and, for a ratio, a denominator. Ratios are divided on reading and never averaged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

Kind = Literal["count", "money", "rate", "unit_cost"]
Cut = Literal["guide", "account", "channel"]
Number = int | Decimal | None
Measures = Mapping[str, Number]  # of one period and one part of a cut; the names are kpi.figures.MEASURES

CUTS: tuple[Cut, ...] = ("guide", "account", "channel")


@dataclass(frozen=True)
class Metric:
    """`numerator` and `denominator` read measures; counts and money have no denominator. `cuts`: by what it is cut."""

    code: str
    chinese: str
    english: str
    group: Literal["diversion", "service", "result"]
    better: Literal["up", "down"]
    kind: Kind
    numerator: Callable[[Measures], Number]
    denominator: Callable[[Measures], Number] | None = None
    cuts: tuple[Cut, ...] = CUTS


def _at_end(m: Measures) -> Number:
    return _known_sum(m["at_start"], _minus(m["churned_old"]))


def _seen(m: Measures) -> Number:
    return _known_sum(m["at_start"], m["arrived"])


def _churned(m: Measures) -> Number:
    return _known_sum(m["churned_old"], m["churned_new"])


def _net(m: Measures) -> Number:
    return _known_sum(m["gross"], -refunds(m))


def _known_sum(one: Number, other: Number) -> Number:
    """None where either is unknown."""
    return None if one is None or other is None else one + other


def _minus(number: Number) -> Number:
    return None if number is None else -number


def refunds(m: Measures) -> Decimal:
    """All stages together, in yuan."""
    return m["refunds_before_shipping"] + m["refunds_after_receipt"] + m["refunds_unknown"]  # type: ignore[operator,return-value]


# fmt: off
METRICS: dict[str, Metric] = {metric.code: metric for metric in (
    Metric("diverted_users", "导流总用户数", "Diverted users", "diversion", "up", "count", lambda m: m["diverted"]),
    Metric("diversion_rate", "导流率", "Diversion rate", "diversion", "up", "rate",
           lambda m: m["diverted_reported"], lambda m: m["reached"], cuts=("channel",)),
    Metric("cost_per_diverted_user", "单个用户导流成本", "Cost per diverted user", "diversion", "down", "unit_cost",
           lambda m: m["cost"], lambda m: m["diverted"], cuts=("channel",)),
    Metric("retention_rate", "老粉留存率", "Retention rate", "service", "up", "rate", _at_end, lambda m: m["at_start"]),
    Metric("satisfaction_rate", "用户满意度", "Satisfaction rate", "service", "up", "rate",
           lambda m: m["rated_good"], lambda m: m["rated"]),
    Metric("churn_rate", "综合流失率（含新增）", "Churn rate", "service", "down", "rate", _churned, _seen),
    Metric("interaction_rate", "互动率", "Interaction rate", "service", "up", "rate", lambda m: m["interacted"], _seen),
    Metric("gmv", "GMV", "GMV", "result", "up", "money", _net),
    Metric("koc_users", "KOC 发掘与分发带来的用户", "KOC users", "result", "up", "count", lambda m: m["koc"]),
    Metric("referral_users", "裂变老带新用户数", "Referral users", "result", "up", "count", lambda m: m["referral"]),
)}
# fmt: on


def divide(numerator: Number, denominator: Number) -> Decimal | None:
    """Exact to 28 significant digits; None where either is unknown or the denominator is 0."""
    if numerator is None or not denominator:
        return None
    with localcontext(prec=28):
        return Decimal(numerator) / Decimal(denominator)

"""The agency's annex: what its guides cost and what that brought. Never part of what a brand can fetch."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guides.models import Placement
from guides.queries import is_on, monthly_costs, placements
from kpi.forecast import round_half_up
from kpi.forecast_api import plain
from kpi.sales import BRAND, read_costs
from projects.models import Project
from reports.benchmarks import benchmarks_beside
from siyu.brands import enter_public
from siyu.periods import Period, periods
from tenants.models import Brand


def annex_of(project: Project, brand: Brand, period: Period, payload: Mapping[str, Any]) -> dict[str, Any]:
    """{guides: [{guide, share, from, to, monthly_cost, labour_cost, gmv, gmv_per_labour_cost}], labour_cost, unknown,
    gmv_per_labour_cost, channel_cost, benchmarks}.

    A placement costs its share of the monthly cost (that of the period's last day) for each of its days in the period,
    by the length of the day's month. `unknown`: guides whose cost nobody entered; with any of them the whole is null.
    """
    here = [
        placed
        for placed in placements(brand.pk, project.code)
        if placed.starts_on <= period.last and (placed.ends_on is None or placed.ends_on >= period.first)
    ]
    here.sort(key=lambda placed: (placed.guide.code, placed.starts_on))
    with enter_public():
        costs = monthly_costs({placed.guide_id for placed in here}, period.last)
    labour = [_labour_cost(placed, costs.get(placed.guide_id), period) for placed in here]
    unknown = sorted({placed.guide.code for placed in here if placed.guide_id not in costs})
    known = [cost for cost in labour if cost is not None]
    whole = None if unknown or not known else round_half_up(sum(known, Fraction(0)), 2)
    net = payload["orders"]["net"]
    gmv = None if net is None else Decimal(net)
    ratio = None if gmv is None else _ratio(gmv, whole)
    return {
        "guides": _guides(here, costs, labour, payload),
        "labour_cost": None if whole is None else f"{whole:.2f}",
        "unknown": unknown,
        "gmv": None if gmv is None else f"{gmv:.2f}",
        "gmv_per_labour_cost": ratio,
        "channel_cost": _channel_cost(project, period),
        "benchmarks": benchmarks_beside({"gmv_per_labour_cost": ratio}, agency_only=True),
    }


def _labour_cost(placed: Placement, monthly: Decimal | None, period: Period) -> Fraction | None:
    if monthly is None:
        return None
    days = [day.first for day in periods("day", period.first, period.last) if is_on(placed, day.first)]
    return sum((Fraction(monthly) * Fraction(placed.share) / _length(day) for day in days), Fraction(0))


def _length(day: date) -> int:
    [month] = periods("month", day, day)
    return (month.end - month.first).days


def _guides(
    here: Sequence[Placement],
    costs: Mapping[int, Decimal],
    labour: Sequence[Fraction | None],
    payload: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """A row per placement. A guide's GMV stands beside the cost of all her placements of the period, at the first."""
    credited = {row["guide"]: row["figures"].get("gmv") for row in payload["guides"]}
    together: dict[str, list[Fraction | None]] = {}
    for placed, cost in zip(here, labour, strict=True):
        together.setdefault(placed.guide.code, []).append(cost)
    rows, seen = [], set()
    for placed, cost in zip(here, labour, strict=True):
        code = placed.guide.code
        gmv = None
        if code not in seen:
            gmv = None if payload["orders"]["net"] is None else (credited.get(code) or {"value": "0.00"})["value"]
        seen.add(code)
        all_costs = together[code]
        whole = sum((one for one in all_costs if one is not None), Fraction(0)) if None not in all_costs else None
        rows.append(
            {
                "guide": code,
                "share": placed.share,
                "from": placed.starts_on,
                "to": placed.ends_on,
                "monthly_cost": costs.get(placed.guide_id),
                "labour_cost": None if cost is None else f"{round_half_up(cost, 2)}",
                "gmv": gmv,
                "gmv_per_labour_cost": None if gmv is None else _ratio(Decimal(gmv), whole),
            }
        )
    return rows


def _ratio(gmv: Decimal, cost: Decimal | Fraction | None) -> str | None:
    return plain(Fraction(gmv) / Fraction(cost)) if cost else None


def _channel_cost(project: Project, period: Period) -> dict[str, str | None]:
    """What channels cost, by who paid as the source says it: the brand, others, not said."""
    costs = read_costs(project, period)
    others = [cost for payer, cost in costs.items() if payer not in (BRAND, None)]
    shown = {"brand": costs.get(BRAND), "others": sum(others) if others else None, "unstated": costs.get(None)}
    return {payer: None if cost is None else f"{cost:.2f}" for payer, cost in shown.items()}

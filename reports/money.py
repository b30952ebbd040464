"""What the GMV of a period is made of, what both sides settle on, what it brought the brand. Runs inside the brand."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi.api import plain
from kpi.forecast import round_half_up
from kpi.metrics import divide
from kpi.sales import BRAND, Sales, SalesCuts, read_brand_sales, read_costs
from projects.models import Project
from siyu.periods import Period


def sales_of(cuts: SalesCuts) -> dict[str, Any]:
    """Each list adds up to `whole`; whole.net is the figure `gmv`."""
    return {
        "whole": {
            **_sales(cuts.whole),
            "average_order": _yuan(cuts.whole.average_order),
            "buyers": sum(cuts.buyers.values()),
        },
        "dual": _sales(cuts.dual),
        "platforms": [{"platform": name, **_sales(part)} for name, part in cuts.platforms.items()],
        "touches": [{"touch": name, **_sales(part)} for name, part in cuts.touches.items()],
        "customers": [
            {"customer": name, **_sales(part), "buyers": cuts.buyers.get(name or "", 0)}
            for name, part in cuts.customers.items()
        ],
    }


def _sales(sales: Sales) -> dict[str, Any]:
    return {
        "orders": sales.orders,
        "gross": f"{sales.gross:.2f}",
        "refunds": f"{sales.refunds:.2f}",
        "net": f"{sales.net:.2f}",
    }


def _yuan(amount: Decimal | None) -> str | None:
    """As it is shown beside other money: two places."""
    return None if amount is None else f"{round_half_up(Fraction(amount), 2)}"


# -- The settlement's base --------------------------------------------------------------------------------------------


def settlement_base(cuts: SalesCuts, terms: Mapping[str, Any]) -> dict[str, Any]:
    """{includes_dual, gmv, dual, base, lines: [{line, gmv, dual, base}]}: net GMV by platform, less what another
    department counts too, unless the contract says that commission is due on it as well (`commission_on_dual`)."""
    includes_dual = bool(terms.get("commission_on_dual"))

    def line(whole: Sales, dual: Sales) -> dict[str, str]:
        left_out = Decimal(0) if includes_dual else dual.net
        return {"gmv": f"{whole.net:.2f}", "dual": f"{dual.net:.2f}", "base": f"{whole.net - left_out:.2f}"}

    return {
        "includes_dual": includes_dual,
        **line(cuts.whole, cuts.dual),
        "lines": [
            {"line": name, **line(part, cuts.dual_platforms.get(name, Sales()))}
            for name, part in cuts.platforms.items()
        ],
    }


# -- What it brought the brand ----------------------------------------------------------------------------------------


def brand_return(project: Project, period: Period, net: Decimal) -> dict[str, Any]:
    """Net GMV against the channel costs that the brand itself paid: {net_gmv, own_cost, ratio, unstated_cost}. What the
    agency pays is not in it; `unstated_cost` names costs of which nobody says who paid."""
    costs = read_costs(project, period)
    own = costs.get(BRAND)
    ratio = divide(net, own)
    return {
        "net_gmv": f"{net:.2f}",
        "own_cost": _yuan(own),
        "ratio": plain(ratio, "ratio"),
        "unstated_cost": _yuan(costs.get(None)),
    }


def private_share(project: Project, period: Period, net: Decimal) -> dict[str, Any]:
    """Net GMV as a part of all that the brand sold in the month, where the brand has said that."""
    whole = read_brand_sales(project, period)
    return {"net_gmv": f"{net:.2f}", "brand_sales": _yuan(whole), "share": plain(divide(net, whole), "ratio")}

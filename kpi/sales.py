"""GMV cut by what its orders were: platform, touchpoint, new and old customers, dual-counted. Parts add up to `gmv`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from fans.models import Event, EventKind
from fans.vocabulary import month_key
from kpi.metrics import divide
from kpi.models import DayTotal
from kpi.queries import one_state
from kpi.questions import sql
from projects.models import Project
from siyu.periods import Period
from siyu.sql import records

ZERO = Decimal("0.00")
BRAND = "brand"  # `paid_by` of a cost that the brand bears


@dataclass(frozen=True)
class Sales:
    """Counted orders: how many were paid and for how much, less the refunds dated in the range. Yuan."""

    orders: int = 0
    gross: Decimal = ZERO
    refunds: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.gross - self.refunds

    @property
    def average_order(self) -> Decimal | None:
        """gross ÷ orders, unrounded."""
        return divide(self.gross, self.orders)


@dataclass(frozen=True)
class SalesCuts:
    """One range; each cut adds up to `whole`. None: the source names no platform or touchpoint; for customers, an order
    bound to nobody. `dual`: of `whole`, what another department counts too. `buyers`: by customer, distinct fans."""

    whole: Sales
    dual: Sales
    platforms: dict[str | None, Sales]
    touches: dict[str | None, Sales]
    customers: dict[str | None, Sales]
    buyers: dict[str, int]
    dual_platforms: dict[str | None, Sales]


def read_sales(project: Project, period: Period) -> SalesCuts:
    """A customer is new where the first of all her counted orders lies in the period."""
    parameters = {"project": project.pk, "first_day": period.first, "next_day": period.end}
    with one_state():
        found = [*records(sql("sales"), parameters), *_from_totals(project, period)]
        [buyers] = records(sql("sales_buyers"), parameters)
    dual = [record for record in found if record["dual"]]
    return SalesCuts(
        whole=_sum(found),
        dual=_sum(dual),
        platforms=_cut(found, lambda record: record["platform"]),
        touches=_cut(found, lambda record: record["touch"]),
        customers=_cut(found, lambda record: record["customer"]),
        buyers=dict(buyers),
        dual_platforms=_cut(dual, lambda record: record["platform"]),
    )


def _from_totals(project: Project, period: Period) -> list[dict[str, Any]]:
    """What day totals that count add: of no platform, touchpoint or customer that they name."""
    if not project.has_totals:
        return []
    counting = DayTotal.objects.filter(
        project=project, day__gte=period.first, day__lt=period.end, counts_orders=True, paid__isnull=False
    )
    stated = counting.aggregate(orders=Sum("orders"), gross=Sum("paid"), refunds=Sum("refunds"))
    if stated["orders"] is None:
        return []
    return [{"platform": None, "touch": None, "dual": False, "customer": None, **stated}]


def _cut(found: Iterable[Mapping[str, Any]], key: Callable[[Mapping[str, Any]], Any]) -> dict[Any, Sales]:
    parts: dict[Any, Sales] = {}
    for record in found:
        parts[key(record)] = _plus(parts.get(key(record), Sales()), record)
    return dict(sorted(parts.items(), key=lambda part: (part[0] is None, part[0] or "")))


def _sum(found: Iterable[Mapping[str, Any]]) -> Sales:
    whole = Sales()
    for record in found:
        whole = _plus(whole, record)
    return whole


def _plus(sales: Sales, record: Mapping[str, Any]) -> Sales:
    return replace(
        sales,
        orders=sales.orders + int(record["orders"]),
        gross=sales.gross + record["gross"],
        refunds=sales.refunds + record["refunds"],
    )


def read_costs(project: Project, period: Period) -> dict[str | None, Decimal]:
    """What channels cost in the period, yuan, by who paid as the source says it; None where it does not say."""
    parameters = {"project": project.pk, "first_day": period.first, "next_day": period.end}
    return {record["payer"]: record["cost"] for record in records(sql("costs_by_payer"), parameters)}


def read_brand_sales(project: Project, period: Period) -> Decimal | None:
    """What the brand sold in all in the month that begins the period, yuan; None where it has not said."""
    said = Event.objects.filter(
        project_id=project.pk,
        kind=EventKind.BRAND_SALES,
        key=month_key(period.first),
        superseded_by__isnull=True,
        status=Event.Status.CONTENT,
    )
    return said.values_list("amount", flat=True).first()

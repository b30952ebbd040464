"""Analysis beside the ten: cohorts, retention of new fans, value of buyers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from kpi.figures import MEASURES
from kpi.metrics import METRICS, divide
from kpi.queries import gather, one_state
from kpi.questions import period_parameters, sql
from projects.models import Project
from siyu.periods import Period, periods
from siyu.sql import records

RETENTION_DAYS = (1, 7, 30)


@dataclass(frozen=True)
class Cohort:
    """Fans first added in a month; `months` from that month on: {offset, present, active, buyers, repeat_buyers}."""

    month: date
    fans: int
    months: list[dict[str, int]]


def read_cohorts(project: Project, first: date, last: date) -> list[Cohort]:
    """The months that first..last touches: each as a cohort (opening stock included), and what became of it in those
    that follow."""
    months = periods("month", first, last)
    parameters = {"project": project.pk, **period_parameters(months, ZoneInfo(project.timezone))}
    with one_state():
        fans = {record["cohort"]: record["fans"] for record in records(sql("cohort_fans"), parameters)}
        found = records(sql("cohort_months"), parameters)
    return [
        Cohort(cohort, fans.get(cohort, 0), [_month(offset, record) for offset, record in enumerate(group)])
        for cohort, group in groupby(found, key=lambda record: record["cohort"])
    ]


def _month(offset: int, record: dict[str, Any]) -> dict[str, int]:
    return {"offset": offset, **{name: record[name] for name in ("present", "active", "buyers", "repeat_buyers")}}


def read_new_retention(project: Project, first: date, last: date, now: datetime) -> dict[str, int | None]:
    """{fans, d1, d7, d30}: diverted fans of the days first..last, and how many were present N × 24 h after their first
    addition; None until that instant has passed for all of them."""
    parameters = {"project": project.pk, "first_day": first, "next_day": Period(first, last).end}
    record = records(sql("new_retention"), parameters)[0]
    out: dict[str, int | None] = {"fans": record["fans"]}
    for days in RETENTION_DAYS:
        passed = record["newest"] is None or record["newest"] + timedelta(hours=24 * days) <= now
        out[f"d{days}"] = record[f"d{days}"] if passed else None
    return out


@dataclass(frozen=True)
class Value:
    """Counted orders of a range. `orders_per_buyer`: number of orders → number of fans. Decimals: yuan, unrounded."""

    buyers: int
    repeat_buyers: int
    orders_per_buyer: dict[int, int]
    average_order: Decimal | None  # gross ÷ orders, those without a fan included
    gmv_per_fan: Decimal | None  # net GMV ÷ fans of `seen`


def read_value(project: Project, first: date, last: date) -> Value:
    """Of the days first..last, both included."""
    period = Period(first, last)
    with one_state():
        cells = gather(project, "range", [period], None, ["gmv", "churn_rate"])
        per_buyer = read_orders_per_buyer(project, period)
    measures = MEASURES | cells.get((first, None), {})
    seen = METRICS["churn_rate"].denominator
    return Value(
        buyers=sum(per_buyer.values()),
        repeat_buyers=sum(buyers for orders, buyers in per_buyer.items() if orders >= 2),
        orders_per_buyer=per_buyer,
        average_order=divide(measures["gross"], measures["orders"]),
        gmv_per_fan=divide(METRICS["gmv"].numerator(measures), seen(measures) if seen else None),
    )


def read_orders_per_buyer(project: Project, period: Period) -> dict[int, int]:
    """Number of counted orders of the period → number of fans bound to so many."""
    parameters = {"project": project.pk, "first_day": period.first, "next_day": period.end}
    return {record["orders"]: record["buyers"] for record in records(sql("orders_per_buyer"), parameters)}

"""周报: what a daily report says, of a week; the week against its part of the month's target; which channels' new fans
stayed; what posts brought; what the money was made of."""

from fractions import Fraction
from typing import Any

from kpi.analysis import read_new_retention
from kpi.figures import Figure
from kpi.forecast import round_half_up
from kpi.forecast_api import plain
from kpi.forecasts import MonthOutlook, binding_forecast, bound_forecasts, read_outlook
from kpi.metrics import METRICS
from kpi.sales import read_sales
from kpi.totals import rests_on_totals
from projects.models import Project
from projects.queries import zone_of
from reports.courses import courses
from reports.daily import parts
from reports.fan_parts import content_of, quality_of
from reports.money import sales_of
from reports.readings import TARGETED, Month, as_of_end, read_figures
from siyu.periods import DAY, Period, local_day, periods


def body(project: Project, period: Period, month: Month) -> dict[str, Any]:
    figures = read_figures(project, period)
    return {
        **parts(project, period, month, figures),
        **courses(project, period),
        "targets": read_targets(project, period, figures),
        "new_fans_7_days": read_seven_days(project, period),
        "channel_quality": quality_of(project, period, as_of_end(project, period)),
        "content": content_of(project, period),
        "sales": sales_of(read_sales(project, period)),
    }


def read_seven_days(project: Project, period: Period) -> dict[str, Any]:
    """Of the diverted fans of the week before, those present seven days later: {period_start, period_end, fans, d7}.
    All of them have had their seven days when the week ends."""
    before = Period(period.first - 7 * DAY, period.first - DAY)
    kept = read_new_retention(project, before.first, before.last, as_of_end(project, period))
    if rests_on_totals(project, before):
        kept |= {"fans": None, "d7": None}
    return {"period_start": before.first, "period_end": before.last, "fans": kept["fans"], "d7": kept["d7"]}


def read_targets(project: Project, period: Period, figures: list[Figure]) -> list[dict[str, Any]]:
    """{indicator, target, value, share} of the volumes. The target of a week is what of each month's adjusted forecast
    falls on its days by their weights; null where a month has no binding forecast."""
    standings = _standings(project, period)
    values = {figure.indicator: figure.value for figure in figures}
    out = []
    for code in TARGETED:
        target = None
        if all(standings):
            target = sum((_part(standing, code, period) for standing in standings if standing), Fraction(0))
        value = values[code]
        is_money = METRICS[code].kind == "money"
        share = None if value is None or not target else Fraction(value) / target
        out.append(
            {
                "indicator": code,
                "target": None if target is None else f"{round_half_up(target, 2)}" if is_money else plain(target),
                "value": None if value is None else f"{value:.2f}" if is_money else int(value),
                "share": plain(share),
            }
        )
    return out


def _standings(project: Project, period: Period) -> list[MonthOutlook | None]:
    """Of each month that the week touches, as it stood when the week ended."""
    bound, today = bound_forecasts(project), local_day(as_of_end(project, period), zone_of(project))
    out: list[MonthOutlook | None] = []
    for month in periods("month", period.first, period.last):
        forecast = binding_forecast(bound, month.first, project)
        outlook = read_outlook(project, forecast.inputs, today, through=period.last) if forecast else []
        out.append(next((standing for standing in outlook if standing.month.first == month.first), None))
    return out


def _part(standing: MonthOutlook, code: str, period: Period) -> Fraction:
    month = standing.month
    weighed = zip(month.days, month.weights, strict=True)
    inside = sum((weight for day, weight in weighed if period.first <= day <= period.last), Fraction(0))
    return standing.adjusted.volume(code) * inside / sum(month.weights, Fraction(0))

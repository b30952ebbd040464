"""月报: the ten indicators against forecast and lines, the contract's floor, the way from forecast to actual, fans,
money, posts, both sides' promises, what it brought the brand, what both settle on, and the next month."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guides.queries import absences, is_on, placements
from kpi.analysis import read_orders_per_buyer
from kpi.figures import Figure
from kpi.forecast_api import plain
from kpi.forecasts import MonthOutlook
from kpi.judging import Judgement
from kpi.lines import attainment, floor_verdict
from kpi.metrics import METRICS
from kpi.sales import SalesCuts, read_sales
from kpi.totals import rests_on_totals
from projects.commitments import commitments_of, describe
from projects.models import Commitment, Project, Side
from reports.benchmarks import benchmarks_beside
from reports.bridge import Buying, Expected, Stand, bridge
from reports.calendar import calendar_of
from reports.courses import courses
from reports.daily import parts
from reports.fan_parts import assets_of, content_of
from reports.money import brand_return, private_share, sales_of, settlement_base
from reports.readings import TARGETED, Month, as_of_all_reach, fans_of, read_figures, shown
from siyu.brands import current_schema, enter_public
from siyu.periods import DAY, Period, periods
from tenants.models import Brand


def body(project: Project, period: Period, month: Month) -> dict[str, Any]:
    figures = month.figures
    commitments = commitments_of(project, month=period.first)
    cuts = read_sales(project, period)
    heads = read_heads(project, period, commitments)
    share = private_share(project, period, cuts.whole.net)
    terms = month.forecast.inputs["terms"] if month.forecast else {}
    return {
        **parts(project, period, month, figures),
        **courses(project, period),
        "figures": shown(figures, judgements=month.judgements),
        "score": verdict(project, month),
        "bridge": read_bridge(project, period, month),
        "assets": None if rests_on_totals(project, period) else assets_of(project, period),
        "sales": sales_of(cuts),
        "content": content_of(project, period),
        "commitments": describe(commitments, project, as_of_all_reach(project, period)),
        "heads": heads,
        "brand_return": brand_return(project, period, cuts.whole.net),
        "private_share": share,
        "settlement": settlement_base(cuts, terms),
        "benchmarks": benchmarks_beside(benchmarked(figures, cuts, heads, share["share"]), agency_only=False),
        "next_month": _following(month),
        "calendar": calendar_of(period.end, next_stated.month if (next_stated := _stated_after(month)) else None),
    }


def benchmarked(
    figures: Sequence[Figure], cuts: SalesCuts, heads: Mapping[str, Any], share: str | None
) -> dict[str, str | None]:
    """By benchmark: the month's own value. Fans and guides are the month's averages: (before + after) ÷ 2, and heads on
    duty by day."""
    by_code = {figure.indicator: figure for figure in figures}
    fans = fans_of(figures)
    average = None
    if fans["at_start"] is not None and fans["at_end"] is not None:
        average = Fraction(fans["at_start"] + fans["at_end"], 2)
    on_duty = Fraction(sum(int(day["heads"]) for day in heads["days"]), len(heads["days"]))
    net = Fraction(cuts.whole.net)
    return {
        "diversion_rate": plain(by_code["diversion_rate"].value),
        "private_share": share,
        "gmv_per_fan": plain(net / average) if average else None,
        "gmv_per_guide": plain(net / on_duty) if on_duty else None,
    }


# -- From forecast to actual ------------------------------------------------------------------------------------------


def read_bridge(project: Project, period: Period, month: Month) -> dict[str, Any] | None:
    """reports.bridge of the month's GMV; None without a binding forecast, and where day totals leave open how many fans
    there were or how often they bought."""
    standing = month.standing
    if standing is None or month.forecast is None:
        return None
    [last] = periods("month", period.first - DAY, period.first - DAY)
    if any(rests_on_totals(project, one, "fans") or rests_on_totals(project, one, "orders") for one in (period, last)):
        return None
    place = month.outlook.index(standing)
    planned = month.outlook[place - 1].by_traffic.fans if place else month.forecast.inputs["opening_fans"]
    by_code = {figure.indicator: figure for figure in month.figures}
    fans = fans_of(month.figures)
    diverted = int(by_code["diverted_users"].numerator or 0)
    expected = Expected(
        forecast=standing.forecast.gmv,
        adjusted=standing.by_traffic.gmv,
        fans=Stand(planned, standing.by_traffic.diverted_users, standing.by_traffic.fans),
        gmv_per_fan=standing.month.gmv_per_fan * standing.month.ramp,
    )
    return bridge(
        expected,
        Decimal(by_code["gmv"].numerator or 0),
        Stand(fans["at_start"] or 0, diverted, fans["at_end"] or 0),
        _buying(project, period, by_code["gmv"]),
        _buying(project, last, read_figures(project, last, None, ("gmv",))[0]),
    )


def _buying(project: Project, period: Period, gmv: Figure) -> Buying:
    per_buyer = read_orders_per_buyer(project, period)
    buyers = sum(per_buyer.values())
    bound = sum(orders * fans for orders, fans in per_buyer.items())
    detail = gmv.detail or {}
    return Buying(detail["orders"], buyers, bound - buyers, detail["gross"])


# -- The floor --------------------------------------------------------------------------------------------------------


def verdict(project: Project, month: Month) -> dict[str, Any] | None:
    """{floor, score, below, in_grace, missed, unmeasured, attained: {indicator: share}}; None without a forecast."""
    if month.forecast is None:
        return None
    terms = month.forecast.inputs["terms"]
    attained = {
        figure.indicator: attained_share(month.judgements[figure.period.first, figure.indicator])
        for figure in month.figures
    }
    found = floor_verdict(terms, attained, len(periods("month", project.starts_on, month.period.first)))
    return {
        "floor": terms.get("floor"),
        "basis": terms.get("basis", "composite"),
        "score": plain(found.score),
        "below": found.below,
        "in_grace": found.in_grace,
        "missed": found.missed,
        "unmeasured": found.unmeasured,
        "attained": {indicator: plain(share) for indicator, share in attained.items()},
    }


def attained_share(judgement: Judgement) -> Fraction | None:
    """Against the adjusted forecast; for rates without one against the normal line (kpi/FORECAST.md)."""
    target = judgement.adjusted
    if target is None and judgement.lines is not None:
        target = judgement.lines["normal"]
    return attainment(judgement.judged, target, METRICS[judgement.indicator].better)


# -- Heads on duty ----------------------------------------------------------------------------------------------------


def read_heads(project: Project, period: Period, commitments: Sequence[Commitment]) -> dict[str, Any]:
    """Guides placed and not away, day by day, against the heads that the agency promised for the month (null: none):
    {contracted, days: [{day, heads}], short_days}."""
    schema = current_schema()
    with enter_public():
        placed = placements(Brand.objects.get(schema_name=schema).pk, project.code)
        away = absences({placement.guide_id for placement in placed}, period.first, period.last)
    promised = [row.promised for row in commitments if (row.side, row.kind) == (Side.AGENCY, Commitment.Kind.HEADS)]
    contracted = sum(promised, Decimal(0)) if promised else None

    def heads_on(day: date) -> int:
        absent = {absence.guide_id for absence in away if absence.starts_on <= day <= absence.ends_on}
        return len({placement.guide_id for placement in placed if is_on(placement, day)} - absent)

    days = [{"day": day.first, "heads": heads_on(day.first)} for day in periods("day", period.first, period.last)]
    short = 0 if contracted is None else sum(int(str(day["heads"])) < contracted for day in days)
    return {"contracted": plain(contracted), "days": days, "short_days": short}


# -- The month to come ------------------------------------------------------------------------------------------------


def _following(month: Month) -> dict[str, Any] | None:
    """What the forecast in force expects of the next month; None where it states none."""
    following = _stated_after(month)
    return None if following is None else _expected(following)


def _stated_after(month: Month) -> MonthOutlook | None:
    return next((row for row in month.outlook if row.month.first == month.period.end), None)


def _expected(outlook: MonthOutlook) -> dict[str, Any]:
    return {
        "month": f"{outlook.month.first:%Y-%m}",
        "promised_reach": dict(outlook.month.promised_reach),
        "fans": outlook.forecast.fans,
        "guides_needed": outlook.forecast.guides,
        "volumes": {
            code: {"forecast": _volume(code, outlook.forecast.volume(code)),
                   "adjusted": _volume(code, outlook.adjusted.volume(code))}
            for code in TARGETED
        },
    }  # fmt: skip


def _volume(code: str, number: Fraction) -> str | int:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):.2f}" if code == "gmv" else int(number)

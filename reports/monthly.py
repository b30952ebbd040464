"""月报: the ten indicators against forecast and lines, the contract's floor, both sides' promises, the next month."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guides.queries import absences, is_on, placements
from kpi.forecast_api import plain
from kpi.forecasts import MonthOutlook
from kpi.judging import Judgement
from kpi.lines import attainment, floor_verdict
from kpi.metrics import METRICS
from projects.commitments import commitments_of, describe
from projects.models import Commitment, Project, Side
from reports.daily import parts
from reports.readings import TARGETED, Month, as_of_all_reach, shown
from siyu.brands import current_schema, enter_public
from siyu.periods import Period, periods
from tenants.models import Brand


def body(project: Project, period: Period, month: Month) -> dict[str, Any]:
    figures = month.figures
    commitments = commitments_of(project, month=period.first)
    return {
        **parts(project, period, month, figures),
        "figures": shown(figures, judgements=month.judgements),
        "score": verdict(project, month),
        "commitments": describe(commitments, project, as_of_all_reach(project, period)),
        "heads": read_heads(project, period, commitments),
        "next_month": _following(month),
    }


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
    following = next((row for row in month.outlook if row.month.first == month.period.end), None)
    return None if following is None else _expected(following)


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

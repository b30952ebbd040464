"""One indicator in one month held against its forecast and lines. Pure: no clock, no database.

Rules in prose: kpi/FORECAST.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from kpi import lines
from kpi.figures import Figure
from kpi.forecast import VOLUMES, Month, Row, expected_diversion_rate, round_half_up, traffic_factor
from kpi.lines import Band, Marks
from kpi.metrics import METRICS
from kpi.pace import Projection, elapsed_share
from kpi.reach import Gaps
from projects.confirming import AgreedRelief

State = Literal["ended", "running", "to_come"]


@dataclass(frozen=True)
class MonthStanding:
    """What one month's figures are held against. `days_elapsed`: of its days, those that have ended. `by_traffic`: the
    forecast adjusted to the delivered reach; `adjusted`: that and relieved by `reliefs`, those agreed for the month."""

    month: Month
    state: State
    days_elapsed: int
    version: int
    forecast: Row
    by_traffic: Row
    adjusted: Row
    lines: Mapping[str, Mapping[str, str | None]]
    gaps: Gaps
    judges_valid: bool  # the definition sheet judges valid additions, not all
    rolling_interaction: Figure | None = None  # of the 30 ended days before today, in the running month
    projections: Mapping[str, Projection | None] | None = None  # of volumes, in the running month
    reliefs: Sequence[AgreedRelief] = ()


@dataclass(frozen=True)
class IndicatorRelief:
    """What missed commitments of the brand relieve one indicator by in one month, together and each."""

    share: Fraction
    of: Sequence[AgreedRelief]


@dataclass(frozen=True)
class Projected:
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    band: Band | None


@dataclass(frozen=True)
class Judgement:
    """`value`, `adjusted`: forecast and adjusted forecast, relieved; `traffic_factor` is the traffic's alone, `relief`
    what was agreed beside it, None without. `judged`: the number the band is of, exact. `lines`: of the
    whole month; `lines_due`: as they stand now in the running one, None else. `due`: of the adjusted volume by now.
    `missing_days`: days without reach."""

    indicator: str
    version: int
    value: Fraction | None
    adjusted: Fraction | None
    traffic_factor: Fraction | None
    relief: IndicatorRelief | None
    lines: Marks | None
    lines_due: Marks | None
    judged: Fraction | None
    band: Band | None
    provisional: bool
    due: Fraction | None
    projected: Projected | None
    missing_days: int


def state_of(first: date, last: date, today: date) -> State:
    """Of the month first..last on the local day `today`."""
    return "ended" if last < today else "running" if first <= today else "to_come"


def judge(figure: Figure, standing: MonthStanding) -> Judgement:
    """The figure is of the whole calendar month, not cut."""
    code = figure.indicator
    relief = relief_of(code, standing.reliefs)
    share = relief.share if relief else Fraction(0)
    value, by_traffic, adjusted = _expected(code, standing, share)
    setting = standing.lines.get(code)
    marks = None if setting is None else lines.marks_of(setting, adjusted, share, METRICS[code].better)
    weighed = elapsed_share(standing.month.weights, standing.days_elapsed)
    is_running = standing.state == "running"
    due_marks = _due_marks(code, marks, standing, weighed) if is_running else None
    judged = _judged(figure, standing)
    return Judgement(
        indicator=code,
        version=standing.version,
        value=value,
        adjusted=adjusted,
        traffic_factor=traffic_factor(by_traffic, value),
        relief=relief,
        lines=marks,
        lines_due=due_marks,
        judged=judged,
        band=_band(code, judged, due_marks if is_running else marks, standing),
        provisional=is_running,
        due=None if adjusted is None or code not in VOLUMES else adjusted * weighed,
        projected=_projected(code, marks, standing) if is_running and judged is not None else None,
        missing_days=standing.gaps.missing,
    )


def relief_of(code: str, reliefs: Sequence[AgreedRelief]) -> IndicatorRelief | None:
    """Of one indicator, of the reliefs of one month; None where none names it."""
    of = [relief for relief in reliefs if code in relief.indicators]
    return IndicatorRelief(lines.joint_relief(relief.share for relief in of), of) if of else None


def _expected(
    code: str, standing: MonthStanding, relief: Fraction
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """Forecast, the same adjusted to traffic, and relieved as well. Traffic adjusts no rates."""
    if code in VOLUMES:
        return standing.forecast.volume(code), standing.by_traffic.volume(code), standing.adjusted.volume(code)
    rate = None
    if code == "diversion_rate":
        rate = expected_diversion_rate(standing.month)
    elif code == "churn_rate":
        rate = standing.month.churn_rate
    return rate, rate, lines.relieved(rate, relief, METRICS[code].better)


def _judged(figure: Figure, standing: MonthStanding) -> Fraction | None:
    """The exact number that is judged. The figure's own value has 28 digits; a ratio's parts have all."""
    code = figure.indicator
    if code == "interaction_rate" and standing.state == "running":
        return exact_value(standing.rolling_interaction)
    if code == "diverted_users" and standing.judges_valid:
        valid = (figure.detail or {})["valid"]
        return None if valid is None else Fraction(valid)
    return exact_value(figure)


def exact_value(figure: Figure | None) -> Fraction | None:
    if figure is None or figure.numerator is None or figure.value is None:
        return None
    has_denominator = METRICS[figure.indicator].denominator is not None
    return Fraction(figure.numerator) / Fraction(figure.denominator or 1 if has_denominator else 1)


def _due_marks(code: str, marks: Marks | None, standing: MonthStanding, weighed: Fraction) -> Marks | None:
    """The lines as they stand in the running month: volumes by the days' weights, churn and retention by the days that
    have ended, the rest unchanged."""
    if code in VOLUMES:
        return lines.scaled(marks, weighed)
    by_days = Fraction(standing.days_elapsed, len(standing.month.days))
    if code == "churn_rate":
        return lines.scaled(marks, by_days)
    if code == "retention_rate":
        return lines.scaled_from_one(marks, by_days)
    return marks


def _band(code: str, judged: Fraction | None, marks: Marks | None, standing: MonthStanding) -> Band | None:
    metric = METRICS[code]
    if judged is None or standing.state == "to_come":
        return None
    if metric.kind == "rate" and judged > 1:
        return None
    if code == "diversion_rate" and standing.gaps.is_large:
        return None
    return lines.band(judged, marks, metric.better)


def _projected(code: str, marks: Marks | None, standing: MonthStanding) -> Projected | None:
    found = (standing.projections or {}).get(code)
    if found is None:
        return None
    places = 2 if METRICS[code].kind == "money" else 0
    value, low, high = (
        None if number is None else round_half_up(Fraction(number), places)
        for number in (found.value, found.low, found.high)
    )
    assert value is not None  # noqa: S101 - a projection has a value, said to the type checker
    return Projected(value, low, high, lines.band(Fraction(value), marks, METRICS[code].better))

"""A scorecard read in one state of the data: figures of the days asked for, what they are held against, both sides'
promises, the course of the days. Runs inside the brand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi.figures import MEASURES, Figure, figure_of
from kpi.forecasts import MonthOutlook, binding_forecast, bound_forecasts, read_judgements, read_outlook
from kpi.judging import Judgement
from kpi.metrics import METRICS, Cut
from kpi.queries import one_state, read_standing
from projects.commitments import commitments_of, describe
from projects.models import Channel, Project
from siyu.periods import DAY, Grain
from workplace.before_term import is_before
from workplace.occasion import Occasion
from workplace.tables import cut_metrics

COURSE_DAYS = 20


@dataclass(frozen=True)
class Card:
    """`figures`, `judgements`: by indicator. `compared`: by indicator, the values of the days that have ended and of
    those they are compared with. `course`: by indicator, a value a day, of COURSE_DAYS and as many before them, the
    oldest first.
    `days`: by indicator and day, of the month shown. `outlook`: the month against its forecast, None without one.
    `promises`: what was entered for the month (projects.commitments.describe). `channels`: names by code."""

    figures: Mapping[str, Figure]
    compared: Mapping[str, tuple[Decimal | None, Decimal | None]]
    judgements: Mapping[str, Judgement]
    course: Mapping[str, Sequence[float | None]]
    days: Mapping[str, Mapping[date, Figure]]
    outlook: MonthOutlook | None
    promises: list[dict[str, Any]]
    channels: Mapping[str, str]
    data_through: date | None
    stale_days: int
    definition: int


def read_card(project: Project, occasion: Occasion, now: datetime, *, guide: str | None = None) -> Card:
    """With a guide's code: her own figures and nothing of the project's. Without: the whole."""
    by: Cut | None = "guide" if guide else None
    codes = [metric.code for metric in cut_metrics()] if guide else list(METRICS)
    period, passed, compared = occasion.period, occasion.passed, occasion.compared
    last = min(period.last, occasion.today - DAY)
    first = last - (2 * COURSE_DAYS - 1) * DAY
    if occasion.month:
        first = min(first, occasion.month)
    with one_state():
        grain: Grain = "month" if occasion.month else "range"
        standing = read_standing(project, grain, period.first, period.last, by, codes)
        ended = standing
        if passed != period:
            ended = read_standing(project, "range", passed.first, passed.last, by, codes)
        past = read_standing(project, "range", compared.first, compared.last, by, codes)
        daily = read_standing(project, "day", first, max(first, last), by, codes)
        mine = [figure for figure in standing.figures if figure.part == guide]
        judged = read_judgements(project, mine, now) if occasion.month and not guide else {}
        outlook = None if guide or not occasion.month else _outlook(project, occasion)
        promises = [] if guide or not occasion.month else describe(
            commitments_of(project, month=occasion.month), project, now
        )  # fmt: skip
        channels = dict(Channel.objects.values_list("code", "name"))
    nothing = _nothing(codes, occasion, guide)
    so_far, before = (
        {code: figure.value for code, figure in nothing.items()}
        | {figure.indicator: figure.value for figure in found.figures if figure.part == guide}
        for found in (ended, past)
    )
    days: dict[str, dict[date, Figure]] = {code: {} for code in codes}
    for figure in daily.figures:
        if figure.part == guide:
            days[figure.indicator][figure.period.first] = figure
    return Card(
        figures=nothing | {figure.indicator: figure for figure in mine},
        compared={code: (so_far[code], before[code]) for code in codes if not is_before(compared, project.starts_on)},
        judgements={code: judgement for (_, code), judgement in judged.items()},
        course={code: _course(found, last) for code, found in days.items()},
        days=days,
        outlook=outlook,
        promises=promises,
        channels=channels,
        data_through=standing.data_through,
        stale_days=standing.stale_days,
        definition=standing.definitions,
    )


def _nothing(codes: Sequence[str], occasion: Occasion, part: str | None) -> dict[str, Figure]:
    """A cut leaves out what is 0; the page says 0."""
    return {code: figure_of(METRICS[code], occasion.period, part, MEASURES, with_detail=False) for code in codes}


def _outlook(project: Project, occasion: Occasion) -> MonthOutlook | None:
    month = occasion.month
    forecast = binding_forecast(bound_forecasts(project), month, project) if month else None
    if forecast is None:
        return None
    found = read_outlook(project, forecast.inputs, occasion.today)
    return next((outlook for outlook in found if outlook.month.first == month), None)


def _course(found: Mapping[date, Figure], last: date) -> list[float | None]:
    days = [last - back * DAY for back in reversed(range(2 * COURSE_DAYS))]
    return [None if (figure := found.get(day)) is None or figure.value is None else float(figure.value) for day in days]


def chart_of(card: Card, indicator: str, occasion: Occasion) -> dict[str, Any] | None:
    """How a volume ran up through the month, for the picture: {days, actual, due: {line: [...]}, expected, low, high}.

    Numbers as JSON floats, for drawing only. None without a forecast or where the indicator has no lines.
    """
    judgement, outlook = card.judgements.get(indicator), card.outlook
    if judgement is None or outlook is None or judgement.lines is None:
        return None
    days, weights = outlook.month.days, outlook.month.weights
    total = sum(weights, Fraction(0))
    shares, passed = [], Fraction(0)
    for weight in weights:
        passed += weight
        shares.append(passed / total)
    done = [day for day in days if day < occasion.today]
    actual, sum_so_far = [], Decimal(0)
    for day in done:
        figure = card.days.get(indicator, {}).get(day)
        sum_so_far += Decimal((figure.numerator if figure else 0) or 0)
        actual.append(float(sum_so_far))
    chart: dict[str, Any] = {
        "days": [f"{day:%m-%d}" for day in days],
        "actual": actual,
        "due": {name: [float(mark * share) for share in shares] for name, mark in judgement.lines.items() if mark},
    }
    projected = judgement.projected
    if projected and done and len(done) < len(days):
        start, left = Decimal(actual[-1]), 1 - shares[len(done) - 1]
        ahead = [float((share - shares[len(done) - 1]) / left) for share in shares[len(done) - 1 :]]
        for name, end in (("expected", projected.value), ("low", projected.low), ("high", projected.high)):
            if end is not None:
                step = float(Decimal(end) - start)
                chart[name] = [None] * (len(done) - 1) + [float(start) + step * part for part in ahead]
    return chart

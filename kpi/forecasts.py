"""Versions of a project's forecast, which of them binds a month, and where a month stands against it: reads only.

Runs inside the brand. The clock is passed in. Rules in prose: kpi/FORECAST.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum

from guides.queries import placements
from kpi.figures import Figure
from kpi.forecast import VOLUMES, Month, Plan, Row, plan_of, table
from kpi.judging import Judgement, MonthStanding, State, judge, relief_of, state_of
from kpi.models import DayFlow, Forecast, ForecastComment
from kpi.pace import LOOKED_BACK, TRAILING_DAYS, Day, Projection
from kpi.pace import project as project_end
from kpi.queries import read_figure
from kpi.questions import sql
from kpi.reach import ChannelReach, DayFigures, Gaps, gaps_of_month, reach_of_month
from kpi.staffing import Stint
from kpi.totals import GROUP_OF, read_totals
from projects.confirming import AgreedRelief, agreed_reliefs
from projects.models import Channel, Project
from projects.queries import definition_in_use, zone_of
from siyu.periods import Period, day_start, local_day, periods
from siyu.remembering import asked_once
from siyu.sql import records

Judgements = dict[tuple[date, str], Judgement]  # by a month's first day and the indicator

ONE_DAY = timedelta(days=1)
ROLLING_DAYS = 30


# -- Versions ---------------------------------------------------------------------------------------------------------


def newest_forecast(project: Project) -> Forecast | None:
    return Forecast.objects.filter(project=project).order_by("-version").first()


def newest_put_forward(project: Project) -> Forecast | None:
    """The newest version that somebody proposed or approved; what was only saved is its side's own draft."""
    proposals = ForecastComment.objects.filter(forecast=OuterRef("pk"), kind=ForecastComment.Kind.PROPOSAL)
    forward = Q(agency_approved_at__isnull=False) | Q(brand_approved_at__isnull=False) | Exists(proposals)
    return Forecast.objects.filter(forward, project=project).order_by("-version").first()


@asked_once
def bound_forecasts(project: Project) -> list[Forecast]:
    """The versions that both sides have approved, ascending."""
    approved = Forecast.objects.filter(
        project=project, agency_approved_at__isnull=False, brand_approved_at__isnull=False
    )
    return list(approved.order_by("version"))


def binding_forecast(bound: Sequence[Forecast], month: date, project: Project) -> Forecast | None:
    """The version that binds the month (its first day): of those that state it and were bound before it ended, the
    newest. Where none was, the one that was bound first after: an ended month keeps what it has. `bound`: ascending."""
    [period] = periods("month", month, month)
    end = day_start(period.end, zone_of(project))
    stating = [forecast for forecast in bound if month in forecast.months]
    in_time = [forecast for forecast in stating if (at := forecast.bound_at) is not None and at < end]
    if in_time:
        return in_time[-1]
    return min(stating, key=lambda forecast: (forecast.bound_at, forecast.version), default=None)


def binding_months(bound: Sequence[Forecast], forecast: Forecast, project: Project) -> list[date]:
    """The months that this version binds."""
    return [month for month in forecast.months if binding_forecast(bound, month, project) == forecast]


def settled_months(bound: Sequence[Forecast], months: Iterable[date], project: Project, now: datetime) -> set[date]:
    """Of the months (their first days), those that ended before `now` and have a version that binds them: they keep it
    whatever is bound later."""
    today = local_day(now, zone_of(project))
    return {
        month
        for month in months
        if periods("month", month, month)[0].last < today and binding_forecast(bound, month, project)
    }


# -- A version against what was delivered -----------------------------------------------------------------------------


@dataclass(frozen=True)
class MonthOutlook:
    """`days_elapsed`: of its days, those that have ended. `by_traffic`: the forecast adjusted to the delivered reach;
    `adjusted`: that and relieved by `reliefs`, those agreed for the month. `reach`: the promised channels."""

    month: Month
    state: State
    days_elapsed: int
    forecast: Row
    by_traffic: Row
    adjusted: Row
    reach: list[ChannelReach]
    gaps: Gaps
    reliefs: list[AgreedRelief]


def read_outlook(
    project: Project, inputs: Mapping[str, Any], today: date, *, through: date | None = None
) -> list[MonthOutlook]:
    """Every month of the inputs, with the table as promised and as adjusted to what was delivered by the local day
    `today`: from the first month on, each channel cut to the share delivered of what was due; and relieved by what both
    sides have agreed for the month by now. Reach of days after `through` is not looked at: so stood the months when
    that day ended."""
    plan = plan_of(inputs)
    figures, lags = _read_reach(project, plan, through), dict(Channel.objects.values_list("code", "lag_days"))
    reach = [reach_of_month(month, figures, lags, today) for month in plan.months]
    effective = [{channel.channel: channel.effective for channel in channels} for channels in reach]
    promised_table = table(plan, project.fans_per_guide)
    by_traffic = table(plan, project.fans_per_guide, effective)
    reliefs = _reliefs_by_month(project)
    asked = [_asked(reliefs[month.first]) for month in plan.months]
    adjusted = table(plan, project.fans_per_guide, effective, asked)
    return [
        MonthOutlook(
            month=month,
            state=state_of(month.days[0], month.days[-1], today),
            days_elapsed=min(max((today - month.first).days, 0), len(month.days)),
            forecast=promised_table[place],
            by_traffic=by_traffic[place],
            adjusted=adjusted[place],
            reach=reach[place],
            gaps=gaps_of_month(month, figures, lags, today),
            reliefs=reliefs[month.first],
        )
        for place, month in enumerate(plan.months)
    ]


def _reliefs_by_month(project: Project) -> defaultdict[date, list[AgreedRelief]]:
    found: defaultdict[date, list[AgreedRelief]] = defaultdict(list)
    for relief in agreed_reliefs(project):
        found[relief.month].append(relief)
    return found


def _asked(reliefs: Sequence[AgreedRelief]) -> dict[str, Fraction]:
    """Of a month's volumes, the part that its reliefs leave."""
    found = {code: relief_of(code, reliefs) for code in VOLUMES}
    return {code: 1 - relief.share for code, relief in found.items() if relief}


def _read_reach(project: Project, plan: Plan, through: date | None) -> DayFigures:
    last_day = plan.months[-1].days[-1]
    parameters = {
        "project": project.pk,
        "first_day": plan.months[0].first,
        "last_day": min(last_day, through or last_day),
    }
    figures: dict[str, dict[date, int]] = defaultdict(dict)
    for record in records(sql("reach_by_day"), parameters):
        figures[record["channel"]][record["day"]] = record["reached"]
    return figures


# -- Months against their forecast ------------------------------------------------------------------------------------


def read_judgements(
    project: Project, figures: Sequence[Figure], now: datetime, *, through: date | None = None
) -> Judgements:
    """Figures of months, not cut, against the forecast that binds each month; by first day and indicator. Months
    without a binding forecast are left out. `through`: as for read_outlook."""
    bound = bound_forecasts(project)
    if not bound:
        return {}
    today = local_day(now, zone_of(project))
    judges_valid = definition_in_use(project).sheet["judge_diverted"] == "valid"
    outlooks: dict[int, dict[date, MonthOutlook]] = {}
    standings: dict[date, MonthStanding] = {}
    for first in sorted({figure.period.first for figure in figures}):
        forecast = binding_forecast(bound, first, project)
        if forecast is None:
            continue
        if forecast.version not in outlooks:
            read = read_outlook(project, forecast.inputs, today, through=through)
            outlooks[forecast.version] = {outlook.month.first: outlook for outlook in read}
        outlook = outlooks[forecast.version][first]
        is_running = outlook.state == "running"
        standings[first] = MonthStanding(
            month=outlook.month,
            state=outlook.state,
            days_elapsed=outlook.days_elapsed,
            version=forecast.version,
            forecast=outlook.forecast,
            by_traffic=outlook.by_traffic,
            adjusted=outlook.adjusted,
            lines=forecast.inputs["lines"],
            gaps=outlook.gaps,
            judges_valid=judges_valid,
            rolling_interaction=_rolling_interaction(project, today) if is_running else None,
            projections=_read_projections(project, bound, outlook, today, judges_valid) if is_running else None,
            reliefs=outlook.reliefs,
        )
    return {
        (figure.period.first, figure.indicator): judge(figure, standings[figure.period.first])
        for figure in figures
        if figure.period.first in standings
    }


def _rolling_interaction(project: Project, today: date) -> Figure:
    """Of the 30 ended days before today."""
    period = Period(today - ROLLING_DAYS * ONE_DAY, today - ONE_DAY)
    return read_figure(project, "interaction_rate", period, None, None)


def _read_projections(
    project: Project, bound: Sequence[Forecast], outlook: MonthOutlook, today: date, judges_valid: bool
) -> dict[str, Projection | None]:
    """Of the volumes as they are judged, from the ended days."""
    month = outlook.month
    first = month.first - (LOOKED_BACK + TRAILING_DAYS) * ONE_DAY
    found = {record["day"]: record for record in records(sql("volumes_by_day"), {
        "project": project.pk, "first_day": first, "next_day": today,
    })}  # fmt: skip
    weights = _day_weights(project, bound, first, month)
    days = [first + place * ONE_DAY for place in range((today - first).days)]
    columns = {code: code for code in VOLUMES} | {"diverted_users": "valid" if judges_valid else "diverted"}
    unstated = _unstated_volumes(project, Period(first, today - ONE_DAY))
    return {
        code: None
        if code in unstated
        else project_end(
            [Day(Decimal(found[day][column] if day in found else 0), _decimal(weights.get(day, 1))) for day in days],
            [_decimal(weight) for weight in month.weights],
            outlook.days_elapsed,
            only_grows=code != "gmv",
        )
        for code, column in columns.items()
    }


def _unstated_volumes(project: Project, past: Period) -> set[str]:
    """Volumes of which day totals leave out a day after the first that they state: what is not known is no course."""
    of = read_totals(project, [past]).get(past)
    if of is None:
        return set()
    holes = {
        group for group, seam in of.seams.items() if seam.used and seam.missing and seam.missing[-1] > seam.used[0]
    }
    return {code for code in VOLUMES if GROUP_OF[code] in holes}


def _day_weights(project: Project, bound: Sequence[Forecast], first: date, running: Month) -> dict[date, Fraction]:
    """The weights of past days, each by the forecast that binds its month."""
    weights = dict(running.day_weights)
    for period in periods("month", first, running.first - ONE_DAY):
        forecast = binding_forecast(bound, period.first, project)
        for month in plan_of(forecast.inputs).months if forecast else ():
            if month.first == period.first:
                weights |= month.day_weights
    return weights


def _decimal(number: Fraction | int) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


# -- Guides -----------------------------------------------------------------------------------------------------------


def read_stints(brand_id: int, project: Project) -> list[Stint]:
    """Who is placed in the project, whenever."""
    return [
        Stint(placed.guide.code, placed.share, placed.starts_on, placed.ends_on)
        for placed in placements(brand_id, project.code)
    ]


def count_present_fans(project: Project) -> int:
    """As of the last roll-up."""
    sums = DayFlow.objects.filter(project=project).aggregate(present=Sum(F("begun") - F("ended")))
    return sums["present"] or 0

"""The parts that reports of several kinds are made of, as JSON; every figure as REST of figures gives it.

Runs inside the brand and in one state of the data (kpi.queries.one_state). Nothing here reads a clock, and nothing
looks at days after the period: a report made late is the report that was due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from kpi.api import figure_dict
from kpi.figures import Figure
from kpi.forecast import round_half_up
from kpi.forecast_api import plain
from kpi.forecasts import Judgements, MonthOutlook, binding_forecast, bound_forecasts, read_judgements, read_outlook
from kpi.metrics import Cut, Number
from kpi.models import Forecast
from kpi.queries import count_stale_days, gather, read_standing
from kpi.reach import ChannelReach
from kpi.totals import read_totals
from kpi.totals_marks import seams_dict
from projects.models import Account, Channel, Project
from projects.queries import zone_of
from siyu.periods import DAY, Period, day_start, local_day, periods

LOOKED_BACK = 28  # days before a period in which a channel that nobody promised must have reported to be expected
BY_CHANNEL = ("diverted_users", "diversion_rate", "cost_per_diverted_user", "churn_rate", "gmv")
BY_GUIDE = ("diverted_users", "retention_rate", "satisfaction_rate", "interaction_rate", "gmv")
TARGETED = ("diverted_users", "gmv", "koc_users", "referral_users")


@dataclass(frozen=True)
class Month:
    """The month of a period's last day as it stood when the period ended. `forecast`, `outlook`: None without a binding
    forecast that states it."""

    period: Period  # from its first day to the last day looked at
    days: int
    forecast: Forecast | None
    outlook: list[MonthOutlook]
    figures: list[Figure]
    judgements: Judgements

    @property
    def standing(self) -> MonthOutlook | None:
        return next((month for month in self.outlook if month.month.first == self.period.first), None)


def as_of_end(project: Project, period: Period) -> datetime:
    """The instant at which the period had just ended."""
    return day_start(period.end, zone_of(project))


def as_of_all_reach(project: Project, period: Period) -> datetime:
    """The first instant at which even the slowest channel's figures of the period should be there."""
    lags = Channel.objects.values_list("lag_days", flat=True)
    return day_start(period.end + max(lags, default=0) * DAY, zone_of(project))


def read_month(project: Project, period: Period, as_of: datetime) -> Month:
    """Month to date at the period's end; the whole month where the period ends with it."""
    [whole] = periods("month", period.last, period.last)
    so_far = Period(whole.first, period.last)
    figures = read_standing(project, "range", so_far.first, so_far.last).figures
    forecast = binding_forecast(bound_forecasts(project), whole.first, project)
    outlook: list[MonthOutlook] = []
    if forecast is not None:
        outlook = read_outlook(project, forecast.inputs, local_day(as_of, zone_of(project)), through=period.last)
    judgements = read_judgements(project, figures, as_of, through=period.last)
    return Month(so_far, (whole.last - whole.first).days + 1, forecast, outlook, figures, judgements)


def month_to_date(month: Month) -> dict[str, Any]:
    """Figures against what is due, and the part of the month that has passed (时间进度)."""
    elapsed = (month.period.last - month.period.first).days + 1
    return {
        "month": f"{month.period.first:%Y-%m}",
        "days": month.days,
        "days_elapsed": elapsed,
        "time_elapsed": plain(Fraction(elapsed, month.days)),
        "figures": shown(month.figures, judgements=month.judgements),
    }


def shown(figures: Sequence[Figure], by: Cut | None = None, judgements: Judgements | None = None) -> list[Any]:
    """As REST of figures shows them."""
    found = judgements or {}
    return [figure_dict(figure, by, found.get((figure.period.first, figure.indicator))) for figure in figures]


def read_figures(project: Project, period: Period, by: Cut | None = None, only: Sequence[str] = ()) -> list[Figure]:
    if only:
        return read_standing(project, "range", period.first, period.last, by, only).figures
    return read_standing(project, "range", period.first, period.last, by).figures


def fans_of(figures: Sequence[Figure]) -> dict[str, int | None]:
    """How many were present, came and went: the parts of churn and retention. added − lost = net. What day totals don't
    say is None; without a stock, added is what they say was added."""
    by_code = {figure.indicator: figure for figure in figures}
    at_start, seen = _whole(by_code["retention_rate"].denominator), _whole(by_code["churn_rate"].denominator)
    lost = _whole(by_code["churn_rate"].numerator)
    diverted = _whole(by_code["diverted_users"].numerator)
    added = diverted if at_start is None or seen is None else seen - at_start
    net = None if added is None or lost is None else added - lost
    at_end = None if at_start is None or net is None else at_start + net
    return {"at_start": at_start, "added": added, "lost": lost, "net": net, "at_end": at_end}


def _whole(number: Number) -> int | None:
    return None if number is None else int(number)


def by_part(figures: Sequence[Figure], by: Cut) -> list[dict[str, Any]]:
    """A row per channel or guide: {<by>: code or null, figures: {indicator: {numerator, denominator, value}}}."""
    rows: dict[str | None, dict[str, Any]] = {}
    for row in shown(figures, by):
        rows.setdefault(row[by], {})[row["indicator"]] = {
            name: row[name] for name in ("numerator", "denominator", "value")
        }
    return [{by: part, "figures": rows[part]} for part in sorted(rows, key=lambda part: (part is None, part or ""))]


def ranking(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Guides by net GMV, then diverted users, then code; what nobody is credited with comes last, without a rank."""
    amounts = {(figure.part, figure.indicator): figure.numerator or 0 for figure in figures}
    rows = by_part(figures, "guide")
    rows.sort(
        key=lambda row: (
            row["guide"] is None,
            -amounts.get((row["guide"], "gmv"), 0),
            -amounts.get((row["guide"], "diverted_users"), 0),
            row["guide"] or "",
        )
    )
    return [
        {"rank": None if row["guide"] is None else place, **row}
        for place, row in enumerate(rows, start=1)
    ]  # fmt: skip


def told_of_totals(project: Project, period: Period) -> dict[str, Any]:
    """{totals: as REST of figures shows them} where the period rests on day totals or sets some aside; else nothing."""
    found = seams_dict(read_totals(project, [period]))
    return {"totals": found} if found else {}


# -- What is missing --------------------------------------------------------------------------------------------------


def read_gaps(project: Project, period: Period, as_of: datetime, month: Month) -> dict[str, Any]:
    """Days that await the roll-up, days of channels without reach beyond their lag, what nobody has confirmed; and days
    whose totals nobody stated, where there are any."""
    missing = [
        {"group": group, "days": list(seam.missing)}
        for of in read_totals(project, [period]).values()
        for group, seam in of.seams.items()
        if seam.missing
    ]
    return {
        **({"missing_totals": missing} if missing else {}),
        "stale_days": count_stale_days(project, period.first, period.last),
        "missing_reach": _missing_reach(project, period, local_day(as_of, zone_of(project)), month),
        "unconfirmed_channels": _unconfirmed(Channel),
        "unconfirmed_accounts": _unconfirmed(Account),
    }


def _unconfirmed(model: type[Channel] | type[Account]) -> list[str]:
    return list(model._default_manager.filter(confirmed=False).order_by("code").values_list("code", flat=True))


def is_incomplete(gaps: dict[str, Any]) -> bool:
    """Whether figures may still change because a source has not said all."""
    return bool(gaps["stale_days"] or gaps["missing_reach"] or gaps.get("missing_totals"))


def _missing_reach(project: Project, period: Period, today: date, month: Month) -> list[dict[str, Any]]:
    """Of the channels promised in the month, and of those that reported shortly before. Nothing is missing outside of
    the project's term: of its first week, the days before it began."""
    looked_at = Period(period.first - LOOKED_BACK * DAY, period.last)
    days = periods("day", looked_at.first, looked_at.last)
    cells = gather(project, "day", days, "channel", ["diversion_rate"])
    reported = {(day, part) for (day, part), measures in cells.items() if part and "reached" in measures}
    expected = {part for _, part in reported if part}
    if month.standing:
        expected |= {channel for channel, reach in month.standing.month.promised_reach.items() if reach}
    lags = dict(Channel.objects.values_list("code", "lag_days"))
    first = max(period.first, project.starts_on)
    missing = []
    for channel in sorted(expected):
        until = min(period.end, project.ends_on + DAY, today - lags.get(channel, 0) * DAY)
        count = max(0, (until - first).days)
        absent = [day for place in range(count) if ((day := first + place * DAY), channel) not in reported]
        if absent:
            missing.append({"channel": channel, "days": absent})
    return missing


# -- The brand's traffic ----------------------------------------------------------------------------------------------


def traffic(month: Month) -> list[dict[str, Any]]:
    """The month's promised channels: due and delivered by now, and how many users the shortfall cost by the forecast's
    own diversion rate."""
    standing = month.standing
    if standing is None:
        return []
    return [_traffic_row(channel, standing.month.diversion_rate.get(channel.channel)) for channel in standing.reach]


def _traffic_row(channel: ChannelReach, rate: Fraction | None) -> dict[str, Any]:
    short = max(Fraction(0), channel.due - channel.delivered)
    return {
        "channel": channel.channel,
        "promised": channel.promised,
        "due": plain(channel.due),
        "delivered": channel.delivered,
        "share": plain(Fraction(channel.delivered) / channel.due) if channel.due else None,
        "diversion_rate": plain(rate),
        "users_short": 0 if rate is None else int(round_half_up(short * rate, 0)),
        "missing_days": channel.missing,
    }

"""日报: what a day brought, where the month stands, what is out of the ordinary, and what the brand must do."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi.figures import Figure
from kpi.forecast_api import plain
from kpi.pace import elapsed_share
from kpi.queries import read_standing
from kpi.reach_confirming import unconfirmed_reach
from projects.commitments import commitments_of, describe
from projects.models import Project, Side
from projects.queries import definition_in_use
from reports.fan_parts import groups_of
from reports.readings import (
    BY_CHANNEL,
    BY_GUIDE,
    Month,
    as_of_end,
    by_part,
    fans_of,
    month_to_date,
    ranking,
    read_figures,
    shown,
    told_of_totals,
    traffic,
)
from siyu.periods import DAY, Period, period_before

JUDGED = ("diverted_users", "gmv")  # held day by day against what is due
BEHIND_DAYS = 3  # so many days in a row below what is due are an exception
USUAL = 7  # days before, whose mean is what is usual
FEWEST = 10  # fans lost below which twice the usual is no exception


def body(project: Project, period: Period, month: Month) -> dict[str, Any]:
    figures = read_figures(project, period)
    return {
        **parts(project, period, month, figures),
        "exceptions": [*read_exceptions(project, period, figures), *read_behind(project, month)],
    }


def parts(project: Project, period: Period, month: Month, figures: Sequence[Figure]) -> dict[str, Any]:
    """What daily, weekly and monthly reports have in common."""
    before = period_before(period)
    [gmv] = [figure for figure in shown(figures) if figure["indicator"] == "gmv"]
    moved = traffic(month)
    return {
        "figures": shown(figures),
        **told_of_totals(project, period),
        "previous": {
            "period_start": before.first,
            "period_end": before.last,
            "figures": shown(read_figures(project, before)),
        },
        "fans": fans_of(figures),
        "orders": {**gmv["detail"], "net": gmv["value"]},
        "channels": by_part(read_figures(project, period, "channel", BY_CHANNEL), "channel"),
        "groups": groups_of(project, period),
        "guides": ranking(read_figures(project, period, "guide", BY_GUIDE)),
        "month_to_date": month_to_date(month),
        "traffic": moved,
        "brand_todo": brand_todo(project, period, month, moved),
    }


def brand_todo(project: Project, period: Period, month: Month, moved: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Traffic behind what is due, days without reach, reach that nobody has confirmed, promises overdue, and the
    agency's deliveries that await the brand's word."""
    out: list[dict[str, Any]] = [
        {"what": "traffic_short", "channel": row["channel"], "users_short": row["users_short"]}
        for row in moved
        if row["users_short"]
    ]
    out += [
        {"what": "reach_missing", "channel": row["channel"], "days": row["missing_days"]}
        for row in moved
        if row["missing_days"]
    ]
    out += [
        {"what": "reach_unconfirmed", "channel": row.channel, "month": f"{row.month:%Y-%m}"}
        for row in unconfirmed_reach(project, period, as_of_end(project, period))
    ]
    found = commitments_of(project, month=month.period.first)
    for row in describe(found, project, as_of_end(project, period)):
        about = {"commitment": row["id"], "kind": row["kind"], "text": row["what"], "due_on": row["due_on"]}
        if row["side"] == Side.BRAND and row["state"] == "overdue":
            out.append({"what": "commitment_overdue", **about})
        elif row["side"] == Side.AGENCY and row["delivered"] is not None and row["confirmed_how"] is None:
            out.append({"what": "confirm_delivery", **about})
    return out


def read_exceptions(project: Project, period: Period, figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """What is far from the mean of the seven days before: {code, value, usual}. Nothing where little was usual."""
    before = read_standing(
        project, "day", period.first - USUAL * DAY, period.first - DAY, None, ("churn_rate", "diverted_users", "gmv")
    ).figures
    usual: dict[str, Fraction] = {}
    for figure in before:
        usual[figure.indicator] = usual.get(figure.indicator, Fraction(0)) + Fraction(figure.numerator or 0) / USUAL
    for figure in (*before, *figures):  # of what is unknown on a day nothing is out of the ordinary
        if figure.indicator in usual and figure.numerator is None:
            usual[figure.indicator] = Fraction(0)
    today = {figure.indicator: figure.numerator or 0 for figure in figures}
    out = []
    if today["churn_rate"] >= FEWEST and usual["churn_rate"] and today["churn_rate"] >= 2 * usual["churn_rate"]:
        out.append(_exception("lost_many", today["churn_rate"], usual["churn_rate"]))
    for indicator, code in (("diverted_users", "added_few"), ("gmv", "gmv_low")):
        if usual[indicator] >= 1 and 2 * Fraction(today[indicator]) <= usual[indicator]:
            out.append(_exception(code, today[indicator], usual[indicator]))
    return out


def read_behind(project: Project, month: Month) -> list[dict[str, Any]]:
    """Volumes whose month to date has been below what was due on each of the last days: {code, indicator, days, value,
    due}. Held against the adjusted forecast as it stands at the period's end."""
    standing = month.standing
    if standing is None:
        return []
    judges_valid = definition_in_use(project).sheet["judge_diverted"] == "valid"
    found = read_standing(project, "day", month.period.first, month.period.last, None, JUDGED).figures
    out = []
    for code in JUDGED:
        volume, so_far, days = standing.adjusted.volume(code), Fraction(0), 0
        due = Fraction(0)
        for passed, figure in enumerate((row for row in found if row.indicator == code), start=1):
            is_valid = code == "diverted_users" and judges_valid
            brought = (figure.detail or {})["valid"] if is_valid else figure.numerator
            if brought is None:  # day totals do not say it
                days = 0
                break
            so_far += Fraction(brought)
            due = volume * elapsed_share(standing.month.weights, passed)
            days = days + 1 if so_far < due else 0
        if days >= BEHIND_DAYS:
            row = {"code": "behind", "indicator": code, "days": days, "value": plain(so_far), "due": plain(due)}
            out.append(row)
    return out


def _exception(code: str, value: int | Decimal, usual: Fraction) -> dict[str, Any]:
    mean = Decimal(usual.numerator) / Decimal(usual.denominator)
    return {
        "code": code,
        "value": value if isinstance(value, int) else f"{value:.2f}",
        "usual": f"{mean:.2f}",
    }

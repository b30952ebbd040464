"""The days of a month to come: what each weighs in the forecast, which are worked, which festivals fall on it."""

from datetime import date
from typing import Any

from kpi.forecast import Month
from kpi.forecast_api import plain
from projects.workdays import festival_of, is_known, is_workday
from siyu.periods import periods


def calendar_of(first: date, expected: Month | None) -> dict[str, Any]:
    """{month, calendar, days: [{day, weight, is_workday, festival: {zh, en} or null}]}. Days weigh what the forecast's
    month says (`expected`), else one; `calendar`: whether the year's holidays were published."""
    [month] = periods("month", first, first)
    weights = {} if expected is None else dict(zip(expected.days, expected.weights, strict=True))
    return {
        "month": f"{first:%Y-%m}",
        "calendar": "published" if is_known(first.year) else "monday_to_friday",
        "days": [
            {
                "day": day.first,
                "weight": plain(weights.get(day.first, 1)),
                "is_workday": is_workday(day.first),
                "festival": _festival(day.first),
            }
            for day in periods("day", month.first, month.last)
        ],
    }


def _festival(day: date) -> dict[str, str] | None:
    found = festival_of(day)
    return None if found is None else {"zh": found[0], "en": found[1]}

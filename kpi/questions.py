"""The questions that the roll-up asks of single days and a figure asks of weeks, months and ranges: one SQL each.

Each takes periods and answers cells {first_day, account_id, guide, channel_id, <measures>}; columns: kpi/METRICS.md.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from siyu.periods import Period, day_start

SQL = Path(__file__).resolve().parent / "sql"

KEY = ("first_day", "account_id", "guide", "channel_id")  # of a cell; the other columns are its measures
ADDITIVE = ("moved", "diverted", "rated", "paid", "refunded")  # of which a period's is the sum of its days'
COUNTED_ANEW = ("arrived", "churned", "interacted")  # fans, who may come, go and write on several days of a period

_INSTANT = timedelta(microseconds=1)  # PostgreSQL's and Python's smallest step: nothing lies between two


def sql(name: str) -> Path:
    return SQL / f"{name}.sql"


def period_parameters(periods: Sequence[Period], zone: ZoneInfo) -> dict[str, list[Any]]:
    """The arrays of the `period` relation in kpi/sql. `before_at` is the last instant before the period: what holds
    "just before S" holds then, so that one rule (`since <= instant < until`) finds every keeper."""
    return {
        "firsts": [period.first for period in periods],
        "nexts": [period.end for period in periods],
        "befores": [day_start(period.first, zone) - _INSTANT for period in periods],
    }

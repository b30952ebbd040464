"""How often did a month end inside the range that was projected for it? Try kpi.pace on events of your own.

    .venv/bin/python bench/projection_backtest.py events.ndjson [--timezone Asia/Shanghai]
    .venv/bin/python bench/projection_backtest.py --demo 2026-02-01 2026-11-21

Reads events as they are sent to `…/events/`, or the demo's three brands of these days; every whole month, every day of
it as the day of asking. GMV counts all orders paid less refunds, whatever the definition sheet says; days weigh one,
those of the demo also as its contracts agreed. Prints, by what part of the month had passed: cases, part of them inside
the range, median width of the range and median miss of the value, both relative to the month's actual end.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kpi.pace import Day, project
from siyu.periods import Period, local_day, periods, read_instant
from workplace.demo.brands import BRANDS
from workplace.demo.calendar import weight
from workplace.demo.story import Story

ONE = Decimal(1)
DAY = timedelta(days=1)
PARTS = ("first week", "second week", "third week", "later", "all")
Series = dict[date, Decimal]
Weigh = Callable[[date], Decimal]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("events", type=Path, nargs="?")
    arguments.add_argument("--timezone", default="Asia/Shanghai", type=ZoneInfo)
    arguments.add_argument("--demo", nargs=2, type=date.fromisoformat, metavar=("FIRST", "LAST"))
    given = arguments.parse_args()
    if given.demo:
        for plan in BRANDS:
            events = [event for _, told in Story(plan, given.demo[0]).days(given.demo[1]) for event in told]
            for title, weigh in (("days alike", alike), ("agreed weights", weight)):
                print(f"\n{plan.slug}, {title}")  # noqa: T201
                report(read_series(events, given.timezone), weigh)
    else:
        with given.events.open(encoding="utf-8") as lines:
            report(read_series(map(json.loads, lines), given.timezone), alike)


def alike(day: date) -> Decimal:
    return ONE


def report(found: dict[str, Series], weigh: Weigh) -> None:
    print(f"{'':15}{'':13}{'cases':>7}{'inside':>8}{'width':>8}{'miss':>8}")  # noqa: T201
    for name, series in found.items():
        for part, cases in try_months(series, weigh).items():
            inside = sum(case[0] for case in cases) / len(cases)
            width, miss = median(case[1] for case in cases), median(case[2] for case in cases)
            print(f"{name:15}{part:13}{len(cases):7}{inside:8.0%}{width:8.0%}{miss:8.0%}")  # noqa: T201


def read_series(events: Iterable[dict[str, Any]], zone: ZoneInfo) -> dict[str, Series]:
    """By indicator, the totals of days."""
    totals: dict[str, Series] = {"gmv": defaultdict(Decimal), "diverted_users": defaultdict(Decimal)}
    first_added: dict[str, tuple[datetime, bool]] = {}
    for event in events:
        if event["type"] not in ("order.paid", "order.refunded", "fan.added"):
            continue
        at = datetime.fromisoformat(event["at"])
        at = at if at.tzinfo else read_instant(at, zone)
        if event["type"] == "fan.added":
            added = (at, bool(event.get("opening")))
            first_added[event["fan"]] = min(added, first_added.get(event["fan"], added))
        else:
            sign = 1 if event["type"] == "order.paid" else -1
            totals["gmv"][local_day(at, zone)] += sign * Decimal(event["amount"])
    for at, is_opening in first_added.values():
        if not is_opening:
            totals["diverted_users"][local_day(at, zone)] += 1
    return {name: series for name, series in totals.items() if series}


def try_months(series: Series, weigh: Weigh) -> dict[str, list[tuple[bool, Decimal, Decimal]]]:
    """By part of the month, the cases: inside or not, relative width, relative miss."""
    first, last = min(series), max(series)
    cases: dict[str, list[tuple[bool, Decimal, Decimal]]] = {part: [] for part in PARTS}
    for month in periods("month", first, last):
        if month.last > last:
            continue
        actual = sum((series.get(day, Decimal(0)) for day in days_of(month)), Decimal(0))
        weights = [weigh(day) for day in days_of(month)]
        for elapsed, today in enumerate(days_of(month)):
            past = [Day(series.get(day, Decimal(0)), weigh(day)) for day in days_of(Period(first, today - DAY))]
            found = project(past, weights, min(elapsed, len(past)))
            if actual > 0 and found and found.low is not None and found.high is not None:
                inside = found.low <= actual <= found.high
                case = (inside, (found.high - found.low) / actual, abs(found.value - actual) / actual)
                cases[PARTS[min(elapsed // 7, 3)]].append(case)
                cases["all"].append(case)
    return {part: found for part, found in cases.items() if found}


def days_of(period: Period) -> list[date]:
    return [period.first + place * DAY for place in range((period.last - period.first).days + 1)]


if __name__ == "__main__":
    main()

"""How a period went: its money and its new fans day by day, and where the new fans came from. Runs inside the brand."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from kpi.figures import Figure
from kpi.queries import read_standing
from projects.models import Project
from siyu.periods import DAY, Grain, Period, periods


def courses(project: Project, period: Period) -> dict[str, Any]:
    """{days, sources} of a week or a month."""
    days = days_of(project, period)
    return {"days": days, "sources": sources_of(project, period, days)}


def days_of(project: Project, period: Period) -> list[dict[str, Any]]:
    """{day, gmv, diverted_users} of each day of the period: net GMV in yuan with two places, diverted fans; null where
    day totals leave it open. Both add up to the period's figures where all days are known."""
    found = read_standing(project, "day", period.first, period.last, None, ("diverted_users", "gmv")).figures
    by_day = {(figure.period.first, figure.indicator): figure for figure in found}

    def day(one: Period) -> dict[str, Any]:
        gmv, diverted = by_day[one.first, "gmv"].value, by_day[one.first, "diverted_users"].value
        return {
            "day": one.first,
            "gmv": None if gmv is None else f"{gmv:.2f}",
            "diverted_users": None if diverted is None else int(diverted),
        }

    return [day(one) for one in periods("day", period.first, period.last)]


def sources_of(project: Project, period: Period, days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Diverted fans by channel over the days of a week, the weeks of anything longer: {grain, spans: [{start, end,
    diverted_users}], channels: [{channel, diverted_users, by_span: [n, …]}]}. Weeks run Monday to Sunday and are cut to
    the period. `days`: as days_of gives them. The greatest channel comes first, fans of no named one (null) last; the
    channels of a span add up to it, unless day totals state more of the channels than of the guides. A span with a day
    that nobody stated is null, and so is each channel in it."""
    grain: Grain = "day" if period.end - period.first <= 7 * DAY else "week"
    spans = [
        Period(max(one.first, period.first), min(one.last, period.last))
        for one in periods(grain, period.first, period.last)
    ]
    stated = [[row["diverted_users"] for row in days if span.first <= row["day"] <= span.last] for span in spans]
    wholes = [None if None in numbers else sum(numbers) for numbers in stated]
    named = _by_span(
        spans, read_standing(project, "day", period.first, period.last, "channel", ("diverted_users",)).figures
    )
    nobody = [
        None if whole is None else max(0, whole - sum(numbers[place] for numbers in named.values()))
        for place, whole in enumerate(wholes)
    ]
    rows = [
        _row(channel, [None if whole is None else n for n, whole in zip(numbers, wholes, strict=True)])
        for channel, numbers in named.items()
    ]
    rows.sort(key=lambda row: (-row["diverted_users"], row["channel"]))
    return {
        "grain": grain,
        "spans": [
            {"start": span.first, "end": span.last, "diverted_users": whole}
            for span, whole in zip(spans, wholes, strict=True)
        ],
        "channels": [*rows, *([_row(None, nobody)] if any(nobody) else [])],
    }


def _by_span(spans: Sequence[Period], found: Sequence[Figure]) -> dict[str, list[int]]:
    """Of each channel that has a name and brought anybody."""
    named: dict[str, list[int]] = defaultdict(lambda: [0] * len(spans))
    for figure in found:
        if figure.part is not None and figure.numerator:
            place = next(n for n, span in enumerate(spans) if figure.period.first <= span.last)
            named[figure.part][place] += int(figure.numerator)
    return named


def _row(channel: str | None, by_span: list[int | None]) -> dict[str, Any]:
    return {"channel": channel, "diverted_users": sum(n for n in by_span if n is not None), "by_span": by_span}

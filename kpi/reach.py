"""What of a month's promised reach was due, delivered and left without a figure, channel by channel. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kpi.forecast import Month, effective_reach

DayFigures = Mapping[str, Mapping[date, int]]  # channel → local day → reach; a day without a figure is absent


@dataclass(frozen=True)
class ChannelReach:
    """One channel in one month. `delivered`: all figures of the month so far; `due`: of the promise, by the weights of
    the days whose figure should be there; `effective`: the promise cut to the share delivered of what was due.
    `missing`: days that should have a figure and have none."""

    channel: str
    promised: int
    delivered: int
    due: Fraction
    effective: Fraction
    missing: list[date]

    @property
    def is_short(self) -> bool:
        return self.effective < self.promised


def reach_of_month(month: Month, figures: DayFigures, lags: Mapping[str, int], today: date) -> list[ChannelReach]:
    """The promised channels of a month, by code. `lags`: days after which a channel's figure counts as missing."""
    return [
        _reach_of_channel(month, channel, figures.get(channel, {}), today - timedelta(days=lags.get(channel, 0)))
        for channel in sorted(month.promised_reach)
    ]


def _reach_of_channel(month: Month, channel: str, figures: Mapping[date, int], until: date) -> ChannelReach:
    """`until`: the first day whose figure need not be there yet."""
    weighed = list(zip(month.days, month.weights, strict=True))
    passed = sum((weight for day, weight in weighed if day < until), Fraction(0))
    share = passed / sum((weight for _, weight in weighed), Fraction(0))
    promised = month.promised_reach[channel]
    delivered = sum(figures[day] for day in month.days if day in figures)
    return ChannelReach(
        channel=channel,
        promised=promised,
        delivered=delivered,
        due=promised * share,
        effective=effective_reach(promised, delivered, share),
        missing=[day for day, weight in weighed if day < until and weight and day not in figures],
    )


@dataclass(frozen=True)
class Gaps:
    """Of the days of a month that should have reach by now, those on which a channel has none."""

    days: int
    missing: int

    @property
    def is_large(self) -> bool:
        """Reach is missing on more than a tenth of the days (数据不全)."""
        return 10 * self.missing > self.days


def gaps_of_month(month: Month, figures: DayFigures, lags: Mapping[str, int], today: date) -> Gaps:
    """Over several channels a day is missing as soon as one channel that should have a figure has none. Should have:
    the channels that are promised in the month; where nothing is promised, those that report in it at all."""
    channels: Collection[str] = [channel for channel, reach in month.promised_reach.items() if reach]
    if not channels:
        channels = [channel for channel, days in figures.items() if any(day in days for day in month.days)]
    expected = missing = 0
    for day, weight in zip(month.days, month.weights, strict=True):
        asked = [channel for channel in channels if weight and day < today - timedelta(days=lags.get(channel, 0))]
        expected += bool(asked)
        missing += any(day not in figures.get(channel, {}) for channel in asked)
    return Gaps(expected, missing)

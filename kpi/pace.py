"""Where a running month should be by now, and where it will end. Pure: no clock, no database.

Days that have ended count; the running one does not. Rules, the projection's method and how it fared: kpi/FORECAST.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

TRAILING_DAYS = 28  # whole weeks, so that every weekday has its part in the level
PRIOR_DAYS = 14  # the trailing level counts as much as so many days of the month itself
LOOKED_BACK = 120  # days before today on which past projections are tried
LEAST_HISTORY = 7  # days: with fewer, no projection; before a tried day, no trial
LEAST_TRIALS = 7  # with fewer, no range
SPREADS = Decimal("1.28")  # four of five where misses are spread normally


def elapsed_share(weights: Sequence[Fraction], days_elapsed: int) -> Fraction:
    """The part of a month's weight that lies in its first `days_elapsed` days; all days weigh one: the part of its
    days. `weights` have a positive sum."""
    return sum(weights[:days_elapsed], Fraction(0)) / sum(weights, Fraction(0))


def due(target: Fraction, weights: Sequence[Fraction], days_elapsed: int) -> Fraction:
    """What of a month's target is due after so many days."""
    return target * elapsed_share(weights, days_elapsed)


@dataclass(frozen=True)
class Projection:
    """Where the month will end. `low` and `high` hold the actual end in about four months of five; None where there is
    too little past to tell."""

    value: Decimal
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Day:
    """An ended day: what it brought, and its weight."""

    total: Decimal
    weight: Decimal


def project(
    past: Sequence[Day], weights: Sequence[Decimal], days_elapsed: int, *, only_grows: bool = False
) -> Projection | None:
    """The end of a month of which `days_elapsed` days have ended. `past`: ended days up to the last one, the oldest
    first; `weights`: of all days of the month.

    Expected is what there is plus the weight still to come × the level (a day's total per weight) of the month so far
    and of the 28 days before today, blended by days. The range is ± 1.28 × the root mean square by which the same sum
    missed on the days before, over spans as long as what is still to come. Days before the first that brought anything
    are no past; with fewer than 7 days of it: None. What only grows ends no lower than it stands.
    """
    first = next((place for place, day in enumerate(past) if day.total), len(past))
    so_far = sum((day.total for day in past[len(past) - days_elapsed :]), Decimal(0)) if days_elapsed else Decimal(0)
    history = _History(past[first:])
    level = history.level(history.length, days_elapsed)
    if history.length < LEAST_HISTORY or level is None:
        return None
    to_come = level * sum(weights[days_elapsed:], Decimal(0))
    value = so_far + to_come
    miss = history.usual_miss(len(weights) - days_elapsed, days_elapsed)
    if miss is None:
        return Projection(value, None, None)
    spread = abs(to_come) * SPREADS * miss
    low = max(so_far, value - spread) if only_grows else value - spread
    return Projection(value, low, value + spread)


class _History:
    """Ended days with running sums, so that any span's total is one subtraction."""

    def __init__(self, days: Sequence[Day]) -> None:
        self.length = len(days)
        self._totals = [Decimal(0), *accumulate(day.total for day in days)]
        self._weights = [Decimal(0), *accumulate(day.weight for day in days)]

    def level(self, until: int, days_of_month: int) -> Decimal | None:
        """A day's total per weight, as seen when the first `until` days had ended, `days_of_month` of them in the month
        (at most the days there are); None where these days weigh nothing."""
        trailing = self._level(max(0, until - TRAILING_DAYS), until)
        own = min(days_of_month, until)
        month = self._level(until - own, until)
        if trailing is None or month is None:
            return trailing
        return (month * own + trailing * PRIOR_DAYS) / (own + PRIOR_DAYS)

    def usual_miss(self, span: int, days_of_month: int) -> Decimal | None:
        """The root mean square of the relative misses over spans of so many days, tried on every day that had enough
        before it. Where the past is too short for 7 trials, over the longest shorter spans that allow them."""
        span = min(span, self.length - LEAST_HISTORY - LEAST_TRIALS + 1)
        if span < 1:
            return None
        misses = []
        for until in range(max(LEAST_HISTORY, self.length - LOOKED_BACK), self.length - span + 1):
            level = self.level(until, days_of_month)
            expected = (level or Decimal(0)) * (self._weights[until + span] - self._weights[until])
            if expected > 0:
                misses.append((self._totals[until + span] - self._totals[until]) / expected - 1)
        if len(misses) < LEAST_TRIALS:
            return None
        return (sum((miss * miss for miss in misses), Decimal(0)) / len(misses)).sqrt()

    def _level(self, first: int, until: int) -> Decimal | None:
        weight = self._weights[until] - self._weights[first]
        return (self._totals[until] - self._totals[first]) / weight if weight else None

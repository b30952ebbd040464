"""Guides needed against guides placed. Pure: no clock, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from kpi.forecast import guides_needed


@dataclass(frozen=True)
class Stint:
    """A share of a guide's time from a day to a day, both included; None: open."""

    guide: str
    share: Decimal
    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Staffing:
    """One day. `heads`: guides placed, whatever their shares; `placed`: their shares added up; `gap`: shares that are
    missing; `overload`: fans beyond the capacity placed; `short_from`: the first of the days asked for with a gap."""

    fans: int
    needed: int
    heads: int
    placed: Decimal
    gap: Decimal
    overload: int
    short_from: date | None = None


def staffing(fans: int, fans_per_guide: int, stints: Sequence[Stint], days: Sequence[date]) -> Staffing:
    """Guides for so many fans on the last of the days: needed = ceil(fans ÷ fans per guide), placed = the shares of
    that day; and since which of the days fewer are placed than needed."""
    needed = guides_needed(fans, fans_per_guide)
    here = [stint for stint in stints if stint.covers(days[-1])]
    placed = _placed(here, days[-1])
    capacity = floor(Fraction(placed) * fans_per_guide)
    return Staffing(
        fans=fans,
        needed=needed,
        heads=len({stint.guide for stint in here}),
        placed=placed,
        gap=max(Decimal(0), needed - placed),
        overload=max(0, fans - capacity),
        short_from=next((day for day in days if _placed(stints, day) < needed), None),
    )


def _placed(stints: Sequence[Stint], day: date) -> Decimal:
    return sum((stint.share for stint in stints if stint.covers(day)), Decimal(0))

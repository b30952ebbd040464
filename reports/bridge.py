"""From the forecast's GMV to the actual one, step by step, to the cent. Pure. In prose: docs/reports.md.

Everything is taken as the tables show it, so that a reader can follow with the report alone; what rounding leaves, and
what no step explains, is the rest.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi.forecast import round_half_up

SIDES = {"traffic": "brand", "stock": None, "conversion": "agency", "retention": "agency"}  # the others: nobody's alone


@dataclass(frozen=True)
class Stand:
    """Fans of a month: present before it, diverted in it, present at its end."""

    before: int
    diverted: int
    after: int

    @property
    def lost(self) -> int:
        """Those lost, less those who came without being diverted (recalled, opening stock)."""
        return self.before + self.diverted - self.after


@dataclass(frozen=True)
class Buying:
    """Counted orders paid in a month. `repeats`: a bound fan's orders after her first of the month. `gross`: yuan."""

    orders: int
    buyers: int
    repeats: int
    gross: Decimal

    @property
    def average_order(self) -> Fraction | None:
        return Fraction(self.gross) / self.orders if self.orders else None

    @property
    def repeats_per_buyer(self) -> Fraction | None:
        return Fraction(self.repeats, self.buyers) if self.buyers else None


@dataclass(frozen=True)
class Expected:
    """Of the forecast that binds the month; GMV in yuan, fans as adjusted to the traffic that came, `gmv_per_fan` with
    the ramp in it."""

    forecast: Decimal
    adjusted: Decimal
    fans: Stand
    gmv_per_fan: Fraction


def bridge(expected: Expected, actual: Decimal, fans: Stand, now: Buying, before: Buying) -> dict[str, Any]:
    """{forecast, adjusted, actual, gap, steps: [{step, side, amount, actual?, expected?}], …}; the steps' amounts add
    up to gap = actual − forecast. `actual`: net GMV; `before`: the buying of the month before."""
    q, plan = expected.gmv_per_fan, expected.fans
    amounts: dict[str, Fraction | None] = {
        "traffic": Fraction(expected.adjusted) - Fraction(expected.forecast),
        "stock": (fans.before - plan.before) * q,
        "conversion": Fraction(fans.diverted - plan.diverted, 2) * q,
        "retention": Fraction(plan.lost - fans.lost, 2) * q,
        "basket": _basket(now, before),
        "repeat": _repeat(now, before),
    }
    rounded = {step: None if amount is None else round_half_up(amount, 2) for step, amount in amounts.items()}
    gap = actual - expected.forecast
    rounded["rest"] = gap - sum((amount for amount in rounded.values() if amount is not None), Decimal("0.00"))
    inputs = _inputs(expected, fans, now, before)
    return {
        "forecast": f"{expected.forecast:.2f}",
        "adjusted": f"{expected.adjusted:.2f}",
        "actual": f"{actual:.2f}",
        "gap": f"{gap:.2f}",
        "gmv_per_fan": f"{round_half_up(q, 4)}",
        "steps": [
            {"step": step, "side": SIDES.get(step), "amount": f"{amount:.2f}", **inputs.get(step, {})}
            for step, amount in rounded.items()
            if amount is not None
        ],
    }


def _basket(now: Buying, before: Buying) -> Fraction | None:
    """What this month's orders brought above the month before's average order."""
    if now.average_order is None or before.average_order is None:
        return None
    return now.orders * (now.average_order - before.average_order)


def _repeat(now: Buying, before: Buying) -> Fraction | None:
    """What this month's buyers bought again above the month before's habit, at that month's average order."""
    if before.repeats_per_buyer is None or before.average_order is None:
        return None
    return (now.repeats - now.buyers * before.repeats_per_buyer) * before.average_order


def _inputs(expected: Expected, fans: Stand, now: Buying, before: Buying) -> dict[str, dict[str, Any]]:
    """What each step holds against what."""
    found: dict[str, dict[str, Any]] = {
        "stock": {"actual": fans.before, "expected": expected.fans.before},
        "conversion": {"actual": fans.diverted, "expected": expected.fans.diverted},
        "retention": {"actual": fans.lost, "expected": expected.fans.lost},
    }
    if now.average_order is not None and before.average_order is not None:
        found["basket"] = {
            "actual": f"{round_half_up(now.average_order, 2)}",
            "expected": f"{round_half_up(before.average_order, 2)}",
        }
    if before.repeats_per_buyer is not None:
        habit = now.buyers * before.repeats_per_buyer
        found["repeat"] = {"actual": now.repeats, "expected": f"{round_half_up(habit, 2)}"}
    return found

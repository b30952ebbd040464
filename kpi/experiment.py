"""Compare conversion between the arms of an experiment. Pure.

Against the first arm: the difference of the shares with Newcombe's hybrid score interval (R. G. Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10: the two
Wilson score intervals put together), and the two-sided p of the pooled z test. Both without continuity correction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Arm:
    """`converted` of `n`; 0 <= converted <= n."""

    name: str
    n: int
    converted: int


@dataclass(frozen=True)
class Comparison:
    """An arm's share and how it differs from the first arm's; None for the first itself and where either is empty."""

    arm: Arm
    rate: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def compare(arms: Sequence[Arm]) -> list[Comparison]:
    """One comparison per arm, in their order. At least one arm."""
    base = arms[0]
    return [Comparison(base, _rate(base)), *(_against(base, arm) for arm in arms[1:])]


def _rate(arm: Arm) -> float | None:
    return arm.converted / arm.n if arm.n else None


def _against(base: Arm, arm: Arm) -> Comparison:
    if not base.n or not arm.n:
        return Comparison(arm, _rate(arm))
    was, now = base.converted / base.n, arm.converted / arm.n
    (was_low, was_high), (now_low, now_high) = wilson(base), wilson(arm)
    difference = now - was
    return Comparison(
        arm,
        rate=now,
        difference=difference,
        low=difference - sqrt((now - now_low) ** 2 + (was_high - was) ** 2),
        high=difference + sqrt((now_high - now) ** 2 + (was - was_low) ** 2),
        p=_p_of_pooled_z(base, arm),
    )


def wilson(arm: Arm) -> tuple[float, float]:
    """The Wilson score interval of an arm's share."""
    share, n = arm.converted / arm.n, arm.n
    middle = share + _Z**2 / (2 * n)
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return (middle - half) / scale, (middle + half) / scale


def _p_of_pooled_z(base: Arm, arm: Arm) -> float:
    pooled = (base.converted + arm.converted) / (base.n + arm.n)
    variance = pooled * (1 - pooled) * (1 / base.n + 1 / arm.n)
    if not variance:
        return 1.0  # all or none converted in both: nothing tells them apart
    z = (arm.converted / arm.n - base.converted / base.n) / sqrt(variance)
    return 2 * _NORMAL.cdf(-abs(z))

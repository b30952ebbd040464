"""Axes of pictures: where they begin and end, which marks they have and in what unit these are read. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from siyu.numbers import WAN, fixed
from siyu.problems import say


@dataclass(frozen=True)
class Axis:
    """`ticks`: in yuan, from `low` to `high`."""

    low: float
    high: float
    ticks: list[float]


def axis(least: float, most: float, steps: int) -> Axis:
    """From a round number at or below the least to one at or above the most, in about so many round steps from 0, or
    from the least where that is below it."""
    rough = (most - min(least, 0)) / steps
    size = 10 ** floor(log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough * 0.999)
    low, high = floor(least / step) * step, ceil(most / step) * step
    return Axis(low, high, [low + step * place for place in range(round((high - low) / step) + 1)])


def tick_words(yuan: float, along: Axis) -> str:
    """A mark of the axis in 万 or yuan, with as few decimals as its steps need."""
    size = 1e4 if _is_wan(along) else 1
    step = (along.ticks[1] - along.ticks[0]) / size
    places = next((places for places in (0, 1, 2) if abs(step * 10**places % 1) < 1e-9), 2)
    return fixed(Decimal(repr(yuan / size)), places)


def unit_words(along: Axis) -> str:
    """The unit that tick_words reads in."""
    return say("万元", "¥") if _is_wan(along) else say("元", "¥")


def _is_wan(along: Axis) -> bool:
    """Whether its yuan are read in 万, where the language has it."""
    return along.high >= WAN and say("zh", "en") == "zh"

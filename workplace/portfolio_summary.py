"""What the brands are together, in five numbers. Pure.

GMV is never summed: figures belong to a project. Costs are the agency's own and may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from siyu.numbers import UNKNOWN, money, percent
from siyu.problems import say
from workplace.portfolio import OVERLOADED, SPARE, Load, Money, Standing
from workplace.report_month_parts import as_times
from workplace.words import from_to


@dataclass(frozen=True)
class Tile:
    title: str
    value: str
    about: str
    is_behind: bool = False


def summarise(standings: Sequence[Standing], usual: Decimal) -> list[Tile]:
    """`usual`: GMV ÷ labour cost that practitioners call usual. A tile stands where somebody may read it."""
    found = []
    if any(standing.cells for standing in standings):
        found.append(_failing(standings))
    if loads := [load for standing in standings for load in standing.loads]:
        found.append(_load(loads))
    if earned := [standing.money for standing in standings if standing.money]:
        found += [_labour(earned), _times(earned, usual)]
    if waiting := [standing.waiting for standing in standings if standing.waiting]:
        ours, theirs = (sum(pair[side] for pair in waiting) for side in (0, 1))
        about = say(f"待品牌方 {theirs} 份", f"{theirs} wait for the brands")
        found.append(Tile(say("待我方的报告", "Reports that wait for us"), str(ours), about))
    return found


def _failing(standings: Sequence[Standing]) -> Tile:
    number = sum(standing.failing for standing in standings)
    where = sum(standing.failing > 0 for standing in standings)
    about = (
        say(f"在 {where} 个项目中", f"in {where} projects")
        if number
        else say("都在不及格线以上", "None below its line")
    )
    return Tile(say("不及格的指标", "Failing indicators"), str(number), about, is_behind=number > 0)


def _load(loads: Sequence[Load]) -> Tile:
    held, capacity = sum(load.held for load in loads), sum(load.capacity for load in loads)
    over = sum(load.is_over for load in loads)
    spare = sum(load.share is not None and load.share < SPARE for load in loads)
    about = say(f"{over} 人次超载，{spare} 人次富余", f"{over} over, {spare} with room")
    value = percent(Decimal(held) / capacity) if capacity else UNKNOWN
    return Tile(say("导购负载", "Guides' load"), value, about, is_behind=held > capacity * OVERLOADED)


def _labour(earned: Sequence[Money]) -> Tile:
    title, known = say("人力成本", "Labour cost"), [one.labour for one in earned if one.labour is not None]
    if len(known) < len(earned):
        about = say(f"{len(earned) - len(known)} 个项目未录全", f"unknown in {len(earned) - len(known)} projects")
        return Tile(title, money(sum(known, Decimal(0))) if known else UNKNOWN, about, is_behind=True)
    return Tile(title, money(sum(known, Decimal(0))), say("在岗导购，按占比", "Guides placed, by their shares"))


def _times(earned: Sequence[Money], usual: Decimal) -> Tile:
    title, known = say("GMV ÷ 人力成本", "GMV ÷ labour cost"), [one.times for one in earned if one.times is not None]
    if not known:
        return Tile(title, UNKNOWN, say("没有录入成本", "No cost is entered"))
    low, high = as_times(min(known)), as_times(max(known))
    below = sum(times < usual for times in known)
    about = say(f"{below} 个项目低于常见的 {as_times(usual)}", f"{below} projects below the usual {as_times(usual)}")
    value = low if low == high else from_to(low.split()[0], high)
    return Tile(title, value, about, is_behind=below > 0)

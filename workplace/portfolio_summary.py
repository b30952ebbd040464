"""What the brands are together, in five numbers; and GMV against labour cost as a picture. Pure.

GMV is never summed: figures belong to a project. Costs are the agency's own and may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from siyu.numbers import UNKNOWN, money, percent
from siyu.problems import say
from workplace.portfolio import OVERLOADED, SPARE, Load, Money, Standing
from workplace.report_month_parts import as_times
from workplace.words import from_to

WIDTH, HEIGHT = 560, 280  # of the picture, in its own units
LEFT, BOTTOM, TOP, RIGHT = 64, 36, 14, 24


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
    ours, theirs = (sum(standing.waiting[side] for standing in standings) for side in (0, 1))
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


@dataclass(frozen=True)
class Bubble:
    """A project in the picture. `labour`, `gmv`: yuan; `guides`: how many serve it."""

    name: str
    labour: Decimal
    gmv: Decimal
    guides: int
    is_below: bool


def draw_bubbles(bubbles: Sequence[Bubble], usual: Decimal) -> SafeString:
    """Labour cost to the right, GMV upwards, the area of a circle for the guides, a line where GMV is the usual
    multiple. The table beside it says the same in numbers; nothing where no cost is known."""
    shown = [one for one in bubbles if one.labour > 0]
    if not shown:
        return SafeString("")
    most_labour = float(max(one.labour for one in shown)) * 1.15
    most_gmv = float(max(*(one.gmv for one in shown), Decimal(1))) * 1.15
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(labour: float, gmv: float) -> tuple[float, float]:
        return round(LEFT + labour / most_labour * wide, 1), round(TOP + high - gmv / most_gmv * high, 1)

    rise = min(most_labour, most_gmv / float(usual))  # where the line of the usual multiple leaves the picture
    x_end, y_end = at(rise, rise * float(usual))
    dots = format_html_join(
        "",
        '<circle class="sy-bubble-{}" cx="{}" cy="{}" r="{}"/><text x="{}" y="{}">{}</text>',
        (
            (
                "below" if one.is_below else "fine",
                *(place := at(float(one.labour), float(one.gmv))),
                round(5 + 2.4 * one.guides**0.5, 1),
                *_beside(place, one.guides),
                one.name,
            )
            for one in sorted(shown, key=lambda one: -one.guides)
        ),
    )
    names = say("；", "; ").join(
        f"{one.name} {money(one.gmv)} / {money(one.labour)}" for one in sorted(shown, key=lambda one: -one.gmv)
    )
    label = say(f"GMV 与人力成本：{names}", f"GMV and labour cost: {names}")
    return format_html(
        '<svg class="sy-bubbles" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        '<path class="sy-bubbles-axis" d="M{left} {top}V{floor}H{end}"/>'
        '<path class="sy-bubbles-usual" d="M{left} {floor}L{x_end} {y_end}"/>'
        '<text class="sy-bubbles-note" x="{x_end}" y="{y_note}" text-anchor="end">{usual}</text>'
        '<text class="sy-bubbles-note" x="{left}" y="{under}">{zero}</text>'
        '<text class="sy-bubbles-note" x="{end}" y="{under}" text-anchor="end">{most_labour}</text>'
        '<text class="sy-bubbles-note" x="{beside}" y="{head}" text-anchor="end">{most_gmv}</text>{dots}</svg>',
        width=WIDTH, height=HEIGHT, label=label, left=LEFT, top=TOP, floor=TOP + high, end=LEFT + wide,
        x_end=x_end, y_end=y_end, y_note=max(y_end - 6, 10), usual=as_times(usual), under=HEIGHT - 14,
        zero=say("人力成本 →", "Labour cost →"),
        most_labour=money(Decimal(round(most_labour))), beside=LEFT - 8, head=TOP + 10,
        most_gmv=money(Decimal(round(most_gmv))), dots=dots,
    )  # fmt: skip


def _beside(place: tuple[float, float], guides: int) -> tuple[float, float]:
    """Where the name stands: right of the circle."""
    return round(place[0] + 9 + 2.4 * guides**0.5, 1), round(place[1] + 4, 1)

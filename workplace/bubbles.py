"""GMV against labour cost as a picture: a circle per project, and rays where GMV is so many times the cost. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from siyu.numbers import money
from siyu.problems import say
from workplace.axes import axis, tick_words, unit_words

WIDTH, HEIGHT = 560, 300  # of the picture, in its own units
LEFT, BOTTOM, TOP, RIGHT = 56, 46, 30, 66
RAYS = tuple(step * 10.0**power for power in range(-3, 4) for step in (1, 2, 3, 5))
APART = 1.4  # rays whose multiples are closer than this would run into one another


@dataclass(frozen=True)
class Bubble:
    """A project in the picture. `labour`, `gmv`: yuan; `guides`: how many serve it."""

    name: str
    labour: Decimal
    gmv: Decimal
    guides: int
    is_below: bool

    @property
    def radius(self) -> float:
        """Its area is in proportion to the guides, above the least that can be seen."""
        return round(5 + 2.4 * self.guides**0.5, 1)


def draw_bubbles(bubbles: Sequence[Bubble], usual: Decimal) -> SafeString:
    """Labour cost to the right, GMV upwards. `usual`: the multiple that practitioners call usual; two more rays suit
    the projects shown. The table beside it says the same in numbers; nothing where no cost is known."""
    shown = sorted((one for one in bubbles if one.labour > 0), key=lambda one: -one.guides)
    if not shown:
        return SafeString("")
    labours = [float(one.labour) for one in shown]
    across = axis(min(labours) * 0.85, max(labours) * 1.05, 5)
    upward = axis(0, max(*(float(one.gmv) for one in shown), 1.0) * 1.1, 4)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(labour: float, gmv: float) -> tuple[float, float]:
        x = LEFT + (labour - across.low) / (across.high - across.low) * wide
        return round(x, 1), round(TOP + high - gmv / upward.high * high, 1)

    dots = [(one, at(float(one.labour), float(one.gmv))) for one in shown]
    rays = []
    for times in rays_beside([float(one.gmv / one.labour) for one in shown], float(usual)):
        end = min(across.high, upward.high / times)
        if end <= across.low:
            continue
        start, (x, y) = at(across.low, across.low * times), at(end, end * times)
        is_usual = times == float(usual)
        text = say(f"常见 {times:g} 倍", f"usual {times:g}×") if is_usual else say(f"{times:g} 倍", f"{times:g}×")
        beside = (x, y - 6, "middle") if end < across.high else (x + 6, y + 4, "start")
        rays.append(("usual" if is_usual else "ray", *start, x, y, *beside, text))
    names = say("；", "; ").join(
        f"{one.name} {money(one.gmv)} / {money(one.labour)}" for one in sorted(shown, key=lambda one: -one.gmv)
    )
    return format_html(
        '<svg class="sy-bubbles" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{grid}{marks}{rays}'
        '<path class="sy-bubbles-axis" d="M{left} {floor}H{end}"/>'
        '<text class="sy-bubbles-note" x="4" y="12">{up}</text>'
        '<text class="sy-bubbles-note" x="{middle}" y="{under}" text-anchor="middle">{along}</text>{dots}{names}</svg>',
        width=WIDTH, height=HEIGHT, label=say(f"GMV 与人力成本：{names}", f"GMV and labour cost: {names}"),
        left=LEFT, floor=TOP + high, end=LEFT + wide, middle=LEFT + wide / 2, under=HEIGHT - 6,
        up=say(f"GMV（{unit_words(upward)}）", f"GMV ({unit_words(upward)})"),
        along=say(f"人力成本（{unit_words(across)}）", f"Labour cost ({unit_words(across)})"),
        grid=format_html_join(
            "",
            '<path class="sy-bubbles-grid" d="M{} {}H{}"/>'
            '<text class="sy-bubbles-note" x="{}" y="{}" text-anchor="end">{}</text>',
            ((LEFT, y, LEFT + wide, LEFT - 8, y + 4, tick_words(tick, upward))
             for tick in upward.ticks for y in [at(across.low, tick)[1]]),
        ),
        marks=format_html_join(
            "",
            '<text class="sy-bubbles-note" x="{}" y="{}" text-anchor="middle">{}</text>',
            ((at(tick, 0)[0], TOP + high + 18, tick_words(tick, across)) for tick in across.ticks),
        ),
        rays=format_html_join(
            "",
            '<path class="sy-bubbles-{}" d="M{} {}L{} {}"/>'
            '<text class="sy-bubbles-note" x="{}" y="{}" text-anchor="{}">{}</text>',
            rays,
        ),
        dots=format_html_join(
            "",
            '<circle class="sy-bubble-{}" cx="{}" cy="{}" r="{}"/>',
            (("below" if one.is_below else "fine", x, y, one.radius) for one, (x, y) in dots),
        ),
        names=format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>', _named(dots)),
    )  # fmt: skip


def rays_beside(multiples: Sequence[float], usual: float) -> list[float]:
    """The usual multiple and the two round ones nearest to those of the projects, the lowest first."""
    known = [log(times) for times in multiples if times > 0]
    centre = sum(known) / len(known) if known else log(usual)
    found = [usual]
    for times in sorted(RAYS, key=lambda times: abs(log(times) - centre)):
        if len(found) < 3 and all(abs(log(times / other)) >= log(APART) for other in found):
            found.append(times)
    return sorted(found)


def _named(dots: Sequence[tuple[Bubble, tuple[float, float]]]) -> list[tuple[float, float, str, str]]:
    """Where each name stands: beside its circle, on the first side where it covers neither circle nor name."""
    taken = [(x - one.radius, y - one.radius, x + one.radius, y + one.radius) for one, (x, y) in dots]
    found = []
    for one, (x, y) in dots:
        long = sum(12 if ord(letter) > 0x2E80 else 7 for letter in one.name)
        reach = one.radius + 4
        sides = [
            (x + reach, y + 4, "start", x + reach), (x - reach, y + 4, "end", x - reach - long),
            (x, y - reach - 1, "middle", x - long / 2), (x, y + reach + 10, "middle", x - long / 2),
        ]  # fmt: skip
        boxes = [(left, top - 11, left + long, top + 2) for _, top, _, left in sides]
        best = next(
            (place for place, box in enumerate(boxes)
             if box[0] >= LEFT and box[2] <= WIDTH and not any(_meet(box, other) for other in taken)),
            0,
        )  # fmt: skip
        taken.append(boxes[best])
        at, top, anchor, _ = sides[best]
        found.append((round(at, 1), round(top, 1), anchor, one.name))
    return found


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

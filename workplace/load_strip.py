"""Guides by how full they are, a dot each: fans held ÷ what she can hold, on one scale for every project. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from siyu.numbers import exact
from siyu.problems import say
from workplace.portfolio import OVERLOADED, SPARE, Load

LEAST, MOST = Decimal("0.3"), Decimal("1.3")  # loads at the ends of a strip; what lies beyond stands at the end
LANES = (18, 9, 27)  # heights at which a dot stands; dots that would cover each other take the next
CLEAR = 3.0  # percent of the width that a dot takes


def draw_strip(loads: Sequence[Load]) -> SafeString:
    """What it shows stands in words beside it."""
    if not loads:
        return SafeString("")
    taken = dict.fromkeys(LANES, -CLEAR)
    dots = []
    for load in sorted(loads, key=lambda load: (_place(load.share), load.guide)):
        x = _place(load.share)
        y = next((lane for lane in LANES if x - taken[lane] >= CLEAR), min(LANES, key=lambda lane: taken[lane]))
        taken[y] = x
        dots.append((_state(load), x, y, f"{load.name} {exact(load.held)} / {exact(load.capacity)}"))
    return format_html(
        '<svg class="sy-load" width="100%" height="36" aria-hidden="true">'
        '<rect class="sy-load-free" x="0" y="0" width="{spare}%" height="36"/>'
        '<rect class="sy-load-room" x="{spare}%" y="0" width="{room}%" height="36"/>'
        '<rect class="sy-load-beyond" x="{full}%" y="0" width="{rest}%" height="36"/>'
        '<line class="sy-load-full" x1="{full}%" x2="{full}%" y1="0" y2="36"/>{dots}</svg>',
        spare=_at(SPARE), room=round(_at(OVERLOADED) - _at(SPARE), 2), full=_at(OVERLOADED),
        rest=round(100 - _at(OVERLOADED), 2),
        dots=format_html_join(
            "", '<circle class="sy-load-{}" cx="{}%" cy="{}" r="4.5"><title>{}</title></circle>', dots
        ),
    )  # fmt: skip


def draw_scale() -> SafeString:
    """The marks under the strips: 30%, 70%, full, 130%."""
    marks = [
        (0, "start", "≤30%"),
        (_at(SPARE), "middle", say("70% 富余", "70%, room")),
        (_at(OVERLOADED), "middle", say("100% 满", "100%, full")),
        (100, "end", "≥130%"),
    ]
    return format_html(
        '<svg class="sy-load-marks" width="100%" height="16" aria-hidden="true">{}</svg>',
        format_html_join("", '<text x="{}%" y="12" text-anchor="{}">{}</text>', marks),
    )


def _state(load: Load) -> str:
    if load.is_over:
        return "over"
    return "spare" if load.share is not None and load.share < SPARE else "fit"


def _at(share: Decimal) -> float:
    """Percent of the width."""
    return round(float((share - LEAST) / (MOST - LEAST)) * 100, 2)


def _place(share: Decimal | None) -> float:
    """Of a dot, whole within the strip; who has no room at all is beyond it."""
    return min(max(_at(MOST if share is None else share), 1.6), 98.4)

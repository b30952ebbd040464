"""Bars over days and weeks, drawn by the server: time to the right, numbers upwards from 0. Pure.

In per cent of their width, without nested pictures, so the PDF's renderer draws what the page does. What they show also
stands in the table below them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workplace.axes import Axis, axis

HEIGHT, TOP, BOTTOM = 190, 22, 24  # pixels: of the picture, above and below the bars
LEFT = 11  # of the bars, in per cent of the width; they end at its right edge
STEPS = 3
FILLED = 0.68  # of its place that a bar takes


@dataclass(frozen=True)
class Bar:
    """`parts`: from the bottom up, None where nothing is known; `above`: said over it; `below`: said under it;
    `is_marked`: what the finding speaks of."""

    parts: Sequence[float] | None
    below: str = ""
    above: str = ""
    is_marked: bool = False


def draw_bars(
    bars: Sequence[Bar],
    label: str,
    unit: Callable[[Axis], str],
    words: Callable[[float, Axis], str],
    line: Sequence[float | None] = (),
) -> SafeString:
    """`label`: all of it in words; `unit`: of the axis, `words`: a mark of it; `line`: a value over each bar, such as a
    mean. Empty where nothing is known."""
    known = [sum(bar.parts) for bar in bars if bar.parts is not None]
    if not known:
        return SafeString("")
    upward = axis(min(0.0, *known), max(*known, 1.0), STEPS)
    high, wide = HEIGHT - TOP - BOTTOM, (100 - LEFT) / len(bars)

    def down(value: float) -> float:
        return round(TOP + (upward.high - value) / (upward.high - upward.low) * high, 1)

    def middle(place: int) -> float:
        return round(LEFT + (place + 0.5) * wide, 2)

    rects = []
    for place, bar in enumerate(bars):
        foot = 0.0
        for number, part in enumerate(bar.parts or ()):
            top, bottom = sorted((down(foot), down(foot + part)))
            foot += part
            kind = "best" if bar.is_marked else number
            x = round(middle(place) - wide * FILLED / 2, 2)
            rects.append((kind, x, top, round(wide * FILLED, 2), round(bottom - top, 1)))
    strokes = [
        (middle(place), middle(place + 1), down(one), down(other))
        for place, (one, other) in enumerate(pairwise(line))
        if one is not None and other is not None
    ]
    said = [
        *((middle(place), HEIGHT - 6, bar.below) for place, bar in enumerate(bars) if bar.below),
        *((middle(place), down(sum(bar.parts)) - 5, bar.above)
          for place, bar in enumerate(bars) if bar.above and bar.parts is not None),
    ]  # fmt: skip
    return format_html(
        '<svg class="sy-plot" width="100%" height="{height}" role="img" aria-label="{label}">'
        '<text x="0" y="11">{unit}</text>{grid}{rects}{strokes}{said}</svg>',
        height=HEIGHT,
        label=label,
        unit=unit(upward),
        grid=format_html_join(
            "",
            '<line x1="{}%" x2="100%" y1="{}" y2="{}"/><text x="{}%" y="{}" text-anchor="end">{}</text>',
            ((LEFT, y, y, LEFT - 1.5, y + 4, words(tick, upward)) for tick in upward.ticks for y in [down(tick)]),
        ),
        rects=format_html_join("", '<rect class="sy-plot-{}" x="{}%" y="{}" width="{}%" height="{}"/>', rects),
        strokes=format_html_join("", '<line class="sy-plot-mean" x1="{}%" x2="{}%" y1="{}" y2="{}"/>', strokes),
        said=format_html_join("", '<text x="{}%" y="{}" text-anchor="middle">{}</text>', said),
    )


def draw_key(names: Sequence[str]) -> SafeString:
    """What the parts of the bars are, from the bottom up."""
    swatch = '<svg width="10" height="10" aria-hidden="true"><rect class="sy-plot-{}" width="10" height="10"/></svg>'
    items = ((format_html(swatch, number), name) for number, name in enumerate(names))
    return format_html('<p class="sy-key">{}</p>', format_html_join(" ", "<span>{} {}</span>", items))

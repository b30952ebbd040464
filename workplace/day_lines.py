"""Lines over the days of a month, drawn by the server: days to the right, yuan upwards. Pure.

In per cent of their width, so their words are as large in a narrow picture as in a wide one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workplace.axes import axis, tick_words, unit_words
from workplace.charts import runs_of

TOP, BOTTOM = 20, 22  # pixels above and below the lines
LEFT, WIDE = 18, 80  # of the lines, in percent of the width
DATED = (1, 10, 20)  # days of the month under the line, and its last one


@dataclass(frozen=True)
class Curve:
    """`kind`: of its stroke in the styles; `values`: yuan, a day after the other from the first on; what is not known
    breaks the line."""

    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Between:
    """What lies between two curves, day by day; nothing where either is not known."""

    low: Sequence[float | None]
    high: Sequence[float | None]


def draw_days(
    month: Sequence[date],
    curves: Sequence[Curve],
    label: str,
    *,
    height: int,
    steps: int = 2,
    between: Between | None = None,
) -> SafeString:
    """`month`: all of its days. The last curve ends in a dot. `steps`: about so many upwards. `label`: all of it
    in words."""
    values = [value for curve in (*curves, *_edges(between)) for value in curve.values if value is not None]
    upward = axis(min(0.0, *values), max(*values, 1.0), steps)
    length, high = len(month), height - TOP - BOTTOM

    def across(place: int) -> float:
        return round(place / (length - 1) * 100, 2)

    def down(yuan: float) -> float:
        return round(100 - (yuan - upward.low) / (upward.high - upward.low) * 100, 2)

    def at(place: int) -> float:
        return round(LEFT + across(place) * WIDE / 100, 2)

    def points(run: Sequence[tuple[int, float]]) -> str:
        return " ".join(f"{across(place):g},{down(value):g}" for place, value in run)

    lines = [
        # A day alone is a line of no length, which its round ends make a dot.
        (curve.kind, points(run if len(run) > 1 else run * 2))
        for curve in curves
        for run in runs_of(enumerate(curve.values[:length]))
    ]
    area = SafeString("")
    if between:
        low, top = ([(place, value) for place, value in enumerate(edge.values) if value is not None]
                    for edge in _edges(between))  # fmt: skip
        area = format_html('<polygon class="sy-course-range" points="{}"/>', points([*low, *reversed(top)]))
    last, value = next(
        (place, value) for place, value in reversed(list(enumerate(curves[-1].values))) if value is not None
    )
    dated = [*(day - 1 for day in DATED if day < length - 3), length - 1]
    return format_html(
        '<svg class="sy-course" width="100%" height="{height}" role="img" aria-label="{label}">'
        '<text x="0" y="10">{unit}</text>{grid}{dates}'
        '<svg x="{left}%" y="{top}" width="{wide}%" height="{high}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        '{area}{lines}</svg><circle cx="{x}%" cy="{y}" r="3"/></svg>',
        height=height, label=label, left=LEFT, top=TOP, wide=WIDE, high=high, area=area,
        unit=unit_words(upward),
        x=at(last), y=round(TOP + down(value) * high / 100, 1),
        grid=format_html_join(
            "",
            '<line x1="{left}%" x2="{right}%" y1="{y}" y2="{y}"/>'
            '<text x="{words}%" y="{under}" text-anchor="end">{tick}</text>',
            ({"left": LEFT, "right": LEFT + WIDE, "words": LEFT - 1.5, "y": y, "under": y + 4,
              "tick": tick_words(tick, upward)}
             for tick in upward.ticks for y in [round(TOP + down(tick) * high / 100, 1)]),
        ),
        dates=format_html_join(
            "", '<text x="{}%" y="{}" text-anchor="{}">{}</text>',
            ((at(place), height - 4, "end" if place == length - 1 else "middle" if place else "start",
              f"{month[place]:%m-%d}") for place in dated),
        ),
        lines=format_html_join("", '<polyline class="sy-course-{}" points="{}"/>', lines),
    )  # fmt: skip


def _edges(between: Between | None) -> list[Curve]:
    return [Curve("", between.low), Curve("", between.high)] if between else []

"""Pictures drawn by the server: the four-line track, the spark line, the bar of a promise. Pure.

In per cent of their width, so they fit a phone and print; no script and no inline style. What they show also stands in
words beside them or in their label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kpi.lines import MARKS, Better, Marks

PLACES = dict(zip(MARKS, (34, 50, 66, 82), strict=True))  # where each line lies, in per cent, in every row alike
LEAST, MOST = 1.5, 97.5
SPARK_WIDTH, SPARK_HEIGHT = 88, 26

Number = Fraction | int
Value = TypeVar("Value")


@dataclass(frozen=True)
class Track:
    """What a row's track shows. `actual`, `expected`, `due`: the value, the month's expected end, what is due by now;
    `grows`: the value grows through the month (a bar from 0), else it is a rate (a dot). `tone`: of the band."""

    marks: Marks
    better: Better
    actual: Number | None
    expected: Number | None = None
    due: Number | None = None
    grows: bool = False
    tone: str = "mid"


def place(value: Number, marks: Marks, better: Better) -> float | None:
    """Where a value lies, in per cent: straight between the lines there are, right always better. None without lines.

    Left of the first line 0 is the edge where more is better; where less is better, the step between the lines (with
    one line: the line itself) is carried on.
    """
    lines = [(Fraction(mark), PLACES[name]) for name in MARKS if (mark := marks.get(name)) is not None]
    if not lines:
        return None
    if better == "down":
        value, lines = -Fraction(value), [(-mark, x) for mark, x in lines]
    points = [(_edge(lines, better), 0), *lines]
    at = _between(Fraction(value), points)
    return round(min(MOST, max(LEAST, at)), 2)


def _edge(lines: Sequence[tuple[Fraction, int]], better: Better) -> Fraction:
    first, x = lines[0]
    if better == "up" and first > 0:
        return Fraction(0)
    last, last_x = lines[-1]
    step = (last - first) / (last_x - x) if last_x > x and last > first else abs(first) / x or Fraction(1, x)
    return first - step * x


def _between(value: Fraction, points: Sequence[tuple[Fraction, int]]) -> float:
    for (low, low_x), (high, high_x) in pairwise(points):
        if value <= high and high > low:
            return float(low_x + (value - low) / (high - low) * (high_x - low_x))
    (low, low_x), (high, high_x) = points[-2:]
    if high <= low:
        return float(high_x)
    return float(high_x + (value - high) / (high - low) * (high_x - low_x))


def draw_track(track: Track, label: str) -> SafeString:
    """`label`: all of it in words. Empty where there are no lines to lie between."""

    def at(value: Number | None) -> float | None:
        return None if value is None else place(value, track.marks, track.better)

    actual, expected, due = at(track.actual), at(track.expected), at(track.due)
    parts = []
    if track.grows:
        if expected is not None:
            parts.append(format_html('<rect class="sy-t-soft" x="0" y="9" width="{}%" height="10" rx="2"/>', expected))
        if actual is not None:
            parts.append(format_html('<rect class="sy-t-bar" x="0" y="9" width="{}%" height="10" rx="2"/>', actual))
    elif actual is not None:
        parts.append(format_html('<circle class="sy-t-dot" cx="{}%" cy="14" r="4.5"/>', actual))
    for name, x in PLACES.items():
        if track.marks.get(name) is not None:
            line = '<line class="sy-t-line sy-t-{}" x1="{}%" x2="{}%" y1="0" y2="28"/>'
            parts.append(format_html(line, name, x, x))
    if due is not None:
        parts.append(format_html('<svg x="{}%" y="0" class="sy-t-due"><path d="M-4 28L4 28L0 22.5Z"/></svg>', due))
    if expected is not None:
        parts.append(format_html('<circle class="sy-t-end" cx="{}%" cy="14" r="5"/>', expected))
    return format_html(
        '<svg class="sy-track sy-track-{}" width="100%" height="28" role="img" aria-label="{}">{}</svg>',
        track.tone, label, format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip


def draw_spark(values: Sequence[float | None], before: Sequence[float | None] = ()) -> SafeString:
    """The course of some days, the oldest first; days without a value are passed over. Empty for fewer than two.
    `before`: as many days that it is held against, behind it and paler, on the same scale."""
    known, past = _known(values), _known(before)
    if len(known) < 2:
        return SafeString("")
    low, high = min(value for _, value in known + past), max(value for _, value in known + past)
    wide, tall = (SPARK_WIDTH - 6) / (len(values) - 1), SPARK_HEIGHT - 8

    def point(place: int, value: float) -> str:
        y = SPARK_HEIGHT - 4 - ((value - low) / (high - low) if high > low else 0.5) * tall
        return f"{3 + place * wide:.1f},{y:.1f}"

    points = [point(place, value) for place, value in known]
    end_x, end_y = points[-1].split(",")
    behind = SafeString("")
    if len(past) > 1:
        behind = format_html('<polyline class="sy-spark-before" points="{}"/>', " ".join(point(*one) for one in past))
    return format_html(
        '<svg class="sy-spark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">'
        '{behind}<polyline points="{points}"/><circle cx="{x}" cy="{y}" r="2.25"/></svg>',
        w=SPARK_WIDTH, h=SPARK_HEIGHT, behind=behind, points=" ".join(points), x=end_x, y=end_y,
    )  # fmt: skip


def _known(values: Sequence[float | None]) -> list[tuple[int, float]]:
    return [(place, value) for place, value in enumerate(values) if value is not None]


def runs_of(points: Iterable[tuple[int, Value | None]]) -> list[list[tuple[int, Value]]]:
    """The stretches between points without a value: a line must not lead over what is not known."""
    found: list[list[tuple[int, Value]]] = [[]]
    for place, value in points:
        if value is None:
            found.append([])
        else:
            found[-1].append((place, value))
    return [run for run in found if run]


def draw_bar(share: float, due: float | None, tone: str) -> SafeString:
    """What of a promise is kept (0..1), and the mark of what is due by now."""
    mark = ""
    if due is not None:
        x = round(min(1.0, due) * 100, 2)
        mark = format_html('<line class="sy-bar-due" x1="{}%" x2="{}%" y1="0" y2="14"/>', x, x)
    return format_html(
        '<svg class="sy-bar sy-bar-{}" width="100%" height="14" aria-hidden="true">'
        '<rect class="sy-bar-all" x="0" y="3" width="100%" height="8" rx="4"/>'
        '<rect class="sy-bar-done" x="0" y="3" width="{}%" height="8" rx="4"/>{}</svg>',
        tone, round(min(1.0, max(0.0, share)) * 100, 2), mark,
    )  # fmt: skip


def draw_steps(start: Decimal, steps: Sequence[Decimal]) -> list[SafeString]:
    """A picture per line of a way from `start` over steps to where they end: the start, each step, the end.

    Steps lie where they lead from and to, up or down; both ends are marks, since the scale begins where the way does
    and not at 0.
    """
    stops = [start]
    for step in steps:
        stops.append(stops[-1] + step)
    low, wide = min(stops), max(stops) - min(stops)

    def at(stop: Decimal) -> float:
        return round(float((stop - low) / wide) * 96 + 2, 2) if wide else 50.0

    drawn = [_step('<line class="sy-step-end" x1="{0}%" x2="{0}%" y1="1" y2="19"/>', at(start))]
    for before, after in pairwise(stops):
        left, right = sorted((at(before), at(after)))
        mark = '<rect class="sy-step-{0}" x="{1}%" y="4" width="{2}%" height="12" rx="1.5"/>'
        drawn.append(_step(mark, "up" if after >= before else "down", left, round(max(0.6, right - left), 2)))
    return [*drawn, _step('<line class="sy-step-end" x1="{0}%" x2="{0}%" y1="1" y2="19"/>', at(stops[-1]))]


def _step(mark: str, *values: str | float) -> SafeString:
    drawn = format_html(mark, *values)
    return format_html('<svg class="sy-step" width="100%" height="20" aria-hidden="true">{}</svg>', drawn)

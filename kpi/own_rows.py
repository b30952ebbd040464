"""The rows behind an own indicator: those of its numerator, then those of its denominator, adding up to both exactly.

What is counted on both sides stands twice, once for each: a side is a counting of its own (kpi/METRICS.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from kpi.countings import Selection
from kpi.figures import Figure, Part
from kpi.metrics import Cut
from kpi.own_indicators import Own, OwnFigure, count_part, shape_of, version_for
from kpi.queries import count_stale_days, one_state
from kpi.rows import Page, Position, Source, in_denominator, in_numerator, read_rows
from kpi.totals import read_totals, spans
from projects.models import Project
from siyu.periods import Period


def _fans(only: str = "") -> list[Source]:
    return [Source("rows_diverted", "fan", in_numerator, only)]


def _seen(only: str = "") -> list[Source]:
    return [Source("rows_seen", "fan", in_numerator, only)]


def _orders(only: str = "") -> list[Source]:
    return [Source("rows_paid", "order.paid", in_numerator, only)]


_REFUNDS = Source("rows_refunded", "order.refunded", in_numerator)
LISTED: Mapping[str, Sequence[Source]] = {  # by counting, as a numerator
    "diverted": _fans(),
    "valid": _fans("valid"),
    "recalled": [Source("own_rows_recalled", "fan", in_numerator)],
    "koc": _fans("koc"),
    "referral": _fans("referral"),
    "reached": [Source("rows_brought", "channel.day", in_numerator, "reach")],
    "cost": [Source("rows_brought", "channel.day", in_numerator, "cost")],
    "at_start": _seen("at_start"),
    "arrived": _seen("arrived"),
    "seen": _seen(),
    "churned": _seen("churned"),
    "retained": _seen("retained"),
    "at_end": _seen("at_end"),
    "interacted": _seen("wrote"),
    "inbound": [Source("own_rows_inbound", "interaction", in_numerator)],
    "rated": [Source("rows_rated", "rating", in_numerator)],
    "rated_good": [Source("rows_rated", "rating", in_numerator, "good")],
    "orders": [Source("rows_paid", "order.paid", in_numerator, weigh="one")],
    "buyers": [Source("own_rows_buyers", "fan", in_numerator)],
    "gross": _orders(),
    "refunds": [replace(_REFUNDS, weigh="reverse")],
    "gmv": [*_orders(), _REFUNDS],
    "dual": _orders("dual"),
    "natural": _orders("natural"),
    "unbound": _orders("unbound"),
    "before_added": _orders("before_added"),
    "posts": [Source("own_rows_posts", "koc.post", in_numerator)],
    "kocs": [Source("own_rows_kocs", "fan", in_numerator)],
}


def read_own_page(
    project: Project, own: Own, period: Period, by: Cut | None, part: Part, start: Position, size: int
) -> tuple[OwnFigure, Page]:
    """The figure of the period (of one part where `by` is given), under the version that counts it, and `size` of its
    rows from `start` on. A side that is unknown has none; nor has what comes from day totals."""
    version = version_for(own, period)
    shape = shape_of(version)
    with one_state():
        figure = count_part(project, shape, period, by, part)
        sides = [(shape.numerator, figure.numerator, True), (shape.denominator, figure.denominator, False)]
        known = [(side, is_upper) for side, number, is_upper in sides if side is not None and number is not None]
        sources = [source for side, is_upper in known for source in _sources(side, is_upper=is_upper)]
        rows, following = read_rows(project, sources, period, by, part, start, size)
        stale_days = count_stale_days(project, period.first, period.last)
        rowless = _days_from_totals(project, figure, [side for side, _ in known])
    return OwnFigure(figure, version), Page(figure, stale_days, rows, following, rowless)


def _sources(side: Selection, *, is_upper: bool) -> list[Source]:
    counts = in_numerator if is_upper else in_denominator
    return [
        replace(source, counts=counts, channel=side.channel, platform=side.platform) for source in LISTED[side.count]
    ]


def _days_from_totals(project: Project, figure: Figure, known: Sequence[Selection]) -> list[list[date]]:
    """The days whose totals are in the figure, as spans."""
    of = read_totals(project, [figure.period]).get(figure.period)
    if of is None:
        return []
    groups = {group for side in known if (group := side.counting.group)}
    return spans(sorted({day for group in groups for day in of.seams[group].used}))

"""The rows behind a figure: fans, ratings, orders, channel days, one by one, adding up to it exactly.

A row counts 1, or its `amount`, into the numerator, the denominator or both. What is listed is what the figure counts,
by the same rules of credit (kpi/METRICS.md).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from fans.as_of import facts_as_of
from kpi.credit import account_codes, channel_codes, read_keeping
from kpi.figures import Figure, Part
from kpi.metrics import METRICS, Cut, Kind, Number, divide
from kpi.queries import count_stale_days, one_state, read_figure
from kpi.questions import period_parameters, sql
from kpi.totals import ROWLESS, days_from_totals
from projects.models import Definition, Project
from projects.queries import definition_in_use
from siyu.periods import Period
from siyu.sql import records

ALL = 2**62  # rows: more than there ever are

Counts = Callable[[Mapping[str, Any]], tuple[bool, bool]]  # of one record: in the numerator, in the denominator


@dataclass(frozen=True)
class Source:
    """One question whose records are rows of a figure. `only` narrows it to records that count at all, `channel` and
    `platform` to those of one. `weigh`: whether a row is 1 where its record has an amount, or the amount's reverse."""

    question: str
    kind: str
    counts: Counts
    only: str = ""
    channel: str | None = None
    platform: str | None = None
    weigh: Literal["amount", "one", "reverse"] = "amount"


@dataclass(frozen=True)
class Row:
    """`at`: the instant; of a channel's day the date. `amount`: decimal yuan, of reach a count; None: the row is 1."""

    kind: str
    id: str
    fan: str | None
    at: datetime | date
    in_numerator: bool
    in_denominator: bool
    amount: Decimal | int | None


@dataclass(frozen=True)
class Position:
    """Behind which record of which source a page begins."""

    source: Annotated[int, msgspec.Meta(ge=0)] = 0
    after: Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)] = -1


@dataclass(frozen=True)
class Page:
    """`rowless`: days of the figure that come from day totals, and so have no rows, as [first, last] of each run."""

    figure: Figure
    stale_days: int
    rows: list[Row]
    following: Position | None
    rowless: list[list[date]] = field(default_factory=list)


def in_numerator(record: Mapping[str, Any]) -> tuple[bool, bool]:
    return True, False


def in_denominator(record: Mapping[str, Any]) -> tuple[bool, bool]:
    return False, True


SOURCES: dict[str, Sequence[Source]] = {
    "diverted_users": [Source("rows_diverted", "fan", in_numerator)],
    "diversion_rate": [
        Source("rows_diverted", "fan", in_numerator, only="reported"),
        Source("rows_brought", "channel.day", in_denominator, only="reach"),
    ],
    "cost_per_diverted_user": [
        Source("rows_brought", "channel.day", in_numerator, only="cost"),
        Source("rows_diverted", "fan", in_denominator),
    ],
    "retention_rate": [Source("rows_seen", "fan", lambda r: (r["at_end"], True), only="at_start")],
    "satisfaction_rate": [Source("rows_rated", "rating", lambda r: (r["good"], True))],
    "churn_rate": [Source("rows_seen", "fan", lambda r: (not r["at_end"], True))],
    "interaction_rate": [Source("rows_seen", "fan", lambda r: (r["wrote"], True))],
    "gmv": [
        Source("rows_paid", "order.paid", in_numerator),
        Source("rows_refunded", "order.refunded", in_numerator),
    ],
    "koc_users": [Source("rows_diverted", "fan", in_numerator, only="koc")],
    "referral_users": [Source("rows_diverted", "fan", in_numerator, only="referral")],
}


def read_page(
    project: Project, indicator: str, period: Period, by: Cut | None, part: Part, start: Position, size: int
) -> Page:
    """The figure of the period (of one part where `by` is given) and `size` of its rows from `start` on. A part that is
    no guide's, account's or channel's code has no rows and a figure of 0. What comes from day totals has no rows."""
    with one_state():
        figure = read_figure(project, indicator, period, by, part)
        stale_days = count_stale_days(project, period.first, period.last)
        found: list[Row] = []
        following = None
        if not is_rowless(figure):
            found, following = read_rows(project, SOURCES[indicator], period, by, part, start, size)
        rowless = [] if figure.totals is None else days_from_totals(project, indicator, period)
    return Page(figure, stale_days, found, following, rowless)


def is_rowless(figure: Figure) -> bool:
    """Whether day totals leave nothing of the figure that rows could add up to."""
    return figure.totals is not None and figure.totals.reads is not None and figure.indicator in ROWLESS


def read_page_as_of(
    project: Project,
    indicator: str,
    period: Period,
    by: Cut | None,
    part: Part,
    start: Position,
    size: int,
    *,
    seq: int,
    definition: Definition,
) -> Page:
    """As read_page, of the facts as they were after merge `seq` under the definition sheet (fans.as_of). The figure is
    the sum of all its rows then; accounts count to their keepers as these stand now."""
    with one_state(makes_tables=True), facts_as_of(project, seq, definition, period):
        sheet, sources = definition.sheet, SOURCES[indicator]
        found, following = read_rows(project, sources, period, by, part, start, size, sheet)
        if start == Position() and following is None:
            whole = found
        else:
            whole, _ = read_rows(project, sources, period, by, part, Position(), ALL, sheet)
    return Page(_sum_of(indicator, period, part, whole), 0, found, following)


def _sum_of(indicator: str, period: Period, part: Part, whole: Sequence[Row]) -> Figure:
    """What the rows add up to; the cost of nothing on record is unknown, not 0."""
    metric = METRICS[indicator]
    numerator = _sum(metric.kind, (row for row in whole if row.in_numerator))
    denominator = None if metric.denominator is None else _sum("count", (row for row in whole if row.in_denominator))
    if metric.denominator is not None:
        return Figure(indicator, period, part, numerator, denominator, divide(numerator, denominator))
    return Figure(indicator, period, part, numerator, None, None if numerator is None else Decimal(numerator))


def _sum(kind: Kind, found: Iterable[Row]) -> Number:
    amounts = [1 if row.amount is None else row.amount for row in found]
    if kind == "unit_cost" and not amounts:
        return None
    return sum(amounts, Decimal("0.00") if kind in ("money", "unit_cost") else 0)


def read_rows(
    project: Project,
    sources: Sequence[Source],
    period: Period,
    by: Cut | None,
    part: Part,
    start: Position,
    size: int,
    sheet: Mapping[str, Any] | None = None,
) -> tuple[list[Row], Position | None]:
    """`size` rows of the sources one after another, from `start` on, and where the next page begins. `sheet`: of the
    definition that says what is valid; the one in use unless given."""
    codes = account_codes()
    part_id = _id_of(part, channel_codes() if by == "channel" else codes)
    parameters = {
        "valid_after_hours": (sheet or definition_in_use(project).sheet)["valid_after_hours"],
        "project": project.pk,
        "first_day": period.first,
        "next_day": period.end,
        "before_at": period_parameters([period], ZoneInfo(project.timezone))["befores"][0],
        "by": by,
        "part": part,
        "part_id": part_id,
        **read_keeping(codes).parameters(),
    }
    out: list[Row] = []
    position = start
    while position.source < len(sources):
        source = sources[position.source]
        asked = {
            "only": source.only,
            "platform": source.platform,
            "after": position.after,
            "limit": size - len(out) + 1,
            **_of_channel(source),
        }
        found = records(sql(source.question), parameters | asked)
        for record in found:
            if len(out) == size:
                return out, position
            out.append(_row(source, record))
            position = Position(position.source, record["position"])
        position = Position(position.source + 1)
    return out, None


def _of_channel(source: Source) -> dict[str, Any]:
    """What a source that is narrowed to a channel asks for; it has no cut."""
    if source.channel is None:
        return {}
    return {"by": "channel", "part": source.channel, "part_id": _id_of(source.channel, channel_codes())}


def _id_of(part: Part, codes: Mapping[int, str]) -> int | None:
    """None: nobody. An unknown code is the id of nothing."""
    if part is None:
        return None
    return next((key for key, code in codes.items() if code == part), -1)


def _row(source: Source, record: Mapping[str, Any]) -> Row:
    upper, lower = source.counts(record)
    amount = None if source.weigh == "one" else record.get("amount")
    if source.only == "reach":
        amount = int(record["amount"])
    if source.weigh == "reverse" and amount is not None:
        amount = -amount
    return Row(source.kind, record["id"], record["fan"], record["at"], upper, lower, amount)

"""Where a project stands: figures of any periods and cut, and how far they can be trusted."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from fans.models import Projection
from kpi.credit import Keeping, account_codes, channel_codes, read_keeping
from kpi.figures import MEASURES, Cells, Figure, Part, add, figure_of, figures
from kpi.marks import following_days, read_awaited, read_extent
from kpi.metrics import METRICS, Cut
from kpi.questions import KEY, period_parameters, sql
from kpi.totals import Totals, read_totals, settle
from kpi.totals_marks import mark
from projects.models import Definition, Project
from projects.queries import definition_in_use
from siyu.periods import Grain, Period, periods
from siyu.remembering import asked_once, remembering
from siyu.sql import records, rows

_OF_ONE_DAY = ("arrived", "churned_old", "churned_new", "interacted")  # a longer period counts its fans anew
_NEEDS = {  # fans that a period counts anew, and the indicators that ask for them
    "arrived": {"churn_rate", "interaction_rate"},
    "churned": {"churn_rate", "retention_rate"},
    "interacted": {"interaction_rate"},
}


@dataclass(frozen=True)
class Standing:
    """The figures asked for and what they rest on. `data_through`: the last local day with a fact, None without any.
    `stale_days`: days of the periods that await the roll-up. `definitions`: version of the sheet in use. `totals`: the
    periods that day totals touch."""

    periods: list[Period]
    figures: list[Figure]
    data_through: date | None
    stale_days: int
    definitions: int
    totals: Totals


@contextmanager
def one_state(*, makes_tables: bool = False) -> Iterator[None]:
    """Let all reads of the block see one state of the data: figures are put together from flows, facts and marks, and
    an import or roll-up that commits in between must show in all of them or in none. Within a transaction the caller
    has settled that; the block then reads as the transaction does. What was asked once in it is not asked again
    (siyu.remembering). `makes_tables`: temporary ones, which hide others."""
    with remembering(is_on=not makes_tables):
        if connection.in_atomic_block:
            yield
            return
        with _one_transaction("REPEATABLE READ, READ WRITE" if makes_tables else "REPEATABLE READ, READ ONLY"):
            yield


@contextmanager
def _one_transaction(characteristics: str) -> Iterator[None]:
    # A transaction's isolation can't be named once a statement ran in it, and the brand is entered by a statement.
    _set_characteristics(characteristics)
    try:
        with transaction.atomic():
            yield
    finally:
        _set_characteristics("READ COMMITTED, READ WRITE")


def _set_characteristics(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {text}")


def read_standing(
    project: Project,
    grain: Grain,
    first: date,
    last: date,
    by: Cut | None = None,
    indicators: Collection[str] = tuple(METRICS),
) -> Standing:
    """Figures of the whole periods that touch first..last (local days, both included)."""
    wanted = periods(grain, first, last)
    with one_state():
        totals = read_totals(project, wanted)
        cells = gather(project, grain, wanted, by, indicators, totals)
        return Standing(
            wanted,
            _marked(figures(cells, wanted, by, indicators), by, totals),
            read_extent(project.pk).facts_through,
            count_stale_days(project, wanted[0].first, wanted[-1].last),
            definition_in_use(project).version,
            totals,
        )


def _marked(found: Iterable[Figure], by: Cut | None, totals: Totals) -> list[Figure]:
    """The figures with what those from day totals say of themselves; parts that totals can't give are left out."""
    if not totals:
        return list(found)
    marked = [mark(figure, totals.get(figure.period)) for figure in found]
    return [figure for figure in marked if by is None or figure.numerator or figure.denominator]


def read_figure(project: Project, indicator: str, period: Period, by: Cut | None, part: Part) -> Figure:
    """One indicator in one period, whole or one part of a cut; a part that nothing is credited to is 0."""
    totals = read_totals(project, [period])
    cells = gather(project, "range", [period], by, [indicator], totals)
    measures = MEASURES | cells.get((period.first, part), {})
    return mark(figure_of(METRICS[indicator], period, part, measures, with_detail=by is None), totals.get(period))


def count_stale_days(project: Project, first: date, last: date) -> int:
    """How many of these days (both included) await the roll-up. All of them while the projections stand under another
    definition sheet than the one in use."""
    if not _is_folded(project):
        return (last - first).days + 1
    marked = read_awaited(project.pk).days
    return sum(first <= day <= last for day in {*marked, *following_days(project.pk, marked)})


@asked_once
def _is_folded(project: Project) -> bool:
    """Whether the projections stand under the sheet in use. A new version that says the same changes nothing."""
    projection = Projection.objects.filter(project=project).first()
    if projection is None:
        return True
    if projection.definition_version is None:
        return False
    folded = Definition.objects.filter(project=project, version=projection.definition_version).first()
    return folded is not None and folded.sha256 == definition_in_use(project).sha256


def gather(
    project: Project,
    grain: Grain,
    wanted: Sequence[Period],
    by: Cut | None,
    indicators: Collection[str],
    totals: Totals | None = None,
) -> Cells:
    """The measures of each period and part. `wanted`: ascending, not overlapping. `totals`: as read_totals gives them,
    filled here; read where they are not given."""
    zone = ZoneInfo(project.timezone)
    accounts, channels = account_codes(), channel_codes()
    keeping = read_keeping(accounts)
    parameters = {
        "project": project.pk,
        "by": by,
        **keeping.parameters(),
        **period_parameters(wanted, zone),
    }
    parts: dict[Cut | None, Callable[[dict[str, Any]], Part]] = {
        None: lambda cell: None,
        "guide": lambda cell: cell["guide"],
        "account": lambda cell: accounts.get(cell["account_id"]),  # None stays None
        "channel": lambda cell: channels.get(cell["channel_id"]),
    }
    cells: Cells = {}

    def collect(question: str, leave_out: Collection[str] = ()) -> None:
        for cell in records(sql(question), parameters):
            part = parts[by](cell)
            add(cells, cell["first_day"], part, {k: n for k, n in cell.items() if k not in KEY and k not in leave_out})

    collect("flows", () if grain == "day" else _OF_ONE_DAY)
    if grain != "day":
        for question, needed_by in _NEEDS.items():
            if needed_by & set(indicators):
                collect(question)
    for first_day, part, fans in _stock(parameters, wanted, by, keeping, accounts, channels):
        add(cells, first_day, part, {"at_start": fans})
    found: list[dict[str, Any]] = []
    if by in (None, "channel"):
        found = [{**one, "channel": channels.get(one["channel_id"])} for one in records(sql("brought"), parameters)]
    for one in found:
        part = one["channel"] if by else None
        add(cells, one["first_day"], part, {"cost": one["cost"]})
        if one["reached"] is not None:
            reported = {"reached": int(one["reached"]), "diverted_reported": one["diverted"]}
            add(cells, one["first_day"], part, reported)
    if by is None:
        for question in ("recalled", "buyers", "posted"):
            collect(question)
    totals = read_totals(project, wanted) if totals is None else totals
    if totals:
        settle(project, by, cells, totals, found)
    return cells


def _stock(
    parameters: dict[str, Any],
    wanted: Sequence[Period],
    by: Cut | None,
    keeping: Keeping,
    accounts: dict[int, str],
    channels: dict[int, str],
) -> Iterator[tuple[date, Part, int]]:
    """|P(S)| of each period: whole, by channel, or by the account that held each fan just before S and its guide then.
    Fans whom nobody held are the rest."""
    changes: dict[int, list[tuple[int | None, int, int]]] = defaultdict(list)
    for passed, account_id, channel_id, present, held in rows(sql("stock"), parameters):
        changes[passed].append((channel_id if by == "channel" else account_id, present, held))
    present_by: dict[int | None, int] = defaultdict(int)
    held_by: dict[int | None, int] = defaultdict(int)
    for place, (period, before_at) in enumerate(zip(wanted, parameters["befores"], strict=True)):
        for key, present, held in changes[place]:
            present_by[key] += present
            held_by[key] += held
        if by is None:
            yield period.first, None, sum(present_by.values())
        elif by == "channel":
            for channel_id, fans in present_by.items():
                yield period.first, None if channel_id is None else channels.get(channel_id), fans
        else:
            for account_id, fans in held_by.items():
                if account_id in accounts:
                    guide = keeping.guide_at(account_id, before_at)
                    yield period.first, guide if by == "guide" else accounts[account_id], fans
            yield period.first, None, sum(present_by.values()) - sum(held_by.values())

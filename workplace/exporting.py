"""What exports hold: the rows behind a figure, figures by period and cut, the list of fans. Runs inside the brand.

Numbers are raw, codes are text. Whatever the size, rows are read in pieces; each piece is one state of the data. At the
end of a workbook stands what the rows are and whether they add up to the figure: data that arrived while they were
read show there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fans.assignment_api import names_clear
from kpi.figures import Figure
from kpi.metrics import METRICS, Cut
from kpi.queries import read_standing
from kpi.rows import Position, Row
from projects.models import Account, Channel, Project
from projects.queries import definition_in_use, zone_of
from projects.sheet_words import words as sheet_words
from reports.exports import register
from siyu.numbers import span
from siyu.periods import Grain, Period, periods
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Kind, Number, Sheet
from tenants.identity import Identity
from tenants.permissions import Act
from workplace.fan_files import fans_sheet
from workplace.fan_pages import fans_asked_for
from workplace.figure import MEANINGS, SOURCES
from workplace.queries import guide_names
from workplace.rows_behind import Behind, behind
from workplace.tables import metric_title
from workplace.totals_words import mark_of, sentence_of

PIECE = 5_000  # rows in memory
DAYS_AT_ONCE = 62  # of figures, likewise
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "range")
KINDS: Mapping[str, Kind] = {"count": "count", "money": "money", "rate": "ratio", "unit_cost": "money"}


def register_exports() -> None:
    register("rows", Act.READ_KPIS, rows_contents)
    register("kpis", Act.READ_KPIS, kpis_contents)
    register("fans", Act.SEE_FANS, fans_contents)


# -- The rows behind a figure -----------------------------------------------------------------------------------------


def rows_contents(project: Project, asked: Mapping[str, Any], identity: Identity) -> Iterator[Sheet]:
    """`asked`: {indicator, start, end, by?: guide|account|channel, part?: its code, "" for nobody}."""
    period = _period(asked)
    figure = behind(project, asked["indicator"], period)
    if figure is None:
        raise ValueError(say("这个自有指标已移除", "This own indicator was removed"))
    by: Cut | None = asked.get("by") or None
    part = (asked.get("part") or None) if by else None
    sums = {"numerator": Decimal(0), "denominator": Decimal(0)}
    zone = zone_of(project)
    columns = [
        Column(say("类型", "Kind")), Column(say("编号", "Id"), width=30), Column(say("粉丝编号", "Fan")),
        Column(say("时间", "At"), "instant"), Column(say("计入分子", "In the numerator"), figure.upper, summed=True),
        Column(say("计入分母", "In the denominator"), figure.lower, summed=True),
    ]  # fmt: skip

    def lines() -> Iterator[Sequence[Cell]]:
        for row in _pieces(figure, by, part):
            amount: int | Decimal = 1 if row.amount is None else row.amount
            upper = amount if row.in_numerator else None
            lower = amount if row.in_denominator else None
            sums["numerator"] += upper or 0
            sums["denominator"] += lower or 0
            at: date | datetime = row.at.astimezone(zone) if isinstance(row.at, datetime) else row.at
            yield [say(*SOURCES[row.kind]), row.id, row.fan, at, upper, lower]

    note = f"{project.name} · {figure.title} · {_days(period)} · {project.timezone}"
    yield Sheet(figure.title, columns, lines(), note)
    yield _about_rows(project, figure, period, sums, by, part)


def _pieces(figure: Behind, by: Cut | None, part: str | None) -> Iterator[Row]:
    position: Position | None = Position()
    while position is not None:
        page = figure.read(by, part, position, PIECE)
        yield from page.rows
        position = page.following


def _about_rows(
    project: Project, of: Behind, period: Period, sums: Mapping[str, Decimal], by: Cut | None, part: str | None
) -> Sheet:
    """The figure's meaning, its parts, and whether the rows add up to them."""
    figure = of.read(by, part, Position(), 1).figure
    rows: list[list[Cell]] = [
        [say("指标", "Indicator"), of.title],
        [say("含义", "Meaning"), of.meaning],
        [say("期间", "Period"), _days(period)],
        [say("时区", "Time zone"), project.timezone],
    ]
    if by:
        cut = {"guide": say("导购", "Guide"), "account": say("企微号", "Account"), "channel": say("渠道", "Channel")}
        rows.append([cut[by], part or say("未归属", "Nobody")])
    rows.append([say("指标分子", "The figure's numerator"), _number(figure.numerator, of.upper)])
    rows.append([say("明细分子合计", "Sum of rows, numerator"), Number(sums["numerator"], of.upper)])
    agrees = sums["numerator"] == (figure.numerator or 0)
    if of.is_ratio:
        rows.append([say("指标分母", "The figure's denominator"), _number(figure.denominator, of.lower)])
        rows.append([say("明细分母合计", "Sum of rows, denominator"), Number(sums["denominator"], of.lower)])
        agrees = agrees and sums["denominator"] == (figure.denominator or 0)
    told = say("一致", "They agree") if agrees else say(
        "不一致：导出期间有新数据到达，或部分天只有日汇总而没有明细",
        "They differ: data arrived meanwhile, or some days are known by totals only",
    )  # fmt: skip
    rows.append([say("核对", "Checked"), told])
    if figure.totals is not None:
        rows.append([say("日汇总", "Day totals"), sentence_of(asdict(figure.totals))])
    rows += _sheet_words(project)
    return Sheet(say("口径", "Definitions"), [Column("", width=24), Column("", width=100)], rows)


# -- Figures by period and cut ----------------------------------------------------------------------------------------


def kpis_contents(project: Project, asked: Mapping[str, Any], identity: Identity) -> Iterator[Sheet]:
    """`asked`: {grain, start, end, by?}. Without `by` all ten in every period; with it what is credited."""
    by: Cut | None = asked.get("by") or None
    names = _names_of(by)
    cut = {"guide": say("导购", "Guide"), "account": say("企微号", "Account"), "channel": say("渠道", "Channel")}
    parts = [Column(f"{cut[by]}{say('编号', ' code')}"), Column(cut[by])] if by else []
    columns = [
        Column(say("起", "From"), "date"), Column(say("止", "To"), "date"), *parts,
        Column(say("指标", "Indicator"), width=28), Column(say("代码", "Code")), Column(say("分子", "Numerator")),
        Column(say("分母", "Denominator")), Column(say("数值", "Value")),
        *([Column(say("日汇总", "Day totals"))] if project.has_totals else []),
    ]  # fmt: skip

    def lines() -> Iterator[Sequence[Cell]]:
        for figure in _figures(project, asked["grain"], _period(asked), by):
            metric = METRICS[figure.indicator]
            upper: Kind = "money" if metric.kind in ("money", "unit_cost") else "count"
            who = [figure.part, names(figure.part)] if by else []
            yield [
                figure.period.first, figure.period.last, *who, metric_title(metric), metric.code,
                _number(figure.numerator, upper), _number(figure.denominator, "count"),
                _number(figure.value, KINDS[metric.kind]),
                *([mark_of(asdict(figure.totals) if figure.totals else None)] if project.has_totals else []),
            ]  # fmt: skip

    yield Sheet(say("指标", "Figures"), columns, lines(), f"{project.name} · {project.timezone}")
    meanings: list[list[Cell]] = [[metric_title(METRICS[code]), say(*words)] for code, words in MEANINGS.items()]
    rows = [*meanings, *_sheet_words(project)]
    yield Sheet(say("口径", "Definitions"), [Column("", width=28), Column("", width=100)], rows)


def _figures(project: Project, grain: Grain, whole: Period, by: Cut | None) -> Iterator[Figure]:
    """Some periods at a time: those of a range are one."""
    wanted = periods(grain, whole.first, whole.last)
    at_once = max(1, DAYS_AT_ONCE // max(1, (wanted[0].end - wanted[0].first).days))
    for place in range(0, len(wanted), at_once):
        some = wanted[place : place + at_once]
        yield from read_standing(project, grain, some[0].first, some[-1].last, by).figures


def count_figures(project: Project, grain: Grain, whole: Period, by: Cut | None) -> int:
    """How many rows there are at most."""
    wanted = len(periods(grain, whole.first, whole.last))
    if by is None:
        return wanted * len(METRICS)
    metrics = sum(by in metric.cuts for metric in METRICS.values())
    counted = {"guide": lambda: len(guide_names()), "channel": Channel.objects.count, "account": Account.objects.count}
    return wanted * metrics * (counted[by]() + 1)


def _names_of(by: Cut | None) -> Callable[[str | None], str]:
    """What a part is called; what nobody is credited with is said so."""
    names: Mapping[str, str] = {}
    if by == "guide":
        names = guide_names()
    elif by == "channel":
        names = dict(Channel.objects.values_list("code", "name"))
    elif by == "account":
        names = dict(Account.objects.values_list("code", "name"))
    nobody = say("未注明渠道", "No channel named") if by == "channel" else say("未归属", "Nobody")
    return lambda part: nobody if part is None else names.get(part) or part


# -- Fans -------------------------------------------------------------------------------------------------------------


def fans_contents(project: Project, asked: Mapping[str, Any], identity: Identity) -> Iterator[Sheet]:
    """`asked`: the filters of the list (fans.assignment_api.SieveSerializer); names as her role reads them."""
    clear = names_clear(identity)

    def lines() -> Iterator[Sequence[Cell]]:
        after = ""
        while True:
            found = fans_asked_for(identity, project, asked, timezone.now()).filter(code__gt=after).order_by("code")
            fans = list(found[:PIECE])
            yield from fans_sheet(project, fans, names_are_clear=clear).rows
            if len(fans) < PIECE:
                return
            after = fans[-1].code

    empty = fans_sheet(project, [], names_are_clear=clear)
    yield Sheet(empty.name, empty.columns, lines(), empty.note)


# -- Words and numbers ------------------------------------------------------------------------------------------------


def _period(asked: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(asked["start"]), date.fromisoformat(asked["end"]))


def _days(period: Period) -> str:
    return str(period.first) if period.first == period.last else span(period.first, period.last)


def _number(value: Any, kind: Kind) -> Number | None:
    return None if value is None else Number(value if isinstance(value, int) else Decimal(value), kind)


def _sheet_words(project: Project) -> Iterable[list[Cell]]:
    """What counts, by the definition sheet in use."""
    definition = definition_in_use(project)
    version = say(f"口径表第 {definition.version} 版", f"Definitions, version {definition.version}")
    return [[version, text] for text in sheet_words(definition.sheet)[say("zh", "en")]]

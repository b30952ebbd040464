"""All numbers of a frozen revision as one tidy table, a number a row, to be read by a program or pivoted in Excel.

The sections of the page in its order; the figures with their numerators, denominators and lines. No agency annex.
"""

from collections.abc import Container, Iterator, Mapping
from decimal import Decimal
from typing import Any

from kpi.metrics import METRICS
from reports.api import report_dict
from reports.layouts import blocks_of
from reports.models import Report, Revision
from siyu.numbers import UNKNOWN
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Sheet
from tenants.identity import Identity
from workplace.report_blocks import Paper, lay_out
from workplace.report_values import Chip, Part, Row, Value, value_at

Line = tuple[
    str, str, str, str, str, Decimal | None, str, str
]  # section, group, row, pointer, measure, value, unit, text
YUAN, SHARE, PIECES = "CNY", "ratio", "count"
LINES = {  # of the four lines
    "fail": ("不及格线", "Fail line"), "normal": ("正常线", "Normal line"), "good": ("优良线", "Good line"),
    "excess": ("超额线", "Excess line"),
}  # fmt: skip


def report_table(report: Report, revision: Revision, identity: Identity) -> Sheet:
    """A row: what it is of, then section, group, row, pointer, measure, value, unit, text. Values are raw: yuan, shares
    of 1, pieces; `text` says what is no number, a band for instance. What is unknown has neither."""
    shown = report_dict(report, revision, identity)
    payload = shown["payload"]
    of: list[Cell] = [
        payload["names"]["project"]["code"], report.kind, str(report.first_day), str(report.last_day), revision.number,
    ]  # fmt: skip
    titles = [
        say("项目", "Project"), say("种类", "Kind"), say("开始日期", "Start"), say("结束日期", "End"),
        say("版本", "Revision"), say("部分", "Section"), say("分组", "Group"), say("行", "Row"),
        say("位置", "Pointer"), say("项", "Measure"), say("数值", "Value"), say("单位", "Unit"), say("文字", "Text"),
    ]  # fmt: skip
    paper = lay_out(payload, blocks_of(report.kind, revision.layout_version))
    lines = [line for part in paper.parts for line in _of_part(payload, part)]
    lines += _above(paper, {line[3] for line in lines})
    return Sheet(say("报告数字", "Figures"), [Column(title) for title in titles], ([*of, *line] for line in lines))


def _above(paper: Paper, told: Container[str]) -> Iterator[Line]:
    """The main numbers that no table holds."""
    title = say("主要数字", "Main figures")
    for name, value in paper.tally:
        if value.pointer not in told and value.exact:
            yield title, "", name, value.pointer, title, Decimal(value.exact), unit_of(value.text), ""


def _of_part(payload: Mapping[str, Any], part: Part) -> Iterator[Line]:
    for row in part.rows:
        for column, cell in zip(part.columns[1:], row.cells, strict=True):
            yield from _of_cell(part, row, column.text, cell)
        if part.key == "figures":
            yield from _behind(payload, part, row)


def _of_cell(part: Part, row: Row, measure: str, cell: Any) -> Iterator[Line]:
    where = part.title, row.group, row.title
    if isinstance(cell, Value):
        number = Decimal(cell.exact) if cell.exact else None
        yield *where, cell.pointer, measure, number, unit_of(cell.text) if cell.exact else "", ""
    elif isinstance(cell, Chip):
        yield *where, row.pointer, measure, None, "", cell.text
    elif cell and cell != UNKNOWN:
        yield *where, row.pointer, measure, None, "", str(cell)


def unit_of(text: str) -> str:
    """Of a number that is read so on the page."""
    return YUAN if "¥" in text else SHARE if text.endswith("%") else PIECES


def _behind(payload: Mapping[str, Any], part: Part, row: Row) -> Iterator[Line]:
    """What a figure was made of and is held against."""
    figure = payload["figures"][int(row.pointer.rpartition("/")[2])]
    metric = METRICS[figure["indicator"]]
    upper = YUAN if metric.kind in ("money", "unit_cost") else PIECES
    own = {"count": PIECES, "money": YUAN, "unit_cost": YUAN, "rate": SHARE}[metric.kind]
    lines = LINES if (figure.get("forecast") or {}).get("lines") else {}
    found = [
        ("numerator", say("分子", "Numerator"), upper),
        ("denominator", say("分母", "Denominator"), PIECES),
        *((f"forecast/lines/{name}", say(*words), own) for name, words in lines.items()),
    ]
    for name, measure, unit in found:
        value = value_at(payload, f"{row.pointer}/{name}", str)
        if value.exact:
            yield part.title, row.group, row.title, value.pointer, measure, Decimal(value.exact), unit, ""

"""A report's own indicators, as table of the page and as sheet of the workbook. Pure but for the request's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kpi.countings import Selection, read_selection
from kpi.own_words import formula, value_words
from siyu.numbers import UNKNOWN, exact
from siyu.problems import say
from siyu.spreadsheets import Cell, Number, Sheet
from siyu.spreadsheets import Column as SheetColumn
from siyu.spreadsheets import Kind as CellKind
from workplace.before_term import held_against
from workplace.report_values import Column, Part, Payload, Row, Value, value_at
from workplace.report_words import moved_text
from workplace.totals_words import mark_of

CELLS: Mapping[str, CellKind] = {"count": "count", "yuan": "money", "percent": "ratio", "number": "ratio"}


def own(payload: Payload) -> Part | None:
    """What the project watches beside the ten, with the definition that held; a day shows those that it has."""
    columns = [
        Column(say("指标", "Indicator")), Column(say("本期", "This period")), Column(say("上期", "Before"), True),
        Column(say("变化", "Change"), True),
    ]  # fmt: skip
    rows, (against, is_none) = [], held_against(payload)
    for place, row in enumerate(payload.get("own", ())):
        if payload.get("kind") == "daily" and row["value"] is None:
            continue
        at, unit, before = f"/own/{place}", row["own"]["unit"], row["previous"]
        cells: list[Any] = [_value(payload, at, row, _small(row)), UNKNOWN, UNKNOWN]
        if before is not None and not is_none:
            cells[1] = _value(payload, f"{at}/previous", row)
            cells[2] = moved_text(row["value"], before["value"], is_rate=unit == "percent")
        rows.append(Row(row["own"]["name"], cells, at))
    note = say(
        "项目自己关心的数，不评级，不参与结算。", "What the project watches for itself: never judged, never settled by."
    )
    return Part("own", say("自有指标", "Own indicators"), columns, rows, note + (f" {against}" if against else ""))


def _value(payload: Payload, at: str, row: Mapping[str, Any], small: str = "") -> Value:
    return value_at(payload, f"{at}/value", lambda number: value_words(row["own"]["unit"], number), small)


def _small(row: Mapping[str, Any]) -> str:
    """A ratio's parts, the definition that held, and what it says of day totals that it rests on."""
    parts = ""
    if row["own"]["denominator"] is not None:
        parts = f"{_side_text(row['numerator'])} / {_side_text(row['denominator'])}"
    return " · ".join(text for text in (parts, definition_words(row), mark_of(row.get("totals"))) if text)


def _side_text(number: Any) -> str:
    if number is None:
        return UNKNOWN
    return exact(number if isinstance(number, int) else Decimal(str(number)))


def _sides(row: Mapping[str, Any]) -> tuple[Selection, Selection | None]:
    own = row["own"]
    return read_selection(own["numerator"]), read_selection(own["denominator"]) if own["denominator"] else None


def definition_words(row: Mapping[str, Any]) -> str:
    """GMV ÷ 计入的订单（第 2 版）."""
    words, version = formula(*_sides(row)), row["own"]["version"]
    return say(f"{words}（第 {version} 版）", f"{words} (version {version})")


def own_report_sheet(payload: Payload, title: str, intro: str) -> Sheet:
    """All of them with raw numbers, also those that a day's page leaves out."""
    columns = [
        SheetColumn(say("自有指标", "Own indicator"), width=28), SheetColumn(say("代码", "Code")),
        SheetColumn(say("口径", "Definition"), width=40), SheetColumn(say("口径版本", "Version")),
        SheetColumn(say("分子", "Numerator")), SheetColumn(say("分母", "Denominator")),
        SheetColumn(say("数值", "Value")), SheetColumn(say("上期", "Before")),
        SheetColumn(say("日汇总", "Day totals"), width=28),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    against, is_none = held_against(payload)
    for row in payload.get("own", ()):
        upper, lower = _sides(row)
        kind, before = CELLS[row["own"]["unit"]], (not is_none and row["previous"]) or {}
        rows.append(
            [
                row["own"]["name"], row["indicator"], formula(upper, lower), row["own"]["version"],
                _cell(row["numerator"], _kind(upper)), _cell(row["denominator"], _kind(lower or upper)),
                _cell(row["value"], kind), _cell(before.get("value"), kind), mark_of(row.get("totals")),
            ]
        )  # fmt: skip
    return Sheet(title, columns, rows, "\n".join(text for text in (intro, against) if text))


def _kind(side: Selection) -> CellKind:
    return "money" if side.counting.is_money else "count"


def _cell(value: Any, kind: CellKind) -> Number | None:
    return None if value is None else Number(Decimal(str(value)), kind)

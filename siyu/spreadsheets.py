"""Tables as files that Excel and WPS open: XLSX with raw numbers, CSV as UTF-8 with a byte order mark.

Text is never a formula or a link, whatever it begins with; codes, order numbers and phones stay text, so no digit is
lost. Every workbook ends with a sheet of control totals: rows and sums as they were written, to hold a copy against.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from siyu.problems import say

Kind = Literal["text", "count", "money", "ratio", "date", "instant"]


class Number(NamedTuple):
    """A number that is not of its column's kind."""

    value: int | Decimal
    kind: Kind


Cell = str | int | Decimal | date | datetime | Number | None

FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "money": "#,##0.00",
    "ratio": "0.0%",
    "date": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm:ss",
}
WIDTHS: dict[Kind, int] = {"text": 24, "count": 14, "money": 16, "ratio": 12, "date": 12, "instant": 20}
LONGEST_NAME = 31  # of a sheet, and none of these characters in it
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
BEGINS_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")  # full-width where Excel reads Chinese or Japanese


@dataclass(frozen=True)
class Column:
    """`kind` money: yuan; ratio: 0.123 for 12.3 %; instant: with its zone's offset gone, as the clock on the wall
    showed it. `summed`: its sum stands among the control totals."""

    title: str
    kind: Kind = "text"
    summed: bool = False
    width: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table of one kind of rows. `note`: a line above the header, for the unit, period or source."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    note: str = ""


@dataclass
class _Written:
    """What went into a sheet: its control totals."""

    sheet: Sheet
    name: str
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def write_xlsx(file: IO[bytes], sheets: Iterable[Sheet], *, folder: Path | None = None) -> None:
    """Row by row in constant memory; rows beyond what Excel holds (1,048,576) raise ValueError. `folder`: where the
    writer keeps its pieces meanwhile."""
    options = {
        "constant_memory": True,
        "tmpdir": str(folder) if folder else None,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        written = [_write_sheet(book, sheet, formats, head) for sheet in sheets]
        _write_sheet(book, _control_totals(written), formats, head)


def _write_sheet(book: Workbook, sheet: Sheet, formats: dict[Kind, Format], head: Format) -> _Written:
    name = sheet_name(sheet.name, {worksheet.get_name() for worksheet in book.worksheets()})
    worksheet = book.add_worksheet(name)
    written = _Written(sheet, name)
    for place, column in enumerate(sheet.columns):
        worksheet.set_column(place, place, column.width or WIDTHS[column.kind])
    header_row = 1 if sheet.note else 0
    if sheet.note:
        worksheet.write_string(0, 0, sheet.note)
    worksheet.freeze_panes(header_row + 1, 1)
    for place, column in enumerate(sheet.columns):
        worksheet.write_string(header_row, place, column.title, head)
    for row in sheet.rows:
        written.rows += 1
        _write_row(worksheet, header_row + written.rows, sheet.columns, row, formats, written)
    return written


def _write_row(
    worksheet: Worksheet,
    number: int,
    columns: Sequence[Column],
    row: Sequence[Cell],
    formats: dict[Kind, Format],
    written: _Written,
) -> None:
    for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
        if cell is None or cell == "":
            continue
        kind = cell.kind if isinstance(cell, Number) else column.kind
        value = cell.value if isinstance(cell, Number) else cell
        wrote = _write_cell(worksheet, number, place, value, formats[kind])
        if wrote == -1:
            raise ValueError(
                say("行数超出 Excel 上限，请缩小范围或改用 CSV", "More rows than Excel holds: ask for less, or CSV")
            )
        if column.summed and isinstance(value, (int, Decimal)):
            written.sums[column.title] = written.sums.get(column.title, Decimal(0)) + value


def _write_cell(worksheet: Worksheet, number: int, place: int, cell: Any, style: Format) -> int:
    if isinstance(cell, datetime):
        return worksheet.write_datetime(number, place, cell.replace(tzinfo=None), style)
    if isinstance(cell, date):
        return worksheet.write_datetime(number, place, cell, style)
    if isinstance(cell, (int, Decimal)):
        return worksheet.write_number(number, place, cell, style)
    return worksheet.write_string(number, place, cell, style)


def _control_totals(written: Sequence[_Written]) -> Sheet:
    rows: list[list[Cell]] = []
    for part in written:
        rows.append([part.name, say("行数", "Rows"), Decimal(part.rows)])
        rows += [[part.name, title, total] for title, total in part.sums.items()]
    columns = [
        Column(say("工作表", "Sheet")),
        Column(say("项目", "What")),
        Column(say("合计", "Total"), "money"),
    ]
    return Sheet(say("核对合计", "Control totals"), columns, rows)


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes: short, without its special characters, told apart from the others by a number."""
    plain = FORBIDDEN.sub(" ", wanted).strip("' ")[:LONGEST_NAME] or "1"
    name, place = plain, 2
    while name.lower() in {other.lower() for other in taken}:
        mark = f" {place}"
        name, place = plain[: LONGEST_NAME - len(mark)] + mark, place + 1
    return name


def write_csv(file: IO[str], sheet: Sheet) -> None:
    """One table. `file` is opened with encoding utf-8-sig and newline="": without the mark Excel garbles Chinese."""
    writer = csv.writer(file)
    writer.writerow([_csv_text(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_csv_text(cell) for cell in row])


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Number):
        return str(cell.value)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(cell, str) and BEGINS_FORMULA.match(cell):
        return f"'{cell}"  # Excel would run it
    return str(cell)

"""Files as rows of cells: XLSX, XLS, ODS, HTML that calls itself XLS, and CSV in the encodings of Chinese programs.

What a file is, its content says; its name is not asked.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise, zip_longest
from typing import Any
from unicodedata import normalize

from connectors.cells import EXCEL_EPOCH, INVISIBLE, Cell
from connectors.opening import NoTableError, TooLargeError, open_sheets
from siyu.problems import DomainError, say

MOST_BYTES = 64 << 20
MOST_UNPACKED = 1 << 30  # of a zipped workbook: a small file can hold a very large one
MOST_ROWS = 500_000
HEADER_WITHIN = 20  # rows; banners stand above it
DELIMITERS = ",\t;"

Row = Sequence[Cell]


class UnreadableFileError(DomainError):
    status = 422
    code = "unreadable_file"


@dataclass(frozen=True)
class Table:
    """`header`: titles as `normal_title` has them; `rows`: (row number of the file from 1, cells) below it;
    `sheets_left`: how many other sheets of the file could have been read as well."""

    header: list[str]
    rows: list[tuple[int, Row]]
    sheets_left: int = 0


def read_rows(data: bytes) -> list[Row]:
    """All rows of the first sheet that has any. Raises UnreadableFileError."""
    return read_sheets(data)[0]


def read_sheets(data: bytes) -> list[list[Row]]:
    """The sheets that have any rows, at least one. Raises UnreadableFileError."""
    if len(data) > MOST_BYTES:
        raise UnreadableFileError(
            say("文件超过 64 MB，请分成几个文件", "The file is larger than 64 MB: split it into several")
        )
    sheets = [rows for rows in _sheets_of(data) if any(map(_has_any, rows))]
    if any(len(rows) > MOST_ROWS for rows in sheets):
        raise UnreadableFileError(
            say("文件超过 500,000 行，请分成几个文件", "The file has more than 500,000 rows: split it into several")
        )
    if not sheets:
        raise UnreadableFileError(say("文件里没有数据", "The file holds no data"))
    return sheets


def _sheets_of(data: bytes) -> Iterator[list[Row]]:
    head = data[:2048].lstrip()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _bounded_sheets(data)
    elif head[:1] == b"<" and (b"<html" in head.lower() or b"<table" in head.lower()):
        yield from _bounded_sheets(_decoded(data).encode())
    elif data.startswith(b"%PDF") or (b"\0" in head and not data.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise _unknown()
    else:
        yield list(_csv_rows(_decoded(data)))


def _unknown() -> UnreadableFileError:
    return UnreadableFileError(
        say(
            "读不出这个文件；请用 .xlsx、.xls 或 .csv，有密码的先去掉密码",
            "This file can't be read: use .xlsx, .xls or .csv, and take a password off first",
        )
    )


def _has_any(row: Row) -> bool:
    return any(cell is not None and not (isinstance(cell, str) and not cell.strip()) for cell in row)


def _bounded_sheets(data: bytes) -> Iterator[list[Row]]:
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                    raise _unknown()
        for sheet in open_sheets(data):
            yield [[_cell(value) for value in row] for row in sheet]
    except (NoTableError, zipfile.BadZipFile) as error:
        raise _unknown() from error
    except TooLargeError as error:
        raise UnreadableFileError(
            say(
                "表格太大，可能有内容写在很远的行或列；请把要导入的行复制到新文件再上传",
                "Too large: something may stand in a row or column far away. Copy the rows to a new file",
            )
        ) from error


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return float(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return EXCEL_EPOCH + value
    if value == "":
        return None
    return value if isinstance(value, (str, float, date, datetime)) else str(value)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        raise _unknown() from None


def _csv_rows(text: str) -> Iterator[Row]:
    first_lines = text[:20_000].splitlines()[:HEADER_WITHIN]
    delimiter = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in first_lines), default=0))
    if all("\t" in line for line in first_lines if line.strip()):
        delimiter = "\t"  # copied out of a sheet, whose amounts may have more commas than it has columns
    csv.field_size_limit(1 << 20)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise _unknown() from error


# -- The header -------------------------------------------------------------------------------------------------------


def normal_title(cell: Cell) -> str:
    """A column's title as titles are compared: 帐 as 账, full-width as half-width, no blanks, lower case."""
    text = normalize("NFKC", str(cell or "")).translate(INVISIBLE)
    return "".join(text.split()).replace("帐", "账").rstrip("*").lower()


def find_table(rows: Sequence[Row], wanted: frozenset[str]) -> Table | None:
    """The table whose header, within the first rows, has most of the `wanted` titles (normal) and at least one."""
    best, most, header = None, 0, []
    for place, titles in headers_of(rows):
        hits = len(wanted & set(titles))
        if hits > most:
            best, most, header = place, hits, titles
    if best is None:
        return None
    body = [(number, row) for number, row in enumerate(rows[best + 1 :], start=best + 2) if _has_any(row)]
    return Table(header, body)


def headers_of(rows: Sequence[Row]) -> Iterator[tuple[int, list[str]]]:
    """What could be the header: each of the first rows by its place, then each with the titles of the row above where
    it has none itself, as cells merged downwards or over a group of columns leave them."""
    first = [[normal_title(cell) for cell in row] for row in rows[:HEADER_WITHIN]]
    yield from enumerate(first)
    for place, (above, below) in enumerate(pairwise(first), start=1):
        yield place, [title or upper for title, upper in zip_longest(below, above, fillvalue="")]

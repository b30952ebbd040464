"""Files that shops and people send, whatever they are called."""

import io

import pytest
import xlsxwriter

from connectors.tables import Row, UnreadableFileError, find_table, normal_title, read_rows
from siyu.spreadsheets import Column, Sheet, write_xlsx

ORDERS = [["订单号", "金额"], ["1001", "12.50"]]


def workbook(*sheets: Sheet) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, sheets)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        "订单号,金额\n1001,12.50\n".encode(),
        "订单号,金额\r\n1001,12.50\r\n".encode("utf-8-sig"),
        "订单号,金额\n1001,12.50\n".encode("gb18030"),
        "订单号\t金额\n1001\t12.50\n".encode("utf-16"),
        "订单号;金额\n1001;12.50\n".encode(),
        "<html><table><tr><th>订单号</th><th>金额</th></tr><tr><td>1001</td><td>12.50</td></tr></table></html>".encode(),
    ],
)
def test_a_table_is_read_whatever_its_encoding(data: bytes) -> None:
    assert [list(row) for row in read_rows(data)] == ORDERS


def test_the_first_sheet_with_rows_of_a_workbook_is_read() -> None:
    data = workbook(Sheet("空", [], []), Sheet("订单", [Column("订单号"), Column("件数", "count")], [["1001", 2]]))

    assert [list(row) for row in read_rows(data)] == [["订单号", "件数"], ["1001", 2.0]]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"PK\x03\x04broken", b"%PDF-1.7\x00\x01", b"\xd0\xcf\x11\xe0broken", b"<table><![x"]
)
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        read_rows(data)


@pytest.mark.parametrize("places", [[(0, 0), (1_048_575, 16_383)], [(1_048_575, 16_383)]])
def test_a_sheet_with_a_cell_at_its_very_end_is_too_large(places: list[tuple[int, int]]) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, column in places:
        sheet.write_string(row, column, "订单号")
    book.close()

    with pytest.raises(UnreadableFileError, match="表格太大"):
        read_rows(file.getvalue())


def test_a_sheet_that_begins_further_down_keeps_its_row_numbers() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet().write_string(30_000, 1, "订单号")
    book.close()

    rows = read_rows(file.getvalue())

    assert (len(rows), list(rows[0]), list(rows[-1])) == (30_001, [None, None], [None, "订单号"])


def test_the_header_is_found_below_a_banner_and_empty_rows_are_passed_over() -> None:
    rows: list[Row] = [["最多导出 1000 条", ""], ["订单 号", "联系电话 "], ["1001", "1"], ["", ""], ["1002", "2"]]

    table = find_table(rows, frozenset({"订单号", "联系电话"}))

    assert table is not None
    assert table.header == ["订单号", "联系电话"]
    assert table.rows == [(3, ["1001", "1"]), (5, ["1002", "2"])]


def test_a_file_without_any_wanted_title_has_no_table() -> None:
    assert find_table([["a", "b"]], frozenset({"订单号"})) is None


@pytest.mark.parametrize(
    ("title", "normal"),
    [
        ("动帐时间", "动账时间"),
        ("商家应收金额（元）", "商家应收金额(元)"),
        ("\ufeff订单编号 ", "订单编号"),
        ("店铺 Id*", "店铺id"),
    ],
)
def test_titles_are_compared_without_their_accidents(title: str, normal: str) -> None:
    assert normal_title(title) == normal

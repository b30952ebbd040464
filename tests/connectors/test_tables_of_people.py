"""Files as people make them: titles over two rows, a sheet that says nothing, rows that contradict each other."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from connectors.conversion import Converted, convert, refuse_contradictions
from connectors.importing import ImportRefusedError, read_file
from connectors.tables import UnreadableFileError

TITLES = ["订单号", "付款时间", "实付金额", "粉丝编号"]
ROW = ["E1", "2026-11-05 09:30", "199.00", "wm1"]
HEADER, LINE = ",".join(TITLES) + "\n", ",".join(ROW) + "\n"


def workbook(fill: Callable[[Any, Any], None]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    fill(book, book.add_worksheet())
    book.close()
    return file.getvalue()


def read(data: bytes, code: str = "") -> Converted:
    form, table = read_file(data, code)
    converted = convert(form, table, date(2026, 11, 22))
    refuse_contradictions(form, converted)
    return converted


def orders(converted: Converted) -> list[str]:
    return [found.event["order"] for found in converted.events]


def two_rows(book: Any, sheet: Any) -> None:
    sheet.merge_range(0, 0, 1, 0, "订单号")
    sheet.merge_range(0, 1, 1, 1, "付款时间")
    sheet.merge_range(0, 2, 0, 3, "金额与粉丝")
    sheet.write_row(1, 2, ["实付金额", "粉丝编号"])
    sheet.write_row(2, 0, ROW)


@pytest.mark.parametrize("code", ["", "orders"])
def test_titles_over_two_rows_are_one_header(code: str) -> None:
    [found] = read(workbook(two_rows), code).events
    assert (found.row, found.event["amount"], found.event["fan"]) == (3, "199.00", "wm1")


def test_titles_that_come_again_are_no_rows() -> None:
    converted = read((HEADER + "order,at,amount,fan\n" + LINE + HEADER + LINE.replace("E1", "E2")).encode())
    assert (orders(converted), converted.faults, converted.passed_over) == (["E1", "E2"], [], {"header": 2})


def test_the_line_of_sums_is_no_order() -> None:
    converted = read((HEADER + LINE + "合计,,199.00,\n").encode())
    assert (orders(converted), converted.faults, converted.passed_over) == (["E1"], [], {"sum": 1})


def test_the_sheet_that_holds_the_table_is_read_and_others_are_counted() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_column(0, 0, ["说明", "请看下一页"])
        for name in ("十月", "十一月"):
            page = book.add_worksheet(name)
            page.write_row(0, 0, TITLES)
            page.write_row(1, 0, [f"{name}1", *ROW[1:]])

    _, table = read_file(workbook(fill), "")
    assert (len(table.rows), table.rows[0][1][0], table.sheets_left) == (1, "十月1", 1)


def test_rows_that_contradict_each_other_are_both_left() -> None:
    converted = read((HEADER + LINE + LINE.replace("E1", "E2") + LINE.replace("199", "200") + LINE).encode())
    assert orders(converted) == ["E2"]
    assert [fault[:4] for fault in converted.faults] == [(row, "订单号", "E1", "contradicts") for row in (2, 4, 5)]


def test_rows_that_say_the_same_are_left_to_the_intake() -> None:
    assert orders(read((HEADER + LINE + LINE).encode())) == ["E1", "E1"]


def test_full_width_and_offsets_are_read_as_meant() -> None:
    line = "Ｅ１,2026-11-05T09:30:00+08:00,１９９．００,ｗｍ1\n"
    [found] = read((HEADER + line).encode()).events
    event = found.event
    assert (event["order"], event["at"], event["amount"], event["fan"]) == (
        "E1", "2026-11-05T09:30:00+08:00", "199.00", "wm1",
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"  \n \n", "　\n".encode(), workbook(lambda book, sheet: None)])
def test_a_file_without_data_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="没有数据"):
        read_file(data, "")


@pytest.mark.parametrize("data", [b"%PDF-1.4\n1 0 obj", b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04" + b"x" * 50])
def test_another_kind_of_file_says_which_are_read(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="xlsx"):
        read_file(data, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("颜色,尺码\n红,1\n", "读到的是：颜色、尺码"),
        ("订单号,付款时间\nE1,2026-11-05\n", "最像“订单”，还缺：实付金额"),
        ("日期,新增,流失\n2026-11-05,3,1\n", "最像“导购日汇总”，还缺：导购"),
    ],
)
def test_titles_that_fit_nothing_are_named_with_what_lacks(text: str, said: str) -> None:
    with pytest.raises(ImportRefusedError) as refusal:
        read_file(text.encode(), "")
    assert said in refusal.value.detail

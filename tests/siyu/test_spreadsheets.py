"""Files that Excel opens: raw numbers, nothing that runs, totals to hold a copy against."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from siyu.spreadsheets import Cell, Column, Number, Sheet, sheet_name, write_csv, write_xlsx

ORDERS = [
    Column("订单"),
    Column("金额", "money", summed=True),
    Column("件数", "count", summed=True),
    Column("占比", "ratio"),
    Column("日期", "date"),
    Column("时间", "instant"),
]
ROWS: list[list[Cell]] = [
    [
        "1234567890123456789",
        Decimal("1234.50"),
        3,
        Decimal("0.123"),
        date(2026, 11, 5),
        datetime(2026, 11, 5, 9, 30, tzinfo=UTC),
    ],
    ["=1+1", Decimal("-0.50"), None, None, None, None],
]


def workbook(*sheets: Sheet) -> CalamineWorkbook:
    file = io.BytesIO()
    write_xlsx(file, sheets)
    file.seek(0)
    return CalamineWorkbook.from_filelike(file)


def test_a_long_order_number_keeps_its_digits_and_a_formula_stays_text() -> None:
    rows = workbook(Sheet("订单", ORDERS, ROWS)).get_sheet_by_name("订单").to_python()

    assert [row[0] for row in rows] == ["订单", "1234567890123456789", "=1+1"]


def test_numbers_and_days_are_written_as_such() -> None:
    rows = workbook(Sheet("订单", ORDERS, ROWS)).get_sheet_by_name("订单").to_python()

    assert rows[1][1:] == [
        1234.5,
        3.0,
        0.123,
        date(2026, 11, 5),
        datetime(2026, 11, 5, 9, 30, tzinfo=UTC).replace(tzinfo=None),
    ]
    assert rows[2][1:] == [-0.5, "", "", "", ""]


def test_the_last_sheet_states_rows_and_sums() -> None:
    book = workbook(Sheet("订单", ORDERS, ROWS, note="2026 年 11 月"), Sheet("空", [Column("代码")], []))

    assert book.sheet_names == ["订单", "空", "核对合计"]
    assert book.get_sheet_by_name("核对合计").to_python()[1:] == [
        ["订单", "行数", 2.0],
        ["订单", "金额", 1234.0],
        ["订单", "件数", 3.0],
        ["空", "行数", 0.0],
    ]


def test_a_cell_may_be_of_another_kind_than_its_column() -> None:
    rows: list[list[Cell]] = [["GMV", Number(Decimal("12.50"), "money")], ["互动率", Number(Decimal("0.125"), "ratio")]]

    book = workbook(Sheet("指标", [Column("指标"), Column("数值")], rows))

    assert book.get_sheet_by_name("指标").to_python()[1:] == [["GMV", 12.5], ["互动率", 0.125]]


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("渠道/来源", set(), "渠道 来源"),
        ("a" * 40, set(), "a" * 31),
        ("Guides", {"guides"}, "Guides 2"),
        ("a" * 31, {"a" * 31}, "a" * 29 + " 2"),
        ("", set(), "1"),
    ],
)
def test_a_sheet_is_named_as_excel_allows(wanted: str, taken: set[str], name: str) -> None:
    assert sheet_name(wanted, taken) == name


def test_csv_begins_with_a_byte_order_mark_and_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(file, Sheet("订单", ORDERS[:2], [["=1+1", Decimal("-0.50")], ["张三", None]]))

    assert path.read_bytes() == "\ufeff订单,金额\r\n'=1+1,-0.50\r\n张三,\r\n".encode()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\ufeff=1+1", "\u3000＝1+1", "＝1+1", "＋1", "－1", "＠A", "\t1", "\n=1"],
)
def test_no_cell_of_a_csv_file_is_a_formula_wherever_it_is_opened(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(file, Sheet("粉丝", [Column(text)], [[text]]))

    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [[f"'{text}"], [f"'{text}"]]

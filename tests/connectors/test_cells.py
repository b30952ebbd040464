"""Cells as people and shops write them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from connectors.cells import (
    Cell,
    CellError,
    Reading,
    read_amount,
    read_code,
    read_count,
    read_day,
    read_flag,
    read_instant,
    read_month,
    read_phone,
    read_text,
)

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (read_text, "\ufeff 张三\u3000", "张三"),
        (read_text, "--", None),
        (read_code, '="1234567890123456789"', "1234567890123456789"),
        (read_code, "'6901234567890\t", "6901234567890"),
        (read_code, 6901234567890.0, "6901234567890"),
        (read_phone, "186****1402", None),
        (read_phone, 13800001111.0, "13800001111"),
        (read_amount, "￥1,234.5", "1234.50"),
        (read_amount, "１２３．４０元", "123.40"),
        (read_amount, "499.00（系统计算中，该值仅供参考）", "499.00"),
        (read_amount, "1.2万", "12000.00"),
        (read_amount, 199.89999999999998, "199.90"),
        (read_amount, "-", None),
        (read_amount, "0", "0.00"),
        (read_count, "1.2万", 12000),
        (read_count, "3,400 张", 3400),
        (read_count, 12.0, 12),
        (read_day, "2026/11/5", "2026-11-05"),
        (read_day, "２０２６年１１月５日", "2026-11-05"),
        (read_day, "20261105", "2026-11-05"),
        (read_day, 20261105.0, "2026-11-05"),
        (read_day, 46331.0, "2026-11-05"),
        (read_day, date(2026, 11, 5), "2026-11-05"),
        (read_instant, "2026/11/5 9:30", "2026-11-05T09:30:00"),
        (read_instant, "2026-11-05T09:30:15", "2026-11-05T09:30:15"),
        (read_instant, "2026年11月5日9点30分", "2026-11-05T09:30:00"),
        (read_instant, "2026-11-05", "2026-11-05T00:00:00"),
        (read_instant, 46331.5, "2026-11-05T12:00:00"),
        (read_month, "2026年11月", "2026-11"),
        (read_month, "2026-11", "2026-11"),
        (read_month, "202611", "2026-11"),
        (read_flag, "是", True),
        (read_flag, "否", False),
        (read_flag, "", None),
    ],
)
def test_a_cell_is_read_as_it_was_meant(read: Callable[[Cell, Reading], Any], cell: Cell, value: Any) -> None:
    assert read(cell, Reading(TODAY)) == value


@pytest.mark.parametrize(
    ("read", "cell", "code"),
    [
        (read_code, "1.23457E+18", "digits_lost"),
        (read_code, 1.2345678901234568e18, "digits_lost"),
        (read_amount, "12.345", "bad_amount"),
        (read_amount, 12.345, "bad_amount"),
        (read_amount, "-5", "negative"),
        (read_amount, "约 300", "bad_number"),
        (read_amount, "1,23", "bad_number"),
        (read_count, "1.5", "bad_count"),
        (read_day, "2026-02-30", "bad_time"),
        (read_day, "昨天", "bad_time"),
        (read_day, 12.0, "bad_time"),
        (read_instant, "2026-11-05 25:00", "bad_time"),
        (read_flag, "也许", "bad_flag"),
    ],
)
def test_what_cannot_be_read_with_certainty_is_refused(
    read: Callable[[Cell, Reading], Any], cell: Cell, code: str
) -> None:
    with pytest.raises(CellError) as refused:
        read(cell, Reading(TODAY))

    assert refused.value.code == code


def test_a_day_without_a_year_is_the_newest_past_one_and_that_is_said() -> None:
    reading = Reading(TODAY)

    assert read_day("11月5日", reading) == "2026-11-05"
    assert read_day("12/31", reading) == "2025-12-31"
    assert reading.assumed == [date(2026, 11, 5), date(2025, 12, 31)]


def test_a_time_of_excel_is_read_to_the_second() -> None:
    cell = datetime.fromisoformat("2026-11-05 09:30:15.400000")

    assert read_instant(cell, Reading(TODAY)) == "2026-11-05T09:30:15"

"""What people type or paste is read as numbers, months and days, or left as it is for the cell to be marked."""

import pytest

from workplace.grid_blocks import shown
from workplace.grid_reading import read_day, read_month, read_number


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("120000", "120000"), ("120,000", "120000"), ("１２０，０００", "120000"), ("1.2万", "12000"),
        ("１．２万", "12000"),
        ("3亿", "300000000"), ("5%", "0.05"), ("５％", "0.05"), ("12.5 %", "0.125"), ("0.05", "0.05"),
        ("0.050", "0.050"),
        ("¥1,234.50", "1234.50"), ("￥６", "6"), (" 7 ", "7"), (".5", "0.5"), ("0", "0"), ("0.3千", "300"),
        ("100%", "1"), ("0.01%", "0.0001"),
    ],
)  # fmt: skip
def test_numbers(typed, read):
    assert read_number(typed) == read


@pytest.mark.parametrize("typed", ["", "abc", "1,2", "12,34", "1.2.3", "-1", "5%万", "约 3 万", "1e5", "十二", "."])
def test_what_is_no_number_stays(typed):
    assert read_number(typed) == typed


def test_months_and_days():
    assert [read_month(text) for text in ("2026-11", "2026/1", "2026年11月", "２０２６．１１", "2026-11-01")] == [
        "2026-11", "2026-01", "2026-11", "2026-11", "2026-11",
    ]  # fmt: skip
    assert [read_day(text) for text in ("2026/11/5", "2026年11月5日", "2026.11.05")] == ["2026-11-05"] * 3
    assert [read_day("11月5日"), read_month("11 月"), read_month("2026-11-15")] == ["11月5日", "11 月", "2026-11-15"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("count", 120000, "120,000"), ("rate", "0.05", "5%"), ("rate", "0.0125", "1.25%"), ("rate", "1", "100%"),
        ("decimal", "4.50", "4.5"), ("money", "33561.2", "33,561.20"), ("money", "12.00", "12"), ("count", None, "—"),
        ("rate", "abc", "abc"), ("rate", "NaN", "NaN"), ("text", "套", "套"),
    ],
)  # fmt: skip
def test_cells_read_as_people_write(kind, value, text):
    assert shown(kind, value) == text

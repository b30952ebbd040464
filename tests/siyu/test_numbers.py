"""Figures as people read them."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from siyu.numbers import cents, count, exact, money, percent


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        (None, "—", "—"),
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (10_000, "1.0万", "10,000"),
        (12_345, "1.2万", "12,345"),
        (12_350, "1.2万", "12,350"),
        (12_351, "1.2万", "12,351"),
        (99_999_999, "1.00亿", "99,999,999"),
        (99_990_000, "9,999.0万", "99,990,000"),
        (123_456_789, "1.23亿", "123,456,789"),
    ],
)
def test_counts(number, chinese, english):
    with override("zh-hans"):
        assert count(number) == chinese
    with override("en"):
        assert count(number) == english


@pytest.mark.parametrize(
    ("yuan", "expected"),
    [
        (None, "—"),
        ("0", "¥0.00"),
        ("1234.5", "¥1,234.50"),
        ("9999.99", "¥9,999.99"),
        ("12345.67", "¥1.2万"),
        ("-1403.74", "−¥1,403.74"),
        ("250000000", "¥2.50亿"),
    ],
)
def test_money(yuan, expected):
    with override("zh-hans"):
        assert money(yuan and Decimal(yuan)) == expected


@pytest.mark.parametrize(
    ("yuan", "expected"), [("9999.99", "¥9,999.99"), ("12345.67", "¥12,346"), ("-250000000", "−¥250,000,000")]
)
def test_money_in_english(yuan, expected):
    with override("en"):
        assert money(Decimal(yuan)) == expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(None, "—"), ("0", "0.0%"), ("0.0005", "0.1%"), ("0.12345", "12.3%"), ("1", "100.0%"), ("12.5", "1,250.0%")],
)
def test_ratios(ratio, expected):
    assert percent(ratio and Decimal(ratio)) == expected


def test_all_digits():
    assert [exact(n) for n in (None, 1234, Decimal("12345.6"), Decimal("-0.5"))] == ["—", "1,234", "12,345.60", "−0.50"]


def test_what_is_settled_is_said_to_the_cent():
    assert cents(Decimal("63123.4")) == "¥63,123.40"
    assert cents(Decimal(-5)) == "−¥5.00"

"""The tables of kpi/FORECAST.md, read from the page itself."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kpi.forecast import effective_reach, plan_of, round_half_up, table
from kpi.lines import band
from kpi.pace import due
from tests.kpi.plans import MIX, body, month

PAGE = (Path(__file__).resolve().parents[2] / "kpi" / "FORECAST.md").read_text(encoding="utf-8")


def rows_of(first_column: str) -> list[list[str]]:
    """The table whose first column is headed so."""
    block = re.search(rf"^\| {first_column} \|.*?(?=^$)", PAGE, re.DOTALL | re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()[2:]]


@pytest.mark.parametrize("row", rows_of("case"), ids=lambda row: row[0])
def test_tables_are_those_of_the_page(row):
    _, opening, delivered, elapsed, which, diverted, fans, gmv, guides = row
    shares = [Fraction(share) for share in elapsed.split(",")]
    two_channels = "channels" in row[0] or "sms" in delivered
    stated = [month(f"2026-{place + 1:02}", **(MIX if two_channels else {})) for place in range(len(shares))]
    plan = plan_of(body(*stated, opening_fans=int(opening)))
    reach = None
    if delivered:
        arrived = [dict(pair.split() for pair in part.split(",")) for part in delivered.split(";")]
        reach = [
            {c: effective_reach(n, int(came[c]), share) for c, n in each.promised_reach.items()}
            for each, came, share in zip(plan.months, arrived, shares, strict=True)
        ]
    found = table(plan, 25_000, reach)[int(which) - 1]
    assert (found.diverted_users, found.fans, found.gmv, found.guides) == (
        int(diverted), int(fans), Decimal(gmv), int(guides),
    )  # fmt: skip


@pytest.mark.parametrize("row", rows_of("better"))
def test_bands_are_those_of_the_page(row):
    better, *marks, cases = row
    lines = {n: Fraction(m) if m else None for n, m in zip(("fail", "normal", "good", "excess"), marks, strict=True)}
    for case in cases.split(","):
        value, expected = case.split()
        assert (band(Fraction(value), lines, better) or "—") == expected, case


@pytest.mark.parametrize(("days", "expected"), rows_of("ended days"))
def test_618_is_that_of_the_page(days, expected):
    june = [Fraction(weight) for weight in [1] * 15 + [10] * 3 + [1] * 12]
    assert round_half_up(due(Fraction(3_000_000), june, int(days)), 2) == Decimal(expected)

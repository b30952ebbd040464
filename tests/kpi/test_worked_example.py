"""The example of kpi/METRICS.md, read from the page itself: what it says there is what REST answers."""

import json
import re
from pathlib import Path

import pytest

from kpi.metrics import METRICS
from tests.kpi.sending import Desk, place_guides

PAGE = (Path(__file__).resolve().parents[2] / "kpi" / "METRICS.md").read_text(encoding="utf-8")
SHEET = {
    "valid_after_hours": 24,
    "gmv_rules": {"default": {"rule": "any_fan"}, "tmall": {"rule": "proof"}, "youzan": {"rule": "full"}},
}
WEEK = ("2026-01-05", "2026-01-11")


def events_of_page():
    block = re.search(r"```ndjson\n(.*?)```", PAGE, re.DOTALL)
    return [json.loads(line) for line in block[1].splitlines()]


def table_of(code):
    """{(cut, part): (numerator, denominator, value)} as the section of the indicator states them."""
    section = re.search(rf"^### `{code}`.*?(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)[0]
    table = section[section.index("| cut | part |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {(cut, part): figures for cut, part, *figures in rows}


def detail_of(code):
    section = re.search(rf"^### `{code}`.*?(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)[0]
    found = re.search(r"^`detail`: `(.*)`$", section, re.MULTILINE)
    return json.loads(found[1]) if found else None


def in_words(number):
    return "" if number is None else str(number)


def cut_short(value):
    """`0.6666…` for a value that goes on."""
    return f"{value[:6]}…" if len(value) > 12 else value


@pytest.fixture
def desk(acme, globex):
    """The example in one brand, and the same codes with other facts in the other, which must not show."""
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    other = Desk(globex)
    other.send([event for event in events_of_page() if event["type"] in ("fan.added", "fan.lost")])
    desk = Desk(acme, sheet=SHEET)
    desk.send(events_of_page())
    desk.keep("a1", [("2025-12-01T00:00:00+08:00", "Lin"), ("2026-01-07T12:00:00+08:00", "Mei")])
    return desk


@pytest.mark.parametrize("grain", ["week", "range"])
def test_figures_are_those_of_the_page(desk, grain):
    found = {code: {} for code in METRICS}
    for cut in ("", "guide", "account", "channel"):
        for row in desk.figures(grain, *WEEK, **({"by": cut} if cut else {}))["results"]:
            numbers = (row["numerator"], row["denominator"], cut_short(row["value"]))
            part = in_words(row[cut]) if cut else ""
            found[row["indicator"]][cut, part] = [in_words(number) for number in numbers]
    for code in METRICS:
        assert found[code] == table_of(code), code


def test_details_are_those_of_the_page(desk):
    for row in desk.figures("week", *WEEK)["results"]:
        assert row["detail"] == detail_of(row["indicator"])


def test_every_indicator_has_its_section():
    assert re.findall(r"^### `(\w+)`", PAGE, re.MULTILINE) == list(METRICS)

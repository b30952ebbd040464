"""The example of day totals in kpi/METRICS.md, read from the page itself: what it says there is what REST answers."""

import json
import re
from pathlib import Path

import pytest

from tests.kpi.sending import Desk, place_guides

PAGE = (Path(__file__).resolve().parents[2] / "kpi" / "METRICS.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("### The example of totals") :]
DAYS = ("02..02", "02..03", "04..04", "02..05")


def events_of_page():
    block = re.search(r"```ndjson totals\n(.*?)```", EXAMPLE, re.DOTALL)
    return [json.loads(line) for line in block[1].splitlines()]


def table_of(head):
    table = EXAMPLE[EXAMPLE.index(head) :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def in_words(number):
    text = "" if number is None else str(number)
    return f"{text[:6]}…" if len(text) > 12 else text


def days_of(text):
    first, last = text.split("..")
    return f"2026-02-{first}", f"2026-02-{last}"


@pytest.fixture
def desk(acme, globex):
    """The example in one brand, and other totals under the same codes in the other, which must not show."""
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    other = Desk(globex)
    other.send([{**event, "added": 999} for event in events_of_page() if event["type"] == "fans.day"])
    desk = Desk(acme)
    desk.send(events_of_page())
    desk.keep("a1", [("2025-12-01T00:00:00+08:00", "Lin")])
    return desk


def test_figures_are_those_of_the_page(desk):
    found = []
    for days in DAYS:
        for row in desk.figures("range", *days_of(days))["results"]:
            numbers = [in_words(row[name]) for name in ("numerator", "denominator", "value")]
            found.append([days, row["indicator"], *numbers, (row.get("totals") or {}).get("reads") or ""])
    assert found == table_of("| days | indicator |")


def test_cuts_are_those_of_the_page(desk):
    found = []
    for cut in ("guide", "account", "channel"):
        for row in desk.figures("range", "2026-02-02", "2026-02-03", by=cut)["results"]:
            numbers = [in_words(row[name]) for name in ("numerator", "denominator", "value")]
            found.append([cut, in_words(row[cut]), row["indicator"], *numbers])
    expected = table_of("| cut | part | indicator |")
    assert sorted(found) == sorted(expected)


def test_the_seam_is_told_by_group(desk):
    found = desk.figures("range", "2026-02-02", "2026-02-05")["totals"]
    week = {"period_start": "2026-02-02", "period_end": "2026-02-05"}
    assert found == [
        {"group": "fans", **week, "used": [["2026-02-02", "2026-02-03"]], "set_aside": [["2026-02-05", "2026-02-05"]],
         "missing": [["2026-02-04", "2026-02-04"]]},
        {"group": "service", **week, "used": [["2026-02-02", "2026-02-03"], ["2026-02-05", "2026-02-05"]],
         "set_aside": [], "missing": [["2026-02-04", "2026-02-04"]]},
        {"group": "orders", **week, "used": [["2026-02-02", "2026-02-03"]], "set_aside": [["2026-02-05", "2026-02-05"]],
         "missing": [["2026-02-04", "2026-02-04"]]},
    ]  # fmt: skip


def test_details_leave_null_what_totals_do_not_say(desk):
    by_code = {row["indicator"]: row for row in desk.figures("range", "2026-02-02", "2026-02-03")["results"]}
    assert by_code["diverted_users"]["detail"] == {"valid": None, "recalled": None}
    assert by_code["diverted_users"]["totals"] == {"reads": "additions", "days": 2, "missing": 0}
    gmv = by_code["gmv"]["detail"]
    assert (gmv["gross"], gmv["refunds"], gmv["orders"]) == ("980.00", "150.00", 6)
    assert {name for name, value in gmv.items() if value is None} == {
        "refunds_before_shipping", "refunds_after_receipt", "dual", "unbound", "before_added", "natural", "buyers",
    }  # fmt: skip


def test_a_project_of_events_says_nothing_of_totals(acme):
    desk = Desk(acme, code="p2")
    desk.send([{"type": "fan.added", "id": "1", "at": "2026-02-02T10:00:00", "fan": "Bea"}])
    answer = desk.figures("range", "2026-02-02", "2026-02-05")
    assert "totals" not in answer
    assert not [row for row in answer["results"] if "totals" in row]

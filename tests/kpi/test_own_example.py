"""The example of own indicators in kpi/METRICS.md, read from the page itself: what it says is what REST answers."""

import re

import pytest

from kpi.countings import COUNTINGS
from tests.factories import user_client
from tests.kpi.sending import Desk, place_guides
from tests.kpi.test_worked_example import PAGE, SHEET, WEEK, cut_short, events_of_page, in_words

CHAPTER = PAGE[PAGE.index("## Own indicators") :]


def rows_under(head):
    table = CHAPTER[CHAPTER.index(head) :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def side_of(words):
    """`valid` channel pkg."""
    if not words:
        return None
    count, *narrowed = words.replace("`", "").split()
    return {"count": count, **({narrowed[0]: narrowed[1]} if narrowed else {})}


def example():
    """[(numerator, denominator, {(cut, part): (counted, by, value)})]."""
    found = {}
    for numerator, denominator, cut, part, *figures in rows_under("| numerator | denominator | cut |"):
        found.setdefault((numerator, denominator), {})[cut, part] = figures
    return [(side_of(one), side_of(other), figures) for (one, other), figures in found.items()]


@pytest.fixture
def desk(acme, globex):
    """The example in one brand, the same codes with other facts in the other, which must not show."""
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    Desk(globex).send([event for event in events_of_page() if event["type"] in ("fan.added", "fan.lost")])
    desk = Desk(acme, sheet=SHEET)
    desk.send([*events_of_page(), {"type": "channel.day", "channel": "none", "date": "2026-03-01", "reached": 1}])
    desk.keep("a1", [("2025-12-01T00:00:00+08:00", "Lin"), ("2026-01-07T12:00:00+08:00", "Mei")])
    return desk


@pytest.mark.parametrize("grain", ["week", "range"])
def test_figures_are_those_of_the_page(acme, desk, grain):
    pm = user_client(acme, "owner")
    for place, (numerator, denominator, stated) in enumerate(example()):
        if place % 12 == 0:
            for row in pm.get(f"{desk.path}/indicators/").json():
                assert pm.delete(f"{desk.path}/indicators/{row['code']}/").status_code == 204
        body = {"name": f"第 {place} 项", "group": "result", "direction": "up", "numerator": numerator}
        made = pm.put(f"{desk.path}/indicators/i{place}/", {**body, "denominator": denominator})
        assert made.status_code == 201, made.content
        for cut in sorted({cut for cut, _ in stated}):
            rows = desk.figures(grain, *WEEK, indicator=f"i{place}", **({"by": cut} if cut else {}))["results"]
            found = {
                (cut, in_words(row[cut]) if cut else ""): [
                    in_words(number)
                    for number in (row["numerator"], row["denominator"], row["value"] and cut_short(row["value"]))
                ]
                for row in rows
            }
            assert found == {key: figures for key, figures in stated.items() if key[0] == cut}, (numerator, denominator)


def test_the_page_names_every_counting_and_its_cuts():
    stated = {}
    for codes, _, cuts, from_totals in rows_under("| counting | what | cut by |"):
        for code in re.findall(r"`(\w+)`", codes):
            stated[code] = (cuts, from_totals)
    made = {
        code: (", ".join(one.cuts), "" if one.group is None else "yes" if one.in_totals else "no")
        for code, one in COUNTINGS.items()
    }
    assert stated == made

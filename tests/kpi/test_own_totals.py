"""Own indicators over days that totals count, in the page's example of totals: what these state is counted and marked,
all else is unknown and says so. Worked out by hand."""

from datetime import date

import pytest

from kpi.countings import Selection
from kpi.own_indicators import Shape, count_shapes
from siyu.brands import enter_brand
from siyu.periods import Period
from tests.kpi.sending import Desk, place_guides
from tests.kpi.test_totals_example import days_of, events_of_page


@pytest.fixture
def desk(acme, globex):
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    Desk(globex).send([{**event, "added": 999} for event in events_of_page() if event["type"] == "fans.day"])
    desk = Desk(acme)
    desk.send(events_of_page())
    desk.keep("a1", [("2025-12-01T00:00:00+08:00", "Lin")])
    return desk


def side(words):
    count, *narrowed = words.split()
    return Selection(count, **({narrowed[0]: narrowed[1]} if narrowed else {}))


@pytest.mark.parametrize(
    ("days", "numerator", "denominator", "counted", "reads"),
    [
        ("02..02", "gmv", "orders", ("580.00", "4", "145.00"), "as_stated"),
        ("02..02", "gmv", "diverted", ("580.00", "15", "38.666"), "additions"),
        ("02..03", "cost", "orders", ("50.00", "6", "8.3333"), "as_stated"),
        ("02..02", "valid", "diverted", ("None", "15", "None"), "not_in_totals"),
        ("02..02", "seen", None, ("None", "None", "None"), "not_in_totals"),
        ("02..02", "dual", "gross", ("None", "680.00", "None"), "not_in_totals"),
        ("02..02", "gross platform tmall", None, ("None", "None", "None"), "not_in_totals"),
        ("05..05", "gross platform tmall", None, ("0.00", "None", "0.00"), "-"),
        ("04..04", "gmv", "orders", ("None", "None", "None"), "missing"),
        ("02..05", "orders", None, ("7", "None", "7"), "as_stated"),
        ("02..03", "diverted channel pkg", None, ("None", "None", "None"), "not_in_totals"),
        ("02..03", "reached channel sms", "reached", ("200", "380", "0.5263"), "-"),
        ("05..05", "inbound", "orders", ("None", "1", "None"), "not_in_totals"),
    ],
)
def test_what_totals_state_is_counted_and_the_rest_unknown(desk, days, numerator, denominator, counted, reads):
    period = Period(*map(date.fromisoformat, days_of(days)))
    shape = Shape("tried", side(numerator), side(denominator) if denominator else None)
    with enter_brand(desk.brand.schema_name):
        desk.project.refresh_from_db()  # the roll-up sets has_totals
        [[figure]] = count_shapes(desk.project, [(period, shape)], "range", [period])
    found = (str(figure.numerator), str(figure.denominator), str(figure.value)[: max(6, len(counted[2]))])
    assert (found, figure.totals.reads if figure.totals else "-") == (counted, reads)

"""The rows behind own indicators add up to both sides, whatever is counted, narrowed or cut, in two brands of the same
codes; who may not read figures reads no rows."""

from decimal import Decimal

import pytest

from kpi.countings import COUNTINGS, Selection
from kpi.own_rows import LISTED
from tests.factories import user_client
from tests.kpi.sending import Desk, place_guides
from tests.kpi.stories import CHANNELS, GUIDES, ZONES, Story
from tests.kpi.test_worked_example import SHEET, WEEK, events_of_page

RANGES = [("2025-12-01", "2026-02-20"), ("2026-01-05", "2026-01-11")]


def define(desk, code, numerator, denominator=None, **changes):
    body = {"name": code, "group": "result", "direction": "up", "numerator": numerator, "denominator": denominator}
    answer = user_client(desk.brand, "owner").put(f"{desk.path}/indicators/{code}/", {**body, **changes})
    assert answer.status_code == 201, answer.content


def sums(rows, side):
    amounts = [Decimal(row.get("amount", 1)) for row in rows if row[f"in_{side}"]]
    return sum(amounts, Decimal(0))


def assert_adds_up(desk, code, days, **cut):
    found = desk.rows(code, *days, **cut, page_size=7)
    for side in ("numerator", "denominator"):
        assert sums(found["results"], side) == Decimal(found[side] or 0), (code, side, days, cut)
    return found


@pytest.fixture
def desk(acme, globex):
    for brand in (acme, globex):
        place_guides(brand, "Lin", "Mei")
    Desk(globex).send([event for event in events_of_page() if event["type"] in ("fan.added", "order.paid")])
    desk = Desk(acme, sheet=SHEET)
    desk.send(events_of_page())
    desk.keep("a1", [("2025-12-01T00:00:00+08:00", "Lin"), ("2026-01-07T12:00:00+08:00", "Mei")])
    return desk


def test_every_counting_has_rows():
    assert set(LISTED) == set(COUNTINGS)


def test_of_the_example_both_sides_add_up(desk):
    """GMV of three orders: 100 + 80 + 20 − 30, divided by three orders, each a row of its own."""
    define(desk, "aov", {"count": "gmv"}, {"count": "orders"})
    found = assert_adds_up(desk, "aov", WEEK)
    assert (found["numerator"], found["denominator"], len(found["results"])) == ("170.00", 3, 7)
    above = sorted(row["amount"] for row in found["results"] if row["in_numerator"])
    assert above == ["-30.00", "100.00", "20.00", "80.00"]
    assert [row.get("amount") for row in found["results"] if row["in_denominator"]] == [None] * 3
    lin = assert_adds_up(desk, "aov", WEEK, guide="Lin")
    assert (lin["numerator"], lin["denominator"]) == ("70.00", 1)
    assert assert_adds_up(desk, "aov", WEEK, guide="")["numerator"] == "20.00"
    assert assert_adds_up(desk, "aov", WEEK, guide="nobody-of-that-code")["results"] == []


def test_what_is_narrowed_lists_that_channel_or_platform(desk):
    define(desk, "tmall", {"count": "gross", "platform": "tmall"}, {"count": "buyers", "platform": "tmall"})
    found = assert_adds_up(desk, "tmall", WEEK)
    assert (found["numerator"], found["denominator"]) == ("80.00", 1)
    define(desk, "pkg", {"count": "valid", "channel": "pkg"}, {"count": "diverted", "channel": "pkg"})
    found = assert_adds_up(desk, "pkg", WEEK)
    assert (found["numerator"], found["denominator"]) == (1, 2)


@pytest.mark.parametrize("zone", [ZONES[0], ZONES[3]])
def test_of_random_stories_every_counting_adds_up(acme, globex, zone):
    desks = []
    for seed, brand in enumerate((acme, globex)):
        place_guides(brand, *GUIDES)
        story = Story(seed + 40, zone)
        desk = Desk(brand, tz=zone, sheet=story.sheet)
        desk.send([*story.events, *story.late])
        desks.append(desk)
    sides = [
        *(Selection(code) for code in COUNTINGS),
        *(Selection(code, channel=CHANNELS[0]) for code, one in COUNTINGS.items() if one.of_channels),
        *(Selection(code, platform="tmall") for code, one in COUNTINGS.items() if one.of_orders),
    ]
    pairs = list(zip(sides[::2], sides[1::2], strict=False))
    for desk in desks:
        owner = user_client(desk.brand, "owner")
        for number, (one, other) in enumerate(pairs):
            code = f"i{number}"
            define(desk, code, one.stated(), other.stated())
            for days in RANGES:
                assert_adds_up(desk, code, days)
            for cut in owner.get(f"{desk.path}/indicators/{code}/").json()["cuts"]:
                parts = desk.figures("range", *RANGES[0], indicator=code, by=cut)["results"]
                for part in parts[:2]:
                    found = assert_adds_up(desk, code, RANGES[0], **{cut: part[cut] or ""})
                    assert (found["numerator"], found["denominator"]) == (part["numerator"], part["denominator"])
            assert owner.delete(f"{desk.path}/indicators/{code}/").status_code == 204


def test_the_version_that_counts_the_period_is_listed(desk, clock):
    clock("2026-01-20T10:00")
    define(desk, "aov", {"count": "gross"})
    answer = user_client(desk.brand, "owner").put(
        f"{desk.path}/indicators/aov/",
        {"name": "aov", "group": "result", "direction": "up", "numerator": {"count": "orders"},
         "effective_from": "2026-02"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert assert_adds_up(desk, "aov", WEEK)["numerator"] == "200.00"


def test_a_side_that_totals_leave_unknown_has_no_rows(desk):
    define(desk, "pair", {"count": "valid"}, {"count": "diverted"})
    total = {"guide": "Lin", "date": "2026-01-25", "added": 10, "lost": 2, "friends": 14, "chats": 5, "replied": 2,
             "orders": 3, "paid": "600.00", "refunds": "0"}  # fmt: skip
    answer = desk.client.put(f"{desk.path}/totals/", {"guides": [total], "channels": []})
    assert answer.status_code == 200, answer.content
    desk.roll_up()
    january = ("2026-01-01", "2026-01-31")
    found = desk.rows("pair", *january)
    rest = desk.figures("range", *january, indicator="pair")["results"][0]
    assert (found["numerator"], found["denominator"]) == (rest["numerator"], rest["denominator"])
    assert found["numerator"] is None
    assert not any(row["in_numerator"] for row in found["results"])


def test_who_may_read_them(desk):
    define(desk, "aov", {"count": "gmv"}, {"count": "orders"})
    asked = {"indicator": "aov", "start": WEEK[0], "end": WEEK[1]}
    for role, status in (("owner", 200), ("brand_sponsor", 200), ("finance", 403), ("brand_reviewer", 403)):
        client = user_client(desk.brand, role)
        assert client.get(f"{desk.path}/kpis/rows/", asked).status_code == status, role
    assert desk.client.get(f"{desk.path}/kpis/rows/", {**asked, "channel": "pkg"}).status_code == 200
    define(desk, "whole", {"count": "buyers"})
    refused = desk.client.get(f"{desk.path}/kpis/rows/", {**asked, "indicator": "whole", "guide": "Lin"})
    assert refused.status_code == 400
    assert desk.client.get(f"{desk.path}/kpis/rows/", {**asked, "indicator": "gone"}).status_code == 400

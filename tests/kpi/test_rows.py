"""The rows behind a figure add up to it exactly, whole and in every part of every cut."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from kpi.metrics import CUTS, METRICS
from tests.kpi.sending import Desk, place_guides
from tests.kpi.stories import DAYS, GUIDES, Story


@pytest.fixture
def desk(acme, globex):
    for brand, seed in ((globex, 4), (acme, 3)):
        place_guides(brand, *GUIDES)
        story = Story(seed, "America/New_York")
        desk = Desk(brand, tz="America/New_York", sheet=story.sheet)
        desk.send([*story.events, *story.late])
        for account, keepers in story.keepers.items():
            desk.keep(account, keepers)
    desk.first = story.origin.date() + timedelta(days=5)
    desk.last = story.origin.date() + timedelta(days=DAYS - 10)
    return desk


def summed(results, side):
    parts = [Decimal(str(row.get("amount", 1))) for row in results if row[f"in_{side}"]]
    return sum(parts, Decimal(0))


def stated(figure):
    return Decimal(str(figure or 0))


def assert_adds_up(desk, code, numerator, denominator, **cut):
    answer = desk.rows(code, desk.first, desk.last, page_size=7, **cut)
    assert (answer["numerator"], answer["denominator"]) == (numerator, denominator)
    assert summed(answer["results"], "numerator") == stated(numerator)
    assert summed(answer["results"], "denominator") == stated(denominator)
    rows = [(row["kind"], row["id"]) for row in answer["results"]]
    assert len(set(rows)) == len(rows)
    assert all(row["in_numerator"] or row["in_denominator"] for row in answer["results"])
    return set(rows)


def test_rows_add_up_to_the_figure(desk):
    for whole in desk.figures("range", desk.first, desk.last)["results"]:
        assert_adds_up(desk, whole["indicator"], whole["numerator"], whole["denominator"])


@pytest.mark.parametrize("by", CUTS)
def test_rows_of_each_part_add_up_and_make_the_whole(desk, by):
    parts = desk.figures("range", desk.first, desk.last, by=by)["results"]
    for code, metric in METRICS.items():
        if by not in metric.cuts:
            continue
        together = set()
        for part in parts:
            if part["indicator"] == code:
                cut = {by: part[by] or ""}
                rows = assert_adds_up(desk, code, part["numerator"], part["denominator"], **cut)
                assert not together & rows
                together |= rows
        whole = desk.rows(code, desk.first, desk.last, page_size=1000)["results"]
        assert together == {(row["kind"], row["id"]) for row in whole}


def test_what_has_no_cut_by_guide_has_no_rows_by_guide(desk):
    for by, code in product(("guide", "account"), ("diversion_rate", "cost_per_diverted_user")):
        answer = desk.client.get(
            f"{desk.path}/kpis/rows/", {"indicator": code, "start": desk.first, "end": desk.last, by: "x"}
        )
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{by}"]


def test_a_row_says_what_it_is(desk):
    for row in desk.rows("gmv", desk.first, desk.last)["results"]:
        assert set(row) == {"kind", "id", "fan", "at", "in_numerator", "in_denominator", "amount"}
        assert (row["kind"] == "order.refunded") == row["amount"].startswith("-")
    kinds = {row["kind"] for row in desk.rows("diversion_rate", desk.first, desk.last)["results"]}
    assert kinds == {"fan", "channel.day"}


def test_a_part_that_nothing_is_credited_to_has_no_rows(desk):
    answer = desk.rows("churn_rate", desk.first, desk.last, guide="nobody-of-that-name")
    assert (answer["numerator"], answer["denominator"], answer["results"]) == (0, 0, [])

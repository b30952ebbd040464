"""Day totals over REST: stated, corrected, refused, withdrawn, and set aside where events speak."""

import json

import pytest

from tests.factories import client_for
from tests.kpi.sending import Desk, place_guides

LIN = {"guide": "Lin", "date": "2026-02-02"}
WHOLE = {**LIN, "added": 10, "lost": 2, "friends": 1008, "chats": 50, "replied": 20,
         "orders": 3, "paid": "600.00", "refunds": "100.00"}  # fmt: skip


@pytest.fixture
def desk(acme, globex):
    place_guides(acme, "Lin", "Mei")
    place_guides(globex, "Nora")
    return Desk(acme)


def put(desk, guides=(), channels=()):
    answer = desk.client.put(f"{desk.path}/totals/", {"guides": list(guides), "channels": list(channels)})
    assert answer.status_code == 200, answer.content
    desk.roll_up()
    return answer.json()


def stated(desk, day="2026-02-02"):
    return desk.get("totals", start=day, end=day)


def value(desk, indicator, first="2026-02-02", last="2026-02-02"):
    [row] = desk.figures("range", first, last, indicator=indicator)["results"]
    return row["value"]


def test_rows_are_taken_and_given_back_as_they_were_stated(desk):
    channel = {"channel": "pkg", "date": "2026-02-02", "reached": 100, "cost": "30.00", "added": 8}
    account = put(desk, [WHOLE], [channel])
    assert (account["received"], account["accepted"], account["rejected"]) == (5, 5, 0)
    counts = {"fans": True, "service": True, "orders": True}
    assert stated(desk) == {
        "guides": [{**WHOLE, "counts": counts}],
        "channels": [{**channel, "counts": {"fans": True}}],
    }
    assert (value(desk, "diverted_users"), value(desk, "gmv"), value(desk, "diversion_rate")) == (
        "10",
        "500.00",
        "0.08",
    )


def test_a_guide_goes_by_name_too_and_whoever_is_unknown_is_named(desk):
    account = put(desk, [{**WHOLE, "guide": "ｌｉｎ "}, {**WHOLE, "guide": "Nora"}, {**WHOLE, "guide": "谁"}])
    assert [row["guide"] for row in stated(desk)["guides"]] == ["Lin"]
    assert [(error["pointer"], error["code"]) for error in account["errors"]] == [
        ("/guides/1/guide", "unknown_guide"), ("/guides/2/guide", "unknown_guide"),
    ]  # fmt: skip
    assert "谁" in account["errors"][1]["message"]
    assert (account["received"], account["accepted"], account["rejected"]) == (5, 3, 2)


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({**LIN, "added": 1}, "missing_field", "lost"),
        ({**LIN, "orders": 1, "paid": "5.00"}, "missing_field", "refunds"),
        ({**LIN, "chats": 3, "replied": 4}, "bad_value", "replied"),
        ({**LIN, "added": -1, "lost": 0}, "bad_value", "added"),
        ({**LIN, "added": "1", "lost": 0}, "bad_value", "added"),
        ({**LIN, "orders": 1, "paid": 5, "refunds": "0"}, "bad_amount", "paid"),
        ({**LIN, "date": "2026-02-30", "added": 1, "lost": 0}, "bad_time", "date"),
        ({**LIN, "date": "2999-01-01", "added": 1, "lost": 0}, "future_time", "date"),
    ],
)
def test_a_fact_at_fault_is_refused_and_the_rest_is_taken(desk, row, code, field):
    account = put(desk, [row, {**LIN, "guide": "Mei", "added": 4, "lost": 1}])
    [error] = account["errors"]
    assert (error["pointer"], error["code"]) == ("/guides/0", code)
    assert field in error["message"]
    assert (account["accepted"], account["rejected"]) == (1, 1)


def test_what_a_row_leaves_out_stays_and_what_it_says_replaces(desk):
    put(desk, [WHOLE], [{"channel": "pkg", "date": "2026-02-02", "reached": 100, "cost": "30.00"}])
    account = put(desk, [{**LIN, "orders": 4, "paid": "700.00", "refunds": "0"}],
                  [{"channel": "pkg", "date": "2026-02-02", "reached": 120}])  # fmt: skip
    assert account["replaced"] == 2
    found = stated(desk)
    assert found["guides"][0]["added"] == 10
    assert found["guides"][0]["paid"] == "700.00"
    assert (found["channels"][0]["reached"], found["channels"][0]["cost"]) == (120, "30.00")
    assert value(desk, "gmv") == "700.00"


def test_an_old_figure_stated_again_corrects_the_newer_one(desk):
    put(desk, [WHOLE])
    put(desk, [{**WHOLE, "added": 11}])
    put(desk, [WHOLE])
    assert value(desk, "diverted_users") == "10"


def test_undoing_the_batch_brings_back_what_was(desk):
    put(desk, [WHOLE])
    batch = put(desk, [{**WHOLE, "added": 99}, {**LIN, "guide": "Mei", "added": 5, "lost": 0}])["batch"]
    assert value(desk, "diverted_users") == "104"
    assert desk.client.post(f"{desk.path}/batches/{batch}/undo/").status_code == 200
    desk.roll_up()
    assert value(desk, "diverted_users") == "10"
    assert [row["guide"] for row in stated(desk)["guides"]] == ["Lin"]


def test_a_fact_is_withdrawn_by_its_guide_and_date(desk):
    put(desk, [{**LIN, "chats": 5, "replied": 3}])
    desk.send([{"type": "retract", "of": "service.day", **LIN}])
    assert stated(desk) == {"guides": [], "channels": []}
    assert "totals" not in desk.figures("range", "2026-02-02", "2026-02-02")


def test_one_event_sets_the_totals_of_its_group_aside_and_its_withdrawal_brings_them_back(desk):
    put(desk, [WHOLE, {**WHOLE, "guide": "Mei"}])
    order = {"type": "order.paid", "order": "o1", "at": "2026-02-02T10:00:00", "amount": "70.00"}
    desk.send([order])
    assert value(desk, "gmv") == "0.00"  # the order is nobody's; her total may hold it
    assert value(desk, "diverted_users") == "20"
    [orders] = [seam for seam in desk.figures("day", "2026-02-02", "2026-02-02")["totals"] if seam["group"] == "orders"]
    assert (orders["used"], orders["set_aside"]) == ([], [["2026-02-02", "2026-02-02"]])
    assert [row["counts"]["orders"] for row in stated(desk)["guides"]] == [False, False]
    desk.send([{"type": "retract", "of": "order.paid", "order": "o1"}])
    assert value(desk, "gmv") == "1000.00"


def test_opening_stock_sets_nothing_aside(desk):
    put(desk, [WHOLE])
    desk.send([{"type": "fan.added", "id": "1", "at": "2026-02-02T09:00:00", "fan": "Ann", "opening": True}])
    assert value(desk, "diverted_users") == "10"
    [row] = desk.figures("range", "2026-02-02", "2026-02-02", indicator="retention_rate")["results"]
    assert (row["numerator"], row["denominator"]) == (998, 1000)


def test_rows_behind_a_figure_name_the_days_that_have_none(desk):
    put(desk, [WHOLE])
    desk.send([{"type": "order.paid", "order": "o1", "at": "2026-02-03T10:00:00", "amount": "70.00", "platform": "x"},
               {"type": "fan.added", "id": "1", "at": "2026-02-03T09:00:00", "fan": "Ann"}])  # fmt: skip
    gmv = desk.rows("gmv", "2026-02-02", "2026-02-03")
    assert (gmv["numerator"], gmv["results"]) == ("500.00", [])
    assert gmv["totals"]["without_rows"] == [["2026-02-02", "2026-02-02"]]
    assert "1" in gmv["totals"]["detail"]
    added = desk.rows("diverted_users", "2026-02-02", "2026-02-03")
    assert (added["numerator"], [row["id"] for row in added["results"]]) == (11, ["Ann"])
    assert desk.rows("retention_rate", "2026-02-02", "2026-02-03")["results"] == []
    assert "totals" not in desk.rows("gmv", "2026-02-03", "2026-02-03")


def test_only_who_may_send_events_states_totals(desk, acme):
    reader = client_for(acme, ["kpis:read"])
    assert reader.get(f"{desk.path}/totals/", {"start": "2026-02-02", "end": "2026-02-02"}).status_code == 403
    assert reader.put(f"{desk.path}/totals/", {"guides": []}).status_code == 403


def test_a_field_that_is_none_is_named(desk):
    answer = desk.client.put(f"{desk.path}/totals/", {"guides": [{**LIN, "fans": 1}]})
    assert answer.status_code == 400
    assert "fans" in json.dumps(answer.json())

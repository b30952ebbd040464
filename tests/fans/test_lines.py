"""Which lines are refused, with which code and field; and which spellings say the same."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.fans.sending import DAY, Source, added, at, lost, moved, paid, rated, refunded, retract, wrote

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(acme):
    return Source(acme)


def refusals(source, cases):
    """{case: (code, field that the message names)} of the lines refused, all sent in one body."""
    sent = list(cases)
    body = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in cases.values())
    account = source.send(body, HTTP_ACCEPT_LANGUAGE="en")
    found = {}
    for error in account["errors"]:
        case = sent[error["line"] - 1]
        words = error["message"].replace(":", " ").split()
        field = words[words.index("Field") + 1] if "Field" in words else ""
        found[case] = (error["code"], field)
    assert account["rejected"] == len(account["errors"])
    return found


def without(line, *names):
    return {name: value for name, value in line.items() if name not in names}


KOC = {"type": "koc.post", "post": "p", "at": at(0), "platform": "xhs"}
REACH = {"type": "channel.day", "channel": "c", "date": DAY, "reached": 1}
SALES = {"type": "brand.sales", "month": "2026-03", "amount": "1"}
EACH = {
    "fan.added": (added("f"), ("id", "at", "fan")),
    "fan.lost": (lost("f"), ("id", "at", "fan", "by")),
    "assignment": (moved("f", "a"), ("id", "at", "fan", "to")),
    "interaction": (wrote("f"), ("id", "at", "fan", "direction", "kind")),
    "rating": (rated("f", 5), ("id", "at", "fan", "score")),
    "order.paid": (paid("o"), ("order", "at", "amount")),
    "order.refunded": (refunded("o", "1"), ("id", "at", "order", "amount", "stage")),
    "channel.day": (REACH, ("channel", "date")),
    "koc.post": (KOC, ("post", "at", "platform")),
    "brand.sales": (SALES, ("month", "amount")),
}


def test_every_required_field_that_is_absent_or_empty_is_missing(source):
    cases, expected = {}, {}
    for kind, (line, required) in EACH.items():
        for name in required:
            variants = {"absent": without(line, name), "empty": {**line, name: ""}, "null": {**line, name: None}}
            if name == "to":
                del variants["null"]  # nobody
            for how, variant in variants.items():
                cases[kind, name, how] = variant
                expected[kind, name, how] = ("missing_field", name)
    assert refusals(source, cases) == expected


def test_a_retract_needs_a_type_and_its_identity(source):
    cases = {
        "no of": {"type": "retract", "id": "x"},
        "odd of": {"type": "retract", "of": "fan", "id": "x"},
        "of a list": {"type": "retract", "of": ["fan.added"], "id": "x"},
        "of itself": {"type": "retract", "of": "retract", "id": "x"},
        "no id": retract("fan.added"),
        "no order": retract("order.paid", "x"),
        "no post": retract("koc.post", "x"),
        "no date": retract("channel.day", channel="c"),
        "no channel": retract("channel.day", date=DAY),
        "no month": retract("brand.sales"),
        "odd date": retract("channel.day", channel="c", date="2026-02-30"),
        "never sent": retract("fan.added", "x"),
    }
    assert refusals(source, cases) == {
        "no of": ("missing_field", "of"),
        "odd of": ("bad_value", "of"),
        "of a list": ("bad_value", "of"),
        "of itself": ("bad_value", "of"),
        "no id": ("missing_field", "id"),
        "no order": ("missing_field", "order"),
        "no post": ("missing_field", "post"),
        "no date": ("missing_field", "date"),
        "no channel": ("missing_field", "channel"),
        "no month": ("missing_field", "month"),
        "odd date": ("bad_time", "date"),
        "never sent": ("unknown_event", ""),
    }


def test_types_are_known_by_name_alone(source):
    cases = {
        "none": {"id": "x"},
        "null": {"type": None},
        "empty": {"type": ""},
        "other": {"type": "fan.gone"},
        "capitals": {**added("f"), "type": "Fan.Added"},
        "number": {**added("f"), "type": 1},
        "list": {**added("f"), "type": []},
    }
    missing = dict.fromkeys(("none", "null", "empty"), ("missing_field", "type"))
    assert refusals(source, cases) == {
        **missing, **dict.fromkeys(("other", "capitals", "number", "list"), ("unknown_type", "")),
    }  # fmt: skip


def test_values_of_the_wrong_kind_or_outside_their_set_or_range_are_bad_values(source):
    bad = {
        "fan.added": {"fan": [5, ["f"], {}, True], "tie": ["Friend", 1], "opening": ["true", 1, 0], "name": [5],
                      "phone": [13800138000], "kind": ["vip"], "guide": [7]},
        "fan.lost": {"by": ["me", 1], "cause": ["died"], "tie": ["all"]},
        "assignment": {"to": [5, False], "from": [5, []], "reason": [5]},
        "interaction": {"direction": ["IN", 1], "kind": ["call", ["message"]]},
        "rating": {"score": [0, 6, "5", 4.0, 4.5, True, 10**30, -1]},
        "order.paid": {"dual": ["yes", 1], "proof": ["photo"], "platform": [1], "touch": [1]},
        "order.refunded": {"stage": ["later"]},
        "channel.day": {"reached": [-1, "5", 1.0, 10**12 + 1, 10**30, True], "paid_by": [1]},
        "koc.post": {"views": [-1, "1"], "url": [1]},
    }  # fmt: skip
    cases = {
        (kind, name, repr(value)): {**EACH[kind][0], name: value}
        for kind, fields in bad.items()
        for name, values in fields.items()
        for value in values
    }
    assert refusals(source, cases) == {case: ("bad_value", case[1]) for case in cases}


def test_text_that_cannot_be_kept_is_a_bad_value(source):
    cases = {
        "NUL": {**added("f"), "name": "a\0b"},
        "NUL in a code": {**added("f"), "fan": "\0"},
        "lone surrogate": {**added("f"), "name": "\ud800"},
        "surrogate in an id": {**added("f"), "id": "x\udfff"},
    }
    assert refusals(source, cases) == {
        "NUL": ("bad_value", "name"),
        "NUL in a code": ("bad_value", "fan"),
        "lone surrogate": ("bad_value", "name"),
        "surrogate in an id": ("bad_value", "id"),
    }


def test_a_refused_id_comes_back_showable(source):
    [error] = source.send({**added("f", id="x\udfff\0y")})["errors"]
    assert (error["line"], error["id"]) == (1, "x?y")


def test_an_order_goes_by_its_number_even_where_a_line_has_an_id_too(source):
    account = source.send({**paid("o1", amount="-1"), "id": "x"}, {**KOC, "id": "x", "platform": ""})
    assert [error["id"] for error in account["errors"]] == ["o1", "p"]


LIMITS = {
    ("fan.added", "id"): 128, ("fan.added", "fan"): 128, ("fan.added", "guide"): 128, ("fan.added", "channel"): 128,
    ("fan.added", "group"): 128, ("fan.added", "referrer"): 128, ("fan.added", "koc_post"): 128,
    ("fan.added", "unionid"): 128, ("fan.added", "source"): 128, ("fan.added", "name"): 200,
    ("fan.added", "phone"): 64, ("assignment", "reason"): 1000, ("order.paid", "order"): 128,
    ("order.paid", "touch"): 128, ("koc.post", "url"): 2000, ("channel.day", "channel"): 128,
}  # fmt: skip


def test_text_may_be_as_long_as_its_limit_and_no_longer(source):
    """A limit counts characters, whatever they take in bytes."""
    fits = {case: {**EACH[case[0]][0], case[1]: "纸" * limit} for case, limit in LIMITS.items()}
    longer = {(*case, "longer"): {**EACH[case[0]][0], case[1]: "纸" * (n + 1)} for case, n in LIMITS.items()}
    assert refusals(source, {**fits, **longer}) == {case: ("too_long", case[1]) for case in longer}


def test_amounts_are_decimal_strings_of_yuan(source):
    good = ["0", "0.0", "10", "10.5", "10.50", "999999999999.99", "007"]
    bad = ["-1", "-0", "+1", "1.", ".5", "1.005", "1000000000000", "1e3", "NaN", "Infinity", "1,000", " 1", "1 ", "１",
           "1\n", "¥1", 10, 10.5, True, [], {}]  # fmt: skip
    cases = {repr(value): paid(f"o{i}", value) for i, value in enumerate([*good, *bad])}
    assert refusals(source, cases) == {repr(value): ("bad_amount", "amount") for value in bad}


def test_a_cost_may_be_left_open_but_not_be_nonsense(source):
    cases = {"open": {**REACH, "cost": None}, "nonsense": {**REACH, "cost": "much"}}
    assert refusals(source, cases) == {"nonsense": ("bad_amount", "cost")}


def test_instants_are_rfc_3339_and_may_lack_an_offset(source):
    good = ["2026-01-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01 00:00:00", "2026-01-01T00:00+08:00",
            "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00-23:59", "0001-01-03T00:00:00Z"]  # fmt: skip
    bad = ["2026-01-01", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
           "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "20260101T000000Z", "2026-W01-1T00:00:00", "yesterday",
           "２026-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", 1767225600, True,
           []]  # fmt: skip
    cases = {repr(value): {**added("f", id=f"x{i}"), "at": value} for i, value in enumerate([*good, *bad])}
    assert refusals(source, cases) == {repr(value): ("bad_time", "at") for value in bad}


def test_dates_and_months_are_plain_ones_that_exist(source):
    dates = {repr(value): {**REACH, "date": value} for value in ("2026-2-1", "2026-02-30", "2026-02-01T00:00", 5, "x")}
    months = {repr(value): {**SALES, "month": value} for value in ("2026", "2026-13", "2026-1", "2026-01-01", 202601)}
    assert refusals(source, {**dates, **months}) == {
        **dict.fromkeys(dates, ("bad_time", "date")), **dict.fromkeys(months, ("bad_time", "month")),
    }  # fmt: skip


def test_what_lies_more_than_a_day_ahead_is_refused(source):
    now = datetime.now(UTC)
    soon, late = now + timedelta(hours=23, minutes=59), now + timedelta(hours=24, minutes=1)
    later = now + timedelta(days=40)
    cases = {
        "soon": {**added("f"), "at": soon.isoformat()},
        "late": {**added("f"), "at": late.isoformat()},
        "late day": {**REACH, "date": f"{later:%Y-%m-%d}"},
        "late month": {**SALES, "month": f"{later:%Y-%m}"},
        "retract of a late day": retract("channel.day", channel="c", date=f"{later:%Y-%m-%d}"),
    }
    assert refusals(source, cases) == {
        "late": ("future_time", "at"),
        "late day": ("future_time", "date"),
        "late month": ("future_time", "month"),
        "retract of a late day": ("future_time", "date"),
    }


def test_what_is_no_json_object_is_bad_json(source):
    good = json.dumps(added("f")).encode()
    cases = {
        "text": b"hello", "number": b"5", "null": b"null", "array": b"[" + good + b"]", "cut": good[:-1],
        "more after": good + b" {}", "single quotes": b"{'type': 'x'}", "NaN": b'{"type": NaN}',
        "control character": b'{"type": "a\x01"}', "UTF-16": good.decode().encode("utf-16"),
        "bad UTF-8": good.replace(b"+f", b"\xff"), "deep": b'{"a":' * 100_00 + b"1" + b"}" * 100_00,
        "GBK": json.dumps({"name": "王"}, ensure_ascii=False).encode("gbk"),
    }  # fmt: skip
    cases = {name: line.replace(b"\n", b"") for name, line in cases.items()}
    assert refusals(source, cases) == dict.fromkeys(cases, ("bad_json", ""))


def test_json_that_is_odd_and_allowed_is_read(source):
    line = json.dumps(added("f"))[:-1]
    cases = [line + end for end in (', "x": 1e999}', f', "x": {"9" * 5000}}}', ', "x": "\\ud800"}', ', "fan": "g"}')]
    assert source.count("\n".join(cases).encode() + b"\n") == {"accepted": 1, "duplicates": 2, "replaced": 1}


def test_huge_numbers_are_bad_values_of_their_field(source):
    line = json.dumps(without(rated("f", 5), "score"))[:-1]
    cases = {number: f'{line}, "score": {number}}}'.encode() for number in ("1e999", "9" * 5000, "-" + "9" * 40)}
    assert refusals(source, cases) == dict.fromkeys(cases, ("bad_value", "score"))


def test_a_line_may_have_64_kib_and_no_more(source):
    def line(size, id):
        short = json.dumps({**added("f", id=id), "x": ""})
        return (short[:-2] + "x" * (size - len(short)) + '"}').encode()

    cases = {"fits": line(65536, "a"), "fits, CRLF": line(65536, "b") + b"\r", "longer": line(65537, "c"),
             "far longer": line(300_000, "d"), "after": line(200, "e")}  # fmt: skip
    assert refusals(source, cases) == {"longer": ("bad_json", ""), "far longer": ("bad_json", "")}


def test_blank_lines_count_in_line_numbers_and_for_nothing_else(source):
    body = b"\n \r\n" + json.dumps(added("f")).encode() + b"\r\n\t\n{}"
    account = source.send(body)
    assert (account["received"], account["accepted"]) == (2, 1)
    assert [error["line"] for error in account["errors"]] == [5]


def test_a_byte_order_mark_is_no_part_of_the_first_line(source):
    assert source.count(b"\xef\xbb\xbf" + json.dumps(added("f")).encode()) == {"accepted": 1}
    body = b"\xef\xbb\xbf" + json.dumps([added("g")]).encode()
    assert source.count(body, kind="application/json") == {"accepted": 1}


SAME = {
    "instants": (
        added("f", 9, id="i", guide="a"),
        [{"at": "2026-03-02T01:00:00Z"}, {"at": "2026-03-02T09:00:00"}, {"at": "2026-03-02 09:00"},
         {"at": "2026-03-01T20:00:00.000-05:00"}],
    ),
    "defaults": (
        added("f", id="d"),
        [{"tie": "friend"}, {"tie": None}, {"tie": ""}, {"opening": False}, {"opening": None}, {"guide": ""},
         {"guide": None}, {"phone": ""}, {"kind": ""}, {"unheard_of": 5}],
    ),
    "amounts": (paid("o", "10"), [{"amount": "10.0"}, {"amount": "10.00"}, {"amount": "010"}, {"dual": False}]),
    "ids that do not matter": (paid("p"), [{"id": "1"}, {"id": "2"}]),
    "reach": (REACH, [{"cost": None}, {"cost": ""}, {"id": "x"}]),
    "sales": (SALES, [{"amount": "1.00"}, {"id": "x"}]),
    "decision from whoever holds her": (moved("f", None, id="m"), [{"from": ""}]),
    "decision from nobody": (moved("f", "a", id="n", **{"from": None}), [{}]),
}  # fmt: skip


def test_equal_content_in_other_spelling_is_a_duplicate(source):
    account = source.send(*(line for line, _ in SAME.values()))
    assert account["rejected"] == 0
    others = [{**line, **change} for line, changes in SAME.values() for change in changes]
    assert source.count(*others) == {"duplicates": len(others)}


def test_other_content_is_a_correction_however_near(source):
    near = [
        (moved("f", "a", id="m"), {"from": None}),  # whoever holds her, or nobody
        (moved("f", "a", id="n"), {"to": None}),
        (added("f", id="p", phone="13800138000"), {"phone": "138 0013 8000"}),
        (added("f", id="q", name="a"), {"name": "A"}),
        (added("f", 9, id="t"), {"at": "2026-03-02T09:00:00.000001+08:00"}),
        ({**REACH, "reached": 0}, {"reached": None}),
    ]
    source.send(*(line for line, _ in near))
    assert source.count(*({**line, **change} for line, change in near)) == {"replaced": len(near)}


def test_the_same_id_names_another_event_under_another_type(source):
    assert source.count(added("f", id="x"), wrote("f", 1, id="x"), rated("f", 5, 1, id="x")) == {"accepted": 3}


def test_no_account_of_a_refusal_holds_a_name_or_a_phone(source):
    bad_phone = {**added("f"), "phone": 13800138000, "name": "王小明"}
    answer = source.post([bad_phone, {**paid("o"), "at": "x", "phone": "13800138000"}])
    assert answer.json()["rejected"] == 2
    assert b"13800138000" not in answer.content
    assert "王小明" not in answer.content.decode()

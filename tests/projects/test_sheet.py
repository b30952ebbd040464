"""What a definition sheet may say, field by field."""

import pytest

from projects.sheet import default_sheet, digest, read_sheet

DEFAULTS = {
    "counting_ties": ["friend"],
    "valid_after_hours": 24,
    "judge_diverted": "gross",
    "gmv_rules": {"default": {"rule": "any_fan"}},
}


def flaws_of(body, model="private_chat"):
    return [(flaw.pointer, flaw.code) for flaw in read_sheet(body, model)[1]]


def test_absent_fields_take_the_defaults():
    assert read_sheet({}, "private_chat") == (DEFAULTS, [])
    assert read_sheet({}, "community") == ({**DEFAULTS, "counting_ties": ["friend", "group"]}, [])


def test_a_platforms_rules_stand_beside_the_default_rule():
    rules = {"tmall": {"rule": "proof"}, "jd": {"rule": "window", "days": 7}, "店/铺~": {"rule": "present"}}
    sheet, flaws = read_sheet({"gmv_rules": rules}, "private_chat")
    assert flaws == []
    assert sheet["gmv_rules"] == {
        "default": {"rule": "any_fan"},
        "tmall": {"rule": "proof"},
        "jd": {"rule": "window", "days": 7},
        "店/铺~": {"rule": "present", "grace_days": 0},
    }


def test_the_default_rule_can_be_replaced():
    sheet, _ = read_sheet({"gmv_rules": {"default": {"rule": "full"}}}, "private_chat")
    assert sheet["gmv_rules"] == {"default": {"rule": "full"}}


def test_equal_sheets_have_one_digest_however_they_were_written():
    one, _ = read_sheet({"counting_ties": ["group", "friend"], "valid_after_hours": 24}, "private_chat")
    other, _ = read_sheet({"counting_ties": ["friend", "group", "group"]}, "private_chat")
    assert digest(one) == digest(other) == digest(read_sheet({}, "community")[0])
    assert digest(default_sheet("private_chat")) != digest(one)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], [("", "bad_value")]),
        ("text", [("", "bad_value")]),
        ({"countingties": ["friend"]}, [("/countingties", "unknown_field")]),
        ({"a/b~c": 1}, [("/a~1b~0c", "unknown_field")]),
        ({"\ud800": 1}, [("/?", "unknown_field")]),
        ({"counting_ties": []}, [("/counting_ties", "bad_value")]),
        ({"counting_ties": "friend"}, [("/counting_ties", "bad_value")]),
        ({"counting_ties": ["friend", "enemy"]}, [("/counting_ties/1", "bad_value")]),
        ({"counting_ties": [{}]}, [("/counting_ties/0", "bad_value")]),
        ({"valid_after_hours": -1}, [("/valid_after_hours", "bad_value")]),
        ({"valid_after_hours": 8761}, [("/valid_after_hours", "bad_value")]),
        ({"valid_after_hours": True}, [("/valid_after_hours", "bad_value")]),
        ({"valid_after_hours": "24"}, [("/valid_after_hours", "bad_value")]),
        ({"valid_after_hours": 24.0}, [("/valid_after_hours", "bad_value")]),
        ({"judge_diverted": "net"}, [("/judge_diverted", "bad_value")]),
        ({"judge_diverted": None}, [("/judge_diverted", "bad_value")]),
        ({"gmv_rules": []}, [("/gmv_rules", "bad_value")]),
        ({"gmv_rules": {"jd": "full"}}, [("/gmv_rules/jd", "bad_value")]),
        ({"gmv_rules": {"jd": {}}}, [("/gmv_rules/jd/rule", "missing_field")]),
        ({"gmv_rules": {"jd": {"rule": "most"}}}, [("/gmv_rules/jd/rule", "bad_value")]),
        ({"gmv_rules": {"jd": {"rule": ["full"]}}}, [("/gmv_rules/jd/rule", "bad_value")]),
        ({"gmv_rules": {"jd": {"rule": "window"}}}, [("/gmv_rules/jd/days", "missing_field")]),
        ({"gmv_rules": {"jd": {"rule": "window", "days": 0}}}, [("/gmv_rules/jd/days", "bad_value")]),
        ({"gmv_rules": {"jd": {"rule": "full", "days": 1}}}, [("/gmv_rules/jd/days", "unknown_field")]),
        ({"gmv_rules": {"jd": {"rule": "present", "grace_days": -1}}}, [("/gmv_rules/jd/grace_days", "bad_value")]),
        ({"gmv_rules": {"jd": {"rule": "window", "days": 1, "grace_days": 1}}},
         [("/gmv_rules/jd/grace_days", "unknown_field")]),
        ({"gmv_rules": {"": {"rule": "full"}}}, [("/gmv_rules/", "bad_value")]),
        ({"gmv_rules": {"x" * 129: {"rule": "full"}}}, [("/gmv_rules/" + "x" * 129, "bad_value")]),
        ({"gmv_rules": {"a\0": {"rule": "full"}}}, [("/gmv_rules/a\0", "bad_value")]),
        ({"gmv_rules": {"\ud800": {"rule": "full"}}}, [("/gmv_rules/?", "bad_value")]),
        ({"valid_after_hours": -1, "x": 1}, [("/x", "unknown_field"), ("/valid_after_hours", "bad_value")]),
    ],
)  # fmt: skip
def test_every_flaw_is_named_by_its_place(body, expected):
    assert flaws_of(body) == expected

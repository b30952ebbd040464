"""Every sentence that a sheet can say."""

import pytest

from projects.sheet import default_sheet, read_sheet
from projects.sheet_words import sentences, words
from tests.factories import client_for

FRIENDS = "A fan is a friend of a service account."


def said(**body):
    sheet, flaws = read_sheet(body, "private_chat")
    assert not flaws
    return sentences(sheet)


def test_the_default_sheet_in_words():
    assert words(default_sheet("private_chat")) == {
        "zh": [
            "粉丝：企微号的好友。仅仅是社群的成员、公众号的关注者的不算。",
            "有效新增：首次加入后 24 小时内没有流失的新增用户。",
            "导流总用户数按全部新增考核。",
            "各平台：买家付款前已加过粉丝的订单计入 GMV，之后流失也计入。",
        ],
        "en": [
            f"{FRIENDS} Being only a member of a group or a follower of the official account does not count.",
            "A diverted user is valid if she is not lost within 24 hours of her first addition.",
            "Diverted users are judged by all of them.",
            "On every platform, an order counts as GMV if its buyer had become a fan before she paid, "
            "even if she was lost since.",
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ties", "chinese", "english"),
    [
        (
            ["friend", "group"], "粉丝：企微号的好友，或社群的成员。仅仅是公众号的关注者的不算。",
            "A fan is a friend of a service account, or a member of a group. "
            "Being only a follower of the official account does not count.",
        ),
        (
            ["friend", "group", "official"], "粉丝：企微号的好友，或社群的成员，或公众号的关注者。",
            "A fan is a friend of a service account, or a member of a group, or a follower of the official account.",
        ),
    ],
)  # fmt: skip
def test_who_is_a_fan(ties, chinese, english):
    assert said(counting_ties=ties)[0] == (chinese, english)


def test_which_addition_is_valid_and_which_are_judged():
    assert said(valid_after_hours=0)[1] == ("有效新增：每一位新增用户。", "Every diverted user is a valid one.")
    assert said(judge_diverted="valid")[2] == (
        "导流总用户数按有效新增考核。", "Diverted users are judged by the valid ones.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        (
            {"rule": "full"}, "所有订单计入 GMV，买家不是粉丝也计入。",
            "every order counts as GMV, whoever the buyer is.",
        ),
        ({"rule": "none"}, "订单不计入 GMV。", "no order counts as GMV."),
        (
            {"rule": "present"}, "买家付款时是粉丝的订单计入 GMV。",
            "an order counts as GMV if its buyer is a fan when she pays.",
        ),
        (
            {"rule": "present", "grace_days": 7}, "买家付款时是粉丝、或流失未满 7 天（7 × 24 小时）的订单计入 GMV。",
            "an order counts as GMV if its buyer is a fan when she pays, or was lost less than 7 × 24 hours before.",
        ),
        (
            {"rule": "proof"}, "买家加过粉丝、且带有凭证（链接、优惠券、口令或群）的订单计入 GMV。",
            "an order counts as GMV if its buyer had become a fan and it carries a proof "
            "(link, coupon, code or group).",
        ),
        (
            {"rule": "window", "days": 3}, "买家加过粉丝、且付款前 3 天（3 × 24 小时）内收到过触达的订单计入 GMV。",
            "an order counts as GMV if its buyer had become a fan and was contacted within the 3 × 24 hours before.",
        ),
    ],
)  # fmt: skip
def test_which_order_is_gmv(rule, chinese, english):
    *_, default, tmall = said(gmv_rules={"tmall": rule})
    assert default.chinese.startswith("其他平台：")
    assert default.english.startswith("On all other platforms, ")
    assert tmall == (f"平台「tmall」：{chinese}", f"On the platform “tmall”, {english}")


def test_rest_answers_the_words_and_takes_its_own_answer_back(acme, project):
    key = client_for(acme, ["contract:write"])
    answer = key.get("/api/v1/projects/p1/definitions/").json()
    assert answer["words"] == words(default_sheet("private_chat"))
    assert key.put("/api/v1/projects/p1/definitions/", answer).json() == answer

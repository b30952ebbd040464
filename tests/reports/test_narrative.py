"""Sentences about what stands beside the ten: what is said, whose it is, from which numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest

from reports import narrative
from reports.bridge import Buying, Expected, Stand, bridge
from tests.reports.test_summary import said


def step(name, amount, side=None, **numbers):
    return {"step": name, "amount": amount, "side": side, **numbers}


def test_the_way_from_forecast_to_actual_tells_what_moved_most():
    found = {
        "actual": "800000.00", "forecast": "1000000.00", "gap": "-200000.00",
        "steps": [
            step("traffic", "-150000.00", "brand"),
            step("stock", "20.00", actual=4000, expected=3990),
            step("conversion", "-90000.50", "agency", actual=1200, expected=2400),
            step("retention", "0.00", "agency", actual=5, expected=5),
            step("basket", "40000.50", actual="119.98", expected="100.00"),
        ],
    }  # fmt: skip
    assert said(narrative.tell_bridge, {"bridge": found}) == [
        (
            "bridge",
            None,
            "GMV ¥800,000.00，预测 ¥1,000,000.00，少 ¥200,000.00",
            "GMV ¥800,000.00, forecast ¥1,000,000.00: ¥200,000.00 less",
        ),
        (
            "bridge:traffic",
            "brand",
            "品牌方触达未达承诺，GMV 少 ¥150,000.00 — 品牌方",
            "GMV ¥150,000.00 less: the brand's reach fell short of its promise (brand)",
        ),
        (
            "bridge:conversion",
            "agency",
            "导流 1,200 人，按实际触达应有 2,400 人，GMV 少 ¥90,000.50 — 代运营方",
            "GMV ¥90,000.50 less: 1,200 diverted where the reach that came should bring 2,400 (agency)",
        ),
        (
            "bridge:basket",
            None,
            "客单价 ¥119.98，上月 ¥100.00，GMV 多 ¥40,000.50",
            "GMV ¥40,000.50 more: an average order of ¥119.98, the month before ¥100.00",
        ),
    ]


@pytest.mark.parametrize(
    ("found", "side", "zh", "en"),
    [
        (
            step("stock", "-60.00", actual=3990, expected=4000),
            None,
            "月初粉丝 3,990 人，应有 4,000 人，GMV 少 ¥60.00",
            "GMV ¥60.00 less: 3,990 fans at the start where 4,000 were expected",
        ),
        (
            step("retention", "-3.00", "agency", actual=1, expected=0),
            "agency",
            "净流失 1 人，应为 0 人，GMV 少 ¥3.00 — 代运营方",
            "GMV ¥3.00 less: 1 fans lost net where 0 were expected (agency)",
        ),
        (
            step("retention", "3.00", "agency", actual=0, expected=1),
            None,
            "净流失 0 人，应为 1 人，GMV 多 ¥3.00",
            "GMV ¥3.00 more: 0 fans lost net where 1 were expected",
        ),
        (
            step("repeat", "-100.00", actual=1, expected="1.50"),
            None,
            "复购 1 单，按上月习惯应有 1.5 单，GMV 少 ¥100.00",
            "GMV ¥100.00 less: 1 repeat orders where the month before's habit gives 1.5",
        ),
        (
            step("rest", "7.00"),
            None,
            "购买人数、退款等其余因素，GMV 多 ¥7.00",
            "GMV ¥7.00 more: the rest (buyers, refunds)",
        ),
    ],
)
def test_each_step_names_its_cause_and_its_side_where_it_took_away(found, side, zh, en):
    payload = {"bridge": {"actual": "1.00", "forecast": "1.00", "gap": "0.00", "steps": [found]}}
    assert said(narrative.tell_bridge, payload)[1:] == [(f"bridge:{found['step']}", side, zh, en)]
    assert said(narrative.tell_bridge, {"bridge": None}) == []


def test_the_bridges_steps_add_up_to_the_cent():
    """Thirds everywhere; what rounding leaves is in the rest."""

    expected = Expected(Decimal("1000.01"), Decimal("999.99"), Stand(10, 3, 12), Fraction(1, 3))
    found = bridge(
        expected, Decimal("500.00"), Stand(9, 2, 7), Buying(3, 2, 1, Decimal(100)), Buying(7, 6, 1, Decimal(100))
    )
    assert [row["amount"] for row in found["steps"]] == [
        "-0.02", "-0.33", "-0.17", "-0.50", "57.14", "9.52", "-565.65",
    ]  # fmt: skip
    assert sum(Decimal(row["amount"]) for row in found["steps"]) == Decimal("-500.01") == Decimal(found["gap"])


def test_a_month_after_none_has_neither_basket_nor_repeat():

    expected = Expected(Decimal(10), Decimal(10), Stand(0, 1, 1), Fraction(20))
    nothing = Buying(0, 0, 0, Decimal(0))
    found = bridge(expected, Decimal(5), Stand(0, 1, 1), Buying(1, 1, 0, Decimal(5)), nothing)
    assert [(row["step"], row["amount"]) for row in found["steps"] if row["amount"] != "0.00"] == [("rest", "-5.00")]
    assert "basket" not in {row["step"] for row in found["steps"]}


def test_days_below_what_is_due():
    row = {"code": "behind", "indicator": "gmv", "days": 3, "value": "10", "due": "1200.5"}
    assert said(narrative.tell_behind, {"exceptions": [row, {"code": "gmv_low"}]}) == [
        (
            "behind:gmv",
            "agency",
            "GMV 连续 3 天低于应达：累计 ¥10.00，应达 ¥1,200.50 — 代运营方",
            "GMV below what is due for 3 days: ¥10.00 of ¥1,200.50 (agency)",
        )
    ]


def test_fan_assets():
    whole = {"fans": 12000, "bought_again": 800, "dormant": 4300}
    assert said(narrative.tell_assets, {"assets": {"whole": whole, "dormant_days": 90}}) == [
        (
            "assets",
            None,
            "期末粉丝 12,000 人，其中买过两次及以上 800 人，90 天既未互动也未购买 4,300 人",
            "12,000 fans at the end: 800 bought twice or more, 4,300 neither wrote nor bought in 90 days",
        )
    ]


def test_groups():
    found = {"groups": 2, "before": 1, "added": 2, "lost": 1, "members": 2}
    assert said(narrative.tell_groups, {"groups": found}) == [
        (
            "groups",
            None,
            "社群 2 个，入群 2 人次，退群 1 人次，期末 2 人次",
            "2 groups: 2 joined, 1 left, 2 memberships at the end",
        )
    ]
    assert said(narrative.tell_groups, {"groups": dict.fromkeys(found, 0)}) == []


def test_new_and_old_customers():
    new = {"customer": "new", "buyers": 2, "net": "349.90"}
    assert said(narrative.tell_customers, {"sales": {"customers": [new]}}) == [
        (
            "customers",
            None,
            "新客 2 人，净额 ¥349.90；老客 0 人，净额 ¥0.00",
            "2 new customers, net ¥349.90; 0 old, net ¥0.00",
        )
    ]
    assert said(narrative.tell_customers, {"sales": {"customers": [{**new, "customer": None}]}}) == []


def test_posts():
    found = {"posts": 2, "users": 4, "best": [{"post": "p9", "users": 3}], "worst": []}
    assert said(narrative.tell_content, {"content": found}) == [
        (
            "content",
            None,
            "新发 KOC 帖子 2 篇，KOC 带来 4 人，最多的一篇 p9 带来 3 人",
            "2 new KOC posts, 4 users by KOC, most by p9: 3",
        )
    ]
    assert said(narrative.tell_content, {"content": {**found, "best": []}}) == []


def test_how_channels_new_fans_stayed():
    rows = [
        {"channel": "sms", "share": "0.2"},
        {"channel": "pkg", "share": "0.8"},
        {"channel": "ad", "share": None},
        {"channel": None, "share": "1"},
    ]
    assert said(narrative.tell_quality, {"channel_quality": rows}) == [
        (
            "quality",
            None,
            "上周导流用户七天后留存：最高 包裹卡 80.0%，最低 sms 20.0%",
            "Of last week's new fans stayed 7 days: most 包裹卡 80.0%, fewest sms 20.0%",
        )
    ]
    [(_, _, zh, _)] = said(narrative.tell_quality, {"channel_quality": rows[1:]})
    assert zh == "上周导流用户七天后留存：包裹卡 80.0%"


def test_what_it_brought_the_brand():
    payload = {
        "brand_return": {"own_cost": "100.00", "ratio": "4.299"},
        "private_share": {"share": "0.1", "brand_sales": "4299.00"},
    }
    assert said(narrative.tell_return, payload) == [
        (
            "return",
            None,
            "品牌方自付渠道费用 ¥100.00，每 1 元对应净 GMV ¥4.30",
            "The brand's own channel cost ¥100.00: ¥4.30 of net GMV per yuan",
        ),
        (
            "private_share",
            None,
            "私域占品牌全部销售 ¥4,299.00 的 10.0%",
            "Private domain is 10.0% of the brand's sales of ¥4,299.00",
        ),
    ]
    assert said(narrative.tell_return, {"brand_return": {"ratio": None}, "private_share": {"share": None}}) == []


@pytest.mark.parametrize(
    ("includes", "zh", "en"),
    [
        (False, "结算基数 ¥369.90：GMV ¥429.90，其中双算 ¥60.00 不计入", "left out"),
        (True, "结算基数 ¥369.90：GMV ¥429.90，其中双算 ¥60.00 计入", "included"),
    ],
)
def test_the_settlements_base(includes, zh, en):
    found = {"includes_dual": includes, "base": "369.90", "gmv": "429.90", "dual": "60.00"}
    [(code, side, said_zh, said_en)] = said(narrative.tell_settlement, {"settlement": found})
    assert (code, side, said_zh) == ("settlement", None, zh)
    assert said_en == f"Settlement base ¥369.90: GMV ¥429.90, of which dual-counted ¥60.00, {en}"

"""Sentence by sentence: what is said, whose it is, from which numbers."""

import pytest

from reports import summary
from reports.wording import count, money, percent, period_words
from tests.reports.desk import ReportDesk, january, plan

DAY = {"kind": "daily", "period_start": "2026-01-06", "period_end": "2026-01-06"}
NAMES = {"names": {"channels": {"pkg": "包裹卡"}, "guides": {}}}


def said(tell, payload):
    return [(sentence.code, sentence.side, sentence.zh, sentence.en) for sentence in tell({**DAY, **NAMES, **payload})]


@pytest.mark.parametrize(("number", "text"), [(1240, "1,240"), ("1239.5", "1,240"), (-3, "−3"), ("0", "0")])
def test_counts(number, text):
    assert count(number) == text


def test_money_and_shares():
    assert money("1234.5") == "¥1,234.50"
    assert percent("0.6199") == "62.0%"
    assert percent("1") == "100.0%"


def test_periods():
    assert period_words(DAY) == ("1 月 6 日", "2026-01-06")
    week = {"kind": "weekly", "period_start": "2026-01-26", "period_end": "2026-02-01"}
    assert period_words(week) == ("1 月 26 日至 2 月 1 日", "2026-01-26 to 2026-02-01")
    month = {"kind": "monthly", "period_start": "2026-01-01", "period_end": "2026-01-31"}
    assert period_words(month) == ("2026 年 1 月", "2026-01")


def test_the_brands_missing_traffic():
    row = {
        "channel": "pkg", "due": "20000", "delivered": 12400, "share": "0.62", "users_short": 1240,
        "diversion_rate": "0.163", "promised": 20000, "missing_days": [],
    }  # fmt: skip
    assert said(summary.tell_traffic, {"traffic": [row, {**row, "users_short": 0}]}) == [
        (
            "traffic_short",
            "brand",
            "包裹卡本月触达 12,400，应达 20,000，完成 62.0%，少导 1,240 人 — 品牌方",
            "包裹卡 reached 12,400 of 20,000 due this month, 62.0%: 1,240 users fewer (brand)",
        )
    ]


def test_missing_reach_is_the_brands_and_stale_days_are_the_agencys():
    gaps = {"stale_days": 2, "missing_reach": [{"channel": "pkg", "days": ["2026-01-05", "2026-01-06"]}]}
    assert [(code, side, zh) for code, side, zh, _ in said(summary.tell_incomplete, {"gaps": gaps})] == [
        ("stale", "agency", "有 2 天的数据尚未汇总，本报告的数字可能变动"),
        ("reach_missing", "brand", "包裹卡有 2 天没有触达数据，请品牌方补填 — 品牌方"),
    ]
    assert said(summary.tell_incomplete, {"gaps": {"stale_days": 0, "missing_reach": []}}) == []


def test_fans():
    fans = {"at_start": 10000, "added": 1200, "lost": 200, "net": 1000, "at_end": 11000}
    assert said(summary.tell_fans, {"fans": fans}) == [
        (
            "fans",
            None,
            "1 月 6 日新增 1,200 人，流失 200 人，净增 1,000 人，期末粉丝 11,000 人",
            "2026-01-06: 1,200 fans added, 200 lost, net 1,000, 11,000 at the end",
        )
    ]


def test_orders():
    orders = {"orders": 12, "gross": "1500.00", "refunds": "99.90", "net": "1400.10"}
    assert said(summary.tell_orders, {"orders": orders}) == [
        (
            "orders",
            None,
            "成交 12 单 ¥1,500.00，退款 ¥99.90，净额 ¥1,400.10",
            "12 orders of ¥1,500.00, refunds ¥99.90, net ¥1,400.10",
        )
    ]


@pytest.mark.parametrize(
    ("judged", "side", "ends_with"),
    [("45", "agency", "完成 75.0%，时间进度 50.0%，少 15 — 代运营方"), ("60", None, "完成 100.0%，时间进度 50.0%")],
)
def test_the_month_to_date(judged, side, ends_with):
    """What is due is of the adjusted forecast: a shortfall that is left is the agency's."""
    figure = {"indicator": "diverted_users", "forecast": {"due": "60", "judged": judged}}
    [(code, whose, zh, _)] = said(
        summary.tell_month_to_date, {"month_to_date": {"time_elapsed": "0.5", "figures": [figure]}}
    )
    assert (code, whose) == ("month_to_date:diverted_users", side)
    assert zh == f"本月累计导流总用户数 {judged}，应达 60，{ends_with}"


def test_no_month_to_date_where_nothing_is_due():
    figures = [
        {"indicator": "gmv", "forecast": None},
        {"indicator": "diverted_users", "forecast": {"due": "0", "judged": "1"}},
        {"indicator": "koc_users", "forecast": {"due": "5", "judged": "1"}},
    ]
    assert said(summary.tell_month_to_date, {"month_to_date": {"time_elapsed": "1", "figures": figures}}) == []


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (
            {"below": True, "missed": ["gmv"]},
            ("below_floor", "agency", "综合完成度 75.0%，未达到合同底线 80.0%；低于底线的指标：GMV — 代运营方"),
        ),
        ({"below": False, "missed": []}, ("score", None, "综合完成度 75.0%，达到合同底线 80.0%")),
        ({"below": None, "missed": [], "in_grace": True}, ("score", None, "综合完成度 75.0%，爬坡期内不考核")),
        ({"below": None, "missed": [], "floor": None}, ("score", None, "综合完成度 75.0%")),
    ],
)
def test_the_floor(score, expected):
    found = {"score": "0.75", "floor": "0.80", "in_grace": False, **score}
    [(code, side, zh, _)] = said(summary.tell_score, {"score": found})
    assert (code, side, zh) == expected


def test_no_floor_without_a_score():
    assert said(summary.tell_score, {"score": None}) == said(summary.tell_score, {}) == []


def test_the_week_against_its_target():
    row = {"indicator": "diverted_users", "target": "70", "value": 35, "share": "0.5"}
    assert said(summary.tell_targets, {"targets": [row, {**row, "share": None}]}) == [
        (
            "target:diverted_users",
            "agency",
            "本周导流总用户数 35，目标 70，完成 50.0% — 代运营方",
            "Diverted users this week 35 of 70, 50.0% (agency)",
        )
    ]


def test_failing_indicators_of_a_month_only():
    figures = [
        {"indicator": "gmv", "forecast": {"band": "failing"}},
        {"indicator": "churn_rate", "forecast": {"band": "normal"}},
        {"indicator": "koc_users", "forecast": None},
    ]
    assert said(summary.tell_bands, {"figures": figures}) == []
    assert said(summary.tell_bands, {"kind": "monthly", "figures": figures}) == [
        ("failing", "agency", "不及格 1 项：GMV — 代运营方", "1 failing: GMV (agency)")
    ]


def test_overdue_commitments_of_each_side():
    rows = [
        {"side": "brand", "state": "overdue"},
        {"side": "brand", "state": "overdue"},
        {"side": "brand", "state": "delivered"},
        {"side": "agency", "state": "overdue"},
    ]
    assert [(side, zh, en) for _, side, zh, en in said(summary.tell_commitments, {"commitments": rows})] == [
        ("brand", "2 项承诺逾期未交付 — 品牌方", "2 commitments are overdue (brand)"),
        ("agency", "1 项承诺逾期未交付 — 代运营方", "1 commitment is overdue (agency)"),
    ]


def test_heads():
    heads = {"contracted": "8", "short_days": 3, "days": []}
    assert [(side, zh) for _, side, zh, _ in said(summary.tell_heads, {"heads": heads})] == [
        ("agency", "有 3 天在岗导购少于合同约定的 8 人 — 代运营方")
    ]
    assert said(summary.tell_heads, {"heads": {**heads, "short_days": 0}}) == []


@pytest.mark.parametrize(
    ("row", "zh"),
    [
        (
            {"code": "lost_many", "value": 20, "usual": "7.14"},
            "流失 20 人，达到前七日均值 7.14 人的两倍 — 代运营方",
        ),
        (
            {"code": "gmv_low", "value": "10.00", "usual": "1000.00"},
            "成交净额 ¥10.00，不超过前七日均值 ¥1,000.00 的一半 — 代运营方",
        ),
    ],
)
def test_exceptions(row, zh):
    assert [found for _, _, found, _ in said(summary.tell_exceptions, {"exceptions": [row]})] == [zh]


def test_a_whole_summary_from_facts(acme, globex):
    """Every number of a real report's sentences, by hand: 600 of 1,200 parcels; 4 of 60 users due; 6 of 31 days.
    Adjusted, the month ends with 310 fans of none: 155 on average at ¥6 are ¥930, of which 6/31 are due."""
    desk = ReportDesk(acme)
    desk.send(january())
    desk.agree(plan())
    payload = desk.payload("daily", "2026-01-06")
    assert [sentence["zh"] for sentence in payload["summary"]] == [
        "1 月 6 日新增 0 人，流失 1 人，净增 −1 人，期末粉丝 3 人",
        "成交 1 单 ¥99.90，退款 ¥50.00，净额 ¥49.90",
        "本月累计导流总用户数 4，应达 60，完成 6.7%，时间进度 19.4%，少 56 — 代运营方",
        "本月累计 GMV ¥349.90，应达 ¥180.00，完成 194.4%，时间进度 19.4%",
        "pkg 本月触达 600，应达 1,200，完成 50.0%，少导 60 人 — 品牌方",
        "导流总用户数连续 6 天低于应达：累计 4，应达 60 — 代运营方",
    ]

"""What is folded on a screen says in one line what it holds, leaves nothing out, and is whole in every file."""

import re
from decimal import Decimal

import pytest
from django.utils.translation import override

from siyu.numbers import count
from tests.reports.desk import ReportDesk, january, plan
from tests.workplace.report_desk import act, page, shown
from workplace.charts import draw_steps
from workplace.report_blocks import lay_out
from workplace.report_folds import digest, fold_of
from workplace.report_values import Column, Part, Row, Value


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.agree(plan(floor="0.80", weights={"diverted_users": "1"}))
    desk.send(january())
    return desk


def part(key: str, *numbers: str | None) -> Part:
    rows = [
        Row(f"第 {place} 行", [Value(f"/{key}/{place}", number or "", count(Decimal(number)) if number else "—")])
        for place, number in enumerate(numbers)
    ]
    return Part(key, "", [Column("")], rows)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (part("channels", "7", "90", None, "8", "3"), "第 1 行 90 · 第 3 行 8 · 第 0 行 7"),  # the greatest three
        (part("score", "2", "1", None), "第 1 行 1"),  # the least that is known
        (part("benchmarks", None, "4"), "第 1 行 4"),
        (part("calendar", "1", "2"), "2 项"),
        (part("fans"), "0 项"),
    ],
)
def test_one_line_stands_for_a_table(found, line):
    with override("zh-hans"):
        assert digest(found) == line


def test_both_sides_and_the_ten_are_folded_nowhere_on_a_wide_screen():
    assert [fold_of(key, "monthly") for key in ("figures", "commitments")] == ["", ""]
    assert [fold_of(key, "monthly") for key in ("traffic", "bridge", "settlement")] == ["small"] * 3
    assert (fold_of("traffic", "daily"), fold_of("orders", "monthly")) == ("always", "always")


@pytest.mark.parametrize(("kind", "period"), [("daily", "2026-01-06"), ("weekly", "2026-W02"), ("monthly", "2026-01")])
def test_every_table_is_on_the_page_folded_or_not(desk, kind, period):
    report = desk.issue(kind, period)
    html = page(desk.pm, report)
    for section in lay_out(desk.payload(kind, period)).sections:
        if not section.part:
            continue
        tag = "details" if section.fold else "section"
        [found] = re.findall(rf'<{tag}\b[^>]* id="part-{section.key}".*?</{tag}>', html, re.DOTALL)
        assert found.count("<tr") >= len(section.part.rows) + 1
        assert ("data-fold" in found) is bool(section.fold)


def test_a_section_counts_what_is_said_about_it_and_stands_open(desk):
    report = desk.issue("daily", "2026-01-06")
    desk.send_out(report)
    assert "条意见" not in shown(desk.manager, report)
    act(desk.manager, report, "comment", pointer="/orders/refunds", comment="退款是哪几单")
    act(desk.manager, report, "comment", comment="收到")
    html = page(desk.manager, report)
    [orders] = re.findall(r'<details[^>]*id="part-orders"[^>]*>.*?</summary>', html, re.DOTALL)
    assert " open>" in orders
    assert "1 条意见" in orders
    assert html.count("条意见") == 1  # what is about the whole belongs to no section


def test_a_button_below_the_paper_approves_at_once(desk):
    report = desk.issue("daily", "2026-01-06")
    desk.send_out(report)
    html = page(desk.manager, report)
    bar = html[html.index('class="sy-approve"') : html.index("sy-rail")]
    assert 'value="approve"' in bar
    assert 'href="#offer-dispute"' in bar
    act(desk.manager, report, "dispute", pointer="whole", comment="请核对")
    assert 'class="sy-approve"' not in page(desk.manager, report)


def test_whose_it_is_is_said_once():
    row = {
        "zh": "包裹卡有 2 天没有触达数据，请品牌方补填 — 品牌方",
        "en": "2 days without reach (brand)",
        "side": "brand",
    }
    with override("zh-hans"):
        [said] = lay_out({"summary": [row]}).todo
    assert (said.text, said.side) == ("包裹卡有 2 天没有触达数据，请品牌方补填", "brand")
    with override("en"):
        assert lay_out({"summary": [row]}).todo[0].text == "2 days without reach"


def test_steps_are_drawn_from_where_they_lead_to_where():
    """From 100 up by 50, down by 25: the scale runs from 100 (2 %) to 150 (98 %)."""
    start, up, down, end = draw_steps(Decimal(100), [Decimal(50), Decimal(-25)])
    assert 'x1="2.0%"' in start
    assert 'class="sy-step-up" x="2.0%" y="4" width="96.0%"' in up
    assert 'class="sy-step-down" x="50.0%" y="4" width="48.0%"' in down
    assert 'x1="50.0%"' in end
    assert all('x1="50.0%"' in mark for mark in draw_steps(Decimal(0), [])[:1])

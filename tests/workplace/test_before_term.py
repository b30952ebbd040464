"""Figures are held against days before them; where these lie before the contract's term, wholly or in part, that is
said beside the comparison, on the scorecard, in reports and in their files."""

import io
import re
from datetime import date
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from siyu.periods import Period
from tests.factories import sign_in, user_client
from tests.reports.desk import ReportDesk, added, paid
from tests.workplace.report_desk import page
from workplace.before_term import compared_note
from workplace.report_blocks import lay_out

PART = "2026 年 1 月只有 16 天在合同期内（2026-01-16 起），不宜直接比较"
NONE = "2025 年 12 月在合同期（2026-01-16 起）之前，不作比较"
OWN = {"name": "订单", "group": "result", "direction": "up", "unit": "count", "numerator": {"count": "orders"}}


@pytest.fixture
def desk(acme, globex):
    """From 16 January. ¥50 in December, ¥100 and one fan in January, ¥300 and two fans in February; globex has been
    there for long."""
    ReportDesk(globex).send([added("x", "2026-01-20"), paid("o1", "7.00", "2026-01-20", fan="x")])
    desk = ReportDesk(acme, starts_on=date(2026, 1, 16))
    desk.send(
        [
            added("a", "2025-12-20"), paid("o0", "50.00", "2025-12-21", fan="a"),
            added("b", "2026-01-20"), paid("o1", "100.00", "2026-01-21", fan="a"),
            added("c", "2026-02-02"), added("d", "2026-02-03"), paid("o2", "300.00", "2026-02-04", fan="a"),
        ]
    )  # fmt: skip
    return desk


@pytest.fixture
def owner(acme, desk):
    return user_client(acme, "owner")


def card(client, **query):
    """The caption of the comparison, and the change of GMV."""
    html = unescape(client.get("/projects/p1/", query).content.decode())
    caption = re.search(r'<h2 id="indicators">.*?<span class="sy-sub">(.*?)</span>', html, re.DOTALL)[1]
    row = html[html.index('data-indicator="gmv"') :].partition("</tr>")[0]
    return caption, re.search(r"sy-c-change.*?<span[^>]*>([^<]*)<", row)[1]


def test_a_scorecard_says_which_part_of_what_it_is_compared_with_is_in_the_term(owner):
    february = {"start": "2026-02-01", "end": "2026-02-28"}
    part = "环比：2026 年 1 月 · 只有 16 天在合同期内（2026-01-16 起），不宜直接比较"
    none = "在合同期（2026-01-16 起）之前，不作比较"
    assert card(owner, **february) == (part, "+200.0%")
    assert card(owner, **february, compare="year") == (f"同比：2025 年 2 月 · {none}", "—")
    assert card(owner, start="2026-01-01", end="2026-01-31") == (f"环比：2025 年 12 月 · {none}", "—")
    assert card(owner, start="2026-03-01", end="2026-03-31") == ("环比：2026 年 2 月", "−100.0%")


def test_of_a_project_that_was_there_nothing_is_said(globex, desk):
    assert card(user_client(globex, "owner"), start="2026-02-01", end="2026-02-28")[0] == "环比：2026 年 1 月"


@pytest.mark.parametrize(
    ("first", "last", "note"),
    [
        ("2026-01-15", "2026-01-15", "在合同期（2026-01-16 起）之前，不作比较"),
        ("2026-01-16", "2026-01-16", ""),
        ("2026-01-10", "2026-01-16", "只有 1 天在合同期内（2026-01-16 起），不宜直接比较"),
    ],
)
def test_the_term_begins_with_its_first_day(first, last, note):
    compared = Period(date.fromisoformat(first), date.fromisoformat(last))
    assert compared_note(compared, date(2026, 1, 16)) == note


def figures_of(payload):
    paper = lay_out(payload)
    [part] = [section.part for section in paper.sections if section.key == "figures"]
    [gmv] = [row for row in part.rows if row.pointer == "/figures/0" or row.title == "GMV"][-1:]
    small = dict(paper.tally)["GMV"].small
    shown = [getattr(cell, "text", cell) for cell in gmv.cells][-2:]
    return part.note, shown, small


def test_a_report_says_it_where_it_compares(desk):
    payload = desk.payload("monthly", "2026-02")
    assert payload["term"] == {"starts_on": "2026-01-16", "ends_on": "2026-12-31"}
    note, shown, small = figures_of(payload)
    assert (note, shown[1], small) == (PART, "▲ +200.0%", f"▲ +200.0% · {PART}")
    assert "100" in shown[0]
    assert figures_of(desk.payload("monthly", "2026-01")) == (NONE, ["—", "—"], NONE)


def test_a_report_that_does_not_know_the_term_says_what_it_said(desk):
    payload = desk.payload("monthly", "2026-01")
    payload = {**payload, "format": 3}
    del payload["term"]
    note, shown, small = figures_of(payload)
    assert (note, shown[1], small) == ("", "▲ +100.0%", "▲ +100.0%")


def test_own_indicators_and_the_workbook_say_it_too(desk, owner):
    answer = owner.put("/api/v1/projects/p1/indicators/orders/", OWN)
    assert answer.status_code in (200, 201), answer.content
    report = desk.issue("monthly", "2026-01")
    sign_in(owner, owner.user)
    answer = owner.get("/projects/p1/", {"start": "2026-01-01", "end": "2026-01-31"})
    row = unescape(answer.content.decode()).partition('data-own="orders"')[2].partition("</tr>")[0]
    assert re.search(r"sy-c-change.*?<span[^>]*>([^<]*)<", row)[1] == "—"
    assert page(owner, report).count(NONE) >= 3, "the two main numbers, the ten, own indicators"
    book = CalamineWorkbook.from_filelike(io.BytesIO(owner.get(f"/api/v1/reports/{report.pk}.xlsx").content))
    cells = {str(cell) for row in book.get_sheet_by_name("自有指标").to_python() for cell in row}
    assert any(NONE in cell for cell in cells)


def test_a_prolonged_term_restates_nothing(desk, owner):
    report = desk.issue("monthly", "2026-02")
    assert owner.patch("/api/v1/projects/p1/", {"ends_on": "2027-12-31"}).status_code == 200
    found = desk.pm.get(f"/api/v1/reports/{report.pk}/restatement/").json()
    assert found["changes"] == []

"""The page for the boss: REST's figures, both sides' promises, and nothing that is the agency's alone."""

import re
from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guides.models import Cost
from kpi.metrics import METRICS
from projects.models import TeamSeat
from siyu.numbers import money
from tests.factories import inside, make_guide, make_placement, make_project, user_client
from tests.kpi.plans import SHARES, awake
from tests.reports.desk import ReportDesk, january, paid, plan
from workplace.card import shown
from workplace.onepager import FIVE

P = "/projects/p1/onepager/"
JANUARY = {"month": "2026-01"}
NUMBER = re.compile(r'<data class="sy-five-value" value="([^"]*)" data-indicator="([^"]*)">')
QUERIES = 110  # beside entering the brand


@pytest.fixture
def desk(acme, globex):
    nana = make_guide(acme.agency, code="nana", name="娜娜")
    make_placement(nana, acme)
    Cost.objects.create(guide=nana, since="2026-01-01", monthly=Decimal("6217.31"))
    desk = ReportDesk(acme)
    desk.agree({**plan(), "lines": {"diverted_users": SHARES, "gmv": SHARES}})
    desk.send(january())
    return desk


@pytest.fixture
def sponsor(acme, desk):
    return user_client(acme, "brand_sponsor")


def text_of(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def page(client, **query):
    response = awake(client).get(P, query or JANUARY)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def test_its_five_numbers_are_rests(desk, sponsor):
    rest = {row["indicator"]: row for row in desk.figures("month", "2026-01-01", "2026-01-01")["results"]}
    html = page(sponsor)
    found = {code: value for value, code in NUMBER.findall(html)}
    assert tuple(found) == FIVE
    for code, value in found.items():
        exact = rest[code]["value"]
        assert Decimal(value or -1) == Decimal(exact or -1)
        assert shown(METRICS[code], None if exact is None else Decimal(exact)) in text_of(html).replace(" %", "%")


def test_gmv_runs_up_beside_what_was_due(desk, sponsor, monkeypatch):
    """On the 21st: 349.90 came in 20 days; due were 20/31 of the month's line. Beside the months' ends, when there is
    one expected; on its own of a month that has ended."""
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat("2026-01-21T10:00:00+08:00"))
    [gmv] = [row for row in desk.figures("month", "2026-01-01", "2026-01-01")["results"] if row["indicator"] == "gmv"]
    due = money(Decimal(gmv["forecast"]["lines_due"]["normal"]))
    html = page(sponsor)
    end = money(Decimal(gmv["forecast"]["projected"]["value"]))
    assert f'aria-label="GMV 累计：到 01-20 实际 ¥349.90，应完成 {due}，预计月末 {end}"' in html
    assert html.count('class="sy-course-due"') == html.count('class="sy-course-expected"') == 1
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat("2026-02-03T10:00:00+08:00"))
    html = page(sponsor)
    assert 'aria-label="GMV 累计：到 01-31 实际 ¥349.90，应完成 ' in html
    assert "sy-course-expected" not in html


def test_days_that_are_counted_anew_stand_above_the_figures(desk, sponsor):
    assert "正在重新计算" not in page(sponsor)
    desk.send([paid("late", "5.00", "2026-01-20", fan="f1")], rolled_up=False)
    assert re.search(r'<p class="sy-warn" role="status">.*?<span>\d+ 天的数据正在重新计算', page(sponsor))


def test_what_is_short_says_whose_it_is_and_what_it_moved(desk, sponsor):
    """3,100 of 6,200 parcels came: 310 users fewer, by the brand; the target follows to a half."""
    text = text_of(page(sponsor))
    assert "pkg 触达比应完成少 3,100（品牌方），按预测表少导 310 人" in text
    factor = desk.judged("2026-01")["diverted_users"]["traffic_factor"]
    assert Decimal(factor) == Decimal("0.5")
    assert "导流总用户数 50.0%" in text


def test_the_gap_is_an_amount_with_whose_it_is(desk, sponsor):
    """620 were agreed, 310 are due of the reach that came, 4 are there: 616 short, 310 of it by reach."""
    text = text_of(page(sponsor))
    assert "导流总用户数少 616 现 4，预测 620；距正常线 310 差 306 品牌方（触达） 310 代运营方 306" in text
    assert "导流总用户数 50.0% 少 310" in text


@pytest.mark.parametrize(
    ("month", "note"),
    [("2199-05", "2199 年 5 月：还没有到，以下为"), ("x", "所选月份无效（应如 2026-05），以下为"), ("2026-01", "")],
)
def test_another_month_than_asked_for_is_said_to_be(desk, sponsor, month, note):
    text = text_of(page(sponsor, month=month))
    assert (note in text) if note else ("以下为" not in text)


def test_both_sides_promises_stand_side_by_side(desk, sponsor):
    desk.manager.put(f"{desk.path}/commitments/", [{"kind": "goods", "month": "2026-01", "what": "专享价", "promised": "20", "due_on": "2026-01-10"}])  # fmt: skip  # noqa: E501
    text = text_of(page(sponsor))
    assert "品牌方承诺 2 项中 0 项按期" in text
    assert "专享价 货品" in text
    assert "代运营方承诺 这个月还没有登记承诺" in text


def test_a_running_month_ends_in_a_range(desk, sponsor, monkeypatch):
    desk.send([paid(f"d{day}", "100.00", f"2026-01-{day:02}", fan="f1") for day in range(7, 21)])
    instant = datetime.fromisoformat("2026-01-21T10:00:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: instant)
    awake(desk.client)
    projected = desk.judged("2026-01")["gmv"]["projected"]
    end, low, high = (shown(METRICS["gmv"], Decimal(projected[name])) for name in ("value", "low", "high"))
    assert f"{end} {low}～{high}" in text_of(page(sponsor))


def test_the_last_approved_report_is_a_step_away(desk, sponsor):
    assert "还没有通过的月报" in page(sponsor)
    report = desk.issue("monthly", "2026-01")
    desk.words(desk.pm, report, below_floor="二月补足")
    desk.send_out(report)
    assert "还没有通过的月报" in page(sponsor)
    assert desk.act(desk.manager, report, "approve").status_code == 200
    assert f'href="/projects/p1/reports/{report.pk}/">2026 年 1 月月报' in page(sponsor)


def test_it_tells_nothing_of_the_agencys_costs(desk, sponsor):
    html = page(sponsor) + page(desk.manager) + page(desk.owner)
    assert "6217" not in html
    assert "6,217" not in html
    assert "人力成本" not in html


def test_both_sides_read_the_same_words(desk, sponsor):
    def main(client):
        html = page(client)
        return text_of(html[html.index('class="sy-onepager"') : html.index("</main>")])

    assert main(sponsor) == main(desk.owner) == main(desk.pm)


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("admin", 200), ("brand_manager", 200), ("brand_sponsor", 200), ("finance", 403), ("guide", 403),
     ("brand_aftersales", 403), ("brand_reviewer", 403), ("pm", 404), ("ops", 404), ("content", 404)],
)  # fmt: skip
def test_who_reads_it(acme, desk, role, status):
    assert user_client(acme, role).get(P, JANUARY).status_code == status


def test_with_a_seat_content_people_read_it(acme, desk):
    client = user_client(acme, "content")
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="content", user=client.user, starts_on="2026-01-01")
    assert page(client)


def test_another_brands_people_find_nothing(globex, desk):
    assert user_client(globex, "brand_sponsor").get(P).status_code == 404


def test_a_project_without_data_says_so(acme, sponsor, inside):
    with inside(acme):
        make_project(code="p2")
    assert "还没有数据" in sponsor.get("/projects/p2/onepager/").content.decode()


def test_it_has_its_price(desk, sponsor):
    with CaptureQueriesContext(connection) as asked:
        page(sponsor)
    assert len(asked) <= QUERIES


def test_it_is_whole_in_english(desk, sponsor):
    html = awake(sponsor).get(P, JANUARY, headers={"Accept-Language": "en"}).content.decode()
    assert set(re.findall(r"[\u4e00-\u9fff]+", text_of(html))) <= {"项目", "护肤", "简体中文"}

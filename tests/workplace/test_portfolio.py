"""The brands side by side: only those she may look over, every figure REST's, the agency's money the agency's."""

import io
import json
import re
from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from guides.models import Cost
from kpi.metrics import METRICS
from projects.models import Project
from reports.models import Report, Revision
from siyu.brands import PUBLIC, BrandNotEnteredError, current_schema
from tenants.models import Brand
from tests.factories import (
    anonymous_client,
    at_agency,
    inside,
    make_guide,
    make_placement,
    make_project,
    make_user,
    user_client,
)
from tests.kpi.plans import SHARES
from tests.reports.desk import ReportDesk, at, january, plan
from workplace.card import BANDS

JANUARY = {"month": "2026-01"}
CELL = re.compile(
    r'<td role="cell" class="sy-heat-cell sy-heat-(\w+)"><data value="([^"]*)" data-project="([^"]*)" '
    r'data-indicator="([^"]*)"[^>]*>([^<]*)</data>(?:<small>([^<]*)</small>)?'
)
MONEY = re.compile(r'data-label="(?:GMV|人力成本)"><data value="([^"]*)">')
PER_PROJECT = 75  # statements that one project of one brand may cost


@pytest.fixture
def desk(acme, globex):
    """In acme: 4 users diverted of 310 that are due by the traffic that came; nana costs 6,200 yuan a month."""
    nana = make_guide(acme.agency, code="nana", name="娜娜")
    make_placement(nana, acme)
    Cost.objects.create(guide=nana, since="2026-01-01", monthly=Decimal(6200))
    desk = ReportDesk(acme)
    desk.agree({**plan(), "lines": {"diverted_users": SHARES, "gmv": SHARES, "churn_rate": {"kind": "absolute", "fail": "0.4", "normal": "0.2"}}})  # fmt: skip  # noqa: E501
    desk.send(january())
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    return desk


def reading(brand, role):
    return at_agency(make_user(role, brand=brand))


def shown(client, **query):
    response = client.get("/portfolio/", query)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def text_of(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


# -- Figures ----------------------------------------------------------------------------------------------------------


def test_every_cell_is_rests_figure_and_band(acme, desk):
    cells = {code: (tone, value, band) for tone, value, _, code, _, band in CELL.findall(shown(reading(acme, "owner"), **JANUARY))}  # fmt: skip  # noqa: E501
    rest = {row["indicator"]: row for row in desk.figures("month", "2026-01-01", "2026-01-01")["results"]}
    assert list(cells) == list(METRICS)
    for code, (tone, value, band) in cells.items():
        judged = (rest[code]["forecast"] or {}).get("band")
        assert Decimal(value or -1) == Decimal(rest[code]["value"] or -1)
        assert (tone, band) == ((BANDS[judged][2], BANDS[judged][0]) if judged else ("none", ""))


def test_attainment_of_an_ended_month_by_hand(acme, desk):
    """3,100 parcels of 6,200 came, so 310 users are due; 4 came: 1.3 %. One of four was lost, 20 % is normal."""
    cells = {code: (text, band) for _, _, _, code, text, band in CELL.findall(shown(reading(acme, "owner"), **JANUARY))}
    assert cells["diverted_users"] == ("1.3%", "不及格")
    assert cells["churn_rate"] == ("75.0%", "及格")  # 1 of 4 is 25 %: 2 − 25 ÷ 20
    assert cells["koc_users"] == ("0", "")


def test_a_running_month_is_held_against_what_is_due(acme, desk, monkeypatch):
    """On the 21st 4,000 parcels were due and 3,100 came: of 620 users 480.5 remain, 20/31 of them, 310, are due;
    4 came. One of four was lost, of 20 % × 20/31 by now: 2 − 25 ÷ 12.9 = 6.3 %."""
    instant = datetime.fromisoformat("2026-01-21T10:00:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: instant)
    html = shown(reading(acme, "owner"))
    assert "2026 年 1 月" in html
    assert "暂定" in html
    cells = {code: text for _, _, _, code, text, _ in CELL.findall(html)}
    assert (cells["diverted_users"], cells["churn_rate"]) == ("1.3%", "6.3%")


def test_money_is_the_annex_of_the_months_report(acme, desk):
    report = desk.issue("monthly", "2026-01")
    with inside(acme):
        annex = json.loads(Revision.objects.get(report=report).annex)
    gmv, labour = MONEY.findall(shown(reading(acme, "finance"), **JANUARY))
    assert (gmv, labour) == (annex["gmv"], annex["labour_cost"]) == ("349.90", "6200.00")


def test_an_unknown_cost_is_named_and_nothing_is_guessed(acme, desk):
    make_placement(make_guide(acme.agency, code="lili", name="丽丽"), acme)
    html = shown(reading(acme, "finance"), **JANUARY)
    assert MONEY.findall(html) == ["349.90", ""]
    assert "未录入成本：丽丽" in html


def tiles(html):
    """{title: (value, words, whether it stands out)}."""
    found = re.findall(
        r'<dt>([^<]*)</dt><dd><span class="sy-five-value( sy-five-behind)?">([^<]*)</span></dd><dd>([^<]*)</dd>', html
    )
    return {title: (value, about, bool(behind)) for title, behind, value, about in found}


def test_the_whole_in_five_numbers(acme, desk):
    """349.90 for 6,200.00 of labour is 0.1 times; of the judged, diverted users and GMV fail; 3 fans of 25,000."""
    desk.issue("monthly", "2026-01")
    assert tiles(shown(reading(acme, "owner"), **JANUARY)) == {
        "不及格的指标": ("2", "在 1 个项目中", True),
        "导购负载": ("0.0%", "0 人次超载，1 人次富余", False),
        "人力成本": ("¥6,200.00", "在岗导购，按占比", False),
        "GMV ÷ 人力成本": ("0.1 倍", "1 个项目低于常见的 10.0 倍", True),
        "待我方的报告": ("1", "待品牌方 0 份", False),
    }
    assert list(tiles(shown(reading(acme, "finance"), **JANUARY))) == ["导购负载", "人力成本", "GMV ÷ 人力成本"]


def test_gmv_against_labour_cost_is_drawn_where_costs_are_known(acme, desk):
    html = shown(reading(acme, "finance"), **JANUARY)
    assert 'aria-label="GMV 与人力成本：Acme ¥349.90 / ¥6,200.00"' in html
    assert html.count('class="sy-bubble-below"') == 1
    Cost.objects.all().delete()
    assert "sy-bubble-below" not in shown(reading(acme, "finance"), **JANUARY)


def test_loads_are_fans_held_against_room(acme, desk):
    """nana keeps a1 with the three who stayed; a guide's room is 25,000."""
    html = shown(reading(acme, "owner"), **JANUARY)
    assert "娜娜 3 / 25,000" in html
    assert "0.0% 3 / 25,000 1 人有富余 看团队" in text_of(html)
    assert "next=%2Fprojects%2Fp1%2Fteam%2F" in html
    assert "≤30% 70% 富余 100% 满 ≥130%" in text_of(html)


def test_the_months_report_stands_with_its_state(acme, desk):
    assert "未生成" in shown(reading(acme, "owner"), **JANUARY)
    report = desk.issue("monthly", "2026-01")
    html = shown(reading(acme, "owner"), **JANUARY)
    assert "草稿" in html
    assert f"next=%2Fprojects%2Fp1%2Freports%2F{report.pk}%2F" in html
    assert "1 月 · 草稿 待代运营方审核 全部待我方 1" in text_of(html)


def test_while_a_month_runs_the_report_that_is_waited_for_is_the_newest_unsettled(acme, desk, monkeypatch):
    """In February: January's, by its name, once it is made; approved or not."""
    instant = datetime.fromisoformat(at("2026-02-20"))
    monkeypatch.setattr(timezone, "now", lambda: instant)
    owner = reading(acme, "owner")
    assert "未生成" in shown(owner)
    report = desk.issue("monthly", "2026-01")
    assert "1 月 · 草稿 待代运营方审核" in text_of(shown(owner))
    with inside(acme):
        Report.objects.filter(pk=report.pk).update(state="approved")
    assert "1 月 · 已通过 " in text_of(shown(owner))
    assert "全部待" not in text_of(shown(owner))


def test_the_head_says_how_far_time_and_data_are(acme, globex, desk, monkeypatch):
    """January's data end with the 31st; globex, which runs too, has none."""
    instant = datetime.fromisoformat(at("2026-02-01"))
    monkeypatch.setattr(timezone, "now", lambda: instant)
    owner = reading(acme, "owner")
    assert "1 个品牌，1 个项目，1 位导购 时间进度 0 / 28 天 数据截至 2026-01-31" in text_of(shown(owner))
    with inside(globex):
        make_project(code="g1")
    assert "数据截至 2026-01-31，Globex 尚缺" in text_of(shown(owner))


def test_a_projects_name_does_not_say_the_brands_again(acme, desk):
    with inside(acme):
        Project.objects.filter(code="p1").update(name="Acme 2026 私域")
    assert "Acme 2026 私域" not in shown(reading(acme, "owner"), **JANUARY)
    assert "Acme 2026 私域 · " in text_of(shown(reading(acme, "owner"), **JANUARY))


# -- Who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["ops", "content", "guide", "brand_manager", "brand_sponsor"])
def test_whoever_looks_over_no_brand_is_refused(acme, role):
    assert reading(acme, role).get("/portfolio/").status_code == 403


def test_operators_and_strangers_are_refused(acme):
    assert at_agency(make_user("operator")).get("/portfolio/").status_code == 403
    assert anonymous_client().get("/portfolio/")["Location"].startswith("/sign-in/")


def test_no_brand_is_shown_that_she_may_not_enter(acme, globex, initech, desk):
    with inside(globex):
        make_project(code="g1", name="环球项目")
    with inside(initech):
        make_project(code="i1", name="别家项目")
    owner = shown(reading(acme, "owner"), **JANUARY)
    assert ("环球项目" in owner, "别家项目" in owner) == (True, False)
    pm = shown(at_agency(desk.pm.user), **JANUARY)
    assert ("项目 p1" in pm, "环球项目" in pm, "Globex" in pm) == (True, False, False)


def test_a_pm_sees_the_projects_where_she_holds_a_seat(acme, desk):
    with inside(acme):
        make_project(code="p2", name="另一个项目")
    assert "另一个项目" not in shown(at_agency(desk.pm.user), **JANUARY)
    assert "另一个项目" in shown(reading(acme, "owner"), **JANUARY)


def test_finance_reads_money_and_no_indicators(acme, desk):
    html = shown(reading(acme, "finance"), **JANUARY)
    assert not CELL.findall(html)
    assert "6200.00" in html


def test_the_page_is_not_on_a_brands_site(acme, desk):
    assert desk.owner.get("/portfolio/").status_code == 404


def test_a_month_to_come_is_the_running_one_and_nonsense_too(acme, desk):
    client = reading(acme, "owner")
    running = f"{timezone.localdate():%Y-%m}"
    for wanted in ("2999-01", "nonsense", "0000-00"):
        assert f'?month={running}" aria-current' in shown(client, month=wanted)


# -- Bounds -----------------------------------------------------------------------------------------------------------


def test_reading_a_brand_has_its_price_and_ends_in_public(acme, globex, desk):
    client = reading(acme, "owner")
    with CaptureQueriesContext(connection) as one:
        shown(client, **JANUARY)
    with inside(globex):
        make_project(code="g1")
    with CaptureQueriesContext(connection) as two:
        shown(client, **JANUARY)
    assert len(two) - len(one) <= PER_PROJECT
    assert len(one) <= 2 * PER_PROJECT
    assert current_schema() == PUBLIC


def test_it_is_whole_in_english(acme, desk):
    html = reading(acme, "owner").get("/portfolio/", JANUARY, headers={"Accept-Language": "en"}).content.decode()
    assert set(re.findall(r"[\u4e00-\u9fff]+", text_of(html))) <= {"娜娜", "项目", "简体中文", "屿"}


# -- Day totals -------------------------------------------------------------------------------------------------------

DAYS = [
    {"type": "fans.day", "guide": guide, "date": "2026-01-05", "added": 3, "lost": 1, "friends": friends}
    for guide, friends in (("nana", 1_000), ("lili", 30_000))
]


def totals_desk(brand, events):
    """A project that states days and sends no events; nana keeps an account, lili none."""
    for code, name in (("nana", "娜娜"), ("lili", "丽丽")):
        make_placement(make_guide(brand.agency, code=code, name=name), brand)
    desk = ReportDesk(brand)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    desk.send(events)
    return desk


def test_figures_from_day_totals_carry_rests_mark(acme, globex):
    desk = totals_desk(acme, DAYS)
    html = shown(reading(acme, "owner"), **JANUARY)
    stream = desk.client.get(f"{desk.path}/kpis/?grain=month&start=2026-01-01&end=2026-01-31").streaming_content
    answer = json.loads(b"".join(stream))["results"]
    rest = {row["indicator"]: row["totals"]["reads"] or "" for row in answer if row.get("totals")}
    assert rest["diverted_users"] == "additions"
    assert rest["gmv"] == "missing"
    page = dict(re.findall(r'data-indicator="([^"]*)"[^>]*? data-totals="([^"]*)"', html))
    assert page == rest
    text = text_of(html)
    assert "汇 含日汇总的数字" in text, "the legend"
    assert "汇总·按添加人次" in text
    assert MONEY.findall(html)[0] == "", "a GMV that nobody stated is not 0"


def test_a_project_of_events_has_no_marks(acme, desk):
    html = shown(reading(acme, "owner"), **JANUARY)
    assert "data-totals" not in html
    assert "含日汇总的数字" not in html


def test_fans_of_a_project_of_totals_are_the_friends_stated(acme, globex):
    """31,000 friends are 2 guides of 25,000; by events there would be nobody."""
    desk = totals_desk(acme, DAYS)
    owner = user_client(acme, "owner")
    staffing = owner.get(f"{desk.path}/staffing/").json()
    assert (staffing["present_fans"], staffing["guides_needed"]) == (31_000, 2)
    assert staffing["totals"] == {"reads": "ties", "day": "2026-01-05"}
    now = desk.put(plan())["staffing_today"]
    assert (now["fans"], now["needed"], now["totals"]) == (31_000, 2, staffing["totals"])
    board = text_of(owner.get("/projects/p1/team/").content.decode())
    assert "在册粉丝 31,000 位，需要导购 2 人" in board
    assert "按 2026-01-05 日汇总的好友数" in board
    assert "按 2026-01-05 日汇总的好友数" in text_of(shown(reading(acme, "owner"), **JANUARY))


def test_what_totals_do_not_state_is_unknown_and_says_why(acme, globex):
    desk = totals_desk(acme, [DAYS[0], {name: value for name, value in DAYS[1].items() if name != "friends"}])
    owner = user_client(acme, "owner")
    staffing = owner.get(f"{desk.path}/staffing/").json()
    assert (staffing["present_fans"], staffing["guides_needed"], staffing["days"][0]["needed"]) == (None, None, None)
    assert staffing["totals"] == {"reads": "no_stock", "day": "2026-01-05"}
    now = desk.put(plan())["staffing_today"]
    assert (now["fans"], now["needed"], now["totals"]) == (None, None, staffing["totals"])
    board = text_of(owner.get("/projects/p1/team/").content.decode())
    assert "在册粉丝 — 位，需要导购 — 人" in board
    assert "没有填全好友数，在册粉丝未知" in board


# -- One project manager's brands -------------------------------------------------------------------------------------


def test_the_page_can_show_what_one_project_manager_leads(acme, globex, desk):
    """Acme's PM holds its seat; Globex has a PM of its own, who leads no project there."""
    with inside(globex):
        make_project(code="g1", name="环球")
    other = make_user("pm", brand=globex)
    owner = reading(acme, "owner")

    def brands(**query):
        html = shown(owner, **JANUARY, **query).partition("<main")[2]
        return set(re.findall(r'<th role="rowheader" scope="row"><a [^>]*>(\w+)</a>', html)), html

    assert brands()[0] == {"Acme", "Globex"}
    assert f"pm={desk.pm.user.pk}" in brands()[1]
    found, html = brands(pm=desk.pm.user.pk)
    assert found == {"Acme"}
    assert f"?month=2025-12&amp;pm={desk.pm.user.pk}" in html
    assert "负责的项目" in brands(pm=other.pk)[1]
    assert brands(pm="nobody")[0] == {"Acme", "Globex"}
    file = owner.get("/portfolio.xlsx", {**JANUARY, "pm": desk.pm.user.pk}).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("指标").to_python()[2:]
    assert {row[0] for row in rows} == {"Acme"}


def test_a_choice_of_one_is_none(acme, desk):
    assert "sy-menu" not in shown(reading(acme, "owner"), **JANUARY).partition("<main")[2]


# -- As a file, and where something fails ----------------------------------------------------------------------------


def test_the_file_holds_rests_numbers_as_numbers(acme, desk):
    response = reading(acme, "owner").get("/portfolio.xlsx", JANUARY)
    assert response["Content-Disposition"] == 'attachment; filename="portfolio-2026-01.xlsx"'
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    rest = {row["indicator"]: row["value"] for row in desk.figures("month", "2026-01-01", "2026-01-01")["results"]}
    rows = {
        name: book.get_sheet_by_name(name).to_python() for name in ("指标", "每日 GMV", "GMV 与人力成本", "导购负载")
    }
    figures = {row[4]: row[5] for row in rows["指标"][2:]}
    assert list(figures) == list(METRICS)
    for code, value in rest.items():
        assert figures[code] == ("" if value is None else pytest.approx(float(value)))
    days = rows["每日 GMV"][2:]
    assert len(days) == 31
    assert round(sum(row[4] for row in days), 2) == 349.90
    assert rows["GMV 与人力成本"][2][3:6] == [349.90, "", 6200.0]
    assert rows["导购负载"][2][3:7] == ["娜娜", "nana", 3.0, 25000.0]


def test_the_file_is_for_whom_the_page_is(acme, desk):
    assert reading(acme, "ops").get("/portfolio.xlsx").status_code == 403
    book = CalamineWorkbook.from_filelike(io.BytesIO(reading(acme, "finance").get("/portfolio.xlsx", JANUARY).content))
    assert "指标" not in book.sheet_names
    assert "每日 GMV" not in book.sheet_names
    assert "GMV 与人力成本" in book.sheet_names


def test_a_brand_that_cant_be_read_does_not_take_the_others_along(acme, globex, desk):
    owner = reading(acme, "owner")
    Brand.objects.filter(pk=globex.pk).update(schema_name="no-such-schema")
    html = shown(owner, **JANUARY)
    assert "暂时读不到数据：Globex。其他品牌不受影响" in html
    assert len(CELL.findall(html)) == len(METRICS)
    book = CalamineWorkbook.from_filelike(io.BytesIO(owner.get("/portfolio.xlsx", JANUARY).content))
    assert "暂时读不到数据：Globex" in str(book.get_sheet_by_name("指标").to_python()[0])


def test_where_no_brand_can_be_read_the_page_is_an_error(acme, globex, desk):
    owner = reading(acme, "owner")
    for brand in (acme, globex):
        Brand.objects.filter(pk=brand.pk).update(schema_name=f"no-{brand.slug}")
    with pytest.raises(BrandNotEnteredError):
        owner.get("/portfolio/", JANUARY)

"""A report's figures as one CSV: the numbers of the page, raw, for whoever may read the report."""

import csv
import io

import pytest

from projects.models import Channel
from tests.factories import inside, sign_in, user_client
from tests.kpi.plans import SHARES
from tests.reports.desk import january_of_two, plan
from tests.workplace.test_report_pages import Figures, act, page

TITLES = ["项目", "种类", "开始日期", "结束日期", "版本", "部分", "分组", "行", "位置", "项", "数值", "单位", "文字"]


@pytest.fixture
def desk(acme, globex):
    desk = january_of_two(acme, globex)
    desk.agree({**plan(), "lines": {"diverted_users": SHARES}})
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("monthly", "2026-01")


def fetch(client, report, status=200, **query):
    sign_in(client, client.user)
    answer = client.get(f"/api/v1/reports/{report.pk}.csv", query)
    assert answer.status_code == status, answer.content[:300]
    return answer


def table(answer):
    assert answer.content.startswith(b"\xef\xbb\xbf")  # without it Excel garbles Chinese
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert head == TITLES
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_figures_stand_raw_with_what_they_are_made_of(acme, desk, report):
    rows = table(fetch(user_client(acme, "owner"), report))
    assert {tuple(row[name] for name in TITLES[:5]) for row in rows} == {
        ("p1", "monthly", "2026-01-01", "2026-01-31", "1"),
    }  # fmt: skip
    gmv = {row["项"]: (row["数值"], row["单位"]) for row in rows if (row["部分"], row["行"]) == ("十项指标", "GMV")}
    assert (gmv["本期"], gmv["分子"]) == (("349.90", "CNY"), ("349.90", "CNY"))
    assert "分母" not in gmv
    # Adjusted to the half of the parcels that came: 310 users, on average 155 fans at ¥6.
    assert gmv["调整后预测"] == ("930.00", "CNY")
    rate = {row["项"]: (row["数值"], row["单位"]) for row in rows if (row["部分"], row["行"]) == ("十项指标", "导流率")}
    assert (rate["分子"], rate["分母"], rate["本期"][1]) == (("3", "count"), ("3100", "count"), "ratio")
    assert rate["本期"][0].startswith("0.000967741935")
    days = {row["位置"]: row["数值"] for row in rows if row["部分"] == "成交走势"}
    assert (days["/days/4/gmv"], days["/days/5/gmv"], len(days)) == ("300.00", "49.90", 31)


def test_lines_and_bands_stand_beside_the_figure(acme, report):
    rows = table(fetch(user_client(acme, "owner"), report))
    found = {row["项"]: row for row in rows if (row["部分"], row["行"]) == ("十项指标", "导流总用户数")}
    assert [found[name]["数值"] for name in ("不及格线", "正常线", "优良线", "超额线")] == ["248", "310", "341", "372"]
    assert (found["区间"]["文字"], found["区间"]["数值"]) == ("不及格", "")


def test_every_number_of_the_page_s_tables_is_in_it(acme, report):
    owner = user_client(acme, "owner")
    told = {(row["位置"], row["数值"]) for row in table(fetch(owner, report))}
    shown = {(pointer, exact) for pointer, exact, _ in Figures(page(owner, report)).found}
    assert len(shown) > 30
    assert shown - told == set()


def test_a_name_is_never_a_formula(acme, desk):
    with inside(acme):
        Channel.objects.filter(code="pkg").update(name='=HYPERLINK("http://x")')
    rows = table(fetch(user_client(acme, "owner"), desk.issue("monthly", "2026-01")))
    assert {row["行"] for row in rows if row["部分"] == "渠道"} == {'\'=HYPERLINK("http://x")', "未标明渠道"}


def test_the_brand_gets_it_from_the_sending_on_without_the_annex(acme, globex, desk, report):
    manager = user_client(acme, "brand_manager")
    fetch(manager, report, status=404)
    fetch(user_client(globex, "owner"), report, status=404)
    act(desk.pm, report, "review")
    act(desk.pm, report, "send")
    answer = fetch(manager, report, revision=1)
    assert answer["Content-Disposition"] == 'attachment; filename="p1-monthly-2026-01-01-r1.csv"'
    assert not [row for row in table(answer) if "成本合计" in row["行"] or "人力" in row["行"]]
    fetch(manager, report, status=404, revision=2)

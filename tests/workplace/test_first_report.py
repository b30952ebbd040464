"""From an empty installation to the first reports approved by both sides, by links and forms alone (no terminal but for
the code that it shows): who does what, in which order, and in how many steps."""

import io
import json
import re
import time
from datetime import date, timedelta

import pytest
import xlsxwriter
from django.utils import timezone

import connectors.tasks
import kpi.tasks
import reports.tasks
from siyu.due import work_off
from tenants.founding import founding_code
from tenants.models import Agency, Brand, User
from tenants.second_factor import begin_set_up, code_at
from tests.workplace.visitor import Visitor, workbook

PASSWORD = "correct horse battery"
ROOM = {connectors.tasks, kpi.tasks, reports.tasks}  # their handlers are registered
STEPS = 74  # links followed and buttons pressed, by all four together
RATES = {"churn_rate": "0.03", "ramp": "1", "gmv_per_fan": "6", "koc_share": "0.02", "referral_share": "0.05"}


@pytest.fixture
def nobody(transactional_db, settings):
    """A new installation: migrated, and nobody there."""
    Brand.objects.exclude(slug__in=("acme", "globex", "initech")).delete()
    Agency.objects.update(is_demo=True)  # what other tests share; a page that founds looks past a demo's
    yield
    Agency.objects.update(is_demo=False)


def months() -> list[date]:
    """The first days of the term: of the month before last, whose report is due whatever today is, and two more."""
    today = timezone.localdate()
    number = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in (number - 2, number - 1, number)]


def file(name: str, titles: list[str], rows: list[list]) -> object:
    """As somebody fills in a template: the titles it has, without marks."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    for place, row in enumerate([titles, *rows]):
        sheet.write_row(place, 0, row)
    book.close()
    return workbook(f"{name}.xlsx", stream.getvalue())


def found_agency() -> Visitor:
    owner = Visitor().open("http://localhost/")
    owner.follow("建立你的代运营公司")
    people = {
        f"{part}_{name}": text
        for part, said in {
            "owner": {"name": "周敏", "email": "zhou@lighthouse.example"},
            "operator": {"name": "钱进", "email": "it@lighthouse.example"},
        }.items()
        for name, text in {**said, "password": PASSWORD, "again": PASSWORD}.items()
    }
    owner.submit("建立公司", {"code": founding_code(), "agency": "灯塔私域", **people})
    code = code_at(begin_set_up(User.objects.get(email="zhou@lighthouse.example")), time.time())
    owner.submit("开启", {"code": code})
    return owner.follow("已保存，继续")


def take(link: str, **said: str) -> Visitor:
    person = Visitor().open(link)
    return person.submit("接受邀请", {"password": PASSWORD, "again": PASSWORD, **said})


def upload(pm: Visitor, content: object) -> None:
    pm.follow("启用清单")
    pm.follow("下一步") if "下一步：首批数据" in pm.text or "下一步：数据来源" in pm.text else pm.follow("数据")
    pm.submit("检查文件", {"file": content})
    assert "0 处问题" in pm.text
    pm.submit(re.search(r"导入 \d+ 条", pm.text)[0])
    work_off()
    pm.open(pm.at)
    assert "已完成" in pm.text, pm.text[:500]


def link_in(visitor: Visitor) -> str:
    return re.search(r"http://\S+/invitation/\S+", visitor.text)[0]


def test_from_nothing_to_the_first_reports(nobody):
    first, second, _ = months()
    today = timezone.localdate()
    owner = found_agency()

    # Agency → brand → project
    owner.submit("新建品牌", {"slug": "moli", "name": "茉莉护肤", "category": "护肤"})
    owner.follow("进入品牌")
    assert "还没有项目。先新建项目" in owner.text
    owner.follow("新建项目")
    last = date(first.year + 1, first.month, 1) - timedelta(days=1)
    owner.submit("新建项目", {"/code": "main", "/name": "茉莉 1 期", "/starts_on": f"{first}", "/ends_on": f"{last}"})
    assert "首份报告需要 14 项，已完成 1 项" in owner.text

    # People: the PM by a copied link, the brand's manager by one that the agency never sees
    owner.follow("下一步：项目经理席位")
    owner.submit("邀请", {"email": "chen@lighthouse.example", "name": "陈默", "role": "项目经理", "way": "link"})
    pm = take(link_in(owner))
    said = {"email": "lin@moli.example", "name": "林悦", "role": "私域经理", "way": "由平台运维转交（品牌方的人）"}
    owner.submit("邀请", said)
    assert "/invitation/" not in owner.text
    operator = (
        Visitor().open("http://localhost/").submit("登录", {"username": "it@lighthouse.example", "password": PASSWORD})
    )
    operator.submit("生成链接 · lin@moli.example")
    brand = take(link_in(operator), pin="271828")
    owner.follow("项目").follow("启用清单")
    owner.follow("下一步：项目经理席位")
    owner.submit("安排席位", {"/member": "陈默 · 项目经理"})

    # The PM: contacts, guide, account, channel, forecast
    pm.open(pm.at).follow("启用清单")
    pm.follow("下一步：品牌联系人")
    pm.submit("保存联系人", {"/0/name": "林悦", "/1/name": "孟洁", "/2/name": "方晴"})
    pm.follow("启用清单").follow("下一步：导购与占比")
    pm.submit("录入导购", {"/code": "nana", "/name": "娜娜"}).submit("安排")
    pm.follow("娜娜（nana）")
    away = {"/skills": "护肤、1v1", "/0/from": f"{second}", "/0/to": f"{second}", "/0/reason": "调休"}
    pm.submit("保存技能与缺勤", away)
    assert "护肤、1v1" in pm.text
    pm.follow("启用清单").follow("下一步：企微号与承接人")
    pm.submit("新建企微号", {"/code": "ml-01", "/name": "小茉", "/guide": "nana"})
    pm.follow("启用清单").follow("下一步：渠道")
    pm.submit("新建渠道", {"/code": "card", "/name": "包裹卡", "/unit": "签收包裹"})
    pm.follow("启用清单").follow("下一步：预测表")
    typed = {"/opening_fans": "2"}
    for place in range(len([node for node in pm.page.all("input") if re.fullmatch(r"/\d+/ramp", node["name"])])):
        typed |= {f"/{place}/promised_reach/card": "3000", f"/{place}/diversion_rate/card": "0.02"}
        typed |= {f"/{place}/{name}": value for name, value in RATES.items()}
    pm.submit("存并提出给双方", typed)

    # Both sides approve the sheet and the forecast
    for side in (owner, brand):
        for _ in range(2):
            side.open("http://moli.localhost/").follow("去确认")
            side.submit("确认这一版")
    assert "去确认" not in brand.open("http://moli.localhost/").text

    # Opening stock, then the facts, by file
    before = f"{first - timedelta(days=1)} 10:00"
    upload(
        pm, file("存量", ["粉丝编号", "添加时间", "企微号", "存量"], [[f"s{n}", before, "ml-01", "是"] for n in (1, 2)])
    )
    yesterday = today - timedelta(days=1)
    days = [first + timedelta(days=place) for place in range((yesterday - first).days + 1)]
    added = [[f"f{place}", f"{day} 10:00", "ml-01", "card"] for place, day in enumerate(days)]
    upload(pm, file("新增", ["粉丝编号", "添加时间", "企微号", "渠道"], added))
    reached = [["card", f"{day}", 100, "35.00"] for day in days]
    upload(pm, file("触达", ["渠道", "日期", "触达", "费用"], reached))
    orders = [[f"T{place}", f"{day} 15:00", "100.00", f"f{place}"] for place, day in enumerate(days)]
    upload(pm, file("订单", ["订单号", "付款时间", "实付金额", "粉丝编号"], orders))
    pm.follow("启用清单").follow("下一步：启动项目")
    pm.submit("启动项目")

    # The first daily and monthly report: made when due, reviewed, sent, approved
    reports.tasks.begin()
    work_off()
    month = f"{first.year} 年 {first.month} 月月报"
    for title in (f"{yesterday.month} 月 {yesterday.day} 日日报", month):
        pm.open("http://moli.localhost/projects/main/reports/").follow(title)
        if pm.offers("审核通过，待发送"):
            pm.submit("审核通过，待发送")
        pm.submit("发送给品牌方")
        brand.open("http://moli.localhost/").follow("去确认", title)
        brand.submit("通过本版报告")
        assert "已通过" in brand.text
    assert "已完成 14 项" in pm.open("http://moli.localhost/projects/main/setup/").text

    # The month's figures, by hand: a fan a day, each of a parcel card out of a hundred, each with one order of 100.00
    length = (second - first).days
    answer = brand.clients["moli.localhost"].get(
        f"/api/v1/projects/main/kpis/?grain=month&start={first}&end={second - timedelta(days=1)}"
    )
    figures = {row["indicator"]: row for row in json.loads(answer.getvalue())["results"]}
    assert figures["diverted_users"]["numerator"] == length, "the opening stock was never diverted"
    assert (figures["diversion_rate"]["numerator"], figures["diversion_rate"]["denominator"]) == (length, 100 * length)
    assert figures["gmv"]["value"] == f"{100 * length}.00"
    assert figures["retention_rate"]["denominator"] == 2
    steps = [person.steps for person in (owner, operator, pm, brand)]
    assert sum(steps) <= STEPS, steps

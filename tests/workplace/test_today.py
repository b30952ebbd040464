"""Today: what needs each role now, from the state of things; one way to the place where it is done; gone once done."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from kpi.models import Forecast
from projects.models import BrandContact, Project, TeamSeat
from projects.workdays import workday_after
from reports.models import ReportSchedule
from siyu.brands import PUBLIC, current_schema
from siyu.periods import local_day
from tenants.models import Agency, Brand
from tests.factories import at_agency, inside, make_guide, make_placement, make_project, make_user
from tests.factories import user_client as client_of
from tests.kpi.plans import SHARES, awake, body, month
from tests.reports.desk import ReportDesk, january, plan
from workplace.today import LEVELS, Task, in_order

ROW = re.compile(
    r'<li class="sy-day-(\w+)">.*?<b>(.*?)</b><p>(.*?)</p>.*?<span class="sy-day-due[^"]*">(.*?)</span>'
    r'.*?<a class="sy-button(?: sy-second)?" href="([^"]*)">(.*?)<span',
    re.DOTALL,
)
QUERIES = 190  # beside entering the brand


@pytest.fixture
def desk(acme, globex):
    """An active project with the facts of January; its seats are taken, its versions await approval."""
    make_placement(make_guide(acme.agency, code="nana", name="娜娜"), acme)
    desk = ReportDesk(acme)
    desk.send(january())
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    return desk


@pytest.fixture
def ops(desk):
    return desk.seated("ops")


@pytest.fixture
def content(desk):
    return desk.seated("content")


def rows(client, path="/", **headers):
    """{what: (level, why, due, address, link)}, in the page's order."""
    response = awake(client).get(path, headers=headers)
    assert response.status_code == 200, response.content[:500]
    found = ROW.findall(unescape(response.content.decode()))
    return {what: (level, why, due, address, link) for level, what, why, due, address, link in found}


def opens(client, address):
    return awake(client).get(address.partition("#")[0]).status_code


# -- Reports ----------------------------------------------------------------------------------------------------------


def test_a_report_goes_from_hand_to_hand(desk, ops, content):
    title = "1 月 6 日日报"
    report = desk.issue("daily", "2026-01-06")
    where = f"/projects/p1/reports/{report.pk}/"
    assert rows(desk.pm)[f"审核：{title}"][3:] == (where, "去审核")
    assert rows(content)[f"补写：{title}"][3:] == (f"{where}words/", "去补写")
    assert not any(title in what for what in rows(desk.manager))
    assert desk.act(desk.pm, report, "review").status_code == 200
    assert rows(desk.pm)[f"发送：{title}"][3] == where
    assert desk.act(desk.pm, report, "send").status_code == 200
    assert not any(title in what for what in rows(desk.pm))
    assert rows(desk.manager)[f"确认：{title}"][3:] == (where, "去确认")
    assert desk.act(desk.manager, report, "dispute", comment="少了订单").status_code == 200
    assert not any(title in what for what in rows(desk.manager))
    for client in (desk.pm, ops):
        level, why, _, address, link = rows(client)[f"答复异议：{title}"]
        assert (level, address, link) == ("late", where, "去答复")
        assert "品牌方提出 1 处异议" in why
    assert not any(title in what for what in rows(content))
    assert desk.act(desk.pm, report, "answer", comment="已补").status_code == 200
    assert "异议已有答复" in rows(desk.manager)[f"确认：{title}"][1]
    assert desk.act(desk.manager, report, "approve").status_code == 200
    assert not any(title in what for client in (desk.pm, desk.manager, ops, content) for what in rows(client))


def test_words_about_the_floor_come_before_anything_else(desk):
    terms = {"floor": "0.80", "basis": "composite", "weights": {"gmv": "1"}}
    desk.agree({**plan(**terms), "lines": {"gmv": SHARES}})
    report = desk.issue("monthly", "2026-01")
    (what, (level, _, _, address, link)), *_ = rows(desk.pm).items()
    assert (what, level, link) == ("写未达标说明：2026 年 1 月月报", "late", "去填写")
    assert address == f"/projects/p1/reports/{report.pk}/words/"
    assert desk.words(desk.pm, report, below_floor="二月补足").status_code == 200
    assert "审核：2026 年 1 月月报" in rows(desk.pm)


def test_silence_that_counts_is_counted_down(desk):
    with inside(desk.brand):
        ReportSchedule.objects.update_or_create(project=desk.project, defaults={"deemed_after": 5})
    today = local_day(timezone.now(), timezone.get_default_timezone())
    yesterday = today - timedelta(days=1)
    desk.send([{"type": "channel.day", "channel": "pkg", "date": str(yesterday), "reached": 1}])
    report = desk.issue("daily", str(yesterday), now=timezone.now())
    desk.send_out(report)
    day = workday_after(today, 5)
    [(level, why, due, _, _)] = [row for what, row in rows(desk.manager).items() if what.startswith("确认：")]
    assert (level, due.split("，")[0]) == ("soon", f"{day:%m-%d} 前")
    assert why == f"已发送，待你确认或提出异议；{day} 结束时无异议即视为通过，剩 {(day - today).days} 天"


def test_the_sponsor_reads_monthly_reports_and_the_one_pager(acme, desk):
    sponsor = client_of(acme, "brand_sponsor")
    assert list(rows(sponsor)) == ["看一页纸"]
    for kind, period in (("daily", "2026-01-06"), ("monthly", "2026-01")):
        report = desk.issue(kind, period)
        desk.words(desk.pm, report, below_floor="二月补足")
        desk.send_out(report)
    assert set(rows(sponsor)) == {"看一页纸", "查看：2026 年 1 月月报"}
    assert rows(sponsor)["看一页纸"][3] == "/projects/p1/onepager/"


# -- What was agreed --------------------------------------------------------------------------------------------------


def test_a_forecast_waits_for_each_side_in_turn(desk):
    what, follow = "确认预测表第 1 版", "跟进预测表第 1 版的确认"
    assert rows(desk.pm)["提出预测表"][3] == "/projects/p1/forecast/"
    made = desk.put(body(month("2026-01")))
    assert not {"提出预测表", what, follow} & {*rows(desk.pm), *rows(desk.owner), *rows(desk.manager)}
    _, why, _, address, link = rows(desk.pm)["提出预测表第 1 版"]
    assert (why[:10], address, link) == ("你方的草稿还没有提出", "/projects/p1/forecast/?version=1", "去提出")
    assert not any("预测表" in row for row in rows(desk.manager)), "a draft of the other side is not asked about"
    propose(desk, made)
    assert "提出预测表第 1 版" not in {*rows(desk.pm), *rows(desk.owner)}
    assert rows(desk.pm)[follow][1] == "待代运营方、品牌方确认"
    for client in (desk.owner, desk.manager):
        assert rows(client)[what][3:] == ("/projects/p1/forecast/?version=1", "去确认")
    assert desk.approve(desk.owner, 1, made["sha256"]).status_code == 200
    assert what not in rows(desk.owner)
    assert rows(desk.manager)[what][1] == "对方已确认，等你确认后生效"
    assert rows(desk.pm)[follow][1] == "待品牌方确认"
    assert desk.approve(desk.manager, 1, made["sha256"]).status_code == 200
    assert not {what, follow} & {*rows(desk.pm), *rows(desk.manager)}
    with inside(desk.brand):
        assert Forecast.objects.get().bound_at


def propose(desk, made, client=None):
    read = {"version": made["version"], "sha256": made["sha256"]}
    assert awake(client or desk.pm).post(f"{desk.path}/forecast/propose/", read).status_code in (200, 201)


def test_a_newer_draft_does_not_hide_what_was_proposed(desk):
    propose(desk, desk.put(body(month("2026-01"))))
    desk.put(body(month("2026-01"), opening_fans=1), desk.pm)
    assert rows(desk.manager)["确认预测表第 1 版"][3] == "/projects/p1/forecast/?version=1"
    assert "确认预测表第 2 版" not in rows(desk.manager)
    assert "确认预测表第 1 版" in rows(desk.owner)
    assert {"跟进预测表第 1 版的确认", "提出预测表第 2 版"} <= set(rows(desk.pm))


def test_the_brands_own_draft_is_the_brands_to_propose(desk):
    made = desk.put(body(month("2026-01")), desk.manager)
    assert "提出预测表第 1 版" in rows(desk.manager)
    assert not any("预测表" in row for row in (*rows(desk.owner), *rows(desk.pm)))
    propose(desk, made, desk.manager)
    assert "确认预测表第 1 版" in rows(desk.owner)


def test_a_promise_is_the_promisers_then_the_other_sides(desk):
    today = local_day(timezone.now(), timezone.get_default_timezone())
    late, soon, far = (today + timedelta(days=days) for days in (-3, 5, 30))
    promises = [
        {"kind": "goods", "month": f"{day:%Y-%m}", "what": name, "promised": "20", "due_on": str(day)}
        for name, day in (("专享价", late), ("赠品", soon), ("新品", far))
    ]
    assert desk.manager.put(f"{desk.path}/commitments/", promises).status_code == 200
    own = rows(desk.manager)
    name = f"专享价（{late:%Y-%m}）"
    assert own[f"交付{name}"][:3] == ("late", "承诺 20，已交付 0，逾期 3 天", "已过 3 天")
    assert own[f"交付赠品（{soon:%Y-%m}）"][:3] == (
        "soon",
        "承诺 20，已交付 0",
        f"{soon:%m-%d} 前，剩 {(soon - today).days} 天",
    )
    assert not any("新品" in what for what in own)
    assert rows(desk.pm)[f"跟进品牌方：{name}"][1] == "承诺 20，已交付 0，逾期 3 天"
    listed = desk.manager.get(f"{desk.path}/commitments/").json()
    [row] = [row for row in listed if row["what"] == "专享价"]
    where = f"/projects/p1/commitments/{row['id']}/deliver/"
    desk.manager.post(where, {"/delivered": "12"}, format="multipart")
    assert "对方填写交付 12" in rows(desk.pm)[f"确认交付：{name}"][1]
    confirm = f"/projects/p1/commitments/{row['id']}/confirm/"
    assert desk.pm.post(confirm, {"/delivered": "12"}, format="multipart").status_code == 302
    assert f"确认交付：{name}" not in rows(desk.pm)
    relief = {"/share": "0.4", "/indicators/gmv": "on"}
    desk.pm.post(f"/projects/p1/commitments/{row['id']}/relieve/", relief, format="multipart")
    assert rows(desk.manager)[f"回应减免：{name}"][1] == "对方提议减免 40.0%：GMV"
    assert f"回应减免：{name}" not in rows(desk.pm)


def test_reach_that_others_entered_waits_for_the_brand(desk):
    today = local_day(timezone.now(), timezone.get_default_timezone())
    desk.agree(body(month(f"{today:%Y-%m}", promised_reach={"pkg": 90000})))
    desk.send([desk.reach("pkg", str(today), 900)])
    what = f"确认触达：pkg {today:%Y-%m}"
    assert rows(desk.manager)[what][1].startswith("数据接入报来 900；")
    assert what not in rows(desk.pm)
    said = {"form": "reach", "/month": f"{today:%Y-%m}", "/channel": "pkg", "/reached": "900"}
    assert desk.manager.post("/projects/p1/commitments/reach/", said, format="multipart").status_code == 302
    assert what not in rows(desk.manager)


def test_reach_names_who_stated_it_by_the_role_she_has(desk, ops):
    today = local_day(timezone.now(), timezone.get_default_timezone())
    desk.agree(body(month(f"{today:%Y-%m}", promised_reach={"pkg": 90000})))
    desk.client = ops
    desk.send([desk.reach("pkg", str(today), 900)])
    assert rows(desk.manager)[f"确认触达：pkg {today:%Y-%m}"][1].startswith("代运营方（运营）报来 900；")


# -- The day's work ---------------------------------------------------------------------------------------------------


def test_who_is_held_by_nobody_and_who_is_missing(desk, ops, content):
    desk.send([{"type": "fan.added", "id": "x", "fan": "x", "at": "2026-01-07T10:00:00"}])
    for client in (desk.pm, ops):
        assert rows(client)["分配 1 位粉丝"][3:] == ("/projects/p1/assignments/", "去分配")
    assert not any("分配" in what for what in rows(content))
    with inside(desk.brand):
        TeamSeat.objects.filter(role="ops").delete()
    assert rows(desk.pm)["安排运营"][3] == "/projects/p1/team/"
    today = local_day(timezone.now(), timezone.get_default_timezone())
    with inside(desk.brand):
        TeamSeat.objects.filter(role="pm").update(ends_on=today - timedelta(days=1))
    assert rows(desk.owner)["安排项目经理"][0] == "late"


def test_data_that_end_too_early_are_told_to_who_sends_them(desk, ops):
    for client in (desk.pm, ops):
        [(level, why, _, address, _)] = [row for what, row in rows(client).items() if what.startswith("补传")]
        assert (level, why, address) == ("late", "数据停在 2026-01-31", "/projects/p1/data/")
    assert not any(what.startswith("补传") for what in rows(desk.manager))


def test_costs_are_asked_of_finance(acme, desk):
    finance = client_of(acme, "finance")
    assert "娜娜" in rows(finance)["录入 1 位导购的成本"][1]
    desk.owner.post("/projects/p1/team/cost/nana/", {"/monthly": "6000"}, format="multipart")
    assert "录入 1 位导购的成本" not in rows(finance)
    assert not any("成本" in what for client in (desk.pm, desk.manager) for what in rows(client))


def test_a_guide_sees_her_own_fans_and_figures(acme, desk):
    client = client_of(acme, "guide")
    make_placement(make_guide(acme.agency, code="mine", name="莉莉", user=client.user), acme, share="0.1")
    desk.keep("a2", [("2026-01-01T00:00:00", "mine")])
    desk.send([{"type": "fan.added", "id": "9", "at": "2026-01-08T10:00:00", "fan": "f9", "guide": "a2"}])
    found = rows(client)
    assert set(found) == {"看看我的本月", "服务我承接的粉丝"}
    assert found["服务我承接的粉丝"][1] == "1 位，可承接 2,500 位"


def test_a_project_that_is_not_active_says_what_is_missing(acme, desk):
    with inside(acme):
        Project.objects.update(state=Project.State.DRAFT)
    assert "品牌方尚未指定" in rows(desk.pm)["启动项目"][1]
    with inside(acme):
        BrandContact.objects.bulk_create(
            BrandContact(project=desk.project, role=role, name="王") for role in BrandContact.Role.values
        )
    assert rows(desk.pm)["启动项目"][1] == "条件已齐，启动后才能发送报告"
    assert "启动项目" not in rows(desk.manager)


# -- The page ---------------------------------------------------------------------------------------------------------


def test_nothing_to_do_is_said(acme):
    with inside(acme):
        make_project(code="p1")
    for role in ("brand_aftersales", "brand_reviewer"):
        client = client_of(acme, role)
        assert rows(client) == {}
        assert "现在没有需要你处理的事" in client.get("/").content.decode()


def test_every_row_leads_to_a_page_that_she_may_open(acme, desk, ops, content):
    desk.put(body(month("2026-01")))
    desk.issue("daily", "2026-01-06")
    finance, sponsor = client_of(acme, "finance"), client_of(acme, "brand_sponsor")
    for client in (desk.pm, desk.owner, desk.manager, ops, content, finance, sponsor):
        found = rows(client)
        assert found
        assert {opens(client, row[3]) for row in found.values()} == {200}


def test_rows_come_by_urgency_and_many_of_a_kind_are_folded():
    day = timezone.localdate()
    tasks = [Task("a", f"a{place}", "", "", "/a/", "warn", day + timedelta(days=place), "/all/") for place in range(5)]
    tasks += [Task("b", "b", "", "", "/b/", "bad"), Task("c", "c", "", "", "/c/", "mid")]
    with translation.override("zh-hans"):
        found = in_order(tasks, day - timedelta(days=1))
    assert [task.what for task in found] == ["b", "a0", "a1", "另有 3 项同类事项", "c"]
    assert found[3].address == "/all/"


def test_what_is_late_comes_first_then_what_is_due_today_then_soon_then_what_has_no_day():
    """Of what is late, what is long overdue comes last: a day more of it hurts least."""
    day = timezone.localdate()
    tasks = [
        Task(
            "own_overdue",
            f"交付{name}",
            "",
            "填写交付",
            f"/{name}/",
            "warn",
            day - timedelta(days=late),
            "/all/",
            about=name,
        )
        for name, late in (("赠品", 40), ("物料", 3), ("专享价", 20))
    ]
    tasks += [
        Task("reach", "确认触达", "", "", "/reach/", "warn", day + timedelta(days=1)),
        Task("own_due", "交付新品", "", "", "/due/", "warn", day),
        Task("report_open_daily", "确认：日报", "", "", "/report/", "warn"),
        Task("seat", "安排项目经理", "", "", "/seat/", "bad", day),
    ]
    with translation.override("zh-hans"):
        found = in_order(tasks, day)
    whats = [task.what for task in found]
    assert whats == ["安排项目经理", "3 项承诺逾期", "交付新品", "确认触达", "确认：日报"]
    assert [task.level(day) for task in found] == ["late", "late", "today", "soon", "open"]
    gathered = found[1]
    assert (gathered.why, gathered.address, gathered.due) == ("赠品、专享价 等", "/all/", day - timedelta(days=40))


def test_urgency_shows_by_icon_word_and_order_and_the_first_row_is_to_be_done(desk, acme):
    """Late: her seat is not taken; to do: the report; nothing is by its colour alone."""
    with inside(acme):
        TeamSeat.objects.filter(role="pm").delete()
    desk.issue("daily", "2026-01-06")
    html = awake(desk.owner).get("/").content.decode().partition("sy-stack")[2]
    levels = re.findall(r'<li class="sy-day-(\w+)">\s*<svg[^>]*><use href="[^"]*#([a-z-]+)"', html)
    order = [level for level, _ in levels]
    assert order == sorted(order, key=list(LEVELS).index)
    assert {(level, icon) for level, icon in levels} <= {(level, icon) for level, (icon, _) in LEVELS.items()}
    assert rows(desk.owner)["安排项目经理"][::2] == ("late", "紧急", "去安排")
    buttons = re.findall(r'<a class="(sy-button[^"]*)" href="[^"]*">[^<]*<span class="sy-hidden"> · ', html)
    assert (buttons[0], set(buttons[1:])) == ("sy-button", {"sy-button sy-second"})


def test_the_head_greets_and_counts_by_urgency(desk):
    desk.issue("daily", "2026-01-06")
    html = awake(desk.pm).get("/").content.decode()
    head = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition('<div class="sy-head">')[2].partition("sy-stack")[0])
    )
    today = timezone.localdate()
    assert f"今日 · {today.month} 月 {today.day} 日 周" in head
    assert f"好，{desk.pm.user} 项目经理 数据截至 2026-01-31" in head
    counted = dict(re.findall(r'<li class="sy-level-(\w+)"><svg.*?</svg><b>(\d+)</b>', html))
    found = [level for level, *_ in rows(desk.pm).values()]
    assert counted == {level: str(found.count(level)) for level in set(found)}


def test_a_brand_without_a_project_is_led_to_its_first(acme, globex):
    """Whoever makes it, on the agency's first page; whoever waits for a seat is told who gives it, not to make one."""
    with inside(acme):
        make_project(code="p1")
    owner = at_agency(make_user("owner", brand=acme)).get("/").text
    assert "Globex 还没有项目。进入它的站点，新建项目。" in owner
    assert "Acme 还没有项目" not in owner
    assert re.search(r'href="http://globex[^"]*/enter/[^"]*next=%2Fprojects%2F%23new"', owner)
    assert "还没有项目" not in at_agency(make_user("ops", brand=globex)).get("/").text
    waiting = client_of(acme, "pm").get("/").text
    assert "请所有者或管理员在它的启用清单中为你安排席位" in waiting


def test_what_the_menu_offers_an_agency_without_brands_opens(db):
    client = at_agency(make_user("owner", agency=Agency.objects.create(slug="new", name="新公司")))
    assert "/portfolio/" not in client.get("/").text


def test_where_there_is_nothing_the_way_on_is_shown(acme, initech):
    page = client_of(acme, "owner").get("/").text
    assert 'href="/projects/#new"' in page
    assert 'href="/projects/#new"' not in client_of(acme, "guide").get("/").text
    client = at_agency(make_user("owner", agency=Agency.objects.create(slug="new", name="新公司")))
    assert 'class="sy-button" href="/brands/"' in client.get("/").text


def test_the_bar_of_a_phone_is_the_same_at_home_and_in_the_only_project(acme, desk):
    def bar(path):
        html = awake(desk.manager).get(path).text.partition('class="sy-tabbar"')[2].partition("<details")[0]
        return re.findall(r'<a href="([^"]*)"', html)

    assert bar("/") == ["/", "/projects/p1/", "/projects/p1/reports/", "/projects/p1/onepager/"]
    assert bar("/projects/p1/reports/") == bar("/")
    with inside(acme):
        make_project(code="p2")
    assert bar("/") == ["/", "/projects/"]


def test_a_brand_that_cant_be_read_leaves_the_day_of_the_others(acme, globex, desk):
    propose(desk, desk.put(body(month("2026-01"))))
    owner = make_user("owner", brand=acme)
    Brand.objects.filter(pk=globex.pk).update(schema_name="no-such-schema")
    page = at_agency(owner).get("/").content.decode()
    assert "暂时读不到数据：Globex。其他品牌不受影响" in page
    assert "Acme · 项目 p1" in page


def test_the_agencys_day_is_each_brands_and_no_other(acme, globex, initech, desk):
    propose(desk, desk.put(body(month("2026-01"))))
    other = ReportDesk(globex, "g1")
    other.put(body(month("2026-01")))
    far = ReportDesk(initech, "i1")
    far.put(body(month("2026-01")))

    def today_of(user):
        return at_agency(user).get("/").content.decode()

    owner = today_of(make_user("owner", brand=acme))
    assert ("Acme · 项目 p1" in owner, "Globex · 项目 g1" in owner, "项目 i1" in owner) == (True, True, False)
    assert "http://acme.localhost:8000/enter/?via=localhost&amp;next=%2Fprojects%2Fp1%2Fforecast%2F" in owner
    pm = today_of(desk.pm.user)
    assert ("Acme · 项目 p1" in pm, "Globex" in pm, "Initech" in pm) == (True, False, False)
    assert current_schema() == PUBLIC


def test_what_the_pm_sees_to_is_one_row_above_her(desk):
    desk.issue("daily", "2026-01-06")
    [name] = [what for what in rows(desk.owner) if what.endswith("件待办")]
    assert name.startswith(str(desk.pm.user))
    assert not any(what.startswith("审核") for what in rows(desk.owner))


def test_the_day_has_its_price(desk):
    client = awake(desk.pm)
    with CaptureQueriesContext(connection) as asked:
        client.get("/")
    assert len(asked) <= QUERIES


def test_the_day_is_whole_in_english(desk):
    desk.put(body(month("2026-01")))
    desk.issue("daily", "2026-01-06")
    html = awake(desk.pm).get("/", headers={"Accept-Language": "en"}).content.decode()
    text = unescape(re.sub(r"<[^>]+>", " ", html))
    assert set(re.findall(r"[\u4e00-\u9fff]+", text)) <= {"项目", "护肤", "简体中文"}

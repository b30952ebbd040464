"""The page of both sides' promises: traffic beside the rest, reach that the brand confirms, a history in words."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from projects.audit import record
from projects.models import AuditEntry, TeamSeat
from tenants.models import ApiKey
from tests.factories import client_for, inside, user_client
from tests.kpi.plans import ForecastDesk, body, month
from workplace.history import tell

P = "/projects/p1/commitments/"


@pytest.fixture
def desk(acme):
    return ForecastDesk(acme)


@pytest.fixture
def pm(acme, desk):
    client = user_client(acme, "pm", name="林经理")
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="pm", user=client.user, starts_on="2026-01-01")
    return client


def text_of(response):
    html = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def page(client, language="zh-hans"):
    response = client.get(P, HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 200, response.content
    return text_of(response)


def send(client, where, fields):
    return client.post(P + where, fields, format="multipart")


# -- Traffic ----------------------------------------------------------------------------------------------------------


def test_reach_waits_for_the_brand_and_only_the_brand_is_asked(desk, pm):
    desk.agree(body(month("2026-03", promised_reach={"pkg": 1000})))
    desk.owner.put(f"{desk.path}/channels/pkg/", {"name": "包裹卡", "unit": "张"})
    desk.send([desk.reach("pkg", "2026-03-10", 900)])
    assert "确认触达 900" in page(desk.manager)
    for client in (desk.owner, pm):
        shown = page(client)
        assert "2026-03 包裹卡（pkg） 1,000 张 2026-03-31 900" in shown
        assert "待品牌方确认" in shown
        assert "确认触达" not in shown
    said = {"form": "reach", "/month": "2026-03", "/channel": "pkg", "/reached": "900"}
    assert send(pm, "reach/", said).status_code == 403
    assert send(desk.manager, "reach/", {**said, "/reached": "800"}).status_code == 409
    assert send(desk.manager, "reach/", said).status_code == 302
    shown = page(pm)
    assert "待品牌方确认" not in shown
    assert str(desk.manager.user) in shown
    assert "触达确认 2026-03" in shown
    desk.send([desk.reach("pkg", "2026-03-11", 1)])
    assert "此前已确认 900" in page(pm)
    assert "确认触达 901" in page(desk.manager)


def fields_of(html, action):
    """What the form of this address would send untouched."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"(.*?)</form>', html, re.DOTALL)[1]
    chosen = re.search(r'<select[^>]*name="(/months)".*?<option value="([^"]*)" selected', form, re.DOTALL)
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)) | ({chosen[1]: chosen[2]} if chosen else {})


def test_all_reach_of_a_month_is_confirmed_at_once_and_none_for_anothers_fault(desk, pm):
    """Of two months and two channels; call changes after the page was read, and koc's April was not chosen."""
    desk.agree(body(
        month("2026-03", promised_reach={"call": 500, "pkg": 1000, "koc": 9},
              diversion_rate={"call": "0.1", "pkg": "0.1", "koc": "0.1"}),
        month("2026-04", promised_reach={"koc": 100}, diversion_rate={"koc": "0.1"}),
    ))  # fmt: skip
    desk.send([desk.reach("pkg", "2026-03-10", 900), desk.reach("call", "2026-03-10", 400),
               desk.reach("koc", "2026-03-10", 8), desk.reach("koc", "2026-04-02", 50)])  # fmt: skip
    html = desk.manager.get(P).text
    said = fields_of(html, f"{P}reach/confirm/")
    assert said["/months"] == "2026-03"
    assert "全部月份（4 项）" in html
    desk.send([desk.reach("call", "2026-03-11", 1)])
    assert send(pm, "reach/confirm/", said).status_code == 403
    answer = desk.manager.post(f"{P}reach/confirm/", {**said, "/months": "2026-03"}, format="multipart", follow=True)
    assert "已确认 2 项；1 项没有确认：2026-03 call：" in text_of(answer)
    rows = {(row["month"], row["channel"]): row["confirmed_how"]
            for row in desk.manager.get(f"{desk.path}/commitments/").json() if row["channel"]}  # fmt: skip
    assert rows == {
        ("2026-03", "pkg"): "person", ("2026-03", "koc"): "person", ("2026-03", "call"): None, ("2026-04", "koc"): None,
    }  # fmt: skip


def test_nothing_to_confirm_is_said_and_a_strangers_commitment_is_not_found(desk):
    desk.agree(body(month("2026-03")))
    assert "没有可确认的项目" in text_of(send(desk.manager, "confirm/", {"form": "deliveries", "/months": "all"}))
    said = {"form": "deliveries", "/months": "all", "/0/month": "2026-03", "/0/id": "999999", "/0/delivered": "1"}
    answer = send(desk.manager, "confirm/", said)
    assert answer.status_code == 409
    assert "承诺已删除" in text_of(answer)


def test_all_deliveries_of_the_other_side_are_confirmed_at_once(desk, pm):
    desk.agree(body(month("2026-03")))
    done = {"month": "2026-03", "kind": "posts", "promised": "9", "delivered": "9", "delivered_on": "2026-03-20"}
    lines = {
        f"/{place}/{name}": value
        for place, what in enumerate(("朋友圈", "社群", "直播"))
        for name, value in {**done, "what": what}.items()
    }
    assert send(pm, "own/", {"form": "own", **lines}).status_code == 302
    said = fields_of(desk.manager.get(P).text, f"{P}confirm/")
    assert said["/months"] == "2026-03"
    assert send(pm, "confirm/", said).status_code == 409  # one's own
    assert send(desk.manager, "confirm/", said).status_code == 302
    rows = desk.manager.get(f"{desk.path}/commitments/").json()
    assert [row["confirmed_how"] for row in rows if row["kind"] == "posts"] == ["person"] * 3


def test_the_page_and_rest_show_the_same_traffic(desk):
    desk.agree(body(month("2026-03", promised_reach={"pkg": 1000})))
    [row] = desk.manager.get(f"{desk.path}/commitments/").json()
    shown = page(desk.manager)
    assert (row["due_on"], row["state"]) == ("2026-03-31", "overdue")
    assert f"2026-03 pkg 1,000 2026-03-31 — 逾期未交付 {row['late_days']} 天 —" in shown


def test_saving_ones_own_leaves_the_traffic(desk):
    desk.agree(body(month("2026-03")))
    line = {"/0/month": "2026-03", "/0/kind": "goods", "/0/what": "专享价", "/0/promised": "20"}
    assert send(desk.manager, "own/", {"form": "own", **line}).status_code == 302
    assert [row["kind"] for row in desk.manager.get(f"{desk.path}/commitments/").json()] == ["goods", "traffic"]


# -- History ----------------------------------------------------------------------------------------------------------

SEAT = {"role": "guide", "holder": "g1", "share": "0.5", "from": "2026-03-01", "to": None}
KEEPER = {"guide": "g1", "from": "2026-03-01T00:00:00+00:00"}
CASES = [
    ("team", [], [SEAT], "团队", ["新增：导购 g1，50%，2026-03-01～"]),
    ("team", [], [{**SEAT, "share": "1"}], "团队", ["新增：导购 g1，100%，2026-03-01～"]),
    ("team", [SEAT], [{**SEAT, "to": "2026-05-31"}], "团队",
     ["删除：导购 g1，50%，2026-03-01～", "新增：导购 g1，50%，2026-03-01～2026-05-31"]),
    ("account:a1", {"name": "", "capacity": None, "keepers": []},
     {"name": "小美", "capacity": None, "keepers": [KEEPER]}, "企微号\na1",
     ["名称：— → 小美", "新增：2026-03-01 08:00 起 g1"]),  # an instant of UTC, told in Shanghai
    ("account:a1", {"name": "", "capacity": None, "keepers": [KEEPER]},
     {"name": "", "capacity": 5000, "keepers": [{**KEEPER, "guide": None}]}, "企微号\na1",
     ["容量：— → 5000", "删除：2026-03-01 08:00 起 g1", "新增：2026-03-01 08:00 起 无人承接"]),
    ("commitment:9", {"month": "2026-03", "kind": "goods", "what": "专享价", "promised": "1200.00", "unit": "款"},
     {"month": "2026-03", "kind": "goods", "what": "专享价", "promised": "1000.50", "unit": "款"},
     "承诺\n2026-03 专享价", ["承诺：1,200 → 1,000.50"]),
    ("commitment:9", {"id": 9, "side": "agency", "month": "2026-03", "kind": "heads", "what": "", "promised": "8.00"},
     None, "承诺\n2026-03 在岗人数", ["删除", "一方：代运营方", "月份：2026-03", "种类：在岗人数", "承诺：8"]),
    ("relief:9", {"share": "0.1", "indicators": ["gmv"], "agency": 1, "brand": None},
     {"share": "0.125", "indicators": ["gmv", "churn_rate"], "agency": 1, "brand": None}, "减免",
     ["比例：10% → 12.5%", "指标：GMV → GMV、综合流失率（含新增）"]),
    ("contacts", [], [{"role": "brand_manager", "name": "周敏", "email": "z@x.example", "part_time": True}],
     "品牌联系人", ["新增：私域经理 周敏（兼职） z@x.example"]),
    ("state", "draft", "active", "项目状态", ["筹备 → 进行中"]),
    ("forecast:3", None, {"side": "brand", "version": 3, "sha256": "ab"}, "预测表确认\n第 3 版",
     ["确认", "一方：品牌方", "版本：3"]),
    ("confirmation:9", None, {"side": "agency", "delivered": "12.00"}, "交付确认",
     ["确认", "一方：代运营方", "交付：12"]),
    ("reach:2026-03", {"channel": "pkg", "reached": 900}, {"channel": "pkg", "reached": 1000}, "触达确认\n2026-03",
     ["触达：900 → 1,000"]),
    ("guide:g1", {"skills": ["护肤"], "absences": []},
     {"skills": ["护肤", "彩妆"], "absences": [{"from": "2026-03-01", "to": "2026-03-03"}]}, "导购\ng1",
     ["技能：护肤 → 护肤、彩妆", "新增：2026-03-01～2026-03-03"]),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "before", "after", "what", "lines"), CASES)
def test_a_change_is_told_in_words(desk, acme, subject, before, after, what, lines):
    with inside(acme):
        record(desk.project, subject, before, after, by="siyu")
        [told] = tell(desk.project, AuditEntry.objects.filter(subject=subject))
    assert (told.by, told.what, told.lines) == ("系统", what, lines)


def test_who_and_when_are_told_in_words(desk, acme, pm):
    client_for(acme, [], name="仓库系统")
    key = ApiKey.objects.get(name="仓库系统")
    with inside(acme):
        for by in (f"user:{pm.user.pk}", f"key:{key.pk}"):
            record(desk.project, "state", "draft", by, by=by)
        told = tell(desk.project, AuditEntry.objects.order_by("pk"))
        at = AuditEntry.objects.order_by("pk")[0].at
    assert [one.by for one in told] == ["林经理", "密钥 仓库系统"]
    assert datetime.strptime(f"{told[0].at} +0800", "%Y-%m-%d %H:%M %z").astimezone(UTC) <= at


def test_the_history_speaks_the_readers_language_and_no_code(desk, pm):
    line = {"month": "2026-03", "kind": "goods", "what": "专享价", "promised": "20"}
    [made] = desk.manager.put(f"{desk.path}/commitments/", [line]).json()
    for client in (pm, desk.manager):
        relief = {"share": "0.1", "indicators": ["gmv"]}
        client.put(f"{desk.path}/commitments/{made['id']}/relief/", relief)
    chinese, english = page(pm), page(pm, "en")
    assert "减免 2026-03 专享价" in chinese
    assert f"品牌方同意：— → {desk.manager.user}" in chinese
    assert "Agreed by the agency: 林经理" in english
    for shown in (chinese, english):
        assert not re.search(r"commitment:|relief:|sha256|\{|null", shown)

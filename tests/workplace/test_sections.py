"""The working pages: what each role is shown and may do; every action, and what is said when it is refused."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from kpi.models import Forecast
from projects.models import BrandContact, Commitment, Definition, TeamSeat
from siyu.periods import local_day
from tests.factories import make_guide, make_placement, user_client
from tests.kpi.sending import Desk

P = "/projects/p1/"
SECTIONS = [
    "", "onepager/", "definitions/", "indicators/", "team/", "assignments/", "fans/", "commitments/", "forecast/",
    "contacts/", "audit/", "settings/", "setup/",
]  # fmt: skip
EXAMPLE = {
    "opening_fans": 62000,
    "effective_from": "2026-01",
    "months": [
        {
            "month": "2026-01", "promised_reach": {"parcel": 30000}, "diversion_rate": {"parcel": "0.05"},
            "churn_rate": "0.02", "ramp": "0.5", "gmv_per_fan": "4", "koc_share": "0.02", "referral_share": "0.05",
        }
    ],
}  # fmt: skip


@pytest.fixture
def desk(acme) -> Desk:
    """娜娜 keeps a1 with two fans; a third is held by nobody."""
    make_placement(make_guide(acme.agency, code="nana", name="娜娜"), acme)
    make_placement(make_guide(acme.agency, code="lili", name="丽丽"), acme, share="0.5")
    desk = Desk(acme)
    added = {"type": "fan.added", "guide": "a1"}
    desk.send(
        [
            {**added, "id": "1", "at": "2026-01-05T10:00:00", "fan": "f1", "channel": "parcel"},
            {**added, "id": "2", "at": "2026-01-06T10:00:00", "fan": "f2", "name": "王小满"},
            {"type": "fan.added", "id": "3", "at": "2026-01-07T10:00:00", "fan": "f3"},
        ]
    )
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    return desk


@pytest.fixture
def pm(acme, inside, desk):
    client = user_client(acme, "pm")
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="pm", user=client.user, starts_on="2026-01-01")
    return client


@pytest.fixture
def manager(acme, desk):
    return user_client(acme, "brand_manager")


@pytest.fixture
def owner(acme, desk):
    return user_client(acme, "owner")


def page(client, where, **query):
    response = client.get(P + where, query)
    assert response.status_code == 200, response.content
    return text_of(response)


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def send(client, where, fields, form="", status=302):
    response = client.post(P + where, {"form": form, **fields}, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def actions(client, where, **query):
    """The addresses that a page's forms send to."""
    html = client.get(P + where, query).content.decode()
    return {unescape(found).removeprefix(P) for found in re.findall(r'method="post" action="([^"]+)"', html)}


# -- Who sees and may do what -----------------------------------------------------------------------------------------

EVERYWHERE = [*SECTIONS, "reports/", "runs/", "data/"]
READERS = {
    "owner": EVERYWHERE, "admin": EVERYWHERE, "brand_manager": [*SECTIONS, "reports/"],
    "finance": [
        "definitions/", "team/", "commitments/", "forecast/", "contacts/", "audit/", "settings/", "setup/",
    ],
    "guide": ["", "definitions/", "team/", "fans/", "contacts/", "settings/", "setup/"],
    "brand_aftersales": ["definitions/", "team/", "contacts/", "settings/", "setup/"],
    "brand_reviewer": ["definitions/", "team/", "contacts/", "settings/", "setup/"],
    "brand_sponsor": [
        "", "onepager/", "definitions/", "indicators/", "team/", "commitments/", "forecast/", "contacts/", "audit/",
        "settings/", "setup/", "reports/",
    ],
}  # fmt: skip


@pytest.mark.parametrize("role", READERS)
def test_a_role_reads_its_sections_and_is_offered_no_others(acme, inside, desk, role):
    client = user_client(acme, role)
    if role == "guide":
        make_placement(make_guide(acme.agency, user=client.user), acme)
    readable = [where for where in EVERYWHERE if client.get(P + where).status_code == 200]
    assert readable == READERS[role]
    html = client.get(P + "definitions/").content.decode()
    nav = html[html.index("<nav") : html.index("</nav>")]
    assert sorted(re.findall(r'href="/projects/p1/([^"]*)"', nav)) == sorted(readable)


OFFERED = {
    "definitions/": {"owner": {"propose", "approve"}, "admin": {"propose"}, "brand_manager": {"propose", "approve"}},
    "team/": {"owner": {"seats", "cost", "capacity"}, "admin": {"seats", "cost", "capacity"}, "finance": {"cost"}},
    "assignments/": {"owner": {"plan"}, "admin": {"plan"}},
    "commitments/": {"owner": {"own"}, "admin": {"own"}, "brand_manager": {"own"}},
    "forecast/": {"owner": {"propose"}, "admin": {"propose"}, "brand_manager": {"propose"}},
    "settings/": {"owner": {"change"}, "admin": {"change"}, "brand_manager": {"change"}},
    "contacts/": {"owner": {"put", "activate"}, "admin": {"put", "activate"}, "brand_manager": {"put"}},
}


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("where", OFFERED)
def test_what_a_role_may_not_is_not_offered(acme, desk, role, where):
    client = user_client(acme, role)
    if where not in READERS[role]:
        return
    offered = {next(part for part in address.split("/")[::1] if part in ALL) for address in actions(client, where)
               if set(address.split("/")) & ALL}  # fmt: skip
    assert offered == OFFERED[where].get(role, set())


ALL = {"propose", "approve", "seats", "cost", "capacity", "plan", "own", "put", "activate", "change"}
ACTIONS = {
    "definitions/propose/": {"owner", "admin", "brand_manager"},
    "definitions/approve/": {"owner", "brand_manager"},
    "team/seats/": {"owner", "admin"},
    "team/capacity/a1/": {"owner", "admin"},
    "team/handover/a1/": {"owner", "admin"},
    "team/guides/nana/": {"owner", "admin"},
    "team/cost/nana/": {"owner", "admin", "finance"},
    "assignments/plan/": {"owner", "admin"},
    "assignments/1/apply/": {"owner", "admin"},
    "commitments/own/": {"owner", "admin", "brand_manager"},
    "commitments/1/deliver/": {"owner", "admin", "brand_manager"},
    "commitments/1/confirm/": {"owner", "admin", "brand_manager"},
    "commitments/1/relieve/": {"owner", "admin", "brand_manager"},
    "commitments/reach/": {"brand_manager"},
    "forecast/propose/": {"owner", "admin", "brand_manager"},
    "forecast/channels/": {"owner", "admin", "brand_manager"},
    "forecast/lines/": {"owner", "admin", "brand_manager"},
    "forecast/terms/": {"owner", "admin", "brand_manager"},
    "forecast/weights/": {"owner", "admin", "brand_manager"},
    "settings/change/": {"owner", "admin", "brand_manager"},
    "forecast/what-if/": {"owner", "admin", "brand_manager"},
    "forecast/approve/": {"owner", "brand_manager"},
    "contacts/put/": {"owner", "admin", "brand_manager"},
    "activate/": {"owner", "admin"},
    "close/": {"owner", "admin"},
}


@pytest.mark.parametrize("role", READERS)
def test_what_a_role_may_not_the_server_refuses(acme, desk, role):
    client = user_client(acme, role)
    refused = {where for where in ACTIONS if client.post(P + where, {}, format="multipart").status_code == 403}
    assert refused == {where for where, roles in ACTIONS.items() if role not in roles}


def test_forms_carry_their_token(acme, desk):
    client = user_client(acme, "owner")
    client.handler.enforce_csrf_checks = True
    assert client.post(P + "activate/", {}, format="multipart").status_code == 403


# -- Contacts and activation ------------------------------------------------------------------------------------------


def contacts(**changes):
    people = ["林岚", "周舟", "周舟", ""]
    roles = ["brand_manager", "brand_aftersales", "brand_reviewer", "brand_sponsor"]
    fields = {f"/{n}/role": role for n, role in enumerate(roles)} | {f"/{n}/name": p for n, p in enumerate(people)}
    return {**fields, **changes}


def test_contacts_are_named_and_the_project_activated(acme, inside, manager, pm):
    assert "品牌方尚未指定内容审核" in text_of(send(pm, "activate/", {}, status=409))
    send(manager, "contacts/put/", contacts(**{"/0/part_time": "on"}))
    with inside(acme):
        assert BrandContact.objects.count() == 3
    assert "私域经理为兼职" in page(pm, "contacts/")
    send(pm, "activate/", {})
    assert "进行中" in page(pm, "contacts/")


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(manager):
    fields = contacts(**{"/0/name": "", "/0/email": "nowhere", "/2/email": "zhou@acme.example"})
    html = send(manager, "contacts/put/", fields, "contacts", 400).content.decode()
    assert 'value="nowhere" aria-label="邮箱" aria-invalid="true"' in html
    assert 'value="zhou@acme.example" aria-label="邮箱">' in html


# -- Commitments ------------------------------------------------------------------------------------------------------


def test_commitments_from_promise_to_relief(acme, inside, manager, pm):
    line = {"/0/month": "2026-03", "/0/kind": "goods", "/0/what": "专享价", "/0/promised": "20", "/0/unit": "款"}
    send(manager, "commitments/own/", {**line, "/1/kind": "goods"}, "own")
    with inside(acme):
        row = Commitment.objects.get()
    assert "逾期未交付" in page(pm, "commitments/")
    send(manager, f"commitments/{row.pk}/deliver/", {"/delivered": "12", "/delivered_on": "2026-03-20"})
    assert "确认 12 " in page(pm, "commitments/")
    assert send(pm, f"commitments/{row.pk}/confirm/", {"/delivered": "13"}, status=409)
    send(pm, f"commitments/{row.pk}/confirm/", {"/delivered": "12"})
    relief = {"/share": "0.4", "/indicators/gmv": "on"}
    for client in (pm, manager):
        send(client, f"commitments/{row.pk}/relieve/", relief)
    shown = page(manager, "commitments/")
    assert "已约定 40.0%：GMV（代运营方、品牌方）" in shown
    assert "交付：— → 12 " in shown
    (shown,) = manager.get("/api/v1/projects/p1/commitments/").json()
    assert (shown["delivered"], shown["confirmed_by"], shown["relief"]["share"]) == ("12.00", str(pm.user), "0.4")
    assert send(pm, f"commitments/{row.pk}/deliver/", {"/delivered": "1"}, status=403)
    assert send(pm, "commitments/999/deliver/", {"/delivered": "1"}, status=404)


def test_a_flaw_stands_in_its_own_line(manager):
    lines = {"/0/kind": "goods", "/2/kind": "goods", "/2/month": "2026-03", "/2/promised": "-1"}
    html = send(manager, "commitments/own/", lines, "own", 422).content.decode()
    assert re.search(r'name="/0/promised" value="-1" aria-label="承诺"[^>]* aria-invalid="true"', html)


# -- Definitions ------------------------------------------------------------------------------------------------------

SHEET = {
    "/counting_ties/friend": "on", "/valid_after_hours": "48", "/judge_diverted": "valid",
    "/0/platform": "default", "/0/rule": "any_fan", "/1/platform": "tmall", "/1/rule": "window", "/1/days": "7",
}  # fmt: skip


def test_a_sheet_is_proposed_compared_and_approved_by_both(acme, inside, desk, pm, owner, manager):
    send(pm, "definitions/propose/", SHEET, "sheet")
    with inside(acme):
        made = Definition.objects.get(version=2)
    assert made.sheet["gmv_rules"] == {"default": {"rule": "any_fan"}, "tmall": {"rule": "window", "days": 7}}
    assert "approve" not in str(actions(pm, "definitions/"))
    compared = page(manager, "definitions/", compare=1)
    assert "首次加入后 24 小时内没有流失的新增用户" in compared
    assert "首次加入后 48 小时内没有流失的新增用户" in compared
    read = {"/version": "2", "/sha256": made.sha256}
    for client in (owner, manager):
        send(client, "definitions/approve/", read)
    answer = manager.get("/api/v1/projects/p1/definitions/").json()
    assert (answer["in_use"], answer["approvals"]["brand"]["by"]) == (2, str(manager.user))
    assert all(sentence in page(manager, "definitions/") for sentence in answer["words"]["zh"])
    assert send(manager, "definitions/approve/", {**read, "/sha256": "x"}, status=409)


def test_a_rules_flaw_stands_in_its_line(pm):
    fields = {**SHEET, "/1/days": "", "/3/platform": "jd", "/3/rule": "window", "/3/days": ""}
    html = send(pm, "definitions/propose/", fields, "sheet", 400).content.decode()
    assert html.count("规则 window 需要 days") == 2
    assert re.search(r'name="/3/days"[^>]*aria-invalid', html)


# -- Team and accounts ------------------------------------------------------------------------------------------------


def test_an_account_is_handed_over_after_a_look_at_what_changes(acme, pm):
    asked = {"account": "a1", "guide": "lili", "from": "2026-03-15T14:00"}
    shown = page(pm, "team/", **asked)
    assert "a1 自 2026-03-15 14:00（Asia/Shanghai）起由 lili 承接" in shown
    assert "2 位粉丝不移动" in shown
    assert "2026-03-14～以后 的按导购指标将重新计算" in shown
    send(pm, "team/handover/a1/", {"/guide": "lili", "/from": "2026-03-15T14:00"})
    assert pm.get("/api/v1/projects/p1/accounts/a1/").json()["keepers"] == [
        {"guide": "nana", "from": "2026-01-01T00:00:00+08:00"},
        {"guide": "lili", "from": "2026-03-15T14:00:00+08:00"},
    ]
    send(pm, "team/capacity/a1/", {"/capacity": "1"})
    assert "企微号 a1 超出 1 位 承接 2，可承接 1" in page(pm, "team/")


def test_a_hand_over_without_an_instant_says_so_beside_the_field(pm):
    html = pm.get(P + "team/", {"account": "a1", "guide": "lili", "from": ""}).content.decode()
    assert "移交前请核对" not in html
    assert re.search(r'name="from"[^>]*aria-invalid', html)
    assert html.count("请填写时刻") == 1
    assert re.search(r'<option value="lili" selected', html)


def test_seats_are_saved_and_refused_in_their_line(acme, pm, owner):
    ops = user_client(acme, "ops").user
    seats = {
        "/0/role": "pm", "/0/holder": pm.user.email, "/0/share": "1", "/0/from": "2026-01-01",
        "/1/role": "guide", "/1/holder": "nana", "/1/share": "80", "/1/from": "2026-01-01",
        "/2/role": "guide", "/2/holder": "lili", "/2/share": "0.5", "/2/from": "2026-01-01",
        "/4/role": "ops", "/4/holder": ops.email, "/4/share": "100", "/4/to": "2099-01-01",
    }  # fmt: skip
    send(pm, "team/seats/", seats, "team")
    team = pm.get("/api/v1/projects/p1/team/").json()
    assert [(seat["role"], seat["share"]) for seat in team] == [
        ("pm", "1"), ("ops", "1"), ("guide", "0.5"), ("guide", "0.8"),
    ]  # fmt: skip
    html = send(pm, "team/seats/", {**seats, "/4/share": "300"}, "team", 400).content.decode()
    assert re.search(r'name="/4/share" value="300"[^>]*aria-invalid', html)
    assert "占比填 1 到 100" in html
    assert re.search(r'name="/3/share" value="80"', pm.get(P + "team/?manage=1").text)


def test_leavers_stand_first_and_costs_are_the_agencys(acme, inside, desk, pm, owner, manager):
    today = local_day(timezone.now(), timezone.get_default_timezone())
    seats = [{"role": "guide", "guide": "nana", "from": "2026-01-01", "to": str(today + timedelta(days=3))},
             {"role": "guide", "guide": "lili", "share": "0.5", "from": "2026-01-01"}]  # fmt: skip
    assert owner.put("/api/v1/projects/p1/team/", seats).status_code == 200
    send(owner, "team/cost/nana/", {"/monthly": "8123.00"})
    shown = page(owner, "team/")
    assert "请于" in shown
    assert "移交企微号 a1（粉丝 2 位）" in shown
    assert "8123.00" in owner.get(P + "team/").content.decode()
    assert "8123" not in manager.get(P + "team/").content.decode()


def test_skills_and_absences_are_entered_and_the_brand_is_not_told_why(pm, manager):
    fields = {"/skills": "彩妆、直播", "/1/from": "2026-03-02", "/1/to": "2026-03-04", "/1/reason": "病假"}
    send(pm, "team/guides/nana/", fields, "guide-nana")
    nana = next(row for row in pm.get("/api/v1/projects/p1/guides/").json() if row["code"] == "nana")
    leave = {"from": "2026-03-02", "to": "2026-03-04", "reason": "病假"}
    assert (nana["skills"], nana["absences"]) == (["彩妆", "直播"], [leave])
    assert "病假" in page(pm, "team/", describe="nana")
    assert not any("病假" in page(manager, where) for where in ("team/", "commitments/"))
    html = send(pm, "team/guides/nana/", {**fields, "/1/to": "2026-03-01"}, "guide-nana", 400).content.decode()
    assert re.search(r'name="/1/to" value="2026-03-01"[^>]*aria-invalid', html)


def test_the_team_page_equals_rest(pm):
    found = pm.get("/api/v1/projects/p1/staffing/").json()
    shown = page(pm, "team/")
    assert f"在册粉丝 {found['present_fans']} 位，需要导购 {found['guides_needed']} 人" in shown
    assert f"今日可服务 {found['days'][0]['capacity']:,} 位粉丝" in shown


# -- Assignment and fans ----------------------------------------------------------------------------------------------


def test_a_plan_is_made_looked_at_and_applied_once(acme, pm):
    assert "待分配粉丝 1 位" in page(pm, "assignments/")
    made = send(pm, "assignments/plan/", {"/scope": "unassigned"}, "plan")
    number = re.search(r"plan=(\d+)", made["Location"])[1]
    assert f"方案 {number}：移动 1 位" in page(pm, "assignments/", plan=number)
    done = send(pm, f"assignments/{number}/apply/", {}, status=200)
    assert "已移动 1 位，跳过 0 位" in text_of(done)
    assert "待分配粉丝 0 位" in page(pm, "assignments/")
    assert "这个方案已经执行过" in text_of(send(pm, f"assignments/{number}/apply/", {}, status=409))
    assert send(pm, "assignments/plan/", {"/scope": "account:nobody"}, "plan", 400)
    assert "方案 " + number in page(pm, "fans/f3/")


def test_a_guide_sees_the_fans_she_holds(acme, desk):
    client = user_client(acme, "guide")
    make_placement(make_guide(acme.agency, code="mine", user=client.user), acme, share="0.1")
    desk.keep("a2", [("2026-01-01T00:00:00", "mine")])
    desk.send([{"type": "fan.added", "id": "9", "at": "2026-01-08T10:00:00", "fan": "f9", "guide": "a2"}])
    shown = page(client, "fans/")
    assert ("f9" in shown, "f1" in shown) == (True, False)
    assert (client.get(P + "fans/f9/").status_code, client.get(P + "fans/f1/").status_code) == (200, 404)


def test_fans_are_found_and_told_of(manager):
    assert "f2" in page(manager, "fans/", q="小满")
    assert "f1" not in page(manager, "fans/", q="小满")
    course = page(manager, "fans/f1/")
    assert "a1" in course
    assert "2026-01-05 10:00" in course
    assert manager.get(P + "fans/nobody/").status_code == 404


# -- Forecast ---------------------------------------------------------------------------------------------------------


def grid(**changes):
    month = EXAMPLE["months"][0]
    fields = {"/opening_fans": "62000", "/0/month": "2026-01", "/0/promised_reach/parcel": "30000",
              "/0/diversion_rate/parcel": "0.05"}  # fmt: skip
    fields |= {
        f"/0/{name}": month[name] for name in ("churn_rate", "ramp", "gmv_per_fan", "koc_share", "referral_share")
    }
    return {**fields, **changes}


def test_a_forecast_is_tried_proposed_and_approved_by_both(acme, inside, pm, owner, manager):
    tried = text_of(send(manager, "forecast/what-if/", grid(), "forecast", 200))
    assert "假设测算，没有保存" in tried
    with inside(acme):
        assert not Forecast.objects.exists()
    send(manager, "forecast/propose/", grid(), "forecast")
    send(pm, "forecast/lines/", {"/base": "1", "/lines/gmv/kind": "share", "/lines/gmv/fail": "0.8"}, "lines")
    with inside(acme):
        made = Forecast.objects.get(version=2)
        assert made.inputs["months"] == Forecast.objects.get(version=1).inputs["months"]
    for client in (owner, manager):
        send(client, "forecast/approve/", {"/version": "2", "/sha256": made.sha256})
    answer = manager.get("/api/v1/projects/p1/forecast/").json()
    shown = page(manager, "forecast/")
    assert answer["binding_months"] == ["2026-01"]
    row = answer["table"][0]
    assert f"{row['fans']:,}" in shown
    for month in (row, answer["adjusted"][0]):
        assert f"¥{Decimal(month['gmv']):,}" in shown
    assert f"{answer['months'][0]['reach'][0]['promised']:,}" in shown
    assert "版本并列" in page(manager, "forecast/", version=1, compare=2)


def test_a_channel_is_made_for_a_forecast_to_promise(manager):
    send(manager, "forecast/channels/", {"/code": "sms", "/unit": "送达", "/lag_days": "2"}, "channel")
    made = manager.get("/api/v1/projects/p1/channels/sms/").json()
    assert (made["unit"], made["lag_days"], made["confirmed"]) == ("送达", 2, True)
    assert 'name="/0/promised_reach/sms"' in manager.get(P + "forecast/").content.decode()
    assert send(manager, "forecast/channels/", {"/name": "短信"}, "channel", 400)


def test_a_forecasts_flaw_stands_in_its_cell(manager):
    for where in ("forecast/propose/", "forecast/what-if/"):
        html = send(manager, where, grid(**{"/0/churn_rate": "2"}), "forecast", 400).content.decode()
        assert re.search(r'name="/0/churn_rate" value="2"[^>]*aria-invalid', html)


# -- English ----------------------------------------------------------------------------------------------------------

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
NAMES = {
    "娜娜",
    "丽丽",
    "丽",  # as the scorecard's foot shows her
    "娜",
    "项目",
    "简体中文",
    "护肤",
    "王小满",
    "王",
    "满",
}  # what people entered, and the other language


@pytest.mark.parametrize("where", [*SECTIONS, "fans/f1/"])
def test_pages_are_whole_in_english(owner, where):
    owner.put("/api/v1/projects/p1/forecast/", EXAMPLE)
    row = {"kind": "heads", "month": "2026-01", "promised": "2"}
    owner.put("/api/v1/projects/p1/commitments/", [row])
    response = owner.get(P + where, headers={"Accept-Language": "en"})
    assert set(CHINESE.findall(text_of(response))) - NAMES == set()


def test_templates_are_all_there():
    used = set(re.findall(r'template: str = "([^"]+)"', (settings.ROOT / "workplace" / "blocks.py").read_text("utf-8")))
    assert all(Path(settings.ROOT, "templates", name).exists() for name in used)

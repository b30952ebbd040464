"""The team board: who carries what, own figures that are REST's, what is open; and a leaver's way out in few steps."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from guides.models import Absence, Guide
from projects.models import Account, Project, TeamSeat
from siyu.periods import local_day
from tests.factories import anonymous_client, inside, make_guide, make_placement, make_user, sign_in, user_client
from tests.kpi.sending import Desk

TEAM = "/projects/p1/team/"
TODAY = local_day(timezone.now(), timezone.get_default_timezone())
MONTH = f"{TODAY:%Y-%m}"
FIRST = TODAY.replace(day=1)


@pytest.fixture
def desk(acme, globex) -> Desk:
    """娜娜 keeps a1 with three fans, 丽丽 keeps a2 with one; of this month. Room for two fans a guide."""
    for code, name in [("nana", "娜娜"), ("lili", "丽丽")]:
        make_placement(make_guide(acme.agency, code=code, name=name), acme)
    make_placement(make_guide(acme.agency, code="ann", name="外人"), globex)
    desk = Desk(acme)
    with inside(acme):
        desk.project.fans_per_guide = 2
        desk.project.save()
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")], rolled_up=False)
    desk.keep("a2", [("2026-01-01T00:00:00", "lili")], rolled_up=False)
    at = f"{FIRST}T00:00:00"
    added = [("f1", "a1"), ("f2", "a1"), ("f3", "a1"), ("f4", "a2")]
    desk.send(
        [
            *({"type": "fan.added", "id": f, "fan": f, "guide": a, "at": at} for f, a in added),
            {"type": "interaction", "id": "w", "fan": "f1", "direction": "in", "kind": "message", "at": at},
            {"type": "order.paid", "order": "o1", "amount": "120.50", "fan": "f1", "at": at},
            {"type": "order.paid", "order": "o2", "amount": "10.00", "fan": "f4", "at": at},
            {"type": "rating", "id": "r", "fan": "f4", "score": 5, "at": at},
            {"type": "fan.lost", "id": "l", "fan": "f3", "by": "fan", "at": f"{FIRST}T00:00:30"},
        ]
    )
    return desk


@pytest.fixture
def owner(acme, desk):
    return user_client(acme, "owner")


def text_of(response, status=200):
    assert response.status_code == status, response.content
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def figures_on(response):
    found = re.findall(r'<data value="([^"]*)" data-part="([^"]*)" data-indicator="([^"]*)"', response.content.decode())
    return {(part, code): value for value, part, code in found}


def figures_of_rest(desk):
    rows = desk.figures("month", FIRST, FIRST, by="guide")["results"]
    return {(row["guide"] or "", row["indicator"]): row["value"] for row in rows}


def test_every_figure_of_the_board_is_the_one_of_rest(desk, owner):
    shown, told = figures_on(owner.get(TEAM)), figures_of_rest(desk)
    assert set(told) <= set(shown)
    for key, value in shown.items():
        answered = told.get(key)
        if answered is None:
            assert value in ("", "0"), key
        else:
            assert float(value) == float(answered), key
    assert (shown["nana", "gmv"], shown["lili", "gmv"], shown["nana", "diverted_users"]) == ("120.50", "10.00", "3")


def test_loads_and_seats_are_told_by_guide(acme, desk, owner):
    user = make_user("pm", brand=acme)
    with inside(acme):
        TeamSeat.objects.create(project=desk.project, role="pm", user=user, starts_on="2026-01-01")
    Absence.objects.create(guide_id=guide_id(acme, "lili"), starts_on=TODAY, ends_on=TODAY, reason="病假")
    shown = text_of(owner.get(TEAM))
    assert "娜娜 nana 100.0% a1 2 / 2 适中 100.0%" in shown
    assert "丽丽 lili 100.0% a2 1 / 2 有余量 50.0% 请假" in shown
    assert f"{user} " in shown
    assert "没有运营" in shown
    assert "外人" not in shown
    brand = text_of(user_client(acme, "brand_manager").get(TEAM))
    assert "请假" in brand
    assert "病假" not in brand
    assert "离开与交接" not in brand


def guide_id(brand, code):
    return Guide.objects.get(agency=brand.agency, code=code).pk


def test_a_guide_sees_her_own_figures_and_others_none(acme, desk):
    user = make_user("guide", brand=acme)
    make_placement(make_guide(acme.agency, code="mei", user=user), acme)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana"), (f"{TODAY + timedelta(days=30)}T00:00:00", "mei")])
    client = anonymous_client(acme)
    sign_in(client, user)
    assert {part for part, _ in figures_on(client.get(TEAM))} <= {"mei"}
    finance = user_client(acme, "finance").get(TEAM)
    assert figures_on(finance) == {}


def test_a_guide_is_told_of_her_own_full_accounts_alone(acme, desk, owner):
    more = [
        {"type": "fan.added", "id": f"g{n}", "fan": f"g{n}", "guide": "a1", "at": f"{FIRST}T00:00:00"} for n in (1, 2)
    ]
    desk.send(more)
    assert "企微号 a1 超出 2 位" in text_of(owner.get(TEAM))
    for code, is_hers in (("nana", True), ("lili", False)):
        user = make_user("guide", brand=acme, email=f"{code}@example.test")
        Guide.objects.filter(pk=guide_id(acme, code)).update(user=user)
        client = anonymous_client(acme)
        sign_in(client, user)
        shown = text_of(client.get(TEAM))
        assert ("企微号 a1 超出 2 位" in shown) == is_hers
        assert "安排席位" not in shown


def test_an_overloaded_account_and_the_pool_are_work(acme, desk, owner):
    desk.send(
        [
            {"type": "fan.added", "id": f"g{n}", "fan": f"g{n}", "guide": "a1", "at": f"{FIRST}T00:00:00"}
            for n in range(2)
        ]
        + [{"type": "fan.added", "id": "p", "fan": "p", "at": f"{FIRST}T00:00:00"}]
    )
    shown = text_of(owner.get(TEAM))
    assert "企微号 a1 超出 2 位" in shown
    assert "1 位粉丝待分配" in shown


def test_another_months_figures_and_no_month_to_come(desk, owner):
    before = f"{FIRST - timedelta(days=1):%Y-%m}"
    shown = owner.get(TEAM, {"month": before})
    assert f"导购本人指标 {before}" in text_of(shown)
    assert f"导购本人指标 {MONTH}" in text_of(owner.get(TEAM, {"month": "2999-01"}))


# -- Leaving ----------------------------------------------------------------------------------------------------------

LEAVING = TEAM + "leaving/nana/"


def form_of(response, action):
    """What a browser sends from this form as it stands."""
    html = response.content.decode()
    form = html[html.index(f'action="{action}"') :].partition("</form>")[0]
    inputs = re.findall(r'<input type="(?!checkbox)[^"]*" name="([^"]+)" value="([^"]*)"', form)
    selects = re.findall(r'<select name="([^"]+)".*?</select>', form, re.DOTALL)
    chosen = {
        name: re.findall(r'<option value="([^"]*)" selected', body)[0]
        for name, body in re.findall(r'<select name="([^"]+)"(.*?)</select>', form, re.DOTALL)
    }
    assert set(selects) == set(chosen)
    return {name: unescape(value) for name, value in [*inputs, *chosen.items()]}


def test_from_her_last_day_to_the_last_account_in_three_steps(acme, desk, owner):
    with inside(acme):
        Project.objects.update(fans_per_guide=3)
    last = TODAY + timedelta(days=3)
    day = owner.post(LEAVING + "day/", {"form": "last-day", "/last": str(last)}, format="multipart")
    assert (day.status_code, day["Location"]) == (302, LEAVING)
    assert "娜娜（nana）离开后仍承接企微号" in text_of(owner.get(TEAM))
    page = owner.get(LEAVING)
    assert f"最后一天 {last}。之后仍承接 1 个企微号、2 位粉丝" in text_of(page)
    fields = form_of(page, LEAVING + "accounts/")
    assert fields["/0/guide"] == "lili", "who has room is chosen already"
    assert "已预选空位足够的同事，可以改" in text_of(page)
    assert fields["/from"] == f"{last + timedelta(days=1)}T00:00"
    done = owner.post(LEAVING + "accounts/", fields, format="multipart")
    assert done.status_code == 302, text_of(done, done.status_code)
    assert "交接已完成" in text_of(owner.get(LEAVING))
    assert "离开后仍承接" not in text_of(owner.get(TEAM))
    keepers = owner.get("/api/v1/projects/p1/accounts/a1/").json()["keepers"]
    assert [(one["guide"], one["from"][:16]) for one in keepers] == [
        ("nana", "2026-01-01T00:00"), ("lili", f"{last + timedelta(days=1)}T00:00"),
    ]  # fmt: skip
    seats = {one["guide"]: one["to"] for one in owner.get("/api/v1/projects/p1/team/").json() if one["role"] == "guide"}
    assert seats == {"nana": str(last), "lili": None}


def test_nobody_is_chosen_who_has_not_room_for_all(acme, desk, owner):
    """娜娜 leaves two fans; each serves two: 丽丽, who has one, has room for one. Of 米米, who keeps nothing, there is
    room for two from her first day on."""
    last = TODAY + timedelta(days=3)
    owner.post(LEAVING + "day/", {"form": "last-day", "/last": str(last)}, format="multipart")
    page = owner.get(LEAVING)
    text = text_of(page)
    assert form_of(page, LEAVING + "accounts/")["/0/guide"] == ""
    assert "a1 有 2 位粉丝，没有人放得下：空位最多的是 丽丽（lili）（1 个），由她接手将超出 1 位。" in text
    assert "丽丽（lili） · 空位 1" in text
    assert "预选" not in text
    starts = last + timedelta(days=1)
    make_placement(make_guide(acme.agency, code="mimi", name="米米"), acme, starts_on=starts)
    page = owner.get(LEAVING)
    assert form_of(page, LEAVING + "accounts/")["/0/guide"] == "mimi"
    assert "放得下" not in text_of(page)
    desk.keep("a2", [("2026-01-01T00:00:00", "lili"), (f"{starts}T00:00:00", "mimi")], rolled_up=False)
    text = text_of(owner.get(LEAVING))
    assert "丽丽（lili） · 空位 2" in text, "from that day on she serves nobody"
    assert "米米（mimi） · 空位 1" in text


def test_whom_nobody_takes_over_is_dealt_to_the_others(acme, desk, owner):
    page = owner.get(LEAVING)
    fields = {**form_of(page, LEAVING + "accounts/"), "/0/guide": ""}
    refused = owner.post(LEAVING + "accounts/", fields, format="multipart")
    assert "请至少为一个企微号选择新承接人" in text_of(refused, 422)
    plan = owner.post("/projects/p1/assignments/plan/", {"form": "rest-a1", "/scope": "account:a1"}, format="multipart")
    assert re.fullmatch(r"/projects/p1/assignments/\?plan=\d+#plan", plan["Location"])


def test_keepers_on_record_after_that_are_dropped_only_after_a_yes(acme, desk, owner):
    later = TODAY + timedelta(days=20)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana"), (f"{later}T00:00:00", None)])
    fields = {**form_of(owner.get(LEAVING), LEAVING + "accounts/"), "/0/guide": "lili"}
    refused = owner.post(LEAVING + "accounts/", fields, format="multipart")
    assert "请核对名单并勾选“是”" in text_of(refused, 409)
    done = owner.post(LEAVING + "accounts/", {**fields, "/yes": "on"}, format="multipart")
    assert done.status_code == 302
    with inside(acme):
        assert Account.objects.get(code="a1").keepers.count() == 2


def test_a_page_that_was_left_open_hands_nothing_over(acme, desk, owner):
    """Of the second tab the instant is another by now."""
    stale = {**form_of(owner.get(LEAVING), LEAVING + "accounts/"), "/0/guide": "lili"}
    owner.post(LEAVING + "day/", {"form": "last-day", "/last": str(TODAY + timedelta(days=3))}, format="multipart")
    fields = {**form_of(owner.get(LEAVING), LEAVING + "accounts/"), "/0/guide": "lili"}
    assert owner.post(LEAVING + "accounts/", fields, format="multipart").status_code == 302
    refused = owner.post(LEAVING + "accounts/", stale, format="multipart")
    assert "这一页打开之后，最后一天或她承接的企微号已有变化" in text_of(refused, 409)
    keepers = owner.get("/api/v1/projects/p1/accounts/a1/").json()["keepers"]
    assert [keeper["from"][:10] for keeper in keepers] == ["2026-01-01", str(TODAY + timedelta(days=4))]


def test_a_last_day_before_her_seat_is_refused_and_none_opens_it_again(acme, desk, owner):
    refused = owner.post(LEAVING + "day/", {"form": "last-day", "/last": "2025-12-31"}, format="multipart")
    assert "早于她的席位开始的日期" in text_of(refused, 422)
    for last, ends in ((str(TODAY), str(TODAY)), ("", None)):
        assert owner.post(LEAVING + "day/", {"form": "last-day", "/last": last}, format="multipart").status_code == 302
        rows = owner.get("/api/v1/projects/p1/team/").json()
        assert [row["to"] for row in rows if row.get("guide") == "nana"] == [ends]


def test_leaving_is_for_who_writes_the_team(acme, desk, owner):
    assert owner.get(TEAM + "leaving/nobody/").status_code == 404
    assert owner.get(TEAM + "leaving/ann/").status_code == 404, "a guide of another brand"
    for role in ("brand_manager", "finance"):
        assert user_client(acme, role).get(LEAVING).status_code == 403

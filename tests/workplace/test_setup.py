"""From a brand without a project to its first report by the pages alone: what is asked for, by whom, in which order."""

import re
from datetime import date
from html import unescape

import pytest

from guides.models import Guide, Placement
from projects.contacts import ContactWish, put_contacts
from projects.models import Account, AuditEntry, BrandContact, Channel, Definition, Project, TeamSeat
from siyu.brands import enter_public
from tests.factories import make_guide, make_placement, make_project, make_user, user_client

NEW = {
    "/code": "p1", "/name": "新星私域", "/kind": "operation", "/starts_on": "2026-01-01", "/ends_on": "2026-12-31",
    "/operating_model": "community", "/settlement_mode": "cycle", "/fans_per_guide": "20000",
    "/timezone": "Asia/Shanghai", "/auto_assign": "on",
}  # fmt: skip
P = "/projects/p1/"


@pytest.fixture
def owner(acme, globex, inside):
    """Her brand has one empty project; another brand has one of the same code."""
    for brand in (globex, acme):
        with inside(brand):
            make_project(code="p1")
    return user_client(acme, "owner")


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def send(client, where, fields, form="", status=302):
    response = client.post(where, {"form": form, **fields}, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def steps(client) -> dict[str, str]:
    """Of the checklist: title to state."""
    html = client.get(P + "setup/").content.decode()
    lines = re.findall(r'scope="row"><span>(.*?)</span></th><td[^>]*><span>(.*?)</span></td>', html, re.DOTALL)
    return {unescape(title).strip(): state.strip() for title, state in lines}


# -- A project --------------------------------------------------------------------------------------------------------


def test_a_project_is_made_on_the_page(acme, globex, inside):
    client = user_client(acme, "owner")
    assert send(client, "/projects/", NEW)["Location"] == P + "setup/"
    with inside(acme):
        project = Project.objects.get()
        assert (project.code, project.operating_model, project.settlement_mode) == ("p1", "community", "cycle")
        assert (project.fans_per_guide, project.auto_assign, project.state) == (20_000, True, "draft")
        assert not TeamSeat.objects.exists()
    with inside(globex):
        assert not Project.objects.exists()
    assert "新星私域" in client.get("/projects/").text


def test_a_pm_who_makes_a_project_has_its_seat(acme, inside):
    client = user_client(acme, "pm")
    send(client, "/projects/", NEW)
    with inside(acme):
        assert TeamSeat.objects.get().user_id == client.user.pk
    assert steps(client)["项目经理席位"] == "已完成"


def test_what_no_project_can_be_is_refused_and_kept(acme, inside):
    client = user_client(acme, "owner")
    page = send(client, "/projects/", {**NEW, "/ends_on": "2025-12-31", "/timezone": "Mars/Base"}, status=400)
    assert 'value="Mars/Base"' in page.text
    assert 'value="2025-12-31"' in page.text
    assert "没有时区 Mars/Base。应为 IANA 时区名：中国大陆写 Asia/Shanghai" in page.text
    send(client, "/projects/", NEW)
    page = send(client, "/projects/", {**NEW, "/name": "另一个"}, status=409)
    assert "编号已被使用" in page.text
    with inside(acme):
        assert [project.name for project in Project.objects.all()] == ["新星私域"]


def test_who_makes_projects(acme):
    for role in ("finance", "ops", "brand_sponsor", "guide"):
        client = user_client(acme, role)
        assert "/timezone" not in client.get("/projects/").text
        send(client, "/projects/", NEW, status=403)


# -- The checklist ----------------------------------------------------------------------------------------------------


def test_the_checklist_of_an_empty_project(owner):
    assert steps(owner) == {
        "合同期与设置": "已完成", "项目经理席位": "待办", "品牌联系人": "待办", "品牌方登录账号": "待办",
        "口径表": "待办", "导购与占比": "待办", "企微号与承接人": "待办", "渠道": "待办", "预测表": "待办",
        "四条线": "待办",
        "数据来源": "待办", "首批数据": "待办", "启动项目": "待办", "首份报告": "待办",
    }  # fmt: skip
    assert "首份报告需要 14 项，已完成 1 项" in owner.get(P + "setup/").text
    english = owner.get(P + "setup/", headers={"Accept-Language": "en"}).text
    assert "1 of 14 things are done" in english


def test_the_checklist_leads_only_to_pages_that_one_may_open(acme, owner):
    manager = user_client(acme, "brand_manager")
    html = manager.get(P + "setup/").content.decode()
    links = set(re.findall(rf'href="({P}[^"#]*)', html.partition("<table")[2].partition("</table>")[0]))
    assert f"{P}definitions/" in links
    assert f"{P}data/" not in links
    assert {address: manager.get(address).status_code for address in links} == dict.fromkeys(links, 200)


def test_the_next_thing_to_do_is_a_button(acme, owner, inside):
    html = owner.get(P + "setup/").content.decode()
    assert '<a class="sy-button" href="/people/">下一步：项目经理席位</a>' in html, "nobody to seat: invite one"
    make_user("pm", brand=acme)
    html = owner.get(P + "setup/").content.decode()
    assert f'<a class="sy-button" href="{P}setup/#seats">下一步：项目经理席位</a>' in html
    manager = user_client(acme, "brand_manager")
    assert "下一步：品牌联系人" in manager.get(P + "setup/").text, "a seat is not hers to give"
    with inside(acme):
        contacts = [ContactWish(role, "王", "", part_time=False) for role in BrandContact.Role]
        put_contacts(Project.objects.get(), contacts)
    assert "下一步：口径表" in manager.get(P + "setup/").text
    with inside(acme):
        Definition.objects.update(brand_approved_at="2026-01-01T00:00Z")
    assert "下一步：口径表" not in manager.get(P + "setup/").text, "it waits for the agency"


def test_the_list_is_one_step_away_while_a_project_is_prepared(acme, owner, inside):
    assert f'href="{P}setup/">启用清单</a></div>' in owner.get(P + "team/").text + owner.get(P + "contacts/").text
    with inside(acme):
        Project.objects.update(state=Project.State.ACTIVE)
    assert f'href="{P}setup/">启用清单</a></div>' not in owner.get(P + "contacts/").text


def test_who_joined_is_seated_by_a_choice(acme, globex, owner, inside):
    pm, ops = make_user("pm", brand=acme, name="陈默"), make_user("ops", brand=acme, name="何川")
    elsewhere = make_user("pm", brand=globex, name="宋岚")
    page = owner.get(P + "setup/").text
    assert ("陈默 · 项目经理" in page, "何川 · 运营" in page, "宋岚" in page) == (True, True, False)
    rows = {user: str(user.memberships.get().pk) for user in (pm, ops, elsewhere)}
    for user in (pm, ops):
        send(owner, P + "setup/seat/", {"/member": rows[user], "/from": "2026-01-01"}, "seat")
    with inside(acme):
        seats = set(TeamSeat.objects.values_list("user_id", "role", "starts_on"))
    assert seats == {(pm.pk, "pm", date(2026, 1, 1)), (ops.pk, "ops", date(2026, 1, 1))}
    assert steps(owner)["项目经理席位"] == "已完成"
    assert "陈默 · 项目经理" not in owner.get(P + "setup/").text
    send(owner, P + "setup/seat/", {"/member": rows[elsewhere]}, "seat", 422)
    second = make_user("pm", brand=acme)
    page = send(owner, P + "setup/seat/", {"/member": str(second.memberships.get().pk)}, "seat", 422)
    assert 'id="flaw-seat' in page.text, "never two PMs at one time"
    send(user_client(acme, "brand_manager"), P + "setup/seat/", {"/member": rows[pm]}, "seat", 403)


def test_a_consulting_project_needs_no_guides(acme, inside):
    with inside(acme):
        make_project(code="p1", kind="consulting")
    assert not {"导购与占比", "企微号与承接人"} & set(steps(user_client(acme, "owner")))


def test_the_checklist_follows_what_is_done(acme, owner, inside):
    make_user("brand_manager", brand=acme)
    assert steps(owner)["品牌方登录账号"] == "已完成"
    pm = make_user("pm", brand=acme)
    seat = {"/0/role": "pm", "/0/holder": pm.email, "/0/share": "1", "/0/from": "2026-01-01"}
    send(owner, P + "team/seats/", seat, "team")
    assert steps(owner)["项目经理席位"] == "已完成"
    with inside(acme):
        Channel.objects.create(code="parcel")
    assert steps(owner)["渠道"] == "待办"
    send(owner, P + "setup/channels/put/", {"/code": "parcel", "/name": "包裹卡", "/lag_days": "1"}, "channel-parcel")
    assert steps(owner)["渠道"] == "已完成"


# -- Channels ---------------------------------------------------------------------------------------------------------


def test_a_channel_is_made_confirmed_and_changed(acme, owner, inside):
    where = P + "setup/channels/put/"
    send(owner, where, {"/code": "sms", "/name": "短信", "/unit": "送达", "/lag_days": "2"}, "channel-new")
    page = send(owner, where, {"/code": "sms", "/name": "又一个"}, "channel-new", 409)
    assert 'value="又一个"' in page.text
    send(owner, where, {"/code": "sms", "/name": "短信", "/unit": "送达条数", "/lag_days": ""}, "channel-sms")
    with inside(acme):
        channel = Channel.objects.get()
        assert (channel.name, channel.unit, channel.lag_days, channel.confirmed) == ("短信", "送达条数", 0, True)
        assert AuditEntry.objects.filter(subject="channel:sms").count() == 2
    page = send(owner, where, {"/code": "x", "/lag_days": "367"}, "channel-new", 400)
    assert 'value="367"' in page.text
    send(user_client(acme, "ops"), where, {"/code": "y"}, "channel-new", 403)


# -- Guides and accounts ----------------------------------------------------------------------------------------------


def test_a_category_guide_needs_her_category(owner):
    hire = {"/code": "nana", "/name": "娜娜", "/kind": "category", "/category": " ", "/user": ""}
    page = send(owner, P + "setup/guides/hire/", hire, "hire", 400)
    field = page.text[page.text.index('name="/category"') :].partition("</label>")[0]
    assert "类目型导购要写类目，例如 护肤；不限类目的选通用型" in field
    send(owner, P + "setup/guides/hire/", {**hire, "/kind": "general"}, "hire")


def test_a_guide_is_hired_placed_and_given_an_account(acme, owner, inside):
    login = make_user("guide", brand=acme, email="nana@example.test")
    hire = {"/code": "nana", "/name": "娜娜", "/kind": "category", "/category": "护肤", "/user": login.email}
    send(owner, P + "setup/guides/hire/", hire, "hire")
    guide = Guide.objects.get(code="nana")
    assert (guide.agency, guide.kind, guide.category, guide.user) == (acme.agency, "category", "护肤", login)
    send(owner, P + "setup/guides/nana/place/", {"/share": "60", "/from": "2026-01-01"}, "place-nana")
    assert "60% · 2026-01-01" in owner.get(P + "setup/guides/").text
    assert f"{Placement.objects.get(guide=guide).share}" == "0.600"
    new = {"/code": "a1", "/name": "娜娜号", "/capacity": "9000", "/guide": "nana", "/from": "2026-01-01T00:00"}
    send(owner, P + "setup/accounts/put/", new, "account-new")
    with inside(acme):
        account = Account.objects.get()
        assert (account.name, account.capacity, account.confirmed) == ("娜娜号", 9000, True)
        assert [keeper.guide_id for keeper in account.keepers.all()] == [guide.pk]
    found = steps(owner)
    assert (found["导购与占比"], found["企微号与承接人"]) == ("已完成", "已完成")
    send(owner, P + "setup/accounts/put/", {"/code": "a1", "/name": "新名字"}, "account-a1")
    with inside(acme):
        account = Account.objects.get()
        assert (account.name, account.capacity, account.keepers.count()) == ("新名字", None, 1)
    send(owner, P + "setup/accounts/put/", new, "account-new", 409)


def test_an_account_in_the_data_is_confirmed(acme, owner, inside):
    with inside(acme):
        Account.objects.create(code="a/7")
    assert "待确认" in owner.get(P + "setup/accounts/").text
    send(owner, P + "setup/accounts/put/", {"/code": "a/7", "/name": "七号"}, "account-a/7")
    with inside(acme):
        assert Account.objects.get().confirmed


def test_a_share_too_much_is_named_beside_its_field(acme, globex, owner):
    guide = make_guide(acme.agency, code="nana")
    make_placement(guide, globex, share="0.5")
    page = send(owner, P + "setup/guides/nana/place/", {"/share": "0.6", "/from": "2026-01-01"}, "place-nana", 409)
    assert "110 %" in page.text
    assert 'id="flaw-place-nana/share"' in page.text
    assert not Placement.objects.filter(brand=acme).exists()


@pytest.mark.parametrize("share", ["150", "0", "-5", "half"])
def test_a_share_is_a_percentage_up_to_a_hundred(acme, owner, share):
    make_guide(acme.agency, code="nana")
    page = send(owner, P + "setup/guides/nana/place/", {"/share": share, "/from": "2026-01-01"}, "place-nana", 400)
    assert "占比填 1 到 100：全职填 100，一半时间填 50" in page.text
    assert f'name="/share" value="{share}"' in page.text
    assert not Placement.objects.exists()


def test_a_guide_retires_once_her_placements_are_ended(acme, owner):
    guide = make_guide(acme.agency, code="nana", name="娜娜")
    placement = make_placement(guide, acme)
    page = send(owner, P + "setup/guides/nana/retire/", {"/on": "2026-06-30"}, "retire-nana", 409)
    assert "还有排班" in page.text
    with enter_public():
        Placement.objects.filter(pk=placement.pk).update(ends_on="2026-06-30")
    send(owner, P + "setup/guides/nana/retire/", {"/on": "2026-06-30"}, "retire-nana")
    guide.refresh_from_db()
    assert guide.retired_at is not None


def test_another_agencys_guides_and_the_brand_stay_apart(acme, initech, owner):
    make_guide(initech.agency, code="xixi", name="西西")
    assert "西西" not in owner.get(P + "setup/guides/").text
    send(owner, P + "setup/guides/xixi/place/", {"/share": "1", "/from": "2026-01-01"}, "place-xixi", 422)
    send(owner, P + "setup/guides/xixi/retire/", {"/on": "2026-06-30"}, "retire-xixi", 404)
    manager = user_client(acme, "brand_manager")
    assert manager.get(P + "setup/guides/").status_code == 403
    send(manager, P + "setup/guides/hire/", {"/code": "g"}, "hire", 403)
    assert manager.get(P + "setup/accounts/").status_code == 200
    send(manager, P + "setup/accounts/put/", {"/code": "g"}, "account-new", 403)


# -- Renewal ----------------------------------------------------------------------------------------------------------


def test_a_renewal_prolongs_the_same_project(acme, owner, inside):
    page = send(owner, P + "setup/renew/", {"/ends_on": "2026-12-31"}, "renew", 422)
    assert "应晚于" in page.text
    send(owner, P + "setup/renew/", {"/ends_on": "2027-12-31"}, "renew")
    with inside(acme):
        assert f"{Project.objects.get().ends_on}" == "2027-12-31"
        entry = AuditEntry.objects.get(subject="project")
        assert (entry.before, entry.after) == ({"ends_on": "2026-12-31"}, {"ends_on": "2027-12-31"})
    send(user_client(acme, "ops"), P + "setup/renew/", {"/ends_on": "2028-12-31"}, "renew", 403)
    with inside(acme):
        Project.objects.update(state="closed")
    assert send(owner, P + "setup/renew/", {"/ends_on": "2028-12-31"}, "renew", 409)

"""Names and phones: masked by role; a phone in clear for a reason, on record, of fans that one may see."""

import pytest

from fans.masking import mask_name, mask_phone
from fans.models import Fan
from projects.models import Account, AuditEntry, Keeper, TeamSeat
from tests.factories import (
    anonymous_client,
    client_for,
    inside,
    make_guide,
    make_placement,
    make_user,
    sign_in,
    user_client,
)
from tests.fans.sending import Source, added, lost, retract

PHONE = "/api/v1/projects/p1/fans/{}/phone/"
FANS = "/api/v1/projects/p1/fans/"
WHY = {"reason": "回访退货"}


@pytest.fixture
def source(acme, globex) -> Source:
    other = Source(globex)
    other.send(added("f1", name="别家", phone="13900000000"))
    source = Source(acme)
    source.send(
        added("f1", 1, guide="a1", name="仲小妮", phone="+86 138-0013-8000"),
        added("f1", 2, id="+f1 again", guide="a1", name="仲小妮", phone="13800138000"),
        added("f2", 1, guide="a2", name="王芳"),
    )
    return source


def person(brand, role, project=None):
    """A client of a new person of the role, with a seat in the project where the role needs one."""
    client = user_client(brand, role)
    if project is not None:
        with inside(brand):
            TeamSeat.objects.create(project=project, role=role, user=client.user, starts_on="2026-01-01")
    return client


def guide_of(brand, account):
    """A client of a guide who keeps the account and has a seat."""
    user = make_user("guide", brand=brand)
    guide = make_guide(brand.agency, user=user)
    make_placement(guide, brand)
    with inside(brand):
        Keeper.objects.create(account_id=account, guide=guide, since="2026-01-01T00:00:00+08:00")
    client = anonymous_client(brand)
    sign_in(client, user)
    return client


def account_id(brand, code):
    with inside(brand):
        return Account.objects.get(code=code).pk


@pytest.mark.parametrize(
    ("name", "masked"),
    [("仲小妮", "仲*妮"), ("王芳", "王*"), ("李", "*"), ("", ""), ("欧阳小小明", "欧***明"), ("Anna Lee", "A***e")],
)
def test_a_masked_name_keeps_its_ends(name, masked):
    assert mask_name(name) == masked


def test_a_masked_phone_keeps_three_and_four_digits():
    assert (mask_phone("13800138000"), mask_phone(None)) == ("138****8000", "****")


def test_names_stand_in_clear_for_those_who_may_have_phones_shown(acme, source):
    seen = {}
    for role in ("owner", "admin", "pm", "ops", "brand_manager"):
        client = person(acme, role, source.project if role in ("pm", "ops") else None)
        seen[role] = client.get(f"{FANS}f1/").json()["name"]
        [row] = client.get(FANS, {"q": "小妮"}).json()["results"]
        assert (row["fan"], row["name"]) == ("f1", seen[role])
    assert seen == {"owner": "仲*妮", "admin": "仲*妮", "pm": "仲小妮", "ops": "仲*妮", "brand_manager": "仲小妮"}
    assert client_for(acme, ["fans:read"]).get(f"{FANS}f1/").json()["name"] == "仲*妮"
    assert client_for(acme, ["fans:read", "fans:phone"]).get(f"{FANS}f1/").json()["name"] == "仲小妮"


def test_a_phone_is_shown_for_a_reason_and_that_is_on_record(acme, source):
    manager = user_client(acme, "brand_manager")
    assert manager.get(f"{FANS}f1/").json()["phones"] == ["138****8000"]
    answer = manager.post(PHONE.format("f1"), {"reason": "  回访\n退货 "})
    assert (answer.status_code, answer.json()) == (200, {"fan": "f1", "phones": ["13800138000", "+86 138-0013-8000"]})
    assert answer["Cache-Control"] == "no-store"
    with inside(acme):
        [entry] = AuditEntry.objects.filter(subject__startswith="fan:")
        assert entry.subject == f"fan:{Fan.objects.get(code='f1').pk}"
        assert (entry.by, entry.after) == (f"user:{manager.user.pk}", {"reason": "回访 退货", "phones": 2})
        assert "138001" not in f"{entry.subject} {entry.after}"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  \n "}, {"reason": "因" * 201}, {"why": "x"}])
def test_without_a_reason_nothing_is_shown_and_nothing_written(acme, source, body):
    answer = user_client(acme, "brand_manager").post(PHONE.format("f1"), body)
    assert 400 <= answer.status_code < 500
    assert "13800138000" not in answer.content.decode()
    with inside(acme):
        assert not AuditEntry.objects.filter(subject__startswith="fan:").exists()


def test_who_may_not(acme, globex, source):
    for role in ("owner", "admin", "finance", "brand_sponsor", "brand_aftersales", "brand_reviewer"):
        assert user_client(acme, role).post(PHONE.format("f1"), WHY).status_code == 403, role
    for role in ("ops", "content"):
        assert person(acme, role, source.project).post(PHONE.format("f1"), WHY).status_code == 403, role
    assert user_client(acme, "pm").post(PHONE.format("f1"), WHY).status_code == 404, "no seat in this project"
    assert user_client(globex, "brand_manager", site=acme).post(PHONE.format("f1"), WHY).status_code in (403, 404)
    assert person(acme, "pm", source.project).post(PHONE.format("nobody"), WHY).status_code == 404


def test_a_guide_has_phones_of_fans_she_holds(acme, source):
    guide = guide_of(acme, account_id(acme, "a1"))
    assert guide.post(PHONE.format("f1"), WHY).json()["phones"][0] == "13800138000"
    assert guide.post(PHONE.format("f2"), WHY).status_code == 404
    assert [fan["fan"] for fan in guide.get(FANS).json()["results"]] == ["f1"]


def test_a_key_needs_the_scope_and_a_reason_each_time(acme, source):
    others = ["fans:read", "assignments:write", "events:write", "kpis:read", "team:write"]
    assert client_for(acme, others).post(PHONE.format("f1"), WHY).status_code == 403
    key = client_for(acme, ["fans:phone"])
    assert key.post(PHONE.format("f1"), {}).status_code == 400
    assert key.post(PHONE.format("f1"), WHY).json()["phones"][0] == "13800138000"
    owners = client_for(acme, ["fans:phone"], made_by=make_user("owner", brand=acme))
    assert owners.post(PHONE.format("f1"), WHY).status_code == 403, "no more than who made it"
    with inside(acme):
        [entry] = AuditEntry.objects.filter(subject__startswith="fan:")
        assert entry.by.startswith("key:")


def test_a_phone_withdrawn_is_shown_no_more(acme, source):
    source.send(retract("fan.added", "+f1"))
    assert user_client(acme, "brand_manager").post(PHONE.format("f1"), WHY).json()["phones"] == ["13800138000"]


def test_the_log_is_the_brands_and_the_leaders_to_read(acme, source):
    manager = user_client(acme, "brand_manager")
    manager.post(PHONE.format("f1"), WHY)
    path = "/api/v1/projects/p1/history/"
    clients = {
        "owner": user_client(acme, "owner"),
        "brand_manager": manager,
        "brand_sponsor": user_client(acme, "brand_sponsor"),
        "pm": person(acme, "pm", source.project),
    }
    read = {
        role: [row["subject"][:4] for row in client.get(path).json()["results"] if row["subject"].startswith("fan:")]
        for role, client in clients.items()
    }
    assert read == {"owner": ["fan:"], "brand_manager": ["fan:"], "brand_sponsor": [], "pm": []}


@pytest.mark.parametrize(
    "typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００", "8613800138000"]
)
def test_a_fan_is_found_by_her_whole_phone(acme, source, typed):
    found = user_client(acme, "owner").get(FANS, {"q": typed}).json()["results"]
    assert [fan["fan"] for fan in found] == ["f1"]


@pytest.mark.parametrize("typed", ["1380013800", "0013800", "13800138001", "13900000000", "别家"])
def test_part_of_a_phone_and_another_brands_fan_find_nobody(acme, source, typed):
    assert user_client(acme, "owner").get(FANS, {"q": typed}).json()["results"] == []


def test_a_name_of_another_project_finds_nobody_here(acme, source):
    there = Source(acme, code="p2")
    there.send(added("f2", 1, name="独有名"), lost("f1", 3))
    assert user_client(acme, "owner").get(FANS, {"q": "独有"}).json()["results"] == []

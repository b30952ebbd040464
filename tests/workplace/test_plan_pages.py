"""Plans on their page: looked at, applied, taken back, and kept to be looked at again."""

import re
from html import unescape

import pytest

from tests.factories import user_client
from tests.fans.floor import Floor

PAGE = "/projects/p1/assignments/"


@pytest.fixture
def floor(acme, globex) -> Floor:
    Floor(globex, {"ann": 50}).add(3)
    return Floor(acme, {"lin": 3, "mei": 3})


@pytest.fixture
def owner(acme, floor):
    return user_client(acme, "owner")


def text_of(response, status=200):
    assert response.status_code == status, response.content
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def make(owner, scope):
    answer = owner.post(f"{PAGE}plan/", {"form": "plan", "/scope": scope}, format="multipart")
    return re.search(r"plan=(\d+)", answer["Location"])[1]


def test_a_plan_says_who_goes_where_and_who_cannot_be_placed(floor, owner):
    floor.add(8)
    number = make(owner, "unassigned")
    shown = text_of(owner.get(PAGE, {"plan": number}))
    assert f"方案 {number}：移动 6 位 · 分配待分配的粉丝 未执行" in shown
    assert "acct-lin 导购 lin（lin） 0 3 3 +3 —" in shown
    assert "放不下 2 位：可接收的企微号没有空位" in shown


def test_applied_then_undone_with_those_listed_who_stay(floor, owner):
    floor.add(4)
    number = make(owner, "unassigned")
    applied = owner.post(f"{PAGE}{number}/apply/", {}, format="multipart")
    assert "已移动 4 位，跳过 0 位" in text_of(applied)
    assert f'action="{PAGE}{number}/undo/"' in applied.content.decode(), "the way back is at hand"
    assert f'href="{PAGE}?plan={number}#plan"' in applied.content.decode()
    floor.send({"type": "fan.lost", "id": "l", "fan": "f0", "by": "fan", "at": "2026-03-02T10:00:00+08:00"})
    undone = text_of(owner.post(f"{PAGE}{number}/undo/", {}, format="multipart"))
    assert "已交还 3 位，1 位保持现状" in undone
    assert "f0 已不在" in undone
    assert "待分配粉丝 3 位" in undone
    assert floor.held() == {}
    again = text_of(owner.post(f"{PAGE}{number}/undo/", {}, format="multipart"), 409)
    assert "不能撤销" in again
    history = text_of(owner.get(PAGE))
    assert re.search(rf"方案 {number} 分配待分配的粉丝 4 \S+ [\d-]+ [\d:]+ 已撤销", history)


def test_the_history_is_read_by_the_brand_and_acted_on_by_the_agency(acme, floor, owner):
    floor.add(2)
    number = make(owner, "unassigned")
    manager = user_client(acme, "brand_manager")
    shown = text_of(manager.get(PAGE, {"plan": number}))
    assert f"方案 {number} 分配待分配的粉丝 2" in shown
    assert "执行方案" not in shown
    assert manager.post(f"{PAGE}{number}/undo/", {}, format="multipart").status_code == 403
    assert owner.post(f"{PAGE}999/undo/", {}, format="multipart").status_code == 404


@pytest.mark.parametrize("asked", ["x", "²", "9" * 30, "0"])
def test_a_plan_that_is_none_is_shown_as_none(owner, asked):
    assert "生成方案" in text_of(owner.get(PAGE, {"plan": asked}))

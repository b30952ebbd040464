"""Handing an account over on the team page: what is dropped is named and asked for; what was typed stays."""

import re
from html import unescape

import pytest

from tests.factories import make_guide, make_placement, user_client
from tests.kpi.sending import Desk

TEAM = "/projects/p1/team/"
HAND_OVER = TEAM + "handover/a1/"
ACCOUNT = "/api/v1/projects/p1/accounts/a1/"
LATER = [("2026-01-01T00:00:00", "nana"), ("2026-04-01T09:30:00", "mei"), ("2026-05-01T00:00:00", None)]


@pytest.fixture
def desk(acme, globex) -> Desk:
    """娜娜 keeps a1, 小美 takes it over in April, and in May nobody does."""
    for code, name in [("nana", "娜娜"), ("lili", "丽丽"), ("mei", "小美")]:
        make_placement(make_guide(acme.agency, code=code, name=name), acme)
    desk = Desk(acme)
    desk.keep("a1", LATER)
    return desk


@pytest.fixture
def owner(acme, desk):
    return user_client(acme, "owner")


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def fields_of(response, action):
    """What a browser would send from the form with this action, all boxes unticked."""
    html = response.content.decode()
    form = html[html.index(f'action="{action}"') :].partition("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def hand_over(client, fields, status):
    response = client.post(HAND_OVER, fields, format="multipart")
    assert response.status_code == status, text_of(response)
    return response


def test_keepers_who_would_be_dropped_are_named_and_dropped_only_after_a_yes(owner):
    shown = owner.get(TEAM, {"account": "a1", "guide": "lili", "from": "2026-03-15T14:00"})
    assert "这些已记录的承接将被取消： 2026-04-01 09:30 mei 2026-05-01 00:00 无人" in text_of(shown)
    fields = fields_of(shown, HAND_OVER)
    refused = hand_over(owner, fields, 409)
    assert "请核对名单并勾选“是”" in text_of(refused)
    assert 'name="/from" value="2026-03-15T14:00"' in refused.content.decode()
    assert owner.get(ACCOUNT).json()["keepers"][1]["guide"] == "mei"
    hand_over(owner, {**fields, "/yes": "on"}, 302)
    assert "a1 已移交；已取消：2026-04-01 09:30 mei、2026-05-01 00:00 无人" in text_of(owner.get(TEAM))
    assert [(keeper["guide"], keeper["from"][:16]) for keeper in owner.get(ACCOUNT).json()["keepers"]] == [
        ("nana", "2026-01-01T00:00"), ("lili", "2026-03-15T14:00"),
    ]  # fmt: skip


def test_a_yes_to_another_list_is_no_yes(owner, desk):
    shown = owner.get(TEAM, {"account": "a1", "guide": "lili", "from": "2026-03-15T14:00"})
    fields = fields_of(shown, HAND_OVER)
    desk.keep("a1", [*LATER, ("2026-06-01T00:00:00", "nana")])
    again = hand_over(owner, {**fields, "/yes": "on"}, 409)
    assert "2026-05-01 00:00 无人 2026-06-01 00:00 nana" in text_of(again)
    hand_over(owner, {**fields_of(again, HAND_OVER), "/yes": "on"}, 302)


def test_nobody_dropped_nothing_asked(owner):
    shown = owner.get(TEAM, {"account": "a1", "guide": "lili", "from": "2026-06-01T00:00"})
    assert 'name="/yes"' not in shown.content.decode()
    hand_over(owner, fields_of(shown, HAND_OVER), 302)


def test_a_refused_hand_over_keeps_what_was_typed(owner):
    refused = hand_over(owner, {"form": "handover-a1", "/guide": "lili", "/from": "15 March"}, 422)
    html = refused.content.decode()
    assert re.search(r'name="from" value="15 March"[^>]*aria-invalid', html)
    assert re.search(r'<option value="lili" selected', html)
    assert "应为 RFC 3339 时间" in text_of(refused)
    refused = hand_over(owner, {"form": "handover-a1", "/guide": "nobody", "/from": "2026-06-01T00:00"}, 422)
    html = refused.content.decode()
    assert re.search(r'<select name="guide"[^>]*aria-invalid', html)
    assert re.search(r'<option value="nobody" selected', html)
    assert 'name="from" value="2026-06-01T00:00"' in html


def test_instants_are_shown_in_the_projects_zone(acme, inside):
    make_placement(make_guide(acme.agency, code="nana"), acme, project="ny")
    desk = Desk(acme, code="ny", tz="America/New_York")
    desk.keep("a1", [("2026-01-05T14:00:00Z", "nana")])
    owner = user_client(acme, "owner")
    shown = text_of(owner.get("/projects/ny/team/", {"account": "a1", "guide": "", "from": "2026-02-01T12:00:00Z"}))
    assert "2026-01-05 09:00 nana" in shown
    assert "a1 自 2026-02-01 07:00（America/New_York）起由 无人 承接" in shown

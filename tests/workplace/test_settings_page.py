"""Settings: when reports are due and what silence means, changed on the page as over REST."""

import re
from html import unescape

import pytest

from tests.factories import inside, make_project, user_client

PAGE = "/projects/p1/settings/"
SCHEDULE = "/api/v1/projects/p1/reports/schedule/"


@pytest.fixture
def owner(acme, globex):
    for brand in (acme, globex):
        with inside(brand):
            make_project(code="p1")
    return user_client(acme, "owner")


def text_of(response, status=200):
    assert response.status_code == status, response.content
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def send(client, where, status=302, **values):
    response = client.post(PAGE + where, values, format="multipart")
    assert response.status_code == status, text_of(response, response.status_code)
    return response


FORM = {
    "form": "schedule", "/daily_at": "08:30", "/weekly_at": "10:00", "/monthly_day": "3", "/monthly_at": "11:00",
    "/wait_minutes": "60", "/since": "2026-02-01", "/restate_share": "0.01", "/is_on": "on",
}  # fmt: skip


def test_times_are_shown_and_set_as_rest_has_them(globex, owner):
    assert "每月 2 日 10:00" in text_of(owner.get(PAGE))
    send(owner, "schedule/", **FORM)
    told = owner.get(SCHEDULE).json()
    sent = {name.removeprefix("/"): value for name, value in FORM.items() if name.startswith("/")}
    numbers = {"monthly_day": 3, "wait_minutes": 60, "restate_share": "0.0100", "is_on": True}
    assert {name: told[name] for name in sent} == sent | numbers
    shown = text_of(owner.get(PAGE))
    assert "每天 08:30" in shown
    assert "指标变化达到 1.0% 才提议更正" in shown
    send(owner, "schedule/", **{name: value for name, value in FORM.items() if name != "/is_on"} | {"/since": ""})
    told = owner.get(SCHEDULE).json()
    assert (told["since"], told["is_on"]) == (None, False)
    assert user_client(globex, "owner").get(SCHEDULE).json()["daily_at"] == "09:00"


def test_what_cannot_be_is_refused_beside_its_field(owner):
    refused = send(owner, "schedule/", 400, **FORM | {"/monthly_day": "31"})
    assert re.search(r'name="/monthly_day" value="31"[^>]*aria-invalid', refused.content.decode())


def test_silence_is_proposed_by_one_side_and_agreed_to_by_the_other(acme, owner):
    assert "沉默不视为通过" in text_of(owner.get(PAGE))
    send(owner, "silence/", **{"form": "silence", "/deemed_after": "5"})
    own = text_of(owner.get(PAGE))
    assert "代运营方提议：报告送达后 5 个工作日" in own
    assert "同意" not in own.partition("视为通过")[2].replace("对方同意", "").partition("节假日")[0]
    send(owner, "silence/agree/", 409, **{"form": "agree", "/deemed_after": "5"})
    manager = user_client(acme, "brand_manager")
    send(manager, "silence/agree/", 409, **{"form": "agree", "/deemed_after": "7"})
    send(manager, "silence/agree/", **{"form": "agree", "/deemed_after": "5"})
    assert owner.get(SCHEDULE).json()["deemed_after"] == 5
    assert "提议：" not in text_of(owner.get(PAGE))


def test_who_only_reads_is_offered_nothing(acme, owner):
    sponsor = user_client(acme, "brand_sponsor")
    shown = text_of(sponsor.get(PAGE))
    assert "每天 09:00" in shown
    assert "保存报告时间" not in shown
    assert sponsor.post(PAGE + "schedule/", FORM, format="multipart").status_code == 403
    assert "报告时间" not in text_of(user_client(acme, "finance").get(PAGE))

"""The pages of fans: found by what people know of them, masked by role, taken out as a file that says who took it."""

import csv
import re
from html import unescape
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from projects.models import Account, AuditEntry, Keeper, TeamSeat
from tests.factories import anonymous_client, inside, make_guide, make_placement, make_user, sign_in, user_client
from tests.fans.sending import Source, added, lost, moved, paid, wrote

LIST = "/projects/p1/fans/"
WHY = {"reason": "核对订单"}


@pytest.fixture
def source(acme, globex) -> Source:
    Source(globex).send(added("别家粉丝", 1, name="外人"))
    source = Source(acme)
    source.send(
        added("f1", 1, guide="a1", channel="pkg", name="仲小妮", phone="13800138000"),
        added("f2", 2, guide="a2", name="=王芳"),
        added("12345678901234567890", 3, name="李"),
        lost("12345678901234567890", 4),
        moved("f1", "a2", 5, reason="换班"),
        wrote("f1", 6),
        paid("o1", "88.00", 7, fan="f1"),
    )
    return source


def pm_of(source):
    client = user_client(source.brand, "pm")
    with inside(source.brand):
        TeamSeat.objects.create(project=source.project, role="pm", user=client.user, starts_on="2026-01-01")
    return client


def text_of(response, status=200):
    assert response.status_code == status, response.content
    html = re.sub(r"<(script|style|datalist|select).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def codes_on(response):
    return re.findall(r'scope="row"><a href="[^"]*/fans/([^"/]+)/"', response.content.decode())


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "小妮"}, ["f1"]),
        ({"q": "138 0013 8000"}, ["f1"]),
        ({"q": "f"}, ["f1", "f2"]),
        ({"account": "a2"}, ["f1", "f2"]),
        ({"channel": "pkg"}, ["f1"]),
        ({"present": "false"}, ["12345678901234567890"]),
        ({"present": "maybe"}, []),
        ({"q": "小妮" * 70}, []),
        ({"q": "外人"}, []),
    ],
)
def test_fans_are_found_by_what_is_asked(source, asked, found):
    assert codes_on(pm_of(source).get(LIST, asked)) == found


def test_what_fits_nobody_and_a_project_without_fans_say_so(acme, source):
    Source(acme, code="p2")
    owner = user_client(acme, "owner")
    assert "没有符合条件的粉丝" in text_of(owner.get(LIST, {"q": "无此人"}))
    assert "还没有粉丝" in text_of(owner.get("/projects/p2/fans/"))


def test_pages_lead_on_and_back(source, monkeypatch):
    monkeypatch.setattr("workplace.fan_pages.FANS_SHOWN", 2)
    client = pm_of(source)
    first = client.get(LIST)
    assert codes_on(first) == ["12345678901234567890", "f1"]
    assert "上一页" not in text_of(first)
    second = client.get(LIST, {"after": "f1"})
    assert codes_on(second) == ["f2"]
    assert "下一页" not in text_of(second)
    assert codes_on(client.get(LIST, {"before": "f2"})) == ["12345678901234567890", "f1"]


def test_names_are_masked_for_who_does_not_serve_her(acme, source):
    assert "仲小妮" in text_of(pm_of(source).get(LIST))
    shown = text_of(user_client(acme, "owner").get(LIST))
    assert "仲*妮" in shown
    assert "仲小妮" not in shown
    assert "姓名已遮盖" in shown


def test_who_may_not_see_fans_is_refused(acme, globex, source):
    for role in ("finance", "brand_sponsor", "brand_aftersales"):
        assert user_client(acme, role).get(LIST).status_code == 403
    assert user_client(acme, "pm").get(LIST).status_code == 404
    assert user_client(globex, "owner", site=acme).get(f"{LIST}别家粉丝/").status_code == 404


def test_a_course_is_told_in_words(source):
    pm = pm_of(source)
    shown = text_of(pm.get(f"{LIST}f1/"))
    told = [
        "加入：好友 a1", "渠道 pkg，从此在册", "分配给：a2 换班", "粉丝发来 1 次，导购发出 0 次", "下单 ¥88.00",
        "138****8000",
    ]  # fmt: skip
    assert [words for words in told if words not in shown] == []
    assert "13800138000" not in shown
    money = text_of(pm.get(f"{LIST}f1/", {"part": "money"}))
    assert "下单 ¥88.00" in money
    assert "换班" not in money


def test_a_phone_is_shown_once_for_a_reason(acme, source):
    manager = user_client(acme, "brand_manager")
    refused = manager.post(f"{LIST}f1/phone/", {"reason": " "}, format="multipart")
    assert "请填写查看原因" in text_of(refused, 422)
    shown = manager.post(f"{LIST}f1/phone/", WHY, format="multipart")
    assert "13800138000" in text_of(shown)
    assert shown["Cache-Control"] == "no-store"
    again = text_of(manager.get(f"{LIST}f1/"))
    assert "13800138000" not in again
    assert re.search(r"手机号查看记录 \S+ 原因：核对订单", again)
    assert "手机号查看记录" not in text_of(pm_of(source).get(f"{LIST}f1/"))
    assert user_client(acme, "owner").post(f"{LIST}f1/phone/", WHY, format="multipart").status_code == 403


def test_a_guide_sees_and_calls_those_she_holds(acme, source):
    user = make_user("guide", brand=acme)
    make_placement(guide := make_guide(acme.agency, user=user), acme)
    with inside(acme):
        Keeper.objects.create(account=Account.objects.get(code="a2"), guide=guide, since="2026-01-01T00:00:00+08:00")
    client = anonymous_client(acme)
    sign_in(client, user)
    listed = client.get(LIST)
    assert codes_on(listed) == ["f1", "f2"]
    assert "导出" not in text_of(listed)
    assert "13800138000" in text_of(client.post(f"{LIST}f1/phone/", WHY, format="multipart"))
    assert client.get(f"{LIST}12345678901234567890/").status_code == 404
    assert client.get("/projects/p1/fans.xlsx").status_code == 403


# -- Files ------------------------------------------------------------------------------------------------------------


def test_a_workbook_holds_what_the_page_shows_as_text(acme, source):
    answer = user_client(acme, "owner").get("/projects/p1/fans.xlsx", {"present": "true"})
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[:6] for row in rows[2:]] == [
        ["f1", "仲*妮", "是", "a2", "", "a2"], ["f2", "=*芳", "是", "a2", "", "a2"],
    ]  # fmt: skip
    assert str(rows[2][9]) == "2026-03-02 01:00:00"
    with inside(acme):
        [entry] = AuditEntry.objects.filter(subject="export:fans")
        assert entry.after == {"rows": 2, "format": "xlsx", "filters": {"present": "true"}}


def test_a_csv_is_for_excel_and_runs_no_formula(source):
    answer = pm_of(source).get("/projects/p1/fans.csv", {"q": "王芳"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [_, row] = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    assert row[:2] == ["f2", "'=王芳"]
    with inside(source.brand):
        [entry] = AuditEntry.objects.filter(subject="export:fans")
        assert entry.after["filters"] == {"q": "…"}, "a name or a phone that was typed is not kept"


def test_too_many_rows_are_offered_in_the_background(acme, source, monkeypatch):
    monkeypatch.setattr("workplace.fan_files.MOST_ROWS", 2)
    owner = user_client(acme, "owner")
    offered = owner.get("/projects/p1/fans.xlsx")
    assert offered["Location"] == "/projects/p1/exports/?kind=fans&form=xlsx"
    assert owner.get("/projects/p1/fans.csv", {"present": "true"}).status_code == 200
    assert owner.get("/projects/p1/fans.pdf").status_code == 404
    with inside(acme):
        assert AuditEntry.objects.filter(subject="export:fans").count() == 1

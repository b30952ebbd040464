"""Own indicators in the browser: defined with a trial of last month's numbers, on the scorecard, in depth, on file."""

import io
import re
from datetime import datetime
from html import unescape

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from guides.models import Guide
from tests.factories import make_guide, make_placement, user_client
from tests.kpi.sending import Desk

P = "/projects/p1/"
FEBRUARY = {"start": "2026-02-01", "end": "2026-02-28"}
EVENTS = [
    {"type": "fan.added", "id": "1", "at": "2026-01-05T10:00:00", "fan": "f1", "guide": "a1", "channel": "pkg"},
    {"type": "fan.added", "id": "2", "at": "2026-02-06T10:00:00", "fan": "f2", "guide": "a1", "channel": "pkg"},
    {"type": "fan.added", "id": "3", "at": "2026-02-07T10:00:00", "fan": "f3", "guide": "a2"},
    {"type": "fan.lost", "id": "4", "at": "2026-02-06T12:00:00", "fan": "f2", "by": "fan", "guide": "a1"},
    {"type": "order.paid", "at": "2026-01-09T10:00:00", "order": "o1", "fan": "f1", "amount": "60.00"},
    {"type": "order.paid", "at": "2026-02-09T10:00:00", "order": "o2", "fan": "f1", "amount": "90.00"},
    {"type": "order.paid", "at": "2026-02-09T11:00:00", "order": "o3", "fan": "f3", "amount": "60.00"},
]
FORM = {
    "form": "indicator", "/name": "客单价", "/group": "result", "/direction": "up", "/numerator/count": "gmv",
    "/numerator/channel": "", "/numerator/platform": "", "/denominator/count": "orders", "/denominator/channel": "",
    "/denominator/platform": "", "/unit": "", "/code": "",
}  # fmt: skip


@pytest.fixture
def desk(acme, globex) -> Desk:
    """娜娜 keeps a1, nobody keeps a2. It is 2026-03-10."""
    make_placement(make_guide(acme.agency, code="nana", name="娜娜"), acme)
    Desk(globex).send(EVENTS[:1])
    desk = Desk(acme)
    desk.send(EVENTS, rolled_up=False)
    desk.keep("a1", [("2026-01-01T00:00:00", "nana")])
    return desk


@pytest.fixture
def owner(acme, desk, monkeypatch):
    client = user_client(acme, "owner")
    instant = datetime.fromisoformat("2026-03-10T10:00:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: instant)
    return client


def text_of(response, status=200):
    assert response.status_code == status, response.content
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def save(client, status=302, **changes):
    response = client.post(f"{P}indicators/put/", {**FORM, **changes}, format="multipart")
    assert response.status_code == status, text_of(response, response.status_code)
    return response


def test_it_is_tried_on_last_month_before_it_is_saved(owner):
    asked = {name: value for name, value in FORM.items() if name != "form"}
    shown = text_of(owner.get(f"{P}indicators/preview/", asked))
    assert "客单价 = GMV ÷ 计入的订单" in shown
    assert "2026 年 2 月 150.00 ÷ 2 ¥75.00" in shown
    assert "2026-03-01～03-10 0.00 ÷ 0 —" in shown
    assert "可按导购、企微号、渠道拆分" in shown
    assert "现有的自有指标" not in text_of(owner.get(f"{P}indicators/"))
    both = text_of(owner.get(f"{P}indicators/preview/", asked | {"/denominator/count": "gmv"}))
    assert "分子与分母相同" in both


def test_it_stands_on_the_scorecard_below_the_ten(desk, owner):
    assert 'id="own-indicators"' not in owner.get(P, FEBRUARY).text
    save(owner)
    card = owner.get(P, FEBRUARY).text.partition('id="own-indicators"')[2]
    row = text_of_html(re.search(r'<tr[^>]*data-own="own_1">(.*?)</tr>', card, re.DOTALL)[1])
    assert row.startswith("客单价 GMV ÷ 计入的订单 ¥75.00 +25.0%")
    [rest] = desk.figures("month", "2026-02-01", "2026-02-28", indicator="own_1")["results"]
    assert (rest["numerator"], rest["denominator"], rest["value"]) == ("150.00", 2, "75.00")


def text_of_html(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()


def test_in_depth_it_says_what_it_is_made_of_and_by_whom(acme, owner):
    save(owner)
    manager = user_client(acme, "brand_manager")
    shown = text_of(manager.get(f"{P}figures/own/own_1/", FEBRUARY))
    assert "¥75.00 150.00 ÷ 2" in shown
    assert "娜娜 90.00 ÷ 1 ¥90.00" in shown
    assert "企微号 a2 60.00 ÷ 1 ¥60.00" in shown
    assert "先列分子，再列分母" in shown
    assert "o2 已付订单 02-09 10:00 90.00 · 分子" in shown
    assert "o3 已付订单 02-09 11:00 1 · 分母" in shown
    hers = text_of(manager.get(f"{P}figures/own/own_1/", {**FEBRUARY, "guide": "nana"}))
    assert "构成这个数的记录 · 娜娜" in hers
    assert "o2 已付订单" in hers
    assert "o3 已付订单" not in hers
    assert "¥75.00 150.00 ÷ 2" in hers
    assert manager.get(f"{P}figures/own/gmv/", FEBRUARY).status_code == 404


def test_a_change_is_a_version_and_what_was_is_on_record(owner):
    save(owner)
    edit = owner.get(f"{P}indicators/?edit=own_1").text
    assert 'value="2026-03"' in edit
    save(owner, **{"/code": "own_1", "/denominator/count": "buyers", "/effective_from": "2026-03"})
    assert "第 2 版，2026-03 起" in text_of(owner.get(f"{P}indicators/"))
    assert "GMV ÷ 计入的订单" in text_of(owner.get(f"{P}figures/own/own_1/", FEBRUARY))
    history = text_of(owner.get(f"{P}audit/"))
    assert "分母：计入的订单 → 下单人数" in history
    remove(owner)
    assert "还没有自有指标" in text_of(owner.get(f"{P}indicators/"))
    assert owner.get(f"{P}figures/own/own_1/", FEBRUARY).status_code == 404


def remove(client, status=302, **fields):
    body = {"form": "remove-own_1", "/code": "own_1", "/sure": "on", **fields}
    body = {name: value for name, value in body.items() if value}
    response = client.post(f"{P}indicators/remove/", body, format="multipart")
    assert response.status_code == status, text_of(response, response.status_code)
    return text_of(response, status)


def test_a_removal_says_what_goes_and_what_stays_and_is_confirmed(owner):
    """Folded under its word, which a keyboard opens without scripts; not done until the box is ticked."""
    save(owner)
    html = owner.get(f"{P}indicators/").text
    fold = re.search(r'<details class="sy-unfold">(.*?)</details>', html, re.DOTALL)[1]
    words = text_of_html(fold)
    assert words.startswith("移除 · 客单价")
    assert "2026-03 及以后新生成的报告也不再有它" in words
    assert "已生成的报告保留原样" in words
    assert re.search(r'<input type="checkbox" name="/sure"', fold)
    assert "请先勾选确认" in remove(owner, 422, **{"/sure": ""})
    assert "客单价" in text_of(owner.get(f"{P}indicators/"))
    remove(owner)
    assert "还没有自有指标" in text_of(owner.get(f"{P}indicators/"))
    remove(owner, 404)


def test_what_is_refused_stands_beside_its_field_with_what_was_typed(owner):
    refused = save(owner, 422, **{"/name": "老粉留存率"}).content.decode()
    assert re.search(r'name="/name" value="老粉留存率"[^>]*aria-invalid', refused)
    assert "与十项指标之一同名" in refused
    narrowed = save(
        owner, 422, **{"/numerator/platform": "tmall", "/denominator/count": "seen", "/denominator/platform": "jd"}
    )
    assert re.search(r'name="/denominator/platform" value="jd"[^>]*aria-invalid', narrowed.content.decode())


def test_who_may_not_define_them_is_offered_nothing(acme, owner):
    save(owner)
    sponsor = user_client(acme, "brand_sponsor")
    shown = text_of(sponsor.get(f"{P}indicators/"))
    assert "客单价" in shown
    assert "移除" not in shown
    assert sponsor.post(f"{P}indicators/put/", FORM, format="multipart").status_code == 403
    assert sponsor.get(f"{P}indicators/preview/", FORM).status_code == 403
    assert user_client(acme, "guide").get(f"{P}indicators/").status_code in (403, 404)


def test_the_other_brand_knows_nothing_of_it(globex, owner):
    save(owner)
    theirs = user_client(globex, "owner")
    assert "客单价" not in theirs.get(P, FEBRUARY).text + theirs.get(f"{P}indicators/").text
    assert theirs.get(f"{P}figures/own/own_1/", FEBRUARY).status_code == 404


def test_the_scorecards_file_has_them_with_their_definitions(owner):
    def sheets():
        return CalamineWorkbook.from_filelike(io.BytesIO(owner.get(f"{P}scorecard.xlsx", FEBRUARY).content))

    assert "自有指标" not in sheets().sheet_names
    save(owner)
    rows = sheets().get_sheet_by_name("自有指标").to_python()
    [row] = [row for row in rows if "客单价" in row]
    assert row[1:8] == ["客单价", "GMV ÷ 计入的订单", 1, "越高越好", 150, 2, 75]


def test_the_rows_are_taken_as_a_file_that_adds_up(owner):
    save(owner)
    for query, upper, lower in ((FEBRUARY, 150, 2), ({**FEBRUARY, "guide": "nana"}, 90, 1)):
        file = io.BytesIO(owner.get(f"{P}figures/own_1/rows.xlsx", query).content)
        book = CalamineWorkbook.from_filelike(file)
        assert book.sheet_names[:2] == ["客单价", "口径"]
        about = {row[0]: row[1] for row in book.get_sheet_by_name("口径").to_python()}
        assert (about["含义"], about["核对"]) == ("GMV ÷ 计入的订单（第 1 版）", "一致")
        assert (about["明细分子合计"], about["明细分母合计"]) == (upper, lower)
    text = owner.get(f"{P}figures/own_1/rows.csv", FEBRUARY).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + 2 + 2
    assert owner.get(f"{P}figures/own_9/rows.csv", FEBRUARY).status_code == 404


def test_a_guide_sees_those_that_can_be_given_per_guide(acme, desk, owner):
    save(owner)
    save(owner, **{"/name": "发布 KOC", "/numerator/count": "kocs", "/denominator/count": ""})
    lin = user_client(acme, "guide")
    Guide.objects.filter(code="nana").update(user=lin.user)
    card = lin.get(P, FEBRUARY).text.partition('id="own-indicators"')[2]
    row = text_of_html(re.search(r'<tr[^>]*data-own="own_1">(.*?)</tr>', card, re.DOTALL)[1])
    assert row.startswith("客单价 GMV ÷ 计入的订单 ¥90.00")
    assert 'data-own="own_2"' not in card
    assert "发布 KOC 「发布内容的 KOC」只有项目整体的数" in text_of_html(card)
    shown = text_of(lin.get(f"{P}figures/own/own_1/", FEBRUARY))
    assert "¥90.00 90.00 ÷ 1" in shown
    assert "o2" not in shown
    assert "企微号 a2" not in shown
    refused = lin.get(f"{P}figures/own/own_2/", FEBRUARY)
    assert refused.status_code == 403
    assert lin.get(f"{P}figures/own_1/rows.csv", FEBRUARY).status_code == 403
    assert "不能分到导购：「发布内容的 KOC」只有项目整体的数" in text_of(owner.get(f"{P}figures/own/own_2/", FEBRUARY))


def test_in_english_no_chinese_rests(owner):
    save(owner, **{"/name": "Order value"})
    owner.get(f"{P}indicators/")  # what was said of saving, in the language it was saved in
    for address in ("indicators/", "figures/own/own_1/"):
        page = owner.get(f"{P}{address}", FEBRUARY, HTTP_ACCEPT_LANGUAGE="en").text
        main = text_of_html(page[page.index("<main") : page.index("</main>")])
        assert not re.findall(r"[\u4e00-\u9fff]+", re.sub("项目|娜娜", "", main)), main

"""The page where reports are arranged, without a script, and what a layout makes of page, PDF and workbook."""

import io
import re
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from reports.models import Layout
from tests.factories import inside, sign_in, user_client
from tests.reports.desk import ReportDesk, january
from tests.workplace.report_desk import P, page, text_of


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def arranged(client, kind="monthly"):
    """The form as the browser would send it: (name, value) in its order."""
    sign_in(client, client.user)
    html = client.get(f"{P}report-layout/", {"kind": kind}).content.decode()
    return fields_of(html), html


def fields_of(html):
    form = html[html.index("data-arrange") : html.index("哪些报告用哪一版")]
    found = re.findall(r'<input type="hidden" name="(key|kind|base)" value="([^"]*)"', form)
    found += [(name, "1") for name in re.findall(r'name="(on-[^"]+)" value="1" checked(?! disabled)', form)]
    found += re.findall(r'name="(title-[^"]+)" value="([^"]*)"', form)
    found += re.findall(r'<textarea name="(intro-[^"]+)"[^>]*>([^<]*)</textarea>', form)
    body: dict = {}
    for name, value in found:
        body.setdefault(name, []).append(unescape(value))
    return body


def post(client, body, status=200, **pressed):
    response = client.post(f"{P}report-layout/", {**body, **pressed}, format="multipart")
    assert response.status_code == status, text_of(response)[:1500]
    return response.content.decode()


def keys(html):
    return re.findall(r'<input type="hidden" name="key" value="([^"]+)"', html)


def test_a_press_moves_a_block_and_keeps_nothing(desk):
    body, html = arranged(desk.pm)
    assert keys(html)[:5] == ["lead", "tally", "todo", "more", "figures"]
    moved = post(desk.pm, body, move="up:figures")
    assert keys(moved)[:5] == ["lead", "tally", "todo", "figures", "more"]
    assert "有未保存的修改" in moved
    again = post(desk.pm, fields_of(moved), move="up:tally")
    assert keys(again)[:5] == ["lead", "tally", "todo", "figures", "more"]  # nothing moves before the conclusion
    with inside(desk.brand):
        assert not Layout.objects.exists()


def test_what_is_saved_is_how_the_next_report_reads(desk):
    """Headings, words, order and what is left out: the same on the page and in the workbook."""
    old = desk.issue("monthly", "2026-01")
    body, _ = arranged(desk.pm)
    body["title-orders"], body["intro-orders"] = "成交情况", "含税，单位为元。"
    del body["on-guides"]
    html = post(desk.pm, fields_of(post(desk.pm, body, move="up:orders")), status=302, save="1")
    desk.pm.get(f"{P}report-layout/")
    assert desk.act(desk.pm, old, "revise", comment="新版式").status_code == 200

    paper = page(desk.pm, old)
    before = page(desk.pm, old, revision="1")
    assert 'id="part-guides"' in before
    assert 'id="part-guides"' not in paper
    assert "成交情况" not in before
    assert paper.index("成交情况") < paper.index("含税，单位为元。") < paper.index('data-pointer="/orders/net"')
    assert ("第 1 版" in paper, "标准版式" in before) == (True, True)
    book = CalamineWorkbook.from_filelike(io.BytesIO(desk.pm.get(f"/api/v1/reports/{old.pk}.xlsx").content))
    assert "成交情况" in book.sheet_names
    assert "导购排名" not in book.sheet_names
    assert book.get_sheet_by_name("成交情况").to_python()[0][0] == "含税，单位为元。"
    assert html == ""


def test_the_preview_is_the_latest_report_arranged_so(desk):
    desk.issue("monthly", "2026-01")
    body, html = arranged(desk.pm)
    assert "预览：2026 年 1 月月报" in html
    body["title-fans"] = "粉丝变化"
    tried = post(desk.pm, body, **{"try": "1"})
    assert "<h2>粉丝变化</h2>" in tried
    assert "<h2>粉丝变化</h2>" not in arranged(desk.pm)[1]


def test_required_blocks_stay_whatever_the_form_says(desk):
    body, _ = arranged(desk.pm)
    assert "on-figures" not in body  # its box is fixed
    body.pop("on-figures", None)
    post(desk.pm, {**body, "title-fans": "F"}, status=302, save="1")
    with inside(desk.brand):
        assert '"is_on":true,"key":"figures"' in Layout.objects.get().blocks


def test_a_layout_that_another_saved_meanwhile_is_kept(desk):
    body, _ = arranged(desk.pm)
    post(desk.pm, {**body, "title-fans": "一"}, status=302, save="1")
    refused = post(desk.pm, {**body, "title-fans": "二"}, status=409, save="1")
    assert "版式已被他人修改" in refused
    assert 'name="title-fans" value="二"' in refused


def test_the_page_says_which_reports_follow_which_version(desk):
    desk.issue("monthly", "2026-01")
    body, _ = arranged(desk.pm)
    post(desk.pm, {**body, "title-fans": "一"}, status=302, save="1")
    text = text_of(desk.pm.get(f"{P}report-layout/"))
    assert "第 1 版 此后的报告 还没有报告" in text
    assert "标准版式 1 份报告，2026-01-01～2026-01-31" in text


def test_the_brand_reads_it_and_arranges_nothing(desk):
    manager = user_client(desk.brand, "brand_manager")
    sign_in(manager, manager.user)
    html = manager.get(f"{P}report-layout/").content.decode()
    assert "data-arrange" not in html
    assert "还没有这种报告" in html
    desk.issue("monthly", "2026-01")
    assert "预览：" not in manager.get(f"{P}report-layout/").content.decode()  # it was not sent
    assert manager.post(f"{P}report-layout/", {"save": "1"}, format="multipart").status_code == 403

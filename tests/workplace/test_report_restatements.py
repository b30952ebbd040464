"""The page of late data: which reports would read otherwise, by how much and why; one way to a revision."""

import re
from html import unescape

import pytest
from django.utils import timezone

from projects.models import Project
from reports.models import Report
from reports.proposing import look
from siyu.models import DueWork
from tests.factories import inside, sign_in, user_client
from tests.reports.desk import ReportDesk, january, paid, refunded
from tests.workplace.report_desk import P, offered, shown, text_of


@pytest.fixture
def desk(acme, globex):
    other = ReportDesk(globex)
    other.send(january())
    other.issue("monthly", "2026-01")
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    """January, after which two orders and a refund came late."""
    report = desk.issue("monthly", "2026-01")
    desk.send([
        paid("l1", "100.00", "2026-01-20", fan="f1"),
        paid("l2", "50.00", "2026-01-22", fan="f1"),
        refunded("l1", "10.00", "2026-01-25"),
    ])  # fmt: skip
    look_at(desk)
    return report


def look_at(desk):
    with inside(desk.brand):
        assert look(Project.objects.get(pk=desk.project.pk), timezone.now(), lambda: None) is None


def get(client, path, status=200):
    sign_in(client, client.user)
    response = client.get(path)
    assert response.status_code == status, text_of(response)[:1500]
    return response


def form_of(html, key):
    form = re.search(rf'action="([^"]+)">\s*<input[^>]*csrf[^>]*><input type="hidden" name="form" value="{key}">'
                     r"(.*?)</form>", html, re.DOTALL)  # fmt: skip
    return form[1], {name: unescape(value) for name, value in
                     re.findall(r'name="(/[^"]+)"[^>]*?value="([^"]*)"', form[2])}  # fmt: skip


def test_the_agency_reads_what_would_change_by_how_much_and_why(desk, report):
    text = text_of(get(desk.pm, f"{P}restatements/"))
    assert "2026 年 1 月月报 2026-01-01～2026-01-31 · 第 1 版 草稿" in text
    assert "GMV ¥349.90 ¥489.90 +¥140.00（+40.0%） 迟到的订单、迟到的退款" in text
    assert "迟到的订单 2 条，日期 2026-01-20～2026-01-22" in text
    assert "迟到的退款 1 条，日期 2026-01-25" in text


def test_one_press_makes_the_revision_with_its_reason(desk, report):
    html = get(desk.pm, f"{P}restatements/").content.decode()
    address, fields = form_of(html, "revise")
    assert fields["/comment"] == "迟到的订单 2 条、迟到的退款 1 条"
    answer = desk.pm.post(address, {"form": "revise", **fields}, format="multipart")
    assert answer.status_code == 302, text_of(answer)
    with inside(desk.brand):
        second = report.revisions.get(number=2)
        assert (second.why, Report.objects.get(pk=report.pk).state) == ("迟到的订单 2 条、迟到的退款 1 条", "draft")
    assert "没有报告需要修订" in text_of(get(desk.pm, f"{P}restatements/"))


def test_drafts_are_made_anew_together_and_what_was_sent_is_left(desk, report):
    """The month was sent; the daily of the 20th and the week of the 19th are drafts."""
    desk.send_out(report)
    drafts = [desk.issue("daily", "2026-01-20"), desk.issue("weekly", "2026-W04")]
    desk.words(desk.pm, drafts[0], plan="跟进客诉")
    desk.send([paid("l3", "30.00", "2026-01-20", fan="f1")])
    look_at(desk)
    page = get(desk.pm, f"{P}restatements/").content.decode()
    assert "更新 2 份草稿" in page
    assert desk.seated("content").post(f"{P}restatements/drafts/", {}, format="multipart").status_code == 403
    sign_in(desk.pm, desk.pm.user)
    assert desk.pm.post(f"{P}restatements/drafts/", {}, format="multipart").status_code == 302
    with inside(desk.brand):
        newest = [draft.revisions.latest("number") for draft in drafts]
        assert [(one.number, one.why) for one in newest] == [(2, "迟到的订单 1 条"), (2, "迟到的订单 1 条")]
        assert report.revisions.count() == 1
    assert desk.read(desk.pm, drafts[0]).json()["words"]["blocks"] == {"plan": "跟进客诉"}
    left = get(desk.pm, f"{P}restatements/").content.decode()
    assert "restatements/drafts/" not in left
    assert "2026 年 1 月月报" in left


def test_figures_are_kept_only_for_a_reason(desk, report):
    address, fields = form_of(get(desk.pm, f"{P}restatements/").content.decode(), f"keep-{report.pk}")
    refused = desk.pm.post(address, {"form": f"keep-{report.pk}", **fields, "/why": ""}, format="multipart")
    assert refused.status_code == 400
    assert "请说明保留原数字的原因" in text_of(refused)
    done = desk.pm.post(address, {"form": f"keep-{report.pk}", **fields, "/why": "下月结算"}, format="multipart")
    assert done.status_code == 302
    assert "没有报告需要修订" in text_of(get(desk.pm, f"{P}restatements/"))
    assert "已决定保留原数字：下月结算" in shown(desk.pm, report, "restatement/")


def test_it_is_led_to_from_the_report_the_list_and_the_day(desk, report):
    assert "有迟到的数据会改变本报告的数字" in shown(desk.pm, report)
    listed = text_of(get(desk.pm, f"{P}reports/"))
    assert "迟到数据 1" in listed
    assert "建议修订" in listed
    day = get(desk.pm, "/").content.decode()
    assert "迟到数据：2026 年 1 月月报" in day
    assert 'href="/projects/p1/restatements/"' in day


def test_the_brand_reads_it_of_what_was_sent_and_can_change_nothing(desk, report):
    manager = user_client(desk.brand, "brand_manager")
    assert "没有修订建议" in text_of(get(manager, f"{P}restatements/"))
    get(manager, f"{P}reports/{report.pk}/restatement/", status=404)
    desk.send_out(report)
    text = text_of(get(manager, f"{P}restatements/"))
    assert "GMV ¥349.90 ¥489.90 +¥140.00（+40.0%）" in text
    assert "代运营方确认后会另发修订版" in text
    assert "以新数据出修订版" not in text
    assert "建议出修订版" in shown(manager, report)
    assert "revise" not in offered(manager, report)
    for path in ("restatements/look/", f"reports/{report.pk}/restatement/keep/"):
        assert manager.post(f"{P}{path}", {}, format="multipart").status_code == 403


def test_what_only_drafts_may_read_but_not_decide(desk, report):
    content = desk.seated("content")
    text = text_of(get(content, f"{P}restatements/"))
    assert "+¥140.00" in text
    assert "以新数据出修订版" not in text


def test_a_report_is_held_against_the_data_of_now(desk, report):
    """Before any look: computed on reading."""
    desk.send([paid("l3", "1.00", "2026-01-23", fan="f1")])
    text = shown(desk.pm, report, "restatement/")
    assert "GMV ¥349.90 ¥490.90 +¥141.00（+40.3%）" in text
    assert "订单 · 成交净额 ¥349.90 ¥490.90 +¥141.00（+40.3%）" in text


def test_looking_now_asks_for_the_work(desk, report):
    assert desk.pm.post(f"{P}restatements/look/", {}, format="multipart").status_code == 302
    assert DueWork.objects.filter(schema=desk.brand.schema_name, kind="restate").count() == 1

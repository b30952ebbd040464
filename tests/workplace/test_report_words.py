"""The composer of drafts, and the countdown of silence: nothing typed is lost, and silence is no approval."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from reports.models import Report, ReportSchedule
from reports.review import Deed
from reports.review import act as do_to
from tenants.identity import identify_user
from tests.factories import inside, user_client
from tests.reports.desk import ReportDesk, january, plan
from tests.workplace.report_desk import P, act, compose, page, shown, write


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("daily", "2026-01-06")


# -- Words and entries ------------------------------------------------------------------------------------------------


def test_words_and_entries_are_written_and_carried_on(desk, report):
    write(
        desk.pm, report, **{"/plan": "拉新\r\n回访", "entry/0/block": "complaints", "entry/0/text": "发货慢",
                            "entry/0/owner": "小王", "entry/0/due_on": "2026-01-10"},
    )  # fmt: skip
    found = shown(desk.pm, report)
    assert "下期计划 拉新 回访" in found
    assert "发货慢 客诉 小王 2026-01-10 —" in found
    following = desk.issue("daily", "2026-01-07")
    fields = compose(desk.seated("content"), following)
    assert (fields["entry/0/text"], fields["entry/0/owner"]) == ("发货慢", "小王")
    write(desk.pm, following, **{"entry/0/done_on": "2026-01-07"})
    assert "2026-01-10 2026-01-07" in shown(desk.pm, following)
    assert "发货慢" not in shown(desk.pm, desk.issue("daily", "2026-01-08"))


def test_nothing_typed_is_lost_when_another_wrote_meanwhile(desk, report):
    content = desk.seated("content")
    before = compose(desk.pm, report)
    write(content, report, **{"/plan": "内容同事的计划", "/notes": "备注"})
    found = write(desk.pm, report, 409, before, **{"/plan": "项目经理的计划"})
    assert f"{content.user} 在你填写期间修改了这里" in unescape(found)
    assert "项目经理的计划" in found
    assert "内容同事的计划" in found  # what she would write over
    typed = dict(re.findall(r'name="(was/plan|was/notes)" value="([^"]*)"', found))
    assert typed == {"was/plan": "内容同事的计划", "was/notes": "备注"}
    write(desk.pm, report, 302, {**before, **typed, "/notes": "备注"}, **{"/plan": "两人的计划"})
    assert desk.read(desk.pm, report).json()["words"]["blocks"] == {"plan": "两人的计划", "notes": "备注"}


def test_what_was_left_alone_writes_over_nothing(desk, report):
    before = compose(desk.pm, report)
    write(desk.seated("content"), report, **{"/notes": "备注"})
    write(desk.pm, report, 302, before, **{"/plan": "拉新"})
    assert desk.read(desk.pm, report).json()["words"]["blocks"] == {"plan": "拉新", "notes": "备注"}


def test_an_entry_that_another_changed_is_not_written_over(desk, report):
    write(desk.pm, report, **{"entry/0/text": "发货慢"})
    before = compose(desk.pm, report)
    content = desk.seated("content")
    write(content, report, **{"entry/0/owner": "小李"})
    found = write(desk.pm, report, 409, before, **{"entry/0/owner": "小王"})
    assert f"{content.user} 在你填写期间修改了这里" in unescape(found)
    assert 'name="entry/0/owner" value="小王"' in found
    assert desk.read(desk.pm, report).json()["words"]["entries"][0]["owner"] == "小李"


def test_an_entry_without_words_is_refused_beside_its_line(desk, report):
    found = write(desk.pm, report, 400, **{"entry/1/owner": "小王", "/plan": "拉新"})
    assert re.search(r'name="entry/1/text"[^>]*aria-invalid="true"', found)
    assert 'name="entry/1/owner" value="小王"' in found
    assert "拉新" in found


def test_words_of_a_report_that_was_reviewed_meanwhile_are_kept_on_the_page(desk, report):
    before = compose(desk.pm, report)
    act(desk.owner, report, "review")
    found = write(desk.pm, report, 409, before, **{"/plan": "来不及了"})
    assert "来不及了" in found
    assert "只有草稿可以修改文字" in found
    assert desk.pm.get(f"{P}reports/{report.pk}/words/").status_code == 302


def test_a_month_below_the_floor_asks_for_its_words(desk):
    desk.agree(plan(floor="0.80", weights={"diverted_users": "1"}))
    report = desk.issue("monthly", "2026-01")
    assert "未达标说明（必填）" in shown(desk.pm, report, "words/")
    assert "未达到合同底线，请填写未达标说明" in shown(desk.pm, report)
    write(desk.pm, report, **{"/below_floor": "包裹卡停发两周"})
    assert "未达标说明已填写" in shown(desk.pm, report)


@pytest.mark.parametrize("role", ["brand_manager", "brand_sponsor", "guide"])
def test_the_composer_is_the_agencys(desk, report, role):
    client = user_client(desk.brand, role)
    page(client, report, "words/", 403)
    assert client.post(f"{P}reports/{report.pk}/words/", {"/plan": "x"}, format="multipart").status_code == 403


# -- Silence ----------------------------------------------------------------------------------------------------------


def test_the_countdown_and_what_silence_came_to(desk, report):
    desk.send_out(report)
    assert "视为通过" not in shown(desk.manager, report)
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, deemed_after=3)
    found = shown(desk.manager, report)
    assert re.search(r"待品牌方确认，\d{4}-\d\d-\d\d 结束前无异议则视为通过（剩 \d+ 天）", found)
    assert "已通过" not in found


def test_silence_that_is_over_is_shown_as_what_it_is(desk, report):
    act(desk.pm, report, "review")
    by = identify_user(desk.pm.user, desk.brand)
    with inside(desk.brand):
        ReportSchedule.objects.create(project=desk.project, deemed_after=2)
        sent_at = datetime(2026, 2, 2, 4, tzinfo=UTC)
        do_to(Report.objects.get(pk=report.pk), Deed("send", 1), by=by, person=desk.pm.user, now=sent_at)
    found = shown(desk.manager, report)
    assert "2026-02-04 结束时无异议，视为通过" in found  # Monday the 2nd; the 3rd and the 4th
    assert "已发送 视为通过" in found
    assert "已通过" not in found
    assert desk.read(desk.manager, report).json()["state"] == "sent"
    assert desk.read(desk.manager, report).json()["deemed_accepted"] is True

"""Pages of reports: what each side is shown and may do, and that every figure is the one that REST gives."""

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from projects.models import Project, TeamSeat
from reports.models import Report, Transition
from reports.services import skip
from siyu.periods import Period
from tests.factories import inside, sign_in, user_client
from tests.reports.desk import ReportDesk, january, paid, plan
from tests.workplace.report_desk import P, act, offered, page, sent, shown, text_of, write


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


@pytest.fixture
def report(desk):
    return desk.issue("daily", "2026-01-06")


# -- Figures ----------------------------------------------------------------------------------------------------------


class Figures(HTMLParser):
    """Every <data data-pointer=… value=…> of a page: (pointer, value, text)."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.inside: tuple[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            given = dict(attrs)
            self.inside = (given["data-pointer"] or "", given["value"] or "")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found.append((*self.inside, data))
            self.inside = None


def at_pointer(payload: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        payload = payload[int(part)] if isinstance(payload, list) else payload.get(part.replace("~1", "/"))
        if payload is None:
            return None
    return payload


@pytest.mark.parametrize(("kind", "period"), [("daily", "2026-01-06"), ("weekly", "2026-W02"), ("monthly", "2026-01")])
def test_every_figure_is_the_one_that_rest_gives(desk, kind, period):
    desk.agree(plan(floor="0.80", weights={"diverted_users": "1"}))
    report = desk.issue(kind, period)
    payload = desk.read(desk.pm, report).json()["payload"]
    found = Figures(page(desk.pm, report)).found
    for pointer, value, text in found:
        there = at_pointer(payload, pointer)
        assert value == ("" if there is None else str(there)), pointer
        assert (text == "—") is (there is None), pointer
    pointers = {pointer for pointer, _, _ in found}
    assert {f"/figures/{place}/value" for place in range(10)} <= pointers
    for key in ("channels", "guides"):
        cells = {f"/{key}/{n}/figures/{code}/value" for n, row in enumerate(payload[key]) for code in row["figures"]}
        assert cells <= pointers
    assert {f"/orders/{name}" for name in payload["orders"] if name != "refunds_unknown"} <= pointers
    assert {f"/fans/{name}" for name in payload["fans"]} <= pointers
    desk_sent(desk, report)
    assert Figures(page(desk.manager, report)).found == found


def desk_sent(desk: ReportDesk, report: Report) -> None:
    """Through the pages."""
    payload = desk.read(desk.pm, report).json()["payload"]
    if payload.get("score") and payload["score"]["below"]:
        write(desk.pm, report, **{"/below_floor": "包裹卡停发两周"})
    act(desk.pm, report, "review")
    act(desk.pm, report, "send")


def test_a_number_reads_as_people_write_it(desk, report):
    texts = {pointer: text for pointer, _, text in Figures(page(desk.pm, report)).found}
    places = {row["indicator"]: n for n, row in enumerate(desk.payload("daily", "2026-01-06")["figures"])}
    # On the 6th: o2 of ¥99.90, ¥50.00 refunded of o1; f2 of f1–f4 lost.
    assert texts[f"/figures/{places['gmv']}/value"] == "¥49.90"
    assert texts[f"/figures/{places['retention_rate']}/value"] == "75.0%"
    assert texts[f"/figures/{places['churn_rate']}/value"] == "25.0%"
    assert texts[f"/figures/{places['satisfaction_rate']}/value"] == "—"
    assert (texts["/fans/net"], texts["/fans/at_end"]) == ("−1", "3")
    assert "▼ −83.4%" in shown(desk.pm, report)  # ¥300.00 the day before


def test_what_is_said_comes_before_the_figures(desk, report):
    found = page(desk.pm, report)
    places = [found.index(mark) for mark in ("1 月 6 日新增 0 人", "sy-tally", "part-figures", "冻结信息")]
    assert places == sorted(places)


def test_a_payload_without_a_part_leaves_it_out(desk, report):
    from workplace.report_blocks import lay_out

    whole = desk.payload("daily", "2026-01-06")
    for key in whole:
        paper = lay_out({name: part for name, part in whole.items() if name != key})
        assert key not in {part.key for part in paper.parts}
    assert lay_out({}).parts == []


def test_platforms_are_called_by_their_names(desk):
    desk.send([paid("t1", "80.00", "2026-01-07", fan="f1", platform="tmall"), paid("n1", "5.00", "2026-01-07",
              fan="f1", platform="新平台")])  # fmt: skip
    text = shown(desk.pm, desk.issue("monthly", "2026-01"))
    assert "天猫" in text
    assert "新平台" in text
    assert "tmall" not in text


def test_what_is_approved_asks_for_nothing(desk, report):
    desk.send_out(report)
    manager = user_client(desk.brand, "brand_manager")
    assert "去处理" in shown(manager, report)
    assert desk.act(manager, report, "approve").status_code == 200
    for client in (manager, desk.pm):
        assert "去处理" not in shown(client, report)


# -- Who sees what ----------------------------------------------------------------------------------------------------


def test_the_list_says_what_stands_and_who_is_awaited(desk, report):
    with inside(desk.brand):
        skip(desk.project, Period(datetime(2026, 1, 7).date(), datetime(2026, 1, 9).date()))  # noqa: DTZ001 - days
    listed = text_of(desk.pm.get(f"{P}reports/"))
    assert "1 月 6 日日报" in listed
    assert "草稿 待代运营方审核" in listed
    assert "3 天的日报已跳过" in listed
    assert "代运营方还没有发送报告" in text_of(desk.manager.get(f"{P}reports/"))
    desk.send_out(report)
    sign_in(desk.manager, desk.manager.user)
    listed = text_of(desk.manager.get(f"{P}reports/"))
    assert "已发送 待品牌方确认" in listed
    assert "跳过" not in listed
    assert "1 月 6 日日报" not in text_of(desk.manager.get(f"{P}reports/", {"kind": "weekly"}))


def test_a_kind_that_is_none_is_said_to_be(desk, report):
    assert "没有这种报告，以下为全部" in text_of(desk.pm.get(f"{P}reports/", {"kind": "hourly"}))
    assert "以下为全部" not in text_of(desk.pm.get(f"{P}reports/", {"kind": "daily"}))


def test_the_list_pages(desk, report):
    with inside(desk.brand):
        for month in range(2, 10):
            for day in range(1, 6):
                at = datetime(2026, month, day).date()  # noqa: DTZ001 - a day
                Report.objects.create(project=desk.project, kind="daily", first_day=at, last_day=at, state="skipped")
    first = text_of(desk.pm.get(f"{P}reports/"))
    second = text_of(desk.pm.get(f"{P}reports/", {"page": "2"}))
    assert ("1 / 2" in first, "1 月 6 日日报" in first) == (True, False)
    assert ("2 / 2" in second, "1 月 6 日日报" in second) == (True, True)


def test_the_brand_opens_nothing_before_it_was_sent(desk, report, globex):
    page(desk.manager, report, status=404)
    act(desk.pm, report, "review")
    page(desk.manager, report, status=404)
    page(desk.manager, report, "compare/", status=404)
    theirs = ReportDesk(globex)
    page(theirs.owner, report, status=404)


@pytest.mark.parametrize("role", ["guide", "finance", "brand_aftersales", "brand_reviewer"])
def test_roles_without_reports_have_no_page(desk, report, role):
    client = user_client(desk.brand, role)
    assert client.get(f"{P}reports/").status_code == 403
    page(client, report, status=403)


def test_the_annex_is_on_the_agencys_page_only(desk, report):
    desk.send_out(report)
    assert "内部附件" in shown(desk.pm, report)
    for client in (desk.manager, user_client(desk.brand, "brand_sponsor"), desk.seated("ops")):
        assert "内部附件" not in shown(client, report)


@pytest.mark.parametrize(
    ("role", "drafts", "when_sent", "when_disputed"),
    [
        ("owner", {"review", "revise"}, {"revise"}, {"revise"}),
        ("pm", {"review", "revise"}, {"revise"}, {"answer", "revise"}),
        ("ops", set(), set(), {"answer"}),
        ("content", set(), set(), set()),
        ("brand_manager", None, {"acknowledge", "comment", "dispute", "approve"}, {"comment"}),
        ("brand_sponsor", None, {"comment"}, {"comment"}),
    ],
)
def test_each_role_is_offered_what_it_may_do_and_no_more(desk, report, role, drafts, when_sent, when_disputed):
    clients = {"owner": desk.owner, "pm": desk.pm, "brand_manager": desk.manager}
    is_brand = role.startswith("brand_")
    client = clients.get(role) or (user_client(desk.brand, role) if is_brand else desk.seated(role))
    if drafts is not None:
        assert offered(client, report) == drafts
    desk.send_out(report)
    assert offered(client, report) == when_sent
    refused = {"review", "send", "acknowledge", "comment", "dispute", "answer", "approve", "revise"}
    allowed = {"owner": {"review", "send", "revise"}, "pm": {"review", "send", "revise", "answer"}, "ops": {"answer"}}
    may_ever = allowed.get(
        role, {"acknowledge", "comment", "dispute", "approve"} if role == "brand_manager" else when_sent
    )
    for action in refused - may_ever:
        act(client, report, action, 403, comment="x")
    desk.act(desk.manager, report, "dispute", comment="x")
    assert offered(client, report) == when_disputed


# -- What is done -----------------------------------------------------------------------------------------------------


def test_from_draft_to_approval(desk, report):
    act(desk.pm, report, "review")
    assert "品牌方立即可见" in shown(desk.pm, report)
    act(desk.pm, report, "send")
    act(desk.manager, report, "acknowledge")
    act(desk.manager, report, "dispute", pointer="/figures/7", comment="请核对 o1 的退款")
    found = page(desk.pm, report)
    assert 'href="#at-figures-7"' in found
    assert 'id="at-figures-7"' in found
    assert "请核对 o1 的退款" in shown(desk.pm, report)
    act(desk.pm, report, "answer", comment="1 月 6 日退款 50 元")
    assert "1 月 6 日退款 50 元" in shown(desk.manager, report)
    act(desk.manager, report, "approve")
    assert "已通过" in shown(desk.pm, report)
    with inside(desk.brand):
        moves = Transition.objects.filter(report=report).order_by("pk")
        assert [move.action for move in moves] == [
            "make", "review", "send", "acknowledge", "dispute", "answer", "approve",
        ]  # fmt: skip
        approved = moves[6]
        assert (approved.revision.number, approved.sha256) == (1, approved.revision.sha256)
        answer = approved.revision.comments.get(kind="answer")
        assert answer.pointer == "/figures/7"
    assert offered(desk.manager, report) == {"comment"}


def test_a_dispute_names_a_figure_or_the_whole_and_says_why(desk, report):
    desk.send_out(report)
    said = act(desk.manager, report, "dispute", 400, comment="不对")
    assert "请选择有异议的数字" in said
    assert "不对" in said  # what was typed is still there
    assert "请说明原因" in act(desk.manager, report, "dispute", 400, pointer="whole")
    assert "报告中没有这一项" in act(desk.manager, report, "dispute", 400, pointer="/figures/99", comment="x")
    reloaded = desk.manager.get(f"{P}reports/{report.pk}/act/")
    assert (reloaded.status_code, reloaded["Location"]) == (302, f"{P}reports/{report.pk}/")
    act(desk.manager, report, "dispute", pointer="whole", comment="不对")
    assert "整份报告 " in shown(desk.pm, report)


def test_what_can_be_disputed_is_listed_by_section_as_the_paper_has_it(desk, report):
    desk.send_out(report)
    html = page(desk.manager, report)
    form = html.partition('name="form" value="dispute">')[2].partition("</form>")[0]
    loose, _, grouped = form.partition("<select")[2].partition("</select>")[0].partition("<optgroup")
    assert re.findall(r"<option[^>]*>([^<]*)<", loose) == ["请选择", "整份报告"]
    titles = re.findall(r'label="([^"]+)"', grouped)
    paper = html.partition('<article class="sy-paper">')[2]
    places = [paper.find(f"<h2>{title}") for title in titles]
    assert -1 not in places, dict(zip(titles, places, strict=True))
    assert places == sorted(places)
    rows = re.findall(r'<option value="([^"]+)">([^<]*)<', grouped)
    assert len(dict(rows)) == len(rows) > 10
    assert "GMV" in [title for _, title in rows]


def test_the_sponsor_comments_and_the_manager_asks(desk, report):
    desk.send_out(report)
    act(user_client(desk.brand, "brand_sponsor"), report, "comment", pointer="/fans/net", comment="为何流失？")
    act(desk.manager, report, "comment", pointer="whole", comment="请补充活动安排")
    found = shown(desk.pm, report)
    assert "粉丝 · 净增" in found
    assert found.index("为何流失？") < found.index("请补充活动安排")
    assert "已发送" in found


def test_approval_of_a_revision_that_is_not_the_newest_is_refused_and_the_page_renewed(desk, report):
    desk.send_out(report)
    old = {"form": "approve", "/revision": "1", "/sha256": desk.read(desk.manager, report).json()["sha256"]}
    desk.act(desk.pm, report, "revise", comment="补录")
    desk.send_out(report, 2)
    sign_in(desk.manager, desk.manager.user)
    said = sent(desk.manager, report, old, 409)
    assert "报告已变更，请重新查看" in said
    assert "第 2 版" in said
    with inside(desk.brand):
        assert Report.objects.get(pk=report.pk).state == "sent"
    assert 'name="/revision" value="2"' in page(desk.manager, report)
    assert "报告已变更" in sent(desk.manager, report, {**old, "/revision": "2", "/sha256": "0" * 64}, 409)
    act(desk.manager, report, "approve")


def test_words_that_came_too_late_are_given_back(desk, report):
    desk.send_out(report)
    act(desk.manager, report, "dispute", pointer="/figures/7", comment="少 50 元")
    desk.act(desk.pm, report, "answer", comment="已核对")
    sign_in(desk.pm, desk.pm.user)
    said = sent(desk.pm, report, {"form": "answer", "/revision": "1", "/comment": "6 日退款 50 元"}, 409)
    assert "以下为最新状态。你写的内容没有发出：「6 日退款 50 元」" in said
    assert "已放入下方「批注或提问」" not in said  # the PM comments by answering alone
    assert "刷新" not in said


def test_who_was_faster_is_named_and_the_words_stand_in_the_form_for_comments(desk, report):
    """Two managers had the report open: one approved it, the other one's dispute comes too late."""
    desk.send_out(report)
    other = user_client(desk.brand, "brand_manager")
    act(desk.manager, report, "approve")
    sign_in(other, other.user)
    body = {"form": "dispute", "/revision": "1", "/pointer": "/figures/7", "/comment": "少 50 元"}
    said = sent(other, report, body, 409)
    assert f"报告现在是「已通过」，不能提出异议（{desk.manager.user}，20" in said
    assert "已放入下方「批注或提问」：「少 50 元」" in said
    answer = other.post(f"/projects/p1/reports/{report.pk}/act/", body, format="multipart").content.decode()
    form = answer.split('name="form" value="comment"')[1].split("</form>")[0]
    assert ">少 50 元</textarea>" in form
    assert '<option value="/figures/7" selected' in form
    assert re.search(r'id="offer-comment"[^>]* open>', answer)


def test_what_was_sent_about_a_figure_leads_back_to_it(desk, report):
    desk.send_out(report)
    sign_in(desk.manager, desk.manager.user)
    for pointer, place in (("/figures/7", "#at-figures-7"), ("whole", "")):
        body = {"form": "comment", "/revision": "1", "/pointer": pointer, "/comment": "请说明"}
        answer = desk.manager.post(f"/projects/p1/reports/{report.pk}/act/", body, format="multipart")
        assert answer["Location"] == f"/projects/p1/reports/{report.pk}/{place}"


def test_marks_lead_from_figures_to_the_form_where_she_may_comment(desk, report):
    assert "data-pin" not in page(desk.pm, report)
    desk.send_out(report)
    html = page(desk.manager, report)
    assert re.search(r'<a class="sy-pin" href="#offer-comment" data-pin="/figures/7" aria-label="批注 GMV">', html)
    assert "data-pin" not in page(desk.pm, report)


def test_each_form_that_wants_words_asks_for_its_own(desk, report):
    desk.send_out(report)
    assert "请写下批注的内容" in act(desk.manager, report, "comment", 400, pointer="whole")
    act(desk.manager, report, "dispute", pointer="whole", comment="不对")
    assert "请写下答复" in act(desk.pm, report, "answer", 400)


def test_what_state_and_project_do_not_allow_is_said_in_words(desk, report):
    act(desk.pm, report, "review")
    with inside(desk.brand):
        Project.objects.update(state=Project.State.DRAFT)
        TeamSeat.objects.filter(role="pm").update(ends_on="2026-01-02")
    said = act(desk.owner, report, "send", 409)
    assert "项目尚未启动或已结束" in said
    assert "项目今天没有项目经理" in said
    assert "未就绪" in said


def test_revisions_are_switched_and_held_against_each_other(desk, report):
    desk.send_out(report)
    desk.send([paid("late", "100.00", "2026-01-06", fan="f1")])
    act(desk.pm, report, "revise", comment="补录一单")
    assert "revision" not in re.findall(r'href="\?(\w+)=', page(desk.manager, report))  # she knows of one revision
    assert "compare" not in page(desk.manager, report)
    assert "补录一单" in shown(desk.pm, report)
    was = {pointer: value for pointer, value, _ in Figures(page(desk.pm, report, revision=1)).found}
    now = {pointer: value for pointer, value, _ in Figures(page(desk.pm, report)).found}
    assert (was["/orders/net"], now["/orders/net"]) == ("49.90", "149.90")
    assert "这是较早的一版" in shown(desk.pm, report, revision=1)
    assert offered(desk.pm, report) == {"review", "revise"}
    assert 'name="form"' not in page(desk.pm, report, revision=1)
    compared = shown(desk.pm, report, "compare/")
    assert "¥49.90 ¥149.90" in compared
    assert "订单 · 成交净额 49.90 149.90" in compared
    page(desk.pm, report, "compare/", 404, was=9)
    page(desk.pm, report, status=404, revision=9)

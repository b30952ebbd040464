"""今日: reports that wait for her. Runs inside the brand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reports.models import Comment, Report, Revision
from reports.proposing import proposals_of
from reports.queries import deemed_accepted_on, reports_of, revisions_of, schedule_of
from reports.review import missing_of_project, missing_words
from reports.states import OPEN
from reports.telling import name_of
from siyu.problems import say
from tenants.permissions import Act
from workplace.today import Desk, Task, Tone

LOOKED_BACK = timedelta(days=60)  # where silence counts, what was sent before is settled by it
MOST = 40  # of the newest; whoever leaves more than these lying is told so by the first of them


def report_tasks(desk: Desk) -> Iterator[Task]:
    """On the agency's side: to review, to send, to word, to answer. On the brand's: to have its say or to read."""
    if not desk.may(Act.READ_REPORTS):
        return
    if desk.is_agency:
        yield from _of_agency(desk)
        if desk.may(Act.SEND_REPORTS):
            yield from _to_restate(desk)
    else:
        yield from _of_brand(desk)


def _of_agency(desk: Desk) -> Iterator[Task]:
    states = (Report.State.DRAFT, Report.State.REVIEWED, Report.State.DISPUTED)
    found = Report.objects.filter(project=desk.project, state__in=states).select_related("project")
    shown = list(found.order_by("-last_day", "-pk")[:MOST])
    revisions = revisions_of(shown, "agency")
    of_project = missing_of_project(desk.project, desk.now) if desk.may(Act.SEND_REPORTS) and shown else []
    for report in shown:
        revision = revisions.get(report.pk)
        if revision is None:
            continue
        if report.state == Report.State.DISPUTED:
            if desk.may(Act.ANSWER_REPORTS):
                yield _to_answer(desk, report, revision)
        elif desk.may(Act.SEND_REPORTS):
            yield _to_send(desk, report, [*of_project, *missing_words(report, revision)])
        elif desk.may(Act.DRAFT_REPORTS) and report.state == Report.State.DRAFT:
            yield _to_word(desk, report)


def _to_answer(desk: Desk, report: Report, revision: Revision) -> Task:
    said = Comment.objects.filter(revision=revision, kind=Comment.Kind.DISPUTE).count()
    return _task(
        desk,
        report,
        "disputed",
        say(f"答复异议：{_title(report)}", f"Answer the dispute: {_title(report)}"),
        say(f"品牌方提出 {said} 处异议，确认暂停计时", f"The brand disputes {said}; the clock stands"),
        say("去答复", "Answer"),
        "bad",
    )


def _to_send(desk: Desk, report: Report, missing: Sequence[Mapping[str, str]]) -> Task:
    title = _title(report)
    if any(flaw["code"] == "missing_field" for flaw in missing):
        what = say(f"写未达标说明：{title}", f"Say why it is below the floor: {title}")
        why = say("未达到合同底线，没有说明不能发送", "Below the contract's floor: it is not sent without words")
        address = desk.path("report_words", report.pk)
        return _task(desk, report, "floor", what, why, say("去填写", "Write"), "bad", address=address)
    if report.state == Report.State.DRAFT:
        what = say(f"审核：{title}", f"Review: {title}")
        why = say("草稿已生成，品牌方还看不到", "The draft is made; the brand does not see it yet")
        return _task(desk, report, "draft", what, why, say("去审核", "Review"))
    why = say("已审核，品牌方还看不到", "Reviewed; the brand does not see it yet")
    if missing:
        why = say("；", "; ").join(flaw["message"] for flaw in missing)
    return _task(desk, report, "reviewed", say(f"发送：{title}", f"Send: {title}"), why, say("去发送", "Send"))


def _to_restate(desk: Desk) -> Iterator[Task]:
    """Late data: one row, whatever the number of reports."""
    found = proposals_of(desk.project, "agency")
    if not found:
        return
    title = _title(found[0].revision.report)
    whose = title if len(found) == 1 else say(f"{title} 等 {len(found)} 份", f"{title} and {len(found) - 1} more")
    figures = sum(change["pointer"].endswith("/value") for change in found[0].changes if _is_own(change))
    yield Task(
        "report_restated",
        say(f"迟到数据：{whose}", f"Late data: {whose}"),
        say(
            f"{figures} 项指标会变，决定出修订版或保留原数字",
            f"{figures} indicators would read otherwise: revise it, or keep the figures",
        ),
        say("去决定", "Decide"),
        desk.path("restatements"),
    )


def _is_own(change: Mapping[str, Any]) -> bool:
    """Of the period's own indicators."""
    return str(change["pointer"]).startswith("/figures/")


def _to_word(desk: Desk, report: Report) -> Task:
    return _task(
        desk,
        report,
        "words",
        say(f"补写：{_title(report)}", f"Word: {_title(report)}"),
        say("草稿待审核，现在可以补写文字与事项", "The draft awaits review: words and entries can be added now"),
        say("去补写", "Write"),
        "mid",
        address=desk.path("report_words", report.pk),
    )


def _of_brand(desk: Desk) -> Iterator[Task]:
    may_approve = desk.may(Act.APPROVE_REPORTS)
    silence_counts = bool(schedule_of(desk.project).deemed_after)
    found = reports_of(desk.project, "brand").filter(state__in=OPEN).select_related("project")
    if silence_counts:
        found = found.filter(last_day__gte=desk.today - LOOKED_BACK)
    if not may_approve:
        found = found.filter(kind=Report.Kind.MONTHLY)
    shown = list(found.order_by("-last_day", "-pk")[:MOST])
    revisions = revisions_of(shown, "brand")
    for report in shown:
        revision = revisions.get(report.pk)
        due = deemed_accepted_on(report, revision) if revision and silence_counts else None
        if revision is None or (due is not None and due < desk.today):
            continue
        yield _to_settle(desk, report, due) if may_approve else _to_read(desk, report)


def _to_settle(desk: Desk, report: Report, due: date | None) -> Task:
    title = _title(report)
    why = say("已发送，待你确认或提出异议", "Sent; approve it or dispute it")
    if report.state == Report.State.ANSWERED:
        why = say("异议已有答复，待你确认", "Your dispute is answered; it awaits you")
    if due is not None:
        left = (due - desk.today).days
        day = say(f"{due} 结束时无异议即视为通过，剩 {left} 天", f"deemed accepted after {due}, {left} days left")
        why = say(f"{why}；{day}", f"{why}; {day}")
    what, link = say(f"确认：{title}", f"Approve: {title}"), say("去确认", "Approve")
    return _task(desk, report, "open", what, why, link, due=due)


def _to_read(desk: Desk, report: Report) -> Task:
    what, why = say(f"查看：{_title(report)}", f"Read: {_title(report)}"), say("已发送", "It was sent")
    return _task(desk, report, "read", what, why, say("去查看", "Read"), "mid")


def _task(
    desk: Desk,
    report: Report,
    kind: str,
    what: str,
    why: str,
    link: str,
    tone: Tone = "warn",
    due: date | None = None,
    *,
    address: str = "",
) -> Task:
    return Task(
        f"report_{kind}_{report.kind}",
        what,
        why,
        link,
        address or desk.path("report", report.pk),
        tone,
        due,
        desk.path("reports", kind=report.kind),
    )


def _title(report: Report) -> str:
    return say(*name_of(report.kind, report.first_day, report.last_day))  # type: ignore[arg-type]  # a kind

"""报告: the list of a project's reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from reports.api import head_dicts
from reports.models import Report
from reports.occasions import KINDS as REPORT_KINDS
from reports.proposing import proposals_of
from reports.queries import reports_of, schedule_of
from siyu.numbers import span
from siyu.problems import say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.report_pages import read_deemed, report_title
from workplace.report_values import Chip
from workplace.report_words import AWAITED, KINDS, STATE_TONES, STATES, word
from workplace.sections import Section, tabs

PER_PAGE = 30


@dataclass(frozen=True)
class Listed:
    title: str
    kind: str
    period: str
    href: str
    chips: Sequence[Chip]
    revision: str
    awaited: str


class ReportsPage(Section):
    """`?kind=daily|weekly|monthly&page=`: the newest period first. The brand's side sees what was sent."""

    acts = {"GET": Act.READ_REPORTS}
    route = "reports"
    title = ("报告", "Reports")

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        asked = request.GET.get("kind", "")
        kind = asked if asked in REPORT_KINDS else ""
        found = reports_of(project, self.identity.side, kind or None).order_by("-last_day", "-first_day", "-pk")
        pages = Paginator(found.select_related("project"), PER_PAGE).get_page(request.GET.get("page"))
        proposed = {proposal.revision.report_id for proposal in proposals_of(project, self.identity.side)}
        listed = list(pages)
        heads = zip(listed, head_dicts(listed, self.identity), strict=True)
        silence_counts = bool(schedule_of(project).deemed_after)
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "rows": [self._row(report, head, report.pk in proposed, silence_counts) for report, head in heads],
            "pages": pages,
            "kind": kind,
            "note": say("没有这种报告，以下为全部。", "There is no such kind of report: these are all.")
            if asked != kind
            else "",
            "kinds": [("", say("全部", "All")), *((name, say(*KINDS[name])) for name in REPORT_KINDS)],
            "empty": self._empty(kind),
            "runs": reverse("runs", args=[project.code]) if self.may(Act.RUN_WORK) else "",
            "proposed": len(proposed),
            "restatements": reverse("restatements", args=[project.code]),
            "layout": reverse("report_layout", args=[project.code]),
        }
        return render(request, "workplace/report_list.html", context)

    def _empty(self, kind: str) -> str:
        if self.identity.side == "brand":
            return say(
                "代运营方还没有发送报告。发送后会出现在这里。", "Nothing was sent yet. What is sent appears here."
            )
        return say(
            "还没有报告。项目有数据后，按排期自动生成草稿。",
            "No reports yet. Once the project has data, drafts are made as they fall due.",
        )

    def _row(self, report: Report, head: Mapping[str, Any], is_proposed: bool, silence_counts: bool) -> Listed:
        state, period = head["state"], _days(report)
        if state == Report.State.SKIPPED:
            days = (report.last_day - report.first_day).days + 1
            title = say(
                f"{days} 天的日报已跳过（逾期超过七天）", f"Dailies of {days} days skipped: too late to be made"
            )
            return Listed(title, "", period, "", [Chip(word(STATES, state), STATE_TONES[state])], "", "")
        deemed = read_deemed(report, self.identity.side) if silence_counts else None
        chips = [Chip(word(STATES, state), STATE_TONES.get(state, ""))]
        if deemed and deemed.is_over:
            chips.append(Chip(say("视为通过", "Deemed accepted"), "warn"))
        if head["incomplete"]:
            chips.append(Chip(say("数据不全", "Incomplete"), "warn"))
        if is_proposed:
            chips.append(Chip(say("建议修订", "To be revised"), "warn"))
        awaited = deemed.text if deemed else word(AWAITED, state) if state in AWAITED else ""
        href = reverse("report", args=[report.project.code, report.pk])
        revision = say(f"第 {head['revision']} 版", f"Revision {head['revision']}")
        return Listed(report_title(report), say(*KINDS[report.kind]), period, href, chips, revision, awaited)


def _days(report: Report) -> str:
    first, last = report.first_day, report.last_day
    return str(first) if first == last else span(first, last)

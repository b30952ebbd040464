"""迟到数据: reports that would read otherwise by data that came since.

The agency makes a revision of them or keeps what was said; the brand sees of what was sent to it that one is proposed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from kpi.metrics import METRICS
from projects.models import Project
from reports.models import Proposal, ProposalLook, Report, Revision
from reports.proposing import count_awaited, keep, look_now, proposal_of, proposals_of
from reports.queries import revision_of, schedule_of, state_for
from reports.restating import Restatement, restate
from reports.review import Deed, ReportConflictError, act
from siyu.numbers import MINUS, UNKNOWN, cents, exact, fixed, span
from siyu.problems import DomainError, say
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Field, Form, Typed, typed_of
from workplace.report_blocks import Paper, lay_out
from workplace.report_pages import find_report, report_title
from workplace.report_progress import at_words
from workplace.report_values import Chip, Value
from workplace.report_words import BANDS, CAUSES, EVENTS, STATE_TONES, STATES, metric_name, word
from workplace.sections import Section, tabs

PER_PAGE = 10
SAID_AT_MOST = 3  # causes that the reason of a revision names
INDICATOR = re.compile(r"(/month_to_date)?/figures/([0-9]+)/(value|forecast/band)")


@dataclass(frozen=True)
class Moved:
    """A figure that would read otherwise, in words."""

    name: str
    was: str
    now: str
    difference: str
    why: str


@dataclass(frozen=True)
class Card:
    """`moved`: the ten indicators and the score; `others`: all else; `causes`: what came, each in a sentence."""

    title: str
    href: str
    period: str
    chips: Sequence[Chip]
    revision: str
    moved: Sequence[Moved]
    others: Sequence[Moved]
    causes: Sequence[str]
    forms: Sequence[Form]
    detail: str
    note: str


# -- A restatement in words -------------------------------------------------------------------------------------------


def read_changes(payload: Mapping[str, Any], found: Restatement) -> tuple[list[Moved], list[Moved]]:
    """The report's own indicators, bands and score; then the other numbers that stand on its page, under their own
    names. What hangs on these (parts of ratios, rows that come or go) is not told apart."""
    moved, others = [], []
    why_of = {cause["name"]: cause_name(cause) for cause in found.causes}
    shown = _shown_numbers(lay_out(payload))
    for change in found.changes:
        why = say("、", ", ").join(dict.fromkeys(why_of[name] for name in change["why"]))
        if (own := _own(payload, change, why)) is not None:
            moved.append(own)
        elif change["pointer"] in shown:
            name, kind = shown[change["pointer"]]
            others.append(_moved(name, kind, change, why))
    return moved, others


def _own(payload: Mapping[str, Any], change: Mapping[str, Any], why: str) -> Moved | None:
    """One of the report's own indicators, a band of it or of the month to date, the score; None for all else."""
    pointer = change["pointer"]
    if pointer == "/score/score":
        return _moved(say("综合完成度", "Attainment"), "rate", change, why)
    if pointer == "/score/below":
        words = {True: say("是", "yes"), False: say("否", "no"), None: UNKNOWN}
        return Moved(say("低于合同底线", "Below the floor"), words[change["was"]], words[change["now"]], "", why)
    place = INDICATOR.fullmatch(pointer)
    if place is None or (place[1] and payload.get("kind") == "monthly"):
        return None
    figures = payload["month_to_date"]["figures"] if place[1] else payload["figures"]
    metric = METRICS[figures[int(place[2])]["indicator"]]
    name = (say("本月进度 · ", "Month to date · ") if place[1] else "") + metric_name(metric.code)
    if place[3] == "value":
        return None if place[1] else _moved(name, metric.kind, change, why)
    was, now = (say(*BANDS[change[end]][:2]) if change[end] else UNKNOWN for end in ("was", "now"))
    return Moved(f"{name} · {say('区间', 'Band')}", was, now, "", why)


def _shown_numbers(paper: Paper) -> dict[str, tuple[str, str]]:
    """By pointer, what each number of the page is called, and its kind."""
    found: dict[str, tuple[str, str]] = {}
    for part in paper.parts:
        for row in part.rows:
            for column, cell in zip(part.columns[1:], row.cells, strict=True):
                if isinstance(cell, Value):
                    column_name = f" · {column.text}" if len(part.columns) > 2 else ""
                    found.setdefault(cell.pointer, (f"{part.title} · {row.title}{column_name}", _kind(cell.text)))
    return found


def _kind(text: str) -> str:
    """As the page reads it."""
    if "¥" in text:
        return "money"
    return "rate" if text.endswith("%") else "count"


def _moved(name: str, kind: str, change: Mapping[str, Any], why: str) -> Moved:
    was, now = (None if change[end] is None else Decimal(str(change[end])) for end in ("was", "now"))
    return Moved(name, _number(kind, was), _number(kind, now), difference(kind, was, now), why)


def _number(kind: str, value: Decimal | None) -> str:
    """All its digits: what moved a little must not read the same."""
    if value is None:
        return UNKNOWN
    if kind == "rate":
        return f"{fixed(value * 100, 2)}%"
    if kind in ("money", "unit_cost"):
        return cents(value)
    return exact(int(value)) if value == int(value) else exact(value)


def difference(kind: str, was: Decimal | None, now: Decimal | None) -> str:
    """+¥140.00（+40.0%）· −2（−20.0%）· +1.25pp; a dash where a side is not known. `kind`: of kpi.metrics."""
    if was is None or now is None:
        return UNKNOWN
    by, sign = abs(now - was), MINUS if now < was else "+"
    if kind == "rate":
        return f"{sign}{fixed(by * 100, 2)}pp"
    share = f"{sign}{fixed(by * 100 / abs(was), 1)}%" if was else ""
    return f"{sign}{_number(kind, by)}" + (say(f"（{share}）", f" ({share})") if share else "")


def cause_name(cause: Mapping[str, Any]) -> str:
    """迟到的订单 · 口径表第 2 版."""
    if "type" not in cause:
        zh, en = {"definitions": ("口径表", "Definitions"), "forecast": ("预测表", "Forecast")}[cause["name"]]
        return say(f"{zh}第 {cause['now']} 版", f"{en}, version {cause['now']}")
    (how_zh, how_en), (zh, en) = CAUSES[cause["what"]], EVENTS.get(cause["type"], (cause["type"],) * 2)
    return say(f"{how_zh}的{zh}", f"{en} {how_en}")


def cause_words(cause: Mapping[str, Any], project: Project) -> str:
    """迟到的订单 3 条，日期 2026-01-20～2026-01-22，2026-02-03 14:05 到达."""
    if "type" not in cause:
        before = cause["was"] or UNKNOWN
        return say(f"{cause_name(cause)}（原第 {before} 版）", f"{cause_name(cause)} (was {before})")
    days = _span(str(cause["first_day"]), str(cause["last_day"]))
    arrived = _span(at_words(cause["arrived_first"], project), at_words(cause["arrived_last"], project))
    return say(
        f"{cause_name(cause)} {cause['count']} 条，日期 {days}，{arrived} 到达",
        f"{cause_name(cause)}: {cause['count']}, dated {days}, arrived {arrived}",
    )


def _span(first: str, last: str) -> str:
    return first if first == last else span(first, last)


def why_words(found: Restatement) -> str:
    """The reason of a revision, as it is offered: what came, by number."""
    told = [
        say(f"{cause_name(cause)} {cause['count']} 条", f"{cause_name(cause)}: {cause['count']}")
        if "type" in cause
        else cause_name(cause)
        for cause in found.causes
    ]
    if not told:
        return say("数据变动", "The data changed")
    rest = len(told) - SAID_AT_MOST
    more = say(f"等 {len(told)} 类", f" and {rest} more") if rest > 0 else ""
    return say("、", ", ").join(told[:SAID_AT_MOST]) + more


# -- Pages ------------------------------------------------------------------------------------------------------------


class RestatementsPage(Section):
    """`?page=`: all that is proposed in the project, the newest period first. Nothing is computed on reading."""

    acts = {"GET": Act.READ_REPORTS}
    route = "reports"
    title = ("迟到数据", "Late data")

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.show_all(seen_project(self.identity, code), Typed())

    def show_all(self, project: Project, typed: Typed, status: int = 200) -> HttpResponse:
        proposed = proposals_of(project, self.identity.side)
        pages = Paginator(proposed, PER_PAGE).get_page(self.request.GET.get("page"))
        drafts = len(drafts_among(proposed)) if self.may(Act.SEND_REPORTS) else 0
        is_agency = self.identity.side == "agency"
        last = ProposalLook.objects.filter(project=project).first()
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "cards": [self._card(proposal, typed) for proposal in pages],
            "pages": pages,
            "typed": typed,
            "awaited": count_awaited(project) if is_agency else 0,
            "looked_at": at_words(last.looked_at, project) if last else "",
            "look": reverse("look_at_late_data", args=[project.code]) if self.may(Act.DRAFT_REPORTS) else "",
            "drafts": min(drafts, PER_PAGE),
            "back": reverse("reports", args=[project.code]),
        }
        return render(self.request, "workplace/report_restatements.html", context, status=status)

    def _card(self, proposal: Proposal, typed: Typed) -> Card:
        revision = proposal.revision
        return card_of(self, revision, Restatement(proposal.changes, proposal.causes, True), typed)


def drafts_among(proposed: Sequence[Proposal]) -> list[Proposal]:
    """Those of reports that the brand has not seen in this state: to make them anew changes nothing that was said."""
    return [proposal for proposal in proposed if proposal.revision.report.state == Report.State.DRAFT]


def card_of(page: Section, revision: Revision, found: Restatement, typed: Typed) -> Card:
    report = revision.report
    moved, others = read_changes(json.loads(revision.payload), found)
    state = state_for(report, revision, page.identity.side)
    waits = ""
    if page.identity.side == "brand":
        waits = say(
            "代运营方确认后会另发修订版，已发送的这一版保留不变。",
            "The agency may send a revision; what was sent to you stays as it is.",
        )
    return Card(
        title=report_title(report),
        href=reverse("report", args=[report.project.code, report.pk]),
        period=_span(str(report.first_day), str(report.last_day)),
        chips=[Chip(word(STATES, state), STATE_TONES.get(state, ""))],
        revision=say(f"第 {revision.number} 版", f"Revision {revision.number}"),
        moved=moved,
        others=others,
        causes=[cause_words(cause, report.project) for cause in found.causes],
        forms=forms_of(page, revision, found, typed) if found.changes else [],
        detail=reverse("report_restatement", args=[report.project.code, report.pk]),
        note=waits,
    )


def forms_of(page: Section, revision: Revision, found: Restatement, typed: Typed) -> list[Form]:
    """To make the revision, with its reason ready, and to keep what was said."""
    if not page.may(Act.SEND_REPORTS):
        return []
    report = revision.report
    where, ours = [report.project.code, report.pk], typed.of(f"keep-{report.pk}")
    number = Field("/revision", "", "hidden", str(revision.number))
    reason = Field("/comment", say("修订原因", "Reason"), "text", why_words(found))
    revise = Form(
        reverse("report_act", args=where), "revise", say("以新数据出修订版", "Revise with the new data"),
        [number, Field("/sha256", "", "hidden", revision.sha256), reason],
    )  # fmt: skip
    why = ours.field("/why", say("保留原因", "Why it stays"))
    stay = say("保留原数字", "Keep the figures")
    return [revise, Form(reverse("keep_report", args=where), f"keep-{report.pk}", stay, [number, why])]


class RestatementPage(Section):
    """One report against the data. Who drafts reports has it computed now; others read what was found last."""

    acts = {"GET": Act.READ_REPORTS}
    route = "reports"
    title = ("与新数据对照", "Against the new data")

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        found = find_report(self.identity.side, seen_project(self.identity, code), report)
        return self.show_report(found, Typed())

    def show_report(self, report: Report, typed: Typed, status: int = 200) -> HttpResponse:
        revision = revision_of(report, self.identity.side)
        if revision is None:
            raise Http404
        card = card_of(self, revision, self._found(report, revision), typed)
        stored = Proposal.objects.filter(revision=revision).first()
        context = {
            "project": report.project,
            "title": f"{report_title(report)} · {say(*self.title)}",
            "tabs": tabs(self.identity, report.project, self.route),
            "card": card,
            "kept": _kept(stored, report.project),
            "typed": typed,
            "back": card.href,
        }
        return render(self.request, "workplace/report_restatement.html", context, status=status)

    def _found(self, report: Report, revision: Revision) -> Restatement:
        if self.may(Act.DRAFT_REPORTS):
            return restate(report, revision, schedule_of(report.project).restate_share)
        stored = proposal_of(revision)
        return Restatement(stored.changes, stored.causes, True) if stored else Restatement([], [], False)


def _kept(stored: Proposal | None, project: Project) -> str:
    if stored is None or stored.kept_at is None:
        return ""
    at = at_words(stored.kept_at, project)
    return say(f"{at} 已决定保留原数字：{stored.kept_why}", f"Kept as it was on {at}: {stored.kept_why}")


# -- What is done -----------------------------------------------------------------------------------------------------


class LookNow(BrandPage):
    """Have late data looked at without waiting."""

    acts = {"POST": Act.DRAFT_REPORTS}

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        look_now(project)
        messages.success(request, say("正在核对，几秒后刷新可见结果", "It is being looked at: reload in some seconds"))
        return HttpResponseRedirect(reverse("restatements", args=[project.code]))


class ReviseDrafts(BrandPage):
    """Make the drafts anew with what came since, the newest first, as many as a page shows."""

    acts = {"POST": Act.SEND_REPORTS}

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        project, made = seen_project(self.identity, code), 0
        assert self.identity.user is not None  # noqa: S101 - an act of people alone
        for proposal in drafts_among(proposals_of(project, "agency"))[:PER_PAGE]:
            revision = proposal.revision
            why = why_words(Restatement(proposal.changes, proposal.causes, True))
            deed = Deed("revise", revision.number, comment=why, sha256=revision.sha256)
            try:
                act(revision.report, deed, by=self.identity, person=self.identity.user, now=timezone.now())
            except ReportConflictError:  # another person was faster
                continue
            made += 1
        messages.success(request, say(f"已按新数据更新 {made} 份草稿", f"{made} drafts are made anew"))
        return HttpResponseRedirect(reverse("restatements", args=[project.code]))


class KeepReport(RestatementPage):
    """Leave a report as it was sent, for a reason."""

    acts = {"GET": Act.SEND_REPORTS, "POST": Act.SEND_REPORTS}

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        """To the report against the data: a page that showed a refusal is asked for again by its reload."""
        return HttpResponseRedirect(reverse("report_restatement", args=[code, report]))

    def post(self, request: HttpRequest, code: str, report: int) -> HttpResponse:
        found = find_report(self.identity.side, seen_project(self.identity, code), report)
        values = {name: str(value) for name, value in request.POST.items()}
        number = values.get("/revision", "")
        try:
            keep(
                found,
                int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
                values.get("/why", ""),
                by=self.identity,
                now=timezone.now(),
            )
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal)
            return self.show_report(found, typed, status)
        messages.success(
            request, say("已保留原数字；数据再有变动会重新提出", "Kept; it is proposed again if more changes")
        )
        return HttpResponseRedirect(reverse("restatements", args=[code]))

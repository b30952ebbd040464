"""报告: one report as it was frozen, and what both sides say and do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from projects.models import Project
from projects.queries import people, zone_of
from projects.rest import checked
from projects.services import fault
from reports.api import ActionBody, report_dict
from reports.layouts import blocks_of
from reports.models import Report, Revision
from reports.preflight import checks
from reports.proposing import proposal_of
from reports.queries import deemed_accepted_on, revision_of, schedule_of
from reports.review import Deed, ReportRefusedError, act
from reports.states import ACTIONS
from reports.telling import name_of
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import DomainError, say
from tenants.identity import Identity
from tenants.links import use_up
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.blocks import Typed, flat_body, typed_of
from workplace.report_annex import lay_out_annex
from workplace.report_blocks import Paper, lay_out, pin_name, with_comments
from workplace.report_forms import PINNED, WHOLE, action_forms, pins_for
from workplace.report_progress import at_words, awaited_of, settled_of, steps_of
from workplace.report_values import Chip, Part
from workplace.report_words import SAID, SIDES, STATE_TONES, STATES, block_name, word
from workplace.sections import Section, tabs


def report_title(report: Report) -> str:
    return say(*name_of(report.kind, report.first_day, report.last_day))  # type: ignore[arg-type]  # a kind, as the constraint holds


@dataclass(frozen=True)
class Deemed:
    """The day whose end completes the silence that counts; `is_over`: it is past."""

    day: date
    is_over: bool
    text: str


def read_deemed(report: Report, side: str) -> Deemed | None:
    """None where silence says nothing, or a dispute stops the clock."""
    revision = revision_of(report, "brand")
    if revision is None or not schedule_of(report.project).deemed_after:
        return None
    day = deemed_accepted_on(report, revision)
    if day is None:
        return None
    today = local_day(timezone.now(), zone_of(report.project))
    if day < today:
        text = say(f"{day} 结束时无异议，视为通过", f"No objection until the end of {day}: deemed accepted")
        return Deemed(day, True, text)
    left = (day - today).days
    text = say(
        f"待品牌方确认，{day} 结束前无异议则视为通过（剩 {left} 天）",
        f"The brand to answer: deemed accepted after {day}, {left} days left",
    )
    return Deemed(day, False, text)


# -- One report -------------------------------------------------------------------------------------------------------


def find_report(request_side: str, project: Project, number: int) -> Report:
    """Raises Http404 where the side may not know of it."""
    report = Report.objects.select_related("project").filter(project=project, pk=min(number, 2**63 - 1)).first()
    if report is None or revision_of(report, request_side) is None:  # type: ignore[arg-type]  # a side
        raise Http404
    return report


class ReportPage(Section):
    """The newest revision that she may see, or `?revision=`."""

    acts = {"GET": Act.READ_REPORTS}
    route = "reports"
    title = ("报告", "Report")

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        project = seen_project(self.identity, code)
        found = find_report(self.identity.side, project, report)
        wanted = request.GET.get("revision", "")
        return self.show_report(found, number=int(wanted) if wanted.isascii() and wanted.isdigit() else None)

    def show_report(
        self, report: Report, typed: Typed | None = None, status: int = 200, number: int | None = None
    ) -> HttpResponse:
        revision = revision_of(report, self.identity.side, number and min(number, 2**31 - 1))
        if revision is None:
            raise Http404
        shown = report_dict(report, revision, self.identity)
        paper = lay_out(shown["payload"], blocks_of(report.kind, shown["layout"]))
        paper = with_comments(paper, [said["pointer"] for said in shown["comments"]])
        newest = shown["revisions"][-1]["revision"]
        is_newest = revision.number == newest
        forms = self._forms(report, revision, shown, paper, typed or Typed()) if is_newest else []
        context = {
            "project": report.project,
            "report": report,
            "title": report_title(report),
            "tabs": tabs(self.identity, report.project, self.route),
            "shown": shown,
            "names": shown["payload"]["names"],
            "paper": paper,
            "files": file_links(report, revision.number),
            "chips": chips_of(shown, read_deemed(report, self.identity.side)),
            "deemed": read_deemed(report, self.identity.side) if is_newest else None,
            "stamp": stamp_of(report, shown),
            "words": words_of(shown),
            "entries": entries_of(shown),
            "annex": _annex(shown),
            "steps": steps_of(report, shown),
            "awaited": awaited_of(shown) if is_newest else "",
            "settled": settled_of(shown),
            "threads": _threads(report, shown, paper),
            "revisions": _revisions(report, shown),
            "is_newest": is_newest,
            "preflight": self._preflight(report, revision, is_newest),
            "forms": forms,
            "pins": pins_for(forms),
            "compose": self._compose(report),
            "link_page": self._link_page(report, shown),
            "compare": reverse("report_compare", args=[report.project.code, report.pk]),
            "is_proposed": is_newest and proposal_of(revision) is not None,
            "restatement": reverse("report_restatement", args=[report.project.code, report.pk]),
            "holds_against_data": is_newest and self.may(Act.DRAFT_REPORTS),
            "typed": typed or Typed(),
        }
        return render(self.request, "workplace/report.html", context, status=status)

    def _compose(self, report: Report) -> str:
        if report.state != Report.State.DRAFT or not self.may(Act.DRAFT_REPORTS):
            return ""
        return reverse("report_words", args=[report.project.code, report.pk])

    def _link_page(self, report: Report, shown: Mapping[str, Any]) -> str:
        """Where links for the brand's people are made, once they may see the report."""
        if not shown["sent_at"] or not self.may(Act.SEND_REPORTS):
            return ""
        path = reverse("report", args=[report.project.code, report.pk])
        return f"{reverse('report_links')}?{urlencode({'path': path})}"

    def _preflight(self, report: Report, revision: Revision, is_newest: bool) -> list[Any]:
        if not is_newest or report.state not in ("draft", "reviewed") or not self.may(Act.DRAFT_REPORTS):
            return []
        return checks(report, revision, timezone.now())

    def _forms(
        self, report: Report, revision: Revision, shown: Mapping[str, Any], paper: Paper, typed: Typed
    ) -> list[Any]:
        offered = [name for name, rule in ACTIONS.items() if report.state in rule.before and self.may(rule.act)]
        disputed = [said["pointer"] for said in shown["comments"] if said["kind"] == "dispute"]
        return action_forms(
            reverse("report_act", args=[report.project.code, report.pk]),
            offered,
            revision,
            paper.pin_groups,
            typed,
            answered=disputed[-1] if disputed else "",
        )


def chips_of(shown: Mapping[str, Any], deemed: Deemed | None) -> list[Chip]:
    chips = [Chip(word(STATES, shown["state"]), STATE_TONES.get(shown["state"], ""))]
    if deemed and deemed.is_over:
        chips.append(Chip(say("视为通过", "Deemed accepted"), "warn"))
    if shown["incomplete"]:
        chips.append(Chip(say("数据不全", "Incomplete"), "warn"))
    return chips


def stamp_of(report: Report, shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    forecast = shown["forecast"]
    found = [
        (say("冻结时间", "Frozen"), at_words(shown["made_at"], report.project)),
        (say("版本", "Revision"), str(shown["revision"])),
        (say("校验码", "Checksum"), shown["sha256"]),
        (say("口径表", "Definitions"), say(f"第 {shown['definitions']} 版", f"version {shown['definitions']}")),
        (say("预测表", "Forecast"), say(f"第 {forecast} 版", f"version {forecast}") if forecast else "—"),
        (say("数据水位", "Data up to"), str(shown["seq"])),
        (say("时区", "Time zone"), shown["payload"]["timezone"]),
        (say("版式", "Layout"), layout_words(shown["layout"])),
    ]
    if shown["words_sha256"]:
        found.append((say("文字校验码", "Checksum of words"), shown["words_sha256"]))
    return found


def layout_words(version: int) -> str:
    return say(f"第 {version} 版", f"version {version}") if version else say("标准版式", "the standard one")


def words_of(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(block_name(block), text) for block, text in shown["words"]["blocks"].items()]


def entries_of(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**entry, "block": block_name(entry["block"])} for entry in shown["words"]["entries"]]


def _annex(shown: Mapping[str, Any]) -> list[Part] | None:
    """The agency's own part; None for those who may not see it."""
    if "annex" not in shown:
        return None
    return lay_out_annex(shown["annex"], shown["payload"]["names"].get("guides", {}))


def _threads(report: Report, shown: Mapping[str, Any], paper: Paper) -> list[dict[str, Any]]:
    """What was said, by what it is about, in the order in which each thread began."""
    threads: dict[str, dict[str, Any]] = {}
    for said in shown["comments"]:
        title = pin_name(shown["payload"], paper.pins, said["pointer"])
        thread = threads.setdefault(said["pointer"], {"title": title, "anchor": anchor(said["pointer"]), "said": []})
        thread["said"].append(
            {
                **said,
                "at": at_words(said["at"], report.project),
                "kind": word(SAID, said["kind"]),
                "tone": {"dispute": "bad", "answer": "good"}.get(said["kind"], ""),
                "side": word(SIDES, said["side"]),
            }
        )
    return list(threads.values())


def anchor(pointer: str) -> str:
    """The id of the row that the pointer names."""
    return "at" + pointer.replace("/", "-") if pointer else ""


def _revisions(report: Report, shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {**row, "made_at": at_words(row["made_at"], report.project), "is_shown": row["revision"] == shown["revision"]}
        for row in shown["revisions"]
    ]


def file_links(report: Report, revision: int) -> list[tuple[str, str]]:
    """(text, address) of the files of a revision: workplace.report_files."""
    names = (("PDF", "pdf"), ("Excel", "xlsx"), ("CSV", "csv"), (say("长图", "Picture"), "png"))
    return [(text, f"/api/v1/reports/{report.pk}.{suffix}?revision={revision}") for text, suffix in names]


# -- What is done with it ---------------------------------------------------------------------------------------------


class ActOnReport(ReportPage):
    """One action of reports.states. A refusal shows the page as it is now, with what was typed and why not."""

    acts = {"GET": Act.READ_REPORTS, "POST": Act.READ_REPORTS}

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        """To the report: a page that showed a refusal is asked for again by its reload."""
        return HttpResponseRedirect(reverse("report", args=[code, report]))

    def post(self, request: HttpRequest, code: str, report: int) -> HttpResponse:
        project = seen_project(self.identity, code)
        found = find_report(self.identity.side, project, report)
        values = {name: str(value) for name, value in request.POST.items()}
        action, user = values.get("form", ""), self.identity.user
        if action not in ACTIONS or user is None or not may(self.identity, ACTIONS[action].act, self.identity.brand):
            raise PermissionDenied
        try:
            deed = _deed(action, values)
            act(found, deed, by=self.identity, person=user, now=timezone.now())
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal)
            fresh = Report.objects.select_related("project").get(pk=found.pk)
            if status == 409:
                typed = _as_it_stands(typed, fresh, self.identity)
            return self.show_report(fresh, typed, status)
        if action == "approve" and self.identity.link is not None:
            with enter_public():
                use_up(self.identity.link)
        messages.success(request, say(*DONE[action]))
        about = f"#{anchor(deed.pointer)}" if action in PINNED and deed.pointer else ""
        return HttpResponseRedirect(reverse("report", args=[project.code, found.pk]) + about)


DONE = {
    "review": ("已审核，可以发送", "Reviewed: it can be sent"),
    "send": ("已发送，品牌方现在可以看到", "Sent: the brand sees it now"),
    "acknowledge": ("已知悉", "Acknowledged"),
    "comment": ("批注已发出", "The comment is sent"),
    "dispute": ("异议已提出，等待代运营方答复", "The dispute is raised and awaits the agency's answer"),
    "answer": ("答复已发出，等待品牌方确认", "The answer is sent and awaits the brand"),
    "approve": ("已通过，并绑定到这一版", "Approved, and bound to this revision"),
    "revise": ("已按当前数据生成新版草稿", "A new draft is made of what the data say now"),
}


def _as_it_stands(typed: Typed, report: Report, identity: Identity) -> Typed:
    """Of what came too late: who did what meanwhile, and that below is the report as it is now. Words that no form of
    their action takes any more stand in the one for comments, where she may make one, else in the refusal."""
    told = typed.detail + _done_meanwhile(report, identity)
    zh, en = f"{told}。", f"{told}."
    words, action = typed.values.get("/comment", "").strip(), typed.values["form"]
    if not words or report.state in ACTIONS[action].before:
        return replace(typed, detail=say(f"{zh}以下为最新状态。", f"{en} Below is how it stands now."))
    comment = ACTIONS["comment"]
    if report.state in comment.before and may(identity, comment.act, identity.brand):
        zh += f"你写的内容没有发出，已放入下方「批注或提问」：「{words}」"
        en += f" What you wrote was not sent and stands below, under Comment or ask: “{words}”"
        return replace(typed, values={**typed.values, "form": "comment"}, detail=say(zh, en))
    zh += f"以下为最新状态。你写的内容没有发出：「{words}」"
    en += f" Below is how it stands now. What you wrote was not sent: “{words}”"
    return replace(typed, detail=say(zh, en))


def _done_meanwhile(report: Report, identity: Identity) -> str:
    """（林悦，2026-11-02 17:40）: who took the last step that her side may know of, by name where of her own side."""
    steps = report.transitions.exclude(action="comment").order_by("-pk")
    if identity.side == "brand":
        steps = steps.filter(revision__sent_at__isnull=False).exclude(action__in=("make", "review", "revise"))
    last = steps.first()
    if last is None or last.action == "make":
        return ""
    number = last.by.partition(" ")[0].removeprefix("user:")
    person = people([int(number)]).get(int(number)) if number.isdigit() and last.side == identity.side else None
    who, at = str(person) if person else word(SIDES, last.side), at_words(last.at, report.project)
    return say(f"（{who}，{at}）", f" ({who}, {at})")


def _deed(action: str, values: Mapping[str, str]) -> Deed:
    """Raises for a dispute that names neither a figure nor the whole, and whatever REST refuses."""
    body = flat_body(values)
    pointer = body.pop("pointer", "")
    if action == "dispute" and not pointer:
        message = say("请选择有异议的数字，或选择整份报告", "Choose the figure that you dispute, or the whole report")
        raise ReportRefusedError(message, errors=[fault("/pointer", "missing_field", message)])
    if pointer and pointer != WHOLE:
        body["pointer"] = pointer
    return Deed(**checked(ActionBody(data={"action": action, **body})))

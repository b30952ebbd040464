"""版式: where the brand's reports are arranged: order, what is shown, headings, fixed words; tried on a real report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from projects.models import Project
from projects.queries import is_seen
from reports.api import report_dict
from reports.layouts import (
    KNOWN,
    LONGEST_INTRO,
    LONGEST_TITLE,
    Block,
    blocks_of,
    complete,
    latest_report,
    save_layout,
    standard_of,
    uses_of,
)
from reports.models import Layout
from reports.occasions import KINDS as REPORT_KINDS
from reports.occasions import Kind
from reports.queries import newest_layout, revision_of
from siyu.problems import DomainError, say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Typed, typed_of
from workplace.report_blocks import lay_out
from workplace.report_pages import entries_of, layout_words, report_title, stamp_of, words_of
from workplace.report_progress import at_words
from workplace.report_words import KINDS, person
from workplace.sections import Section, tabs


@dataclass(frozen=True)
class Line:
    """One block as it is arranged. `usual`: its own heading; `up`, `down`: whether it can move there; `is_moved`: it
    was the last to move, and keeps the focus."""

    key: str
    usual: str
    is_on: bool
    title: str
    intro: str
    is_required: bool
    is_first: bool
    up: bool
    down: bool
    error: str = ""
    is_moved: bool = False


@dataclass(frozen=True)
class Version:
    name: str
    made: str
    uses: str
    is_newest: bool


class LayoutPage(Section):
    """`?kind=daily|weekly|monthly`, the monthly unless said. For all of the brand's projects."""

    acts = {"GET": Act.READ_REPORTS, "POST": Act.SEND_REPORTS}
    route = "reports"
    title = ("报告版式", "How reports are arranged")

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project, kind = seen_project(self.identity, code), self._kind(request.GET.get("kind", "monthly"))
        base = newest_layout(kind)
        return self.show_layout(project, kind, base, blocks_of(kind, base))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """A block moved or tried (nothing is kept), or the whole saved."""
        project, kind = seen_project(self.identity, code), self._kind(request.POST.get("kind", ""))
        number = request.POST.get("base", "")
        base = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        move = request.POST.get("move", "")
        if "standard" in request.POST:
            return self.show_layout(project, kind, base, standard_of(kind))
        blocks = moved(typed_blocks(request.POST, kind), move)
        if "save" not in request.POST:
            return self.show_layout(project, kind, base, blocks, moved_key=move.partition(":")[2])
        try:
            version = save_layout(project, kind, base, blocks, by=self.identity, now=timezone.now())
        except (DomainError, APIException) as refusal:
            typed, status = typed_of({}, refusal)
            return self.show_layout(project, kind, newest_layout(kind), blocks, typed=typed, status=status)
        name = layout_words(version)
        said = say(f"已保存为{name}，此后生成的报告都用它", f"Saved as {name}: reports made from now on follow it")
        if version == base:
            said = say("版式没有变化", "The layout is as it was")
        messages.success(request, said)
        return HttpResponseRedirect(f"{reverse('report_layout', args=[project.code])}?kind={kind}")

    def _kind(self, kind: str) -> Kind:
        if kind not in REPORT_KINDS:
            raise Http404
        return kind

    def show_layout(
        self,
        project: Project,
        kind: Kind,
        base: int,
        blocks: Sequence[Block],
        *,
        typed: Typed | None = None,
        status: int = 200,
        moved_key: str = "",
    ) -> HttpResponse:
        typed = typed or Typed()
        may_change = self.may(Act.SEND_REPORTS)
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "kind": kind,
            "kinds": [(name, say(*KINDS[name])) for name in REPORT_KINDS],
            "base": base,
            "is_saved": list(blocks) == blocks_of(kind, newest_layout(kind)),
            "current": layout_words(newest_layout(kind)),
            "lines": lines_of(blocks, typed, moved_key) if may_change else [],
            "longest": {"title": LONGEST_TITLE, "intro": LONGEST_INTRO},
            "versions": versions_of(kind, project),
            "back": reverse("reports", args=[project.code]),
            "typed": typed,
            **self._preview(kind, blocks),
        }
        return render(self.request, "workplace/report_layout.html", context, status=status)

    def _preview(self, kind: str, blocks: Sequence[Block]) -> dict[str, Any]:
        """The newest report of the kind that she may see, arranged so."""
        report = latest_report(kind, self.identity.side)
        if report is None or not is_seen(self.identity, report.project, timezone.now()):
            return {}
        revision = revision_of(report, self.identity.side)
        if revision is None:
            return {}
        shown = report_dict(report, revision, self.identity)
        return {
            "report_title": report_title(report),
            "shown": shown,
            "paper": lay_out(shown["payload"], blocks),
            "stamp": stamp_of(report, shown),
            "words": words_of(shown),
            "entries": entries_of(shown),
        }


# -- What stands on it ------------------------------------------------------------------------------------------------


def lines_of(blocks: Sequence[Block], typed: Typed, moved_key: str) -> list[Line]:
    flaws = {name.split("/")[2]: text for name, text in typed.errors.items() if name.startswith("/blocks/")}
    return [
        Line(
            key=block.key,
            usual=say(KNOWN[block.key].zh, KNOWN[block.key].en),
            is_on=block.is_on or KNOWN[block.key].is_required,
            title=block.title,
            intro=block.intro,
            is_required=KNOWN[block.key].is_required,
            is_first=KNOWN[block.key].is_first,
            up=place > 1,
            down=0 < place < len(blocks) - 1,
            error=flaws.get(str(place), ""),
            is_moved=block.key == moved_key,
        )
        for place, block in enumerate(blocks)
    ]


def versions_of(kind: Kind, project: Project) -> list[Version]:
    """The newest first, the standard one last, each with the reports that follow it."""
    uses, newest = uses_of(kind), newest_layout(kind)
    made = {
        layout.version: f"{at_words(layout.made_at, project)} · {person(layout.made_by)}"
        for layout in Layout.objects.filter(kind=kind)
    }
    found = []
    for version in range(newest, -1, -1):
        use = uses.get(version)
        text = say("还没有报告", "No reports yet")
        if use:
            text = say(
                f"{use.reports} 份报告，{use.first}～{use.last}", f"{use.reports} reports, {use.first} – {use.last}"
            )
        found.append(Version(layout_words(version), made.get(version, ""), text, version == newest))
    return found


def typed_blocks(values: QueryDict, kind: str) -> list[Block]:
    """As they stand in the form, in its order; what is no block of the kind is dropped."""
    keys = [key for key in dict.fromkeys(values.getlist("key")) if key in KNOWN and kind in KNOWN[key].kinds]
    blocks = [
        Block(
            key,
            KNOWN[key].is_required or f"on-{key}" in values,
            values.get(f"title-{key}", ""),
            values.get(f"intro-{key}", "").replace("\r\n", "\n"),
        )
        for key in keys
    ]
    return complete(kind, blocks)


def moved(blocks: Sequence[Block], move: str) -> list[Block]:
    """`up:<key>` or `down:<key>`, by one; nothing moves before the conclusion."""
    way, _, key = move.partition(":")
    out = list(blocks)
    here = next((place for place, block in enumerate(out) if block.key == key), 0)
    there = here + {"up": -1, "down": 1}.get(way, 0)
    if here and 0 < there < len(out):
        out[here], out[there] = out[there], out[here]
    return out

"""The composer of a draft: words by block, entries that next reports carry on, and what sending still needs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from projects.rest import checked
from reports.api import WordsBody
from reports.models import Report, Revision
from reports.preflight import checks
from reports.queries import BLOCKS, revision_of, words_of
from reports.review import BELOW_FLOOR, Read, is_below_floor, write_words
from siyu.problems import DomainError, say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Choice, Field, Typed, typed_of
from workplace.report_pages import find_report, report_title
from workplace.report_words import block_name
from workplace.sections import Section, tabs

BLANKS = 3  # empty lines for new entries
NOT_IN = {  # blocks that reports of a kind do not ask for; what was written in them is shown all the same
    "daily": ("content", "campaigns", "goods", "meeting"), "weekly": ("meeting",), "monthly": (),
}  # fmt: skip
ENTRY_FIELDS = ("text", "owner", "due_on", "done_on")


@dataclass(frozen=True)
class Block:
    """One text: `was` is what stood there when the page was made."""

    field: Field
    was: str
    is_required: bool


@dataclass(frozen=True)
class Line:
    """One entry: its fields, and as JSON what they were when the page was made. `since`: carried on from that day."""

    hidden: list[Field]
    fields: list[Field]
    since: str


class WordsPage(Section):
    acts = {"GET": Act.DRAFT_REPORTS, "POST": Act.DRAFT_REPORTS}
    route = "reports"
    title = ("填写文字", "Words")

    def get(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        found = find_report(self.identity.side, seen_project(self.identity, code), report)
        if found.state != Report.State.DRAFT:
            return HttpResponseRedirect(self._back(found))
        return self.show_words(found, Typed())

    def post(self, request: HttpRequest, code: str, report: int = 0) -> HttpResponse:
        found = find_report(self.identity.side, seen_project(self.identity, code), report)
        values = {name: str(value).replace("\r\n", "\n") for name, value in request.POST.items()}
        places: list[int] = []
        try:
            blocks, entries, read, places = changes(values)
            body = checked(WordsBody(data={"revision": values.get("revision"), **blocks, "entries": entries}))
            revision, wishes = body.pop("revision"), body.pop("entries", [])
            write_words(found, revision, body, wishes, by=self.identity, now=timezone.now(), read=read)
        except (DomainError, APIException) as refusal:
            typed, status = typed_of({**values, "form": "words"}, refusal)
            return self.show_words(found, _placed(typed, places), status)
        messages.success(request, say("文字已保存", "The words are saved"))
        return HttpResponseRedirect(
            self._back(found) if "done" in values else reverse("report_words", args=[code, found.pk])
        )

    def _back(self, report: Report) -> str:
        return reverse("report", args=[report.project.code, report.pk])

    def show_words(self, report: Report, typed: Typed, status: int = 200) -> HttpResponse:
        report = Report.objects.select_related("project").get(pk=report.pk)
        revision = revision_of(report, "agency")
        assert revision is not None  # noqa: S101 - find_report has seen one
        stored = words_of(report)
        context = {
            "project": report.project,
            "report": report,
            "title": report_title(report),
            "tabs": tabs(self.identity, report.project, self.route),
            "revision": revision.number,
            "blocks": text_blocks(report, revision, stored, typed),
            "lines": entry_lines(stored["entries"], typed),
            "checks": checks(report, revision, timezone.now()),
            "back": self._back(report),
            "is_draft": report.state == Report.State.DRAFT,
            "typed": typed,
        }
        return render(self.request, "workplace/report_words.html", context, status=status)


def text_blocks(report: Report, revision: Revision, stored: Mapping[str, Any], typed: Typed) -> list[Block]:
    """Those that the kind asks for, those that say something, and the words about the floor where it is missed."""
    is_below = is_below_floor(revision)
    found = []
    for block in BLOCKS:
        text = stored["blocks"].get(block, "")
        is_required = block == BELOW_FLOOR and is_below
        if not text and not is_required and (block == BELOW_FLOOR or block in NOT_IN[report.kind]):
            continue
        name = block_name(block) + (say("（必填）", " (required)") if is_required else "")
        found.append(Block(typed.field(f"/{block}", name, text, "textarea"), text, is_required))
    return found


def entry_lines(entries: list[dict[str, Any]], typed: Typed) -> list[Line]:
    """Those that are open, and blank lines for new ones."""
    blocks: list[Choice] = [(block, block_name(block)) for block in BLOCKS if block != BELOW_FLOOR]
    lines = []
    for place in range(len(entries) + BLANKS):
        entry = entries[place] if place < len(entries) else {}
        was = {name: entry[name] for name in ENTRY_FIELDS} if entry else {}
        at = f"entry/{place}"
        hidden = [
            Field(f"{at}/id", "", "hidden", str(entry.get("id", ""))),
            Field(f"{at}/was", "", "hidden", json.dumps(was, ensure_ascii=False)),
        ]
        kind = "hidden" if entry else "select"
        fields = [
            typed.field(f"{at}/block", say("种类", "Kind"), entry.get("block", "plan"), kind, blocks),
            typed.field(f"{at}/text", say("事项", "What"), entry.get("text")),
            typed.field(f"{at}/owner", say("负责人", "Owner"), entry.get("owner")),
            typed.field(f"{at}/due_on", say("期限", "Due"), entry.get("due_on"), "date"),
            typed.field(f"{at}/done_on", say("完成日期", "Done on"), entry.get("done_on"), "date"),
        ]
        since = f"{block_name(entry['block'])} · {entry['since']}" if entry else ""
        lines.append(Line(hidden, fields, since))
    return lines


def changes(values: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, Any]], Read, list[int]]:
    """What was changed on the page: texts, entries, what stood there before, and the line of each entry."""
    before = {block: values.get(f"was/{block}", "") for block in BLOCKS}
    blocks = {
        block: values[f"/{block}"]
        for block in BLOCKS
        if f"/{block}" in values and values[f"/{block}"].strip() != before[block]
    }
    entries, read, places = [], {}, []
    for place in range(sum(name.endswith("/was") for name in values)):
        typed = {name: values.get(f"entry/{place}/{name}", "").strip() for name in ENTRY_FIELDS}
        said: dict[str, Any] = {name: text or (None if name.endswith("_on") else "") for name, text in typed.items()}
        was = _read_json(values.get(f"entry/{place}/was", ""))
        number = values.get(f"entry/{place}/id", "")
        if number.isascii() and number.isdigit():
            changed = {name: value for name, value in said.items() if value != was.get(name)}
            if not changed:
                continue
            entries.append({"id": int(number), **changed})
            read[int(number)] = {name: was.get(name) for name in changed}
        elif any(typed.values()):
            entries.append({"block": values.get(f"entry/{place}/block", ""), **said})
        else:
            continue
        places.append(place)
    return blocks, entries, Read(before, {number: _with_days(row) for number, row in read.items()}), places


def _read_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_days(row: Mapping[str, Any]) -> dict[str, Any]:
    """Days as dates, as the entry keeps them; what is no day is left as it is and will differ."""
    out = dict(row)
    for name in ("due_on", "done_on"):
        if isinstance(out.get(name), str):
            try:
                out[name] = date.fromisoformat(out[name])
            except ValueError:
                continue
    return out


def _placed(typed: Typed, places: list[int]) -> Typed:
    """Errors about entries, moved from their place in the body to their line on the page."""
    errors = {}
    for pointer, message in typed.errors.items():
        _, _, rest = pointer.partition("/entries/")
        number, _, name = rest.partition("/")
        if number.isdigit() and int(number) < len(places):
            pointer = f"entry/{places[int(number)]}/{name or 'text'}"
        errors[pointer] = message
    return Typed(typed.values, errors, typed.detail)

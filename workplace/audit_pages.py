"""变更记录: who changed what in a project, from what to what, in words; as a page and as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from projects.audit import EXPORTS, FANS, GUIDES, RUNS, history_of
from projects.models import AuditEntry, Project
from projects.queries import zone_of
from siyu.periods import DAY, day_start
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Sheet
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.blocks import Choice, Field, Typed
from workplace.fan_files import KINDS, MOST_ROWS, file_of
from workplace.history import SUBJECTS, names_of, tell
from workplace.sections import tabs

SHOWN = 50
FILTERS = ("by", "kind", "from", "to")
PRIVATE = {GUIDES[:-1]: Act.READ_GUIDES, RUNS[:-1]: Act.RUN_WORK, FANS[:-1]: Act.READ_SHOWN,
           EXPORTS[:-1]: Act.READ_SHOWN}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what is none of these is left out. Days are the project's own, both included."""

    by: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def query(self) -> dict[str, str]:
        said = {"by": self.by, "kind": self.kind, "from": _text(self.first), "to": _text(self.last)}
        return {name: value for name, value in said.items() if value}


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def read_day(text: str) -> date | None:
    """None for what is no day."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_asked(query: Mapping[str, Any]) -> Asked:
    said = {name: str(query.get(name, "")).strip().replace("\0", "") for name in FILTERS}
    kind = said["kind"] if said["kind"] in SUBJECTS else ""
    return Asked(said["by"], kind, read_day(said["from"]), read_day(said["to"]))


def entries_of(entries: QuerySet[AuditEntry], project: Project, asked: Asked) -> QuerySet[AuditEntry]:
    """Those asked for, the newest first."""
    zone = zone_of(project)
    if asked.by:
        entries = entries.filter(by=asked.by)
    if asked.kind:
        entries = entries.filter(Q(subject=asked.kind) | Q(subject__startswith=f"{asked.kind}:"))
    if asked.first:
        entries = entries.filter(at__gte=day_start(asked.first, zone))
    if asked.last and asked.last < date.max:
        entries = entries.filter(at__lt=day_start(asked.last + DAY, zone))
    return entries.order_by("-pk")


class AuditPage(BrandPage):
    """`?by=user:7&kind=team&from=&to=&before=`: changes, the newest first."""

    acts = {"GET": Act.READ_COMMITMENTS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.show(seen_project(self.identity, code))

    def show(self, project: Project, *, refused: str = "", status: int = 200) -> HttpResponse:
        asked = read_asked(self.request.GET)
        known = history_of(project, self.identity)
        entries = entries_of(known, project, asked)
        before = self.request.GET.get("before", "")
        if before.isascii() and before.isdigit() and len(before) < 19:
            entries = entries.filter(pk__lt=int(before))
        found = list(entries[: SHOWN + 1])
        query = urlencode(asked.query)
        context = {
            "project": project,
            "title": say("变更记录", "Record of changes"),
            "tabs": tabs(self.identity, project, "audit"),
            "fields": self._fields(known, asked),
            "is_asked": bool(asked.query),
            "action": reverse("audit", args=[project.code]),
            "told": tell(project, found[:SHOWN]),
            "files": [(kind.upper(), f"{reverse('audit_file', args=[project.code, kind])}?{query}") for kind in KINDS],
            "following": f"?{urlencode({**asked.query, 'before': found[SHOWN - 1].pk})}" if len(found) > SHOWN else "",
            "refused": refused,
            "words": audit_words(),
        }
        return render(self.request, "workplace/audit.html", context, status=status)

    def _fields(self, known: QuerySet[AuditEntry], asked: Asked) -> list[Field]:
        labels = sorted(set(known.order_by().values_list("by", flat=True).distinct()) | ({asked.by} - {""}))
        kinds = [
            (kind, say(*words))
            for kind, words in SUBJECTS.items()
            if kind not in PRIVATE or may(self.identity, PRIVATE[kind], self.identity.brand)
        ]
        return audit_fields(sorted(names_of(labels).items(), key=lambda item: item[1]), kinds, asked)


def audit_fields(people: list[Choice], kinds: list[Choice], asked: Asked) -> list[Field]:
    typed, anybody = Typed(), ("", say("全部", "All"))
    return [
        typed.field("by", say("谁", "Who"), asked.by, "select", [anybody, *people]),
        typed.field("kind", say("什么", "What"), asked.kind, "select", [anybody, *kinds]),
        typed.field("from", say("从", "From"), _text(asked.first), "date"),
        typed.field("to", say("到", "To"), _text(asked.last), "date"),
    ]


class AuditFile(BrandPage):
    """What the page's filters let through, at most MOST_ROWS of it: more is refused on the page (422)."""

    acts = {"GET": Act.READ_COMMITMENTS}

    def get(self, request: HttpRequest, code: str, kind: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        if kind not in KINDS:
            raise Http404
        entries = entries_of(history_of(project, self.identity), project, read_asked(request.GET))
        found = list(entries[: MOST_ROWS + 1])
        if len(found) > MOST_ROWS:
            page = AuditPage()
            page.setup(request, code)
            page.identity = self.identity
            return page.show(project, refused=too_many(), status=422)
        rows: list[list[Cell]] = [
            [entry.at.astimezone(zone_of(project)), told.by, *_parted(told.what), "\n".join(told.lines)]
            for entry, told in zip(found, tell(project, found), strict=True)
        ]
        sheet = audit_sheet(rows, f"{project.name} · {project.timezone}")
        return file_of(f"{project.code}-audit", f"{project.code}-{say('变更记录', 'audit')}", sheet, kind)


def _parted(what: str) -> tuple[str, str]:
    kind, _, name = what.partition("\n")
    return kind, name


def audit_sheet(rows: list[list[Cell]], note: str) -> Sheet:
    columns = [
        Column(say("时间", "At"), "instant"), Column(say("谁", "Who")), Column(say("什么", "What")),
        Column(say("对象", "Of which")), Column(say("变化", "Change"), width=80),
    ]  # fmt: skip
    return Sheet(say("变更记录", "Record of changes"), columns, rows, note)


def too_many() -> str:
    return say(
        f"符合条件的记录超过 {MOST_ROWS:,} 条，请缩小日期范围后再导出。",
        f"More than {MOST_ROWS:,} entries fit: ask for fewer days.",
    )


def audit_words() -> dict[str, str]:
    return {
        "at": say("时间", "At"),
        "by": say("谁", "Who"),
        "what": say("什么", "What"),
        "change": say("变化", "Change"),
        "search": say("查找", "Search"),
        "clear": say("清除条件", "Clear"),
        "export": say("导出", "Export"),
        "none": say("还没有变更。", "Nothing was changed yet."),
        "none_fits": say("没有符合条件的记录。", "No entry fits."),
        "later": say("更早的记录", "Earlier"),
        "pages": say("分页", "Pages"),
    }

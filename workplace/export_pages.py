"""导出: tables as files. What is small is answered at once; what is more is made in the background and kept for a week,
for nobody but the person who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, TextIOWrapper
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kpi.rows import Position
from projects.models import Project
from projects.queries import zone_of
from reports.exports import DIRECT_ROWS, KEPT, PENDING, ask_export, exports_of, file_of, kind_of, note_taken
from reports.models import Export
from siyu.numbers import exact
from siyu.periods import Period, local_day
from siyu.problems import DomainError, say
from siyu.spreadsheets import Sheet, write_csv, write_xlsx
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.exporting import GRAINS, count_figures, register_exports
from workplace.occasion import period_title, read_occasion
from workplace.report_progress import at_words
from workplace.rows_behind import behind
from workplace.sections import Section, tabs

FORMS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
CUTS = {"guide": ("按导购", "By guide"), "account": ("按企微号", "By account"), "channel": ("按渠道", "By channel")}
GRAIN_WORDS = {"day": ("按日", "By day"), "week": ("按周", "By week"), "month": ("按月", "By month"),
               "range": ("整段", "As one")}  # fmt: skip
COUNTED = {  # whose rows are known by a part of the figure
    "numerator": ("diverted_users", "koc_users", "referral_users"),
    "denominator": ("retention_rate", "churn_rate", "interaction_rate", "satisfaction_rate"),
}
LONGEST = 3660  # days of a table; more is a mistake

register_exports()


@dataclass(frozen=True)
class Line:
    """One export as its page shows it. `address`: of the file, "" while or where there is none."""

    number: int
    title: str
    state: str
    tone: str
    about: str
    rows: int
    expected: int | None
    address: str
    is_pending: bool
    poll: str


@dataclass(frozen=True)
class Offer:
    """What is too large to be answered at once: what it is, and what the button sends."""

    title: str
    fields: Sequence[tuple[str, str]]


# -- Asking for a file ------------------------------------------------------------------------------------------------


def answer(
    page: BrandPage, project: Project, kind: str, asked: Mapping[str, Any], form: str, rows: int
) -> HttpResponse:
    """The file, of so many rows; or, above DIRECT_ROWS, the way to the page that offers it in the background."""
    if form not in FORMS:
        raise Http404
    if rows > DIRECT_ROWS:
        query = urlencode({"kind": kind, "form": form, **asked})
        return HttpResponseRedirect(f"{reverse('exports', args=[project.code])}?{query}")
    file, counted = BytesIO(), 0
    sheets = []
    for sheet in kind_of(kind).contents(project, asked, page.identity):
        lines = list(sheet.rows)
        counted = counted or len(lines)
        sheets.append(Sheet(sheet.name, sheet.columns, lines, sheet.note))
    if form == "csv":
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
        write_csv(text, sheets[0])
        text.flush()
    else:
        write_xlsx(file, sheets)
    note_taken(project, kind, len(list(sheets[0].rows)), form, asked, by=page.identity.label)
    response = HttpResponse(file.getvalue(), content_type=FORMS[form])
    response["Content-Disposition"] = disposition(project, kind, title_of(project, kind, asked), form)
    response["Cache-Control"] = "no-store"
    return response


def disposition(project: Project, kind: str, title: str, form: str) -> str:
    return f"attachment; filename=\"{project.code}-{kind}.{form}\"; filename*=UTF-8''{quote(title)}.{form}"


def title_of(project: Project, kind: str, asked: Mapping[str, Any]) -> str:
    """GMV 明细 2026-10-01～2026-10-31."""
    if kind == "fans":
        return f"{project.code} {say('粉丝', 'Fans')}"
    period = Period(date.fromisoformat(asked["start"]), date.fromisoformat(asked["end"]))
    days = period_title(period)
    if kind == "rows":
        part = f" {asked['part'] or say('未归属', 'nobody')}" if asked.get("by") else ""
        figure = behind(project, asked["indicator"], period)
        return f"{figure.title if figure else asked['indicator']}{part} {say('明细', 'rows')} {days}"
    cut = f" {say(*CUTS[asked['by']])}" if asked.get("by") else ""
    return f"{say('指标表', 'Figures')} {say(*GRAIN_WORDS[asked['grain']])}{cut} {days}"


def read_kpis_asked(values: Mapping[str, str]) -> dict[str, Any] | None:
    """{grain, start, end, by?} of a table; None where it is none, or of too many days."""
    try:
        first, last = (date.fromisoformat(values.get(name, "")) for name in ("start", "end"))
    except ValueError:
        return None
    by, grain = values.get("by", ""), values.get("grain", "")
    if grain not in GRAINS or (by and by not in CUTS) or not 0 <= (last - first).days < LONGEST or first.year < 2000:
        return None
    asked = {"grain": grain, "start": str(first), "end": str(last)}
    return {**asked, "by": by} if by else asked


def read_rows_asked(project: Project, values: Mapping[str, str]) -> dict[str, Any] | None:
    """{indicator, start, end, by?, part?} of rows; None where it is none."""
    days = {"start": values.get("start", ""), "end": values.get("end", "")}
    table, by = read_kpis_asked({"grain": "range", **days}), values.get("by", "")
    if table is None:
        return None
    period = Period(date.fromisoformat(table["start"]), date.fromisoformat(table["end"]))
    figure = behind(project, values.get("indicator", ""), period)
    if figure is None or (by and by not in figure.cuts):
        return None
    asked = {"indicator": figure.code, "start": table["start"], "end": table["end"]}
    return {**asked, "by": by, "part": values.get("part", "")} if by else asked


class RowsFile(BrandPage):
    """The rows behind a figure: `?start=&end=[&guide=|&account=|&channel=]`, as its page lists them."""

    acts = {"GET": Act.READ_KPIS}

    def get(self, request: HttpRequest, code: str, indicator: str, form: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        occasion = read_occasion(request.GET.dict(), local_day(timezone.now(), zone_of(project)))
        by = next((cut for cut in CUTS if cut in request.GET), "")
        days = {"start": str(occasion.period.first), "end": str(occasion.period.last)}
        cut = {"by": by, "part": request.GET.get(by, "")} if by else {}
        asked = read_rows_asked(project, {"indicator": indicator, **days, **cut})
        figure = behind(project, indicator, occasion.period)
        if asked is None or figure is None:
            raise Http404
        part = (asked.get("part") or None) if by else None
        page = figure.read(asked.get("by"), part, Position(), DIRECT_ROWS)
        return answer(self, project, "rows", asked, form, DIRECT_ROWS + 1 if page.following else len(page.rows))


class KpisFile(BrandPage):
    """Figures of any days by grain and cut: `?grain=&start=&end=[&by=]&form=xlsx|csv`."""

    acts = {"GET": Act.READ_KPIS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        asked = read_kpis_asked(request.GET.dict())
        if asked is None:
            return ExportsPage.refuse(
                self, project, say("请检查日期：结束不早于开始，最多十年", "Check the days: ten years at most")
            )
        days = Period(date.fromisoformat(asked["start"]), date.fromisoformat(asked["end"]))
        rows = count_figures(project, asked["grain"], days, asked.get("by"))
        return answer(self, project, "kpis", asked, request.GET.get("form", "xlsx"), rows)


# -- The page ---------------------------------------------------------------------------------------------------------


class ExportsPage(Section):
    """Hers, the newest first; `?kind=…`: what was asked for and is too large to be answered at once."""

    acts = {"GET": Act.READ_NOTICES}
    route = "project"
    title = ("导出", "Exports")

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        return self.show_exports(project, offer=self._offer(project, request.GET.dict()))

    @classmethod
    def refuse(cls, other: BrandPage, project: Project, detail: str, status: int = 422) -> HttpResponse:
        """The page, saying why what another view was asked for is not done."""
        page = cls()
        page.setup(other.request, project.code)
        page.identity = other.identity
        return page.show_exports(project, detail=detail, status=status)

    def show_exports(
        self, project: Project, *, offer: Offer | None = None, detail: str = "", status: int = 200
    ) -> HttpResponse:
        today = local_day(timezone.now(), zone_of(project))
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "lines": [line_of(export) for export in exports_of(self.identity, project)],
            "offer": offer,
            "typed": {"detail": detail},
            "days": KEPT.days,
            "most": exact(DIRECT_ROWS),
            "may_read_kpis": self.may(Act.READ_KPIS),
            "first": today.replace(day=1),
            "today": today,
            "grains": [(name, say(*words)) for name, words in GRAIN_WORDS.items()],
            "cuts": [("", say("不拆分", "No cut")), *((name, say(*words)) for name, words in CUTS.items())],
        }
        return render(self.request, "workplace/exports.html", context, status=status)

    def _offer(self, project: Project, values: Mapping[str, str]) -> Offer | None:
        found = read_asked(project, values)
        if found is None or not self.may(kind_of(found[0]).act):
            return None
        kind, asked = found
        fields = [("kind", kind), ("form", values["form"]), *((name, str(value)) for name, value in asked.items())]
        return Offer(title_of(project, kind, asked), fields)


def read_asked(project: Project, values: Mapping[str, str]) -> tuple[str, dict[str, Any]] | None:
    """The kind and what of it, of an address or a form; None where they name nothing."""
    kind = values.get("kind", "")
    if values.get("form") not in FORMS:
        return None
    if kind == "fans":
        return kind, {name: value for name, value in values.items() if name in FAN_FILTERS and value}
    asked = None
    if kind == "kpis":
        asked = read_kpis_asked(values)
    elif kind == "rows":
        asked = read_rows_asked(project, values)
    return None if asked is None else (kind, asked)


FAN_FILTERS = ("q", "guide", "account", "channel", "present")
STATES = {
    "queued": ("排队中", "Queued", "info"), "running": ("生成中", "Being made", "info"),
    "done": ("已完成", "Ready", "good"), "failed": ("失败", "Failed", "bad"), "expired": ("已过期", "Expired", ""),
}  # fmt: skip


def line_of(export: Export) -> Line:
    now, where = timezone.now(), [export.project.code, export.pk]
    state = export.state
    if state == Export.State.DONE and file_of(export, now) is None:
        state = Export.State.EXPIRED
    zh, en, tone = STATES[state]
    rows = say(f"{exact(export.rows)} 行", f"{exact(export.rows)} rows")
    about = [export.form.upper(), say(f"{at_words(export.asked_at, export.project)} 申请",
                                      f"asked for {at_words(export.asked_at, export.project)}")]  # fmt: skip
    if state == Export.State.DONE and export.size is not None and export.expires_at is not None:
        until = at_words(export.expires_at, export.project)
        about += [rows, f"{max(1, export.size // 1024):,} KB", say(f"{until} 前可下载", f"until {until}")]
    elif state == Export.State.RUNNING:
        about.append(rows)
    elif state == Export.State.FAILED:
        about.append(export.error)
    is_pending = state in PENDING
    return Line(
        export.pk,
        export.title,
        say(zh, en),
        tone,
        " · ".join(about),
        export.rows,
        export.expected,
        reverse("export_file", args=where) if state == Export.State.DONE else "",
        is_pending,
        reverse("export_row", args=where) if is_pending else "",
    )


class StartExport(BrandPage):
    """Have it made in the background."""

    acts = {"POST": Act.READ_NOTICES}

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        found = read_asked(project, values)
        if found is None:
            raise Http404
        kind, asked = found
        if self.identity.user is None or not may(self.identity, kind_of(kind).act, self.identity.brand):
            raise PermissionDenied
        try:
            ask_export(
                project,
                kind,
                asked,
                form=values["form"],
                title=title_of(project, kind, asked),
                by=self.identity,
                now=timezone.now(),
                expected=_expected(project, kind, asked),
            )
        except DomainError as refusal:
            return ExportsPage.refuse(self, project, refusal.detail, refusal.status)
        messages.success(request, say("已开始生成，完成后会通知你", "It is being made: you will be told"))
        return HttpResponseRedirect(reverse("exports", args=[project.code]))


def _expected(project: Project, kind: str, asked: Mapping[str, Any]) -> int | None:
    """How many rows there will be, where a figure says so."""
    if kind == "kpis" and not asked.get("by"):
        days = Period(date.fromisoformat(asked["start"]), date.fromisoformat(asked["end"]))
        return count_figures(project, asked["grain"], days, None)
    if kind != "rows":
        return None
    end = next((end for end, codes in COUNTED.items() if asked["indicator"] in codes), None)
    if end is None:
        return None
    days = Period(date.fromisoformat(asked["start"]), date.fromisoformat(asked["end"]))
    part = (asked.get("part") or None) if asked.get("by") else None
    figure = behind(project, asked["indicator"], days)
    return int(getattr(figure.read(asked.get("by"), part, Position(), 1).figure, end) or 0) if figure else None


class ExportRow(BrandPage):
    """One of hers as it stands, for the page to look again. 404 for another's."""

    acts = {"GET": Act.READ_NOTICES}

    def get(self, request: HttpRequest, code: str, export: int) -> HttpResponse:
        return render(request, "workplace/export_row.html", {"line": line_of(own_export(self, code, export))})


class ExportFile(BrandPage):
    """The file of one of hers, while it is kept. 404 for another's; 410 where it is no more."""

    acts = {"GET": Act.READ_NOTICES}

    def get(self, request: HttpRequest, code: str, export: int) -> HttpResponse | FileResponse:
        found = own_export(self, code, export)
        path = file_of(found, timezone.now())
        if path is None:
            return ExportsPage.refuse(
                self, found.project, say("文件已过期，请重新导出", "The file is no more: ask again"), 410
            )
        response = FileResponse(path.open("rb"), content_type=FORMS[found.form])
        response["Content-Disposition"] = disposition(found.project, found.kind, found.title, found.form)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def own_export(page: BrandPage, code: str, number: int) -> Export:
    """Raises Http404 where it is not hers, or of what she may do no more."""
    project = seen_project(page.identity, code)
    found = next((one for one in exports_of(page.identity, project) if one.pk == number), None)
    if found is None:
        raise Http404
    return found

"""A frozen revision as a file: PDF, one long picture, a workbook, a tidy table. The same figures as on its page.

The agency's annex is in none of them: a file is passed on.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from kpi.metrics import METRICS
from projects.models import Definition
from projects.sheet_words import words as sheet_words
from reports.api import OneReportView, report_dict
from reports.layouts import blocks_of
from reports.models import Report, Revision
from reports.queries import revision_of
from siyu.documents import FONT_FACE, render_pdf, render_picture
from siyu.numbers import MINUS
from siyu.problems import say
from siyu.spreadsheets import Cell, Column, Kind, Number, Sheet, write_csv, write_xlsx
from tenants.identity import Identity
from tenants.permissions import Act
from workplace.report_blocks import Paper, Section, lay_out
from workplace.report_own import own_report_sheet
from workplace.report_pages import chips_of, entries_of, read_deemed, report_title, stamp_of, words_of
from workplace.report_table import report_table
from workplace.report_values import Chip, Part, Value
from workplace.totals_words import mark_of

STYLES = Path(__file__).resolve().parent.parent / "siyu" / "static" / "siyu" / "document.css"
KINDS: Mapping[str, Kind] = {"count": "count", "money": "money", "rate": "ratio", "unit_cost": "money"}


# -- As they are read -------------------------------------------------------------------------------------------------


def document_html(report: Report, revision: Revision, identity: Identity, *, shape: str) -> str:
    """`shape`: page or picture."""
    shown = report_dict(report, revision, identity)
    styles = STYLES.read_text("utf-8").replace("{footer}", footer_of(report, shown))
    context = {
        "title": report_title(report),
        "shape": shape,
        "styles": f"{FONT_FACE}\n{styles}",
        "shown": shown,
        "names": shown["payload"]["names"],
        "paper": lay_out(shown["payload"], blocks_of(report.kind, revision.layout_version)),
        "chips": chips_of(shown, read_deemed(report, identity.side)),
        "stamp": stamp_of(report, shown),
        "words": words_of(shown),
        "entries": entries_of(shown),
    }
    return render_to_string("workplace/report_document.html", context)


def footer_of(report: Report, shown: Mapping[str, Any]) -> str:
    """What every sheet of paper says below: which report, revision and figures it is of. Nothing in it was typed."""
    revision = say(f"第 {shown['revision']} 版", f"revision {shown['revision']}")
    checksum = say("校验码", "checksum")
    return f"{report_title(report)} · {revision} · {checksum} {shown['sha256'][:12]}"


# -- As a workbook ----------------------------------------------------------------------------------------------------


def report_sheets(report: Report, revision: Revision, identity: Identity) -> Iterator[Sheet]:
    """What it says; the ten figures with their parts and every table of the page, words, in the layout's order;
    definitions."""
    shown = report_dict(report, revision, identity)
    paper = lay_out(shown["payload"], blocks_of(report.kind, revision.layout_version))
    yield _summary(report, shown, paper)
    for section in paper.sections:
        if section.key == "figures":
            yield _figures(shown["payload"], section)
        elif section.key == "own":
            yield own_report_sheet(shown["payload"], section.title, section.intro)
        elif section.part:
            yield _table(section, section.part)
    prose = {section.key for section in paper.sections}
    texts = words_of(shown) if "words" in prose else []
    entries = entries_of(shown) if "entries" in prose else []
    if texts or entries:
        yield _words(texts, entries)
    yield _definitions(report, revision)


def _table(section: Section, part: Part) -> Sheet:
    columns = [Column(column.text, width=30 if place == 0 else 16) for place, column in enumerate(part.columns)]
    note = "\n".join(text for text in (section.intro, part.note) if text)
    return Sheet(section.title, columns, [[row.title, *map(cell_of, row.cells)] for row in part.rows], note)


def _summary(report: Report, shown: Mapping[str, Any], paper: Paper) -> Sheet:
    rows: list[list[Cell]] = [[say("报告", "Report"), report_title(report)]]
    rows += [[say("摘要", "Summary"), said.text] for said in (*paper.lead, *paper.todo)]
    rows += [[name, text] for name, text in stamp_of(report, shown)]
    return Sheet(say("摘要", "Summary"), [Column("", width=18), Column("", width=100)], rows)


def _figures(payload: Mapping[str, Any], section: Section) -> Sheet:
    columns = [
        Column(say("指标", "Indicator"), width=28), Column(say("代码", "Code")), Column(say("分子", "Numerator")),
        Column(say("分母", "Denominator")), Column(say("数值", "Value")),
    ]  # fmt: skip
    has_totals = any(figure.get("totals") for figure in payload.get("figures", ()))
    if has_totals:
        columns.append(Column(say("日汇总", "Day totals"), width=28))
    rows: list[list[Cell]] = []
    for figure in payload.get("figures", ()):
        metric = METRICS[figure["indicator"]]
        kind = KINDS[metric.kind]
        upper: Kind = "money" if metric.kind in ("money", "unit_cost") else "count"
        rows.append(
            [
                say(metric.chinese, metric.english), metric.code, number_of(figure["numerator"], upper),
                number_of(figure["denominator"], "count"), number_of(figure["value"], kind),
                *([mark_of(figure.get("totals"))] if has_totals else []),
            ]
        )  # fmt: skip
    return Sheet(section.title, columns, rows, section.intro)


def _words(texts: Sequence[tuple[str, str]], entries: Sequence[Mapping[str, Any]]) -> Sheet:
    columns = [
        Column(say("栏目", "Block")), Column(say("内容", "Text"), width=80), Column(say("负责人", "Owner")),
        Column(say("期限", "Due")), Column(say("完成日期", "Done")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [[name, text, None, None, None] for name, text in texts]
    rows += [[row["block"], row["text"], row["owner"], row["due_on"], row["done_on"]] for row in entries]
    return Sheet(say("文字与事项", "Words"), columns, rows)


def _definitions(report: Report, revision: Revision) -> Sheet:
    """What counts, by the sheet's version that the revision froze."""
    definition = Definition.objects.get(project=report.project, version=revision.definition_version)
    said = sheet_words(definition.sheet)
    note = say(f"口径表第 {definition.version} 版", f"Definitions, version {definition.version}")
    return Sheet(say("口径", "Definitions"), [Column(note, width=100)], [[text] for text in said[say("zh", "en")]])


def number_of(value: Any, kind: Kind) -> Number | None:
    return None if value is None else Number(Decimal(str(value)), kind)


def cell_of(cell: Any) -> Cell:
    """A number of the page as the number that REST gives; all else as its text."""
    if isinstance(cell, Value):
        if not cell.exact:
            return None
        text = cell.text.lstrip(MINUS)
        kind: Kind = "money" if text.startswith("¥") else "ratio" if text.endswith("%") else "count"
        return Number(Decimal(cell.exact), kind)
    return cell.text if isinstance(cell, Chip) else str(cell)


# -- REST -------------------------------------------------------------------------------------------------------------


class ReportFileView(OneReportView):
    """The newest revision that the caller may see, or `?revision=`. The agency's annex is in no file."""

    acts = {"GET": Act.READ_REPORTS}
    suffix: str
    content_type: str

    @extend_schema(parameters=[OpenApiParameter("revision", int)], responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, report: int) -> HttpResponse:
        wanted = request.query_params.get("revision", "")
        if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
            raise Http404
        revision = revision_of(self.report, self.identity.side, int(wanted) if wanted else None)
        if revision is None:
            raise Http404
        kind, first = self.report.kind, self.report.first_day
        name = f"{self.report.project.code}-{kind}-{first}-r{revision.number}.{self.suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(self.render(revision), content_type=self.content_type, headers=headers)

    def render(self, revision: Revision) -> bytes:
        raise NotImplementedError


class ReportPdf(ReportFileView):
    suffix, content_type = "pdf", "application/pdf"

    def render(self, revision: Revision) -> bytes:
        html = document_html(self.report, revision, self.identity, shape="page")
        return render_pdf(html, title=report_title(self.report), made_at=revision.made_at)


class ReportPicture(ReportFileView):
    suffix, content_type = "png", "image/png"

    def render(self, revision: Revision) -> bytes:
        return render_picture(document_html(self.report, revision, self.identity, shape="picture"))


class ReportWorkbook(ReportFileView):
    suffix, content_type = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def render(self, revision: Revision) -> bytes:
        file = io.BytesIO()
        write_xlsx(file, report_sheets(self.report, revision, self.identity))
        return file.getvalue()


class ReportTable(ReportFileView):
    suffix, content_type = "csv", "text/csv; charset=utf-8"

    def render(self, revision: Revision) -> bytes:
        file = io.StringIO(newline="")
        write_csv(file, report_table(self.report, revision, self.identity))
        return file.getvalue().encode("utf-8-sig")

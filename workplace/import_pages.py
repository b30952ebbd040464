"""导入: one file, from what it would bring to what it has brought; its template and its faulty rows as workbooks."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from connectors.faults import describe_fault
from connectors.formats import FORMATS
from connectors.importing import ImportRefusedError, check_file, start_import, undo_import
from connectors.models import FileImport
from connectors.tables import MOST_BYTES
from connectors.workbooks import fault_sheet, template_sheets
from fans.intake import COUNTERS
from projects.models import Project
from projects.queries import zone_of
from siyu.numbers import exact
from siyu.problems import say
from siyu.spreadsheets import Sheet, write_xlsx
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.batch_blocks import COUNTED, refuse_unsure, sure, who
from workplace.blocks import Actions, Block, Form, Heading, Lines, Link, Note, Table, Typed
from workplace.data_pages import DataAction, format_name
from workplace.sections import Section
from workplace.totals_preview import preview

SHOWN_FAULTS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PASSED_OVER = {
    "unpaid": ("未付款的订单", "Orders nobody paid"),
    "same_order": ("同一订单的其他商品行", "Further goods of the same order"),
    "sum": ("合计行", "Lines of sums"),
    "empty": ("没有填数字", "No figure in them"),
    "header": ("又一行列名", "The titles once more"),
    "repeat": ("与另一行完全相同", "The same as another row"),
}


@dataclass(frozen=True)
class Progress:
    """How far a worker is; the page asks again by itself."""

    text: str
    done: int
    of: int
    address: str
    template: str = "workplace/_progress.html"


class ImportPage(Section):
    """What a file would bring, is bringing or has brought."""

    acts = {"GET": Act.SEND_EVENTS}
    route = "data"
    title = ("导入", "Import")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        found = FileImport.objects.defer("content").filter(project=project, pk=self.kwargs["number"]).first()
        if found is None:
            raise Http404
        blocks: list[Any] = [Heading(f"{found.name} · {format_name(found)} · {found.get_state_display()}")]
        blocks += _standing(project, found)
        if found.fault_count:
            blocks += _faults(project, found)
        return blocks

    def get(self, request: HttpRequest, code: str, number: int = 0) -> HttpResponse:
        return super().get(request, code)


def _standing(project: Project, found: FileImport) -> Sequence[Any]:
    address = reverse("file_import", args=[project.code, found.pk])
    if found.state == FileImport.State.CHECKED:
        submit = say(f"导入 {exact(found.events)} 条", f"Import {exact(found.events)}")
        start = Form(reverse("start_import", args=[project.code, found.pk]), "start", submit)
        return [Lines(_said_of(found)), *preview(project, found), *([start] if found.events else [])]
    if found.state in (FileImport.State.QUEUED, FileImport.State.RUNNING):
        text = say(
            f"正在导入：{exact(found.done)} / {exact(found.events)}",
            f"Importing: {exact(found.done)} of {exact(found.events)}",
        )
        return [Progress(text, found.done, found.events, address)]
    if found.state == FileImport.State.EXPIRED:
        return [Note(say("文件已过期，请重新上传。", "The file is no longer kept: send it again."), "warn")]
    counts = [f"{say(*COUNTED[name])} {exact(found.counts.get(name, 0))}" for name in COUNTERS]
    blocks: list[Any] = [Lines([*_said_of(found), " · ".join(counts)])]
    if found.state == FileImport.State.DONE and found.batches:
        blocks.append(
            Form(
                reverse("undo_import", args=[project.code, found.pk]), "undo", say("撤销这次导入", "Undo it"), [sure()]
            )
        )
    return blocks


def _said_of(found: FileImport) -> list[str]:
    lines = [
        say(
            f"文件有 {exact(found.rows)} 行，可导入 {exact(found.events)} 条，{exact(found.fault_count)} 处问题。",
            f"{exact(found.rows)} rows, {exact(found.events)} can be imported, {exact(found.fault_count)} faults.",
        )
    ]
    if not found.rows:
        lines = [say("只有列名，没有数据行。请在列名下面填写后重新上传。", "There are titles and no rows. Fill in some below them and send the file again.")]  # fmt: skip  # noqa: E501
    if sheets := found.passed_over.get("sheets", 0):
        lines.append(say(f"还有 {sheets} 个工作表没有读取：一次只读一个，其余请分别上传。", f"{sheets} more sheets were not read: one is at a time. Send the others by themselves."))  # fmt: skip  # noqa: E501
    lines += _sent_before(found)
    lines += [
        say(
            f"略过 {exact(count)} 行：{PASSED_OVER[why][0]}。",
            f"{exact(count)} rows passed over: {PASSED_OVER[why][1]}.",
        )
        for why, count in Counter(found.passed_over).items()
        if why in PASSED_OVER
    ]
    if found.unread:
        titles = "、".join(found.unread[:10])
        lines.append(say(f"没有读取的列：{titles}。列名与模板不同时不会读取，请核对。", f"Columns that were not read: {titles}. Their titles are not the template's: compare them."))  # fmt: skip  # noqa: E501
    if found.assumed:
        days = "、".join(found.assumed[:10])
        lines.append(say(f"没写年份的日期读作：{days}。", f"Days without a year were read as: {days}."))
    return lines


def _sent_before(found: FileImport) -> list[str]:
    """That the very file was imported already, and what a second time does."""
    same = FileImport.objects.filter(project=found.project, sha256=found.sha256, state=FileImport.State.DONE)
    before = same.filter(pk__lt=found.pk).defer("content").order_by("-pk").first()
    if before is None:
        return []
    at = f"{before.made_at.astimezone(zone_of(found.project)):%Y-%m-%d %H:%M}"
    by = who([before.made_by])[before.made_by]
    return [
        say(
            f"这个文件 {by} 在 {at} 导入过。再导入一次，相同的内容只算一次。",
            f"{by} imported this very file at {at}. Imported once more, what is the same counts once.",
        )
    ]


def _faults(project: Project, found: FileImport) -> Sequence[Any]:
    rows = [
        [exact(fault["row"]), fault["title"], fault["value"], describe_fault(fault, found.format)]
        for fault in sorted(found.faults, key=lambda fault: fault["row"])[:SHOWN_FAULTS]
    ]
    columns = [say("行", "Row"), say("列", "Column"), say("内容", "Says"), say("问题", "What is wrong")]
    link = Link(
        say("下载有问题的行（Excel）", "Download the faulty rows (Excel)"),
        reverse("import_faults", args=[project.code, found.pk]),
    )
    caption = say("有问题的行", "Faulty rows")
    return [Heading(caption, "faults"), Table(caption, columns, rows), Actions([link])]


class ImportTemplate(BrandPage):
    """A workbook to fill in."""

    acts = {"GET": Act.SEND_EVENTS}

    def get(self, request: HttpRequest, code: str, form: str) -> HttpResponse:
        seen_project(self.identity, code)
        found = FORMATS.get(form)
        if found is None or not found.is_template:
            raise Http404
        return workbook(f"siyu-{found.code}.xlsx", template_sheets(found))


class ImportFaults(BrandPage):
    """The faulty rows as a workbook."""

    acts = {"GET": Act.SEND_EVENTS}

    def get(self, request: HttpRequest, code: str, number: int) -> HttpResponse:
        project = seen_project(self.identity, code)
        found = get_object_or_404(FileImport.objects.defer("content"), project=project, pk=number)
        return workbook(f"siyu-import-{found.pk}-faults.xlsx", [fault_sheet(found.faults, found.format)])


def workbook(name: str, sheets: Sequence[Sheet]) -> HttpResponse:
    file = io.BytesIO()
    write_xlsx(file, sheets)
    return HttpResponse(
        file.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


# -- What is done -----------------------------------------------------------------------------------------------------


class CheckImport(DataAction):
    made: FileImport

    def act(self, project: Project, values: dict[str, str]) -> str:
        file = self.request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise ImportRefusedError(say("请先选择文件", "Choose a file first"))
        if (file.size or 0) > MOST_BYTES:
            raise ImportRefusedError(say("文件超过 64 MB，请分成几个文件", "Larger than 64 MB: split it into several"))
        self.made = check_file(
            project, file.read(), name=file.name or "", made_by=self.identity.label,
            code=values.get("format", ""), platform=values.get("platform", "").strip(),
        )  # fmt: skip
        return say("文件已检查，确认后才会导入", "The file is checked; it counts once you import it")

    def back(self, project: Project) -> str:
        return reverse("file_import", args=[project.code, self.made.pk])


class StartImport(DataAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        start_import(project, self.kwargs["number"])
        return say("已开始导入", "The import has begun")

    def back(self, project: Project) -> str:
        return reverse("file_import", args=[project.code, self.kwargs["number"]])


class UndoImport(StartImport):
    def act(self, project: Project, values: dict[str, str]) -> str:
        refuse_unsure(values)
        count = undo_import(project, self.kwargs["number"], made_by=self.identity.label)
        return say(f"已撤销，还原 {exact(count)} 条", f"Undone: {exact(count)} events taken out or restored")

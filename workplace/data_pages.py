"""数据: files in, what came in from whom, and what waits."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from connectors.faults import words_for
from connectors.formats import FORMATS, OWN
from connectors.importing import ImportRefusedError, check_file, start_import, undo_import
from connectors.models import FileImport
from connectors.tables import MOST_BYTES
from connectors.workbooks import fault_sheet, template_sheets
from fans.intake import COUNTERS
from fans.models import Batch
from fans.queries import batches_of, describe_held, held_events
from fans.undo import undo_batch
from projects.models import Project
from projects.queries import people, zone_of
from projects.services import fault
from siyu.brands import enter_public
from siyu.numbers import exact
from siyu.problems import say
from siyu.spreadsheets import Sheet, write_xlsx
from tenants.models import ApiKey
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Actions, Block, Field, Form, Heading, Lines, Link, Note, Table, Typed
from workplace.sections import Action, Section
from workplace.totals_preview import preview

SHOWN_IMPORTS, SHOWN_BATCHES, SHOWN_HELD, SHOWN_FAULTS = 20, 20, 50, 100
NUMBERED = re.compile(r"(?:user|key):(\d+)")  # a label of tenants.identity
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COUNTED = {
    "received": ("收到", "Received"), "accepted": ("入库", "Accepted"), "duplicates": ("重复", "Duplicates"),
    "replaced": ("更正", "Replaced"), "withdrawn": ("撤回", "Withdrawn"), "held": ("等待", "Held"),
    "rejected": ("拒收", "Refused"),
}  # fmt: skip
PASSED_OVER = {
    "unpaid": ("未付款的订单", "Orders nobody paid"),
    "same_order": ("同一订单的其他商品行", "Further goods of the same order"),
    "sum": ("合计行", "Lines of sums"),
    "empty": ("没有填数字", "No figure in them"),
}
HELD_FOR = {
    "unknown_fan": ("还没有这位粉丝的添加记录", "Its fan was never added"),
    "unknown_order": ("还没有这张订单", "Its order has not come"),
    "refund_exceeds_paid": ("退款超过订单剩余金额", "More than what is left of its order"),
}


@dataclass(frozen=True)
class Upload:
    """A form with a file. `choices`: what the file may be."""

    action: str
    submit: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    platform: str
    file_label: str
    format_label: str
    platform_label: str
    fields: Sequence[Field] = ()
    other: str = ""  # a second button, which sends `as=xlsx` too
    template: str = "workplace/_upload.html"


@dataclass(frozen=True)
class Progress:
    """How far a worker is; the page asks again by itself."""

    text: str
    done: int
    of: int
    address: str
    template: str = "workplace/_progress.html"


class DataPage(Section):
    acts = {"GET": Act.SEND_EVENTS}
    route = "data"
    title = ("数据", "Data")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        found: list[Any] = [Heading(say("导入文件", "Import a file")), self._upload(project, typed)]
        totals = Link(
            say("没有明细？粘贴日汇总", "No events? Paste day totals"), reverse("totals", args=[project.code])
        )
        compare = Link(
            say("与店铺或财务对账", "Reconcile with a shop's list"), reverse("reconcile", args=[project.code])
        )
        found += [Actions([totals, compare]), _templates(project), *_imports(project)]
        return [*found, *_senders(project), *_batches(project, self.identity.label), *_held(project)]

    def _upload(self, project: Project, typed: Typed) -> Upload:
        ours = typed.of("upload")
        return Upload(
            reverse("check_import", args=[project.code]),
            say("检查文件", "Check the file"),
            file_choices(),
            ours.values.get("format", ""),
            ours.values.get("platform", ""),
            say("文件（.xlsx、.xls 或 .csv，最大 64 MB）", "File (.xlsx, .xls or .csv, 64 MB at most)"),
            say("文件类型", "What it is"),
            say("平台代码（文件里没有时）", "Platform (where the file says none)"),
        )


def file_choices(kind: str = "") -> list[tuple[str, str]]:
    """What a file may be; of one kind of event or any."""
    known = [form for form in FORMATS.values() if not kind or form.kind == kind]
    return [("", say("自动识别", "Recognise it")), *((form.code, say(form.chinese, form.english)) for form in known)]


def _templates(project: Project) -> Table:
    rows = [
        [
            say(form.chinese, form.english),
            say("、", ", ").join(part.title for part in form.parts if part.required),
            Link(say("下载模板", "Download"), reverse("import_template", args=[project.code, form.code])),
        ]
        for form in OWN
    ]
    columns = [say("模板", "Template"), say("必填列", "Required columns"), say("下载", "Download")]
    return Table(say("自有模板", "Templates of our own"), columns, rows)


def _imports(project: Project) -> Sequence[Block]:
    made = list(FileImport.objects.filter(project=project).defer("content").order_by("-pk")[:SHOWN_IMPORTS])
    names, zone = who([one.made_by for one in made]), zone_of(project)
    rows = [
        [
            Link(one.name, reverse("file_import", args=[project.code, one.pk])),
            format_name(one),
            one.get_state_display(),
            exact(one.events),
            exact(one.fault_count),
            names[one.made_by],
            f"{one.made_at.astimezone(zone):%Y-%m-%d %H:%M}",
        ]
        for one in made
    ]
    columns = [
        say("文件", "File"), say("类型", "What it is"), say("状态", "State"), say("事件", "Events"),
        say("问题", "Faults"), say("谁", "Who"), say("时间", "At"),
    ]  # fmt: skip
    empty = say("还没有导入过文件。", "No file was imported yet.")
    return [Table(say("最近的导入", "Latest imports"), columns, rows, empty)]


def format_name(one: FileImport) -> str:
    form = FORMATS.get(one.format)
    return say(form.chinese, form.english) if form else one.format


def who(labels: Iterable[str]) -> dict[str, str]:
    """Names of those who sent: people by name, keys by theirs; of siyu itself and commands what they are called."""
    wanted = set(labels)
    ids = {label: int(found[1]) for label in wanted if (found := NUMBERED.match(label))}
    users = people(number for label, number in ids.items() if label.startswith("user:"))
    keys = key_names(number for label, number in ids.items() if label.startswith("key:"))
    names = {label: label for label in wanted}
    for label, number in ids.items():
        if label.startswith("user:") and number in users:
            names[label] = str(users[number])
        elif label.startswith("key:"):
            key = keys.get(number, str(number))
            names[label] = say(f"密钥 {key}", f"Key {key}")
    return names


def key_names(ids: Iterable[int]) -> dict[int, str]:
    with enter_public():
        return dict(ApiKey.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def _senders(project: Project) -> Sequence[Block]:
    """Who sends, and since when nothing came."""
    found = (
        batches_of(project)
        .filter(undoes=None)
        .values("made_by")
        .annotate(last=Max("started_at"), **{name: Sum(name) for name in COUNTERS})
        .order_by("-last")
    )
    senders: list[dict[str, Any]] = list(found)  # type: ignore[arg-type]  # read by names that COUNTERS lists
    names, zone = who(row["made_by"] for row in senders), zone_of(project)
    shown = ("accepted", "replaced", "duplicates", "rejected")
    rows = [
        [names[row["made_by"]], f"{row['last'].astimezone(zone):%Y-%m-%d %H:%M}", *(exact(row[name]) for name in shown)]
        for row in senders
    ]
    columns = [say("来源", "Source"), say("最近一次", "Latest"), *(say(*COUNTED[name]) for name in shown)]
    empty = say(
        "还没有收到数据。导入文件，或让系统用密钥发送。", "Nothing came yet: import a file, or send events with a key."
    )
    return [Heading(say("数据来源", "Where data come from"), "sources"),
            Table(say("各来源收到的事件", "Events by source"), columns, rows, empty)]  # fmt: skip


def _batches(project: Project, label: str) -> Sequence[Block]:
    batches = list(batches_of(project).order_by("-pk")[:SHOWN_BATCHES])
    names, zone = who(batch.made_by for batch in batches), zone_of(project)
    rows = [
        [
            str(batch.pk), f"{batch.started_at.astimezone(zone):%Y-%m-%d %H:%M}", names[batch.made_by],
            *(exact(getattr(batch, name)) for name in COUNTERS), _undo(project, batch),
        ]
        for batch in batches
    ]  # fmt: skip
    columns = [
        say("批次", "Batch"), say("时间", "At"), say("谁", "Who"), *(say(*COUNTED[name]) for name in COUNTERS),
        say("撤销", "Undo"),
    ]  # fmt: skip
    empty = say("还没有批次。", "There are no batches yet.")
    return [Table(say("最近的批次", "Latest batches"), columns, rows, empty)]


def _undo(project: Project, batch: Batch) -> str | Form:
    if batch.undoes_id:
        return say(f"撤销了批次 {batch.undoes_id}", f"Undid batch {batch.undoes_id}")
    if batch.undone_at:
        return say("已撤销", "Undone")
    if batch.state == Batch.State.RUNNING or not batch.accepted + batch.replaced + batch.withdrawn + batch.held:
        return "—"
    action = reverse("undo_batch", args=[project.code, batch.pk])
    return Form(action, f"undo-{batch.pk}", say("撤销", "Undo"), [sure()])


def sure() -> Field:
    """What an undo asks for: it takes figures of both sides back."""
    return Field("/sure", say("确认撤销", "Yes, undo"), "checkbox")


def refuse_unsure(values: Mapping[str, str]) -> None:
    if "/sure" not in values:
        message = say("请先勾选“确认撤销”", "Tick “Yes, undo” first")
        raise ImportRefusedError(message, errors=[fault("/sure", "missing_field", message)])


def _held(project: Project) -> Sequence[Block]:
    held = held_events(project).order_by("-pk")
    rows = [
        [
            event["id"], event["type"], f"{event['at'].astimezone(zone_of(project)):%Y-%m-%d %H:%M}",
            str(event.get("fan") or event.get("order") or "—"), say(*HELD_FOR[event["reason"]]),
        ]
        for event in describe_held(project, list(held[:SHOWN_HELD]))
    ]  # fmt: skip
    count = held.count()
    columns = [
        say("编号", "Id"), say("类型", "Type"), say("时间", "At"), say("粉丝/订单", "Fan/order"),
        say("在等什么", "Waits for"),
    ]  # fmt: skip
    text = say(
        f"{exact(count)} 条事件在等待，粉丝或订单到了会自动计入。",
        f"{exact(count)} events wait; they count as soon as their fan or order comes.",
    )
    title = Heading(say("等待中的事件", "Events that wait"), "held")
    if not count:
        return [title, Note(say("没有等待中的事件。", "Nothing waits."))]
    return [title, Note(text, "warn"), Table(say("等待中的事件", "Events that wait"), columns, rows)]


# -- One import -------------------------------------------------------------------------------------------------------


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
    lines += [
        say(
            f"略过 {exact(count)} 行：{PASSED_OVER[why][0]}。",
            f"{exact(count)} rows passed over: {PASSED_OVER[why][1]}.",
        )
        for why, count in Counter(found.passed_over).items()
    ]
    if found.unread:
        titles = "、".join(found.unread[:10])
        lines.append(say(f"没有读取的列：{titles}。列名与模板不同时不会读取，请核对。", f"Columns that were not read: {titles}. Their titles are not the template's: compare them."))  # fmt: skip  # noqa: E501
    if found.assumed:
        days = "、".join(found.assumed[:10])
        lines.append(say(f"没写年份的日期读作：{days}。", f"Days without a year were read as: {days}."))
    return lines


def _faults(project: Project, found: FileImport) -> Sequence[Any]:
    rows = [
        [exact(fault["row"]), fault["title"], fault["value"], words_for(fault["code"], fault.get("field", ""))]
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
        return workbook(f"siyu-import-{found.pk}-faults.xlsx", [fault_sheet(found.faults)])


def workbook(name: str, sheets: Sequence[Sheet]) -> HttpResponse:
    file = io.BytesIO()
    write_xlsx(file, sheets)
    return HttpResponse(
        file.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


# -- What is done -----------------------------------------------------------------------------------------------------


class DataAction(Action):
    acts = {"POST": Act.SEND_EVENTS}
    page = DataPage
    missing = (FileImport.DoesNotExist, Batch.DoesNotExist)


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


class UndoBatch(DataAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        refuse_unsure(values)
        batch = Batch.objects.get(project=project, pk=self.kwargs["batch"])
        undone = undo_batch(project, batch, made_by=self.identity.label)
        kept = len(undone.kept)
        return say(
            f"已撤销，还原 {exact(undone.restored)} 条，{exact(kept)} 条之后被改过而保留",
            f"Undone: {exact(undone.restored)} restored, {exact(kept)} kept since they changed afterwards",
        )

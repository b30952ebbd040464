"""对账: their list of orders against ours, explained step by step."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import APIException

from connectors.faults import words_for
from connectors.importing import ImportRefusedError
from connectors.reconciling import Reconciled, reconcile
from connectors.tables import MOST_BYTES
from projects.api import DayField
from projects.models import Project
from projects.queries import zone_of
from projects.rest import StrictSerializer, checked
from siyu.numbers import exact, span
from siyu.periods import Period, local_day
from siyu.problems import DomainError, say
from siyu.spreadsheets import Column, Sheet
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Block, Heading, Lines, Note, Table, Typed, typed_of
from workplace.data_pages import Upload, file_choices
from workplace.import_pages import workbook
from workplace.sections import Section

SHOWN, SHOWN_FAULTS = 200, 20
STEPS = {
    "theirs": ("对方清单合计", "Their list"),
    "repeated": ("清单中重复的订单", "Listed twice"),
    "missing": ("我们没有收到的订单", "Orders we never received"),
    "elsewhere": ("时间或平台不在所选范围的订单", "Ours, but on another day or platform"),
    "amount": ("金额不同的差额（我方 − 对方）", "Other amounts (ours − theirs)"),
    "only_ours": ("只有我们有的订单", "Orders only we have"),
    "ours": ("我方订单合计", "Our orders"),
    "natural": ("自然成交（不计入 GMV）", "Natural, not counted"),
    "unbound": ("未绑定粉丝", "Of no fan"),
    "before_added": ("添加之前成交", "Before she was added"),
    "gross": ("计入的成交额", "Counted orders"),
    "refunds": ("期内退款", "Refunds in the period"),
    "net": ("净 GMV", "Net GMV"),
}


class RangeBody(StrictSerializer):
    start = DayField()
    end = DayField()
    format = serializers.CharField(required=False, allow_blank=True)
    platform = serializers.CharField(required=False, allow_blank=True, max_length=128)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["end"] < attrs["start"]:
            raise serializers.ValidationError({"end": say("结束早于开始", "It ends before it begins")})
        return attrs


class ReconcilePage(Section):
    """POST the same form with `as=xlsx` for the orders that differ as a workbook."""

    acts = {"GET": Act.SEND_EVENTS, "POST": Act.SEND_EVENTS}
    route = "data"
    title = ("对账", "Reconciliation")

    found: Reconciled | None = None

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        hint = say(
            "上传店铺或财务的订单清单，逐项说明对方合计与我方净 GMV 的差别。文件不会入库。",
            "Send the shop's or the accountants' list of orders: every step from their total to our net GMV is shown."
            " Nothing of the file is stored.",
        )
        blocks: list[Any] = [Note(hint), self._form(project, typed)]
        return [*blocks, *(_result(self.found) if self.found else [])]

    def _form(self, project: Project, typed: Typed) -> Upload:
        today = local_day(timezone.now(), zone_of(project))
        return Upload(
            action=reverse("reconcile", args=[project.code]),
            submit=say("开始对账", "Reconcile"),
            choices=file_choices("order.paid"),
            chosen=typed.values.get("format", ""),
            platform=typed.values.get("platform", ""),
            file_label=say("订单清单（.xlsx、.xls 或 .csv，最大 64 MB）", "List (.xlsx, .xls or .csv, 64 MB at most)"),
            format_label=say("文件类型", "What it is"),
            platform_label=say("只看这个平台（可空）", "Only this platform (optional)"),
            fields=[
                typed.field("start", say("开始日期", "From"), today.replace(day=1).isoformat(), "date"),
                typed.field("end", say("结束日期", "To"), today.isoformat(), "date"),
            ],
            other=say("下载差异（Excel）", "Download the differences (Excel)"),
        )

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            body = {name: values[name] for name in ("start", "end", "format", "platform") if name in values}
            asked = checked(RangeBody(data=body))
            found = reconcile(
                project, _file_of(request), Period(asked["start"], asked["end"]),
                today=local_day(timezone.now(), zone_of(project)),
                code=asked.get("format", ""), platform=asked.get("platform", "").strip(),
            )  # fmt: skip
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal)
            return self.show(project, typed.renamed(lambda name: name.removeprefix("/")), status)
        if values.get("as") == "xlsx":
            name = f"siyu-reconcile-{asked['start']}-{asked['end']}.xlsx"
            return workbook(name, [step_sheet(found, asked["start"], asked["end"]), difference_sheet(found)])
        self.found = found
        return self.show(project, Typed(values))


def _file_of(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise ImportRefusedError(say("请先选择文件", "Choose a file first"))
    if (file.size or 0) > MOST_BYTES:
        raise ImportRefusedError(say("文件超过 64 MB，请分成几个文件", "Larger than 64 MB: split it into several"))
    return file.read()


def _result(found: Reconciled) -> Sequence[Block]:
    rows = [
        [
            say(*STEPS[step.code]), "" if step.orders is None else exact(step.orders),
            exact(step.amount) if step.is_total or step.amount < 0 else f"+{exact(step.amount)}",
        ]
        for step in found.steps
    ]  # fmt: skip
    columns = [say("步骤", "Step"), say("订单", "Orders"), say("金额（元）", "Yuan")]
    blocks: list[Any] = [
        Heading(say("从对方合计到净 GMV", "From their total to net GMV"), "steps"),
        Table(say("对账结果", "Reconciled"), columns, rows),
        Heading(say("有差异的订单", "Orders that differ"), "differences"),
        _differences(found),
    ]
    if len(found.different) > SHOWN:
        text = say(
            f"这里只列前 {SHOWN} 张，共 {exact(len(found.different))} 张；全部请下载 Excel。",
            f"The first {SHOWN} of {exact(len(found.different))}: download the workbook for all.",
        )
        blocks.append(Note(text))
    if found.converted.faults:
        blocks.append(Heading(say("读不出的行", "Rows that could not be read"), "faults"))
        faults = found.converted.faults[:SHOWN_FAULTS]
        lines = [f"{fault.row} · {fault.title} {fault.value}：{words_for(fault.code)}" for fault in faults]
        blocks.append(Lines(lines))
    return blocks


def _differences(found: Reconciled) -> Table:
    rows = [
        [
            row["number"], say(*STEPS[row["place"]]), exact(row["theirs"]), exact(row["ours"]),
            str(row["day"] or "—"),
        ]
        for row in found.different[:SHOWN]
    ]  # fmt: skip
    columns = [
        say("订单号", "Order"), say("差异", "How it differs"), say("对方金额", "Theirs"), say("我方金额", "Ours"),
        say("我方付款日", "Our day"),
    ]  # fmt: skip
    return Table(say("有差异的订单", "Orders that differ"), columns, rows, say("没有差异。", "None differ."))


def step_sheet(found: Reconciled, start: date, end: date) -> Sheet:
    columns = [
        Column(say("步骤", "Step"), width=40), Column(say("订单", "Orders"), "count"),
        Column(say("金额（元）", "Yuan"), "money"),
    ]  # fmt: skip
    rows = [[say(*STEPS[step.code]), step.orders, step.amount] for step in found.steps]
    return Sheet(say("对账", "Reconciliation"), columns, rows, span(start, end))


def difference_sheet(found: Reconciled) -> Sheet:
    columns = [
        Column(say("订单号", "Order")), Column(say("差异", "How it differs"), width=36),
        Column(say("对方金额", "Theirs"), "money", summed=True), Column(say("我方金额", "Ours"), "money", summed=True),
        Column(say("我方付款日", "Our day"), "date"),
    ]  # fmt: skip
    rows = [
        [row["number"], say(*STEPS[row["place"]]), row["theirs"], row["ours"], row["day"]] for row in found.different
    ]
    return Sheet(say("差异", "Differences"), columns, rows)

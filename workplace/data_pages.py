"""数据: a file in, templates, the latest imports; what came in from whom (workplace.batch_blocks)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from connectors.formats import FORMATS, OWN
from connectors.models import FileImport
from fans.models import Batch
from fans.undo import undo_batch
from projects.models import Project
from projects.queries import zone_of
from siyu.numbers import exact
from siyu.problems import say
from tenants.permissions import Act
from workplace.batch_blocks import latest_batches, refuse_unsure, senders, waiting, who
from workplace.blocks import Actions, Block, Field, Heading, Link, Table, Typed
from workplace.sections import Action, Section

SHOWN = 20  # imports


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
        return [*found, *senders(project), *latest_batches(project), *waiting(project)]

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
    made = list(FileImport.objects.filter(project=project).defer("content").order_by("-pk")[:SHOWN])
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


class DataAction(Action):
    acts = {"POST": Act.SEND_EVENTS}
    page = DataPage
    missing = (FileImport.DoesNotExist, Batch.DoesNotExist)


class UndoBatch(DataAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        refuse_unsure(values)
        batch = Batch.objects.get(project=project, pk=self.kwargs["batch"])
        undone = undo_batch(project, batch, made_by=self.identity.label)
        said = say(f"已撤销，还原 {exact(undone.restored)} 条", f"Undone: {exact(undone.restored)} restored")
        if kept := len(undone.kept):
            said += say(
                f"；{exact(kept)} 条之后被改过，保留现状", f"; {exact(kept)} kept, since they changed afterwards"
            )
        return said

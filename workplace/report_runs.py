"""运行看板: what is due of a project's work, what stands still and why in plain words, and what a person can do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from projects.models import Project
from reports.board import Line, make_now, read_board, retry
from reports.occasions import KINDS as REPORT_KINDS
from siyu.numbers import span
from siyu.problems import DomainError, say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Field, Form, Typed, typed_of
from workplace.report_progress import at_words
from workplace.report_values import Chip
from workplace.report_words import KINDS, work_name
from workplace.sections import Section, tabs

STATES = {
    "sources": ("等待数据来源", "Waiting for sources", "info"),
    "waiting": ("未到时间", "Not due yet", ""),
    "queued": ("排队中", "Queued", "info"),
    "running": ("运行中", "Running", "info"),
    "made": ("已生成", "Made", "good"),
    "failed": ("失败，将自动重试", "Failed, will be tried again", "warn"),
    "parked": ("多次失败，已暂停", "Parked after several failures", "bad"),
    "skipped": ("已跳过", "Skipped", "warn"),
}
ERRORS = (  # how an error as the row keeps it begins: in Chinese, in English
    ("its worker ended", "运行进程多次意外中断", "Its worker ended without a word, several times"),
    ("SoftTimeLimit", "运行超过时限", "It ran longer than it may"),
    ("TimeLimit", "运行超过时限", "It ran longer than it may"),
    ("OperationalError", "数据库暂时不可用", "The database was away"),
    ("InterfaceError", "数据库暂时不可用", "The database was away"),
    ("DeadlockDetected", "与其他写入冲突", "It collided with another writer"),
    ("IntegrityError", "数据相互矛盾", "The data contradict each other"),
    ("DoesNotExist", "所需的数据已不存在", "What it needs is not there any more"),
    ("MemoryError", "内存不足", "Out of memory"),
)


@dataclass(frozen=True)
class Run:
    due_at: str
    title: str
    period: str
    href: str
    chips: Sequence[Chip]
    attempts: int
    error: str
    place: str  # where in the program, for whoever mends it
    forms: Sequence[Form]


class RunsPage(Section):
    acts = {"GET": Act.RUN_WORK}
    route = "runs"
    title = ("运行看板", "Runs")

    def show(self, project: Project, typed: Typed, status: int = 200) -> HttpResponse:
        lines = read_board(project, timezone.now())
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "runs": [_run(project, line, typed) for line in lines],
            "typed": typed,
        }
        return render(self.request, "workplace/report_runs.html", context, status=status)


def _run(project: Project, line: Line, typed: Typed) -> Run:
    zh, en, tone = STATES[line.state]
    chips = [Chip(say(zh, en), tone)]
    if line.incomplete:
        chips.append(Chip(say("数据不全", "Incomplete"), "warn"))
    error, place = error_words(line.error)
    is_report = line.kind in REPORT_KINDS
    return Run(
        due_at=at_words(line.due_at, project),
        title=say(*KINDS[line.kind]) if is_report else work_name(line.kind),
        period=_period(line),
        href=reverse("report", args=[project.code, line.report]) if line.report else "",
        chips=chips,
        attempts=line.attempts,
        error=error,
        place=place,
        forms=_forms(project, line, typed),
    )


def error_words(error: str) -> tuple[str, str]:
    """What went wrong in plain words, and where in the program: `IntegrityError in services.py:88 (…)`."""
    if not error:
        return "", ""
    for begins, zh, en in ERRORS:
        if begins in error.partition(" in ")[0]:
            return say(zh, en), error
    return say("程序出错，请把右侧编号告诉技术支持", "A fault of the program: tell support the place given"), error


def _period(line: Line) -> str:
    if line.period is None:
        return ""
    first, last = line.period.first, line.period.last
    return str(first) if first == last else span(first, last)


def _forms(project: Project, line: Line, typed: Typed) -> list[Form]:
    forms = []
    if line.can_retry:
        fields = [Field("/kind", "", "hidden", line.work), Field("/subject", "", "hidden", line.subject)]
        forms.append(Form(reverse("retry_run", args=[project.code]), "retry", say("重试", "Try again"), fields))
    if line.can_make and line.period:
        key = f"make-{line.kind}-{line.period.first}"
        ours = typed.of(key)
        fields = [
            Field("/kind", "", "hidden", line.kind),
            Field("/first", "", "hidden", str(line.period.first)),
            ours.field("/why", say("不再等待的原因", "Why not wait")),
        ]
        make = say("不等待，立即生成", "Make it now")
        forms.append(Form(reverse("make_report", args=[project.code]), key, make, fields))
    return forms


class RunAction(RunsPage):
    """The base of what is done on the board. Not in one transaction: a report is computed outside of it."""

    acts = {"GET": Act.RUN_WORK, "POST": Act.RUN_WORK}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """To the board: a page that showed a refusal is asked for again by its reload."""
        return HttpResponseRedirect(reverse("runs", args=[code]))

    def act(self, project: Project, values: dict[str, str]) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            said = self.act(project, values)
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal)
            return self.show(project, typed, status)
        messages.success(request, said)
        return HttpResponseRedirect(reverse("runs", args=[project.code]))


class RetryRun(RunAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        retry(project, values.get("/kind", ""), values.get("/subject", ""), by=self.identity)
        return say("已重新排队", "Queued again")


class MakeReport(RunAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        kind, first, why = (values.get(name, "") for name in ("/kind", "/first", "/why"))
        make_now(project, kind, first, why, by=self.identity, now=timezone.now())  # type: ignore[arg-type]  # looked for among those due
        return say("报告已生成，等待审核", "The report is made and awaits review")

"""项目: those of a brand and a new one. 启用清单: what a project needs for its first report; its renewal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from rest_framework.exceptions import APIException

from projects.api import ProjectBody
from projects.models import Project
from projects.queries import seen_projects
from projects.rest import checked
from projects.services import ProjectConflictError, change_project, create_project, fault
from siyu.problems import DomainError, say
from tenants.models import Role
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.blocks import Block, Choice, Form, Heading, Link, Note, Table, Typed, flat_body, typed_of
from workplace.sections import Action, Section
from workplace.setup import Step, read_steps
from workplace.setup_seats import seat_blocks, seat_member
from workplace.words import from_to
from workplace.zone_field import zone_field

NEW = "project"  # the key of the form for a new project


class ProjectsPage(BrandPage):
    """The projects she may know of; whoever may propose a contract makes a new one, by REST's own rules."""

    acts = {"GET": Act.READ_PROJECT, "POST": Act.PROPOSE_CONTRACT}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(Typed())

    def post(self, request: HttpRequest) -> HttpResponse:
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            with transaction.atomic():
                project = self.make(values)
        except (DomainError, APIException) as refusal:
            return self.show(*typed_of({**values, "form": NEW}, refusal))
        messages.success(request, say(f"项目 {project.name} 已建立", f"The project {project.name} is made"))
        return HttpResponseRedirect(reverse("setup", args=[project.code]))

    def make(self, values: dict[str, str]) -> Project:
        body = {**flat_body(values), "auto_assign": "/auto_assign" in values}
        is_pm = Role.PM in self.identity.roles and not self.identity.sees_all_projects
        user = self.identity.user
        return create_project(checked(ProjectBody(data=body)), by=user, pm=user if is_pm else None)

    def show(self, typed: Typed, status: int = 200) -> HttpResponse:
        projects = seen_projects(self.identity, timezone.now())
        columns = [say("项目", "Project"), say("编号", "Code"), say("类型", "Kind"), say("状态", "State"),
                   say("合同期", "Term"), say("启用", "Set-up")]  # fmt: skip
        rows = [
            [
                project.name,
                project.code,
                str(Project.Kind(project.kind).label),
                str(Project.State(project.state).label),
                from_to(project.starts_on, project.ends_on),
                Link(say("启用清单", "Set-up"), reverse("setup", args=[project.code])),
            ]
            for project in projects
        ]
        title = say("项目", "Projects")
        blocks: list[Block] = [Table(title, columns, rows, say("还没有项目。", "There is no project yet."))]
        if may(self.identity, Act.PROPOSE_CONTRACT, self.identity.brand):
            blocks += [Heading(say("新建项目", "New project"), "new"), _form(typed.of(NEW))]
        context = {"title": title, "blocks": blocks, "typed": typed}
        return render(self.request, "workplace/setup_projects.html", context, status=status)


def _form(typed: Typed) -> Form:
    kinds: list[Choice] = [(value, str(label)) for value, label in Project.Kind.choices]
    models: list[Choice] = [(value, str(label)) for value, label in Project.OperatingModel.choices]
    modes: list[Choice] = [(value, str(label)) for value, label in Project.SettlementMode.choices]
    fields = [
        typed.field("/code", say("编号（建立后不能改，如 2026-main）", "Code, fixed for ever, such as 2026-main")),
        typed.field("/name", say("名称", "Name")),
        typed.field("/kind", say("类型", "Kind"), Project.Kind.OPERATION, "select", kinds),
        typed.field("/starts_on", say("合同开始", "Starts on"), "", "date"),
        typed.field("/ends_on", say("合同结束", "Ends on"), "", "date"),
        typed.field("/operating_model", say("运营模型", "Operating model"), models[0][0], "select", models),
        typed.field("/settlement_mode", say("结算方式", "Settlement"), modes[0][0], "select", modes),
        typed.field("/fans_per_guide", say("每位导购服务粉丝数", "Fans per guide"), 25_000, "number"),
        zone_field(typed, say("时区，有数据后不能改", "Time zone, fixed once data are in"), "Asia/Shanghai"),
        typed.field("/auto_assign", say("自动分配新粉丝", "Assign new fans automatically"), "on", "checkbox"),
    ]
    return Form(reverse("projects"), NEW, say("新建项目", "Make the project"), fields)


@dataclass(frozen=True)
class NextStep:
    text: str
    href: str
    template: str = "workplace/_next.html"


class SetupPage(Section):
    acts = {"GET": Act.READ_PROJECT}
    route = "setup"
    title = ("启用清单", "Set-up")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Any]:
        steps = read_steps(project, self.identity.brand, timezone.now())
        done = sum(step.is_done for step in steps)
        text = say(
            f"首份报告需要 {len(steps)} 项，已完成 {done} 项。",
            f"{done} of {len(steps)} things are done for the first report.",
        )
        columns = [say("事项", "What"), say("状态", "State"), say("现状", "As it is"), say("谁来做", "Who does it"),
                   say("办理", "Where")]  # fmt: skip
        rows: list[list[Any]] = [
            [
                step.title,
                say("已完成", "Done") if step.is_done else say("待办", "To do"),
                step.about,
                step.who,
                self._link(step),
            ]
            for step in steps
        ]
        found: list[Any] = [Note(text), *self._next(steps), Table(say("启用清单", "Set-up"), columns, rows)]
        if self.may(Act.WRITE_TEAM):
            found += seat_blocks(project, self.identity.brand, typed.of("seat"), timezone.now())
        if self.may(Act.PROPOSE_CONTRACT):
            found += self._renewal(project, typed.of("renew"))
        return found

    def _next(self, steps: Sequence[Step]) -> Sequence[Any]:
        """The first thing that is hers to do, as a button."""
        for step in steps:
            link = self._link(step)
            is_hers = self.may(step.act) and step.side in ("", self.identity.side)
            if not step.is_done and is_hers and isinstance(link, Link):
                return [NextStep(say(f"下一步：{step.title}", f"Next: {step.title}"), link.href)]
        return []

    def _link(self, step: Step) -> Link | str:
        """To the place where it is done, for those who may open that page."""
        found = resolve(step.address.partition("#")[0], urlconf="siyu.urls")
        page: type[BrandPage] = found.func.view_class  # type: ignore[attr-defined]  # as_view() sets it
        if not self.may(page.acts["GET"]):
            return "—"
        return Link(say("查看", "Look") if step.is_done else say("去办理", "Do it"), step.address)

    def _renewal(self, project: Project, typed: Typed) -> Sequence[Block]:
        if project.state == Project.State.CLOSED:
            return []
        note = say(
            f"续约在同一项目上延长合同期，数据和报告连续；现到 {project.ends_on}。"
            "新合同期的月份另提一版预测表，双方确认。",
            f"A renewal prolongs this project, now until {project.ends_on}: figures and reports go on. "
            "Propose a forecast for the months of the new term.",
        )
        fields = [typed.field("/ends_on", say("新的合同结束日期", "The new last day"), "", "date")]
        form = Form(reverse("renew", args=[project.code]), "renew", say("续约", "Renew"), fields)
        return [Heading(say("续约", "Renewal"), "renewal"), Note(note), form]


class SeatMember(Action):
    """A seat for one who is in the brand."""

    acts = {"POST": Act.WRITE_TEAM}
    page = SetupPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        member, since = values.get("/member", ""), values.get("/from", "")
        brand = self.identity.brand
        row = seat_member(project, brand, member, since, by=self.identity.label, now=timezone.now())
        return say(f"{row.user} 已在本项目任职", f"{row.user} has a seat in this project")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        return super().refused(project, typed.renamed(_to_seat_field), status)


def _to_seat_field(name: str) -> str:
    """The rules name the place among all seats; the form has one."""
    part = name.rpartition("/")[2]
    return "/from" if part in ("from", "to") else "/member"


class Renew(Action):
    """A new term of the same project: a later last day, on record."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = SetupPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(ProjectBody(data={"ends_on": values.get("/ends_on", "")}, partial=True))
        if project.state == Project.State.CLOSED:
            raise ProjectConflictError(say("项目已结束，不能续约", "The project is closed: it cannot be renewed"))
        if said["ends_on"] <= project.ends_on:
            detail = say(f"应晚于现在的结束日期 {project.ends_on}", f"It must be later than {project.ends_on}")
            raise ProjectConflictError(detail, status=422, errors=[fault("/ends_on", "bad_value", detail)])
        change_project(project, said, by=self.identity.user, label=self.identity.label)
        return say(f"已续约至 {said['ends_on']}", f"Renewed until {said['ends_on']}")

"""项目设置: the project's own fields, as REST answers and takes them."""

from collections.abc import Sequence

from django.urls import reverse

from projects.api import ProjectBody, project_dict
from projects.models import Project
from projects.rest import checked
from projects.services import change_project
from siyu.numbers import exact
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Choice, Field, Form, Heading, Note, Table, Typed, flat_body
from workplace.sections import Action, Section

YES_NO = {True: ("是", "Yes"), False: ("否", "No")}


class SettingsPage(Section):
    acts = {"GET": Act.READ_PROJECT}
    route = "settings"
    title = ("项目设置", "Settings")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        columns = [say("项目", "Field"), say("现值", "Value")]
        rows = [
            [say("编号", "Code"), project.code],
            [say("名称", "Name"), project.name],
            [say("类型", "Kind"), str(Project.Kind(project.kind).label)],
            [say("状态", "State"), str(Project.State(project.state).label)],
            [say("合同期", "Term"), f"{project.starts_on}～{project.ends_on}"],
            [say("时区", "Time zone"), project.timezone],
            [say("运营模型", "Operating model"), str(Project.OperatingModel(project.operating_model).label)],
            [say("结算方式", "Settlement"), str(Project.SettlementMode(project.settlement_mode).label)],
            [say("每位导购服务粉丝数", "Fans per guide"), exact(project.fans_per_guide)],
            [say("自动分配新粉丝", "Assign new fans automatically"), say(*YES_NO[project.auto_assign])],
        ]
        found: list[Block] = [Table(say("项目设置", "Settings"), columns, rows)]
        if self.may(Act.PROPOSE_CONTRACT):
            found.append(Heading(say("修改设置", "Change the settings"), "change"))
            if project.has_events:
                found.append(Note(say("项目已有事件，时区不能再改。", "There are events: the time zone is fixed.")))
            found.append(_form(project, typed.of("settings")))
        return found


def _form(project: Project, typed: Typed) -> Form:
    now = project_dict(project)
    models: list[Choice] = [(value, str(label)) for value, label in Project.OperatingModel.choices]
    modes: list[Choice] = [(value, str(label)) for value, label in Project.SettlementMode.choices]
    fields: list[Field] = [
        typed.field("/name", say("名称", "Name"), now["name"]),
        typed.field("/starts_on", say("合同开始", "Starts on"), now["starts_on"], "date"),
        typed.field("/ends_on", say("合同结束", "Ends on"), now["ends_on"], "date"),
        typed.field("/operating_model", say("运营模型", "Operating model"), now["operating_model"], "select", models),
        typed.field("/settlement_mode", say("结算方式", "Settlement"), now["settlement_mode"], "select", modes),
        typed.field("/fans_per_guide", say("每位导购服务粉丝数", "Fans per guide"), now["fans_per_guide"], "number"),
    ]
    if not project.has_events:
        zone = say("时区，例如 Asia/Shanghai", "Time zone such as Asia/Shanghai")
        fields.append(typed.field("/timezone", zone, now["timezone"]))
    assigns = say("自动分配新粉丝", "Assign new fans automatically")
    fields.append(typed.field("/auto_assign", assigns, "on" if now["auto_assign"] else "", "checkbox"))
    action = reverse("change_settings", args=[project.code])
    return Form(action, "settings", say("保存设置", "Save the settings"), fields)


class ChangeSettings(Action):
    """What the form says replaces what is there; an empty field is refused, not ignored."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = SettingsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        body = flat_body(values) | {
            name[1:]: "" for name, value in values.items() if name[:1] == "/" and not value.strip()
        }
        said = checked(ProjectBody(data={**body, "auto_assign": "/auto_assign" in values}, partial=True))
        change_project(project, said, by=self.identity.user, label=self.identity.label)
        return say("设置已保存", "The settings are saved")

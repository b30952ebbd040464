"""品牌联系人: who answers on the brand's side, and the project's activation."""

from collections.abc import Sequence

from django.urls import reverse

from projects.contact_api import ContactBody, ContactList, state_dict
from projects.contacts import (
    ActivationRefusedError,
    ContactWish,
    activate_project,
    close_project,
    contacts_of,
    put_contacts,
)
from projects.models import BrandContact, Project
from projects.rest import checked
from projects.services import fault
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Field, Form, Heading, Lines, Note, Table, Typed, row_bodies
from workplace.sections import Action, Section


class ContactsPage(Section):
    acts = {"GET": Act.READ_PROJECT}
    route = "contacts"
    title = ("品牌联系人", "Brand contacts")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        contacts = contacts_of(project)
        rows = [
            [
                BrandContact.Role(row["role"]).label,
                row["name"],
                row["email"] or "—",
                say("是", "Yes") if row["part_time"] else say("否", "No"),
                say("；", "; ").join(row["warnings"]) or "—",
            ]
            for row in contacts
        ]
        columns = [
            say("角色", "Role"), say("姓名", "Name"), say("邮箱", "E-mail"), say("兼职", "Part-time"),
            say("提示", "Warning"),
        ]  # fmt: skip
        empty = say("品牌方还没有指定联系人。", "The brand has named nobody yet.")
        found: list[Block] = [
            *self._state(project, typed),
            Heading(say("联系人", "Contacts")),
            Table(say("品牌联系人", "Brand contacts"), columns, rows, empty),
        ]
        if self.may(Act.PROPOSE_CONTRACT):
            found += [
                Heading(say("修改联系人", "Change contacts")),
                self._form(project, contacts, typed.of("contacts")),
            ]
        return found

    def _state(self, project: Project, typed: Typed) -> Sequence[Block]:
        found = state_dict(project)
        blocks: list[Block] = [Note(say("项目状态：", "The project: ") + str(Project.State(found["state"]).label))]
        if found["missing"]:
            blocks.append(Note(say("启动前还缺：", "Missing for its activation:"), "warn"))
            blocks.append(Lines([flaw["message"] for flaw in found["missing"]]))
        if self.may(Act.ACTIVATE_PROJECT):
            if project.state == Project.State.DRAFT:
                action = reverse("activate", args=[project.code])
                blocks.append(Form(action, "activate", say("启动项目", "Activate the project")))
            elif project.state == Project.State.ACTIVE:
                blocks += _closing(project, typed.of("close"))
        return blocks

    def _form(self, project: Project, contacts: Sequence[dict[str, object]], typed: Typed) -> Form:
        by_role = {row["role"]: row for row in contacts}
        lines = []
        for place, role in enumerate(BrandContact.Role):
            row = by_role.get(role.value, {})
            part_time = "on" if row.get("part_time") else ""
            lines.append(
                [
                    Field(f"/{place}/title", say("角色", "Role"), "static", str(role.label)),
                    Field(f"/{place}/role", "", "hidden", role.value),
                    typed.field(f"/{place}/name", say("姓名", "Name"), row.get("name")),
                    typed.field(f"/{place}/email", say("邮箱", "E-mail"), row.get("email"), "email"),
                    typed.field(f"/{place}/part_time", say("兼职", "Part-time"), part_time, "checkbox"),
                ]
            )
        columns = [say("角色", "Role"), say("姓名", "Name"), say("邮箱", "E-mail"), say("兼职", "Part-time")]
        action = reverse("put_contacts", args=[project.code])
        return Form(action, "contacts", say("保存联系人", "Save contacts"), columns=columns, rows=lines)


def _closing(project: Project, typed: Typed) -> Sequence[Block]:
    about = say(
        "结束后不再发送报告；数据、报告和记录都保留，可以继续查看。结束后不能再启动。",
        "No more reports are sent once it is closed; data, reports and records stay to be read. It cannot be reopened.",
    )
    sure = typed.field("/yes", say("是，结束这个项目", "Yes, close this project"), "", "checkbox")
    action = reverse("close", args=[project.code])
    return [Note(about), Form(action, "close", say("结束项目", "Close the project"), [sure])]


class PutContacts(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ContactsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        rows = checked(ContactList(child=ContactBody(), data=row_bodies(values)[1]))
        put_contacts(project, [ContactWish(**row) for row in rows], by=self.identity.label)
        return say("联系人已保存", "The contacts are saved")


class Activate(Action):
    acts = {"POST": Act.ACTIVATE_PROJECT}
    page = ContactsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        activate_project(project, by=self.identity.label)
        return say("项目已启动", "The project is active")


class Close(Action):
    acts = {"POST": Act.ACTIVATE_PROJECT}
    page = ContactsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        if "/yes" not in values:
            wrong = say("请勾选“是”确认结束项目", "Say yes to close the project")
            raise ActivationRefusedError(wrong, errors=[fault("/yes", "not_confirmed", wrong)])
        close_project(project, by=self.identity.label)
        return say("项目已结束", "The project is closed")

"""企微号: the brand's accounts, confirmed and named, and a further one with its first keeper."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from guides.models import Guide
from projects.api import AccountBody
from projects.models import Account, Project
from projects.queries import keeper_histories
from projects.rest import checked
from projects.services import KeeperWish, put_account
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Choice, Field, Form, Heading, Link, Note, Table, Typed
from workplace.history import named
from workplace.sections import Action, Section
from workplace.setup_channels import code_of, refuse_taken

NEW = "account-new"


class AccountsPage(Section):
    acts = {"GET": Act.READ_TEAM}
    route = "setup_accounts"
    title = ("企微号", "Accounts")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        now = timezone.now()
        accounts = list(Account.objects.order_by("code"))
        histories = keeper_histories(accounts)
        note = say(
            "企微号属于品牌，各项目共用。数据中首次出现的企微号会自动建立；确认后指定承接的导购，业绩从该时刻起归她。",
            "Accounts are the brand's, for all its projects. Those that data name first are made: confirm them, and "
            "say who keeps each; the credit is hers from that instant.",
        )
        columns = [say("企微号", "Account"), say("名称", "Name"), say("现承接人", "Keeper now"), say("状态", "State")]
        may_write = self.may(Act.WRITE_TEAM)
        if may_write:
            columns += [say("修改", "Change"), say("承接人", "Keeper")]
        rows: list[list[Any]] = []
        for account in accounts:
            kept = [keeper for keeper in histories[account.pk] if keeper.since <= now]
            guide = kept[-1].guide if kept else None
            row: list[Any] = [
                account.code,
                account.name or "—",
                named(guide.name, guide.code) if guide else say("无人承接", "Nobody"),
                say("已确认", "Confirmed") if account.confirmed else say("待确认", "To be confirmed"),
            ]
            if may_write:
                hand_over = reverse("team", args=[project.code]) + "#accounts"
                row += [_form(project, account, typed), Link(say("移交", "Hand over"), hand_over)]
            rows.append(row)
        empty = say("还没有企微号。", "There is no account yet.")
        found: list[Block] = [Note(note), Table(say("企微号", "Accounts"), columns, rows, empty)]
        if may_write:
            found += [Heading(say("新建企微号", "New account"), "new"), _new_form(project, typed.of(NEW))]
        return found


def _fields(typed: Typed, account: Account | None = None) -> list[Field]:
    return [
        typed.field("/name", say("名称", "Name"), account.name if account else ""),
        typed.field("/capacity", say("容量（可空）", "Capacity (optional)"), account and account.capacity, "number"),
    ]


def _form(project: Project, account: Account, typed: Typed) -> Form:
    key = f"account-{account.code}"
    fields = [Field("/code", "", "hidden", account.code), *_fields(typed.of(key), account)]
    submit = say("保存", "Save") if account.confirmed else say("确认", "Confirm")
    fold = say("修改", "Change") if account.confirmed else ""
    return Form(reverse("put_setup_account", args=[project.code]), key, submit, fields, fold=fold)


def _new_form(project: Project, typed: Typed) -> Form:
    guides: list[Choice] = [("", say("暂无", "Nobody yet"))]
    guides += [(guide.code, named(guide.name, guide.code)) for guide in Guide.objects.order_by("code")]
    fields = [
        typed.field("/code", say("编号，与数据中一致", "Code, as the data name it")),
        *_fields(typed),
        typed.field("/guide", say("承接导购", "Keeper"), "", "select", guides),
        typed.field("/from", say("承接自", "From"), f"{project.starts_on}T00:00", "datetime-local"),
    ]
    action = reverse("put_setup_account", args=[project.code])
    return Form(action, NEW, say("新建企微号", "Make the account"), fields)


class PutAccount(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = AccountsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        is_new = values.get("form") == NEW
        code = code_of(values, is_new=is_new)
        if is_new and Account.objects.filter(code=code).exists():
            refuse_taken(code)
        body = {"name": values.get("/name", "").strip(), "capacity": values.get("/capacity", "").strip() or None}
        guide = values.get("/guide", "")
        keepers = [KeeperWish(guide, values.get("/from", ""))] if is_new and guide else None
        fields = checked(AccountBody(data=body))
        put_account(self.identity.brand, project, code, fields, keepers, by=self.identity.label)
        if is_new:
            return say(f"企微号 {code} 已建立", f"The account {code} is made")
        return say(f"企微号 {code} 已保存", f"The account {code} is saved")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        return super().refused(project, typed.renamed(lambda name: name.removeprefix("/keepers/0")), status)

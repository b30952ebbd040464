"""渠道: the brand's channels, confirmed and described, and a further one."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from rest_framework.exceptions import ErrorDetail, ValidationError

from projects.api import CODE_LENGTH, ChannelBody
from projects.audit import record
from projects.models import Channel, Project
from projects.rest import checked
from projects.services import ProjectConflictError, fault, put_channel
from projects.sheet import is_clean_text
from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Field, Form, Heading, Note, Table, Typed
from workplace.sections import Action, Section

NEW = "channel-new"
PARTS = ("name", "unit", "lag_days")


def code_of(values: dict[str, str], *, is_new: bool) -> str:
    """The form's code. Raises ValidationError for what can be none; one that data named may have more than one line."""
    code = values.get("/code", "").strip()
    if not is_clean_text(code, CODE_LENGTH):
        message = say(f"应有 1 到 {CODE_LENGTH} 个字符", f"1 to {CODE_LENGTH} characters")
        raise ValidationError({"code": [ErrorDetail(message, "bad_value")]})
    if is_new and not is_one_line(code):
        raise ValidationError({"code": [ErrorDetail(say(*NOT_ONE_LINE), "bad_value")]})
    return code


def refuse_taken(code: str) -> None:
    """Raises what a form for something new answers where the code is there already."""
    detail = say(f"编号 {code} 已存在，请在列表中修改", f"There is {code} already: change it in the list")
    raise ProjectConflictError(detail, errors=[fault("/code", "taken", detail)])


class ChannelsPage(Section):
    acts = {"GET": Act.READ_PROJECT}
    route = "setup_channels"
    title = ("渠道", "Channels")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        channels = list(Channel.objects.order_by("code"))
        note = say(
            "渠道属于品牌，各项目共用。数据中首次出现的渠道会自动建立，确认后写明触达的单位和晚到天数。",
            "Channels are the brand's, for all its projects. Those that data name first are made; confirm them here.",
        )
        columns = [say("渠道", "Channel"), say("名称", "Name"), say("触达单位", "Unit of reach"),
                   say("晚到天数", "Days late"), say("状态", "State")]  # fmt: skip
        may_write = self.may(Act.PROPOSE_CONTRACT)
        if may_write:
            columns.append(say("修改", "Change"))
        rows: list[list[Any]] = []
        for channel in channels:
            row: list[Any] = [
                channel.code,
                channel.name or "—",
                channel.unit or "—",
                str(channel.lag_days),
                say("已确认", "Confirmed") if channel.confirmed else say("待确认", "To be confirmed"),
            ]
            rows.append([*row, _form(project, channel, typed)] if may_write else row)
        empty = say("还没有渠道。", "There is no channel yet.")
        found: list[Block] = [Note(note), Table(say("渠道", "Channels"), columns, rows, empty)]
        if may_write:
            found += [Heading(say("新建渠道", "New channel"), "new"), _new_form(project, typed.of(NEW))]
        return found


def _fields(typed: Typed, channel: Channel | None = None) -> list[Field]:
    name, unit, late = (channel.name, channel.unit, channel.lag_days) if channel else ("", "", 0)
    return [
        typed.field("/name", say("名称", "Name"), name),
        typed.field("/unit", say("触达单位，如 签收包裹", "Unit of reach, such as parcels"), unit),
        typed.field("/lag_days", say("触达数据晚到天数", "Days its reach comes late"), late, "number"),
    ]


def _form(project: Project, channel: Channel, typed: Typed) -> Form:
    key = f"channel-{channel.code}"
    mine = typed.of(key)
    fields = [Field("/code", "", "hidden", channel.code), *_fields(mine, channel)]
    submit = say("保存", "Save") if channel.confirmed else say("确认", "Confirm")
    fold = say("修改", "Change") if channel.confirmed else ""
    return Form(reverse("put_setup_channel", args=[project.code]), key, submit, fields, fold=fold)


def _new_form(project: Project, typed: Typed) -> Form:
    code = typed.field("/code", say("编号，如 parcel", "Code, such as parcel"))
    action = reverse("put_setup_channel", args=[project.code])
    return Form(action, NEW, say("新建渠道", "Make the channel"), [code, *_fields(typed)])


class PutChannel(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ChannelsPage

    @transaction.atomic
    def act(self, project: Project, values: dict[str, str]) -> str:
        is_new = values.get("form") == NEW
        code = code_of(values, is_new=is_new)
        before = Channel.objects.filter(code=code).first()
        if before is not None and is_new:
            refuse_taken(code)
        body = {part: values.get(f"/{part}", "").strip() for part in PARTS}
        body["lag_days"] = body["lag_days"] or "0"
        was = _as_agreed(before) if before and before.confirmed else None
        made, is_made = put_channel(code, checked(ChannelBody(data=body)))
        record(project, f"channel:{code}"[:140], was, _as_agreed(made), by=self.identity.label)
        if is_made:
            return say(f"渠道 {code} 已建立", f"The channel {code} is made")
        return say(f"渠道 {code} 已保存", f"The channel {code} is saved")


def _as_agreed(channel: Channel) -> dict[str, Any]:
    return {part: getattr(channel, part) for part in PARTS}

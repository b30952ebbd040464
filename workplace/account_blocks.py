"""The team page's accounts: who keeps each, what it can hold, and what a hand-over would change before it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from fans.allocation import Slot
from fans.assignments import current_slots
from guides.models import Guide
from projects.api import account_dict
from projects.keepers import changed_spans, dropped, read_since, touched_days
from projects.models import Account, Project
from projects.queries import keeper_histories, zone_of
from siyu.numbers import exact
from siyu.problems import say
from workplace.blocks import Block, Form, Heading, Lines, Note, Table, Typed
from workplace.history import named
from workplace.words import from_to

Kept = list[tuple[datetime, str | None]]  # since when, and the guide's code


@dataclass(frozen=True)
class Asked:
    """A hand-over as it is asked for, in the address or in a form that was refused. `typed`: of the form that asks."""

    guide: str
    since: datetime | None
    typed: Typed
    refused: Typed


def accounts(project: Project, query: Mapping[str, Any], typed: Typed, *, may_write: bool) -> Sequence[Block]:
    """`query`: the address's `account`, `guide` and `from`; `typed`: what was refused."""
    found = list(Account.objects.order_by("code"))
    histories = keeper_histories(found)
    slots = {slot.code: slot for slot in current_slots(project, timezone.now())}
    columns = [
        say("企微号", "Account"), say("现承接人", "Keeper now"), say("粉丝", "Fans"), say("可承接", "Can hold"),
        say("承接记录", "Keepers since"),
    ]  # fmt: skip
    if may_write:
        columns += [say("容量", "Capacity"), say("移交", "Hand over")]
    blocks: list[Block] = [Heading(say("企微号", "Accounts"), "accounts")]
    guides = [("", say("无人", "Nobody"))]
    guides += [(guide.code, named(guide.name, guide.code)) for guide in Guide.objects.order_by("code")]
    rows = []
    for account in found:
        asked = _asked(project, account, query, typed)
        shown = account_dict(account, histories[account.pk], project)
        row = _row(account, shown, slots[account.code])
        if may_write:
            row += [_capacity_form(project, account, typed), _ask_form(project, account, asked, guides)]
            blocks += _preview(project, account, slots[account.code], asked)
        rows.append(row)
    empty = say("还没有企微号。事件中首次出现的企微号会自动建立。", "No accounts yet: events make them.")
    return [*blocks, Table(say("企微号", "Accounts"), columns, rows, empty)]


def _row(account: Account, shown: dict[str, Any], slot: Slot) -> list[Any]:
    history = [f"{one['from'][:16].replace('T', ' ')} {one['guide'] or '—'}" for one in shown["keepers"]]
    title = account.code if account.confirmed else f"{account.code}{say('（待确认）', ' (unconfirmed)')}"
    keeper = slot.guide or say("无人承接", "Nobody")
    return [title, keeper, exact(slot.held), exact(slot.capacity), "\n".join(history) or "—"]


def _capacity_form(project: Project, account: Account, typed: Typed) -> Form:
    key = f"capacity-{account.code}"
    fields = [typed.of(key).field("/capacity", say("容量", "Capacity"), account.capacity, "number")]
    return Form(reverse("account_capacity", args=[project.code, account.code]), key, say("保存", "Save"), fields)


# -- Hand-overs -------------------------------------------------------------------------------------------------------


def _asked(project: Project, account: Account, query: Mapping[str, Any], typed: Typed) -> Asked | None:
    refused = typed.of(f"handover-{account.code}")
    if refused.values:
        guide, at = refused.values.get("/guide", ""), refused.values.get("/from", "")
        errors = {name: refused.errors[f"/{name}"] for name in ("guide", "from") if f"/{name}" in refused.errors}
    elif query.get("account") == account.code:
        guide, at, errors = str(query.get("guide", "")), str(query.get("from", "")), {}
    else:
        return None
    since = read_since(at, zone_of(project))
    if since is None:
        wrong = say("请填写时刻，例如 2026-01-15T14:00", "An instant such as 2026-01-15T14:00")
        errors.setdefault("from", wrong)
    return Asked(guide, since, Typed({"account": account.code, "guide": guide, "from": at}, errors), refused)


def _ask_form(project: Project, account: Account, asked: Asked | None, guides: Sequence[tuple[str, str]]) -> Form:
    typed = asked.typed if asked else Typed()
    fields = [
        typed.field("account", "", account.code, "hidden"),
        typed.field("guide", say("新承接人", "New keeper"), "", "select", guides),
        typed.field("from", say("时刻", "Instant"), "", "datetime-local"),
    ]
    action = reverse("team", args=[project.code]) + "#accounts"
    return Form(action, f"ask-{account.code}", say("查看影响", "What it changes"), fields, method="get")


def handed_over(account: Account, since: datetime, guide: str | None) -> tuple[Kept, Kept]:
    """Who kept it since when, by code; and that history with this keeper from then on."""
    before = [(keeper.since, keeper.guide.code if keeper.guide else None) for keeper in account.keepers.all()]
    return before, [*(entry for entry in before if entry[0] < since), (since, guide)]


def lost_names(project: Project, lost: Kept) -> list[str]:
    """Since when each would have kept it, in the project's zone, and who."""
    zone = zone_of(project)
    return [f"{at.astimezone(zone):%Y-%m-%d %H:%M} {guide or say('无人', 'nobody')}" for at, guide in lost]


def _preview(project: Project, account: Account, slot: Slot, asked: Asked | None) -> Sequence[Block]:
    """What the hand-over would change, and the form that does it."""
    if asked is None or asked.since is None:
        return []
    zone, code, guide = zone_of(project), account.code, asked.guide
    before, after = handed_over(account, asked.since, guide or None)
    spans, lost = changed_spans(before, after), dropped(before, after)
    names, at = lost_names(project, lost), f"{asked.since.astimezone(zone):%Y-%m-%d %H:%M}"
    text = [
        say(
            f"{code} 自 {at}（{project.timezone}）起由 {guide or '无人'} 承接。",
            f"{code} is kept by {guide or 'nobody'} from {at} ({project.timezone}) on.",
        ),
        say(
            f"{exact(slot.held)} 位粉丝不移动，仍由 {code} 服务；业绩自该时刻起归新承接人。",
            f"{exact(slot.held)} fans stay with {code}; the credit changes from that instant.",
        ),
    ]
    for first, last in [touched_days(span, zone) for span in spans]:
        days = from_to(first, last, say("以后", "on"))
        text.append(say(f"{days} 的按导购指标将重新计算。", f"Figures by guide are computed anew: {days}."))
    if not spans:
        text.append(say("承接人没有变化。", "The keeper stays the same."))
    typed = asked.refused
    fields = [
        Typed().field("/guide", "", guide, "hidden"),
        Typed().field("/from", "", asked.typed.values["from"], "hidden"),
        Typed().field("/lost", "", "\n".join(names), "hidden"),
    ]
    blocks: list[Block] = [Note(say("移交前请核对：", "Before handing over:"), "warn"), Lines(text)]
    if lost:
        sure = say(f"是，取消这 {len(lost)} 条承接", f"Yes, drop these {len(lost)}")
        fields.append(Typed({}, typed.errors).field("/yes", sure, "", "checkbox"))
        warned = say("这些已记录的承接将被取消：", "These keepers on record are dropped:")
        blocks += [Note(warned, "warn"), Lines(names)]
    action = reverse("handover", args=[project.code, code])
    return [*blocks, Form(action, f"handover-{code}", say("确认移交", "Hand over"), fields)]

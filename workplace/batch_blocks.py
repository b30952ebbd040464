"""What came in: from whom, in which batches, and what waits for its fan or order. Blocks of the data page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max, Sum
from django.urls import reverse

from connectors.importing import ImportRefusedError
from fans.intake import COUNTERS
from fans.models import Batch
from fans.queries import batches_of, describe_held, held_events
from projects.models import Project
from projects.queries import people, zone_of
from projects.services import fault
from siyu.brands import enter_public
from siyu.numbers import exact
from siyu.problems import say
from tenants.models import ApiKey
from workplace.blocks import Block, Field, Form, Heading, Note, Table

SHOWN_BATCHES, SHOWN_HELD = 20, 50
NUMBERED = re.compile(r"(?:user|key):(\d+)")  # a label of tenants.identity
COUNTED = {
    "received": ("收到", "Received"), "accepted": ("入库", "Accepted"), "duplicates": ("重复", "Duplicates"),
    "replaced": ("更正", "Replaced"), "withdrawn": ("撤回", "Withdrawn"), "held": ("等待", "Held"),
    "rejected": ("拒收", "Refused"),
}  # fmt: skip
HELD_KINDS = {
    "fan.lost": ("粉丝流失", "Fan lost"), "assignment": ("粉丝分配", "Assignment"),
    "interaction": ("互动", "Interaction"), "rating": ("评分", "Rating"), "order.refunded": ("退款", "Refund"),
}  # fmt: skip
HELD_FOR = {
    "unknown_fan": ("还没有这位粉丝的添加记录", "Its fan was never added"),
    "unknown_order": ("还没有这张订单", "Its order has not come"),
    "refund_exceeds_paid": ("退款超过订单剩余金额", "More than what is left of its order"),
}


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


def senders(project: Project) -> Sequence[Block]:
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


def latest_batches(project: Project) -> Sequence[Block]:
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
    about = say(
        "这一批带来的数据会退回到之前的样子；之后又被改过的保持现状。",
        "What the batch brought goes back to what was before; what was changed since stays.",
    )
    word = say("撤销", "Undo")
    return Form(action, f"undo-{batch.pk}", word, [sure()], fold=word, about=about, is_grave=True)


def sure() -> Field:
    """What an undo asks for: it takes figures of both sides back."""
    return Field("/sure", say("确认撤销", "Yes, undo"), "checkbox")


def refuse_unsure(values: Mapping[str, str]) -> None:
    if "/sure" not in values:
        message = say("请先勾选“确认撤销”", "Tick “Yes, undo” first")
        raise ImportRefusedError(message, errors=[fault("/sure", "missing_field", message)])


def waiting(project: Project) -> Sequence[Block]:
    held = held_events(project).order_by("-pk")
    rows = [
        [
            event["id"], say(*HELD_KINDS[event["type"]]), f"{event['at'].astimezone(zone_of(project)):%Y-%m-%d %H:%M}",
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

"""A fan's course in words: one line for what happened, one for what belongs to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from fans.models import OrderState, TieKind
from fans.timeline import Happened
from projects.models import Account, Channel
from siyu.numbers import cents, exact
from siyu.problems import say
from workplace.history import named

STATES = {
    OrderState.COUNTED: ("计入 GMV", "counted"), OrderState.NATURAL: ("自然成交", "natural"),
    OrderState.UNBOUND: ("未绑定", "unbound"), OrderState.BEFORE_ADDED: ("加入前", "before she was added"),
}  # fmt: skip
STAGES = {
    "before_shipping": ("发货前", "before shipping"), "after_receipt": ("签收后", "after receipt"),
    "unknown": ("阶段未知", "stage unknown"),
}  # fmt: skip
CAUSES = {
    "deleted": ("删除好友", "deleted"), "transfer": ("在企微转接中", "being transferred"),
    "cleanup": ("清理", "cleaned up"),
}  # fmt: skip
TIES = {
    TieKind.FRIEND: ("好友", "friend"), TieKind.GROUP: ("社群", "group"),
    TieKind.OFFICIAL: ("公众号", "official account"),
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """`day`: its local day; `time`: on the clock; empty for what is told by the day."""

    day: date
    time: str
    icon: str
    tone: str
    title: str
    about: str


@dataclass(frozen=True)
class Codes:
    """What codes stand for. `zone`: the project's."""

    zone: ZoneInfo
    accounts: Mapping[str, str]
    channels: Mapping[str, str]

    def account(self, code: str | None) -> str:
        return named(self.accounts.get(code, ""), code) if code else say("无人", "nobody")

    def channel(self, code: str) -> str:
        return named(self.channels.get(code, ""), code)


def read_codes(zone: ZoneInfo) -> Codes:
    """Runs inside the brand."""
    return Codes(
        zone,
        dict(Account.objects.exclude(name="").values_list("code", "name")),
        dict(Channel.objects.exclude(name="").values_list("code", "name")),
    )


def tell(happened: Happened, codes: Codes) -> Thing:
    at = happened.at.astimezone(codes.zone)
    icon, tone, words = TOLD[happened.kind]
    title, about = words(happened.facts, codes)
    if happened.kind == "wrote":
        return Thing(date.fromisoformat(happened.facts["day"]), "", icon, tone, title, about)
    return Thing(at.date(), f"{at:%H:%M}", icon, tone, title, about)


def _tie(facts: Mapping[str, Any], codes: Codes) -> str:
    kind = say(*TIES[TieKind(facts["tie"])])
    where = facts["group"] or (codes.account(facts["account"]) if facts["account"] else "")
    return f"{kind} {where}".strip()


def _added(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    title = say("加入", "Added") + say("：", ": ") + _tie(facts, codes)
    about = []
    if facts["opening"]:
        about.append(say("存量", "opening stock"))
    if facts["channel"]:
        about.append(say("渠道 ", "channel ") + codes.channel(facts["channel"]))
    if facts["referrer"]:
        about.append(say("介绍人 ", "brought by ") + facts["referrer"])
    if facts["koc_post"]:
        about.append(say("KOC 帖子 ", "KOC post ") + facts["koc_post"])
    if facts["present"]:
        about.append(say("从此在册", "present from then on"))
    return title, _listed(about)


def _lost(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    by = say("粉丝", "the fan") if facts["by"] == "fan" else say("导购", "the guide")
    title = say("流失", "Lost") if facts["gone"] else say("解除关系", "A tie ended")
    about = [say(f"由{by}", f"by {by}")]
    if facts["cause"]:
        about.append(say(*CAUSES[facts["cause"]]))
    about += [_tie(tie, codes) for tie in facts["closed"]]
    if not facts["closed"]:
        about.append(say("当时没有这样的关系", "no such tie was open"))
    return title, _listed(about)


def _held(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    title = say(f"承接：{codes.account(facts['account'])}", f"Held by {codes.account(facts['account'])}")
    if facts["until"] is None:
        return title, say("至今", "still")
    until = datetime.fromisoformat(facts["until"]).astimezone(codes.zone)
    return title, say(f"至 {until:%Y-%m-%d %H:%M}", f"until {until:%Y-%m-%d %H:%M}")


def _decided(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    title = say(f"分配给：{codes.account(facts['to'])}", f"Assigned to {codes.account(facts['to'])}")
    about = [_reason(facts["reason"])] if facts["reason"] else []
    if facts["void"]:
        about.append(say("未生效：当时不在册，或由他人承接", "void: absent then, or held by another"))
    return title, _listed(about)


def _reason(text: str) -> str:
    """Our own plans by their number; a source's reason as it was sent."""
    parts = text.split()
    if text == "automatic":
        return say("自动分配", "automatic")
    if parts[:1] == ["plan"] and len(parts) > 1 and parts[1].rstrip(":").isdigit():
        number = parts[1].rstrip(":")
        if parts[-1] == "undone":
            return say(f"撤销方案 {number}", f"plan {number} undone")
        return say(f"方案 {number}", f"plan {number}")
    return text


def _wrote(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    came, went = facts["in"], facts["out"]
    return say("互动", "Interactions"), say(
        f"粉丝发来 {exact(came)} 次，导购发出 {exact(went)} 次", f"{exact(came)} from her, {exact(went)} to her"
    )


def _rated(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    return say(f"评分 {facts['score']} 分", f"Rated {facts['score']}"), ""


def _posted(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    return say("发布 KOC 帖子", "Published a KOC post"), _listed([facts["platform"] or "", facts["post"]])


def _paid(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    about = [facts["order"]]
    if facts["platform"]:
        about.append(facts["platform"])
    about.append(say(*STATES[facts["state"]]))
    if facts.get("touch"):
        about.append(say(f"触点 {facts['touch']}", f"touch {facts['touch']}"))
    if facts["dual"]:
        about.append(say("双算", "dual-counted"))
    if facts["account"]:
        about.append(say("归 ", "credited to ") + codes.account(facts["account"]))
    amount = cents(Decimal(facts["amount"]))
    return say(f"下单 {amount}", f"Paid {amount}"), _listed(about)


def _refunded(facts: Mapping[str, Any], codes: Codes) -> tuple[str, str]:
    amount = cents(Decimal(facts["amount"]))
    return say(f"退款 {amount}", f"Refunded {amount}"), _listed([facts["order"], say(*STAGES[facts["stage"]])])


def _listed(words: list[str]) -> str:
    return say("，", ", ").join(word for word in words if word)


TOLD: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any], Codes], tuple[str, str]]]] = {
    "added": ("user-plus", "good", _added), "lost": ("logout", "bad", _lost), "held": ("user-check", "mid", _held),
    "decided": ("git-compare", "mid", _decided), "wrote": ("message", "mid", _wrote), "rated": ("star", "mid", _rated),
    "posted": ("photo", "mid", _posted), "paid": ("wallet", "mid", _paid), "refunded": ("refresh", "warn", _refunded),
}  # fmt: skip

"""The forms below a report: one per action that she may take now, each saying what will happen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.models import Revision
from siyu.problems import say
from workplace.blocks import Choice, Field, Form, Typed
from workplace.report_folds import OPEN, OPEN_BY_MONTH, OPEN_WHERE_WIDE

WHOLE = "whole"  # of the choice what a comment is about
FORM = "workplace/report_form.html"


@dataclass(frozen=True)
class Offer:
    """`first`: the action that is awaited; `is_grave`: it goes against the report."""

    title: str
    says: str
    form: Form
    is_first: bool = False
    is_grave: bool = False

    @property
    def asks_nothing(self) -> bool:
        """Whether a button is all there is to it."""
        return all(field.kind == "hidden" for field in self.form.fields)


WORDS = {  # title, what will happen, the button; Chinese and English
    "review": (("内部审核", "审核后仍只有代运营方可见，文字不能再改。", "审核通过，待发送"),
               ("Review", "Still the agency's alone; words can no longer be changed.", "Review")),
    "send": (("发送", "品牌方立即可见，文字随之冻结；要修改只能出新版。", "发送给品牌方"),
             ("Send", "The brand sees it at once and its words are frozen; changes need a new revision.", "Send")),
    "approve": (("通过", "通过绑定到你正在看的这一版和校验码。", "通过本版报告"),
                ("Approve", "Your approval is bound to the revision and checksum you see.", "Approve this revision")),
    "acknowledge": (("知悉", "表示已看到，不代表通过。", "已知悉"),
                    ("Acknowledge", "Says that you saw it; no approval.", "Acknowledge")),
    "dispute": (("提出异议", "代运营方会收到通知并答复，答复之前不计时。", "提出异议"),
                ("Dispute", "The agency is told and has to answer; until then no clock runs.", "Dispute")),
    "comment": (("批注或提问", "双方可见，不改变报告状态。", "发出批注"),
                ("Comment or ask", "Both sides read it; the report's state stays.", "Comment")),
    "answer": (("答复异议", "品牌方会收到通知，之后可以通过或再次提出异议。", "发出答复"),
               ("Answer the dispute", "The brand is told, and may approve or dispute again.", "Answer")),
    "revise": (("出新版", "按当前数据重新计算，成为新的草稿；已发送的版本保留不变。", "生成新版"),
               ("New revision", "Computed now from the data as they are; what was sent stays.", "Make a revision")),
}  # fmt: skip
ORDER = ("review", "send", "answer", "approve", "dispute", "comment", "acknowledge", "revise")
AWAITED = ("review", "send", "answer", "approve")
PINNED = ("dispute", "comment")


@dataclass(frozen=True)
class Pins:
    """The marks beside figures that lead to the form which takes a comment. `to`: its action, "" where she may make
    none; `parts`: the tables whose rows have one."""

    to: str
    words: str
    parts: Sequence[str]


def pins_for(offers: Sequence[Offer]) -> Pins:
    """Beside what stands open: a mark in every row would make the way by keyboard through the report a long one."""
    offered = {offer.form.key for offer in offers}
    to = next((action for action in ("comment", "dispute") if action in offered), "")
    return Pins(to, say("批注", "Comment on"), (*OPEN, *OPEN_WHERE_WIDE, *OPEN_BY_MONTH))


def action_forms(
    address: str,
    offered: Sequence[str],
    revision: Revision,
    pins: Sequence[tuple[str, Sequence[Choice]]],
    typed: Typed,
    *,
    answered: str,
) -> list[Offer]:
    """`offered`: the actions that the state knows and her role may; `pins`: what can be disputed, by section;
    `answered`: the pointer of the newest dispute. Each form carries the revision and hash that are shown, whatever was
    typed before."""
    found = []
    for action in (name for name in ORDER if name in offered):
        ours, (title, says, submit) = typed.of(action), _said(action)
        fields = [
            Field("/revision", "", "hidden", str(revision.number)),
            Field("/sha256", "", "hidden", revision.sha256),
        ]
        if action in PINNED:
            fields.append(_pin(action, pins, ours))
        if action == "answer" and answered:
            fields.append(Field("/pointer", "", "hidden", answered))
        if action in ("dispute", "comment", "answer", "revise"):
            fields.append(ours.field("/comment", _asked(action), kind="textarea"))
        form = Form(address, action, submit, fields, template=FORM)
        found.append(Offer(title, says, form, action in AWAITED, action == "dispute"))
    return found


def _said(action: str) -> tuple[str, str, str]:
    chinese, english = WORDS[action]
    title, says, submit = (say(zh, en) for zh, en in zip(chinese, english, strict=True))
    return title, says, submit


def _pin(action: str, pins: Sequence[tuple[str, Sequence[Choice]]], typed: Typed) -> Field:
    whole = (WHOLE, say("整份报告", "The whole report"))
    first = [("", say("请选择", "Choose")), whole] if action == "dispute" else [whole]
    rows = dict(choice for _, choices in pins for choice in choices)
    found = typed.field("/pointer", say("针对", "About"), kind="select", choices=[*first, *rows.items()])
    return replace(found, choices=[choice for choice in found.choices if choice[0] not in rows], groups=pins)


def _asked(action: str) -> str:
    if action == "comment":
        return say("内容（必填）", "Words (required)")
    if action == "answer":
        return say("答复（必填）", "Answer (required)")
    return say("原因（必填）", "Reason (required)")

"""A report's frozen payload laid out to be read: first what it says, then what is to be done, then figures. Pure.

Every number keeps the JSON pointer of what it shows and the value that REST gives (`Value`), so that a comment can be
pinned to it and a test can hold page and REST against each other. A part that the payload lacks is left out.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from reports.layouts import Block, standard_of
from siyu.numbers import UNKNOWN, count, money, percent
from siyu.problems import say
from workplace import report_courses, report_month_parts, report_own, report_parts
from workplace.before_term import held_against
from workplace.report_folds import Fold, digest, fold_of
from workplace.report_values import Part, Payload, Value, indicator, share_text, value_at
from workplace.report_words import change_text, metric_name

FIRST = 4  # sentences that stand before the main numbers: a phone's first screen holds both
PARTS: tuple[Callable[[Payload], Part | None], ...] = (
    report_parts.figures,
    report_own.own,
    report_month_parts.score,
    report_month_parts.bridge,
    report_parts.targets,
    report_parts.month_to_date,
    report_courses.days,
    report_courses.sources,
    report_parts.traffic,
    report_parts.fans,
    report_month_parts.assets,
    report_month_parts.groups,
    report_parts.orders,
    report_month_parts.sales_by_customer,
    report_month_parts.sales_by_platform,
    report_month_parts.sales_by_touch,
    report_parts.channels,
    report_parts.new_fans,
    report_month_parts.channel_quality,
    report_month_parts.content,
    report_parts.guides,
    report_month_parts.commitments,
    report_month_parts.heads,
    report_month_parts.brand_return,
    report_month_parts.benchmarks,
    report_month_parts.settlement,
    report_month_parts.next_month,
    report_month_parts.calendar,
)

PROSE = {  # blocks that are no table, with their headings; the first two and the words stand without one
    "lead": ("", ""), "tally": ("", ""), "todo": ("需要处理", "To be done"), "more": ("其他要点", "What else it says"),
    "words": ("", ""), "entries": ("事项", "Entries"),
}  # fmt: skip


@dataclass(frozen=True)
class Saying:
    text: str
    side: str = ""  # whose it is to mend


@dataclass(frozen=True)
class Section:
    """One block of the paper as the layout has it. `key`: of reports.layouts.KNOWN; `part`: its table, where it is one;
    `intro`: the brand's fixed words below its heading; `fold`: where it is folded on screens, `digest`: the line that
    then stands for it; `said`: how many comments are about it."""

    key: str
    title: str
    intro: str
    part: Part | None = None
    fold: Fold = ""
    digest: str = ""
    said: int = 0


@dataclass(frozen=True)
class Paper:
    """`lead`: what is said first; `more`: what else the summary says, after what is to be done. `sections`: what is
    shown, in the layout's order; `parts`: the tables among them."""

    lead: Sequence[Saying]
    more: Sequence[Saying]
    tally: Sequence[tuple[str, Value]]
    todo: Sequence[Saying]
    parts: Sequence[Part]
    sections: Sequence[Section]
    pins: Sequence[tuple[str, str]] = field(default=())  # pointer, what a comment on it is about

    @property
    def pin_groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a comment can be about, in the paper's order: the title of each table with its rows, each row once."""
        seen: set[str] = set()
        found = []
        for part in self.parts:
            rows = {
                row.pointer: f"{row.group} · {row.title}" if row.group else row.title
                for row in part.rows
                if row.pointer and row.pointer not in seen
            }
            seen |= rows.keys()
            if rows:
                found.append((part.title, list(rows.items())))
        return found


def lay_out(payload: Payload, blocks: Sequence[Block] | None = None) -> Paper:
    """All of it, as the layout arranges it; the standard one unless given."""
    said = [Saying(_without_side(row), row["side"] or "") for row in payload.get("summary", ())]
    plain = [row for row in said if not row.side]
    found = {part.key: part for build in PARTS if (part := build(payload)) is not None and part.rows}
    kind = str(payload.get("kind", ""))
    arranged = standard_of(kind) if blocks is None else blocks
    sections = [
        _section(block, found.get(block.key), kind) for block in arranged if block.is_on and is_there(block, found)
    ]
    parts = [section.part for section in sections if section.part]
    pins = [(row.pointer, f"{part.title} · {row.title}") for part in parts for row in part.rows if row.pointer]
    return Paper(
        lead=plain[:FIRST],
        more=plain[FIRST:],
        tally=tally(payload),
        todo=[*(row for row in said if row.side), *todo(payload)],
        parts=parts,
        sections=sections,
        pins=list(dict(pins).items()),
    )


def _without_side(row: Mapping[str, Any]) -> str:
    """A sentence of the summary; whose it is stands beside it and is not said again at its end."""
    text = say(row["zh"], row["en"])
    if not row["side"]:
        return text
    zh, en = (" — 品牌方", " (brand)") if row["side"] == "brand" else (" — 代运营方", " (agency)")
    return text.removesuffix(say(zh, en))


def is_there(block: Block, found: Mapping[str, Part]) -> bool:
    """Whether the payload has it, where it is a table."""
    return block.key in found or block.key in PROSE


def _section(block: Block, part: Part | None, kind: str) -> Section:
    title = block.title or (part.title if part else say(*PROSE[block.key]))
    fold = fold_of(block.key, kind) if part else ""
    line = digest(part) if part and fold else ""
    return Section(block.key, title, block.intro, part and replace(part, title=title), fold, line)


def with_comments(paper: Paper, pointers: Sequence[str]) -> Paper:
    """`pointers`: what each comment is about. A section counts those about its rows."""
    rows = {row.pointer: part.key for part in paper.parts for row in part.rows if row.pointer}
    said = Counter(rows.get(_pinned(rows, pointer), "") for pointer in pointers)
    return replace(paper, sections=[replace(section, said=said[section.key]) for section in paper.sections])


def _pinned(known: Container[str], pointer: str) -> str:
    """The nearest row above what the pointer names; "" without one."""
    while pointer and pointer not in known:
        pointer = pointer.rpartition("/")[0]
    return pointer


def pin_name(payload: Payload, pins: Sequence[tuple[str, str]], pointer: str) -> str:
    """What a comment's pointer is about, in words."""
    if not pointer:
        return say("整份报告", "The whole report")
    names = dict(pins)
    return names.get(_pinned(names, pointer)) or say("报告内容", "The report")


# -- What stands first ------------------------------------------------------------------------------------------------


def tally(payload: Payload) -> list[tuple[str, Value]]:
    """The main numbers: net GMV, new fans, the month so far, fans at the end."""
    places = {row["indicator"]: place for place, row in enumerate(payload.get("figures", ()))}
    before = {row["indicator"]: row for row in payload.get("previous", {}).get("figures", ())}
    against, is_none = held_against(payload)
    found = []
    for code in ("gmv", "diverted_users"):
        if code in places:
            small = change_text(code, payload["figures"][places[code]]["value"], before.get(code, {}).get("value"))
            small = against if is_none else f"{small} · {against}" if against and small != UNKNOWN else small
            value = indicator(payload, code, f"/figures/{places[code]}/value", small)
            found.append((metric_name(code), value))
    month = payload.get("month_to_date", {})
    for place, row in enumerate(month.get("figures", ())):
        if row["indicator"] == "gmv" and payload.get("kind") != "monthly":
            pointer = f"/month_to_date/figures/{place}/value"
            passed = say("时间进度 ", "Time elapsed ") + percent(Decimal(month["time_elapsed"]))
            found.append((say("本月至今 GMV", "GMV, month to date"), value_at(payload, pointer, money, passed)))
    if payload.get("score"):
        small = say("合同底线 ", "Floor ") + share_text(payload["score"].get("floor"))
        found.append((say("综合完成度", "Attainment"), value_at(payload, "/score/score", percent, small)))
    if "fans" in payload:
        net = value_at(payload, "/fans/net", count)
        found.append(
            (
                say("期末粉丝", "Fans at the end"),
                value_at(payload, "/fans/at_end", count, say("净增 ", "Net ") + net.text),
            )
        )
    return found


def todo(payload: Payload) -> list[Saying]:
    """What the brand must do, beyond what the summary says of traffic and reach."""
    out = []
    delivered = []
    for row in payload.get("brand_todo", ()):
        what = row.get("text") or row.get("kind") or ""
        if row["what"] == "commitment_overdue":
            zh, en = (
                f"承诺「{what}」已过期限 {row['due_on']}，请交付",
                f"“{what}” was due on {row['due_on']}: deliver it",
            )
            out.append(Saying(say(zh, en), "brand"))
        elif row["what"] == "confirm_delivery":
            delivered.append(what)
    if delivered:
        zh = "".join(f"「{what}」" for what in delivered)
        en = ", ".join(f"“{what}”" for what in delivered)
        it = "it" if len(delivered) == 1 else "them"
        out.append(Saying(say(f"代运营方已交付{zh}，请确认", f"The agency delivered {en}: confirm {it}"), "brand"))
    return out

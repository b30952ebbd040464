"""版式: how a brand's reports are arranged: which blocks, in which order, under which headings, after which words.

Runs inside the brand. A layout says how figures are shown and changes none: payload and hash are what they are under
any (ADR 0044). Every revision names the version it was made with and keeps it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from projects.audit import record
from projects.models import Project
from projects.services import fault
from reports.freezing import canonical, digest
from reports.models import Layout, Report, Revision
from reports.occasions import KINDS, Kind
from reports.queries import newest_layout
from reports.review import ReportConflictError, ReportRefusedError
from siyu.problems import say
from tenants.identity import Identity, Side

LONGEST_TITLE = 40
LONGEST_INTRO = 500
ALL = ("daily", "weekly", "monthly")


@dataclass(frozen=True)
class Known:
    """What can be arranged. `is_required`: it is on in every layout. `is_first`: nothing comes before it."""

    zh: str
    en: str
    kinds: Sequence[str] = ALL
    is_required: bool = False
    is_first: bool = False


KNOWN: Mapping[str, Known] = {  # in the standard order
    "lead": Known("结论", "What it says", is_required=True, is_first=True),
    "tally": Known("主要数字", "Main figures"),
    "todo": Known("需要处理（含数据缺口）", "To be done, with what data are missing", is_required=True),
    "more": Known("其他要点", "What else it says"),
    "figures": Known("十项指标", "The ten indicators", is_required=True),
    "own": Known("自有指标", "Own indicators"),
    "score": Known("完成度", "Attainment", ("monthly",)),
    "bridge": Known("从预测到实际", "From forecast to actual", ("monthly",)),
    "targets": Known("本周目标", "The week against its target", ("weekly",)),
    "month_to_date": Known("本月进度", "Month to date", ("daily", "weekly")),
    "days": Known("成交走势", "GMV by day", ("weekly", "monthly")),
    "sources": Known("新增来源", "Where new fans came from", ("weekly", "monthly")),
    "traffic": Known("品牌方导流承诺", "The brand's traffic"),
    "fans": Known("粉丝", "Fans"),
    "assets": Known("粉丝资产", "Fan assets", ("monthly",)),
    "groups": Known("社群", "Groups"),
    "orders": Known("订单", "Orders"),
    "sales-customers": Known("新老客", "New and old customers", ("weekly", "monthly")),
    "sales-platforms": Known("平台", "Platforms", ("weekly", "monthly")),
    "sales-touches": Known("触点", "Touchpoints", ("weekly", "monthly")),
    "channels": Known("渠道", "Channels"),
    "new_fans_7_days": Known("新粉七日留存", "New fans after seven days", ("weekly",)),
    "channel_quality": Known("渠道质量", "Channel quality", ("weekly", "monthly")),
    "content": Known("内容", "Content", ("weekly", "monthly")),
    "guides": Known("导购排名", "Guides"),
    "commitments": Known("双方承诺", "Both sides' commitments", ("monthly",)),
    "heads": Known("在岗人数", "Heads on duty", ("monthly",)),
    "brand_return": Known("品牌方回报", "The brand's return", ("monthly",)),
    "benchmarks": Known("行业参考", "Benchmarks", ("monthly",)),
    "settlement": Known("结算基数", "The settlement's base", ("monthly",), is_required=True),
    "next_month": Known("下月预测", "Next month's forecast", ("monthly",)),
    "calendar": Known("下月日历", "Next month's calendar", ("monthly",)),
    "words": Known("文字（含未达标说明）", "Words, with those about the floor", is_required=True),
    "entries": Known("事项", "Entries"),
}


@dataclass(frozen=True)
class Block:
    """`title`: instead of the block's own; `intro`: words that stand below its heading in every report."""

    key: str
    is_on: bool = True
    title: str = ""
    intro: str = ""


@dataclass(frozen=True)
class Use:
    """Which reports follow a version: how many, and the first and last of their days."""

    version: int
    reports: int
    first: Any
    last: Any


# -- Reading ----------------------------------------------------------------------------------------------------------


def standard_of(kind: str) -> list[Block]:
    return [Block(key) for key, known in KNOWN.items() if kind in known.kinds]


def blocks_of(kind: str, version: int) -> list[Block]:
    """The blocks of a version; what the product learnt to show since stands in its usual place, on."""
    found = Layout.objects.filter(kind=kind, version=version).first() if version else None
    return complete(kind, read_blocks(found.blocks)) if found else standard_of(kind)


def read_blocks(text: str) -> list[Block]:
    return [Block(**row) for row in json.loads(text)]


def complete(kind: str, blocks: Sequence[Block]) -> list[Block]:
    """With the kind's other blocks, each after the one that comes before it in the standard order."""
    out = [block for block in blocks if block.key in KNOWN and kind in KNOWN[block.key].kinds]
    before = ""
    for block in standard_of(kind):
        keys = [one.key for one in out]
        if block.key not in keys:
            out.insert(keys.index(before) + 1 if before in keys else 0, block)
        before = block.key
    return out


def uses_of(kind: str) -> dict[int, Use]:
    """By version, the reports whose newest revision follows it."""
    newest = Revision.objects.filter(report__kind=kind).order_by("report_id", "-number").distinct("report_id")
    rows = newest.values_list("layout_version", "report__first_day", "report__last_day")
    found: dict[int, Use] = {}
    for version, first, last in rows:
        seen = found.get(version, Use(version, 0, first, last))
        found[version] = Use(version, seen.reports + 1, min(seen.first, first), max(seen.last, last))
    return found


def latest_report(kind: str, side: Side) -> Report | None:
    """The one that a layout is tried on, of those that the side may see."""
    found = Report.objects.filter(kind=kind).exclude(state=Report.State.SKIPPED).select_related("project")
    if side == "brand":
        found = found.filter(revisions__sent_at__isnull=False).distinct()
    return found.order_by("-last_day", "-pk").first()


# -- Arranging --------------------------------------------------------------------------------------------------------


def checked_blocks(kind: str, blocks: Sequence[Block]) -> list[Block]:
    """As they would be kept. Raises ReportRefusedError for a block that the kind does not have or that comes twice, a
    required one that is off, what stands before the conclusion, and what is too long; `/blocks/<place>/…` says where.
    """
    faults = []
    keys = [block.key for block in blocks]
    for place, block in enumerate(blocks):
        known, at = KNOWN.get(block.key), f"/blocks/{place}"
        if known is None or kind not in known.kinds or block.key in keys[:place]:
            faults.append(fault(f"{at}/key", "bad_value", say("没有这个区块，或重复", "No such block, or twice")))
            continue
        if known.is_required and not block.is_on:
            message = say(f"「{known.zh}」必须保留", f"“{known.en}” stays in every report")
            faults.append(fault(f"{at}/is_on", "required_block", message))
        if len(block.title) > LONGEST_TITLE:
            message = say(f"标题最多 {LONGEST_TITLE} 字", f"A heading has at most {LONGEST_TITLE} characters")
            faults.append(fault(f"{at}/title", "too_long", message))
        if len(block.intro) > LONGEST_INTRO:
            message = say(f"固定文字最多 {LONGEST_INTRO} 字", f"Fixed words have at most {LONGEST_INTRO} characters")
            faults.append(fault(f"{at}/intro", "too_long", message))
    if faults:
        raise ReportRefusedError(faults[0]["message"], errors=faults)
    trimmed = [replace(block, title=block.title.strip(), intro=block.intro.strip()) for block in blocks]
    first = [block for block in trimmed if KNOWN[block.key].is_first]
    return complete(kind, [*first, *(block for block in trimmed if block not in first)])


@transaction.atomic
def save_layout(
    project: Project, kind: Kind, base: int, blocks: Sequence[Block], *, by: Identity, now: datetime
) -> int:
    """The next version, which every report of the kind made from now on follows; returned. The same as the newest makes
    none. `project`: in whose history it is written; it holds for all of the brand's.

    Raises ReportRefusedError (checked_blocks); ReportConflictError where `base` is not the newest version any more.
    """
    if kind not in KINDS:
        raise ReportRefusedError(say("没有这种报告", "There is no such kind of report"))
    wanted = checked_blocks(kind, blocks)
    newest = newest_layout(kind)
    if base != newest:
        raise _changed()
    before = blocks_of(kind, newest)
    if wanted == before:
        return newest
    text = canonical([asdict(block) for block in wanted])
    try:
        with transaction.atomic():
            Layout.objects.create(
                kind=kind, version=newest + 1, blocks=text, sha256=digest(text), made_at=now, made_by=by.label
            )
    except IntegrityError as error:
        raise _changed() from error
    record(
        project,
        f"report_layout:{kind}",
        {"version": newest, "blocks": [asdict(block) for block in before]},
        {"version": newest + 1, "blocks": [asdict(block) for block in wanted]},
        by=by.label,
    )
    return newest + 1


def _changed() -> ReportConflictError:
    message = say("版式已被他人修改，请核对后再保存", "Another person changed the layout: check it and save again")
    return ReportConflictError(message, code="changed", errors=[fault("/base", "changed", message)])

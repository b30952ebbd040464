"""One figure in depth: what it means, whose it is, the rows that add up to it, what reports said of it.

Runs inside the brand.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

import msgspec

from kpi.figures import Figure, Part
from kpi.forecasts import read_judgements
from kpi.judging import Judgement
from kpi.lines import MARKS
from kpi.metrics import Cut, Metric
from kpi.queries import read_standing
from kpi.rows import Page, Position, Row, read_page
from projects.models import Channel, Project
from projects.queries import definition_in_use, zone_of
from reports.models import Report
from reports.queries import find_report
from siyu.numbers import exact
from siyu.periods import Grain
from siyu.problems import say
from tenants.identity import Identity
from workplace.card import LINES, Chip, band_chip, shown
from workplace.occasion import Occasion
from workplace.queries import guide_names
from workplace.tables import metric_title
from workplace.totals_words import sentence_of

ROWS_SHOWN = 30
MEANINGS = {
    "diverted_users": ("期间首次成为粉丝的人（不含存量）。", "Fans whose first presence began in the period."),
    "diversion_rate": ("有触达数据的渠道：导流用户 ÷ 触达。", "Of channels with reach: diverted users ÷ reach."),
    "cost_per_diverted_user": ("渠道费用 ÷ 导流用户。", "Channel cost ÷ diverted users."),
    "retention_rate": ("期初在粉、期末仍在粉 ÷ 期初在粉。", "Of the fans at the start, those still there at the end."),
    "satisfaction_rate": ("4 分和 5 分的评价 ÷ 全部评价。", "Ratings of 4 or 5 ÷ all ratings."),
    "churn_rate": (
        "期间流失且期末不在的粉丝 ÷（期初在粉 + 期间新来）。",
        "Fans lost and not back at the end ÷ all fans seen.",
    ),
    "interaction_rate": ("期间至少来消息一次的粉丝 ÷ 期间在过的粉丝。", "Fans who wrote ÷ fans seen."),
    "gmv": (
        "期间付款、按口径表计入的订单金额 − 期间发生的这些订单的退款。",
        "Counted orders paid in the period, less refunds of counted orders dated in it.",
    ),
    "koc_users": ("首次添加注明了 KOC 内容的导流用户。", "Diverted users whose first addition names a KOC post."),
    "referral_users": ("首次添加注明了推荐人的导流用户。", "Diverted users whose first addition names a referrer."),
}  # fmt: skip
SOURCES = {
    "fan": ("加粉与流失事件", "Additions and losses"),
    "channel.day": ("渠道日报的触达与费用", "Reach and cost by channel and day"),
    "rating": ("评价事件", "Ratings"),
    "order.paid": ("已付订单", "Paid orders"),
    "order.refunded": ("退款", "Refunds"),
    "interaction": ("粉丝发来的互动", "Inbound interactions"),
    "koc.post": ("KOC 内容", "KOC posts"),
}
SOURCES_OF = {
    "diversion_rate": ("fan", "channel.day"),
    "cost_per_diverted_user": ("channel.day", "fan"),
    "satisfaction_rate": ("rating",),
    "gmv": ("order.paid", "order.refunded"),
}
DETAILS = {
    "valid": ("有效新增", "Valid"),
    "recalled": ("召回", "Recalled"),
    "gross": ("成交额", "Gross"),
    "refunds": ("退款", "Refunds"),
    "refunds_before_shipping": ("发货前退款", "Refunds before shipping"),
    "refunds_after_receipt": ("收货后退款", "Refunds after receipt"),
    "dual": ("双算", "Dual-counted"),
    "unbound": ("未绑定", "Unbound"),
    "before_added": ("加粉前", "Before addition"),
    "natural": ("自然成交", "Natural"),
    "orders": ("订单数", "Orders"),
    "buyers": ("下单人数", "Buyers"),
    "posts": ("内容数", "Posts"),
    "kocs": ("KOC 数", "KOCs"),
}


@dataclass(frozen=True)
class PartLine:
    name: str
    value: str
    parts: str
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class CutTable:
    title: str
    lines: list[PartLine]


@dataclass(frozen=True)
class RowLine:
    kind: str
    id: str
    at: str
    counts: str


@dataclass(frozen=True)
class FrozenLine:
    """What a report's revision says of the figure, for ever."""

    report: int
    number: int
    made_at: datetime
    value: str
    sha256: str


@dataclass(frozen=True)
class FigureView:
    code: str
    title: str
    value: str
    parts: str
    meaning: str
    sources: str
    definition: int
    chip: Chip | None
    judgement: Judgement | None
    lines: list[tuple[str, str]]
    details: list[tuple[str, str]]
    cuts: list[CutTable]
    rows: list[RowLine]
    rows_of: str
    whole: str
    following: str
    frozen: list[FrozenLine]
    stale_days: int
    totals: list[str]  # what it says of day totals that it rests on, and which days have no rows


def read_figure_page(
    project: Project, metric: Metric, occasion: Occasion, asked: Mapping[str, str], now: datetime, identity: Identity
) -> FigureView:
    """`asked`: guide or channel of the rows, and the cursor of a further page of them. Call it in one state of the
    data (kpi.queries.one_state)."""
    period = occasion.period
    grain: Grain = "month" if occasion.month else "range"
    [figure] = read_standing(project, grain, period.first, period.last, None, [metric.code]).figures
    judgements = read_judgements(project, [figure], now) if occasion.month else {}
    judgement = judgements.get((period.first, metric.code))
    names = {"guide": guide_names(), "channel": dict(Channel.objects.values_list("code", "name"))}
    by = next((cut for cut in ("guide", "channel") if cut in asked and cut in metric.cuts), None)
    part: Part = (asked[by] or None) if by else None
    page = read_page(project, metric.code, period, by, part, position_of(asked.get("cursor")), ROWS_SHOWN)
    marks = judgement.lines if judgement else None
    return FigureView(
        code=metric.code,
        title=metric_title(metric),
        value=shown(metric, figure.value),
        parts=parts_of(metric, figure),
        meaning=say(*MEANINGS[metric.code]),
        sources=_sources(metric, figure),
        definition=definition_in_use(project).version,
        chip=band_chip(judgement.band) if judgement and judgement.band else None,
        judgement=judgement,
        lines=[(say(*LINES[n]), shown(metric, m)) for n in MARKS if marks and (m := marks.get(n)) is not None],
        details=[
            (say(*DETAILS[n]), exact(v)) for n, v in (figure.detail or {}).items() if n in DETAILS and v is not None
        ],
        cuts=[_cut(project, metric, occasion, cut, names[cut], by, part) for cut in _cuts(metric)],
        rows=[row_line(row, project, is_ratio=metric.denominator is not None) for row in page.rows],
        rows_of=part_name(by, part, names.get(by or "", {})) if by else "",
        whole=f"?{occasion.query}",
        following=following_of(page, occasion, by, part),
        frozen=_frozen(project, metric, occasion, identity),
        stale_days=page.stale_days,
        totals=totals_said(figure, page),
    )


def _sources(metric: Metric, figure: Figure) -> str:
    kinds = [say(*SOURCES[kind]) for kind in SOURCES_OF.get(metric.code, ("fan",))]
    totals = [say("日汇总", "Day totals")] if figure.totals and figure.totals.days else []
    return say("、", ", ").join([*kinds, *totals])


def totals_said(figure: Figure, page: Page) -> list[str]:
    if figure.totals is None:
        return []
    said = [sentence_of(asdict(figure.totals))]
    if page.rowless:
        days = say("、", ", ").join(
            f"{first:%m-%d}"
            if first == last
            else say(f"{first:%m-%d} 至 {last:%m-%d}", f"{first:%m-%d} to {last:%m-%d}")
            for first, last in page.rowless
        )
        said.append(
            say(f"这些天来自日汇总，没有明细行：{days}。", f"These days come from day totals and have no rows: {days}.")
        )
    return said


def parts_of(metric: Metric, figure: Figure) -> str:
    """Numerator ÷ denominator, or all digits."""
    if metric.denominator is None:
        return exact(figure.numerator)
    return f"{exact(figure.numerator)} ÷ {exact(figure.denominator)}"


def _cuts(metric: Metric) -> list[Cut]:
    return [cut for cut in ("guide", "channel") if cut in metric.cuts]


def _cut(
    project: Project, metric: Metric, occasion: Occasion, cut: Cut, names: Mapping[str, str], by: str | None, part: Part
) -> CutTable:
    """The parts, the largest first; what nobody is credited with comes last."""
    period = occasion.period
    figures = read_standing(project, "range", period.first, period.last, cut, [metric.code]).figures
    figures.sort(key=lambda figure: (figure.part is None, -(figure.numerator or 0), figure.part or ""))
    title = say("按导购", "By guide") if cut == "guide" else say("按渠道", "By channel")
    return CutTable(title, [
        PartLine(
            part_name(cut, figure.part, names),
            shown(metric, figure.value),
            parts_of(metric, figure),
            f"?{occasion.query}&{urlencode({str(cut): figure.part or ''})}#rows",
            by == cut and part == figure.part,
        )
        for figure in figures
    ])  # fmt: skip


def part_name(cut: str | None, part: Part, names: Mapping[str, str]) -> str:
    if part is None:
        return say("未归属", "Nobody") if cut == "guide" else say("未注明渠道", "No channel named")
    return names.get(part) or (say(f"企微号 {part}", f"Account {part}") if cut == "guide" else part)


def row_line(row: Row, project: Project, *, is_ratio: bool) -> RowLine:
    at = row.at.astimezone(zone_of(project)).strftime("%m-%d %H:%M") if isinstance(row.at, datetime) else str(row.at)
    amount = exact(row.amount) if row.amount is not None else "1"
    where = [say("分子", "numerator")] * row.in_numerator + [say("分母", "denominator")] * row.in_denominator
    counts = f"{amount} · {say('、', ', ').join(where)}" if is_ratio else amount
    return RowLine(say(*SOURCES[row.kind]), row.id, at, counts)


def position_of(cursor: str | None) -> Position:
    """Where a further page begins; the first page for what is no cursor."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor or ""), type=Position) if cursor else Position()
    except (binascii.Error, msgspec.DecodeError, UnicodeError):
        return Position()


def following_of(page: Page, occasion: Occasion, by: str | None, part: Part) -> str:
    if page.following is None:
        return ""
    cursor = base64.urlsafe_b64encode(msgspec.json.encode(page.following)).decode()
    more = {by: part or ""} if by else {}
    return f"?{occasion.query}&{urlencode({**more, 'cursor': cursor})}#rows"


def _frozen(project: Project, metric: Metric, occasion: Occasion, identity: Identity) -> list[FrozenLine]:
    """Of the report of just this period: every revision that her side can see."""
    days = (occasion.period.end - occasion.period.first).days
    kind = "monthly" if occasion.month else {1: "daily", 7: "weekly"}.get(days)
    report = find_report(project, kind, occasion.period) if kind else None  # type: ignore[arg-type]
    if report is None or report.state == Report.State.SKIPPED:
        return []
    revisions = report.revisions.order_by("-number")
    if identity.side == "brand":
        revisions = revisions.filter(sent_at__isnull=False)
    found: list[FrozenLine] = []
    for revision in revisions:
        figures: Sequence[Mapping[str, str | None]] = json.loads(revision.payload).get("figures", [])
        value = next((figure["value"] for figure in figures if figure.get("indicator") == metric.code), None)
        number = shown(metric, None if value is None else Decimal(value))
        found.append(FrozenLine(report.pk, revision.number, revision.made_at, number, revision.sha256[:12]))
    return found

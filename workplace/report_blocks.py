"""A report's frozen payload laid out to be read: first what it says, then what is to be done, then figures. Pure.

Every number keeps the JSON pointer of what it shows and the value that REST gives (`Value`), so that a comment can be
pinned to it and a test can hold page and REST against each other. A part that the payload lacks is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reports.freezing import points_into
from siyu.numbers import UNKNOWN, count, money, percent
from siyu.problems import say
from workplace.report_words import BANDS, change_text, figure_text, metric_name, parts_text

Payload = Mapping[str, Any]
Show = Callable[[Decimal], str]


@dataclass(frozen=True)
class Value:
    """`exact`: what REST gives at `pointer`; `text`: the same as it is read; `small`: said below it."""

    pointer: str
    exact: str
    text: str
    small: str = ""


@dataclass(frozen=True)
class Chip:
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """`title` names it; `pointer`: of what comments on the row are about; `aside`: columns to leave out on a phone."""

    title: str
    cells: Sequence[Any]
    pointer: str = ""


@dataclass(frozen=True)
class Column:
    text: str
    is_aside: bool = False  # left out on a phone


@dataclass(frozen=True)
class Part:
    """One table of the report; `note` stands under its title."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""


@dataclass(frozen=True)
class Saying:
    text: str
    side: str = ""  # whose it is to mend


@dataclass(frozen=True)
class Paper:
    lead: Sequence[Saying]
    tally: Sequence[tuple[str, Value]]
    todo: Sequence[Saying]
    parts: Sequence[Part]
    pins: Sequence[tuple[str, str]] = field(default=())  # pointer, what a comment on it is about


def lay_out(payload: Payload) -> Paper:
    """All of it, in the order of reading."""
    said = [Saying(say(row["zh"], row["en"]), row["side"] or "") for row in payload.get("summary", ())]
    parts = [part for build in PARTS if (part := build(payload)) is not None and part.rows]
    pins = [(row.pointer, f"{part.title} · {row.title}") for part in parts for row in part.rows if row.pointer]
    return Paper(
        lead=[row for row in said if not row.side],
        tally=tally(payload),
        todo=[*(row for row in said if row.side), *todo(payload)],
        parts=parts,
        pins=list(dict(pins).items()),
    )


def pin_name(payload: Payload, pins: Sequence[tuple[str, str]], pointer: str) -> str:
    """What a comment's pointer is about, in words."""
    if not pointer:
        return say("整份报告", "The whole report")
    names = dict(pins)
    while pointer and pointer not in names:
        pointer = pointer.rpartition("/")[0]
    return names.get(pointer) or say("报告内容", "The report")


def value_at(payload: Payload, pointer: str, show: Show, small: str = "") -> Value:
    """What stands at the pointer; a dash where it is null or not there."""
    here: Any = payload
    if not points_into(payload, pointer):
        return Value(pointer, "", UNKNOWN, small)
    for part in pointer.split("/")[1:]:
        here = here[int(part)] if isinstance(here, list) else here[part.replace("~1", "/").replace("~0", "~")]
    if here is None:
        return Value(pointer, "", UNKNOWN, small)
    return Value(pointer, str(here), show(Decimal(str(here))), small)


# -- What stands first ------------------------------------------------------------------------------------------------


def tally(payload: Payload) -> list[tuple[str, Value]]:
    """The main numbers: net GMV, new fans, the month so far, fans at the end."""
    places = {row["indicator"]: place for place, row in enumerate(payload.get("figures", ()))}
    before = {row["indicator"]: row for row in payload.get("previous", {}).get("figures", ())}
    found = []
    for code in ("gmv", "diverted_users"):
        if code in places:
            small = change_text(code, payload["figures"][places[code]]["value"], before.get(code, {}).get("value"))
            value = _of(payload, code, f"/figures/{places[code]}/value", small)
            found.append((metric_name(code), value))
    month = payload.get("month_to_date", {})
    for place, row in enumerate(month.get("figures", ())):
        if row["indicator"] == "gmv" and payload.get("kind") != "monthly":
            pointer = f"/month_to_date/figures/{place}/value"
            passed = say("时间进度 ", "Time elapsed ") + percent(Decimal(month["time_elapsed"]))
            found.append((say("本月至今 GMV", "GMV, month to date"), value_at(payload, pointer, money, passed)))
    if payload.get("score"):
        small = say("合同底线 ", "Floor ") + _share(payload["score"].get("floor"))
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
    for row in payload.get("brand_todo", ()):
        what = row.get("text") or row.get("kind") or ""
        if row["what"] == "commitment_overdue":
            zh, en = (
                f"承诺「{what}」已过期限 {row['due_on']}，请交付",
                f"“{what}” was due on {row['due_on']}: deliver it",
            )
            out.append(Saying(say(zh, en), "brand"))
        elif row["what"] == "confirm_delivery":
            zh, en = f"代运营方已交付「{what}」，请确认", f"The agency delivered “{what}”: confirm it"
            out.append(Saying(say(zh, en), "brand"))
    return out


# -- The parts --------------------------------------------------------------------------------------------------------


def figures(payload: Payload) -> Part | None:
    """The ten indicators; of a month against the adjusted forecast, with bands."""
    rows = payload.get("figures", ())
    before = {
        row["indicator"]: (place, row) for place, row in enumerate(payload.get("previous", {}).get("figures", ()))
    }
    is_judged = any(row.get("forecast") for row in rows)
    columns = [Column(say("指标", "Indicator")), Column(say("本期", "This period"))]
    columns += (
        [Column(say("调整后预测", "Adjusted forecast"), True), Column(say("所处区间", "Band"))] if is_judged else []
    )
    columns += [Column(say("上期", "Before"), is_judged), Column(say("变化", "Change"), is_judged)]
    out = []
    for place, row in enumerate(rows):
        code = row["indicator"]
        cells: list[Any] = [_figure(payload, f"/figures/{place}", row)]
        if is_judged:
            cells += [_of(payload, code, f"/figures/{place}/forecast/adjusted"), band(row)]
        if code in before:
            old_place, old = before[code]
            cells.append(_of(payload, code, f"/previous/figures/{old_place}/value"))
            cells.append(change_text(code, row["value"], old["value"]))
        else:
            cells += [UNKNOWN, UNKNOWN]
        out.append(Row(metric_name(code), cells, f"/figures/{place}"))
    return Part("figures", say("十项指标", "The ten indicators"), columns, out)


def month_to_date(payload: Payload) -> Part | None:
    month = payload.get("month_to_date")
    if not month or payload.get("kind") == "monthly":
        return None
    columns = [
        Column(say("指标", "Indicator")), Column(say("本月至今", "So far")), Column(say("应达", "Due")),
        Column(say("预计月末", "Projected end"), True), Column(say("暂定区间", "Provisional band")),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(month["figures"]):
        at, code = f"/month_to_date/figures/{place}", row["indicator"]
        cells = [
            _figure(payload, at, row), _of(payload, code, f"{at}/forecast/due"),
            _of(payload, code, f"{at}/forecast/projected/value"), band(row),
        ]  # fmt: skip
        rows.append(Row(metric_name(code), cells, at))
    note = say(
        f"{month['month']}，已过 {month['days_elapsed']} / {month['days']} 天",
        f"{month['month']}, day {month['days_elapsed']} of {month['days']}",
    )
    return Part("month_to_date", say("本月进度", "Month to date"), columns, rows, note)


def targets(payload: Payload) -> Part | None:
    columns = [
        Column(say("指标", "Indicator")),
        Column(say("目标", "Target")),
        Column(say("本周", "This week")),
        Column(say("完成", "Attained")),
    ]
    rows = []
    for place, row in enumerate(payload.get("targets", ())):
        at, code = f"/targets/{place}", row["indicator"]
        cells = [
            _of(payload, code, f"{at}/target"),
            _of(payload, code, f"{at}/value"),
            value_at(payload, f"{at}/share", percent),
        ]
        rows.append(Row(metric_name(code), cells, at))
    return Part("targets", say("本周目标", "The week against its target"), columns, rows)


def score(payload: Payload) -> Part | None:
    found = payload.get("score")
    if not found:
        return None
    columns = [Column(say("指标", "Indicator")), Column(say("完成度", "Attained"))]
    rows = [
        Row(metric_name(code), [value_at(payload, f"/score/attained/{code}", percent)], f"/score/attained/{code}")
        for code in found["attained"]
    ]
    floor = say("合同底线 ", "The contract's floor: ") + _share(found.get("floor"))
    return Part("score", say("完成度", "Attainment"), columns, rows, floor)


def fans(payload: Payload) -> Part | None:
    names = {
        "at_start": ("期初", "At the start"), "added": ("新增", "Added"), "lost": ("流失", "Lost"),
        "net": ("净增", "Net"), "at_end": ("期末", "At the end"),
    }  # fmt: skip
    return _listed(payload, "fans", say("粉丝", "Fans"), names, lambda name: count)


def orders(payload: Payload) -> Part | None:
    names = {
        "net": ("成交净额", "Net GMV"), "gross": ("成交额", "Gross"), "refunds": ("退款", "Refunds"),
        "refunds_before_shipping": ("发货前退款", "Refunds before shipping"),
        "refunds_after_receipt": ("签收后退款", "Refunds after receipt"), "orders": ("订单数", "Orders"),
        "buyers": ("购买人数", "Buyers"), "dual": ("双算", "Counted twice"), "natural": ("自然成交", "Natural"),
        "unbound": ("未绑定粉丝", "Of no fan"), "before_added": ("添加前成交", "Before she was added"),
    }  # fmt: skip
    return _listed(
        payload, "orders", say("订单", "Orders"), names, lambda name: count if name in ("orders", "buyers") else money
    )


def channels(payload: Payload) -> Part | None:
    return _cut(payload, "channels", "channel", say("渠道", "Channels"), say("未标明渠道", "No channel named"))


def guides(payload: Payload) -> Part | None:
    return _cut(payload, "guides", "guide", say("导购排名", "Guides"), say("未归属", "Nobody"))


def traffic(payload: Payload) -> Part | None:
    columns = [
        Column(say("渠道", "Channel")), Column(say("本月承诺", "Promised"), True), Column(say("应达", "Due")),
        Column(say("已达", "Delivered")), Column(say("完成", "Share")), Column(say("少导用户", "Users short")),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(payload.get("traffic", ())):
        at = f"/traffic/{place}"
        cells = [
            value_at(payload, f"{at}/{name}", percent if name == "share" else count)
            for name in ("promised", "due", "delivered", "share", "users_short")
        ]
        rows.append(Row(_name(payload, "channels", row["channel"]), cells, at))
    return Part("traffic", say("品牌方导流承诺", "The brand's traffic"), columns, rows)


def new_fans(payload: Payload) -> Part | None:
    found = payload.get("new_fans_7_days")
    if not found:
        return None
    names = {"fans": ("上周新增", "New the week before"), "d7": ("七日后仍在", "Still there after seven days")}
    note = f"{found['period_start']}～{found['period_end']}"
    part = _listed(
        payload, "new_fans_7_days", say("新粉七日留存", "New fans after seven days"), names, lambda name: count
    )
    return part and Part(part.key, part.title, part.columns, part.rows, note)


def commitments(payload: Payload) -> Part | None:
    states = {
        "open": ("未到期", "Open", ""), "overdue": ("逾期未交付", "Overdue", "bad"),
        "delivered": ("按期交付", "In time", "good"), "late": ("逾期交付", "Late", "warn"),
    }  # fmt: skip
    columns = [
        Column(say("承诺", "Commitment")), Column(say("哪一方", "Side")), Column(say("承诺数", "Promised"), True),
        Column(say("已交付", "Delivered")), Column(say("期限", "Due"), True), Column(say("状态", "State")),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(payload.get("commitments", ())):
        at, (zh, en, tone) = f"/commitments/{place}", states[row["state"]]
        cells = [
            say("代运营方", "Agency") if row["side"] == "agency" else say("品牌方", "Brand"),
            value_at(payload, f"{at}/promised", as_typed, row.get("unit", "")),
            value_at(payload, f"{at}/delivered", as_typed),
            row["due_on"], Chip(say(zh, en), tone),
        ]  # fmt: skip
        rows.append(Row(row["what"] or row["kind"], cells, at))
    return Part("commitments", say("双方承诺", "Both sides' commitments"), columns, rows)


def heads(payload: Payload) -> Part | None:
    found = payload.get("heads")
    if not found or not found.get("days"):
        return None
    columns = [Column(say("日期", "Day")), Column(say("在岗导购", "Guides on duty"))]
    rows = [
        Row(row["day"], [value_at(payload, f"/heads/days/{place}/heads", count)], f"/heads/days/{place}")
        for place, row in enumerate(found["days"])
    ]
    contracted = value_at(payload, "/heads/contracted", count).text
    note = say(
        f"合同约定 {contracted} 人，不足 {found['short_days']} 天",
        f"Contracted {contracted}, short on {found['short_days']} days",
    )
    return Part("heads", say("在岗人数", "Heads on duty"), columns, rows, note)


def next_month(payload: Payload) -> Part | None:
    found = payload.get("next_month")
    if not found:
        return None
    columns = [Column(say("指标", "Indicator")), Column(say("预测", "Forecast")), Column(say("调整后", "Adjusted"))]
    rows = []
    for code in found["volumes"]:
        at = f"/next_month/volumes/{code}"
        rows.append(
            Row(metric_name(code), [_of(payload, code, f"{at}/forecast"), _of(payload, code, f"{at}/adjusted")], at)
        )
    return Part("next_month", say(f"下月预测 {found['month']}", f"Forecast of {found['month']}"), columns, rows)


PARTS: tuple[Callable[[Payload], Part | None], ...] = (
    figures, score, targets, month_to_date, traffic, fans, orders, channels, guides, new_fans, commitments, heads,
    next_month,
)  # fmt: skip


# -- Cells ------------------------------------------------------------------------------------------------------------


def band(row: Mapping[str, Any]) -> Any:
    """The band of a judged figure; a dash where there is none."""
    found = (row.get("forecast") or {}).get("band")
    if not found:
        return UNKNOWN
    zh, en, tone = BANDS[found]
    return Chip(say(zh, en), tone)


def _figure(payload: Payload, at: str, row: Mapping[str, Any]) -> Value:
    code = row["indicator"]
    return _of(payload, code, f"{at}/value", parts_text(code, dict(row)))


def _of(payload: Payload, code: str, pointer: str, small: str = "") -> Value:
    """An indicator's number at the pointer."""
    return value_at(payload, pointer, lambda number: figure_text(code, number), small)


def _listed(
    payload: Payload, key: str, title: str, names: Mapping[str, tuple[str, str]], show: Callable[[str], Show]
) -> Part | None:
    """A part with one figure per line."""
    found = payload.get(key) or {}
    rows = [
        Row(say(*words), [value_at(payload, f"/{key}/{name}", show(name))], f"/{key}/{name}")
        for name, words in names.items()
        if name in found
    ]
    return Part(key, title, [Column(title), Column(say("数值", "Figure"))], rows)


def _cut(payload: Payload, key: str, by: str, title: str, nobody: str) -> Part | None:
    found = payload.get(key) or ()
    codes = list(dict.fromkeys(code for row in found for code in row["figures"]))
    columns = [Column(title), *(Column(metric_name(code), place >= 3) for place, code in enumerate(codes))]
    rows = []
    for place, row in enumerate(found):
        cells = [_of(payload, code, f"/{key}/{place}/figures/{code}/value") for code in codes]
        name = nobody if row[by] is None else _name(payload, key, row[by])
        rows.append(Row(f"{row['rank']}. {name}" if row.get("rank") else name, cells, f"/{key}/{place}"))
    return Part(key, title, columns, rows)


def as_typed(number: Decimal) -> str:
    """As the sides entered it."""
    return f"{number:f}"


def _name(payload: Payload, key: str, code: str) -> str:
    return str(payload.get("names", {}).get(key, {}).get(code) or code)


def _share(share: Any) -> str:
    return UNKNOWN if share is None else percent(Decimal(str(share)))

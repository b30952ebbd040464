"""The tables that reports of every kind are made of, in the order of reading. Pure. Without its key a part is None."""

from typing import Any

from kpi.metrics import METRICS
from siyu.numbers import UNKNOWN, count, money, percent, span
from siyu.problems import say
from workplace.before_term import held_against
from workplace.report_values import (
    Column,
    Part,
    Payload,
    Row,
    band,
    cut,
    figure_cell,
    indicator,
    listed,
    name_of,
    value_at,
)
from workplace.report_words import change_text, metric_name
from workplace.tables import GROUPS


def figures(payload: Payload) -> Part | None:
    """The ten indicators; of a month against the adjusted forecast, with bands."""
    rows = payload.get("figures", ())
    before = {
        row["indicator"]: (place, row) for place, row in enumerate(payload.get("previous", {}).get("figures", ()))
    }
    note, is_none = held_against(payload)
    is_judged = any(row.get("forecast") for row in rows)
    columns = [Column(say("指标", "Indicator")), Column(say("本期", "This period"))]
    columns += [Column(say("调整后预测", "Adjusted forecast"), True), Column(say("区间", "Band"))] if is_judged else []
    columns += [Column(say("上期", "Before"), True), Column(say("变化", "Change"), is_judged)]
    out = []
    for place, row in enumerate(rows):
        code = row["indicator"]
        cells: list[Any] = [figure_cell(payload, f"/figures/{place}", row)]
        if is_judged:
            cells += [indicator(payload, code, f"/figures/{place}/forecast/adjusted"), band(row)]
        if code in before and not is_none:
            old_place, old = before[code]
            cells.append(indicator(payload, code, f"/previous/figures/{old_place}/value"))
            cells.append(change_text(code, row["value"], old["value"]))
        else:
            cells += [UNKNOWN, UNKNOWN]
        group = say(*GROUPS[METRICS[code].group]) if code in METRICS else ""
        out.append(Row(metric_name(code), cells, f"/figures/{place}", group))
    return Part("figures", say("十项指标", "The ten indicators"), columns, out, note)


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
            figure_cell(payload, at, row), indicator(payload, code, f"{at}/forecast/due"),
            indicator(payload, code, f"{at}/forecast/projected/value"), band(row),
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
            indicator(payload, code, f"{at}/target"),
            indicator(payload, code, f"{at}/value"),
            value_at(payload, f"{at}/share", percent),
        ]
        rows.append(Row(metric_name(code), cells, at))
    return Part("targets", say("本周目标", "The week against its target"), columns, rows)


def fans(payload: Payload) -> Part | None:
    names = {
        "at_start": ("期初", "At the start"), "added": ("新增", "Added"), "lost": ("流失", "Lost"),
        "net": ("净增", "Net"), "at_end": ("期末", "At the end"),
    }  # fmt: skip
    return listed(payload, "fans", say("粉丝", "Fans"), names, lambda name: count)


def orders(payload: Payload) -> Part | None:
    names = {
        "net": ("成交净额", "Net GMV"), "gross": ("成交额", "Gross"), "refunds": ("退款", "Refunds"),
        "refunds_before_shipping": ("发货前退款", "Refunds before shipping"),
        "refunds_after_receipt": ("签收后退款", "Refunds after receipt"), "orders": ("订单数", "Orders"),
        "buyers": ("购买人数", "Buyers"), "dual": ("双算", "Counted twice"), "natural": ("自然成交", "Natural"),
        "unbound": ("未绑定粉丝", "Of no fan"), "before_added": ("添加前成交", "Before she was added"),
    }  # fmt: skip
    return listed(
        payload, "orders", say("订单", "Orders"), names, lambda name: count if name in ("orders", "buyers") else money
    )


def channels(payload: Payload) -> Part | None:
    return cut(payload, "channels", "channel", say("渠道", "Channels"), say("未标明渠道", "No channel named"))


def guides(payload: Payload) -> Part | None:
    return cut(payload, "guides", "guide", say("导购排名", "Guides"), say("未归属", "Nobody"))


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
        rows.append(Row(name_of(payload, "channels", row["channel"]), cells, at))
    return Part("traffic", say("品牌方导流承诺", "The brand's traffic"), columns, rows)


def new_fans(payload: Payload) -> Part | None:
    found = payload.get("new_fans_7_days")
    if not found:
        return None
    names = {"fans": ("上周新增", "New the week before"), "d7": ("七日后仍在", "Still there after seven days")}
    note = span(found["period_start"], found["period_end"])
    part = listed(
        payload, "new_fans_7_days", say("新粉七日留存", "New fans after seven days"), names, lambda name: count
    )
    return part and Part(part.key, part.title, part.columns, part.rows, note)

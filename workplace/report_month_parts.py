"""The tables that only weeklies and monthlies have: the way from forecast to actual, money, fans, promises, what comes.
Pure. Without its key in the payload a part is None."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from siyu.numbers import UNKNOWN, cents, count, fixed, money, percent, span
from siyu.problems import say
from workplace.charts import draw_steps
from workplace.report_values import (
    Chip,
    Column,
    Part,
    Payload,
    Row,
    Show,
    as_typed,
    indicator,
    name_of,
    share_text,
    value_at,
)
from workplace.report_words import BENCHMARKS, CUSTOMERS, DAY_NAMES, PLATFORMS, STEP_NAMES, TIERS, metric_name, word


def score(payload: Payload) -> Part | None:
    found = payload.get("score")
    if not found:
        return None
    columns = [Column(say("指标", "Indicator")), Column(say("完成度", "Attained"))]
    rows = [
        Row(metric_name(code), [value_at(payload, f"/score/attained/{code}", percent)], f"/score/attained/{code}")
        for code in found["attained"]
    ]
    floor = say("合同底线 ", "The contract's floor: ") + share_text(found.get("floor"))
    return Part("score", say("完成度", "Attainment"), columns, rows, floor)


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
            value_at(payload, f"{at}/promised", _counted_in(row.get("unit") or "")),
            value_at(payload, f"{at}/delivered", as_typed),
            row["due_on"], Chip(say(zh, en), tone),
        ]  # fmt: skip
        rows.append(Row(row["what"] or row["kind"], cells, at))
    return Part("commitments", say("双方承诺", "Both sides' commitments"), columns, rows)


def heads(payload: Payload) -> Part | None:
    found = payload.get("heads")
    if not found or not found.get("days"):
        return None
    columns = [Column(say("自", "From")), Column(say("在岗导购", "Guides on duty"))]
    days = found["days"]
    rows = [
        Row(row["day"], [value_at(payload, f"/heads/days/{place}/heads", count)], f"/heads/days/{place}")
        for place, row in enumerate(days)
        if not place or row["heads"] != days[place - 1]["heads"]
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
        cells = [indicator(payload, code, f"{at}/{name}") for name in ("forecast", "adjusted")]
        rows.append(Row(metric_name(code), cells, at))
    return Part("next_month", say(f"下月预测 {found['month']}", f"Forecast of {found['month']}"), columns, rows)


def bridge(payload: Payload) -> Part | None:
    """From the forecast's GMV to the actual one; the steps add up to the gap."""
    found = payload.get("bridge")
    if not found:
        return None
    columns = [
        Column(say("步骤", "Step")), Column(say("影响 GMV", "Effect on GMV")), Column(say("实际", "Actual"), True),
        Column(say("预期", "Expected"), True), Column(say("归属", "Whose")),
    ]  # fmt: skip
    ends = [("forecast", say("预测 GMV", "GMV, forecast")), ("actual", say("实际 GMV", "GMV, actual"))]
    drawn = iter(draw_steps(Decimal(found["forecast"]), [Decimal(step["amount"]) for step in found["steps"]]))
    forecast = [value_at(payload, "/bridge/forecast", money), "", "", ""]
    rows = [Row(ends[0][1], forecast, "/bridge/forecast", drawn=next(drawn))]
    for place, step in enumerate(found["steps"]):
        at, show = f"/bridge/steps/{place}", money if step["step"] == "basket" else count
        cells: list[Any] = [value_at(payload, f"{at}/amount", signed_money)]
        cells += [value_at(payload, f"{at}/{name}", show) if name in step else "" for name in ("actual", "expected")]
        cells.append(_side(step["side"]))
        rows.append(Row(word(STEP_NAMES, step["step"]), cells, at, drawn=next(drawn)))
    actual = [value_at(payload, "/bridge/actual", money), "", "", ""]
    rows.append(Row(ends[1][1], actual, "/bridge/actual", drawn=next(drawn)))
    title = say("从预测到实际", "From forecast to actual")
    return Part("bridge", title, columns, rows, drawn=say("一步一步", "Step by step"))


def assets(payload: Payload) -> Part | None:
    found = payload.get("assets")
    if not found:
        return None
    names = {
        "fans": ("粉丝", "Fans"), "new": ("新客", "New"), "bought_once": ("买过一次", "Bought once"),
        "bought_again": ("复购", "Bought again"), "dormant": ("沉睡", "Dormant"),
        "amount": ("365 天净额", "Net of 365 days"),
    }  # fmt: skip
    asides = ("new", "bought_once")
    columns = [Column(say("价值层", "Tier")), *(Column(say(*words), key in asides) for key, words in names.items())]
    rows = [(word(TIERS, row["tier"]), f"/assets/tiers/{place}") for place, row in enumerate(found["tiers"])]
    rows.append((say("合计", "All"), "/assets/whole"))
    note = say(
        f"沉睡：{found['dormant_days']} 天既未互动也未购买", f"Dormant: nothing for {found['dormant_days']} days"
    )
    return Part("assets", say("粉丝资产", "Fan assets"), columns, _rows(payload, rows, names, {"amount"}), note)


def sales_by_customer(payload: Payload) -> Part | None:
    return _sales(payload, "customers", "customer", say("新老客", "New and old customers"))


def sales_by_platform(payload: Payload) -> Part | None:
    return _sales(payload, "platforms", "platform", say("平台", "Platforms"))


def sales_by_touch(payload: Payload) -> Part | None:
    return _sales(payload, "touches", "touch", say("触点", "Touchpoints"))


def _sales(payload: Payload, key: str, by: str, title: str) -> Part | None:
    found = (payload.get("sales") or {}).get(key)
    if not found:
        return None
    names = {
        "orders": ("订单数", "Orders"), "gross": ("成交额", "Gross"), "refunds": ("退款", "Refunds"),
        "net": ("净额", "Net"),
    }  # fmt: skip
    named = {"customer": CUSTOMERS, "platform": PLATFORMS}
    columns = [Column(title), *(Column(say(*words)) for words in names.values())]
    rows = [
        (word(named.get(by, {}), row[by]) if row[by] else say("未标明", "Not named"), f"/sales/{key}/{place}")
        for place, row in enumerate(found)
    ]
    return Part(f"sales-{key}", title, columns, _rows(payload, rows, names, {"gross", "refunds", "net"}))


def channel_quality(payload: Payload) -> Part | None:
    columns = [
        Column(say("渠道", "Channel")), Column(say("上周导流", "Diverted the week before")),
        Column(say("七天后仍在", "Still there after 7 days")), Column(say("留存", "Share")),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(payload.get("channel_quality") or ()):
        at = f"/channel_quality/{place}"
        cells = [
            value_at(payload, f"{at}/fans", count), value_at(payload, f"{at}/stayed", count),
            value_at(payload, f"{at}/share", percent),
        ]  # fmt: skip
        name = name_of(payload, "channels", row["channel"]) if row["channel"] else say("未标明渠道", "No channel named")
        rows.append(Row(name, cells, at))
    return Part("channel_quality", say("渠道质量", "Channel quality"), columns, rows)


def content(payload: Payload) -> Part | None:
    """KOC posts, the best and the worst."""
    found = payload.get("content")
    if not found:
        return None
    columns = [
        Column(say("内容", "Post")), Column(say("带来用户", "Users brought")), Column(say("平台", "Platform"), True),
        Column(say("发布", "Published"), True), Column(say("表现", "How it did")),
    ]  # fmt: skip
    rows = []
    for end, text in (("best", say("最好", "Best")), ("worst", say("最差", "Worst"))):
        for place, post in enumerate(found[end]):
            at = f"/content/{end}/{place}"
            cells = [
                value_at(payload, f"{at}/users", count),
                word(PLATFORMS, post["platform"]) if post["platform"] else UNKNOWN,
                post["published_on"] or "—",
                text,
            ]
            rows.append(Row(str(post["post"]), cells, at))
    note = say(
        f"本期发布 {found['posts']} 篇，带来 {found['users']} 人", f"{found['posts']} posts, {found['users']} users"
    )
    return Part("content", say("内容", "Content"), columns, rows, note)


def groups(payload: Payload) -> Part | None:
    found = payload.get("groups")
    if not isinstance(found, Mapping) or not found.get("rows"):
        return None
    names = {
        "before": ("期初", "Before"), "added": ("入群", "Joined"), "lost": ("退群", "Left"),
        "members": ("期末", "Members"),
    }  # fmt: skip
    columns = [Column(say("社群", "Group")), *(Column(say(*words)) for words in names.values())]
    rows = [(row["group"], f"/groups/rows/{place}") for place, row in enumerate(found["rows"])]
    note = say(
        f"{found['groups']} 个群，{found['members']} 人", f"{found['groups']} groups, {found['members']} members"
    )
    return Part("groups", say("社群", "Groups"), columns, _rows(payload, rows, names, set()), note)


def brand_return(payload: Payload) -> Part | None:
    """What it brought the brand, and how much of its sales that was."""
    rows = []
    for key, name, show, words in (
        ("brand_return", "net_gmv", money, ("GMV 净额", "Net GMV")),
        ("brand_return", "own_cost", money, ("品牌方渠道投入", "The brand's channel costs")),
        ("brand_return", "unstated_cost", money, ("未说明由谁承担的投入", "Costs of which nobody says who paid")),
        ("brand_return", "ratio", as_times, ("投入产出", "Return")),
        ("private_share", "brand_sales", money, ("品牌全部销售额", "All that the brand sold")),
        ("private_share", "share", percent, ("私域占比", "Private share")),
    ):
        if payload.get(key) and name in payload[key]:
            at = f"/{key}/{name}"
            rows.append(Row(say(*words), [value_at(payload, at, show)], at))
    columns = [Column(say("项目", "What")), Column(say("数值", "Figure"))]
    return Part("brand_return", say("品牌方回报", "The brand's return"), columns, rows)


def benchmarks(payload: Payload) -> Part | None:
    columns = [
        Column(say("指标", "Indicator")), Column(say("本期", "This period")), Column(say("行业平均", "Usual")),
        Column(say("行业优秀", "Best")),
    ]  # fmt: skip
    rows = []
    for place, row in enumerate(payload.get("benchmarks") or ()):
        at, show = f"/benchmarks/{place}", percent if row["code"] in ("diversion_rate", "private_share") else money
        cells: list[Any] = [
            value_at(payload, f"{at}/value", show),
            *(_range(row[end], show) for end in ("average", "best")),
        ]
        rows.append(Row(word(BENCHMARKS, row["code"]), cells, at))
    note = say("行业数值来自公开访谈，仅供参考", "What is usual is from public interviews, for orientation only")
    return Part("benchmarks", say("行业参考", "Benchmarks"), columns, rows, note)


def settlement(payload: Payload) -> Part | None:
    found = payload.get("settlement")
    if not found:
        return None
    names = {"gmv": ("GMV", "GMV"), "dual": ("双算", "Counted twice"), "base": ("结算基数", "Base")}
    columns = [Column(say("平台", "Platform")), *(Column(say(*words)) for words in names.values())]
    rows = [
        (word(PLATFORMS, row["line"]) if row["line"] else say("未标明", "Not named"), f"/settlement/lines/{place}")
        for place, row in enumerate(found["lines"])
    ]
    rows.append((say("合计", "All"), "/settlement"))
    note = (
        say("双算计入结算基数", "What is counted twice is in the base")
        if found["includes_dual"]
        else say("双算不计入结算基数", "What is counted twice is not in the base")
    )
    told = [Row(title, [value_at(payload, f"{at}/{name}", cents) for name in names], at) for title, at in rows]
    return Part("settlement", say("结算基数", "The settlement's base"), columns, told, note)


def calendar(payload: Payload) -> Part | None:
    """Of the month to come, the days that are no ordinary ones."""
    found = payload.get("calendar")
    if not found:
        return None
    columns = [Column(say("日期", "Day")), Column(say("日子", "What day")), Column(say("权重", "Weight"))]
    rows = []
    for place, day in enumerate(found["days"]):
        if day["festival"] or Decimal(str(day["weight"])) != 1:
            festival = day["festival"]
            name = (
                say(festival["zh"], festival["en"])
                if festival
                else word(DAY_NAMES, "work" if day["is_workday"] else "off")
            )
            at = f"/calendar/days/{place}"
            rows.append(Row(day["day"], [name, value_at(payload, f"{at}/weight", as_typed)], at))
    return Part("calendar", say(f"{found['month']} 日历", f"Calendar of {found['month']}"), columns, rows)


# -- Cells ------------------------------------------------------------------------------------------------------------


def signed_money(amount: Decimal) -> str:
    """+¥1,234.50 · −¥1,234.50 · ¥0.00."""
    return f"+{money(amount)}" if amount > 0 else money(amount)


def _counted_in(unit: str) -> Show:
    """60 条."""
    return lambda number: f"{as_typed(number)} {unit}".rstrip()


def as_times(ratio: Decimal) -> str:
    """3.2 倍."""
    return say(f"{fixed(ratio, 1)} 倍", f"{fixed(ratio, 1)}×")


def _rows(
    payload: Payload,
    titled: Sequence[tuple[str, str]],
    names: Mapping[str, tuple[str, str]],
    in_yuan: set[str],
) -> list[Row]:
    """A row per (title, pointer), a cell per name below the pointer."""
    return [
        Row(title, [value_at(payload, f"{at}/{name}", money if name in in_yuan else count) for name in names], at)
        for title, at in titled
    ]


def _side(side: str | None) -> str:
    return {"brand": say("品牌方", "Brand"), "agency": say("代运营方", "Agency")}.get(side or "", UNKNOWN)


def _range(ends: Sequence[str | None] | None, show: Any) -> str:
    if not ends:
        return UNKNOWN
    low, high = (None if end is None else show(Decimal(end)) for end in ends)
    return span(low, high) if high else say(f"{low} 以上", f"{low} and more")

"""What a report says in plain words: sentences computed from its own figures, naming cause and side. Pure.

Each function reads a payload (reports.contents) and answers its sentences, none where there is nothing to say.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from kpi.metrics import METRICS
from reports.narrative import (
    tell_assets,
    tell_behind,
    tell_bridge,
    tell_content,
    tell_customers,
    tell_groups,
    tell_quality,
    tell_return,
    tell_settlement,
)
from reports.totals_words import tell_some_fans, tell_totals
from reports.wording import Sentence, beside, count, counted, money, percent, period_words, plain_number

Payload = dict[str, Any]
VOLUMES = ("diverted_users", "gmv")  # of which the month to date is told
EXCEPTIONS = {  # by code: in Chinese, in English
    "lost_many": (
        "流失 {value} 人，达到前七日均值 {usual} 人的两倍",
        "Lost {value} fans, twice the usual {usual} or more",
    ),
    "added_few": (
        "导流 {value} 人，不超过前七日均值 {usual} 人的一半",
        "Diverted {value}, half of the usual {usual} or less",
    ),
    "gmv_low": (
        "成交净额 {value}，不超过前七日均值 {usual} 的一半",
        "Net GMV {value}, half of the usual {usual} or less",
    ),
}


def summarise(payload: Payload) -> list[dict[str, Any]]:
    """{code, side, zh, en} of every sentence, in the order of reading."""
    return [asdict(sentence) for tell in SENTENCES for sentence in tell(payload)]


def tell_incomplete(payload: Payload) -> Iterator[Sentence]:
    gaps = payload["gaps"]
    if gaps["stale_days"]:
        days = gaps["stale_days"]
        yield Sentence(
            "stale",
            f"有 {days} 天的数据尚未汇总，本报告的数字可能变动",
            f"{counted(days, 'day awaits', 'days await')} the roll-up: figures may change",
            "agency",
        )
    for row in gaps["missing_reach"]:
        name, days = _channel(payload, row["channel"]), len(row["days"])
        yield Sentence(
            "reach_missing",
            beside(name, f"有 {days} 天没有触达数据，请品牌方补填 — 品牌方"),
            f"{name}: {counted(days, 'day', 'days')} without reach, for the brand to enter (brand)",
            "brand",
        )


def tell_score(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("score")
    if not found or found["score"] is None:
        return
    code, side = "score", None
    zh, en = f"综合完成度 {percent(found['score'])}", f"Composite attainment {percent(found['score'])}"
    floor = percent(found["floor"] or 0)
    if found["floor"] is not None and found["in_grace"]:
        zh, en = f"{zh}，爬坡期内不考核", f"{en}, within the months of grace"
    elif found["below"]:
        missed = [METRICS[indicator] for indicator in found["missed"]]
        zh, en = f"{zh}，未达到合同底线 {floor}", f"{en}, the contract's floor of {floor} is missed"
        if missed:
            zh += f"；低于底线的指标：{'、'.join(metric.chinese for metric in missed)}"
            en += f"; below it: {', '.join(metric.english for metric in missed)}"
        zh, en, code, side = f"{zh} — 代运营方", f"{en} (agency)", "below_floor", "agency"
    elif found["below"] is False:
        zh, en = f"{zh}，达到合同底线 {floor}", f"{en}, the contract's floor of {floor} is reached"
    yield Sentence(code, zh, en, side)


def tell_fans(payload: Payload) -> Iterator[Sentence]:
    zh, en = period_words(payload)
    fans = payload["fans"]
    known = {name: count(fans[name]) for name in ("added", "lost", "net", "at_end") if fans[name] is not None}
    if len(known) < 4:
        yield from tell_some_fans(zh, en, known)
        return
    yield Sentence(
        "fans",
        "{}新增 {added} 人，流失 {lost} 人，净增 {net} 人，期末粉丝 {at_end} 人".format(zh, **known),
        "{}: {fans} added, {lost} lost, net {net}, {at_end} at the end".format(
            en, fans=counted(known["added"], "fan", "fans"), **known
        ),
    )


def tell_orders(payload: Payload) -> Iterator[Sentence]:
    orders = payload["orders"]
    if orders["net"] is None:
        yield Sentence("orders", "成交数据未填报", "Orders were not stated")
        return
    number, gross, refunds, net = (
        count(orders["orders"]), money(orders["gross"]), money(orders["refunds"]), money(orders["net"])
    )  # fmt: skip
    yield Sentence(
        "orders",
        f"成交 {number} 单 {gross}，退款 {refunds}，净额 {net}",
        f"{counted(number, 'order', 'orders')} of {gross}, refunds {refunds}, net {net}",
    )


def tell_month_to_date(payload: Payload) -> Iterator[Sentence]:
    """Against what is due of the adjusted forecast: what the brand's traffic cost is out of it already, so a shortfall
    that is left is the agency's."""
    month = payload["month_to_date"]
    elapsed = percent(month["time_elapsed"])
    for figure in month["figures"]:
        code, forecast = figure["indicator"], figure["forecast"]
        if code not in VOLUMES or forecast is None or not forecast["due"] or not Decimal(forecast["due"]):
            continue
        if forecast["judged"] is None:
            continue
        show = money if METRICS[code].kind == "money" else count
        judged, due = Decimal(forecast["judged"]), Decimal(forecast["due"])
        name_zh, name_en = METRICS[code].chinese, METRICS[code].english
        missing = (figure.get("totals") or {}).get("missing")  # days whose totals nobody stated: short of what is due?
        is_short = judged < due and not missing
        zh = beside(
            "本月累计", f"{name_zh} {show(judged)}，应达 {show(due)}，完成 {percent(judged / due)}，时间进度 {elapsed}"
        )
        en = f"{name_en} this month {show(judged)} of {show(due)} due, {percent(judged / due)}; time elapsed {elapsed}"
        yield Sentence(
            f"month_to_date:{code}",
            zh
            + (f"，少 {show(due - judged)} — 代运营方" if is_short else "")
            + (f"，缺 {missing} 天" if missing else ""),
            en
            + (f"; short by {show(due - judged)} (agency)" if is_short else "")
            + (f"; {counted(missing, 'day', 'days')} missing" if missing else ""),
            "agency" if is_short else None,
        )


def tell_traffic(payload: Payload) -> Iterator[Sentence]:
    """包裹卡 delivered 62 % of what was due, 1,240 users fewer: the brand's."""
    for row in payload["traffic"]:
        if not row["users_short"]:
            continue
        name, share, short = _channel(payload, row["channel"]), percent(row["share"]), count(row["users_short"])
        delivered, due = count(row["delivered"]), count(row["due"])
        yield Sentence(
            "traffic_short",
            beside(name, f"本月触达 {delivered}，应达 {due}，完成 {share}，少导 {short} 人 — 品牌方"),
            f"{name} reached {delivered} of {due} due this month, {share}: "
            f"{counted(short, 'user', 'users')} fewer (brand)",
            "brand",
        )


def tell_exceptions(payload: Payload) -> Iterator[Sentence]:
    for row in payload.get("exceptions", ()):
        if row["code"] not in EXCEPTIONS:
            continue
        zh, en = EXCEPTIONS[row["code"]]
        show = money if row["code"] == "gmv_low" else plain_number
        numbers = {"value": show(row["value"]), "usual": show(row["usual"])}
        yield Sentence(row["code"], zh.format(**numbers) + " — 代运营方", en.format(**numbers) + " (agency)", "agency")


def tell_targets(payload: Payload) -> Iterator[Sentence]:
    for row in payload.get("targets", ()):
        code = row["indicator"]
        if code not in VOLUMES or row["share"] is None:
            continue
        show = money if code == "gmv" else count
        is_short = Decimal(row["share"]) < 1
        value, target, share = show(row["value"]), show(row["target"]), percent(row["share"])
        yield Sentence(
            f"target:{code}",
            beside("本周", f"{METRICS[code].chinese} {value}，目标 {target}，完成 {share}")
            + (" — 代运营方" if is_short else ""),
            f"{METRICS[code].english} this week {value} of {target}, {share}" + (" (agency)" if is_short else ""),
            "agency" if is_short else None,
        )


def tell_bands(payload: Payload) -> Iterator[Sentence]:
    failing = [
        figure["indicator"]
        for figure in payload["figures"]
        if payload["kind"] == "monthly" and figure["forecast"] and figure["forecast"]["band"] == "failing"
    ]
    if failing:
        yield Sentence(
            "failing",
            f"不及格 {len(failing)} 项：{'、'.join(METRICS[code].chinese for code in failing)} — 代运营方",
            f"{len(failing)} failing: {', '.join(METRICS[code].english for code in failing)} (agency)",
            "agency",
        )


def tell_commitments(payload: Payload) -> Iterator[Sentence]:
    """Of the month, what each side has not delivered in time."""
    rows = payload.get("commitments", ())
    for side, zh, en in (("brand", "品牌方", "brand"), ("agency", "代运营方", "agency")):
        number = sum(row["side"] == side and row["state"] == "overdue" for row in rows)
        if number:
            are = "commitment is" if number == 1 else "commitments are"
            yield Sentence(
                f"commitments:{side}", f"{number} 项承诺逾期未交付 — {zh}", f"{number} {are} overdue ({en})", side
            )


def tell_heads(payload: Payload) -> Iterator[Sentence]:
    heads = payload.get("heads")
    if heads and heads["short_days"]:
        days, contracted = heads["short_days"], heads["contracted"]
        yield Sentence(
            "heads_short",
            f"有 {days} 天在岗导购少于合同约定的 {contracted} 人 — 代运营方",
            f"On {counted(days, 'day', 'days')} fewer guides on duty than the {contracted} contracted (agency)",
            "agency",
        )


SENTENCES: tuple[Callable[[Payload], Iterator[Sentence]], ...] = (
    tell_incomplete,
    tell_score,
    tell_fans,
    tell_orders,
    tell_totals,
    tell_targets,
    tell_month_to_date,
    tell_bridge,
    tell_traffic,
    tell_bands,
    tell_exceptions,
    tell_behind,
    tell_customers,
    tell_assets,
    tell_groups,
    tell_quality,
    tell_content,
    tell_return,
    tell_settlement,
    tell_commitments,
    tell_heads,
)


def _channel(payload: Payload, code: str) -> str:
    return str(payload["names"]["channels"].get(code) or code)

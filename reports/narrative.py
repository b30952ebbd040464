"""Sentences about what stands beside the ten: the way from forecast to actual, fans, groups, posts, money. Pure.

As in reports.summary: each function reads a payload and answers its sentences, none where there is nothing to say.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from kpi.metrics import METRICS
from reports.wording import Sentence, beside, count, counted, money, of_side, percent, plain_number

Payload = dict[str, Any]
TOLD_STEPS = 3  # of the bridge, those that moved most
STEPS = {  # by step: in Chinese, in English
    "traffic": ("品牌方触达未达承诺", "the brand's reach fell short of its promise"),
    "stock": ("月初粉丝 {actual} 人，应有 {expected} 人", "{actual} fans at the start where {expected} were expected"),
    "conversion": (
        "导流 {actual} 人，按实际触达应有 {expected} 人",
        "{actual} diverted where the reach that came should bring {expected}",
    ),
    "retention": ("净流失 {actual} 人，应为 {expected} 人", "{actual} fans lost net where {expected} were expected"),
    "basket": ("客单价 {actual}，上月 {expected}", "an average order of {actual}, the month before {expected}"),
    "repeat": (
        "复购 {actual} 单，按上月习惯应有 {expected} 单",
        "{actual} repeat orders where the month before's habit gives {expected}",
    ),
    "rest": ("购买人数、退款等其余因素", "the rest (buyers, refunds)"),
}


def tell_bridge(payload: Payload) -> Iterator[Sentence]:
    """Actual against forecast, then what moved most, with whose it is where it took away."""
    found = payload.get("bridge")
    if not found:
        return
    actual, forecast = money(found["actual"]), money(found["forecast"])
    zh, en = _more_or_less(Decimal(found["gap"]))
    yield Sentence("bridge", f"GMV {actual}，预测 {forecast}，{zh}", f"GMV {actual}, forecast {forecast}: {en}")
    moved = [step for step in found["steps"] if Decimal(step["amount"])]
    moved.sort(key=lambda step: -abs(Decimal(step["amount"])))
    for step in moved[:TOLD_STEPS]:
        yield _step(step)


def _step(step: dict[str, Any]) -> Sentence:
    amount = Decimal(step["amount"])
    show = money if step["step"] == "basket" else plain_number
    numbers = {name: show(step[name]) for name in ("actual", "expected") if name in step}
    zh, en = (text.format(**numbers) for text in STEPS[step["step"]])
    more_zh, more_en = _more_or_less(amount)
    side = step["side"] if amount < 0 else None
    return of_side(f"bridge:{step['step']}", f"{zh}，GMV {more_zh}", f"GMV {more_en}: {en}", side)


def _more_or_less(amount: Decimal) -> tuple[str, str]:
    size = money(abs(amount))
    return (f"少 {size}", f"{size} less") if amount < 0 else (f"多 {size}", f"{size} more")


def tell_behind(payload: Payload) -> Iterator[Sentence]:
    """Volumes below what was due for days in a row: what the brand's traffic cost is out of what was due."""
    for row in payload.get("exceptions", ()):
        if row["code"] != "behind":
            continue
        metric, days = METRICS[row["indicator"]], row["days"]
        show = money if metric.kind == "money" else count
        value, due = show(row["value"]), show(row["due"])
        yield of_side(
            f"behind:{row['indicator']}",
            beside(metric.chinese, f"连续 {days} 天低于应达：累计 {value}，应达 {due}"),
            f"{metric.english} below what is due for {days} days: {value} of {due}",
            "agency",
        )


def tell_assets(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("assets")
    if not found:
        return
    whole, days = found["whole"], found["dormant_days"]
    fans, again, dormant = count(whole["fans"]), count(whole["bought_again"]), count(whole["dormant"])
    yield Sentence(
        "assets",
        f"期末粉丝 {fans} 人，其中买过两次及以上 {again} 人，{days} 天既未互动也未购买 {dormant} 人",
        f"{counted(fans, 'fan', 'fans')} at the end: {again} bought twice or more, "
        f"{dormant} neither wrote nor bought in {days} days",
    )


def tell_groups(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("groups")
    if not found or not (found["members"] or found["lost"]):
        return
    groups, added, lost, members = (count(found[name]) for name in ("groups", "added", "lost", "members"))
    yield Sentence(
        "groups",
        f"社群 {groups} 个，入群 {added} 人次，退群 {lost} 人次，期末 {members} 人次",
        f"{counted(groups, 'group', 'groups')}: {added} joined, {lost} left, "
        f"{counted(members, 'membership', 'memberships')} at the end",
    )


def tell_customers(payload: Payload) -> Iterator[Sentence]:
    parts = {row["customer"]: row for row in (payload.get("sales") or {}).get("customers", ())}
    if not parts.keys() & {"new", "old"}:
        return
    nobody = {"net": "0", "buyers": 0}
    new, old = parts.get("new", nobody), parts.get("old", nobody)
    shown = (count(new["buyers"]), money(new["net"]), count(old["buyers"]), money(old["net"]))
    yield Sentence(
        "customers",
        "新客 {} 人，净额 {}；老客 {} 人，净额 {}".format(*shown),
        "{}, net {}; {} old, net {}".format(counted(shown[0], "new customer", "new customers"), *shown[1:]),
    )


def tell_content(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("content")
    if not found or not found["best"]:
        return
    best = found["best"][0]
    posts, users, most = count(found["posts"]), count(found["users"]), count(best["users"])
    yield Sentence(
        "content",
        f"新发 KOC 帖子 {posts} 篇，KOC 带来 {users} 人，最多的一篇 {best['post']} 带来 {most} 人",
        f"{counted(posts, 'new KOC post', 'new KOC posts')}, {counted(users, 'user', 'users')} by KOC, "
        f"most by {best['post']}: {most}",
    )


def tell_quality(payload: Payload) -> Iterator[Sentence]:
    """Best and worst channel by how many of its new fans stayed a week."""
    known = [row for row in payload.get("channel_quality", ()) if row["channel"] and row["share"] is not None]
    known.sort(key=lambda row: (-Decimal(row["share"]), row["channel"]))
    if not known:
        return
    names = payload["names"]["channels"]
    shown = [(names.get(row["channel"]) or row["channel"], percent(row["share"])) for row in known]
    best, worst = shown[0], shown[-1]
    if len(known) == 1:
        zh, en = (
            "上周导流用户七天后留存：{} {}".format(*best),
            "Of last week's new fans stayed 7 days: {} {}".format(*best),
        )
    else:
        zh = "上周导流用户七天后留存：最高 {} {}，最低 {} {}".format(*best, *worst)
        en = "Of last week's new fans stayed 7 days: most {} {}, fewest {} {}".format(*best, *worst)
    yield Sentence("quality", zh, en)


def tell_return(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("brand_return")
    if found and found["ratio"] is not None:
        cost, ratio = money(found["own_cost"]), money(found["ratio"])
        yield Sentence(
            "return",
            f"品牌方自付渠道费用 {cost}，每 1 元对应净 GMV {ratio}",
            f"The brand's own channel cost {cost}: {ratio} of net GMV per yuan",
        )
    share = payload.get("private_share")
    if share and share["share"] is not None:
        part, whole = percent(share["share"]), money(share["brand_sales"])
        yield Sentence(
            "private_share",
            f"私域占品牌全部销售 {whole} 的 {part}",
            f"Private domain is {part} of the brand's sales of {whole}",
        )


def tell_settlement(payload: Payload) -> Iterator[Sentence]:
    found = payload.get("settlement")
    if not found:
        return
    base, gmv, dual = money(found["base"]), money(found["gmv"]), money(found["dual"])
    how_zh, how_en = ("计入", "included") if found["includes_dual"] else ("不计入", "left out")
    yield Sentence(
        "settlement",
        f"结算基数 {base}：GMV {gmv}，其中双算 {dual} {how_zh}",
        f"Settlement base {base}: GMV {gmv}, of which dual-counted {dual}, {how_en}",
    )

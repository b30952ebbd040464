"""What an own indicator may be made of: the countings and how each reads a period's measures (kpi/METRICS.md, Own
indicators). Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kpi.metrics import CUTS, METRICS, Cut, Measures, Number, refunds

Unit = Literal["count", "yuan", "percent", "number"]
UNITS: tuple[Unit, ...] = ("count", "yuan", "percent", "number")
_CHANNEL: tuple[Cut, ...] = ("channel",)


@dataclass(frozen=True)
class Counting:
    """`group`: of day totals whose days it rests on, None where totals have no part in it; `in_totals`: whether they
    state it. `asks`: indicators whose measures it needs gathered. `of_orders`: can be narrowed to one platform;
    `of_channels`: to one channel."""

    code: str
    chinese: str
    english: str
    reads: Callable[[Measures], Number]
    is_money: bool = False
    cuts: tuple[Cut, ...] = CUTS
    group: Literal["fans", "service", "orders"] | None = "fans"
    in_totals: bool = False
    asks: tuple[str, ...] = ()
    of_orders: bool = False
    of_channels: bool = True


def _refunds(m: Measures) -> Number:
    return refunds(m)


def _reads(name: str) -> Callable[[Measures], Number]:
    return lambda m: m[name]


def _less(one: Number, other: Number) -> Number:
    return None if one is None or other is None else one - other


# fmt: off
COUNTINGS: Mapping[str, Counting] = {counting.code: counting for counting in (
    Counting("diverted", "导流用户", "Diverted users", _reads("diverted"), in_totals=True),
    Counting("valid", "有效新增", "Valid additions", _reads("valid")),
    Counting("recalled", "召回粉丝", "Recalled fans", _reads("recalled"), cuts=(), of_channels=False),
    Counting("koc", "KOC 带来的用户", "KOC users", _reads("koc")),
    Counting("referral", "老带新用户", "Referral users", _reads("referral")),
    Counting("reached", "渠道触达", "Reach", _reads("reached"), cuts=_CHANNEL, group=None),
    Counting("cost", "导流费用", "Diversion cost", _reads("cost"), is_money=True, cuts=_CHANNEL, group=None),
    Counting("at_start", "期初粉丝", "Fans at the start", _reads("at_start")),
    Counting("arrived", "期内加入的粉丝", "Fans who arrived", _reads("arrived"), asks=("churn_rate",)),
    Counting("seen", "期内粉丝", "Fans seen", lambda m: METRICS["churn_rate"].denominator(m),  # type: ignore[misc]
             asks=("churn_rate",)),
    Counting("churned", "流失粉丝", "Fans who left", METRICS["churn_rate"].numerator, asks=("churn_rate",)),
    Counting("retained", "留存老粉", "Old fans retained", METRICS["retention_rate"].numerator,
             asks=("retention_rate",)),
    Counting("at_end", "期末粉丝", "Fans at the end",
             lambda m: _less(METRICS["churn_rate"].denominator(m),  # type: ignore[misc]
                             METRICS["churn_rate"].numerator(m)), asks=("churn_rate",)),
    Counting("interacted", "互动粉丝", "Fans who wrote", _reads("interacted"), group="service",
             asks=("interaction_rate",)),
    Counting("inbound", "粉丝发来的互动次数", "Inbound interactions", _reads("inbound"), cuts=(), group="service",
             of_channels=False),
    Counting("rated", "评价", "Ratings", _reads("rated"), group=None),
    Counting("rated_good", "好评（4、5 分）", "Good ratings (4 or 5)", _reads("rated_good"), group=None),
    Counting("orders", "计入的订单", "Counted orders", _reads("orders"), group="orders", in_totals=True,
             of_orders=True),
    Counting("buyers", "下单人数", "Buyers", _reads("buyers"), cuts=(), group="orders", of_orders=True,
             of_channels=False),
    Counting("gross", "成交额（退款前）", "Gross", _reads("gross"), is_money=True, group="orders", in_totals=True,
             of_orders=True),
    Counting("refunds", "退款额", "Refunds", _refunds, is_money=True, group="orders", in_totals=True, of_orders=True),
    Counting("gmv", "GMV", "GMV", METRICS["gmv"].numerator, is_money=True, group="orders", in_totals=True,
             of_orders=True),
    Counting("dual", "双算成交额", "Dual-counted gross", _reads("dual"), is_money=True, group="orders"),
    Counting("natural", "自然成交额", "Natural gross", _reads("natural"), is_money=True, group="orders"),
    Counting("unbound", "未绑定成交额", "Unbound gross", _reads("unbound"), is_money=True, group="orders"),
    Counting("before_added", "加粉前成交额", "Gross before addition", _reads("before_added"), is_money=True,
             group="orders"),
    Counting("posts", "KOC 内容", "KOC posts", _reads("posts"), cuts=(), group=None, of_channels=False),
    Counting("kocs", "发布内容的 KOC", "KOCs who posted", _reads("kocs"), cuts=(), group=None, of_channels=False),
)}
# fmt: on


@dataclass(frozen=True)
class Selection:
    """One side of an indicator: a counting, at most narrowed to one channel or one order platform."""

    count: str
    channel: str | None = None
    platform: str | None = None

    @property
    def counting(self) -> Counting:
        return COUNTINGS[self.count]

    @property
    def is_narrowed(self) -> bool:
        return self.channel is not None or self.platform is not None

    @property
    def cuts(self) -> tuple[Cut, ...]:
        return () if self.is_narrowed else self.counting.cuts

    def stated(self) -> dict[str, str]:
        """As REST and the database have it."""
        narrowed = {"channel": self.channel, "platform": self.platform}
        return {"count": self.count, **{name: value for name, value in narrowed.items() if value is not None}}


def read_selection(stated: Mapping[str, Any]) -> Selection:
    return Selection(stated["count"], stated.get("channel"), stated.get("platform"))


def units_of(numerator: Selection, denominator: Selection | None) -> tuple[Unit, ...]:
    """Which units the value of these can be read in; the first is the plain choice."""
    if denominator is None:
        return ("yuan",) if numerator.counting.is_money else ("count",)
    if numerator.counting.is_money and not denominator.counting.is_money:
        return ("yuan",)
    return ("percent", "number")


def cuts_of(numerator: Selection, denominator: Selection | None) -> tuple[Cut, ...]:
    """By what both sides can be cut."""
    both = set(numerator.cuts) & set(denominator.cuts if denominator else CUTS)
    return tuple(cut for cut in CUTS if cut in both)

"""The three brands: what they sell, whom they promised what, and how they turn out. Pure data.

Rates and shares are 0..1, money is yuan. A `Source` is a channel; its reach is that of a month of ordinary days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True)
class Source:
    """`rate`: diverted ÷ reached, as promised; `cost`: a unit of reach; `turns_out`: what comes of the rate."""

    code: str
    name: str
    unit: str
    reach: int
    rate: str
    cost: str
    paid_by: str = "brand"
    lag_days: int = 0
    turns_out: float = 1.0
    opens: int = 0  # in the so-manieth month of the term


@dataclass(frozen=True)
class Platform:
    """`share`: of orders; `before`, `after`: of orders refunded before shipping and after receipt."""

    code: str
    share: float
    before: float
    after: float
    proof: float = 0.0
    dual: bool = False


@dataclass(frozen=True)
class Shelf:
    """`names`: what accounts are called; `kept_by`: their guides' codes, in the same order."""

    codes: Sequence[str]
    names: Sequence[str]
    kept_by: Sequence[str]


@dataclass(frozen=True)
class BrandPlan:
    """`begins`: months after the demo's first; `turns_out`: net GMV ÷ forecast by month of the term, the last one for
    all later; `delivery`: by source, (month of the term, share of the promise delivered from then on)."""

    slug: str
    name: str
    category: str
    prefix: str
    operating_model: str
    begins: int
    opening_fans: int
    sources: Sequence[Source]
    churn: str
    gmv_per_fan: str
    ramp: Sequence[str]
    prices: Sequence[int]
    platforms: Sequence[Platform]
    gmv_rules: Mapping[str, Mapping[str, object]]
    shelf: Shelf
    fans_per_guide: int
    turns_out: Sequence[float]
    churns_out: float
    chats: float  # inbound interactions a fan and month
    good_ratings: float
    fee: str
    delivery: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    def ramp_of(self, place: int) -> Decimal:
        return Decimal(self.ramp[min(place, len(self.ramp) - 1)])

    def delivered(self, source: Source, place: int) -> float:
        since, share = self.delivery.get(source.code, (0, 1.0))
        return share if place >= since else 1.0

    def gmv_turns_out(self, place: int) -> float:
        return self.turns_out[min(place, len(self.turns_out) - 1)]


KOC, REFERRAL = "koc", "referral"  # the sources whose fans name a post, a referrer

_TMALL = Platform("tmall", 0.30, 0.03, 0.03, proof=0.75, dual=True)
_STORE = Platform("store", 0.40, 0.02, 0.02)
_LIVE = Platform("douyin-live", 0.30, 0.25, 0.15, proof=0.6)
_RULES = {
    "default": {"rule": "any_fan"},
    "store": {"rule": "full"},
    "tmall": {"rule": "proof"},
    "douyin-live": {"rule": "proof"},
}
_RAMP = ("0.45", "0.55", "0.65", "0.75", "0.82", "0.88", "0.94", "1")

SKINCARE = BrandPlan(
    slug="yunzhi",
    name="云栀护肤",
    category="护肤",
    prefix="yz",
    operating_model="private_chat",
    begins=0,
    opening_fans=6_000,
    sources=(
        Source("parcel-card", "包裹卡", "签收包裹", 13_000, "0.062", "0.35", lag_days=2, turns_out=1.05),
        Source("sms", "短信", "送达条数", 20_000, "0.012", "0.05"),
        Source("call", "智能外呼", "接通数", 3_000, "0.085", "0.60", paid_by="agency"),
        Source("live", "直播间", "观看人次", 9_000, "0.016", "0.12", opens=2),
        Source(KOC, "小红书 KOC", "笔记阅读", 7_500, "0.014", "0.20"),
        Source(REFERRAL, "老带新", "邀请发出", 900, "0.19", "1.50", paid_by="agency", turns_out=1.2),
    ),
    churn="0.035",
    gmv_per_fan="7.20",
    ramp=_RAMP,
    prices=(89, 128, 158, 199, 239, 299, 468),
    platforms=(_TMALL, _STORE, _LIVE),
    gmv_rules=_RULES,
    shelf=Shelf(
        ("yz-01", "yz-02", "yz-03", "yz-04", "yz-05"),
        ("小栀护肤顾问", "栀栀美肤师", "云朵护肤助理", "阿栀会员官", "小云成分师"),
        ("g01", "g02", "g07", "g03", "g04"),
    ),
    fans_per_guide=5_000,
    turns_out=(0.88, 1.0, 0.98, 1.12, 1.0, 0.99, 1.04, 1.08),
    churns_out=0.92,
    chats=0.30,
    good_ratings=0.94,
    fee="0.06",
)
SNACKS = BrandPlan(
    slug="hetian",
    name="禾田零食",
    category="食品",
    prefix="ht",
    operating_model="community",
    begins=0,
    opening_fans=1_500,
    sources=(
        Source("parcel-card", "包裹卡", "签收包裹", 27_000, "0.058", "0.22", lag_days=2),
        Source("sms", "短信", "送达条数", 24_000, "0.010", "0.05"),
        Source("store", "门店扫码", "进店客流", 4_200, "0.060", "0.15"),
        Source(KOC, "小红书 KOC", "笔记阅读", 9_600, "0.012", "0.15"),
        Source(REFERRAL, "群裂变", "邀请发出", 1_900, "0.17", "0.80", paid_by="agency"),
    ),
    churn="0.05",
    gmv_per_fan="4.60",
    ramp=_RAMP,
    prices=(29, 39, 49, 59, 79, 99, 139),
    platforms=(_TMALL, _STORE, Platform("douyin-live", 0.30, 0.22, 0.12, proof=0.5)),
    gmv_rules=_RULES,
    shelf=Shelf(
        ("ht-01", "ht-02", "ht-03", "ht-04"),
        ("禾小田福利官", "田田零食铺", "禾田团长", "小禾馋嘴君"),
        ("g05", "g06", "g08", "g09"),
    ),
    fans_per_guide=6_000,
    turns_out=(0.98, 1.06, 1.08, 1.12, 1.06, 1.04, 1.03, 1.1),
    churns_out=1.1,
    chats=0.27,
    good_ratings=0.88,
    fee="0.08",
    delivery={"parcel-card": (5, 0.55)},  # cards promised for every parcel, put into little more than half of them
)
BABY = BrandPlan(
    slug="beile",
    name="贝乐母婴",
    category="母婴",
    prefix="bl",
    operating_model="private_chat",
    begins=2,
    opening_fans=800,
    sources=(
        Source("parcel-card", "包裹卡", "签收包裹", 9_000, "0.080", "0.30", lag_days=2, turns_out=0.95),
        Source("store", "门店扫码", "进店客流", 3_400, "0.095", "0.20"),
        Source("call", "智能外呼", "接通数", 2_100, "0.100", "0.60", paid_by="agency", turns_out=0.9),
        Source(KOC, "小红书 KOC", "笔记阅读", 6_500, "0.013", "0.22"),
        Source(REFERRAL, "宝妈老带新", "邀请发出", 800, "0.22", "2.00", paid_by="agency"),
    ),
    churn="0.03",
    gmv_per_fan="8.40",
    ramp=_RAMP,
    prices=(69, 99, 138, 168, 218, 268, 398),
    platforms=(
        Platform("tmall", 0.25, 0.03, 0.02, proof=0.8, dual=True),
        Platform("store", 0.60, 0.02, 0.02),
        Platform("douyin-live", 0.15, 0.25, 0.15, proof=0.6),
    ),
    gmv_rules=_RULES,
    shelf=Shelf(
        ("bl-01", "bl-02", "bl-03", "bl-04"),
        ("贝乐育儿顾问", "小贝妈妈团", "乐乐营养师", "贝贝会员管家"),
        ("g10", "g11", "g12", "g02"),
    ),
    fans_per_guide=5_000,
    turns_out=(0.9, 1.0, 1.02, 0.3, 0.9, 1.05, 1.08, 1.1),
    churns_out=1.0,
    chats=0.29,
    good_ratings=0.91,
    fee="0.07",
)
BRANDS = (SKINCARE, SNACKS, BABY)


def smaller(plan: BrandPlan, part: int) -> BrandPlan:
    """The same brand with one of so many of its fans."""
    sources = [replace(source, reach=source.reach // part) for source in plan.sources]
    return replace(plan, sources=sources, opening_fans=plan.opening_fans // part)

"""What codes of reports are called on pages, and how their figures are read. Pure but for the request's language."""

from decimal import Decimal
from typing import Any

from kpi.metrics import METRICS
from projects.queries import people
from reports.telling import WORK
from siyu.numbers import MINUS, UNKNOWN, count, exact, fixed, money, percent
from siyu.problems import say

Words = tuple[str, str]  # Chinese, English

KINDS: dict[str, Words] = {
    "daily": ("日报", "Daily"), "weekly": ("周报", "Weekly"), "monthly": ("月报", "Monthly"),
}  # fmt: skip
STATES: dict[str, Words] = {
    "draft": ("草稿", "Draft"),
    "reviewed": ("已审，待发送", "Reviewed, to be sent"),
    "sent": ("已发送", "Sent"),
    "acknowledged": ("已知悉", "Acknowledged"),
    "disputed": ("有异议", "Disputed"),
    "answered": ("已答复", "Answered"),
    "approved": ("已通过", "Approved"),
    "skipped": ("已跳过", "Skipped"),
}
STATE_TONES = {
    "sent": "info", "acknowledged": "info", "disputed": "bad", "answered": "info", "approved": "good",
    "skipped": "warn",
}  # fmt: skip
AWAITED: dict[str, Words] = {  # by state: who has to do what
    "draft": ("待代运营方审核", "The agency to review"),
    "reviewed": ("待代运营方发送", "The agency to send"),
    "sent": ("待品牌方确认", "The brand to answer"),
    "acknowledged": ("待品牌方确认", "The brand to answer"),
    "disputed": ("待代运营方答复", "The agency to answer"),
    "answered": ("待品牌方确认", "The brand to answer"),
}
STEPS: dict[str, Words] = {  # by action, of what happened
    "make": ("生成并冻结数据", "Made, figures frozen"),
    "review": ("内部审核", "Reviewed"),
    "send": ("发送给品牌方", "Sent to the brand"),
    "acknowledge": ("品牌方知悉", "Acknowledged"),
    "comment": ("批注", "Commented"),
    "dispute": ("提出异议", "Disputed"),
    "answer": ("答复异议", "Answered"),
    "approve": ("品牌方通过", "Approved"),
    "revise": ("生成新版", "A new revision"),
}
SIDES: dict[str, Words] = {"agency": ("代运营方", "Agency"), "brand": ("品牌方", "Brand")}
SAID: dict[str, Words] = {"comment": ("批注", "Comment"), "dispute": ("异议", "Dispute"), "answer": ("答复", "Answer")}
BANDS: dict[str, tuple[str, str, str]] = {
    "failing": ("不及格", "Failing", "bad"), "passing": ("及格", "Passing", "warn"),
    "normal": ("正常", "Normal", ""), "good": ("优良", "Good", "good"), "excess": ("超额", "Excess", "best"),
}  # fmt: skip
BLOCK_WORDS: dict[str, Words] = {
    "done": ("本期已做", "What was done"),
    "plan": ("下期计划", "What comes next"),
    "brand_todo": ("请品牌方配合", "For the brand to do"),
    "content": ("内容复盘", "Content"),
    "campaigns": ("活动", "Campaigns"),
    "goods": ("商品与缺货", "Goods and stock"),
    "complaints": ("客诉", "Complaints"),
    "meeting": ("会议结论", "Agreed in the meeting"),
    "actions": ("待办", "Actions"),
    "below_floor": ("未达标说明", "Why below the floor"),
    "notes": ("备注", "Notes"),
}
STEP_NAMES: dict[str, Words] = {
    "traffic": ("品牌方触达", "The brand's reach"),
    "stock": ("期初粉丝", "Fans before the month"),
    "conversion": ("导流转化", "Diversion"),
    "retention": ("留存", "Retention"),
    "basket": ("客单价", "Average order"),
    "repeat": ("复购", "Repeat orders"),
    "rest": ("其他", "The rest"),
}
EVENTS: dict[str, Words] = {  # by type, of what arrived
    "fan.added": ("加粉", "Additions"), "fan.lost": ("流失", "Losses"), "assignment": ("分配", "Assignments"),
    "interaction": ("互动", "Interactions"), "rating": ("评价", "Ratings"), "order.paid": ("订单", "Orders"),
    "order.refunded": ("退款", "Refunds"), "channel.day": ("渠道触达与费用", "Channel days"),
    "koc.post": ("KOC 内容", "KOC posts"), "brand.sales": ("品牌销售额", "The brand's sales"),
}  # fmt: skip
CAUSES: dict[str, Words] = {
    "late": ("迟到", "arrived late"), "corrected": ("更正", "corrected"), "withdrawn": ("撤回", "withdrawn"),
}  # fmt: skip
TIERS: dict[str, Words] = {
    "none": ("未消费", "Bought nothing"), "low": ("低", "Low"), "middle": ("中", "Middle"), "high": ("高", "High"),
}  # fmt: skip
PLATFORMS: dict[str, Words] = {  # by the code that orders come with; another code is shown as it is
    "tmall": ("天猫", "Tmall"), "taobao": ("淘宝", "Taobao"), "jd": ("京东", "JD.com"), "pdd": ("拼多多", "Pinduoduo"),
    "douyin": ("抖音", "Douyin"), "douyin-shop": ("抖店", "Douyin shop"), "douyin-live": ("抖音直播", "Douyin live"),
    "kuaishou": ("快手", "Kuaishou"), "xiaohongshu": ("小红书", "Xiaohongshu"), "vip": ("唯品会", "Vipshop"),
    "youzan": ("有赞", "Youzan"), "weimob": ("微盟", "Weimob"), "wechat": ("微信小店", "WeChat shop"),
    "wechat-store": ("微信小店", "WeChat shop"), "miniprogram": ("小程序商城", "Mini program"),
    "store": ("私域商城", "Private store"), "private": ("私域商城", "Private store"),
    "weibo": ("微博", "Weibo"), "bilibili": ("哔哩哔哩", "Bilibili"), "zhihu": ("知乎", "Zhihu"),
}  # fmt: skip
CUSTOMERS: dict[str, Words] = {"new": ("新客", "New"), "old": ("老客", "Old")}
DAY_NAMES: dict[str, Words] = {"work": ("工作日", "A working day"), "off": ("休息日", "A day off")}
BENCHMARKS: dict[str, Words] = {
    "diversion_rate": ("导流率", "Diversion rate"),
    "private_share": ("私域占品牌销售", "Private share of the brand's sales"),
    "gmv_per_fan": ("单粉月产出", "GMV per fan and month"),
    "gmv_per_guide": ("单导购月产出", "GMV per guide and month"),
}


def word(found: dict[str, Words], code: str) -> str:
    """In the request's language; a code that nobody named is shown as it is."""
    return say(*found[code]) if code in found else code


def metric_name(code: str) -> str:
    metric = METRICS.get(code)
    return say(metric.chinese, metric.english) if metric else code


def block_name(block: str) -> str:
    return word(BLOCK_WORDS, block)


def work_name(kind: str) -> str:
    return word(WORK, kind)


def figure_text(code: str, value: Any) -> str:
    """A figure's value as REST gives it, as it is read at a glance."""
    if value is None:
        return UNKNOWN
    kind = METRICS[code].kind if code in METRICS else "count"
    number = Decimal(str(value))
    if kind == "rate":
        return percent(number)
    return money(number) if kind in ("money", "unit_cost") else count(number)


def parts_text(code: str, figure: dict[str, Any]) -> str:
    """Numerator and denominator of a ratio; all digits where the value is shortened; else nothing."""
    numerator, denominator = figure.get("numerator"), figure.get("denominator")
    if METRICS[code].kind in ("rate", "unit_cost"):
        return f"{_all_digits(numerator)} / {_all_digits(denominator)}"
    whole = _all_digits(numerator)
    return "" if whole == figure_text(code, figure.get("value")).replace("¥", "") else whole


def _all_digits(number: Any) -> str:
    if number is None:
        return UNKNOWN
    return exact(number if isinstance(number, int) else Decimal(str(number)))


def change_text(code: str, now: Any, before: Any) -> str:
    """▲ +12.6%, or percentage points of a rate; a dash where a side is unknown or there was nothing to grow from."""
    return moved_text(now, before, is_rate=METRICS[code].kind == "rate")


def moved_text(now: Any, before: Any, *, is_rate: bool) -> str:
    """As change_text, of any number."""
    if now is None or before is None:
        return UNKNOWN
    new, old = Decimal(str(now)), Decimal(str(before))
    if not is_rate and old <= 0:
        return UNKNOWN
    moved = (new - old) * 100 if is_rate else (new - old) / old * 100
    size, unit = fixed(abs(moved), 1), "pp" if is_rate else "%"
    if size == "0.0":
        return f"0.0{unit}"
    return f"▲ +{size}{unit}" if moved > 0 else f"▼ {MINUS}{size}{unit}"


def person(label: str) -> str:
    """Who stands behind an Identity's label; the product itself is `siyu`."""
    kind, _, number = label.partition(":")
    number, _, link = number.partition(" link:")
    if kind == "user" and number.isdigit():
        found = people([int(number)]).get(int(number))
        return (str(found) if found else label) + (say("（通过链接）", " (by link)") if found and link else "")
    return say(f"接口密钥 {number}", f"API key {number}") if kind == "key" else "siyu"

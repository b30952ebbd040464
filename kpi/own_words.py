"""An own indicator in words: its sides, "numerator ÷ denominator", its value as read at a glance."""

from decimal import Decimal

from kpi.countings import Selection
from siyu.numbers import UNKNOWN, count, exact, money, percent
from siyu.problems import say

UNIT_WORDS = {
    "count": ("数量", "A count"), "yuan": ("金额（元）", "Yuan"), "percent": ("百分比", "Percent"),
    "number": ("倍数", "A plain ratio"),
}  # fmt: skip


def side_words(side: Selection) -> str:
    counting = side.counting
    title = say(counting.chinese, counting.english)
    if side.channel is not None:
        return say(f"{title}（渠道 {side.channel}）", f"{title} (channel {side.channel})")
    if side.platform is not None:
        return say(f"{title}（平台 {side.platform}）", f"{title} (platform {side.platform})")
    return title


def formula(numerator: Selection, denominator: Selection | None) -> str:
    """`有效新增 ÷ 导流用户`."""
    return side_words(numerator) + (f" ÷ {side_words(denominator)}" if denominator else "")


def value_words(unit: str, value: Decimal | None) -> str:
    if value is None:
        return UNKNOWN
    if unit == "number":
        return exact(value)
    return {"count": count, "yuan": money, "percent": percent}[unit](value)

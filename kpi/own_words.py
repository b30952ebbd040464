"""An own indicator in words: its sides, "numerator ÷ denominator", its value as read at a glance."""

from decimal import Decimal

from kpi.countings import Selection
from kpi.own_indicators import Shape
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


def no_guide(shape: Shape) -> str:
    """Which sides keep the indicator from being given per guide, and why; nothing where it can be."""
    why = [_no_guide(side) for side in shape.sides if "guide" not in side.cuts]
    return say("；", "; ").join(why)


def _no_guide(side: Selection) -> str:
    title = side_words(side)
    if side.is_narrowed:
        return say(
            f"「{title}」只统计一个渠道或平台，不分导购", f"“{title}” is of one channel or platform, not split by guide"
        )
    if side.cuts:
        return say(f"「{title}」按渠道登记，不归导购", f"“{title}” is recorded by channel and credited to no guide")
    return say(f"「{title}」只有项目整体的数", f"“{title}” is known of the whole project only")

"""The definition sheet in sentences, "what counts as …", Chinese and English. Pure: a sheet says the same for ever."""

from collections.abc import Callable
from typing import Any, NamedTuple

from projects.sheet import Sheet

TIES = {
    "friend": ("企微号的好友", "a friend of a service account"),
    "group": ("社群的成员", "a member of a group"),
    "official": ("公众号的关注者", "a follower of the official account"),
}


class Sentence(NamedTuple):
    chinese: str
    english: str


def sentences(sheet: Sheet) -> list[Sentence]:
    """What counts as a fan, as a valid addition and as GMV: the default rule first, platforms by name after it."""
    rules = sheet["gmv_rules"]
    platforms = sorted(set(rules) - {"default"})
    everywhere = (
        Sentence("其他平台", "On all other platforms") if platforms else Sentence("各平台", "On every platform")
    )
    named = [(Sentence(f"平台「{name}」", f"On the platform “{name}”"), rules[name]) for name in platforms]
    return [
        _fan(sheet["counting_ties"]),
        _valid(sheet["valid_after_hours"]),
        _judged(sheet["judge_diverted"]),
        *(_gmv(where, rule) for where, rule in [(everywhere, rules["default"]), *named]),
    ]


def words(sheet: Sheet) -> dict[str, list[str]]:
    """{zh, en}: the sentences of each language, in the same order."""
    said = sentences(sheet)
    return {"zh": [sentence.chinese for sentence in said], "en": [sentence.english for sentence in said]}


def _fan(ties: list[str]) -> Sentence:
    others = [tie for tie in TIES if tie not in ties]
    chinese = f"粉丝：{'，或'.join(TIES[tie][0] for tie in ties)}。"
    english = f"A fan is {', or '.join(TIES[tie][1] for tie in ties)}."
    if others:
        chinese += f"仅仅是{'、'.join(TIES[tie][0] for tie in others)}的不算。"
        english += f" Being only {' or '.join(TIES[tie][1] for tie in others)} does not count."
    return Sentence(chinese, english)


def _valid(hours: int) -> Sentence:
    if hours == 0:
        return Sentence("有效新增：每一位新增用户。", "Every diverted user is a valid one.")
    return Sentence(
        f"有效新增：首次加入后 {hours} 小时内没有流失的新增用户。",
        f"A diverted user is valid if she is not lost within {hours} hours of her first addition.",
    )


def _judged(judged: str) -> Sentence:
    if judged == "valid":
        return Sentence("导流总用户数按有效新增考核。", "Diverted users are judged by the valid ones.")
    return Sentence("导流总用户数按全部新增考核。", "Diverted users are judged by all of them.")


def _gmv(where: Sentence, rule: dict[str, Any]) -> Sentence:
    chinese, english = _RULES[rule["rule"]](rule)
    return Sentence(f"{where.chinese}：{chinese}", f"{where.english}, {english}")


def _present(rule: dict[str, Any]) -> Sentence:
    days = rule["grace_days"]
    if days == 0:
        return Sentence(
            "买家付款时是粉丝的订单计入 GMV。", "an order counts as GMV if its buyer is a fan when she pays."
        )
    return Sentence(
        f"买家付款时是粉丝、或流失未满 {days} 天（{days} × 24 小时）的订单计入 GMV。",
        f"an order counts as GMV if its buyer is a fan when she pays, or was lost less than {days} × 24 hours before.",
    )


def _window(rule: dict[str, Any]) -> Sentence:
    days = rule["days"]
    return Sentence(
        f"买家加过粉丝、且付款前 {days} 天（{days} × 24 小时）内收到过触达的订单计入 GMV。",
        f"an order counts as GMV if its buyer had become a fan and was contacted within the {days} × 24 hours before.",
    )


_RULES: dict[str, Callable[[dict[str, Any]], Sentence]] = {
    "full": lambda _rule: Sentence(
        "所有订单计入 GMV，买家不是粉丝也计入。", "every order counts as GMV, whoever the buyer is."
    ),
    "any_fan": lambda _rule: Sentence(
        "买家付款前已加过粉丝的订单计入 GMV，之后流失也计入。",
        "an order counts as GMV if its buyer had become a fan before she paid, even if she was lost since.",
    ),
    "present": _present,
    "proof": lambda _rule: Sentence(
        "买家加过粉丝、且带有凭证（链接、优惠券、口令或群）的订单计入 GMV。",
        "an order counts as GMV if its buyer had become a fan and it carries a proof (link, coupon, code or group).",
    ),
    "window": _window,
    "none": lambda _rule: Sentence("订单不计入 GMV。", "no order counts as GMV."),
}

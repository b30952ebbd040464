"""What a figure from day totals says of itself, in words. Pure. What each means: kpi/METRICS.md, Day totals."""

from collections.abc import Mapping
from typing import Any

from kpi.totals import StatedStock
from siyu.problems import say

READS = {  # by code: in a word, and in a sentence, in Chinese and English
    "additions": (
        ("汇总·按添加人次", "Totals: additions"),
        ("按日汇总的新增好友计，含召回和重复添加，不小于首次成为粉丝的人数。",
         "Counted by additions of day totals, returning fans and second friends included: no fewer than diverted."),
    ),
    "at_least": (
        ("汇总·至少", "Totals: at least"),
        (
            "按日汇总的好友数和流失推算，实际不低于这个数。",
            "Worked out of friends and losses: the true rate is no lower.",
        ),
    ),
    "occurrences": (
        ("汇总·按流失人次", "Totals: losses"),
        ("按日汇总的流失人次计，流失两次算两次。", "Counts losses of day totals: who leaves twice is lost twice."),
    ),
    "ties": (
        ("汇总·按好友关系", "Totals: friendships"),
        (
            "按好友关系计，加了两位导购的粉丝算两次。",
            "Counts friendships: who is the friend of two guides is there twice.",
        ),
    ),
    "as_stated": (
        ("汇总·按填报", "Totals: as stated"),
        (
            "按日汇总填报的成交额减退款，未按口径表逐单核对。",
            "Paid less refunds as stated, not held against the sheet's rules.",
        ),
    ),
    "missing": (("缺日汇总", "Not stated"), ("这些天没有填报日汇总。", "Nobody stated these days.")),
    "mixed": (
        ("两种来源，不能合算", "Two sources"),
        (
            "期间内既有事件数据又有日汇总，人数不能合算。",
            "Some days have events, others totals: fans can't be put together.",
        ),
    ),
    "distinct": (
        ("汇总不能跨天去重", "Totals can't tell"),
        ("日汇总只有每天的人数，跨天无法去重。", "Totals count each day apart: who wrote on two days can't be told."),
    ),
    "no_stock": (
        ("缺好友总数", "No stock of friends"),
        ("日汇总没有填好友总数，或流失多于期初好友。", "Friends are not stated, or more were lost than there were."),
    ),
    "no_losses": (
        ("缺流失", "No losses stated"),
        ("只有渠道填了新增，没有按导购的流失。", "Only channels state the day: losses are not known."),
    ),
    "no_channel": (
        ("渠道缺新增", "Channels' additions missing"),
        (
            "有触达的渠道没有每天填新增，导流不能按渠道计算。",
            "A channel with reach does not state its additions on each day.",
        ),
    ),
    "not_in_totals": (
        ("汇总不含", "Not in totals"),
        ("日汇总不含这项，需要事件数据。", "Day totals do not hold it: it takes events."),
    ),
}  # fmt: skip


def stock_words(stock: StatedStock | None) -> str:
    """Where the number of fans comes from, if not from events; why it is not known."""
    if stock is None:
        return ""
    day = stock.day
    if stock.whole is None:
        return say(
            f"{day} 的日汇总没有填全好友数，在册粉丝未知。",
            f"Totals of {day} do not state all friends: how many fans there are is not known. ",
        )
    return say(f"按 {day} 日汇总的好友数。", f"Friends by the totals of {day}. ")


VALUED = (None, "additions", "at_least", "occurrences", "ties", "as_stated")  # the others say why there is no figure


def mark_of(totals: Mapping[str, Any] | None) -> str:
    """In a word, with how many days are missing; nothing for a figure of events alone."""
    if not totals:
        return ""
    words = [say(*READS[totals["reads"]][0])] if totals["reads"] else []
    if totals["missing"] and totals["reads"] in VALUED:
        words.append(say(f"缺 {totals['missing']} 天", f"{totals['missing']} days missing"))
    return say("，", ", ").join(words)


def sentence_of(totals: Mapping[str, Any] | None) -> str:
    """In a sentence: how many days rest on totals, how to read the figure, what is missing."""
    if not totals:
        return ""
    words = []
    if totals["days"]:
        words.append(say(f"其中 {totals['days']} 天来自日汇总。", f"{totals['days']} days come from day totals."))
    if totals["reads"]:
        words.append(say(*READS[totals["reads"]][1]))
    if totals["missing"] and totals["reads"] in VALUED:
        words.append(say(f"另有 {totals['missing']} 天没有填报。", f"{totals['missing']} days were not stated."))
    return say("", " ").join(words)

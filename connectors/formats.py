"""The files that can be imported: our own templates, and what shops export. Each as data: which column is what.

Shops rename columns from year to year, so a column is found by any of its titles, never by its place. Their files state
Beijing time and yuan; amounts are what the buyer paid.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.cells import (
    Cell,
    Reading,
    read_amount,
    read_code,
    read_count,
    read_day,
    read_flag,
    read_guide,
    read_instant,
    read_month,
    read_phone,
    read_text,
)
from connectors.tables import normal_title
from siyu.problems import say

BEIJING = "+08:00"


@dataclass(frozen=True)
class Part:
    """One column. `titles`: what it may be called, the Chinese template's first, the English one's (the
    event's field) last; `words`: what
    its cells may say, as values of the event; `sample`: of the template's sample row."""

    field: str
    titles: tuple[str, ...]
    read: Callable[[Cell, Reading], Any] = read_code
    required: bool = False
    words: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sample: str = ""
    unknown: str = "unknown_word"  # the fault of a cell that says none of the words

    @property
    def names(self) -> frozenset[str]:
        return frozenset(map(normal_title, self.titles))

    @property
    def title(self) -> str:
        """Of the template in the reader's language; files are read with either."""
        return say(self.titles[0], self.titles[-1] if self.titles[-1].isascii() else self.titles[0])


@dataclass(frozen=True)
class Share:
    """What a row of several facts says of one: the event it becomes where any of `fields` is given; `needs`: those that
    must be then."""

    kind: str
    fields: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """`kind`: the event a row becomes. `fixed`: fields every event has. `grain`: whether each row is an event, rows of
    one order repeat its amount (`first`) or share it (`sum`). `identity`: the fields that make the event's id where a
    kind needs one. `offset`: of the times in it; empty: the project's zone. `fingerprint`: titles that only this format
    has together. `unpaid_without`: a row without this field is an order that nobody paid, and is passed over. `shares`:
    a row is several facts of one day and one guide or channel; sums below such a table are passed over, repeats
    refused."""

    code: str
    chinese: str
    english: str
    kind: str
    parts: tuple[Part, ...]
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    grain: Literal["row", "first", "sum"] = "row"
    identity: tuple[str, ...] = ()
    offset: str = ""
    fingerprint: frozenset[str] = frozenset()
    unpaid_without: str = ""
    shares: tuple[Share, ...] = ()
    is_template: bool = False

    @property
    def titles(self) -> frozenset[str]:
        return frozenset().union(*(part.names for part in self.parts))


# -- Our own templates ------------------------------------------------------------------------------------------------

TIES = {"好友": "friend", "群": "group", "社群": "group", "公众号": "official"}
STAGES = {"发货前": "before_shipping", "签收后": "after_receipt", "收货后": "after_receipt", "未知": "unknown"}
SIDES = {"粉丝": "fan", "用户": "fan", "导购": "guide", "企微号": "guide"}
CAUSES = {"删除": "deleted", "转移": "transfer", "继承": "transfer", "清理": "cleanup"}
DIRECTIONS = {
    "收": "in", "发": "out", "粉丝发来": "in", "我方发出": "out", "收到": "in", "发出": "out", "接收": "in",
    "发送": "out", "进": "in", "出": "out",
}  # fmt: skip
INTERACTIONS = {
    "消息": "message", "朋友圈": "moment", "群": "group", "点击": "click", "访问": "visit", "问卷": "survey",
    "直播": "live", "其他": "other",
}  # fmt: skip
PROOFS = {"链接": "link", "优惠券": "coupon", "口令": "code", "群": "group"}
PAYERS = {"品牌": "brand", "代运营": "agency"}
PEOPLE = {"消费者": "consumer", "koc": "koc", "分销员": "distributor"}

FAN = Part("fan", ("粉丝编号", "外部联系人ID", "external_userid", "fan"), required=True, sample="wm0001")
AT = Part("at", ("时间", "at"), read_instant, required=True, sample="2026-11-05 09:30")
ACCOUNT = Part("guide", ("企微号", "人设号", "guide"), sample="hao01")
ID = Part("id", ("编号", "id"))

OWN = (
    Format(
        "fans", "粉丝新增", "Fans added", "fan.added",
        (
            FAN, Part("at", ("添加时间", "时间", "at"), read_instant, required=True, sample="2026-11-05 09:30"),
            ACCOUNT, Part("channel", ("渠道", "channel"), sample="parcel"),
            Part("tie", ("关系", "tie"), read_text, words=TIES, sample="好友"),
            Part("group", ("群编号", "group")),
            Part("opening", ("存量", "opening"), read_flag, sample="否"),
            Part("name", ("昵称", "姓名", "name"), read_text), Part("phone", ("手机号", "phone"), read_phone),
            Part("unionid", ("unionid",)), Part("referrer", ("推荐人", "referrer")),
            Part("koc_post", ("KOC 帖子", "koc_post")),
            Part("kind", ("身份", "kind"), read_text, words=PEOPLE), ID,
        ),
        identity=("fan", "at", "guide", "tie", "group"), is_template=True,
    ),
    Format(
        "losses", "粉丝流失", "Fans lost", "fan.lost",
        (
            FAN, Part("at", ("流失时间", "时间", "at"), read_instant, required=True, sample="2026-11-05 09:30"),
            Part("by", ("由谁", "by"), read_text, required=True, words=SIDES, sample="粉丝"), ACCOUNT,
            Part("tie", ("关系", "tie"), read_text, words=TIES), Part("group", ("群编号", "group")),
            Part("cause", ("原因", "cause"), read_text, words=CAUSES, sample="删除"), ID,
        ),
        identity=("fan", "at", "by", "guide", "tie", "group"), is_template=True,
    ),
    Format(
        "orders", "订单", "Orders", "order.paid",
        (
            Part("order", ("订单号", "订单编号", "order"), required=True, sample="E20261105001"),
            Part("at", ("付款时间", "支付时间", "at"), read_instant, required=True, sample="2026-11-05 09:30"),
            Part("amount", ("实付金额", "金额", "amount"), read_amount, required=True, sample="199.00"),
            Part("fan", ("粉丝编号", "fan"), sample="wm0001"), Part("phone", ("手机号", "phone"), read_phone),
            Part("platform", ("平台", "platform"), sample="youzan"),
            Part("dual", ("双算", "dual"), read_flag), Part("proof", ("凭证", "proof"), read_text, words=PROOFS),
            Part("touch", ("触点", "touch")), Part("channel", ("渠道", "channel")),
        ),
        is_template=True,
    ),
    Format(
        "refunds", "退款", "Refunds", "order.refunded",
        (
            Part("order", ("订单号", "订单编号", "order"), required=True, sample="E20261105001"),
            Part("at", ("退款时间", "at"), read_instant, required=True, sample="2026-11-07 10:00"),
            Part("amount", ("退款金额", "金额", "amount"), read_amount, required=True, sample="99.00"),
            Part("stage", ("阶段", "stage"), read_text, words=STAGES, sample="签收后"),
            Part("id", ("退款编号", "退款单号", "编号", "id"), sample="R20261107001"),
        ),
        fixed={"stage": "unknown"}, identity=("order", "at", "amount"), is_template=True,
    ),
    Format(
        "channel_days", "渠道日报", "Channels by day", "channel.day",
        (
            Part("channel", ("渠道", "channel"), required=True, sample="parcel"),
            Part("date", ("日期", "date"), read_day, required=True, sample="2026-11-05"),
            Part("reached", ("触达", "触达数", "触达量", "触达人数", "reached"), read_count, sample="1200"),
            Part("cost", ("费用", "成本", "cost"), read_amount, sample="600.00"),
            Part("paid_by", ("承担方", "paid_by"), read_text, words=PAYERS, sample="品牌"),
            Part("added", ("新增", "新增好友", "新增人数", "加粉", "added"), read_count, sample="96"),
        ),
        shares=(Share("channel.day", ("reached", "cost", "paid_by")), Share("channel.fans", ("added",))),
        is_template=True,
    ),
    Format(
        "guide_totals", "导购日汇总", "Guides by day", "fans.day",
        (
            Part("date", ("日期", "统计日期", "date"), read_day, required=True, sample="2026-11-05"),
            Part(
                "guide", ("导购", "导购姓名", "导购编号", "员工", "guide"), read_guide, required=True, sample="张三",
                unknown="unknown_guide",
            ),
            Part("added", ("新增", "新增好友", "新增粉丝", "新增人数", "加粉", "added"), read_count, sample="32"),
            Part("lost", ("流失", "流失好友", "流失粉丝", "流失人数", "lost"), read_count, sample="4"),
            Part("friends", ("好友数", "好友总数", "粉丝总数", "期末好友", "friends"), read_count, sample="1.2万"),
            Part("chats", ("聊天人数", "聊天", "聊天数", "chats"), read_count, sample="210"),
            Part("replied", ("回复人数", "回复", "回复数", "replied"), read_count, sample="88"),
            Part("orders", ("订单数", "订单", "单数", "成交单数", "支付订单数", "orders"), read_count, sample="15"),
            Part("paid", ("成交额", "成交金额", "支付金额", "销售额", "paid"), read_amount, sample="4,580.00"),
            Part("refunds", ("退款", "退款额", "退款金额", "refunds"), read_amount, sample="199.00"),
        ),
        shares=(
            Share("fans.day", ("added", "lost", "friends"), ("added", "lost")),
            Share("service.day", ("chats", "replied"), ("chats", "replied")),
            Share("orders.day", ("orders", "paid", "refunds"), ("orders", "paid", "refunds")),
        ),
        is_template=True,
    ),
    Format(
        "interactions", "互动", "Interactions", "interaction",
        (
            FAN, AT, Part("direction", ("方向", "direction"), read_text, required=True, words=DIRECTIONS, sample="收"),
            Part("kind", ("方式", "kind"), read_text, words=INTERACTIONS, sample="消息"), ACCOUNT, ID,
        ),
        fixed={"kind": "message"}, identity=("fan", "at", "direction", "kind"), is_template=True,
    ),
    Format(
        "ratings", "评分", "Ratings", "rating",
        (FAN, AT, Part("score", ("评分", "score"), read_count, required=True, sample="5"), ACCOUNT, ID),
        identity=("fan", "at"), is_template=True,
    ),
    Format(
        "koc_posts", "KOC 帖子", "KOC posts", "koc.post",
        (
            Part("post", ("帖子编号", "笔记ID", "post"), required=True, sample="64f0a1b2000000001e03a1b2"),
            Part("at", ("发布时间", "at"), read_instant, required=True, sample="2026-11-05 20:00"),
            Part("platform", ("平台", "platform"), required=True, sample="xiaohongshu"),
            Part("fan", ("粉丝编号", "fan")),
            Part("url", ("链接", "url"), read_text), Part("views", ("观看量", "阅读", "views"), read_count),
            Part("likes", ("点赞", "likes"), read_count), Part("comments", ("评论", "comments"), read_count),
            Part("saves", ("收藏", "saves"), read_count),
        ),
        is_template=True,
    ),
    Format(
        "brand_sales", "品牌全域销售", "The brand's sales", "brand.sales",
        (
            Part("month", ("月份", "month"), read_month, required=True, sample="2026-11"),
            Part("amount", ("销售额", "金额", "amount"), read_amount, required=True, sample="1250000.00"),
        ),
        is_template=True,
    ),
)  # fmt: skip

# -- What shops export ------------------------------------------------------------------------------------------------


def _order(*titles: str) -> Part:
    return Part("order", titles, required=True)


def _paid(*titles: str) -> Part:
    return Part("at", titles, read_instant)


def _amount(*titles: str) -> Part:
    return Part("amount", titles, read_amount, required=True)


def _titles(*titles: str) -> frozenset[str]:
    return frozenset(map(normal_title, titles))


def _shop(
    code: str,
    chinese: str,
    english: str,
    parts: tuple[Part, ...],
    fingerprint: frozenset[str],
    grain: Literal["row", "first", "sum"],
) -> Format:
    return Format(
        f"{code}_orders", f"{chinese}订单", f"{english} orders", "order.paid", parts, fixed={"platform": code},
        grain=grain, offset=BEIJING, fingerprint=fingerprint, unpaid_without="at",
    )  # fmt: skip


SHOPS = (
    _shop(
        "taobao", "淘宝/天猫", "Taobao/Tmall",
        (
            _order("订单编号"), _paid("订单付款时间"),
            _amount("买家实付金额", "买家实际支付金额"),
            Part("phone", ("联系手机", "联系电话"), read_phone),
        ),
        _titles("订单编号", "订单付款时间", "买家应付货款"), "first",
    ),
    _shop(
        "jd", "京东", "JD",
        (_order("订单号"), _paid("付款确认时间"), _amount("应付金额"), Part("phone", ("联系电话",), read_phone)),
        _titles("京东价", "付款确认时间"), "first",
    ),
    _shop(
        "douyin", "抖店", "Douyin",
        (
            _order("主订单编号"), _paid("支付完成时间"), _amount("订单应付金额"),
            Part("phone", ("收件人手机号",), read_phone),
        ),
        _titles("主订单编号", "子订单编号"), "sum",
    ),
    _shop(
        "youzan", "有赞", "Youzan",
        (
            _order("订单号"), _paid("买家付款时间"), _amount("订单实付金额"),
            Part("phone", ("买家手机号", "收货人手机号/提货人手机号"), read_phone),
        ),
        _titles("买家付款时间", "订单实付金额"), "first",
    ),
    _shop(
        "weixin_shop", "微信小店", "Weixin shop",
        (_order("订单号"), _paid("支付时间"), _amount("订单实际支付金额"), Part("phone", ("收件人手机",), read_phone)),
        _titles("订单下单时间", "商品已退款金额"), "first",
    ),
    _shop(
        "xiaohongshu", "小红书", "Xiaohongshu",
        (_order("订单号"), _paid("支付时间"), _amount("用户应付金额(元)"), Part("phone", ("收件人电话",), read_phone)),
        _titles("小红书编码", "商家应收金额(元)(支付金额)"), "sum",
    ),
    Format(
        "taobao_refunds", "淘宝/天猫退款", "Taobao/Tmall refunds", "order.refunded",
        (
            _order("订单编号"), Part("id", ("退款编号",), required=True),
            Part("at", ("退款完结时间", "完结时间"), read_instant), _amount("买家退款金额"),
            Part("stage", ("售中或售后",), read_text, words={"售中": "before_shipping", "售后": "after_receipt"}),
        ),
        fixed={"stage": "unknown"}, offset=BEIJING, unpaid_without="at",
        fingerprint=_titles("退款编号", "买家退款金额", "退款完结时间"),
    ),
)  # fmt: skip

FORMATS: Mapping[str, Format] = {one.code: one for one in (*OWN, *SHOPS)}


def find_format(titles: frozenset[str]) -> Format | None:
    """The format whose fingerprint is among the titles (normal); else the template whose required columns are and of
    which most columns are there."""
    known = [one for one in SHOPS if one.fingerprint <= titles]
    if known:
        return max(known, key=lambda one: len(one.fingerprint))
    fitting = [one for one in OWN if all(part.names & titles for part in one.parts if part.required)]
    return max(fitting, key=lambda one: len(one.titles & titles), default=None)

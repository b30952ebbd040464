"""The events of the interface: which fields each type has, what they may hold, and the codes that refuse them.

A field's reader turns a JSON value into the value of an `Event` column or raises Refusal. An empty string or null says
nothing, as if the field were absent; only `to` and `from` of a decision read null as "nobody".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from fans.models import EventKind, TieKind
from siyu.periods import day_start, local_day, read_instant
from siyu.problems import say

MESSAGES = {
    "bad_json": ("不是一个 JSON 对象，或一行超过 64 KiB", "Not a JSON object, or a line of more than 64 KiB"),
    "unknown_type": ("没有这种事件类型", "There is no such type of event"),
    "missing_field": ("缺少字段 {field}", "Field {field} is missing"),
    "bad_value": (
        "字段 {field} 的值不对：类型不符、不在取值范围内，或含有非法字符",
        "Field {field}: wrong kind, outside its range, or with characters that are not allowed",
    ),
    "bad_time": (
        "字段 {field} 不是有效的时间或日期，例如 2026-01-31T09:30:00+08:00、2026-01-31、2026-01",
        "Field {field} is no valid time or date, such as 2026-01-31T09:30:00+08:00, 2026-01-31 or 2026-01",
    ),
    "future_time": (
        "字段 {field} 晚于现在 24 小时以上，请检查时间和时区",
        "Field {field} is more than 24 hours ahead: check the time and its zone",
    ),
    "too_long": ("字段 {field} 太长", "Field {field} is too long"),
    "bad_amount": (
        '字段 {field} 应为不小于 0 的十进制字符串，最多 12 位整数和 2 位小数，例如 "1234.50"',
        'Field {field} must be a decimal string of 0 or more, at most 12 digits and 2 places, such as "1234.50"',
    ),
    "refund_exceeds_paid": ("退款超过该订单剩余的可退金额", "The refund is more than what is left of its order"),
    "below_refunded": (
        "订单金额改得比已退款的还少；请先撤回或更正退款",
        "The order would be less than what is refunded: withdraw or correct the refunds first",
    ),
    "unknown_event": (
        "要撤回的事件从未收到过，请检查类型和编号",
        "The event to withdraw was never sent: check its type and id",
    ),
}

CODE_LENGTH = 128
LINE_BYTES = 64 * 1024
AHEAD = timedelta(hours=24)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,2})?", re.ASCII)
_PHONE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NOT_A_DIGIT = re.compile(r"[^0-9]")


class Refusal(Exception):
    """A line that is not taken: a code of MESSAGES and the field it is about."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


def message_of(code: str, field: str) -> str:
    """The refusal in the language of the request."""
    return say(*MESSAGES[code]).format(field=field)


@dataclass(frozen=True)
class Reading:
    """What a reader needs beside the value: the project's zone and the clock, both fixed for a body."""

    zone: ZoneInfo
    now: datetime


Reader = Callable[[Any, str, Reading], Any]


@dataclass(frozen=True)
class Field:
    name: str
    read: Reader
    required: bool = False
    column: str = ""  # of Event; empty: same as the name
    extra: bool = False  # kept in Event.extra
    default: Any = None
    null_says: bool = False  # null means nobody

    @property
    def target(self) -> str:
        return self.column or self.name


def text(limit: int) -> Reader:
    def read(value: Any, field: str, reading: Reading) -> str:
        if not isinstance(value, str):
            raise Refusal("bad_value", field)
        if len(value) > limit:
            raise Refusal("too_long", field)
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:  # a lone surrogate, which JSON can spell and UTF-8 cannot
                raise Refusal("bad_value", field) from None
        if "\0" in value:
            raise Refusal("bad_value", field)
        return value

    return read


code = text(CODE_LENGTH)


def one_of(*values: str) -> Reader:
    def read(value: Any, field: str, reading: Reading) -> str:
        if not isinstance(value, str) or value not in values:
            raise Refusal("bad_value", field)
        return value

    return read


def flag(value: Any, field: str, reading: Reading) -> bool:
    if not isinstance(value, bool):
        raise Refusal("bad_value", field)
    return value


def tie(value: Any, field: str, reading: Reading) -> int:
    return _TIES[one_of(*_TIES)(value, field, reading)]


_TIES = {kind.label: kind.value for kind in TieKind}


def inbound(value: Any, field: str, reading: Reading) -> bool:
    return one_of("in", "out")(value, field, reading) == "in"


def whole(low: int, high: int) -> Reader:
    def read(value: Any, field: str, reading: Reading) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Refusal("bad_value", field)
        return value

    return read


def amount(value: Any, field: str, reading: Reading) -> Decimal:
    """Yuan, two places."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise Refusal("bad_amount", field)
    return Decimal(value).quantize(Decimal("0.01"))


def instant(value: Any, field: str, reading: Reading) -> datetime:
    """An instant in UTC; without an offset, read in the project's zone."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise Refusal("bad_time", field)
    try:
        at = datetime.fromisoformat(value.upper())
        at = at.astimezone(UTC) if at.tzinfo else read_instant(at, reading.zone)
        local_day(at, reading.zone)
    except (ValueError, OverflowError):
        raise Refusal("bad_time", field) from None
    if at > reading.now + AHEAD:
        raise Refusal("future_time", field)
    return at


def _calendar(value: Any, pattern: re.Pattern[str], rest: str, field: str, reading: Reading) -> date:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Refusal("bad_time", field)
    try:
        day = date.fromisoformat(value + rest)
        begins = day_start(day, reading.zone)
    except (ValueError, OverflowError):
        raise Refusal("bad_time", field) from None
    if begins > reading.now + AHEAD:
        raise Refusal("future_time", field)
    return day


def calendar_day(value: Any, field: str, reading: Reading) -> date:
    return _calendar(value, _DATE, "", field, reading)


def calendar_month(value: Any, field: str, reading: Reading) -> date:
    """The month's first day."""
    return _calendar(value, _MONTH, "-01", field, reading)


def phone_digits(phone: str) -> str | None:
    """The last 11 digits, full-width ones read as such; None where there are fewer: such a phone binds nothing."""
    digits = _NOT_A_DIGIT.sub("", phone.translate(_PHONE_DIGITS))
    return digits[-11:] if len(digits) >= 11 else None


_INTERACTIONS = ("message", "moment", "group", "click", "visit", "survey", "live", "other")
_COUNT = whole(0, 10**12)
_TOTAL = whole(0, 10**7)  # of one guide or channel on one day
_FAN = Field("fan", code, required=True)
_ACCOUNT = Field("guide", code, column="account")
_SOURCE = Field("source", code)
_AT = Field("at", instant, required=True)
_ID = Field("id", code, required=True)
_DATE_OF = Field("date", calendar_day, required=True, column="day")
_GUIDE_OF = Field("guide", code, required=True, extra=True)  # the guide herself, not an account


def _stated(name: str, *, required: bool = True) -> Field:
    """A count of a day total."""
    return Field(name, _TOTAL, required=required, extra=True)


FIELDS: dict[str, tuple[Field, ...]] = {
    "fan.added": (
        _ID, _AT, _FAN, _ACCOUNT, Field("channel", code), Field("tie", tie, default=TieKind.FRIEND.value),
        Field("group", code, column="group_code"), Field("opening", flag, default=False), Field("name", text(200)),
        Field("phone", text(64)), Field("unionid", code), Field("referrer", code), Field("koc_post", code),
        Field("kind", one_of("consumer", "koc", "distributor"), extra=True), _SOURCE,
    ),
    "assignment": (
        _ID, _AT, _FAN, Field("to", code, required=True, column="account", null_says=True),
        Field("from", code, column="from_account", null_says=True), Field("reason", text(1000), extra=True), _SOURCE,
    ),
    "fan.lost": (
        _ID, _AT, _FAN, Field("by", one_of("fan", "guide"), required=True), _ACCOUNT, Field("tie", tie),
        Field("group", code, column="group_code"), Field("cause", one_of("deleted", "transfer", "cleanup")), _SOURCE,
    ),
    "interaction": (
        _ID, _AT, _FAN, Field("direction", inbound, required=True, column="inbound"),
        Field("kind", one_of(*_INTERACTIONS), required=True, extra=True),
        _ACCOUNT, _SOURCE,
    ),
    "rating": (_ID, _AT, _FAN, Field("score", whole(1, 5), required=True), _ACCOUNT, _SOURCE),
    "order.paid": (
        Field("order", code, required=True, column="key"), _AT, Field("amount", amount, required=True),
        Field("fan", code), Field("phone", text(64)), Field("platform", code), Field("dual", flag, default=False),
        Field("proof", one_of("link", "coupon", "code", "group")), Field("touch", code, extra=True),
        Field("channel", code), _SOURCE,
    ),
    "order.refunded": (
        _ID, _AT, Field("order", code, required=True, column="order_number"), Field("amount", amount, required=True),
        Field("stage", one_of("before_shipping", "after_receipt", "unknown"), required=True), _SOURCE,
    ),
    "channel.day": (
        Field("channel", code, required=True), Field("date", calendar_day, required=True, column="day"),
        Field("reached", _COUNT), Field("cost", amount, column="amount"), Field("paid_by", code, extra=True), _SOURCE,
    ),
    "koc.post": (
        Field("post", code, required=True, column="key"), _AT, Field("fan", code),
        Field("platform", code, required=True),
        Field("url", text(2000), extra=True), Field("views", _COUNT, extra=True), Field("likes", _COUNT, extra=True),
        Field("comments", _COUNT, extra=True), Field("saves", _COUNT, extra=True), _SOURCE,
    ),
    "brand.sales": (
        Field("month", calendar_month, required=True, column="day"), Field("amount", amount, required=True), _SOURCE,
    ),
    "fans.day": (
        _GUIDE_OF, _DATE_OF, _stated("added"), _stated("lost"), _stated("friends", required=False), _SOURCE,
    ),
    "service.day": (_GUIDE_OF, _DATE_OF, _stated("chats"), _stated("replied"), _SOURCE),
    "orders.day": (
        _GUIDE_OF, _DATE_OF, _stated("orders"), Field("paid", amount, required=True, column="amount"),
        Field("refunds", amount, required=True, extra=True), _SOURCE,
    ),
    "channel.fans": (Field("channel", code, required=True), _DATE_OF, _stated("added"), _SOURCE),
}  # fmt: skip
KINDS: dict[str, EventKind] = {kind.label: kind for kind in EventKind}

# What names the event that a retract withdraws: the fields of its identity.
IDENTITY: dict[str, tuple[Field, ...]] = {
    "order.paid": (Field("order", code, required=True),),
    "koc.post": (Field("post", code, required=True),),
    "channel.day": (Field("channel", code, required=True), Field("date", calendar_day, required=True)),
    "brand.sales": (Field("month", calendar_month, required=True),),
    **dict.fromkeys(("fans.day", "service.day", "orders.day"), (Field("guide", code, required=True), _DATE_OF)),
    "channel.fans": (Field("channel", code, required=True), _DATE_OF),
    **dict.fromkeys(("fan.added", "assignment", "fan.lost", "interaction", "rating", "order.refunded"), (_ID,)),
}


def channel_day_key(channel: str, day: date) -> str:
    return f"{day.isoformat()}|{channel}"


def guide_day_key(guide: str, day: date) -> str:
    return f"{day.isoformat()}|{guide}"


def month_key(month: date) -> str:
    return month.isoformat()[:7]

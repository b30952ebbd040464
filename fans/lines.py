"""One line of a body → one event as the ledger takes it, or the refusal that names what is wrong. Pure: the clock is
given."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from fans.models import EventKind
from fans.vocabulary import (
    FIELDS,
    IDENTITY,
    KINDS,
    LINE_BYTES,
    Field,
    Reading,
    Refusal,
    channel_day_key,
    guide_day_key,
    month_key,
)
from siyu.periods import local_day

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_OF_CHANNEL_DAY = (EventKind.CHANNEL_DAY, EventKind.CHANNEL_FANS)
_OF_GUIDE_DAY = (EventKind.FANS_DAY, EventKind.SERVICE_DAY, EventKind.ORDERS_DAY)


@dataclass(slots=True)
class Line:
    """A line that could be read. `values`: Event's columns, fans, accounts, channels by code; empty for a retract."""

    number: int
    kind: EventKind
    key: str
    retract: bool
    hash: bytes
    values: dict[str, Any]

    @property
    def fan(self) -> str | None:
        return self.values.get("fan")


@dataclass(slots=True)
class Refused:
    """A line that was not taken. `id`: the source's, where it could be read."""

    number: int
    id: str | None
    code: str
    field: str = ""


def read_line(raw: bytes, number: int, reading: Reading, content_hash: Callable[[bytes], bytes]) -> Line | Refused:
    """`content_hash`: the brand's keyed digest, so that the log holds no guessable trace of a phone number."""
    event: Any = None
    try:
        if len(raw) > LINE_BYTES:
            raise Refusal("bad_json")
        event = _json_object(raw)
        return _read_event(event, number, reading, content_hash)
    except Refusal as refusal:
        return Refused(number, _echo(event), refusal.code, refusal.field)


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        event = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        event = _lenient_json(raw)
    if not isinstance(event, dict):
        raise Refusal("bad_json")
    return event


def _lenient_json(raw: bytes) -> Any:
    """What msgspec refuses and JSON allows: lone surrogates and huge numbers, which are then a field's bad value."""
    try:
        return json.loads(raw.decode(), parse_int=_whole, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal("bad_json") from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 100 else float("inf")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _echo(event: Any) -> str | None:
    """The id to show beside a refusal: the event's own, cut to what can be shown. An order goes by its number."""
    if not isinstance(event, dict):
        return None
    named = event.get("of") if event.get("type") == "retract" else event.get("type")
    for name in {"order.paid": ("order",), "koc.post": ("post",)}.get(named if isinstance(named, str) else "", ("id",)):
        value = event.get(name)
        if isinstance(value, str) and value:
            return value[:128].replace("\0", "").encode("utf-8", "replace").decode()
    return None


def _read_event(event: dict[str, Any], number: int, reading: Reading, content_hash: Callable[[bytes], bytes]) -> Line:
    name = event.get("type")
    if name in (None, ""):
        raise Refusal("missing_field", "type")
    if name == "retract":
        return _read_retract(event, number, reading)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Refusal("unknown_type", "type")
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for field in FIELDS[kind.label]:
        value = _read_field(event, field, reading)
        if field.extra:
            if value is not None:
                extra[field.name] = value
        else:
            values[field.target] = value
    if kind is EventKind.ASSIGNMENT:
        values["from_given"] = event.get("from", "") != ""
    if kind is EventKind.SERVICE_DAY and extra["replied"] > extra["chats"]:
        raise Refusal("bad_value", "replied")
    if extra:
        values["extra"] = extra
    key = _key(kind, values)
    digest = content_hash(_encode(list(values.items())))
    at: datetime | None = values.get("at")
    if at is not None:
        values["day"] = local_day(at, reading.zone)
    return Line(number, kind, key, False, digest, values)


def _read_field(event: dict[str, Any], field: Field, reading: Reading) -> Any:
    value = event.get(field.name, "")
    if value is None and field.null_says:
        return None
    if value is None or value == "":
        if field.required:
            raise Refusal("missing_field", field.name)
        return field.default
    return field.read(value, field.name, reading)


def _key(kind: EventKind, values: dict[str, Any]) -> str:
    if kind in _OF_CHANNEL_DAY:
        return channel_day_key(values["channel"], values["day"])
    if kind in _OF_GUIDE_DAY:
        return guide_day_key(values["extra"]["guide"], values["day"])
    if kind is EventKind.BRAND_SALES:
        return month_key(values["day"])
    return values.pop("key", None) or values.pop("id")


def _read_retract(event: dict[str, Any], number: int, reading: Reading) -> Line:
    name = event.get("of")
    if name in (None, ""):
        raise Refusal("missing_field", "of")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Refusal("bad_value", "of")
    parts = [_read_field(event, field, reading) for field in IDENTITY[kind.label]]
    if kind in _OF_CHANNEL_DAY:
        key = channel_day_key(*parts)
    elif kind in _OF_GUIDE_DAY:
        key = guide_day_key(*parts)
    elif isinstance(parts[0], date):
        key = month_key(parts[0])
    else:
        key = parts[0]
    return Line(number, kind, key, True, b"", {})

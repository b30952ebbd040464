"""Canonical JSON and its hash, and what differs between two payloads. Pure: no clock, no database."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

NAMES = (  # what a row of a list may be called by
    "indicator", "channel", "guide", "day", "id", "code", "platform", "touch", "customer", "tier", "group", "post",
    "step", "line",
)  # fmt: skip


def canonical(payload: object) -> str:
    """Sorted keys, no blanks, UTF-8 as it is; dates and decimals as strings. The same payload is the same text."""
    plain = json.loads(msgspec.json.encode(payload))
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 (hex) of canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()


def differences(was: object, now: object, pointer: str = "") -> Iterator[dict[str, Any]]:
    """{pointer, was, now} of every leaf that differs; what one side lacks is null there. `pointer`: RFC 6901. Lists
    whose rows carry a name (NAMES) are held against each other by it, others by place."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in sorted({*was, *now}):
            yield from differences(was.get(name), now.get(name), f"{pointer}/{_part(name)}")
    elif isinstance(was, list) and isinstance(now, list):
        before, after = _by_name(was), _by_name(now)
        places = {name: place for place, name in enumerate(before)}
        for name in [*before, *(name for name in after if name not in before)]:
            place = places.get(name, "-")
            yield from differences(before.get(name), after.get(name), f"{pointer}/{place}")
    elif was != now:
        yield {"pointer": pointer, "was": was, "now": now}


def points_into(payload: object, pointer: str) -> bool:
    """Whether the RFC 6901 pointer names something in the payload; "" names the whole."""
    if pointer and not pointer.startswith("/"):
        return False
    here: Any = payload
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and name in here:
            here = here[name]
        elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name) < len(here):
            here = here[int(name)]
        else:
            return False
    return True


def _part(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _by_name(rows: list[Any]) -> dict[object, Any]:
    """By what names a row, else by place."""
    out: dict[object, Any] = {}
    for place, row in enumerate(rows):
        names = [
            (key, str(row[key])) for key in NAMES
            if isinstance(row, Mapping) and key in row
        ]  # fmt: skip
        key = tuple(names) or place
        out[place if key in out else key] = row
    return out

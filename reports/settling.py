"""What of a month's settlement both sides leave undisputed: that settles, the rest waits. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

MADE_OF_GMV = ("orders", "sales", "settlement", "bridge", "month_to_date", "days", "channels", "guides")


def settle(payload: Mapping[str, Any], disputed: Sequence[str]) -> dict[str, Any] | None:
    """{undisputed, disputed, lines: [{line, base, is_disputed}]}: the base of the frozen settlement, by the pointers
    (RFC 6901) of its disputes. One of a line holds back that line; one of the whole, or of anything else that GMV is
    in, all lines. None where the payload has no settlement."""
    found = payload.get("settlement")
    if found is None:
        return None
    held = {place for pointer in disputed for place in _held(payload, pointer)}
    lines = [
        {"line": line["line"], "base": line["base"], "is_disputed": place in held}
        for place, line in enumerate(found["lines"])
    ]
    waits = sum((Decimal(line["base"]) for line in lines if line["is_disputed"]), Decimal("0.00"))
    return {"undisputed": f"{Decimal(found['base']) - waits:.2f}", "disputed": f"{waits:.2f}", "lines": lines}


def _held(payload: Mapping[str, Any], pointer: str) -> Sequence[int]:
    """Places of the lines that a dispute of what stands at the pointer holds back."""
    every = range(len(payload["settlement"]["lines"]))
    parts = pointer.split("/")[1:]
    if not parts:
        return every
    if parts[:2] == ["settlement", "lines"] and len(parts) > 2:
        return [int(parts[2])]
    if parts[:2] == ["sales", "platforms"] and len(parts) > 2:
        platform = payload["sales"]["platforms"][int(parts[2])]["platform"]
        return [place for place in every if payload["settlement"]["lines"][place]["line"] == platform]
    if parts[0] == "figures":
        is_gmv = len(parts) == 1 or payload["figures"][int(parts[1])]["indicator"] == "gmv"
        return every if is_gmv else ()
    return every if parts[0] in MADE_OF_GMV else ()

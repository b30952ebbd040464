"""Figures as people read them; the one place that rounds. Pure but for the request's language.

Chinese reads large numbers in 万 and 亿; English reads all digits, without cents from 10,000 on.
What is not known is a dash, never 0.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language

UNKNOWN = "—"
MINUS = "−"
WAN, YI = Decimal(10_000), Decimal(100_000_000)


def count(number: int | Decimal | None) -> str:
    """1,234 · 1.2万 · 1.23亿."""
    return UNKNOWN if number is None else _short(Decimal(number), places=0)


def money(yuan: Decimal | None) -> str:
    """¥1,234.50 · ¥1.2万 · ¥1.23亿."""
    if yuan is None:
        return UNKNOWN
    return f"{MINUS if yuan < 0 else ''}¥{_short(abs(yuan), places=2)}"


def cents(yuan: Decimal) -> str:
    """¥63,123.45: to the cent, where money is settled."""
    return f"{MINUS if yuan < 0 else ''}¥{exact(abs(yuan))}"


def percent(ratio: Decimal | None) -> str:
    """12.3%, of a ratio of 0.123."""
    return UNKNOWN if ratio is None else f"{fixed(ratio * 100, 1)}%"


def exact(number: int | Decimal | None) -> str:
    """All digits, with thousands: 12,345 or 12,345.60 (Decimals are money and keep two places)."""
    if number is None:
        return UNKNOWN
    return fixed(Decimal(number), 0 if isinstance(number, int) else 2)


def fixed(number: Decimal, places: int) -> str:
    """1,234.5: so many places, with thousands."""
    return f"{_round(number, places):,}".replace("-", MINUS)


def span(first: object, last: object) -> str:
    """From one to the other, days or figures: 2026-10-01～2026-10-31, 2026-10-01 – 2026-10-31."""
    return f"{first}{' – ' if _is_english() else '～'}{last}"


def _is_english() -> bool:
    return (get_language() or "").startswith("en")


def _short(number: Decimal, *, places: int) -> str:
    size = abs(number)
    if size >= WAN and not _is_english():
        # What rounds up to 10,000 万 is read as 1 亿.
        if _round(size / WAN, 1) >= WAN:
            return f"{fixed(number / YI, 2)}亿"
        return f"{fixed(number / WAN, 1)}万"
    return fixed(number, 0 if size >= WAN else places)


def _round(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

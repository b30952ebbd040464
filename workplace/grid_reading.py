"""What people type into cells, or paste from Excel, as REST takes it: ５％, 1.2万, ¥1,234, 2026年11月. The same as
siyu/static/siyu/grid.js reads. What can't be read stays as it was typed, and is refused where it stands. Pure."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

UNITS = {"万": 4, "亿": 8, "千": 3}

_NUMBER = re.compile(r"[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d*)(\.\d+)?\s*([万亿千])?\s*(%)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月|[-/.月]0?1日?)?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)


def read_number(text: str) -> str:
    """A decimal string: `１.２万` is 12000, `5%` is 0.05."""
    plain = _plain(text)
    found = _NUMBER.fullmatch(plain)
    if not found or not (found[1] or found[2]):
        return text
    try:
        number = Decimal((found[1].replace(",", "") or "0") + (found[2] or ""))
    except InvalidOperation:
        return text
    power = UNITS.get(found[3] or "", 0) - (2 if found[4] else 0)
    if not power:
        return f"{number:f}"
    scaled = f"{number.scaleb(power):f}"
    return scaled.rstrip("0").rstrip(".") if "." in scaled else scaled


def read_month(text: str) -> str:
    """`2026-11`."""
    found = _MONTH.fullmatch(_plain(text))
    return f"{found[1]}-{int(found[2]):02}" if found else text


def read_day(text: str) -> str:
    """`2026-11-05`."""
    found = _DAY.fullmatch(_plain(text))
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()

"""How numbers and periods read in sentences. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from siyu.numbers import MINUS


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages. `side`: whose it is to mend, None where there is nothing to mend."""

    code: str
    zh: str
    en: str
    side: str | None = None


SIDES = {"brand": ("品牌方", "brand"), "agency": ("代运营方", "agency")}


STATES = {
    "draft": ("草稿", "a draft"),
    "reviewed": ("已审", "reviewed"),
    "sent": ("已发送", "sent"),
    "acknowledged": ("已知悉", "acknowledged"),
    "disputed": ("有异议", "disputed"),
    "answered": ("已答复", "answered"),
    "approved": ("已通过", "approved"),
    "skipped": ("已跳过", "skipped"),
}
DEEDS = {  # by action
    "review": ("审核", "review"),
    "send": ("发送", "send"),
    "acknowledge": ("知悉", "acknowledge"),
    "comment": ("批注", "comment on"),
    "dispute": ("提出异议", "dispute"),
    "answer": ("答复", "answer"),
    "approve": ("通过", "approve"),
    "revise": ("出新版", "revise"),
}


def of_side(code: str, zh: str, en: str, side: str | None) -> Sentence:
    """The sentence, naming the side at its end."""
    if side is None:
        return Sentence(code, zh, en)
    return Sentence(code, f"{zh} — {SIDES[side][0]}", f"{en} ({SIDES[side][1]})", side)


def beside(before: str, after: str) -> str:
    """Both, with a space where a Chinese character would stand next to a Latin letter or a digit: 本月累计 GMV,
    包裹卡有, 小红书 KOC 有."""
    is_apart = bool(before and after) and (_is_latin(before[-1]), _is_latin(after[0])) in ((True, False), (False, True))
    return f"{before} {after}" if is_apart and (before[-1] + after[0]).isalnum() else before + after


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def counted(number: int | str, one: str, many: str) -> str:
    """1 day, 2 days, 1,240 days. `number`: as it is shown."""
    return f"{number} {one if str(number) == '1' else many}"


def plain_number(number: object) -> str:
    """As it is, with thousands apart and without idle zeros."""
    return _signed(f"{Decimal(str(number)).normalize():,f}")


def count(number: object) -> str:
    """1240 → 1,240; what is not whole is rounded, halves away from zero."""
    return _signed(f"{Decimal(str(number)).quantize(Decimal(1), ROUND_HALF_UP):,}")


def money(number: object) -> str:
    """1234.5 → ¥1,234.50; -3 → −¥3.00."""
    amount = Decimal(str(number)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{MINUS if amount < 0 else ''}¥{abs(amount):,}"


def percent(share: object) -> str:
    """0.6203 → 62.0%."""
    return _signed(f"{(Decimal(str(share)) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def period_words(payload: dict[str, Any]) -> tuple[str, str]:
    """The period in Chinese and English."""
    first, last = _day(payload["period_start"]), _day(payload["period_end"])
    if payload["kind"] == "daily":
        return f"{first.month} 月 {first.day} 日", first.isoformat()
    if payload["kind"] == "monthly":
        return f"{first.year} 年 {first.month} 月", f"{first:%Y-%m}"
    zh = f"{first.month} 月 {first.day} 日至 {last.month} 月 {last.day} 日"
    return zh, f"{first.isoformat()} to {last.isoformat()}"


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value

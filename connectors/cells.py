"""What people and shops write into the cells of a table, read as the values of events.

A cell is what connectors.tables gives: text, a number of Excel's (float), a date or a time of Excel's, or None. Readers
return None where the cell says nothing and raise CellError where what it says can't be read with certainty; nothing is
guessed but the year of a day written without one, and that is said (`Reader.assumed`).
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from fans.totals import guide_word

Cell = str | float | datetime | date | None

NOTHING = frozenset({"", "-", "--", "—", "——", "/", "空", "无", "null", "none", "nan", "n/a", "#n/a"})
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
NARROW = {code: code - 0xFEE0 for span in ("０９", "ＡＺ", "ａｚ") for code in range(ord(span[0]), ord(span[-1]) + 1)}
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - the clock on the wall, as Excel keeps it
SERIALS = range(20_000, 80_000)  # days of Excel's calendar from 1954 to 2119
EXACT = 2**53  # beyond it Excel has lost digits
HALF_A_CENT = 0.000_001  # what adding up in binary leaves behind

_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_NOTE = re.compile(r"[(（][^()（）]*[)）]$")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_NUMBER = re.compile(
    r"([+-]?)[¥$]?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(万|w|k|千|亿)?(?:元|人|个|次|张|条|单|份)?", re.IGNORECASE
)
_DAY = re.compile(r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{1,2})\s*[:点时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?)?\s*[分秒]?")
_OFFSET = re.compile(r":\d{2}(?:\.\d+)?\s*(Z|z|[+-]\d{2}:\d{2})$")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?")
_FACTORS = {"万": 10_000, "w": 10_000, "亿": 100_000_000, "千": 1_000, "k": 1_000}
_DECLINED = {"否", "不是", "n", "no", "false", "0", "×"}
_AFFIRMED = {"是", "y", "yes", "true", "1", "√", "✓"}


class CellError(Exception):
    """A cell that can't be read: a code of connectors.faults."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Reading:
    """What reading needs beside the cell: the local day on which the file is read. `assumed`: days whose year was
    taken to be the newest that makes them past, as they were read."""

    today: date
    assumed: list[date] = field(default_factory=list)


def clean(cell: Cell) -> str:
    """The text of a cell without what guards it in Excel (="…", a leading ', a trailing tab) and without what can't be
    seen."""
    if cell is None:
        return ""
    if isinstance(cell, (date, datetime)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < EXACT else repr(cell)
    text = cell.translate(INVISIBLE).strip().strip("\u3000").strip()
    wrapped = _WRAPPED.fullmatch(text)
    text = wrapped[1] if wrapped else text
    return text.removeprefix("'").strip()


def says_nothing(cell: Cell) -> bool:
    return clean(cell).lower() in NOTHING


def read_text(cell: Cell, reading: Reading) -> str | None:
    return None if says_nothing(cell) else clean(cell)


def read_code(cell: Cell, reading: Reading) -> str | None:
    """An order number, a fan's id, a code; full-width letters and digits as half-width. Raises CellError where Excel
    has cut its digits (1.23E+18)."""
    if says_nothing(cell):
        return None
    if isinstance(cell, float) and (abs(cell) >= EXACT or not cell.is_integer()):
        raise CellError("digits_lost")
    text = clean(cell).translate(NARROW)
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("digits_lost")
    return text


def read_guide(cell: Cell, reading: Reading) -> str | None:
    """A guide's name or code, as names are compared."""
    text = read_code(cell, reading)
    return None if text is None else guide_word(text)


def read_phone(cell: Cell, reading: Reading) -> str | None:
    """A masked phone (186****1402) binds nobody and so says nothing."""
    text = read_code(cell, reading)
    return None if text is None or "*" in text else text


def read_amount(cell: Cell, reading: Reading) -> str | None:
    """Yuan as "1234.50". ￥, thousands, 元, 万 and a note in brackets after the number are understood; a third place is
    refused, not rounded."""
    number = _read_number(cell)
    if number is None:
        return None
    if number < 0:
        raise CellError("negative")
    amount = number.quantize(Decimal("0.01"))
    if amount != number:
        raise CellError("bad_amount")
    return f"{amount:f}"


def read_count(cell: Cell, reading: Reading) -> int | None:
    number = _read_number(cell)
    if number is None:
        return None
    if number < 0:
        raise CellError("negative")
    if number != number.to_integral_value():
        raise CellError("bad_count")
    return int(number)


def _read_number(cell: Cell) -> Decimal | None:
    if says_nothing(cell):
        return None
    if isinstance(cell, float):
        nearest = round(cell, 2)
        return Decimal(repr(nearest if abs(cell - nearest) < HALF_A_CENT else cell))
    text = _NOTE.sub("", normalize("NFKC", clean(cell)).strip()).replace(" ", "")
    found = _NUMBER.fullmatch(text.replace("，", ","))
    if found is None:
        raise CellError("bad_number")
    sign, digits, unit = found.groups()
    try:
        return Decimal(sign + digits.replace(",", "")) * _FACTORS.get((unit or "").lower(), 1)
    except InvalidOperation:
        raise CellError("bad_number") from None


def read_day(cell: Cell, reading: Reading) -> str | None:
    """A day as 2026-11-05."""
    at = _read_clock(cell, reading)
    return None if at is None else at.date().isoformat()


def read_instant(cell: Cell, reading: Reading) -> str | None:
    """The clock on the wall, without an offset: 2026-11-05T09:30:00; with one where the cell says it. A day alone is
    its beginning."""
    offset = ""
    if isinstance(cell, str) and (found := _OFFSET.search(clean(cell))):
        offset, cell = found[1].upper(), clean(cell)[: found.start(1)]
    at = _read_clock(cell, reading)
    return None if at is None else at.isoformat(timespec="seconds") + offset


def read_month(cell: Cell, reading: Reading) -> str | None:
    """A month as 2026-11."""
    if says_nothing(cell):
        return None
    if isinstance(cell, (date, datetime)):
        return f"{cell:%Y-%m}"
    found = _MONTH.fullmatch(normalize("NFKC", clean(cell)).strip())
    if found is None or not 1 <= int(found[2]) <= 12:
        at = _read_clock(cell, reading)
        return None if at is None else f"{at:%Y-%m}"
    return f"{int(found[1]):04}-{int(found[2]):02}"


def _read_clock(cell: Cell, reading: Reading) -> datetime | None:
    if says_nothing(cell):
        return None
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None, microsecond=0)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - the clock on the wall
    if isinstance(cell, float):
        return _of_serial(cell)
    text = normalize("NFKC", clean(cell)).strip()
    day_text, time_text = _split(text)
    day = _read_day_text(day_text, reading)
    hour, minute, second = _read_time_text(time_text)
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - the clock on the wall
    except ValueError:
        raise CellError("bad_time") from None


def _of_serial(number: float) -> datetime:
    """Excel's count of days, to the second; and 20261105 as somebody typed it."""
    if number.is_integer() and _COMPACT_DAY.fullmatch(f"{number:.0f}"):
        return _at_midnight(*map(int, _COMPACT_DAY.fullmatch(f"{number:.0f}").groups()))  # type: ignore[union-attr]
    if int(number) not in SERIALS:
        raise CellError("bad_time")
    return EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))


def _split(text: str) -> tuple[str, str]:
    found = re.search(r"(?<=[\d日])(?:[T\s]+|(?<=日))(?=\d{1,2}\s*[:点时])", text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _read_day_text(text: str, reading: Reading) -> date:
    compact = _COMPACT_DAY.fullmatch(text.strip())
    if compact:
        return _at_midnight(*map(int, compact.groups())).date()
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise CellError("bad_time")
    month, day = int(found[2]), int(found[3])
    if found[1]:
        return _at_midnight(int(found[1]), month, day).date()
    assumed = _newest_past(month, day, reading.today)
    reading.assumed.append(assumed)
    return assumed


def _newest_past(month: int, day: int, today: date) -> date:
    """Back to the last leap year at most."""
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise CellError("bad_time")


def _at_midnight(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - the clock on the wall
    except ValueError:
        raise CellError("bad_time") from None


def _read_time_text(text: str) -> tuple[int, int, int]:
    if not text:
        return 0, 0, 0
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise CellError("bad_time")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def read_flag(cell: Cell, reading: Reading) -> bool | None:
    """是/否 and their like; None where the cell is empty."""
    text = clean(cell).lower()
    if text in _DECLINED:
        return False
    if text in _AFFIRMED:
        return True
    if text in NOTHING:
        return None
    raise CellError("bad_flag")

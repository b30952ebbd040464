"""What is wrong with a row, in the user's language."""

from collections.abc import Mapping
from typing import Any

from connectors.formats import FORMATS, Part
from connectors.tables import normal_title
from fans.vocabulary import MESSAGES as OF_EVENTS
from fans.vocabulary import message_of
from siyu.problems import say

OF_CELLS = {
    "digits_lost": (
        "号码被 Excel 截断（如 1.23E+18）；请把该列设为文本后重新导出",
        "Excel has cut this number's digits (1.23E+18): export again with the column as text",
    ),
    "bad_amount": ("金额最多两位小数", "An amount has at most two places"),
    "negative": ("不能为负数", "It can't be negative"),
    "bad_number": ("不是数字", "This is no number"),
    "bad_count": ("应为整数", "It must be a whole number"),
    "bad_time": ("不是有效的日期或时间，例如 2026-11-05 09:30", "No valid date or time, such as 2026-11-05 09:30"),
    "bad_flag": ("请填 是 或 否", "Write 是 or 否 (yes or no)"),
    "unknown_word": ("不在可填的取值内，请参照模板", "Not one of the values it can have: see the template"),
    "unknown_guide": (
        "项目里没有这位导购，或有重名；请用导购编号",
        "No guide of the project goes by this, or more than one: use her code",
    ),
    "incomplete": (
        "同组的其他列已填，这一列也要填，没有请填 0",
        "Other columns of its group are filled in: fill this one in too, with 0 where there was none",
    ),
    "repeated_row": ("同一天同一对象出现了不止一行，都没有读", "There is more than one such row: none was taken"),
    "contradicts": (
        "同一编号出现了不止一行，内容又不同，都没有读：请只留正确的一行",
        "Several rows go by this and say different things: none was taken. Leave the right one",
    ),
    "future_day": ("这一天还没有到", "This day is yet to come"),
    "more_than_chats": ("回复人数多于聊天人数", "More replied than were chatted with"),
    "missing_field": (
        "必填，不能为空；是公式的请先粘贴为数值",
        "Required: it can't be empty. Paste formulas as values first",
    ),
}


def words_for(code: str, field: str = "") -> str:
    """The fault of a cell, or of an event where the code is one of the interface's."""
    if code in OF_CELLS:
        return say(*OF_CELLS[code])
    return message_of(code, field) if code in OF_EVENTS else code


def describe_fault(fault: Mapping[str, Any], form: str) -> str:
    """The same of a fault as an import keeps it: what the cell may say is listed, and the column goes by its title.
    `form`: the code of the file's format."""
    if fault["code"] == "unknown_word" and (words := _words_of(fault["title"], form)):
        return say(f"不在可填的取值内，可填：{'、'.join(words)}", f"Not one of its values: {', '.join(words)}")
    return words_for(fault["code"], fault["title"] or fault.get("field", ""))


def _words_of(title: str, form: str) -> list[str]:
    """What the column of this title may say, a word for each value, in the reader's language."""
    part = next((part for part in _parts(form) if normal_title(title) in part.names), None)
    if part is None:
        return []
    first: dict[Any, str] = {}
    for word, value in part.words.items():
        first.setdefault(value, word)
    return [say(word, str(value)) for value, word in first.items()]


def _parts(form: str) -> tuple[Part, ...]:
    return tuple(FORMATS[form].parts) if form in FORMATS else ()

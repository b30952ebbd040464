"""Workbooks of imports: a template to fill in, and the faulty rows to mend."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.cells import read_amount, read_count, read_day, read_flag, read_instant, read_month
from connectors.faults import describe_fault
from connectors.formats import Format, Part
from siyu.problems import say
from siyu.spreadsheets import Column, Sheet


def template_sheets(form: Format) -> list[Sheet]:
    """The table with a sample row to write over, and what each column takes. Required columns end in *."""
    columns = [Column(f"{part.title}*" if part.required else part.title) for part in form.parts]
    said = [
        [part.title, say("是", "yes") if part.required else "", takes(part), sample_of(part), _others(part)]
        for part in form.parts
    ]
    heads = [
        say("列", "Column"), say("必填", "Required"), say("填什么", "What it takes"), say("示例", "Sample"),
        say("列名也可写作", "Titles that are read too"),
    ]  # fmt: skip
    return [
        Sheet(say(form.chinese, form.english), columns, [[sample_of(part) for part in form.parts]]),
        Sheet(say("填写说明", "How to fill it in"), [Column(head, width=40) for head in heads], said),
    ]


SAMPLES = {"张三": "Lin", "1.2万": "12000", "否": "no"}  # of the English template, where no word of the column says it


def sample_of(part: Part) -> str:
    return say(part.sample, str(part.words.get(part.sample, SAMPLES.get(part.sample, part.sample))))


def _others(part: Part) -> str:
    return " / ".join(title for title in part.titles if title != part.title)


def takes(part: Part) -> str:
    """What the cells of a column may say."""
    if part.words:
        return say(" / ".join(dict.fromkeys(part.words)), " / ".join(dict.fromkeys(map(str, part.words.values()))))
    if part.read in TAKEN:
        return say(*TAKEN[part.read])
    return say("文字；编号请设为文本格式", "Text; format codes as text")


TAKEN: Mapping[Any, tuple[str, str]] = {
    read_instant: ("日期和时间，如 2026-11-05 09:30", "Date and time, such as 2026-11-05 09:30"),
    read_day: ("日期，如 2026-11-05", "A day, such as 2026-11-05"),
    read_month: ("月份，如 2026-11", "A month, such as 2026-11"),
    read_amount: ("金额（元），最多两位小数", "Yuan, at most two places"),
    read_count: ("整数", "A whole number"),
    read_flag: ("是 / 否", "yes / no"),
}


def fault_sheet(faults: Sequence[Mapping[str, Any]], form: str) -> Sheet:
    """One row a fault: where it is, what the cell says, and what to do. `form`: the code of the file's format."""
    columns = [
        Column(say("行", "Row"), "count"),
        Column(say("列", "Column")),
        Column(say("内容", "Says")),
        Column(say("问题", "What is wrong"), width=60),
    ]
    rows = [
        [fault["row"], fault["title"], fault["value"], describe_fault(fault, form)]
        for fault in sorted(faults, key=lambda fault: fault["row"])
    ]
    return Sheet(say("有问题的行", "Faulty rows"), columns, rows)

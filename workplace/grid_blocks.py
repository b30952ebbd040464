"""Grids: tables that are filled like a spreadsheet (siyu/static/siyu/grid.js), and what stands folded below them.

Without scripts a grid is a table of fields in a form; with them it is worked by keyboard, takes blocks pasted from
Excel, and says in a cell what it could not read there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from siyu.numbers import UNKNOWN, fixed
from siyu.problems import say
from workplace.blocks import Choice, Field, Link

Kind = Literal["count", "rate", "decimal", "money", "month", "date", "text", "choice", "check"]


@dataclass(frozen=True)
class Cell:
    """`field`: what is filled, None where nobody may; `shown`: how it reads; `note`: a second, smaller line;
    `tone`: "" or changed."""

    shown: str
    kind: Kind | Literal[""] = ""
    field: Field | None = None
    note: str = ""
    tone: str = ""
    key: str = ""  # the cell's place in its row, for scripts


@dataclass(frozen=True)
class Line:
    """A row. `head`: what it is of; `unit`: small, after it; `hidden`: fields of the row that nobody sees; `is_spare`:
    empty so far, shown when asked for; `is_result`: computed from the others."""

    head: str
    cells: Sequence[Cell]
    unit: str = ""
    key: str = ""
    hidden: Sequence[Field] = ()
    is_spare: bool = False
    is_result: bool = False


@dataclass(frozen=True)
class Column:
    """`field`: hidden, of what the column is named for; `note`: a second, smaller line."""

    text: str
    note: str = ""
    field: Field | None = None


@dataclass(frozen=True)
class Button:
    """Of a form. `name`, `value`: what it says besides the fields; `where`: another address than the form's."""

    text: str
    name: str = ""
    value: str = ""
    where: str = ""
    is_second: bool = True


@dataclass(frozen=True)
class Grid:
    """`action`: where the form is sent, "" where nothing can be filled; `fields`: above the grid; `data`: for scripts,
    under the id `<key>-data`; `tools`: (what grid.js knows it by, its words)."""

    key: str
    caption: str
    corner: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    action: str = ""
    fields: Sequence[Field] = ()
    buttons: Sequence[Button] = ()
    tools: Sequence[tuple[str, str]] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    empty: str = ""
    grows: bool = False  # rows are added as they are needed
    template: str = "workplace/_grid.html"

    @property
    def data_id(self) -> str:
        return f"{self.key}-data"

    @property
    def words_id(self) -> str:
        return f"{self.key}-words"

    @property
    def help(self) -> str:
        return say(
            "方向键移动，直接输入或按 Enter、F2 编辑，Esc 放弃，编辑中按 Tab 到下一格；"
            "可复制，也可粘贴 Excel、WPS 的一块单元格。",
            "Arrow keys move; type, Enter or F2 edit, Esc gives up, Tab goes on while editing; "
            "blocks from Excel can be pasted.",
        )

    @property
    def words(self) -> dict[str, str]:
        """What grid.js says."""
        return {
            "count": say("应为不小于 0 的整数，例如 120000 或 12万", "A whole number from 0, such as 120000"),
            "rate": say("应为 0 到 1 的小数或百分数，例如 0.05 或 5%", "A share from 0 to 1, such as 0.05 or 5%"),
            "decimal": say("应为不小于 0 的数字，例如 4.5", "A number from 0, such as 4.5"),
            "money": say("应为不小于 0 的数字，最多两位小数", "A number from 0, two places at most"),
            "month": say("应为月份，例如 2026-11", "A month such as 2026-11"),
            "date": say("应为带年份的日期，例如 2026-11-05", "A date with its year, such as 2026-11-05"),
            "choice": say("没有这个选项：", "There is no such choice: "),
            "pasted": say("已粘贴 {n} 格", "{n} cells pasted"),
            "unread": say("，其中 {n} 格读不懂，已标出", ", {n} of them could not be read and are marked"),
            "outside": say("，{n} 格超出表格，没有粘贴", ", {n} lay outside the grid and were left out"),
            "filled": say("已向右填充 {n} 格", "{n} cells filled to the right"),
            "undone": say("已撤销，{n} 格恢复原值", "Undone: {n} cells are as before"),
            "nothing": say("没有可撤销的操作", "There is nothing to undo"),
        }


@dataclass(frozen=True)
class Fold:
    """What is looked up now and then: folded, unless `is_open`."""

    title: str
    blocks: Sequence[Any]
    anchor: str = ""
    note: str = ""
    is_open: bool = False
    template: str = "workplace/_fold.html"


@dataclass(frozen=True)
class Said:
    by: str
    side: str
    at: str
    text: str
    is_proposal: bool


@dataclass(frozen=True)
class Status:
    """Where a thing stands: its name, a chip, one sentence, what happened to it; what can be done, and what is said.
    `talk`: where a comment is sent, "" where none is taken."""

    title: str
    chip: tuple[str, str, str]  # text, tone, icon
    lead: str
    why: Sequence[str]
    steps: Sequence[tuple[str, str]] = ()
    forms: Sequence[Any] = ()
    links: Sequence[Link] = ()
    thread: Sequence[Said] = ()
    talk: str = ""
    version: int = 0
    typed: str = ""
    flaw: str = ""
    template: str = "workplace/_status.html"


def shown(kind: str, value: Any, choices: Sequence[Choice] = ()) -> str:
    """A cell as it reads: 120,000 · 5% · 4.5 · 33,561.20; as it is where it is no number."""
    text = "" if value is None else str(value).strip()
    if kind == "choice":
        return dict(choices).get(text, text)
    if kind not in ("count", "rate", "decimal", "money") or not text:
        return text or UNKNOWN
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    if kind == "rate":
        return f"{_trimmed(number * 100)}%"
    if kind == "money" and number != number.to_integral_value():
        return fixed(number, 2)
    return _trimmed(number)


def _trimmed(number: Decimal) -> str:
    whole, _, places = f"{number:,f}".partition(".")
    places = places.rstrip("0")
    return f"{whole}.{places}" if places else whole

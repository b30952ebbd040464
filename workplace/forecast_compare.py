"""Two versions of the forecast side by side: every cell, those that differ with both values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kpi.forecast_changes import Path, cells_of, is_same
from siyu.problems import say
from workplace.blocks import Block, Heading, Note, Table
from workplace.forecast_grid import RESULTS
from workplace.forecast_words import channel_names, name_of, row_name, value_of
from workplace.grid_blocks import Cell, Column, Grid, Line, shown

Stated = Mapping[Path, Any]


def side_by_side(
    titles: Sequence[str],
    inputs: Sequence[Mapping[str, Any]],
    tables: Sequence[Sequence[Mapping[str, Any]]],
    histories: Sequence[Sequence[tuple[str, str]]],
) -> list[Block | Grid]:
    """All of the older and the newer version, in this order. `histories`: what happened to each, by whom and when."""
    channels = channel_names()
    old, new = (cells_of(one) for one in inputs)
    months = sorted({path[1] for stated in (old, new) for path in stated if path[0] == "months"})
    by_month = [{row["month"]: row for row in table} for table in tables]
    same = [
        month
        for month in months
        if all(_is_same_month(month, *pair) for pair in ((old, new), (new, old)))
        and by_month[0].get(month) == by_month[1].get(month)
    ]
    months = [month for month in months if month not in same]
    columns = [Column(month, _only_in(month, inputs, titles)) for month in months]
    lines, differing = [], 0
    for row in _rows(old, new):
        cells = []
        for month in months:
            path = ("months", month, *row)
            cell = _pair(value_of(path, old.get(path)), value_of(path, new.get(path)), old.get(path), new.get(path))
            differing += bool(cell.tone)
            cells.append(cell)
        lines.append(Line(row_name(row, channels), cells))
    for name in RESULTS:
        lines.append(_result(name, months, by_month))
    others = [
        [name_of(path, channels), value_of(path, old.get(path)), value_of(path, new.get(path))]
        for path in dict.fromkeys((*old, *new))
        if path[0] != "months" and not is_same(old.get(path), new.get(path))
    ]
    differing += len(others)
    grid = Grid(
        key="compare",
        caption=" / ".join(titles),
        corner=say("项目", "Input"),
        columns=columns,
        lines=lines,
    )
    return [
        Heading(say("版本并列", "Side by side"), "compare"),
        _who(titles, histories),
        Note(_told(differing, titles, same) if differing else say("两版的输入相同。", "Both state the same inputs.")),
        *([grid] if months else []),
        *(
            [
                Table(
                    say("起始粉丝、四条线和条款的不同", "Differences of opening fans, lines and terms"),
                    [say("项目", "What"), *titles],
                    others,
                )
            ]
            if others
            else []
        ),
    ]


def _is_same_month(month: str, one: Stated, other: Stated) -> bool:
    return all(is_same(value, other.get(path)) for path, value in one.items() if path[:2] == ("months", month))


def _told(differing: int, titles: Sequence[str], same: Sequence[str]) -> str:
    told = say(
        f"{differing} 处输入不同；不同的格子标“≠”，先写{titles[0]}，后写{titles[1]}。",
        f"{differing} inputs differ; such cells are marked ≠, {titles[0]} first, then {titles[1]}. ",
    )
    return told + (say(f"{'、'.join(same)} 两版相同。", f"{', '.join(same)} are the same in both.") if same else "")


def _rows(old: Stated, new: Stated) -> list[Path]:
    """What months state, in the order of the newer; weights of days only where they differ."""
    found: dict[Path, None] = {}
    for path in (*new, *old):
        if path[0] == "months" and (path[2] != "day_weights" or not is_same(old.get(path), new.get(path))):
            found[path[2:]] = None
    kinds = ("promised_reach", "diversion_rate", "churn_rate", "ramp", "gmv_per_fan", "koc_share", "referral_share")
    order = {kind: place for place, kind in enumerate(kinds)}
    codes = [code for kind, *rest in found for code in rest if kind == "promised_reach"]
    return sorted(
        found,
        key=lambda row: (
            (0, codes.index(row[1]) if row[1] in codes else 999, order[row[0]])
            if row[0] in ("promised_reach", "diversion_rate")
            else (1, 0, order.get(row[0], 99))
        ),
    )


def _pair(was: str, now: str, old: Any, new: Any) -> Cell:
    return Cell(now) if is_same(old, new) else Cell(now, note=was, tone="changed")


def _result(name: str, months: Sequence[str], tables: Sequence[Mapping[str, Mapping[str, Any]]]) -> Line:
    kind = "money" if name == "gmv" else "count"
    cells = []
    for month in months:
        old, new = (Decimal(str(table[month][name])) if month in table else None for table in tables)
        cells.append(_pair(shown(kind, old), shown(kind, new), old, new))
    return Line(say(*RESULTS[name]), cells, key=name, is_result=True)


def _only_in(month: str, inputs: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> str:
    stating = [
        title for title, one in zip(titles, inputs, strict=True) if any(m["month"] == month for m in one["months"])
    ]
    return "" if len(stating) == len(titles) else say(f"仅{stating[0]}", f"only {stating[0]}")


def _who(titles: Sequence[str], histories: Sequence[Sequence[tuple[str, str]]]) -> Table:
    steps = list(dict.fromkeys(word for history in histories for word, _ in history))
    rows = [
        [title, *(dict(history).get(step, "—") for step in steps)]
        for title, history in zip(titles, histories, strict=True)
    ]
    return Table(say("两版由谁保存和确认", "Who saved and approved both"), [say("版本", "Version"), *steps], rows)

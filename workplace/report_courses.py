"""How a week or month went, as pictures with their numbers below: GMV by day, new fans by channel. Pure.

Payloads before the fourth format have neither; without its key a part is None.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from siyu.numbers import MINUS, count, fixed, money, percent, span
from siyu.periods import DAY
from siyu.problems import say
from workplace.axes import Axis, tick_words, unit_words
from workplace.plots import Bar, draw_bars, draw_key
from workplace.report_values import Column, Part, Payload, Row, Value, name_of, value_at
from workplace.words import WEEKDAYS

WEEK = 7
MEAN = 7  # days that the line over a month's bars is the mean of
DATED = (1, 5, 10, 15, 20, 25)  # days of a month under its bars, and the last one
TOLD = 3  # channels with a colour of their own; the others are one


# -- GMV by day -------------------------------------------------------------------------------------------------------


def days(payload: Payload) -> Part | None:
    found = payload.get("days")
    if not found:
        return None
    gmv = [None if row["gmv"] is None else Decimal(row["gmv"]) for row in found]
    dates = [_day(row["day"]) for row in found]
    title, is_week = say("成交走势", "GMV by day"), len(found) <= WEEK
    columns, rows = _of_week(payload, dates) if is_week else _of_month(payload, dates)
    finding = _best(dates, gmv)
    return Part(
        "days", title, columns, rows,
        note="" if is_week else say("每日成交净额，折线为 7 日均值", "Net GMV by day; the line is the mean of 7 days"),
        finding=finding, picture=_bars(dates, gmv, f"{title}{say('：', ': ')}{finding}"),
    )  # fmt: skip


def _of_week(payload: Payload, dates: Sequence[date]) -> tuple[list[Column], list[Row]]:
    columns = [
        Column(say("日期", "Day")),
        Column(say("成交净额", "Net GMV")),
        Column(say("导流用户", "Diverted users")),
    ]
    rows = [
        Row(
            f"{day:%m-%d} {say(*WEEKDAYS[day.weekday()])}",
            [value_at(payload, f"/days/{place}/gmv", money), value_at(payload, f"/days/{place}/diverted_users", count)],
            f"/days/{place}",
        )
        for place, day in enumerate(dates)
    ]
    return columns, rows


def _of_month(payload: Payload, dates: Sequence[date]) -> tuple[list[Column], list[Row]]:
    """A row a week, a column a weekday."""
    columns = [Column(say("周", "Week")), *(Column(say(*words)) for words in WEEKDAYS)]
    weeks: dict[date, list[int]] = {}
    for place, day in enumerate(dates):
        weeks.setdefault(day - day.weekday() * DAY, []).append(place)
    rows = []
    for places in weeks.values():
        cells: list[Any] = [""] * WEEK
        for place in places:
            cells[dates[place].weekday()] = value_at(payload, f"/days/{place}/gmv", _yuan)
        title = span(f"{dates[places[0]]:%m-%d}", f"{dates[places[-1]]:%d}")
        rows.append(Row(title, cells, f"/days/{places[0]}"))
    return columns, rows


def _yuan(amount: Decimal) -> str:
    """Without cents: seven of them stand side by side."""
    return f"{MINUS if amount < 0 else ''}¥{count(abs(amount))}"


def _best(dates: Sequence[date], gmv: Sequence[Decimal | None]) -> str:
    """The best day with its part of the whole, and the mean; of what is known."""
    known = {day: value for day, value in zip(dates, gmv, strict=True) if value is not None}
    whole = sum(known.values(), Decimal(0))
    if not known or not any(known.values()):
        return say("本期没有成交", "Nothing was sold in this period") if known else ""
    best = max(known, key=lambda day: (known[day], -day.toordinal()))
    told, mean = f"{best:%m-%d} {money(known[best])}", money(whole / len(known))
    part_zh = part_en = ""
    if whole > 0 and known[best] <= whole:
        part_zh, part_en = f"，占 {percent(known[best] / whole)}", f", {percent(known[best] / whole)} of the whole"
    return say(f"最高 {told}{part_zh}；日均 {mean}", f"Best {told}{part_en}; {mean} a day")


def _bars(dates: Sequence[date], gmv: Sequence[Decimal | None], label: str) -> Any:
    known = [value for value in gmv if value is not None]
    best = gmv.index(max(known)) if known else -1
    is_week = len(dates) <= WEEK
    bars = [
        Bar(None if value is None else [float(value)], _dated(day, dates, is_week=is_week), is_marked=place == best)
        for place, (day, value) in enumerate(zip(dates, gmv, strict=True))
    ]
    return draw_bars(bars, label, unit_words, tick_words, () if is_week else _means(gmv))


def _dated(day: date, dates: Sequence[date], *, is_week: bool) -> str:
    is_last = day == dates[-1]
    if is_week:
        return f"{day:%m-%d}"
    return str(day.day) if is_last or (day.day in DATED and (dates[-1] - day).days > 2) else ""


def _means(gmv: Sequence[Decimal | None]) -> list[float | None]:
    """Of the seven days up to each; None before there are seven, and where one is not known."""
    out: list[float | None] = []
    for place in range(len(gmv)):
        known = [value for value in gmv[max(0, place - MEAN + 1) : place + 1] if value is not None]
        out.append(float(sum(known)) / MEAN if len(known) == MEAN else None)
    return out


# -- New fans by channel ----------------------------------------------------------------------------------------------


def sources(payload: Payload) -> Part | None:
    found = payload.get("sources")
    if not found or not found["channels"]:
        return None
    is_weeks = found["grain"] == "week"
    starts = [_day(one["start"]) for one in found["spans"]]
    columns = [
        Column(say("渠道", "Channel")),
        *(Column(f"{start:%m-%d}") for start in starts),
        Column(say("合计", "All")),
    ]
    rows = []
    for place, row in enumerate(found["channels"]):
        at = f"/sources/channels/{place}"
        cells = [value_at(payload, f"{at}/by_span/{n}", count) for n in range(len(starts))]
        rows.append(Row(_named(payload, row), [*cells, value_at(payload, f"{at}/diverted_users", count)], at))
    together = [value_at(payload, f"/sources/spans/{n}/diverted_users", count) for n in range(len(starts))]
    rows.append(Row(say("合计", "All"), [*together, _whole(payload)], "/sources/spans"))
    title, finding = say("新增来源", "Where new fans came from"), _shares(payload, found)
    note = (
        say("每周导流用户，周一至周日；首末两周只计本期内的日子", "Diverted users by week, of the days of the period")
        if is_weeks
        else say("每日导流用户", "Diverted users by day")
    )  # fmt: skip
    return Part(
        "sources", title, columns, rows, note=note, finding=finding,
        picture=_stacks(payload, found, starts, f"{title}{say('：', ': ')}{finding}"),
    )  # fmt: skip


def _whole(payload: Payload) -> Value:
    """The period's figure, which the spans add up to."""
    codes = [figure["indicator"] for figure in payload["figures"]]
    return value_at(payload, f"/figures/{codes.index('diverted_users')}/value", count)


def _named(payload: Payload, row: Mapping[str, Any]) -> str:
    if row["channel"] is None:
        return say("未标明渠道", "No channel named")
    return name_of(payload, "channels", row["channel"])


def _shares(payload: Payload, found: Mapping[str, Any]) -> str:
    whole = sum(row["diverted_users"] for row in found["channels"])
    if not whole:
        return ""
    told = sorted(found["channels"], key=lambda row: -row["diverted_users"])[:TOLD]
    said = [f"{_named(payload, row)} {percent(Decimal(row['diverted_users']) / whole)}" for row in told]
    return say("、", ", ").join(said)


def _stacks(payload: Payload, found: Mapping[str, Any], starts: Sequence[date], label: str) -> Any:
    told, others = found["channels"][:TOLD], found["channels"][TOLD:]
    if len(others) == 1:
        told, others = found["channels"], []
    names = [_named(payload, row) for row in told] + ([say("其他", "Others")] if others else [])
    bars = []
    for place, (one, start) in enumerate(zip(found["spans"], starts, strict=True)):
        parts = None
        if one["diverted_users"] is not None:
            parts = [float(row["by_span"][place]) for row in told]
            parts += [float(sum(row["by_span"][place] for row in others))] if others else []
        bars.append(Bar(parts, f"{start:%m-%d}", count(one["diverted_users"])))
    drawn = draw_bars(bars, label, lambda _: say("人", "Users"), _people)
    return drawn and draw_key(names) + drawn


def _people(number: float, along: Axis) -> str:
    step = along.ticks[1] - along.ticks[0]
    return fixed(Decimal(repr(number)), 0 if step % 1 == 0 else 1)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value

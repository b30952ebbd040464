"""What a table of day totals would change, row by row, before it counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from connectors.conversion import Found
from connectors.formats import FORMATS, Format
from connectors.importing import read_import
from connectors.models import FileImport
from kpi.totals import GROUPS, Source, sources_of_days
from kpi.totals_api import FACTS, OF_CHANNEL, OF_GUIDE, read_stated
from projects.models import Channel, Project
from siyu.numbers import exact
from siyu.periods import Period
from siyu.problems import say
from workplace.blocks import Block, Lines, Note, Table
from workplace.queries import guide_names

SHOWN_ROWS = 100
GROUP_WORDS = {"fans": ("粉丝", "fans"), "service": ("服务", "service"), "orders": ("成交", "orders")}
GROUP_EVENTS = {"fans.day": "fans", "channel.fans": "fans", "service.day": "service", "orders.day": "orders"}
Key = tuple[str, str]  # day, guide or channel


class Line(NamedTuple):
    """One row as it was read: what it says, and what was known."""

    day: str
    who: str
    said: Mapping[str, Any]
    was: Mapping[str, Any]


def preview(project: Project, found: FileImport) -> Sequence[Block]:
    """Nothing for files of other kinds: their events speak for themselves."""
    form = FORMATS.get(found.format)
    if form is None or not form.shares or not found.events:
        return []
    events = read_import(found).events
    days = [date.fromisoformat(event["date"]) for _, event in events]
    period = Period(min(days), max(days))
    by = "guide" if "guide" in {part.field for part in form.parts} else "channel"
    known = {(str(row["date"]), row[by]): row for row in read_stated(project, period)[f"{by}s"]}
    lines = _lines(events, by, known)
    return [
        Lines(_counts(lines)),
        *_set_aside(events, sources_of_days(project, period)),
        _table(form, lines, by),
    ]  # fmt: skip


def _lines(events: Iterable[Found], by: str, known: Mapping[Key, Mapping[str, Any]]) -> list[Line]:
    said: dict[Key, dict[str, Any]] = {}
    for _, event in events:
        said.setdefault((event["date"], event[by]), {}).update(event)
    return [Line(*key, row, known.get(key, {})) for key, row in sorted(said.items())]


def _counts(lines: Sequence[Line]) -> list[str]:
    new = sum(not line.was for line in lines)
    same = sum(bool(line.was) and not _changed(line) for line in lines)
    changed = len(lines) - new - same
    return [
        say(
            f"读到 {exact(len(lines))} 行：新增 {exact(new)} 行，更正 {exact(changed)} 行，不变 {exact(same)} 行。",
            f"{exact(len(lines))} rows: {exact(new)} new, {exact(changed)} changed, {exact(same)} as they are.",
        )
    ]  # fmt: skip


def _changed(line: Line) -> list[str]:
    return [name for name in (*OF_GUIDE, *OF_CHANNEL) if name in line.said and line.said[name] != line.was.get(name)]


def _set_aside(events: Iterable[Found], sources: Mapping[date, Mapping[Any, Source]]) -> list[Note]:
    """The days of which events speak: there the totals are kept, and do not count."""
    found: dict[str, set[str]] = {group: set() for group in GROUPS}
    for _, event in events:
        group = GROUP_EVENTS.get(event["type"])
        if group and sources.get(date.fromisoformat(event["date"]), {}).get(group) in ("events", "set_aside"):
            found[group].add(event["date"])
    return [
        Note(
            say(
                f"这些天已有{GROUP_WORDS[group][0]}事件数据，以事件为准，汇总只留档、不计入：{'、'.join(sorted(days))}",
                f"Events speak of {GROUP_WORDS[group][1]} on these days; the totals are kept but do not count: "
                f"{', '.join(sorted(days))}",
            ),
            "warn",
        )
        for group, days in found.items()
        if days
    ]


def _table(form: Format, lines: Sequence[Line], by: str) -> Table:
    names = guide_names() if by == "guide" else dict(Channel.objects.values_list("code", "name"))
    shares = {name for share in form.shares for name in share.fields}
    columns = [(part.field, part.titles) for part in form.parts if part.field in shares and part.field != "paid_by"]
    rows = [
        [f"{line.day} {names.get(line.who) or line.who}", *(_cell(line, name) for name, _ in columns)]
        for line in lines[:SHOWN_ROWS]
    ]
    more = len(lines) - SHOWN_ROWS
    rest = say(f"（前 {SHOWN_ROWS} 行）", f" (the first {SHOWN_ROWS} rows)") if more > 0 else ""
    caption = say("将要计入的数字", "What will count") + rest
    titles = [say(titles[0], titles[-1]) for _, titles in columns]
    return Table(caption, [say("日期和对象", "Day and who"), *titles], rows)


def _cell(line: Line, name: str) -> str:
    """What it will be; behind it what it was, where that is another number."""
    if name not in line.said:
        return "—"
    was = line.was.get(name)
    now = str(line.said[name])
    return now if was is None or str(was) == now else say(f"{now}（原 {was}）", f"{now} (was {was})")


def counted(row: Mapping[str, Any]) -> str:
    """Which groups of a stated row count, in words."""
    words = {
        True: ("计入", "counts"),
        False: ("有事件，不计入", "events speak, not counted"),
        None: ("待汇总", "awaits the roll-up"),
    }
    said = {group: row["counts"][group] for group in FACTS if group in row["counts"]}
    if len(set(said.values())) == 1:
        return say(*words[next(iter(said.values()))])
    return say("；", "; ").join(
        say(*GROUP_WORDS[group]) + say("", " ") + say(*words[how]) for group, how in said.items()
    )

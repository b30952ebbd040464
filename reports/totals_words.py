"""Sentences of a report about day totals: what rests on them, what is not stated. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reports.wording import Sentence, of_side

GROUPS = {"fans": ("粉丝", "fans"), "service": ("服务", "service"), "orders": ("成交", "orders")}


def tell_some_fans(zh: str, en: str, known: Mapping[str, str]) -> Iterator[Sentence]:
    """Where not all of {added, lost, net, at_end} is known. `zh`, `en`: the period."""
    words = {
        "added": ("新增 {} 人", "{} added"),
        "lost": ("流失 {} 人", "{} lost"),
        "net": ("净增 {} 人", "net {}"),
        "at_end": ("期末粉丝 {} 人", "{} fans at the end"),
    }
    if not known:
        yield Sentence("fans", f"{zh}粉丝数据未填报", f"{en}: fans were not stated")
        return
    said = [(words[name][0].format(number), words[name][1].format(number)) for name, number in known.items()]
    yield Sentence(
        "fans",
        f"{zh}{'，'.join(one for one, _ in said)}；其余人数未知",
        f"{en}: {', '.join(one for _, one in said)}; the rest is unknown",
    )


def tell_totals(payload: Mapping[str, Any]) -> Iterator[Sentence]:
    """Which days come from totals, which totals are set aside since events speak, and which nobody stated."""
    found = payload.get("totals") or ()
    used = [(row["group"], row["used"]) for row in found if row["used"]]
    if used:
        yield Sentence(
            "totals",
            f"来自人工填报的日汇总：{_by_group(used, 0)}；按添加与流失的人次计，不按粉丝去重",
            f"From day totals entered by hand: {_by_group(used, 1)}; they count additions and losses, not fans",
        )
    aside = [(row["group"], row["set_aside"]) for row in found if row["set_aside"]]
    if aside:
        yield Sentence(
            "totals_set_aside",
            f"已有事件数据，日汇总不计入：{_by_group(aside, 0)}",
            f"Events speak, so day totals do not count: {_by_group(aside, 1)}",
        )
    missing = [(row["group"], row["missing"]) for row in found if row["missing"]]
    if missing:
        yield of_side(
            "totals_missing",
            f"日汇总缺：{_by_group(missing, 0)}，请补填",
            f"Day totals are missing: {_by_group(missing, 1)}",
            "agency",
        )


def _by_group(rows: Sequence[tuple[str, Sequence[Sequence[Any]]]], language: int) -> str:
    """粉丝、成交 11-05 至 11-08；服务 11-05: groups with the same days together."""
    together: dict[str, list[str]] = {}
    for group, spans in rows:
        days = ("、", ", ")[language].join(_span(span, language) for span in spans)
        together.setdefault(days, []).append(GROUPS[group][language])
    return ("；", "; ")[language].join(
        f"{('、', ', ')[language].join(names)} {days}" for days, names in together.items()
    )


def _span(span: Sequence[Any], language: int) -> str:
    first, last = (date.fromisoformat(str(day)) for day in span)
    if first == last:
        return f"{first:%m-%d}"
    return f"{first:%m-%d}{(' 至 ', ' to ')[language]}{last:%m-%d}"

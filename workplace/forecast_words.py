"""Cells of a forecast by name: where a version says something, and what it says, in words."""

from collections.abc import Mapping
from typing import Any

from kpi.forecast_changes import Change, Path, changes_between
from kpi.metrics import METRICS
from projects.models import Channel
from siyu.problems import say
from workplace.forecast_forms import MARKS
from workplace.forecast_grid import RATES
from workplace.grid_blocks import shown
from workplace.term_forms import BASIS_WORDS, NUMBERS, PERIOD_WORDS

Names = Mapping[str, str]  # channels by code


def channel_names() -> Names:
    return {code: name or code for code, name in Channel.objects.values_list("code", "name")}


def name_of(path: Path, channels: Names) -> str:
    """`2026-07 包裹卡 触达`, `GMV 不及格线`, `保底比例` …"""
    group, *rest = path
    if group == "opening_fans":
        return say("起始粉丝", "Opening fans")
    if group == "months":
        return f"{rest[0]} {row_name(tuple(rest[1:]), channels)}"
    if group == "lines":
        mark = say("方式", "kind") if rest[1] == "kind" else say(*MARKS[rest[1]])
        return f"{_indicator(rest[0])} {mark}"
    return _term(tuple(rest))


def row_name(path: Path, channels: Names) -> str:
    """Of a cell of a month: `包裹卡 触达`, `月流失率`, `07-18 日权重`."""
    kind, *rest = path
    if kind == "promised_reach":
        return say(f"{channels.get(rest[0], rest[0])} 触达", f"{channels.get(rest[0], rest[0])}: reach")
    if kind == "diversion_rate":
        return say(f"{channels.get(rest[0], rest[0])} 导流率", f"{channels.get(rest[0], rest[0])}: rate")
    if kind == "day_weights":
        return say(f"{rest[0][5:]} 日权重", f"{rest[0][5:]}: weight of the day")
    chinese, english, _ = RATES[kind]
    return say(chinese, english)


def value_of(path: Path, value: Any) -> str:
    if value is None:
        return "—"
    if path[0] == "opening_fans" or "promised_reach" in path:
        return shown("count", value)
    if path[0] == "months":
        return shown(
            RATES[path[2]][2] if path[2] in RATES else "rate" if path[2] == "diversion_rate" else "decimal", value
        )
    if path[-1] == "kind":
        return say("占调整后预测", "share of the adjusted") if value == "share" else say("绝对值", "absolute")
    if path[-1] in ("basis", "period"):
        return say(*{**BASIS_WORDS, **PERIOD_WORDS}[value])
    if path[1] == "indicators":
        return _indicator(value)
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return str(value)


def sentence_of(change: Change, channels: Names) -> str:
    """`2026-07 包裹卡 触达：100,000 → 120,000`."""
    was, now = value_of(change.path, change.was), value_of(change.path, change.now)
    return f"{name_of(change.path, channels)}{say('：', ': ')}{was} → {now}"


def sentences_of(old: Mapping[str, Any], new: Mapping[str, Any], most: int) -> str:
    """What `new` says otherwise than `old` (inputs of versions), the first `most` one by one: months that only one of
    them states are named as a whole. "" where both say the same."""
    months = [{month["month"] for month in inputs["months"]} for inputs in (old, new)]
    channels = channel_names()
    told = []
    if added := sorted(months[1] - months[0]):
        told.append(say(f"新增月份 {'、'.join(added)}", f"with {', '.join(added)}"))
    if dropped := sorted(months[0] - months[1]):
        told.append(say(f"不再含 {'、'.join(dropped)}", f"without {', '.join(dropped)}"))
    changes = [
        change
        for change in changes_between(old, new)
        if change.path[0] != "months" or change.path[1] in months[0] & months[1]
    ]
    told += [sentence_of(change, channels) for change in changes[:most]]
    if len(changes) > most:
        told.append(say(f"另有 {len(changes) - most} 处", f"and {len(changes) - most} more"))
    return say("；", "; ").join(told)


def _indicator(code: str) -> str:
    return say(METRICS[code].chinese, METRICS[code].english)


def _term(path: Path) -> str:
    name, *rest = path
    whole = "/".join(path)
    if whole in NUMBERS:
        return say(*NUMBERS[whole])
    plain = {
        "basis": say("考核对象", "Judged"),
        "period": say("考核周期", "Period"),
        "commission_on_dual": say("双算订单计入佣金基数", "Dual-counted orders bear commission"),
        "indicators": say("指定的指标", "Named indicator"),
    }
    if name in plain:
        return plain[name]
    if name in ("weights", "caps"):
        word = say("权重", "weight") if name == "weights" else say("封顶", "cap")
        return f"{_indicator(rest[0])} {word}"
    step = int(rest[0]) + 1
    part = say("得分低于", "score below") if rest[1] == "below" else say("扣服务费比例", "share of the fee")
    return say(f"扣款第 {step} 档 {part}", f"Deduction {step}: {part}")

"""The forecast as one grid: inputs down, months across, and below them what the inputs come to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from kpi.forecast_inputs import part
from kpi.models import Forecast
from projects.models import Channel, Project
from projects.queries import zone_of
from siyu.numbers import UNKNOWN, exact
from siyu.periods import Period, local_day, periods
from siyu.problems import say
from workplace.blocks import Field, Typed
from workplace.forecast_forms import offer_field
from workplace.grid_blocks import Button, Cell, Column, Grid, Kind, Line, shown

RATES: Mapping[str, tuple[str, str, Kind]] = {
    "churn_rate": ("月流失率", "Churn rate", "rate"),
    "ramp": ("爬坡系数", "Ramp", "decimal"),
    "gmv_per_fan": ("每粉月 GMV（元）", "GMV a fan (¥)", "decimal"),
    "koc_share": ("KOC 占比", "KOC share", "rate"),
    "referral_share": ("老带新占比", "Referral share", "rate"),
}
RESULTS = {
    "diverted_users": ("新增粉丝", "Diverted"),
    "koc_users": ("其中 KOC 带来", "of them by KOC"),
    "referral_users": ("其中老带新", "of them referred"),
    "fans": ("月末粉丝", "Fans at end"),
    "gmv": ("GMV（元）", "GMV (¥)"),
    "guides": ("需要导购", "Guides needed"),
}
ENDED, RUNNING = ("已结束", "Ended"), ("进行中", "Running")
FIRST_MONTHS = timedelta(days=150)  # from the running month on
BEGUN_MONTHS = 3  # of those before it, the most that a first version is offered


def forecast_grid(
    project: Project,
    inputs: Mapping[str, Any] | None,
    base: Forecast | None,
    newest: int,
    outlook: Mapping[str, Any] | None,
    bound: Mapping[str, Mapping[str, Any]],
    typed: Typed,
    *,
    is_filled: bool,
    conflicts: Mapping[str, str],
) -> Grid:
    """`inputs`: what stands in the cells; `outlook`: what they come to, as REST shows it; `bound`: by month the row of
    the version that binds it; `newest`: the newest version (0: none) as this page knows; `conflicts`: by field what a
    colleague wrote there meanwhile."""
    months = list(inputs["months"]) if inputs else _first_months(project)
    places = _places(typed, len(months))
    channels = _channels(months)
    table = {row["month"]: row for row in outlook["table"]} if outlook else {}
    columns = []
    names = []
    for place in range(places):
        stated = typed.field(f"/{place}/month", "", months[place]["month"] if place < len(months) else "", "hidden")
        names.append(stated.value)
        columns.append(Column(stated.value, _ended(project, stated.value), stated if is_filled else None))
    rows: list[tuple[str, str, str, Kind]] = []
    for code, channel in channels.items():
        title = (channel.name if channel else "") or code
        unit = channel.unit if channel else ""
        rows.append((f"promised_reach{part(code)}", say(f"{title} 触达", f"{title}: reach"), unit, "count"))
        rows.append((f"diversion_rate{part(code)}", say(f"{title} 导流率", f"{title}: rate"), "", "rate"))
    rows += [(name, say(chinese, english), "", kind) for name, (chinese, english, kind) in RATES.items()]
    lines = []
    for key, head, unit, kind in rows:
        cells = []
        for place, name in enumerate(names):
            value = _value(months[place], key) if place < len(months) else None
            label = f"{head} {name}"
            filled = typed.field(f"/{place}/{key}", label, value, "text")
            cells.append(
                Cell(
                    shown(kind, filled.value),
                    kind,
                    filled if is_filled else None,
                    conflicts.get(filled.name, ""),
                    key=key,
                )
            )
        is_spare = bool(inputs) and not any(cell.shown != UNKNOWN for cell in cells)
        lines.append(Line(head, cells, unit, key, is_spare=is_spare))
    lines += [_result(name, names, table, bound) for name in RESULTS]
    action = reverse("propose_forecast", args=[project.code]) if is_filled else ""
    return Grid(
        key="forecast",
        caption=say("预测表：承诺、参数和结果，按月", "Forecast: promises, rates and results by month"),
        corner=say("项目", "Input"),
        columns=columns,
        lines=lines if is_filled else [line for line in lines if not line.is_spare],
        action=action,
        fields=_fields(inputs, base, newest, typed) if is_filled else [],
        buttons=_buttons(project) if is_filled else [],
        tools=_tools() if is_filled else [],
        data=_data(project, inputs, bound) if is_filled else {},
    )


def _places(typed: Typed, stated: int) -> int:
    """How many columns: those of what was typed, where something was."""
    places = [
        int(number)
        for name in typed.values
        if (number := name.removeprefix("/").partition("/")[0]).isdigit() and len(number) < 4
    ]
    return min(max(places) + 1, 120) if places else stated


def _channels(months: Sequence[Mapping[str, Any]]) -> dict[str, Channel | None]:
    """By code: those that the months name, then those that the brand has besides."""
    known = {channel.code: channel for channel in Channel.objects.order_by("code")}
    stated = [code for month in months for code in month.get("promised_reach", {})]
    return {code: known.get(code) for code in (*dict.fromkeys(stated), *known)}


def _value(month: Mapping[str, Any], key: str) -> Any:
    group, slash, step = key.partition("/")
    if not slash:
        return month.get(key)
    return month.get(group, {}).get(step.replace("~1", "/").replace("~0", "~"))


def _result(name: str, months: Sequence[str], table: Mapping[str, Any], bound: Mapping[str, Mapping[str, Any]]) -> Line:
    cells = []
    for month in months:
        row, agreed = table.get(month), bound.get(month)
        text = UNKNOWN if row is None else shown("money" if name == "gmv" else "count", row[name])
        cells.append(Cell(text, note=_difference(name, row, agreed), key=name))
    return Line(say(*RESULTS[name]), cells, key=name, is_result=True)


def _difference(name: str, row: Mapping[str, Any] | None, agreed: Mapping[str, Any] | None) -> str:
    """Against the version that binds the month; "" where it says the same, or none binds it."""
    if row is None or agreed is None:
        return ""
    difference = round(Decimal(str(row[name])) - Decimal(str(agreed[name])))
    if not difference:
        return ""
    return say("较现行 ", "vs. agreed ") + ("+" if difference > 0 else "−") + exact(abs(difference))


def _ended(project: Project, month: str) -> str:
    today = local_day(timezone.now(), zone_of(project))
    if month and month < f"{today:%Y-%m}":
        return say(*ENDED)
    return say(*RUNNING) if month == f"{today:%Y-%m}" else ""


def has_ended_months(project: Project) -> bool:
    """Whether a month of the project has ended."""
    return bool(_ended_months(project))


def _ended_months(project: Project) -> list[Period]:
    return periods("month", project.starts_on, local_day(timezone.now(), zone_of(project)))[:-1]


def _first_months(project: Project) -> list[dict[str, Any]]:
    """Of a first version: from the project's first month on, since months that ended without a version are bound by the
    first one. Of a long project only the last of them; more are put in front when asked for."""
    today = local_day(timezone.now(), zone_of(project))
    first = max(project.starts_on, today.replace(day=1))
    offered = [*_ended_months(project)[-BEGUN_MONTHS:], *periods("month", first, first + FIRST_MONTHS)]
    return [{"month": f"{period.first:%Y-%m}"} for period in offered]


def _fields(inputs: Mapping[str, Any] | None, base: Forecast | None, newest: int, typed: Typed) -> list[Field]:
    opening = inputs["opening_fans"] if inputs else ""
    return [
        typed.field("/opening_fans", say("起始粉丝（首月之前）", "Opening fans (before the first month)"), opening),
        typed.field("/base", "", base.version if base else "", "hidden"),
        Field("/seen", "", "hidden", str(newest)),
        *([] if base or newest else [offer_field(typed)]),
    ]


def _buttons(project: Project) -> list[Button]:
    return [
        Button(say("存为草稿版本", "Save as a draft version"), is_second=False),
        Button(say("存并提出给双方", "Save and propose"), "propose", "1"),
        Button(say("先测算，不保存", "What if, unsaved"), where=reverse("what_if", args=[project.code])),
    ]


def _tools() -> list[tuple[str, str]]:
    return [
        ("fill", say("向右填充", "Fill right")),
        ("undo", say("撤销", "Undo")),
        ("more", say("加一个月", "Add a month")),
        ("front", say("前面加一个月", "Add a month in front")),
        ("fewer", say("减最后一个月", "Drop the last month")),
        ("from", say("去掉首月", "Drop the first month")),
        ("spare", say("显示其余渠道", "Show other channels")),
    ]


def _data(
    project: Project,
    inputs: Mapping[str, Any] | None,
    bound: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What forecast.js needs to ask REST and to say what came of it."""
    return {
        "address": f"/api/v1/projects/{project.code}/forecast/what-if/",
        "now": f"{local_day(timezone.now(), zone_of(project)):%Y-%m}",
        "first": f"{project.starts_on:%Y-%m}",
        "lines": inputs["lines"] if inputs else {},
        "terms": inputs["terms"] if inputs else {},
        "weights": {
            month["month"]: month["day_weights"]
            for month in (inputs["months"] if inputs else [])
            if month.get("day_weights")
        },
        "bound": bound,
        "words": {
            "ended": say(*ENDED),
            "running": say(*RUNNING),
            "reopened": say(
                "起始粉丝现在指 {month} 之前，原填 {fans}，请重新填写。",
                "Opening fans are now those before {month}; they were {fans}: fill them in anew. ",
            ),
            "trying": say("正在测算 …", "Trying …"),
            "tried": say("假设测算，没有保存。", "What if: nothing is saved. "),
            "failed": say(
                "测算没有成功，请检查网络后再改一格重试。", "The what-if failed: check the network and change a cell."
            ),
            "incomplete": say("还有 {n} 格没有填，填完就会测算。", "{n} cells are empty: fill them in to try it."),
            "flawed": say("有 {n} 格需要修改后才能测算。", "{n} cells need mending before it can be tried."),
            "total": say(
                "{n} 个月新增 {diverted} 位粉丝，期末 {fans} 位，GMV ¥{gmv}，最多需导购 {guides} 位。",
                "{n} months: {diverted} diverted, {fans} fans at the end, GMV ¥{gmv}, at most {guides} guides.",
            ),
            "versus": say("较现行 ", "vs. agreed "),
            "gmvMore": say("较现行 GMV 合计 {sign}¥{gmv}。", " GMV against the agreed: {sign}¥{gmv}."),
        },
    }

"""What stands folded below the forecast: adjusted to what was delivered, bands, lines, versions."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.urls import reverse

from kpi.forecast_api import forecast_dict
from kpi.forecasts import binding_months
from kpi.judging import Judgement
from kpi.metrics import METRICS
from kpi.models import Forecast
from projects.models import Project
from projects.queries import local_minute
from siyu.numbers import exact, percent
from siyu.problems import say
from workplace.blocks import Block, Field, Form, Lines, Link, Note, Table
from workplace.forecast_forms import MARKS
from workplace.forecast_status import chip_of
from workplace.words import from_to

BANDS = {
    "failing": ("不及格", "Failing"),
    "passing": ("及格", "Passing"),
    "normal": ("正常", "Normal"),
    "good": ("优良", "Good"),
    "excess": ("超额", "Excess"),
}
COUNTS = {
    "diverted_users": ("新增", "Diverted"),
    "koc_users": ("KOC 带来", "By KOC"),
    "referral_users": ("老带新", "Referred"),
    "fans": ("月末粉丝", "Fans at end"),
    "guides": ("导购", "Guides"),
}


def adjusted_blocks(shown: Mapping[str, Any]) -> list[Block]:
    """`shown`: a version as REST tells it."""
    columns = [say("月份", "Month"), *(say(*words) for words in COUNTS.values()), "GMV"]
    columns += [say("导流系数", "Traffic factor"), say("人手缺口", "Guides missing")]
    rows = []
    for promised, adjusted, month in zip(shown["table"], shown["adjusted"], shown["months"], strict=True):
        factor = month["traffic"]["diverted_users"]["factor"]
        gap, since = month["staffing"]["gap"], month["staffing"]["short_from"]
        short = say(f"{gap}（{since} 起）", f"{gap} (from {since})") if since else "—"
        counts = [_pair(exact(promised[name]), exact(adjusted[name])) for name in COUNTS]
        gmv = _pair(_yuan(promised["gmv"]), _yuan(adjusted["gmv"]))
        rows.append([promised["month"], *counts, gmv, percent(Decimal(factor) if factor else None), short])
    note = say(
        "每格上行为预测，下行为按实际导流和已约定减免调整后的预测；相同时只写一行。",
        "The forecast above, adjusted to traffic and agreed reliefs below; one line where equal.",
    )
    reliefs = list(_reliefs(shown["months"]))
    return [
        Note(note),
        Table(say("预测", "Forecast"), columns, rows),
        *([Lines(reliefs)] if reliefs else []),
        _reach(shown["months"]),
    ]


def _reliefs(months: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The reliefs that both sides agreed on, month by month: which indicators, by what share, for which commitment."""
    for month in months:
        for code, relief in month["relief"].items():
            name = say(METRICS[code].chinese, METRICS[code].english)
            whats = say("、", ", ").join(one["what"] or one["kind"] for one in relief["of"])
            share = percent(Decimal(relief["share"]))
            when = month["month"]
            yield say(f"{when} {name} 减免 {share}：{whats}", f"{when} {name}: {share} for {whats}")


def _reach(months: Sequence[Mapping[str, Any]]) -> Table:
    columns = [
        say("月份", "Month"), say("渠道", "Channel"), say("承诺触达", "Promised"), say("至今应达", "Due"),
        say("已达", "Delivered"), say("缺数据天数", "Days without data"),
    ]  # fmt: skip
    rows = [
        [
            month["month"],
            reach["channel"],
            exact(reach["promised"]),
            exact(int(Decimal(reach["due"]).to_integral_value(ROUND_HALF_UP))),
            exact(reach["delivered"]),
            str(len(reach["missing_days"])),
        ]
        for month in months
        for reach in month["reach"]
    ]
    return Table(say("承诺的导流", "Promised traffic"), columns, rows)


def bands_table(months: Sequence[Any], judged: Mapping[Any, Judgement], told: Any) -> Table:
    """`months`: first days of those that have begun; `told`: a judgement as REST tells it."""
    rows = []
    for month in months:
        cells = []
        for code in METRICS:
            judgement = judged.get((month, code))
            shown = told(judgement) if judgement else {}
            band = shown.get("band")
            provisional = say("（暂定）", " (provisional)") if band and shown["provisional"] else ""
            cells.append(say(*BANDS[band]) + provisional if band else "—")
        rows.append([f"{month:%Y-%m}", *cells])
    columns = [say("月份", "Month"), *(say(metric.chinese, metric.english) for metric in METRICS.values())]
    return Table(say("达成档位，按月", "Bands by month"), columns, rows)


def lines_table(lines: Mapping[str, Any]) -> Table:
    kinds = {"share": say("占调整后预测", "Share of the adjusted"), "absolute": say("绝对值", "Absolute")}
    columns = [say("指标", "Indicator"), say("方式", "Kind"), *(say(*words) for words in MARKS.values())]
    rows = [
        [
            say(METRICS[code].chinese, METRICS[code].english),
            kinds[line["kind"]],
            *(line.get(mark) or "—" for mark in MARKS),
        ]
        for code, line in lines.items()
    ]
    return Table(say("四条线", "Lines"), columns, rows, say("没有设置线。", "No lines are set."))


def versions_blocks(
    project: Project, versions: Sequence[Forecast], bound: Sequence[Forecast], chosen: Forecast | None
) -> list[Block]:
    """All of them, and a form that asks for two side by side."""
    rows = []
    for version in versions:
        shown = forecast_dict(version, bound, binding_months(bound, version, project))
        address = f"{reverse('forecast', args=[project.code])}?version={version.version}"
        months = shown["binding_months"]
        beside = f"{address}&compare={chosen.version}#compare" if chosen else ""
        rows.append(
            [
                Link(str(version.version), address),
                chip_of(shown)[0],
                f"{shown['made_by'] or '—'}\n{local_minute(shown['created_at'], project)}",
                shown["effective_from"],
                from_to(months[0], months[-1]) if months else "—",
                *(_approval(project, shown, side) for side in ("agency", "brand")),
                Link(say(f"与第 {chosen.version} 版并列", f"Beside version {chosen.version}"), beside)
                if chosen and version != chosen
                else "—",
            ]
        )
    columns = [
        say("版本", "Version"), say("状态", "State"), say("保存", "Saved"), say("起始月", "From"),
        say("生效月份", "Binds"), say("代运营方确认", "Agency's approval"), say("品牌方确认", "Brand's approval"),
        say("比较", "Compare"),
    ]  # fmt: skip
    found: list[Block] = [Table(say("版本与确认", "Versions and approvals"), columns, rows)]
    if len(versions) > 1:
        choices = [(str(one.version), say(f"第 {one.version} 版", f"Version {one.version}")) for one in versions]
        fields = [
            Field("version", say("版本", "Version"), "select", choices[0][0], choices),
            Field("compare", say("与", "Beside"), "select", choices[1][0], choices),
        ]
        action = reverse("forecast", args=[project.code])
        found.append(Form(action, "compare", say("并列查看", "Side by side"), fields, method="get"))
    return found


def _approval(project: Project, shown: Mapping[str, Any], side: str) -> str:
    given = shown["approvals"][side]
    return f"{given['by']}\n{local_minute(given['at'], project)}" if given else say("未确认", "Not yet")


def _yuan(text: str) -> str:
    return f"¥{exact(Decimal(text))}"


def _pair(promised: str, adjusted: str) -> str:
    return promised if promised == adjusted else f"{promised}\n{adjusted}"

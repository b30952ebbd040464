"""What a new version of the forecast is typed into, and what was typed as REST takes it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from kpi.forecast_inputs import part
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.services import ForecastRefusedError
from projects.models import Channel, Project
from projects.queries import zone_of
from siyu.periods import local_day, periods
from siyu.problems import say
from workplace.blocks import Block, Field, Form, Heading, Link, Note, Typed, row_bodies
from workplace.term_forms import term_forms

BLANKS = 2  # empty lines for further months
MARKS = {
    "fail": ("不及格线", "Fail"),
    "normal": ("正常线", "Normal"),
    "good": ("优良线", "Good"),
    "excess": ("超额线", "Excess"),
}
RATES = {
    "churn_rate": ("月流失率", "Churn rate"),
    "ramp": ("爬坡系数", "Ramp"),
    "gmv_per_fan": ("每粉月 GMV（元）", "GMV a fan (¥)"),
    "koc_share": ("KOC 占比", "KOC share"),
    "referral_share": ("老带新占比", "Referral share"),
}


def forms(project: Project, inputs: Mapping[str, Any] | None, base: Forecast | None, typed: Typed) -> Sequence[Block]:
    months = list(inputs["months"]) if inputs else _first_months(project)
    named = {channel for month in months for channel in month.get("promised_reach", {})}
    channels = sorted(named | set(Channel.objects.values_list("code", flat=True)))
    if not channels:
        return [
            Note(say("请先建立渠道。", "Make a channel first."), "empty"),
            channel_form(project, typed.of("channel")),
        ]
    ours = typed.of("forecast")
    fields = [
        ours.field(
            "/opening_fans", say("起始粉丝", "Opening fans"), inputs["opening_fans"] if inputs else "", "number"
        ),
        ours.field("/base", "", base.version if base else "", "hidden"),
    ]
    lines = []
    for place in range(len(months) + BLANKS):
        month = months[place] if place < len(months) else {}
        line = [ours.field(f"/{place}/month", say("月份", "Month"), month.get("month"), "month")]
        for channel in channels:
            reach, rate = month.get("promised_reach", {}).get(channel), month.get("diversion_rate", {}).get(channel)
            line.append(
                ours.field(
                    f"/{place}/promised_reach{part(channel)}", f"{channel} {say('触达', 'reach')}", reach, "number"
                )
            )
            line.append(
                ours.field(
                    f"/{place}/diversion_rate{part(channel)}", f"{channel} {say('导流率', 'rate')}", rate, "number"
                )
            )
        line += [ours.field(f"/{place}/{name}", say(*RATES[name]), month.get(name), "number") for name in RATES]
        lines.append([*line, ours.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox")])
    columns = [field.label for field in lines[0]]
    propose, what_if = (reverse(name, args=[project.code]) for name in ("propose_forecast", "what_if"))
    submit = say("提出新版本", "Propose")
    other = Link(say("先测算，不保存", "What if"), what_if)
    blocks: list[Block] = [Form(propose, "forecast", submit, fields, columns, lines, other=other)]
    if base:
        blocks += [Heading(say("四条线", "The four lines")), _lines_form(project, base, typed.of("lines"))]
        blocks += term_forms(project, base, typed)
    return [*blocks, Heading(say("新建渠道", "New channel")), channel_form(project, typed.of("channel"))]


def channel_form(project: Project, typed: Typed) -> Form:
    fields = [
        typed.field("/code", say("渠道编号", "Code")),
        typed.field("/name", say("名称", "Name")),
        typed.field("/unit", say("触达单位", "Unit of reach")),
        typed.field("/lag_days", say("数据延迟天数", "Days of lag"), "", "number"),
    ]
    return Form(reverse("put_channel", args=[project.code]), "channel", say("建立渠道", "Make the channel"), fields)


def _first_months(project: Project) -> list[dict[str, Any]]:
    today = local_day(timezone.now(), zone_of(project))
    first = max(project.starts_on, today.replace(day=1))
    return [{"month": f"{period.first:%Y-%m}"} for period in periods("month", first, first + timedelta(days=150))]


def _lines_form(project: Project, base: Forecast, typed: Typed) -> Form:
    kinds = [
        ("", "—"),
        ("share", say("占调整后预测", "Share of the adjusted")),
        ("absolute", say("绝对值", "Absolute")),
    ]
    rows = []
    for code, metric in METRICS.items():
        line = base.inputs["lines"].get(code, {})
        rows.append(
            [
                Field("indicator", say("指标", "Indicator"), "static", say(metric.chinese, metric.english)),
                typed.field(f"/lines/{code}/kind", say("方式", "Kind"), line.get("kind"), "select", kinds),
                *(typed.field(f"/lines/{code}/{mark}", say(*MARKS[mark]), line.get(mark), "number") for mark in MARKS),
            ]
        )
    columns = [field.label for field in rows[0]]
    fields = [typed.field("/base", "", base.version, "hidden")]
    action = reverse("propose_lines", args=[project.code])
    return Form(action, "lines", say("以新的线提出新版本", "Propose with these lines"), fields, columns, rows)


def base_of(project: Project, values: Mapping[str, str]) -> Forecast | None:
    asked = values.get("/base", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    return Forecast.objects.filter(project=project, version=number).first()


def forecast_body(project: Project, values: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as REST takes it; day weights, lines and terms as in the version it was copied from."""
    base = base_of(project, values)
    old = {month["month"]: month for month in base.inputs["months"]} if base else {}
    months = [_month_body(line, old.get(line.get("month", ""), {})) for line in row_bodies(values)[1]]
    return {
        "opening_fans": _count(values.get("/opening_fans", "").strip()),
        "effective_from": min((month.get("month", "") for month in months), default=""),
        "months": months,
        "lines": base.inputs["lines"] if base else {},
        "terms": base.inputs["terms"] if base else {},
    }


def _month_body(line: Mapping[str, str], old: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"promised_reach": {}, "diversion_rate": {}}
    for name, value in line.items():
        group, slash, step = name.partition("/")
        if slash:
            channel = step.replace("~1", "/").replace("~0", "~")
            body[group][channel] = _count(value) if group == "promised_reach" else value
        else:
            body[name] = value
    return {**body, **({"day_weights": old["day_weights"]} if old.get("day_weights") else {})}


def _count(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


def by_line(refusal: ForecastRefusedError) -> ForecastRefusedError:
    """The flaws of months, named by the form's lines."""
    refusal.errors = [{**error, "pointer": error["pointer"].removeprefix("/months")} for error in refusal.errors]
    return refusal

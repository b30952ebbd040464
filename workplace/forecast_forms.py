"""The forecast's lines and channels typed into forms, and what was typed as REST takes it."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from kpi.lines import offered_lines
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.services import ForecastRefusedError
from projects.models import Project
from siyu.problems import say
from workplace.blocks import Field, Form, Typed, row_bodies
from workplace.grid_reading import read_number

OFFERED = "/offered_lines"  # the box that a first version is saved with the usual lines
MARKS = {
    "fail": ("不及格线", "Fail"),
    "normal": ("正常线", "Normal"),
    "good": ("优良线", "Good"),
    "excess": ("超额线", "Excess"),
}


def channel_form(project: Project, typed: Typed) -> Form:
    fields = [
        typed.field("/code", say("渠道编号", "Code")),
        typed.field("/name", say("名称", "Name")),
        typed.field("/unit", say("触达单位", "Unit of reach")),
        typed.field("/lag_days", say("数据延迟天数", "Days of lag"), "", "number"),
    ]
    return Form(reverse("put_channel", args=[project.code]), "channel", say("建立渠道", "Make the channel"), fields)


def lines_form(project: Project, base: Forecast, newest: int, typed: Typed) -> Form:
    """Filled with the lines that the version has; where it has none, with those that the trade usually takes."""
    lines = base.inputs["lines"] or offered_lines(base.inputs["months"])
    kinds = [
        ("", "—"),
        ("share", say("占调整后预测", "Share of the adjusted")),
        ("absolute", say("绝对值", "Absolute")),
    ]
    rows = []
    for code, metric in METRICS.items():
        line = lines.get(code, {})
        rows.append(
            [
                Field("indicator", say("指标", "Indicator"), "static", say(metric.chinese, metric.english)),
                typed.field(f"/lines/{code}/kind", say("方式", "Kind"), line.get("kind"), "select", kinds),
                *(typed.field(f"/lines/{code}/{mark}", say(*MARKS[mark]), line.get(mark), "number") for mark in MARKS),
            ]
        )
    columns = [field.label for field in rows[0]]
    fields = [typed.field("/base", "", base.version, "hidden"), Field("/seen", "", "hidden", str(newest))]
    action = reverse("propose_lines", args=[project.code])
    return Form(action, "lines", say("以新的线存为草稿版本", "Save a draft with these lines"), fields, columns, rows)


def offer_field(typed: Typed) -> Field:
    """The box of a first version."""
    words = say(
        "同时设四条线（建议值）：总量类指标按调整后预测的 80%、100%、110%、120%，提出前可修改",
        "Set the four lines too, as proposed: volumes at 80, 100, 110 and 120 % of the adjusted forecast; "
        "change them before proposing",
    )
    return typed.field(OFFERED, words, "on", "checkbox")


def base_of(project: Project, values: Mapping[str, str]) -> Forecast | None:
    asked = values.get("/base", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    return Forecast.objects.filter(project=project, version=number).first()


def forecast_body(project: Project, values: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as REST takes it; day weights, lines and terms as in the version it was copied from."""
    base = base_of(project, values)
    old = {month["month"]: month for month in base.inputs["months"]} if base else {}
    lines = row_bodies(values)[1][_left_out(values) :]
    months = [_month_body(line, old.get(line.get("month", ""), {})) for line in lines]
    return {
        "opening_fans": _count(read_number(values.get("/opening_fans", "").strip())),
        "effective_from": min((month.get("month", "") for month in months), default=""),
        "months": months,
        "lines": base.inputs["lines"] if base else offered_lines([]) if OFFERED in values else {},
        "terms": base.inputs["terms"] if base else {},
    }


def _left_out(values: Mapping[str, str]) -> int:
    """How many months of a first version, from its first one on, say nothing: those that began before anybody asked are
    offered, and whoever agrees on none of them leaves their columns empty."""
    if values.get("/base"):
        return 0
    empty = [not set(line) - {"month"} for line in row_bodies(values)[1]]
    return empty.index(False) if False in empty else 0


def _month_body(line: Mapping[str, str], old: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"promised_reach": {}, "diversion_rate": {}}
    for name, typed in line.items():
        value = typed if name == "month" else read_number(typed)
        group, slash, step = name.partition("/")
        if slash:
            channel = step.replace("~1", "/").replace("~0", "~")
            body[group][channel] = _count(value) if group == "promised_reach" else value
        else:
            body[name] = value
    return {**body, **({"day_weights": old["day_weights"]} if old.get("day_weights") else {})}


def _count(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


def by_line(refusal: ForecastRefusedError, values: Mapping[str, str]) -> ForecastRefusedError:
    """The flaws of months, named by the form's lines."""
    skipped = _left_out(values)

    def named(pointer: str) -> str:
        number, slash, rest = pointer.removeprefix("/months/").partition("/")
        if number == pointer or not number.isdigit():
            return pointer.removeprefix("/months")
        return f"/{int(number) + skipped}{slash}{rest}"

    refusal.errors = [{**error, "pointer": named(error["pointer"])} for error in refusal.errors]
    return refusal

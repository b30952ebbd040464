"""The forecast's terms and the weights of its days: in words, typed into forms, and as REST takes them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from kpi.forecast_inputs import BASES, PERIODS
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.services import ForecastRefusedError
from projects.models import Project
from projects.services import fault
from siyu.periods import DAY
from siyu.problems import say
from workplace.blocks import Block, Choice, Field, Form, Heading, Lines, Link, Note, Typed, row_bodies
from workplace.words import from_to

BLANKS = 2  # empty lines for further steps and days
LONGEST = timedelta(days=366)  # days in one line of weights
BASIS_WORDS = {
    "composite": ("综合得分", "The composite score"),
    "each": ("每个有权重的指标", "Each weighed indicator"),
    "named": ("指定的指标", "The named indicators"),
}
PERIOD_WORDS = {"month": ("按月", "By month"), "quarter": ("按季", "By quarter"), "term": ("按合同期", "By term")}
NUMBERS = {
    "floor": ("保底比例", "Floor"),
    "grace_months": ("宽限月数", "Grace months"),
    "make_up": ("可补足月数", "Months to make up"),
    "commission": ("超额线以上佣金率", "Commission above excess"),
    "bonus/share": ("超额奖金比例", "Bonus above excess, share"),
    "bonus/amount": ("超额奖金（元）", "Bonus above excess (¥)"),
}
COUNTS = ("grace_months", "make_up")


# -- In words ---------------------------------------------------------------------------------------------------------


def described(inputs: Mapping[str, Any]) -> Sequence[Block]:
    """The terms, and the days that do not weigh one."""
    found = [*_terms_in_words(inputs["terms"]), *_weights_in_words(inputs["months"])]
    return [Heading(say("合同条款", "Terms")), Lines(found)] if found else []


def _terms_in_words(terms: Mapping[str, Any]) -> Iterator[str]:
    bonus = terms.get("bonus", {})
    numbers = {**terms, **{f"bonus/{name}": value for name, value in bonus.items()}}
    for name, words in NUMBERS.items():
        if name in numbers:
            yield f"{say(*words)}{say('：', ': ')}{numbers[name]}"
    if "basis" in terms:
        named = [_title(code) for code in terms.get("indicators", ())]
        yield (
            say("考核对象：", "Judged: ")
            + say(*BASIS_WORDS[terms["basis"]])
            + (f"（{'、'.join(named)}）" if named else "")
        )
    if "period" in terms:
        yield say("考核周期：", "Period: ") + say(*PERIOD_WORDS[terms["period"]])
    for name, words in {"weights": ("权重：", "Weights: "), "caps": ("封顶：", "Caps: ")}.items():
        if terms.get(name):
            yield say(*words) + say("、", ", ").join(f"{_title(code)} {number}" for code, number in terms[name].items())
    if terms.get("commission_on_dual"):
        yield say("双算订单计入佣金基数", "Dual-counted orders are in the base of the commission")
    for step in terms.get("deductions", ()):
        yield say(
            f"得分低于 {step['below']}：扣服务费的 {step['share']}",
            f"Score below {step['below']}: {step['share']} of the fee is deducted",
        )


def _weights_in_words(months: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for first, last, weight in _spans(months):
        days = f"{first}" if first == last else from_to(first, last)
        yield say(f"{days} 每天的权重：{weight}", f"Weight of each day, {days}: {weight}")


def _title(code: str) -> str:
    return say(METRICS[code].chinese, METRICS[code].english)


def _spans(months: Sequence[Mapping[str, Any]]) -> list[tuple[date, date, str]]:
    """Runs of days of one weight."""
    weights = [(date.fromisoformat(day), weight) for month in months for day, weight in _weights_of(month).items()]
    found: list[tuple[date, date, str]] = []
    for day, weight in sorted(weights):
        if found and found[-1][1] == day - DAY and found[-1][2] == weight:
            found[-1] = (found[-1][0], day, weight)
        else:
            found.append((day, day, weight))
    return found


def _weights_of(month: Mapping[str, Any]) -> Mapping[str, str]:
    return month.get("day_weights") or {}


# -- Forms ------------------------------------------------------------------------------------------------------------


def term_forms(project: Project, base: Forecast, newest: int, typed: Typed) -> Sequence[Block]:
    return [
        Heading(say("合同条款与保底", "Terms and the floor"), "terms"),
        Note(
            say(
                "比例写成小数，如 0.80；留空的条款表示合同没有约定。",
                "Shares are decimals such as 0.80; what is left empty is not agreed.",
            )
        ),
        _terms_form(project, base, newest, typed.of("terms")),
        Heading(say("日权重", "Weights of days"), "weights"),
        Note(
            say(
                "618、双11、春节等大促的日子可以更重，没有列出的日子权重为 1。当月应达、档位和预计月末按权重折算。",
                "Days of festivals may weigh more; days not listed weigh one. What is due follows the weights.",
            )
        ),
        _weights_form(project, base, newest, typed.of("weights")),
    ]


def _terms_form(project: Project, base: Forecast, newest: int, typed: Typed) -> Form:
    terms = base.inputs["terms"]
    known = {**terms, **{f"bonus/{name}": value for name, value in terms.get("bonus", {}).items()}}
    bases: list[Choice] = [("", "—"), *((name, say(*BASIS_WORDS[name])) for name in BASES)]
    lengths: list[Choice] = [("", "—"), *((name, say(*PERIOD_WORDS[name])) for name in PERIODS)]
    fields = [
        typed.field("/base", "", base.version, "hidden"),
        Field("/seen", "", "hidden", str(newest)),
        typed.field("/terms/basis", say("考核对象", "Judged"), terms.get("basis"), "select", bases),
        typed.field("/terms/period", say("考核周期", "Period"), terms.get("period"), "select", lengths),
        *(typed.field(f"/terms/{name}", say(*words), known.get(name), "number") for name, words in NUMBERS.items()),
    ]
    on_dual = "on" if terms.get("commission_on_dual") else ""
    words = say("双算订单计入佣金基数", "Dual-counted orders are in the base of the commission")
    fields.append(typed.field("/terms/commission_on_dual", words, on_dual, "checkbox"))
    steps = terms.get("deductions", [])
    for place in range(max(len(steps), _lines_typed(typed, "/terms/deductions/")) + BLANKS):
        step = steps[place] if place < len(steps) else {}
        below = say(f"扣款第 {place + 1} 档：得分低于", f"Deduction {place + 1}: score below")
        share = say(f"扣款第 {place + 1} 档：扣服务费比例", f"Deduction {place + 1}: share of the fee")
        fields.append(typed.field(f"/terms/deductions/{place}/below", below, step.get("below"), "number"))
        fields.append(typed.field(f"/terms/deductions/{place}/share", share, step.get("share"), "number"))
    rows = []
    for code in METRICS:
        is_named = "on" if code in terms.get("indicators", ()) else ""
        weight, cap = terms.get("weights", {}).get(code), terms.get("caps", {}).get(code)
        rows.append(
            [
                Field("indicator", say("指标", "Indicator"), "static", _title(code)),
                typed.field(f"/terms/indicators/{code}", say("指定", "Named"), is_named, "checkbox"),
                typed.field(f"/terms/weights/{code}", say("权重", "Weight"), weight, "number"),
                typed.field(f"/terms/caps/{code}", say("完成率封顶", "Cap"), cap, "number"),
            ]
        )
    return _form(project, "terms", fields, rows)


def _weights_form(project: Project, base: Forecast, newest: int, typed: Typed) -> Form:
    spans = _spans(base.inputs["months"])
    rows = []
    for place in range(max(len(spans), _lines_typed(typed, "/")) + BLANKS):
        first, last, weight = spans[place] if place < len(spans) else ("", "", "")
        rows.append(
            [
                typed.field(f"/{place}/from", say("从", "From"), first, "date"),
                typed.field(f"/{place}/to", say("到（可空）", "To (optional)"), last, "date"),
                typed.field(f"/{place}/weight", say("每天的权重", "Weight of each day"), weight, "number"),
                typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox"),
            ]
        )
    fields = [typed.field("/base", "", base.version, "hidden"), Field("/seen", "", "hidden", str(newest))]
    return _form(project, "weights", fields, rows)


def _lines_typed(typed: Typed, before: str) -> int:
    """How many lines it takes to show again what was typed; `before`: what the names of their fields begin with."""
    places = [name.removeprefix(before).partition("/")[0] for name, value in typed.values.items() if value]
    return 1 + max((int(place) for place in places if place.isdigit() and len(place) < 4), default=-1)


def _form(project: Project, key: str, fields: Sequence[Field], rows: Sequence[Sequence[Field]]) -> Form:
    propose, what_if = (reverse(name, args=[project.code]) for name in (f"propose_{key}", "what_if"))
    submit = say("以此存为草稿版本", "Save a draft with these")
    other = Link(say("先测算，不保存", "What if"), what_if)
    return Form(propose, key, submit, fields, [field.label for field in rows[0]], rows, other=other)


# -- As REST takes them -----------------------------------------------------------------------------------------------


def body_with_terms(base: Forecast, values: Mapping[str, str]) -> dict[str, Any]:
    """The version with the terms that the form says."""
    said = {name.removeprefix("/terms/"): value.strip() for name, value in values.items() if name.startswith("/terms/")}
    said = {name: value for name, value in said.items() if value}
    terms: dict[str, Any] = {
        name: _count(said[name]) if name in COUNTS else said[name]
        for name in ("floor", "basis", "period", *COUNTS, "commission")
        if name in said
    }
    if "commission_on_dual" in said or "commission_on_dual" in base.inputs["terms"]:
        terms["commission_on_dual"] = "commission_on_dual" in said
    named = [code for code in METRICS if f"indicators/{code}" in said]
    if named:
        terms["indicators"] = named
    for group in ("weights", "caps", "bonus"):
        members = {name.partition("/")[2]: value for name, value in said.items() if name.startswith(f"{group}/")}
        if members:
            terms[group] = members
    steps = [
        {
            part: said[f"deductions/{place}/{part}"]
            for part in ("below", "share")
            if f"deductions/{place}/{part}" in said
        }
        for place in _steps(said)
    ]
    if steps:
        terms["deductions"] = steps
    return {**base.inputs, "terms": terms}


def _steps(said: Mapping[str, str]) -> list[int]:
    """The form's places of the steps that say something."""
    places = {name.split("/")[1] for name in said if name.startswith("deductions/")}
    return sorted(int(place) for place in places if place.isdigit())


def term_field(values: Mapping[str, str], name: str) -> str:
    """The field of the form for what REST names so: of a step its own line, of the named indicators the first."""
    said = {key.removeprefix("/terms/"): value for key, value in values.items() if value.strip()}
    group, _, rest = name.removeprefix("/terms/").partition("/")
    place, _, part = rest.partition("/")
    places = _steps(said)
    if group == "deductions" and place.isdigit() and int(place) < len(places):
        return f"/terms/deductions/{places[int(place)]}/{part}"
    return f"/terms/indicators/{next(iter(METRICS))}" if group == "indicators" else name


def body_with_weights(base: Forecast, values: Mapping[str, str]) -> dict[str, Any]:
    """The version with the weights that the form says. Raises ForecastRefusedError naming the form's lines."""
    months = {month["month"]: {**month, "day_weights": {}} for month in base.inputs["months"]}
    flaws = []
    for place, line in enumerate(row_bodies(values)[1]):
        days, flaw = _days_of(line)
        if not flaw and any(f"{day:%Y-%m}" not in months for day in days):
            flaw = ("from", say("超出这一版的月份", "Beyond the months of this version"))
        if not flaw and any(str(day) in months[f"{day:%Y-%m}"]["day_weights"] for day in days):
            flaw = ("from", say("与前面的行重叠", "It overlaps a line before"))
        if flaw:
            flaws.append(fault(f"/{place}/{flaw[0]}", "bad_value", flaw[1]))
            continue
        for day in days:
            months[f"{day:%Y-%m}"]["day_weights"][str(day)] = line.get("weight", "")
    if flaws:
        raise ForecastRefusedError(say("日权重不符合要求", "The weights are not valid"), errors=flaws)
    return {**base.inputs, "months": list(months.values())}


def _days_of(line: Mapping[str, str]) -> tuple[list[date], tuple[str, str] | None]:
    """The days of a line, or the field at fault and why."""
    ends = []
    for name in ("from", "to"):
        try:
            ends.append(date.fromisoformat(line.get(name) or line.get("from", "")))
        except ValueError:
            return [], (name, say("请填写日期，例如 2026-06-16", "A date such as 2026-06-16"))
    first, last = ends
    if not first <= last < first + LONGEST:
        return [], ("to", say("应不早于开始日期，且在一年之内", "Not before its first day, and within a year of it"))
    return [first + step * DAY for step in range((last - first).days + 1)], None


def by_weight(base: Forecast, values: Mapping[str, str], refusal: ForecastRefusedError) -> ForecastRefusedError:
    """The flaws of weights, named by the form's lines."""
    refusal.errors = [
        {**error, "pointer": _weight_field(base, values, str(error["pointer"]))} for error in refusal.errors
    ]
    return refusal


def _weight_field(base: Forecast, values: Mapping[str, str], name: str) -> str:
    """The place among the form's bodies of a day that REST names."""
    _, _, rest = name.partition("/months/")
    month, _, day = rest.partition("/day_weights")
    for place, line in enumerate(row_bodies(values)[1]):
        days = _days_of(line)[0]
        is_meant = (
            any(str(one) == day[1:] for one in days)
            if day
            else month.isdigit() and any(f"{one:%Y-%m}" == base.inputs["months"][int(month)]["month"] for one in days)
        )
        if is_meant:
            return f"/{place}/weight"
    return name


def _count(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text

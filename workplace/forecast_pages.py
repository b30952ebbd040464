"""预测表: a version by month, as promised and as adjusted, its lines and bands; a new version, what-if, approval."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError

from kpi.forecast_api import ForecastApprovalBody, forecast_dict, judgement_dict, outlook_dict
from kpi.forecasts import binding_months, bound_forecasts, newest_forecast, read_judgements, read_outlook, read_stints
from kpi.metrics import METRICS
from kpi.models import Forecast
from kpi.queries import one_state, read_standing
from kpi.services import ForecastRefusedError, approve_forecast, checked_inputs, put_forecast
from projects.api import CODE_LENGTH, ChannelBody
from projects.models import Project
from projects.queries import local_minute, zone_of
from projects.rest import checked
from projects.services import put_channel
from projects.sheet import is_clean_text
from siyu.numbers import exact, percent
from siyu.periods import local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import (
    Block,
    Field,
    Form,
    Heading,
    Lines,
    Link,
    Note,
    Table,
    Typed,
    flat_body,
    row_bodies,
    typed_of,
)
from workplace.forecast_forms import MARKS, base_of, by_line, forecast_body, forms
from workplace.sections import Action, Section
from workplace.term_forms import body_with_terms, body_with_weights, by_weight, described, term_field

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


class ForecastPage(Section):
    """`?version=`: that version; `&compare=`: beside that one. Without: the newest."""

    acts = {"GET": Act.READ_FORECAST}
    route = "forecast"
    title = ("预测表", "Forecast")
    tried: Mapping[str, Any] | None = None  # inputs of a what-if

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        with one_state():
            versions = list(Forecast.objects.filter(project=project).order_by("-version"))
            chosen = self._asked(versions, "version") or (versions[0] if versions else None)
            found: list[Block] = []
            if self.tried is not None:
                found.append(Note(say("假设测算，没有保存。", "What if: nothing is saved."), "warn"))
                found += self._outlook(project, self.tried)
            elif chosen is None:
                found.append(Note(say("还没有预测表。", "There is no forecast yet."), "empty"))
            else:
                found.append(Heading(say(f"第 {chosen.version} 版", f"Version {chosen.version}")))
                found += self._outlook(project, chosen.inputs)
                found += self._bands(project, chosen)
            found += self._versions(project, versions)
            other = self._asked(versions, "compare")
            if chosen and other and other != chosen:
                found += self._comparison(project, chosen, other)
            if self.may(Act.PROPOSE_CONTRACT):
                base = self.tried or (chosen.inputs if chosen else None)
                found += [Heading(say("提出新版本", "Propose a new version"), "propose")]
                found += forms(project, base, chosen, typed)
            return found

    def _asked(self, versions: Sequence[Forecast], name: str) -> Forecast | None:
        asked = self.request.GET.get(name)
        return next((version for version in versions if str(version.version) == asked), None)

    def _read(self, project: Project, inputs: Mapping[str, Any]) -> dict[str, Any]:
        outlook = read_outlook(project, inputs, local_day(timezone.now(), zone_of(project)))
        stints = read_stints(self.identity.brand.pk, project)
        return outlook_dict(dict(inputs), outlook, stints, project.fans_per_guide)

    def _outlook(self, project: Project, inputs: Mapping[str, Any]) -> Sequence[Block]:
        shown = self._read(project, inputs)
        columns = [say("月份", "Month"), *(say(*words) for words in COUNTS.values()), "GMV"]
        columns += [say("导流系数", "Traffic factor"), say("人手缺口", "Guides missing")]
        rows = []
        for promised, adjusted, month in zip(shown["table"], shown["adjusted"], shown["months"], strict=True):
            factor = month["traffic"]["diverted_users"]["factor"]
            staffing = month["staffing"]
            short = f"{staffing['gap']}（{staffing['short_from']}～）" if staffing["short_from"] else "—"
            counts = [_pair(exact(promised[name]), exact(adjusted[name])) for name in COUNTS]
            gmv = _pair(_yuan(promised["gmv"]), _yuan(adjusted["gmv"]))
            rows.append([promised["month"], *counts, gmv, percent(Decimal(factor) if factor else None), short])
        return [
            Note(say("每格上行为预测，下行为按实际导流和已约定减免调整后的预测；相同时只写一行。",
                     "The forecast above, adjusted to traffic and agreed reliefs below; one line where equal.")),
            Table(say("预测", "Forecast"), columns, rows),
            *_reliefs(shown["months"]),
            Heading(say("品牌方承诺的导流", "Traffic promised by the brand")),
            _reach(shown["months"]),
            Heading(say("四条线", "The four lines")),
            _lines(shown["inputs"]["lines"]),
            *described(shown["inputs"]),
        ]  # fmt: skip

    def _bands(self, project: Project, forecast: Forecast) -> Sequence[Block]:
        """The months that have begun, each against the version that binds it."""
        now = timezone.now()
        today = local_day(now, zone_of(project))
        begun = [month for month in forecast.months if month <= today]
        if not begun or not self.may(Act.READ_KPIS):
            return []
        standing = read_standing(project, "month", begun[0], begun[-1])
        judgements = read_judgements(project, standing.figures, now)
        rows = []
        for month in begun:
            cells = []
            for code in METRICS:
                judgement = judgements.get((month, code))
                shown = judgement_dict(judgement) if judgement else {}
                band = shown.get("band")
                cells.append(
                    (say(*BANDS[band]) + (say("（暂定）", " (provisional)") if shown["provisional"] else ""))
                    if band
                    else "—"
                )
            rows.append([f"{month:%Y-%m}", *cells])
        columns = [say("月份", "Month"), *(say(metric.chinese, metric.english) for metric in METRICS.values())]
        return [Heading(say("达成档位", "Bands")), Table(say("达成档位，按月", "Bands by month"), columns, rows)]

    def _versions(self, project: Project, versions: Sequence[Forecast]) -> Sequence[Block]:
        bound = bound_forecasts(project)
        rows = []
        for version in versions:
            shown = forecast_dict(version, bound, binding_months(bound, version, project))
            address = f"{reverse(self.route, args=[project.code])}?version={version.version}"
            months = shown["binding_months"]
            newest = f"{address}&compare={versions[0].version}"
            rows.append(
                [
                    Link(str(version.version), address),
                    shown["effective_from"],
                    f"{months[0]}～{months[-1]}" if months else "—",
                    self._approval(project, version, shown, "agency"),
                    self._approval(project, version, shown, "brand"),
                    Link(say("与最新版并列", "Beside the newest"), newest) if version != versions[0] else "—",
                ]
            )
        columns = [
            say("版本", "Version"), say("起始月", "From"), say("生效月份", "Binds"),
            say("代运营方确认", "Agency's approval"), say("品牌方确认", "Brand's approval"), say("比较", "Compare"),
        ]  # fmt: skip
        title = say("版本与确认", "Versions and approvals")
        return [Heading(title), Table(title, columns, rows)] if rows else []

    def _approval(self, project: Project, version: Forecast, shown: dict[str, Any], side: str) -> str | Form:
        given = shown["approvals"][side]
        if given:
            return f"{given['by']}\n{local_minute(given['at'], project)}"
        if side != self.identity.side or not self.may(Act.APPROVE_CONTRACT):
            return say("未确认", "Not yet")
        fields = [
            Field("/version", "", "hidden", str(version.version)), Field("/sha256", "", "hidden", version.sha256)
        ]  # fmt: skip
        action = reverse("approve_forecast", args=[project.code])
        return Form(action, f"approve-{version.version}", say("确认这一版", "Approve"), fields)

    def _comparison(self, project: Project, chosen: Forecast, other: Forecast) -> Sequence[Block]:
        tables = [{row["month"]: row for row in self._read(project, one.inputs)["table"]} for one in (chosen, other)]
        titles = [say(f"第 {one.version} 版", f"Version {one.version}") for one in (chosen, other)]
        columns = [say("月份", "Month")]
        columns += [f"{say(*COUNTS[name])} · {title}" for name in ("diverted_users", "fans") for title in titles]
        columns += [f"GMV · {title}" for title in titles]
        rows = []
        for month in sorted({month for table in tables for month in table}):
            cells = [
                exact(table[month][name]) if month in table else "—"
                for name in ("diverted_users", "fans")
                for table in tables
            ]
            rows.append([month, *cells, *(_yuan(table[month]["gmv"]) if month in table else "—" for table in tables)])
        return [Heading(say("版本并列", "Side by side"), "compare"), Table(" / ".join(titles), columns, rows)]


def _yuan(text: str) -> str:
    return f"¥{exact(Decimal(text))}"


def _reliefs(months: Sequence[Mapping[str, Any]]) -> Sequence[Block]:
    """The reliefs that both sides agreed on, month by month: which indicators, by what share, for which commitment."""
    lines = []
    for month in months:
        for code, relief in month["relief"].items():
            name = say(METRICS[code].chinese, METRICS[code].english)
            whats = say("、", ", ").join(one["what"] or one["kind"] for one in relief["of"])
            share = percent(Decimal(relief["share"]))
            when = month["month"]
            lines.append(say(f"{when} {name} 减免 {share}：{whats}", f"{when} {name}: {share} for {whats}"))
    return [Heading(say("已约定的减免", "Agreed reliefs")), Lines(lines)] if lines else []


def _pair(promised: str, adjusted: str) -> str:
    return promised if promised == adjusted else f"{promised}\n{adjusted}"


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


def _lines(lines: Mapping[str, Any]) -> Table:
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


class ProposeForecast(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        try:
            made = put_forecast(project, forecast_body(project, values), by=self.identity.user)
        except ForecastRefusedError as refusal:
            raise by_line(refusal) from refusal
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")


class ProposeLines(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        base = _base(project, values)
        lines = {}
        for code in METRICS:
            marks = {mark: values.get(f"/lines/{code}/{mark}", "").strip() or None for mark in MARKS}
            kind = values.get(f"/lines/{code}/kind", "")
            if kind or any(marks.values()):
                lines[code] = {"kind": kind, **marks}
        made = put_forecast(project, {**base.inputs, "lines": lines}, by=self.identity.user)
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")


class ProposeTerms(Action):
    """The version shown, with other terms."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        made = put_forecast(project, body_with_terms(_base(project, values), values), by=self.identity.user)
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        return super().refused(project, typed.renamed(lambda name: term_field(typed.values, name)), status)


class ProposeWeights(Action):
    """The version shown, with other weights of days."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        base = _base(project, values)
        try:
            made = put_forecast(project, body_with_weights(base, values), by=self.identity.user)
        except ForecastRefusedError as refusal:
            raise by_weight(base, values, refusal) from refusal
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")


def _base(project: Project, values: Mapping[str, str]) -> Forecast:
    base = base_of(project, values) or newest_forecast(project)
    if base is None:
        raise Http404
    return base


class WhatIf(Action):
    """Answers the page with the table of what was typed into one of its forms; nothing is stored."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            tried = self._tried(project, values)
        except ForecastRefusedError as refusal:
            typed, status = typed_of(values, refusal, row_bodies(values)[0] or None)
            return self.refused(project, typed.renamed(lambda name: term_field(values, name)), status)
        page = ForecastPage()
        page.setup(request, code)
        page.identity, page.tried = self.identity, tried
        return page.show(project, Typed(values))

    def _tried(self, project: Project, values: Mapping[str, str]) -> dict[str, Any]:
        form = values.get("form")
        if form == "terms":
            return checked_inputs(body_with_terms(_base(project, values), values))
        if form != "weights":
            try:
                return checked_inputs(forecast_body(project, values))
            except ForecastRefusedError as refusal:
                raise by_line(refusal) from refusal
        base = _base(project, values)
        try:
            return checked_inputs(body_with_weights(base, values))
        except ForecastRefusedError as refusal:
            raise by_weight(base, values, refusal) from refusal


class PutChannel(Action):
    """A further channel, for whose reach a forecast can promise."""

    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        body = flat_body(values)
        code = body.get("code", "").strip()
        if not is_clean_text(code, CODE_LENGTH):
            message = say(f"应有 1 到 {CODE_LENGTH} 个字符", f"1 to {CODE_LENGTH} characters")
            raise ValidationError({"code": [ErrorDetail(message, "bad_value")]})
        fields = checked(ChannelBody(data=body))
        put_channel(code, {name: value for name, value in fields.items() if name != "code"})
        return say(f"渠道 {code} 已建立", f"The channel {code} is made")


class ApproveForecast(Action):
    acts = {"POST": Act.APPROVE_CONTRACT}
    page = ForecastPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        read = checked(ForecastApprovalBody(data=flat_body(values)))
        if self.identity.user is None:
            raise PermissionDenied
        made = approve_forecast(
            project, read["version"], read["sha256"], by=self.identity.user, side=self.identity.side, now=timezone.now()
        )
        return say(f"第 {made.version} 版已确认", f"Version {made.version} is approved")

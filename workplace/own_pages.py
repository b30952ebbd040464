"""自有指标: what a project watches beside the ten: defined with a preview, read in depth, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from kpi.countings import COUNTINGS, UNITS, Selection, cuts_of, units_of
from kpi.own_api import IndicatorBody, this_month, wish_of
from kpi.own_indicators import (
    GROUPS as GROUP_CODES,
)
from kpi.own_indicators import (
    MOST,
    IndicatorRefusedError,
    Own,
    Shape,
    Wish,
    count_shapes,
    find_own,
    flaws_of,
    new_code,
    own_indicators,
    put_indicator,
    remove_indicator,
    shape_of,
)
from kpi.own_words import UNIT_WORDS, formula, value_words
from projects.models import Channel, Project
from projects.queries import zone_of
from projects.rest import checked
from projects.services import fault
from siyu.periods import DAY, Period, local_day, periods
from siyu.problems import say
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Block, Field, Form, Heading, Link, Note, Table, Typed
from workplace.occasion import period_title
from workplace.own_card import better_words, parts_words
from workplace.sections import Action, Section
from workplace.tables import GROUPS
from workplace.totals_words import sentence_of

CUT_WORDS = {"guide": ("导购", "guide"), "account": ("企微号", "account"), "channel": ("渠道", "channel")}


@dataclass(frozen=True)
class Designer:
    """The form and, beside it, what it would make, asked for anew while it is filled."""

    form: Form
    preview: str
    template: str = "workplace/own_designer.html"


class IndicatorsPage(Section):
    """`?edit=<code>`: the form holds that one."""

    acts = {"GET": Act.READ_KPIS}
    route = "indicators"
    title = ("自有指标", "Own indicators")
    template = "workplace/own_page.html"

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        live = own_indicators(project)
        found: list[Any] = [
            Note(
                say(
                    "项目自己关心的数：从已统计的数里选分子和分母。双方都看得到，修改留有记录；不设线、不评级、不参与结算，十项指标不会因此改变。报告里单列一块，写明口径版本。",
                    "What this project watches for itself: a numerator and a denominator chosen from what is counted"
                    " already. Both sides see them, and changes are on record. They have no lines, are never judged or"
                    " settled by; the ten stay as they are. Reports show them as a block of their own, with the version"
                    " that held.",
                )
            ),
            self._table(project, live, typed),
        ]
        if self.may(Act.PROPOSE_CONTRACT):
            asked = typed.values.get("/code") or self.request.GET.get("edit", "")
            edited = next((own for own in live if own.code == asked), None)
            if edited or len(live) < MOST:
                title = say("修改", "Change") + f" {edited.newest.name}" if edited else say("新建", "Define one")
                found += [Heading(title, "design"), _designer(project, edited, typed.of("indicator"))]
            else:
                found.append(Note(say(f"最多 {MOST} 个，先移除一个再新建。", f"At most {MOST}: remove one first.")))
        return found

    def _table(self, project: Project, live: Sequence[Own], typed: Typed) -> Table:
        may_change = self.may(Act.PROPOSE_CONTRACT)
        rows = []
        for own in live:
            newest, shape = own.newest, shape_of(own.newest)
            edit = f"{reverse(self.route, args=[project.code])}?edit={own.code}#design"
            row: list[Any] = [
                Link(newest.name, edit) if may_change else newest.name,
                formula(shape.numerator, shape.denominator),
                say(*UNIT_WORDS[newest.unit]),
                say(*GROUPS[newest.group]),
                better_words(newest.better),
                _version_words(own),
                own.code,
            ]
            if may_change:
                row.append(_removal(project, own, typed))
            rows.append(row)
        columns = [
            say("名称", "Name"), say("口径", "Definition"), say("读法", "Read as"), say("分组", "Group"),
            say("方向", "Direction"), say("版本", "Version"), say("代码", "Code"),
            *([say("操作", "Do")] if may_change else []),
        ]  # fmt: skip
        empty = say("还没有自有指标。", "There are none yet.")
        return Table(say("现有的自有指标", "Own indicators there are"), columns, rows, empty)


def _removal(project: Project, own: Own, typed: Typed) -> Form:
    """Folded under its word; says what goes, from when, and what stays."""
    name, month, key = own.newest.name, this_month(project), f"remove-{own.code}"
    about = say(
        f"「{name}」从现在起不再出现在记分卡、导出和接口，{month:%Y-%m} 及以后新生成的报告也不再有它。"
        "已生成的报告保留原样，口径的各个版本和移除的记录都留在变更记录。",
        f"From now on {name} is gone from scorecards, files and the interface, and from reports made in {month:%Y-%m}"
        " or later. Reports that are made keep it; its versions and who removed it stay on record.",
    )
    fields = [
        Field("/code", "", "hidden", own.code),
        typed.of(key).field("/sure", say(f"是，移除「{name}」", f"Yes, remove {name}"), "", "checkbox"),
    ]
    remove = reverse("remove_indicator", args=[project.code])
    words = say("移除", "Remove")
    return Form(remove, key, say("确认移除", "Remove it"), fields, fold=words, about=about, is_grave=True)


def _version_words(own: Own) -> str:
    newest = own.newest
    if len(own.versions) == 1:
        return say(f"第 {newest.version} 版", f"Version {newest.version}")
    return say(
        f"第 {newest.version} 版，{newest.effective_from:%Y-%m} 起",
        f"Version {newest.version} from {newest.effective_from:%Y-%m}",
    )


def _designer(project: Project, own: Own | None, typed: Typed) -> Designer:
    shape = shape_of(own.newest) if own else None
    newest = own.newest if own else None
    countings = [(code, say(one.chinese, one.english)) for code, one in COUNTINGS.items()]
    named = Channel.objects.order_by("code").values_list("code", "name")
    channels = [("", say("全部渠道", "All channels"))]
    channels += [(code, say(f"{name}（{code}）", f"{name} ({code})") if name else code) for code, name in named]
    units = [("", say("自动", "By itself")), *((unit, say(*UNIT_WORDS[unit])) for unit in UNITS)]
    top, bottom = (shape.numerator, shape.denominator) if shape else (None, None)
    fields = [
        typed.field("/name", say("名称", "Name"), newest.name if newest else ""),
        typed.field("/group", say("分组", "Group"), newest.group if newest else "service", "select",
                    [(code, say(*GROUPS[code])) for code in GROUP_CODES]),
        typed.field("/direction", say("方向", "Direction"), newest.better if newest else "up", "select",
                    [(code, better_words(code)) for code in ("up", "down")]),
        typed.field("/numerator/count", say("分子", "Numerator"), top.count if top else "valid", "select", countings),
        typed.field("/numerator/channel", say("分子限渠道", "Numerator of channel"), top and top.channel, "select",
                    channels),
        typed.field("/numerator/platform", say("分子限订单平台", "Numerator of platform"), top and top.platform),
        typed.field("/denominator/count", say("分母", "Denominator"),
                    (bottom.count if bottom else "") if shape else "diverted", "select",
                    [("", say("无（直接看数量或金额）", "None: a plain count or sum")), *countings]),
        typed.field("/denominator/channel", say("分母限渠道", "Denominator of channel"), bottom and bottom.channel,
                    "select", channels),
        typed.field("/denominator/platform", say("分母限订单平台", "Denominator of platform"),
                    bottom and bottom.platform),
        typed.field("/unit", say("读法", "Read as"), newest.unit if newest else "", "select", units),
        Field("/code", "", "hidden", own.code if own else ""),
    ]  # fmt: skip
    if own:
        month = f"{this_month(project):%Y-%m}"
        fields.append(typed.field("/effective_from", say("新口径从这个月起", "Counts so from"), month, "month"))
    words = say("保存新口径", "Save the change") if own else say("保存", "Save")
    action = reverse("put_indicator", args=[project.code])
    return Designer(Form(action, "indicator", words, fields), reverse("preview_indicator", args=[project.code]))


def body_of(values: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as REST takes it."""
    body: dict[str, Any] = {}
    for name in ("name", "group", "direction", "unit", "effective_from"):
        if values.get(f"/{name}", "").strip():
            body[name] = values[f"/{name}"].strip()
    for side in ("numerator", "denominator"):
        parts = {
            name: value.strip()
            for name in ("count", "channel", "platform")
            if (value := values.get(f"/{side}/{name}", "")).strip()
        }
        if "count" in parts:
            body[side] = parts
    return body


class PutIndicator(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = IndicatorsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        wish = wish_of(checked(IndicatorBody(data=body_of(values))), project)
        made = put_indicator(
            project,
            values.get("/code") or new_code(project),
            wish,
            this_month=this_month(project),
            by=self.identity.user,
            label=self.identity.label,
        )
        return say(f"「{made.name}」已保存（第 {made.version} 版）", f"{made.name} is saved (version {made.version})")


class RemoveIndicator(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = IndicatorsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        code = values.get("/code", "")
        if "/sure" not in values and find_own(project, code):
            message = say("请先勾选确认", "Tick the box first")
            raise IndicatorRefusedError(message, errors=[fault("/sure", "missing_field", message)])
        if not remove_indicator(project, code, by=self.identity.user, label=self.identity.label):
            raise Http404
        return say("已移除，历史版本留在变更记录", "Removed. Its versions stay on record")


# -- What it would say ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """Of one period: its days in words, value, and numerator ÷ denominator."""

    days: str
    value: str
    parts: str
    totals: str


class PreviewIndicator(BrandPage):
    """What the fields of the form, as they stand, would count last month and this month so far. Nothing is stored."""

    acts = {"GET": Act.PROPOSE_CONTRACT}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        body = body_of({name: str(value) for name, value in request.GET.items()})
        context: dict[str, Any] = {"name": body.get("name", "")}
        try:
            wish = wish_of(checked(IndicatorBody(data={**body, "name": body.get("name") or "—"})), project)
            flaws = [flaw["message"] for flaw in flaws_of(wish)]
        except ValidationError:
            return render(request, "workplace/own_preview.html", context)
        context |= {"formula": formula(wish.numerator, wish.denominator), "flaws": flaws}
        if not flaws:
            context |= {"trials": _trials(project, wish), "cuts": cut_words(wish.numerator, wish.denominator)}
        return render(request, "workplace/own_preview.html", context)


def _trials(project: Project, wish: Wish) -> list[Trial]:
    """Last month, and this month so far."""
    today = local_day(timezone.now(), zone_of(project))
    [month] = periods("month", today, today)
    [before] = periods("month", month.first - DAY, month.first - DAY)
    wanted = [before, Period(month.first, today)]
    shape = Shape("preview", wish.numerator, wish.denominator)
    found = count_shapes(project, [(period, shape) for period in wanted], "range", wanted)
    unit = wish.unit or units_of(wish.numerator, wish.denominator)[0]
    return [
        Trial(
            period_title(figure.period),
            value_words(unit, figure.value),
            parts_words(figure, is_ratio=wish.denominator is not None),
            sentence_of(asdict(figure.totals)) if figure.totals else "",
        )
        for [figure] in found
    ]


def cut_words(numerator: Selection, denominator: Selection | None) -> str:
    cuts = cuts_of(numerator, denominator)
    if not cuts:
        return say("只有整体的数，不能拆分。", "It has the whole figure only and can't be cut.")
    words = say("、", ", ").join(say(*CUT_WORDS[cut]) for cut in cuts)
    return say(f"可按{words}拆分。", f"It can be cut by {words}.")

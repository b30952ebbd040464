"""口径表: the sheet in words, its versions side by side, a new version, both sides' approval."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from projects.definition_api import ApprovalBody, definition_dict
from projects.models import Definition, Project
from projects.queries import definition_in_use, local_minute, newest_definition
from projects.rest import checked
from projects.services import SheetRefusedError, approve_definition, put_definition
from projects.sheet import JUDGED, RULES, TIES
from projects.sheet_words import TIES as TIE_WORDS
from projects.sheet_words import words
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Field, Form, Heading, Lines, Link, Table, Typed, flat_body, row_bodies
from workplace.sections import Action, Section

BLANKS = 3  # empty lines for further platforms
RULE_WORDS = {
    "full": ("全部订单", "All orders"),
    "any_fan": ("曾加过粉丝", "Ever a fan"),
    "present": ("付款时是粉丝", "A fan when paying"),
    "proof": ("带凭证", "With a proof"),
    "window": ("触达后 N 天内", "Within N days of a touch"),
    "none": ("不计", "None"),
}


def said(sheet: Mapping[str, Any]) -> list[str]:
    return words(dict(sheet))["en" if (get_language() or "").startswith("en") else "zh"]


class DefinitionsPage(Section):
    """`?compare=1`: that version beside the newest."""

    acts = {"GET": Act.READ_PROJECT}
    route = "definitions"
    title = ("口径表", "Definitions")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        versions = list(Definition.objects.filter(project=project).order_by("-version"))
        newest, in_use = versions[0], definition_in_use(project)
        found: list[Block] = [
            Heading(say(f"现行口径：第 {in_use.version} 版", f"In use: version {in_use.version}")),
            Lines(said(in_use.sheet)),
        ]
        if newest != in_use:
            found.append(
                Heading(say(f"待双方确认：第 {newest.version} 版", f"Awaiting both: version {newest.version}"))
            )
            found.append(Lines(said(newest.sheet)))
        found.append(Heading(say("版本与确认", "Versions and approvals")))
        found.append(self._versions(project, versions, in_use))
        found += self._comparison(versions)
        if self.may(Act.PROPOSE_CONTRACT):
            found.append(Heading(say("提出新版本", "Propose a new version"), "propose"))
            found.append(_form(project, newest.sheet, typed.of("sheet")))
        return found

    def _versions(self, project: Project, versions: Sequence[Definition], in_use: Definition) -> Table:
        rows = []
        for version in versions:
            shown = definition_dict(version, in_use)
            compare = f"{reverse(self.route, args=[project.code])}?compare={version.version}"
            is_in_use = say("现行", "In use") if version == in_use else "—"
            approvals = [self._approval(project, version, shown, side) for side in ("agency", "brand")]
            rows.append([Link(str(version.version), compare), is_in_use, *approvals, version.sha256[:12]])
        columns = [
            say("版本（点按与最新版并列）", "Version (beside the newest)"), say("使用", "Use"),
            say("代运营方确认", "Agency's approval"), say("品牌方确认", "Brand's approval"), say("校验码", "Digest"),
        ]  # fmt: skip
        return Table(say("口径表的版本", "Versions of the sheet"), columns, rows)

    def _approval(self, project: Project, version: Definition, shown: dict[str, Any], side: str) -> str | Form:
        given = shown["approvals"][side]
        if given:
            return f"{given['by']}\n{local_minute(given['at'], project)}"
        if side != self.identity.side or not self.may(Act.APPROVE_CONTRACT):
            return say("未确认", "Not yet")
        fields = [
            Field("/version", "", "hidden", str(version.version)), Field("/sha256", "", "hidden", version.sha256)
        ]  # fmt: skip
        action = reverse("approve_definition", args=[project.code])
        return Form(action, f"approve-{version.version}", say("确认这一版", "Approve"), fields)

    def _comparison(self, versions: Sequence[Definition]) -> Sequence[Block]:
        asked = self.request.GET.get("compare", "")
        other = next((version for version in versions if str(version.version) == asked), None)
        if other is None or other == versions[0]:
            return []
        titles = [say(f"第 {version.version} 版", f"Version {version.version}") for version in (other, versions[0])]
        pairs = _side_by_side(said(other.sheet), said(versions[0].sheet))
        rows = [[str(place), *pair] for place, pair in enumerate(pairs, start=1)]
        return [Heading(say("版本并列", "Side by side")), Table(" / ".join(titles), ["", *titles], rows)]


def _side_by_side(old: Sequence[str], new: Sequence[str]) -> list[list[str]]:
    """What both say once, then what only one says."""
    pairs = [[sentence, sentence] for sentence in old if sentence in new]
    pairs += [[sentence, "—"] for sentence in old if sentence not in new]
    return pairs + [["—", sentence] for sentence in new if sentence not in old]


def _form(project: Project, sheet: Mapping[str, Any], typed: Typed) -> Form:
    judged = [("gross", say("全部新增", "All additions")), ("valid", say("有效新增", "Valid additions"))]
    fields = [
        typed.field(
            f"/counting_ties/{tie}", say(*TIE_WORDS[tie]), "on" if tie in sheet["counting_ties"] else "", "checkbox"
        )
        for tie in TIES
    ]
    fields += [
        typed.field(
            "/valid_after_hours", say("有效新增的小时数", "Valid after hours"), sheet["valid_after_hours"], "number"
        ),
        typed.field("/judge_diverted", say("考核", "Judged"), sheet["judge_diverted"], "select", judged),
    ]
    rules = [("", "—"), *((rule, say(*RULE_WORDS[rule])) for rule in RULES)]
    platforms = ["default", *sorted(set(sheet["gmv_rules"]) - {"default"})]
    lines = []
    for place in range(len(platforms) + BLANKS):
        platform = platforms[place] if place < len(platforms) else ""
        rule = sheet["gmv_rules"].get(platform, {})
        lines.append(
            [
                typed.field(
                    f"/{place}/platform", say("平台（default 为其他平台）", "Platform (default: others)"), platform
                ),
                typed.field(f"/{place}/rule", say("规则", "Rule"), rule.get("rule"), "select", rules),
                typed.field(
                    f"/{place}/grace_days", say("流失宽限天数", "Grace days"), rule.get("grace_days"), "number"
                ),
                typed.field(f"/{place}/days", say("触达天数", "Days of touch"), rule.get("days"), "number"),
                typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox"),
            ]
        )
    columns = [field.label for field in lines[0]]
    action = reverse("propose_definition", args=[project.code])
    return Form(action, "sheet", say("提出新版本", "Propose a new version"), fields, columns, lines)


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def sheet_body(values: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as REST takes it."""
    rules: dict[str, dict[str, Any]] = {}
    for line in row_bodies(values)[1]:
        rule: dict[str, Any] = {"rule": line.get("rule", "")}
        rule |= {name: _number(line[name]) for name in ("grace_days", "days") if name in line}
        rules[line.get("platform", "")] = rule
    return {
        "counting_ties": [tie for tie in TIES if f"/counting_ties/{tie}" in values],
        "valid_after_hours": _number(values.get("/valid_after_hours", "").strip()),
        "judge_diverted": values.get("/judge_diverted", JUDGED[0]),
        "gmv_rules": rules,
    }


class ProposeDefinition(Action):
    acts = {"POST": Act.PROPOSE_CONTRACT}
    page = DefinitionsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        before = newest_definition(project).version
        try:
            made = put_definition(project, sheet_body(values), by=self.identity.user)
        except SheetRefusedError as refusal:
            refusal.errors = [{**error, "pointer": _line_of(error["pointer"], values)} for error in refusal.errors]
            raise
        if made.version == before:
            return say("与最新版相同，没有新版本", "It says what the newest version says: no new one")
        return say(f"第 {made.version} 版已提出，等待双方确认", f"Version {made.version} awaits both sides")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        first_tie = f"/counting_ties/{next(iter(TIES))}"
        return super().refused(
            project, typed.renamed(lambda name: first_tie if name == "/counting_ties" else name), status
        )


def _line_of(pointer: str, values: Mapping[str, str]) -> str:
    """Of a flaw of one platform's rule, the place among the bodies of the lines."""
    _, is_rule, rest = pointer.partition("/gmv_rules/")
    if not is_rule:
        return pointer
    platform, _, name = rest.partition("/")
    named = [line.get("platform", "") for line in row_bodies(values)[1]]
    plain = platform.replace("~1", "/").replace("~0", "~")
    return f"/{named.index(plain)}/{name or 'platform'}" if plain in named else pointer


class ApproveDefinition(Action):
    acts = {"POST": Act.APPROVE_CONTRACT}
    page = DefinitionsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        read = checked(ApprovalBody(data=flat_body(values)))
        if self.identity.user is None:
            raise PermissionDenied
        made = approve_definition(
            project, read["version"], read["sha256"], by=self.identity.user, side=self.identity.side
        )
        return say(f"第 {made.version} 版已确认", f"Version {made.version} is approved")

"""粉丝分配: loads and the pool, a plan with its preview and its result, the way back, and the plans there were."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from fans.allocation import Slot
from fans.assignment_api import PlanSerializer
from fans.assignments import AUTOMATIC, TIERS, WHY_CLOSED, apply_plan, current_slots, make_plan, plan_to_dict
from fans.models import AssignmentPlan
from fans.plan_undo import undo_plan
from projects.models import Account, Project
from projects.queries import zone_of
from projects.rest import checked
from siyu.numbers import exact
from siyu.problems import say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Block, Form, Heading, Lines, Link, Note, Table, Typed, flat_body
from workplace.history import named, names_of
from workplace.queries import guide_names
from workplace.sections import Action, Section
from workplace.staffing import present_fans

SKIPPED = {
    "absent": ("已不在", "Absent by now"),
    "held_by_another": ("已由他人承接", "Held by another"),
    "already_there": ("已在该号", "There already"),
    "moved_since": ("此后已被移动", "Moved since"),
}


MOST_PLANS = 30  # of the history
MOST_LISTED = 200  # fans by code


class AssignmentsPage(Section):
    """`?plan=7`: that plan's preview; `?scope=rebalance`: what a plan to be made is about."""

    acts = {"GET": Act.SEE_FANS}
    route = "assignments"
    title = ("粉丝分配", "Assignment")
    result: Sequence[Block] = ()  # what was just done,
    acted_on = 0  # and with which plan

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        now = timezone.now()
        slots = current_slots(project, now)
        pool = present_fans(project, now) - sum(slot.held for slot in slots)
        free = sum(slot.free for slot in slots)
        found: list[Block] = [
            *self.result,
            Note(
                say(
                    f"待分配粉丝 {exact(pool)} 位，各企微号还有空位 {exact(free)} 个。",
                    f"{exact(pool)} fans are held by nobody; there is room for {exact(free)}.",
                ),
                "warn" if pool else "note",
            ),
        ]
        if self.may(Act.ASSIGN_FANS):
            found += self._plan(project)
            found += self._ask(project, slots, typed.of("plan"))
        found += [Heading(say("各企微号的承接情况", "Loads")), _loads(slots)]
        return [*found, *self._history(project)]

    def _ask(self, project: Project, slots: Sequence[Slot], typed: Typed) -> Sequence[Block]:
        choices = [
            ("unassigned", say("分配待分配的粉丝", "Assign the pool")),
            ("rebalance", say("重新均衡", "Rebalance")),
        ]
        choices += [(f"account:{slot.code}", _scope(f"account:{slot.code}")) for slot in slots]
        wanted = self.request.GET.get("scope", "")
        wanted = wanted if wanted in dict(choices) else "unassigned"
        fields = [
            typed.field("/scope", say("范围", "Scope"), wanted, "select", choices),
            typed.field("/max_moves", say("最多移动（可空）", "At most (optional)"), "", "number"),
        ]
        title = say("生成方案", "Make a plan")
        return [Heading(title), Form(reverse("make_plan", args=[project.code]), "plan", title, fields)]

    def _plan(self, project: Project) -> Sequence[Block]:
        asked = self.request.GET.get("plan", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else self.acted_on
        plan = AssignmentPlan.objects.filter(project=project, pk=number).exclude(scope=AUTOMATIC).first()
        if plan is None:
            return []
        shown = plan_to_dict(plan)
        title = say(
            f"方案 {plan.pk}：移动 {exact(shown['moves'])} 位", f"Plan {plan.pk}: {exact(shown['moves'])} moves"
        )
        return [
            Heading(f"{title} · {_scope(plan.scope)}", "plan"),
            Note(_state(plan, zone_of(project))),
            _per_account(title, shown),
            *_left(shown),
            *self._act(project, plan, shown),
        ]

    def _act(self, project: Project, plan: AssignmentPlan, shown: Mapping[str, Any]) -> Sequence[Block]:
        ways = shown["carried_out"]
        if plan.applied_at is None and shown["moves"]:
            record, transfer = exact(ways["by_record"]), exact(ways["by_wecom_transfer"])
            told = say(
                f"直接记录 {record} 位；需企微转接 {transfer} 位（24 小时，粉丝可拒绝）。方案只是计划，执行后才生效。",
                f"By record: {record}; by WeCom transfer (24 h, may be refused): {transfer}. Planned is not executed.",
            )
            action = reverse("apply_plan", args=[project.code, plan.pk])
            return [Note(told), Form(action, f"apply-{plan.pk}", say("执行方案", "Apply the plan"))]
        if plan.applied_at is None:
            return [
                Note(say("没有可以移动的粉丝，不需要执行。", "There is nobody to move: nothing to apply."), "empty")
            ]
        if plan.undone_at is None:
            told = say(
                "撤销会把此后无人移动的粉丝交还原来的企微号（或待分配）；期间的业绩仍归当时的承接人。",
                "Undoing gives back the fans whom nobody moved since; what was earned in between stays credited.",
            )
            action = reverse("undo_plan", args=[project.code, plan.pk])
            return [Note(told), Form(action, f"undo-{plan.pk}", say("撤销方案", "Undo the plan"))]
        return []

    def _history(self, project: Project) -> Sequence[Block]:
        plans = AssignmentPlan.objects.filter(project=project).exclude(scope=AUTOMATIC).order_by("-pk")[:MOST_PLANS]
        zone = zone_of(project)
        people, page = names_of(plan.made_by for plan in plans), reverse("assignments", args=[project.code])
        rows = [
            [
                Link(say(f"方案 {plan.pk}", f"Plan {plan.pk}"), f"{page}?plan={plan.pk}#plan")
                if self.may(Act.ASSIGN_FANS)
                else say(f"方案 {plan.pk}", f"Plan {plan.pk}"),
                _scope(plan.scope),
                exact(plan.preview.get("moves", 0)),
                f"{people.get(plan.made_by, plan.made_by)} {plan.made_at.astimezone(zone):%Y-%m-%d %H:%M}",
                _state(plan, zone),
            ]
            for plan in plans
        ]
        columns = [
            say("方案", "Plan"), say("范围", "Scope"), say("移动", "Moves"), say("制定", "Made"), say("状态", "State"),
        ]  # fmt: skip
        title = say("历史方案", "Plans")
        return [
            Heading(title, "history"),
            Table(title, columns, rows, say("还没有方案。", "There are no plans yet.")),
        ]


def account_names() -> dict[str, str]:
    return dict(Account.objects.values_list("code", "name"))


def _scope(scope: str) -> str:
    if scope == "unassigned":
        return say("分配待分配的粉丝", "Assign the pool")
    if scope == "rebalance":
        return say("重新均衡", "Rebalance")
    code = scope.removeprefix("account:")
    return say(f"移出 {code}", f"Empty {code}")


def _state(plan: AssignmentPlan, zone: ZoneInfo) -> str:
    if plan.undone_at is not None:
        at = f"{plan.undone_at.astimezone(zone):%Y-%m-%d %H:%M}"
        return say(f"已撤销 {at}", f"Undone {at}")
    if plan.applied_at is not None:
        at = f"{plan.applied_at.astimezone(zone):%Y-%m-%d %H:%M}"
        return say(f"已执行 {at}", f"Applied {at}")
    return say("未执行", "Not applied")


def _loads(slots: Sequence[Slot]) -> Table:
    columns = [
        say("企微号", "Account"), say("承接人", "Keeper"), say("粉丝", "Fans"), say("可承接", "Can hold"),
        say("空位", "Free"), say("不接收新粉丝的原因", "Takes nobody because"),
    ]  # fmt: skip
    accounts, guides = account_names(), guide_names()
    rows = [
        [
            named(accounts.get(slot.code, ""), slot.code),
            named(guides.get(slot.guide, ""), slot.guide) if slot.guide else say("无人承接", "Nobody"),
            *map(exact, (slot.held, slot.capacity, slot.free)),
            say(*WHY_CLOSED[slot.closed]) if slot.closed else "—",
        ]
        for slot in slots
    ]
    return Table(say("各企微号的承接情况", "Loads"), columns, rows, say("还没有企微号。", "There are no accounts yet."))


def _per_account(title: str, shown: Mapping[str, Any]) -> Table:
    rows, accounts, guides = [], account_names(), guide_names()
    for row in shown["per_account"]:
        change = row["after"] - row["before"]
        over = row["after"] - row["capacity"]
        rows.append(
            [
                named(accounts.get(row["account"], ""), row["account"]),
                named(guides.get(row["guide"], ""), row["guide"]) if row["guide"] else "—",
                *(exact(row[name]) for name in ("before", "after", "capacity")),
                f"{'+' if change > 0 else '−' if change < 0 else ''}{exact(abs(change))}",
                say(f"超出 {exact(over)}", f"{exact(over)} over") if over > 0 else "—",
            ]
        )
    columns = [
        say("企微号", "Account"), say("承接人", "Keeper"), say("之前", "Before"), say("之后", "After"),
        say("可承接", "Can hold"), say("变化", "Change"), say("提示", "Note"),
    ]  # fmt: skip
    return Table(title, columns, rows)


def _left(shown: Mapping[str, Any]) -> Sequence[Block]:
    """Who stays where she is, and why; and the accounts that take nobody."""
    barred = shown["carried_out"]["barred_by_wecom"]
    beyond = max(0, shown["unassignable"] - barred)
    told = []
    if beyond:
        told.append(say(f"放不下 {exact(beyond)} 位：可接收的企微号没有空位",
                        f"{exact(beyond)} without room: no account that may take fans has any"))  # fmt: skip
    if barred:
        told.append(say(f"不能移动 {exact(barred)} 位：90 天内已转接两次，企微暂不允许再转接",
                        f"{exact(barred)} barred: WeCom moved them twice in 90 days"))  # fmt: skip
    told += [f"{row['account']}：{row['message']}" for row in shown["excluded"]]
    if not told:
        return []
    return [
        Note(say("安排不了的粉丝与不接收粉丝的企微号：", "Who can't be placed, and who takes nobody:"), "warn"),
        Lines(told),
    ]


def _result(moved: str, left: Sequence[tuple[str, str]], title: str) -> Sequence[Block]:
    found: list[Block] = [Heading(title), Note(moved, "done")]
    if left:
        rows = [[fan, say(*SKIPPED.get(reason, (reason, reason)))] for fan, reason in left[:MOST_LISTED]]
        caption = say("没有移动的粉丝", "Fans not moved")
        if len(left) > MOST_LISTED:
            caption_more = say(f"只列出前 {MOST_LISTED} 位。", f"The first {MOST_LISTED} are listed.")
            found.append(Note(caption_more))
        found.append(Table(caption, [say("粉丝", "Fan"), say("原因", "Why")], rows))
    return found


class MakePlan(Action):
    acts = {"POST": Act.ASSIGN_FANS}
    page = AssignmentsPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        wanted = checked(PlanSerializer(data=flat_body(values)))
        self.plan = make_plan(
            project, wanted["scope"], made_by=self.identity.label, most=wanted["max_moves"], tiers=TIERS
        )
        return say("方案已生成，请核对后执行", "The plan is made: look at it before applying")

    def back(self, project: Project) -> str:
        return f"{super().back(project)}?plan={self.plan.pk}#plan"


class PlanAction(Action):
    """Answers what was done on the page itself: fans that stay as they are are listed."""

    acts = {"POST": Act.ASSIGN_FANS}
    page = AssignmentsPage
    missing = (AssignmentPlan.DoesNotExist,)
    result: Sequence[Block] = ()

    def found(self, project: Project) -> AssignmentPlan:
        return AssignmentPlan.objects.get(project=project, pk=self.kwargs["plan"])

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        answer = super().post(request, code, **where)
        if answer.status_code != 302:
            return answer
        page = AssignmentsPage()
        page.setup(request, code)
        page.identity, page.result, page.acted_on = self.identity, self.result, self.kwargs["plan"]
        return page.show(seen_project(self.identity, code), Typed())


class ApplyPlan(PlanAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        applied = apply_plan(project, self.found(project), applied_by=self.identity.label)
        done, skipped = exact(applied.applied), exact(len(applied.skipped))
        told = say(f"已移动 {done} 位，跳过 {skipped} 位。", f"{done} moved, {skipped} skipped.")
        self.result = _result(told, applied.skipped, say("执行结果", "Result"))
        return say("方案已执行", "The plan is applied")


class UndoPlan(PlanAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        undone = undo_plan(project, self.found(project), undone_by=self.identity.label)
        back, kept = exact(undone.given_back), exact(len(undone.kept))
        told = say(f"已交还 {back} 位，{kept} 位保持现状。", f"{back} given back, {kept} stay as they are.")
        self.result = _result(told, undone.kept, say("撤销结果", "Result"))
        return say("方案已撤销", "The plan is undone")

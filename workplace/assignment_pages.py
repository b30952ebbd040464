"""粉丝分配: loads and the pool, a plan with its preview and its result."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from fans.assignment_api import PlanSerializer
from fans.assignments import TIERS, WHY_CLOSED, Applied, apply_plan, current_slots, make_plan, plan_to_dict
from fans.models import AssignmentPlan
from projects.models import Project
from projects.rest import checked
from siyu.numbers import exact
from siyu.problems import say
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Block, Form, Heading, Lines, Note, Table, Typed, flat_body
from workplace.sections import Action, Section
from workplace.staffing import present_fans

SKIPPED = {
    "absent": ("已不在", "Absent by now"),
    "held_by_another": ("已由他人承接", "Held by another"),
    "already_there": ("已在该号", "There already"),
}


class AssignmentsPage(Section):
    """`?plan=7`: that plan's preview."""

    acts = {"GET": Act.SEE_FANS}
    route = "assignments"
    title = ("粉丝分配", "Assignment")

    def blocks(self, project: Project, typed: Typed, applied: Applied | None = None) -> Sequence[Block]:
        now = timezone.now()
        slots = current_slots(project, now)
        pool = present_fans(project, now) - sum(slot.held for slot in slots)
        free = sum(slot.free for slot in slots)
        columns = [
            say("企微号", "Account"), say("承接人", "Keeper"), say("粉丝", "Fans"), say("可承接", "Can hold"),
            say("空位", "Free"), say("不接收新粉丝的原因", "Takes nobody because"),
        ]  # fmt: skip
        rows = [
            [
                slot.code,
                slot.guide or say("无人承接", "Nobody"),
                *map(exact, (slot.held, slot.capacity, slot.free)),
                say(*WHY_CLOSED[slot.closed]) if slot.closed else "—",
            ]
            for slot in slots
        ]
        found: list[Block] = [
            Note(
                say(
                    f"待分配粉丝 {exact(pool)} 位，各企微号还有空位 {exact(free)} 个。",
                    f"{exact(pool)} fans are held by nobody; there is room for {exact(free)}.",
                ),
                "warn" if pool else "note",
            ),
            Table(
                say("各企微号的承接情况", "Loads"), columns, rows, say("还没有企微号。", "There are no accounts yet.")
            ),
        ]
        if applied:
            found += _result(applied)
        elif self.may(Act.ASSIGN_FANS):
            found += self._plan(project, typed)
            choices = [
                ("unassigned", say("分配待分配的粉丝", "Assign the pool")),
                ("rebalance", say("重新均衡", "Rebalance")),
            ]
            choices += [(f"account:{slot.code}", say(f"移出 {slot.code}", f"Empty {slot.code}")) for slot in slots]
            ours = typed.of("plan")
            fields = [
                ours.field("/scope", say("范围", "Scope"), "unassigned", "select", choices),
                ours.field("/max_moves", say("最多移动（可空）", "At most (optional)"), "", "number"),
            ]
            found.append(Heading(say("生成方案", "Make a plan")))
            found.append(
                Form(reverse("make_plan", args=[project.code]), "plan", say("生成方案", "Make a plan"), fields)
            )
        return found

    def _plan(self, project: Project, typed: Typed) -> Sequence[Block]:
        asked = self.request.GET.get("plan", "")
        plan = AssignmentPlan.objects.filter(project=project, pk=int(asked)).first() if asked.isdecimal() else None
        if plan is None:
            return []
        shown = plan_to_dict(plan)
        title = say(
            f"方案 {plan.pk}：移动 {exact(shown['moves'])} 位", f"Plan {plan.pk}: {exact(shown['moves'])} moves"
        )
        ways = ("by_record", "by_wecom_transfer", "barred_by_wecom")
        record, transfer, barred = (exact(shown["carried_out"][way]) for way in ways)
        unassignable, numbers = exact(shown["unassignable"]), ("before", "after", "capacity")
        found: list[Block] = [
            Heading(title, "plan"),
            Note(
                say(
                    f"直接记录 {record} 位；需企微转接 {transfer} 位（24 小时，粉丝可拒绝）；"
                    f"企微暂不允许转接 {barred} 位；放不下 {unassignable} 位。"
                    "方案只是计划，执行后才生效。",
                    f"By record: {record}; by WeCom transfer (24 h, may be refused): {transfer}; "
                    f"barred by WeCom: {barred}; without room: {unassignable}. Planned is not executed.",
                )
            ),
            Table(
                title,
                [say("企微号", "Account"), say("承接人", "Keeper"), say("之前", "Before"), say("之后", "After"),
                 say("可承接", "Can hold")],
                [
                    [row["account"], row["guide"] or "—", *(exact(row[name]) for name in numbers)]
                    for row in shown["per_account"]
                ],
            ),
        ]  # fmt: skip
        if shown["excluded"]:
            found.append(Note(say("这些企微号不接收粉丝：", "These accounts take nobody:"), "warn"))
            found.append(Lines([f"{row['account']}：{row['message']}" for row in shown["excluded"]]))
        if plan.applied_at:
            found.append(Note(say("这个方案已经执行。", "This plan was applied.")))
        elif shown["moves"]:
            action = reverse("apply_plan", args=[project.code, plan.pk])
            found.append(Form(action, f"apply-{plan.pk}", say("执行方案", "Apply the plan")))
        return found


def _result(applied: Applied) -> Sequence[Block]:
    done, skipped = exact(applied.applied), exact(len(applied.skipped))
    rows = [[fan, say(*SKIPPED.get(reason, (reason, reason)))] for fan, reason in applied.skipped]
    return [
        Heading(say("执行结果", "Result")),
        Note(say(f"已移动 {done} 位，跳过 {skipped} 位。", f"{done} moved, {skipped} skipped."), "done"),
        Table(say("跳过的粉丝", "Fans skipped"), [say("粉丝", "Fan"), say("原因", "Why")], rows),
    ]


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


class ApplyPlan(Action):
    """Answers what was done on the page itself: fans that were skipped are listed."""

    acts = {"POST": Act.ASSIGN_FANS}
    page = AssignmentsPage
    missing = (AssignmentPlan.DoesNotExist,)

    def act(self, project: Project, values: dict[str, str]) -> str:
        plan = self.kwargs["plan"]
        found = AssignmentPlan.objects.get(project=project, pk=plan)
        self.applied = apply_plan(project, found, applied_by=self.identity.label)
        return say("方案已执行", "The plan is applied")

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        answer = super().post(request, code, **where)
        if answer.status_code != 302:
            return answer
        page = AssignedPage()
        page.setup(request, code)
        page.identity, page.applied = self.identity, self.applied
        return page.show(seen_project(self.identity, code), Typed())


class AssignedPage(AssignmentsPage):
    applied: Applied

    def blocks(self, project: Project, typed: Typed, applied: Applied | None = None) -> Sequence[Block]:
        return super().blocks(project, typed, self.applied)

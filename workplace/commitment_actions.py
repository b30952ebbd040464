"""What is done on the page of both sides' promises: one's own are saved and delivered, the other's confirmed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from rest_framework.exceptions import APIException

from kpi.reach_api import ReachConfirmationBody, enter_reach
from kpi.reach_confirming import confirm_reach
from projects.commitment_api import ConfirmationBody, DeliveryBody, ReliefBody
from projects.commitments import INDICATORS, CommitmentConflictError, deliver
from projects.confirming import confirm, propose_relief
from projects.models import Commitment, Project
from projects.rest import checked
from projects.services import locked
from siyu.problems import DomainError, say
from tenants.models import User
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.blocks import Typed, flat_body, row_bodies, typed_of
from workplace.commitment_grid import (
    as_read,
    meanwhile,
    newest_change,
    own_rows,
    save_rows,
    typed_again,
    with_new_rows,
)
from workplace.commitment_pages import CommitmentsPage
from workplace.commitment_waiting import ALL
from workplace.sections import Action

CHANGES_TOLD = 8  # of colleagues, before one's own are saved


class CommitmentAction(Action):
    page = CommitmentsPage
    missing = (Commitment.DoesNotExist,)

    def person(self) -> User:
        if self.identity.user is None:
            raise PermissionDenied
        return self.identity.user


class PutCommitments(CommitmentAction):
    """Saves what can be saved row by row; rows at fault are shown again as typed. Where colleagues changed something
    since the page was opened, says so first and saves nothing."""

    acts = {"POST": Act.WRITE_COMMITMENTS}

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = as_read({name: str(value) for name, value in request.POST.items()})
        now = timezone.now()
        try:
            with transaction.atomic():
                locked(project)
                seen = values.get("/seen", "")
                changes = meanwhile(project, self.identity, int(seen)) if seen.isascii() and seen.isdigit() else []
                before = own_rows(project, self.identity, now)
                if changes:
                    return self._changed_meanwhile(project, values, before, changes)
                saved, wrong = save_rows(project, values, before, self.identity)
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal, row_bodies(values)[0] or None)
            return self.refused(project, typed, status)
        if not wrong:
            messages.success(request, _saved(before, own_rows(project, self.identity, now)))
            return HttpResponseRedirect(self.back(project))
        detail = say(
            f"{saved} 行已保存；{len(wrong)} 行有误，没有保存，请改正标出的格子后再保存。",
            f"{saved} rows are saved; {len(wrong)} have flaws and are not: mend the marked cells and save again.",
        )
        return self.refused(project, typed_again(values, own_rows(project, self.identity, now), wrong, detail), 422)

    def _changed_meanwhile(
        self, project: Project, values: dict[str, str], rows: Sequence[dict[str, Any]], changes: Sequence[str]
    ) -> HttpResponse:
        told = say("；", "; ").join(changes[:CHANGES_TOLD])
        if len(changes) > CHANGES_TOLD:
            told += say(f"；另有 {len(changes) - CHANGES_TOLD} 处", f"; and {len(changes) - CHANGES_TOLD} more")
        detail = say(
            f"打开页面之后，同一方的承诺已有变更，你填的内容都在，还没有保存。变更：{told}。请核对后再保存。",
            f"Your side's promises were changed since you opened the page. All you typed is here and not saved. "
            f"Changes: {told}. Look through them, then save again.",
        )
        typed = Typed({**with_new_rows(values, rows), "/seen": str(newest_change(project, self.identity))}, {}, detail)
        return self.refused(project, typed, 409)


def _saved(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> str:
    """How many rows are new, gone or say something else."""
    left = {row["id"] for row in after}
    number = sum(row not in before for row in after) + sum(row["id"] not in left for row in before)
    if not number:
        return say("没有改动，承诺与之前相同", "Nothing was changed: the commitments are as before")
    return say(f"已保存 {number} 行改动", f"Changed rows saved: {number}")


class Deliver(CommitmentAction):
    acts = {"POST": Act.WRITE_COMMITMENTS}

    def act(self, project: Project, values: dict[str, str]) -> str:
        commitment = self.kwargs["commitment"]
        said = checked(DeliveryBody(data=flat_body(values)))
        deliver(project, commitment, said["delivered"], said["delivered_on"], by=self.identity)
        return say("交付已填写，等待对方确认", "The delivery is entered and awaits the other side")


class Confirm(CommitmentAction):
    acts = {"POST": Act.CONFIRM_COMMITMENTS}

    def act(self, project: Project, values: dict[str, str]) -> str:
        commitment = self.kwargs["commitment"]
        said = checked(ConfirmationBody(data=flat_body(values)))
        confirm(project, commitment, said["delivered"], by=self.identity, person=self.person())
        return say("已确认", "Confirmed")


class EnterReach(CommitmentAction):
    acts = {"POST": Act.ENTER_REACH}

    def act(self, project: Project, values: dict[str, str]) -> str:
        enter_reach(project, row_bodies(values)[1], made_by=self.identity.label)
        if self.identity.side == "brand":
            return say("触达已填写", "The reach is entered")
        return say("触达已填写，等待品牌方确认", "The reach is entered and awaits the brand")


class ConfirmReach(CommitmentAction):
    acts = {"POST": Act.CONFIRM_REACH}

    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(ReachConfirmationBody(data=flat_body(values)))
        confirm_reach(
            project, said["month"], said["channel"], said["reached"], by=self.identity, person=self.person(),
            now=timezone.now(),
        )  # fmt: skip
        return say("触达已确认", "The reach is confirmed")


class ConfirmDeliveries(CommitmentAction):
    acts = {"POST": Act.CONFIRM_COMMITMENTS}

    def act(self, project: Project, values: dict[str, str]) -> str:
        names = {
            str(row.pk): row.what or str(Commitment.Kind(row.kind).label)
            for row in Commitment.objects.filter(project=project)
        }

        def confirm_one(row: Mapping[str, str]) -> None:
            if row.get("id") not in names:
                raise CommitmentConflictError(say("承诺已删除", "The commitment is gone"))
            said = checked(ConfirmationBody(data={"delivered": row.get("delivered")}))
            confirm(project, int(row["id"]), said["delivered"], by=self.identity, person=self.person())

        return _confirm_each(values, confirm_one, lambda row: names.get(row.get("id", ""), "—"))


class ConfirmReaches(CommitmentAction):
    acts = {"POST": Act.CONFIRM_REACH}

    def act(self, project: Project, values: dict[str, str]) -> str:
        now = timezone.now()

        def confirm_one(row: Mapping[str, str]) -> None:
            said = checked(ReachConfirmationBody(data=dict(row)))
            month, channel, reached = said["month"], said["channel"], said["reached"]
            confirm_reach(project, month, channel, reached, by=self.identity, person=self.person(), now=now)

        return _confirm_each(values, confirm_one, lambda row: row.get("channel", "—"))


def _confirm_each(
    values: Mapping[str, str],
    confirm_one: Callable[[Mapping[str, str]], None],
    name_of: Callable[[Mapping[str, str]], str],
) -> str:
    """How many of the months chosen were confirmed, and which were not and why. Raises CommitmentConflictError where
    none was."""
    wanted = values.get("/months", ALL)
    rows = [row for row in row_bodies(values)[1] if wanted in (ALL, row.get("month"))]
    refused = []
    for row in rows:
        try:
            with transaction.atomic():
                confirm_one(row)
        except (DomainError, APIException) as refusal:
            why = typed_of(row, refusal)[0].detail
            refused.append(f"{row.get('month', '')} {name_of(row)}{say('：', ': ')}{why}")
    told = say("；", "; ").join(refused)
    if len(refused) == len(rows):
        raise CommitmentConflictError(told or say("没有可确认的项目", "There is nothing to confirm"))
    done = say(f"已确认 {len(rows) - len(refused)} 项", f"Confirmed: {len(rows) - len(refused)}")
    return done + (say(f"；{len(refused)} 项没有确认：{told}", f"; not confirmed: {told}") if refused else "")


class Relieve(CommitmentAction):
    acts = {"POST": Act.CONFIRM_COMMITMENTS}

    def act(self, project: Project, values: dict[str, str]) -> str:
        commitment = self.kwargs["commitment"]
        named = [code for code in INDICATORS if f"/indicators/{code}" in values]
        said = checked(ReliefBody(data={"share": values.get("/share"), "indicators": named}))
        relief = propose_relief(
            project, commitment, said["share"], sorted(said["indicators"]), by=self.identity, person=self.person()
        )
        if relief.agency_at and relief.brand_at:
            return say("双方已约定减免", "Both sides have agreed on the relief")
        return say("减免已提出，等待对方确认", "The relief is proposed and awaits the other side")

"""Take an applied plan back: who was moved by it and by nobody since returns to who held her before.

Nothing is rewritten. The way back is decided now and recorded beside the way there, so whoever served a fan in between
keeps the credit of that time. A fan who returns to nobody is in the pool; automatic assignment leaves her there, since
somebody decided of her.
"""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from fans.assignments import AUTOMATIC, PlanRefusedError, record_decisions
from fans.merge import lock_brand
from fans.models import AssignmentPlan
from projects.models import Project
from projects.queries import zone_of
from siyu import sql
from siyu.periods import local_day
from siyu.problems import say

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class GivenBack:
    """`kept`: code and reason (absent, moved_since) of each fan who stays as she is."""

    plan: AssignmentPlan
    given_back: int
    kept: list[tuple[str, str]]


@transaction.atomic
def undo_plan(project: Project, plan: AssignmentPlan, *, undone_by: str) -> GivenBack:
    """Give the plan's fans back, once. Raises PlanRefusedError for a plan that was not applied, is undone already, or
    assigned newcomers by itself."""
    lock_brand()
    plan = AssignmentPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.applied_at is None or plan.undone_at is not None or plan.scope == AUTOMATIC:
        raise PlanRefusedError(
            say(
                "这个方案没有执行、已经撤销，或属于自动分配，不能撤销",
                "This plan was not applied, is undone already, or is automatic: it cannot be undone",
            )
        )
    now = timezone.now()
    moved = sql.rows(
        SQL / "plan_moved_since.sql",
        {"project": project.pk, "plan": plan.pk, "now": now, "applied_at": plan.applied_at},
    )
    decide = {
        "now": now,
        "day": local_day(now, zone_of(project)),
        "kept": [fan_id for fan_id, _code, _gone in moved],
        "extra": {"reason": f"plan {plan.pk} undone"},
    }
    plan.undo_batch = record_decisions(project, plan, "decide_plan_back.sql", decide, made_by=undone_by)
    plan.undone_at, plan.undone_by = now, undone_by
    plan.save(update_fields=["undo_batch", "undone_at", "undone_by"])
    kept = [(code, "absent" if gone else "moved_since") for _id, code, gone in moved]
    return GivenBack(plan, plan.undo_batch.accepted, kept)

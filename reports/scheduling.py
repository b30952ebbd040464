"""When a project's reports are due and what silence means: read, changed, agreed on. Runs inside the brand.

Times are the agency's and the brand's to set. After how many working days of silence a report counts as accepted is a
term of the contract: one side proposes it, a person of the other agrees, and until then what was agreed before holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from projects.audit import record
from projects.models import Project
from projects.services import fault, locked
from reports.models import ReportSchedule
from siyu import due
from siyu.problems import DomainError, say
from tenants.identity import Identity

SUBJECT = "report_schedule"  # in the history
OWN = ("daily_at", "weekly_at", "monthly_at", "monthly_day", "wait_minutes", "since", "restate_share", "is_on")
TERM = "deemed_after"
REPORTS = "reports"  # the kind of due work that makes them


class ScheduleConflictError(DomainError):
    status = 409
    code = "conflict"


def schedule_dict(schedule: ReportSchedule) -> dict[str, Any]:
    """As REST shows it and the history keeps it."""
    proposal = schedule.deemed_proposal
    return {
        **{name: f"{getattr(schedule, name):%H:%M}" for name in ("daily_at", "weekly_at", "monthly_at")},
        "monthly_day": schedule.monthly_day,
        "wait_minutes": schedule.wait_minutes,
        "since": schedule.since.isoformat() if schedule.since else None,
        "restate_share": f"{schedule.restate_share:.4f}",
        "is_on": schedule.is_on,
        TERM: schedule.deemed_after,
        "deemed_proposal": None if proposal is None else {name: proposal[name] for name in (TERM, "side", "at")},
    }


@transaction.atomic
def change_schedule(project: Project, fields: Mapping[str, Any], *, by: Identity, now: datetime) -> ReportSchedule:
    """Set the fields that are given. `deemed_after` becomes the caller's side's proposal, in the place of one that is
    there; given as it is agreed, it withdraws the proposal. Reports fall due anew by what is set."""
    project, schedule, before = _locked(project)
    for name in OWN:
        if name in fields:
            setattr(schedule, name, fields[name])
    if TERM in fields:
        wanted = fields[TERM]
        proposal = {TERM: wanted, "side": str(by.side), "by": by.label, "at": now.isoformat()}
        schedule.deemed_proposal = None if wanted == schedule.deemed_after else proposal
    schedule.save()
    schedule.refresh_from_db()
    record(project, SUBJECT, before, schedule_dict(schedule), by=by.label)
    due.ask(REPORTS, str(project.pk))
    return schedule


@transaction.atomic
def agree_on_silence(project: Project, deemed_after: int | None, *, by: Identity) -> ReportSchedule:
    """A person agrees to what the other side proposed, as it was read; from now on it holds, for reports already sent
    too. Raises ScheduleConflictError where nothing of the kind is proposed, or one's own side proposed it."""
    project, schedule, before = _locked(project)
    proposal = schedule.deemed_proposal
    if proposal is None or proposal[TERM] != deemed_after:
        message = say("没有这一提议，请重新查看", "Nothing of the kind is proposed: read it again")
        raise ScheduleConflictError(message, code="changed", errors=[fault(f"/{TERM}", "changed", message)])
    if proposal["side"] == by.side:
        message = say("己方的提议由对方同意", "One's own proposal is the other side's to agree to")
        raise ScheduleConflictError(message, code="own_proposal", errors=[fault(f"/{TERM}", "own_proposal", message)])
    schedule.deemed_after, schedule.deemed_proposal = deemed_after, None
    schedule.save(update_fields=["deemed_after", "deemed_proposal"])
    record(project, SUBJECT, before, schedule_dict(schedule), by=by.label)
    due.ask("remind", str(project.pk))
    return schedule


def _locked(project: Project) -> tuple[Project, ReportSchedule, dict[str, Any]]:
    """The project, whose lock lets changes take turns; its row, made where there was none; and how that reads."""
    project = locked(project)
    schedule, _ = ReportSchedule.objects.get_or_create(project=project)
    schedule.refresh_from_db()
    return project, schedule, schedule_dict(schedule)

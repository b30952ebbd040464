"""The run board: what is due of a project's work, what became of it, what a person can do. Runs inside the brand."""

from dataclasses import dataclass
from datetime import datetime

from projects.audit import record
from projects.models import Project
from projects.queries import zone_of
from reports.models import Report
from reports.occasions import Kind, Occasion, due_at
from reports.queries import hours_of, read_agenda, revisions_of, schedule_of
from reports.review import ReportConflictError, ReportRefusedError
from reports.services import REPORT, issue, project_of, subject_of
from siyu import due
from siyu.periods import Period
from siyu.problems import say
from tenants.identity import Identity

REPORTS = "reports"  # the kind of due work that makes them
MADE_SHOWN = 30
DUE_SHOWN = 20
STANDSTILL = ("parked", "failed")  # states of due work that a person may take up again


@dataclass(frozen=True)
class Line:
    """One run. `kind`: of report or of due work; `period`: None for other work than reports. `state`: sources (they are
    waited for), queued, waiting (for its time), running, made, failed, parked, skipped. `error`: as the row keeps it,
    without the message. `work`, `subject`: of the due row behind it. `can_retry`, `can_make`: what a person may do."""

    due_at: datetime
    kind: str
    period: Period | None
    state: str
    attempts: int = 0
    error: str = ""
    report: int | None = None
    incomplete: bool = False
    work: str = ""
    subject: str = ""
    can_retry: bool = False
    can_make: bool = False


def read_board(project: Project, now: datetime) -> list[Line]:
    """What is due or stands still first, then what was made, the newest first."""
    rows = _rows(project)
    maker = next((row for row in rows if row.kind == REPORTS), None)
    agenda = read_agenda(project, schedule_of(project), now)
    own = {row.subject: row for row in rows if row.kind == REPORT}
    pending = [
        _pending(occasion, own.pop(subject_of(project, occasion), maker), now) for occasion in agenda.due[:DUE_SHOWN]
    ]
    others = [row for row in rows if row.kind not in (REPORTS, REPORT)]
    if maker and not pending:
        others.insert(0, maker)
    return [*pending, *map(_work, others), *_made(project)]


def _rows(project: Project) -> list[due.Row]:
    return [row for row in due.standing() if project_of(row.subject) == project.pk]


def _pending(occasion: Occasion, row: due.Row | None, now: datetime) -> Line:
    """`row`: the report's own, where it failed before, else the one that makes all of the project's."""
    state = row.state if row else "queued"
    if state == "waiting":
        state = "sources" if now < occasion.deadline else "queued"
    return Line(
        occasion.at,
        occasion.kind,
        occasion.period,
        state,
        attempts=row.attempts if row else 0,
        error=row.error if row else "",
        work=row.kind if row else "",
        subject=row.subject if row else "",
        can_retry=state in STANDSTILL,
        can_make=state != "running",
    )


def _work(row: due.Row) -> Line:
    return Line(
        row.due_at,
        row.kind,
        None,
        row.state,
        row.attempts,
        row.error,
        work=row.kind,
        subject=row.subject,
        can_retry=row.state in STANDSTILL,
    )


def _made(project: Project) -> list[Line]:
    hours, zone = hours_of(schedule_of(project)), zone_of(project)
    found = list(Report.objects.filter(project=project).order_by("-last_day", "-pk")[:MADE_SHOWN])
    revisions = revisions_of(found, "agency")
    lines = []
    for report in found:
        period = Period(report.first_day, report.last_day)
        at = due_at(report.kind, period, hours, zone)  # type: ignore[arg-type]  # the constraint holds it
        is_skipped = report.state == Report.State.SKIPPED
        newest = revisions.get(report.pk)
        lines.append(
            Line(
                at,
                report.kind,
                period,
                "skipped" if is_skipped else "made",
                report=None if is_skipped else report.pk,
                incomplete=bool(newest and newest.incomplete),
            )
        )
    return lines


def retry(project: Project, kind: str, subject: str, *, by: Identity) -> None:
    """Take up at once what failed or was parked. Raises ReportConflictError where it is neither any more."""
    row = next((row for row in _rows(project) if (row.kind, row.subject) == (kind, subject)), None)
    if row is None or row.state not in STANDSTILL:
        message = say("这项工作已不需要重试", "There is nothing to try again any more")
        raise ReportConflictError(message, code="wrong_state")
    record(project, f"run:{kind}", {"state": row.state, "error": row.error}, {"state": "queued"}, by=by.label)
    due.ask(kind, subject)


def make_now(project: Project, kind: Kind, first: object, why: str, *, by: Identity, now: datetime) -> Report:
    """Make a report that is due without waiting for its sources; it is marked incomplete where one is missing.

    Raises ReportRefusedError without a reason, ReportConflictError where no such report is due. Outside of a
    transaction, as reports.services.issue asks.
    """
    if not why.strip():
        message = say("请说明不再等待的原因", "Say why it should not wait")
        raise ReportRefusedError(message, errors=[{"pointer": "/why", "code": "missing_field", "message": message}])
    agenda = read_agenda(project, schedule_of(project), now)
    occasion = next((row for row in agenda.due if (row.kind, str(row.period.first)) == (kind, str(first))), None)
    if occasion is None:
        raise ReportConflictError(
            say("这份报告已经生成或尚未到期", "It is made already, or not due yet"), code="wrong_state"
        )
    report = issue(project, occasion.kind, occasion.period, now=now, by=by.label, why=why.strip())
    assert report is not None  # noqa: S101 - it is None only where it may wait
    record(project, f"report:{report.pk}", None, {"made": why.strip()}, by=by.label)
    return report

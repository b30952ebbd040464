"""Making reports: once per project, kind and period, whoever asks and however often. Runs inside the brand."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from projects.audit import SIYU
from projects.models import Project, Side
from reports.contents import Contents, compute
from reports.freezing import digest
from reports.models import Report, Revision, Transition
from reports.occasions import Kind
from reports.queries import find_report, read_agenda, schedule_of
from reports.telling import tell_made
from siyu.periods import Period
from siyu.problems import DomainError, say

RECHECK = timedelta(minutes=2)  # while a source is waited for
IDLE = timedelta(hours=6)  # where nothing will fall due by itself: the term may be prolonged, the schedule switched on
AT_ONCE = 12  # reports of one run, some seconds: figures that await their roll-up come between


class NotEndedError(DomainError):
    status = 409
    code = "not_ended"


def produce_due(project: Project, now: datetime, between: Callable[[], None]) -> datetime:
    """Make what is due at `now`, the oldest first, and skip what is too late. Returns when to come again.

    A report whose sources have not said all waits for them until its deadline; then it is made, marked incomplete.
    One that fails does not keep the others from being made; the first failure is raised at the end. `between` is called
    between transactions.
    """
    agenda = read_agenda(project, schedule_of(project), now)
    for period in agenda.skipped:
        skip(project, period)
    is_waiting = False
    failures: list[Exception] = []
    for occasion in agenda.due[:AT_ONCE]:
        try:
            made = issue(project, occasion.kind, occasion.period, now=now, wait=now < occasion.deadline)
            is_waiting = is_waiting or made is None
        except Exception as error:  # whatever it is, it is raised below and kept on the due row
            failures.append(error)
        between()
    if failures:
        raise failures[0]
    if len(agenda.due) > AT_ONCE:
        return now
    candidates = [agenda.next_at or now + IDLE]
    if is_waiting:
        candidates.append(now + RECHECK)
    return min(candidates)


def issue(
    project: Project, kind: Kind, period: Period, *, now: datetime, wait: bool = False, by: str = SIYU, why: str = ""
) -> Report | None:
    """The report of the period: the one that is there, or a new draft. None where `wait` and a source has not said all.
    `why`: the reason of a person who makes it early.

    Computed from one state of the data, outside of the writing transaction; of two who do so at once the database
    takes one, and the other's is dropped.
    """
    if there := find_report(project, kind, period):
        return there
    contents = compute(project, kind, period)
    if wait and contents.incomplete:
        return None
    try:
        return _make(project, kind, period, contents, now, by, why)
    except IntegrityError:
        if there := find_report(project, kind, period):
            return there
        raise


@transaction.atomic
def _make(
    project: Project, kind: Kind, period: Period, contents: Contents, now: datetime, by: str, why: str
) -> Report:
    report = Report.objects.create(project=project, kind=kind, first_day=period.first, last_day=period.last)
    tell_made(report, freeze(report, contents, now=now, by=by, why=why), now)
    return report


def freeze(report: Report, contents: Contents, *, now: datetime, by: str, why: str = "") -> Revision:
    """The next revision. In the caller's transaction, which has the report to itself."""
    newest = report.revisions.order_by("-number").first()
    revision = Revision.objects.create(
        report=report,
        number=newest.number + 1 if newest else 1,
        payload=contents.payload,
        sha256=digest(contents.payload),
        annex=contents.annex,
        annex_sha256=digest(contents.annex),
        seq=contents.seq,
        definition_version=contents.definition_version,
        forecast_version=contents.forecast_version,
        incomplete=contents.incomplete,
        made_at=now,
        made_by=by,
        why=why,
    )
    Transition.objects.create(
        report=report,
        revision=revision,
        action="revise" if newest else "make",
        before=report.state if newest else "",
        after=Report.State.DRAFT,
        at=now,
        by=by,
        side=Side.AGENCY,
        sha256=revision.sha256,
    )
    return revision


def skip(project: Project, period: Period) -> None:
    """One row for a run of days whose dailies were missed for too long; the same run again changes nothing."""
    Report.objects.get_or_create(
        project=project,
        kind=Report.Kind.DAILY,
        first_day=period.first,
        state=Report.State.SKIPPED,
        defaults={"last_day": period.last},
    )


def refuse_unended(project: Project, period: Period, today: date) -> None:
    """Raises NotEndedError for a period whose last day has not ended on the local day `today`."""
    if period.last >= today:
        raise NotEndedError(
            say(
                f"{period.first} 至 {period.last} 尚未结束，不能出报告",
                f"{period.first} to {period.last} has not ended: there is no report of it yet",
            )
        )

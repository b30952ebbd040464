"""Making reports: once per project, kind and period, whoever asks and however often. Runs inside the brand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import IntegrityError, transaction

from kpi.queries import count_stale_days, one_state
from projects.audit import SIYU
from projects.models import Project, Side
from projects.services import REFOLD, ROLLUP
from reports.contents import Contents, compute
from reports.freezing import digest
from reports.models import Report, Revision, Transition
from reports.occasions import Kind, Occasion
from reports.queries import find_report, newest_layout, read_agenda, schedule_of
from reports.readings import LOOKED_BACK
from reports.telling import tell_made
from siyu import due
from siyu.periods import DAY, Period
from siyu.problems import DomainError, log_unforeseen, say

REPORT = "report"  # the kind of due work of one report that failed: it is tried again by itself
RECHECK = timedelta(minutes=2)  # while a source is waited for
RECHECK_OWN = timedelta(seconds=15)  # while our own roll-up is
OWN_WAIT = timedelta(hours=1)  # after the deadline, for the roll-up: it is ours, and at work
LOOK = timedelta(hours=1)  # the longest time without a look: schedule and term may change, and clocks
SETTLING = timedelta(minutes=2)  # after a pause nothing is made: the backlog comes in, a clock that jumped goes back
BACKLOG = timedelta(minutes=15)  # after a pause sources are waited for at least as long
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 12  # reports of one run, some seconds: figures that await their roll-up come between


class NotEndedError(DomainError):
    status = 409
    code = "not_ended"


def produce_due(
    project: Project, now: datetime, between: Callable[[], None], *, up_since: datetime = NEVER
) -> datetime:
    """Make what is due at `now`, the oldest first, and skip what is too late. Returns when to come again.

    A report whose sources have not said all waits for them until its deadline; then it is made, marked incomplete.
    One that fails keeps no other from being made: it gets a due row of its own (REPORT), which tries it again and is
    parked with the reason. `between` is called between transactions. `up_since`: when the installation came back from
    a pause.
    """
    if now < up_since + SETTLING:
        return up_since + SETTLING
    agenda = read_agenda(project, schedule_of(project), now)
    for period in agenda.skipped:
        skip(project, period)
    set_apart = {row.subject for row in due.standing() if row.kind == REPORT}
    again = [agenda.next_at or now + LOOK, now + LOOK]
    tried = 0
    for occasion in agenda.due:
        if subject_of(project, occasion) in set_apart:
            continue
        if tried == AT_ONCE:
            return now
        try:
            ready_at = make(project, occasion, now, up_since)
        except Exception as error:  # whatever it is, its own row will keep it
            log_unforeseen(error)
            due.ask(REPORT, subject_of(project, occasion), at=now + RECHECK_OWN)
            ready_at = None
        if ready_at is None:
            tried += 1
        else:
            again.append(ready_at)
        between()
    return min(again)


def produce_one(project: Project, subject: str, now: datetime, *, up_since: datetime = NEVER) -> datetime | None:
    """Try one report again, if it is still due. Returns when to come again where something is waited for."""
    for occasion in read_agenda(project, schedule_of(project), now).due:
        if subject_of(project, occasion) == subject:
            return make(project, occasion, now, up_since)
    return None


def subject_of(project: Project, occasion: Occasion) -> str:
    """What a due row of kind REPORT is about: the project's id, the kind, the first day."""
    return f"{project.pk}:{occasion.kind}:{occasion.period.first}"


def project_of(subject: str) -> int:
    """The id of the project that a due row is about; 0, which none has, where it is about something else."""
    number = subject.partition(":")[0]
    return int(number) if number.isdecimal() else 0


def make(project: Project, occasion: Occasion, now: datetime, up_since: datetime = NEVER) -> datetime | None:
    """Make the report, or say when to look again: sources are waited for until the deadline, and our own roll-up
    a while longer, since nothing but a moment is missing."""
    period, deadline = occasion.period, max(occasion.deadline, up_since + BACKLOG)
    if issue(project, occasion.kind, period, now=now, wait=now < deadline, fresh=now < deadline + OWN_WAIT):
        return None
    return now + (RECHECK_OWN if awaits_roll_up(project, period) else RECHECK)


def awaits_roll_up(project: Project, period: Period) -> bool:
    """Whether days that the report of the period looks at await a roll-up that is under way: neither parked nor never
    asked for."""
    first = min(period.first.replace(day=1), period.first - LOOKED_BACK * DAY)
    if not count_stale_days(project, first, period.last):
        return False
    own = {(row.kind, row.subject) for row in due.standing() if row.parked_at is None}
    return bool(own & {(ROLLUP, str(project.pk)), (REFOLD, str(project.pk))})


def issue(
    project: Project,
    kind: Kind,
    period: Period,
    *,
    now: datetime,
    wait: bool = False,
    fresh: bool = False,
    by: str = SIYU,
    why: str = "",
) -> Report | None:
    """The report of the period: the one that is there, or a new draft. None where `wait` and a source has not said all,
    or `fresh` and a roll-up is under way. `why`: the reason of a person who makes it early.

    Computed from one state of the data, outside of the writing transaction; of two who do so at once the database
    takes one, and the other's is dropped.
    """
    if there := find_report(project, kind, period):
        return there
    with one_state():  # the roll-up is looked at in the state that the figures are read from
        if fresh and awaits_roll_up(project, period):
            return None
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
def _make(project: Project, kind: Kind, period: Period, contents: Contents, now: datetime, by: str, why: str) -> Report:
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
        layout_version=newest_layout(report.kind),
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

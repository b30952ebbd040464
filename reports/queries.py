"""Reports as they can be read: by the agency whole, by the brand from `sent` on. Runs inside the brand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.db.models import Max, Q, QuerySet

from kpi.marks import read_extent
from projects.models import Project
from projects.queries import people, zone_of
from reports.deemed import counted_days
from reports.freezing import canonical
from reports.models import Comment, Entry, Layout, Report, ReportSchedule, Revision, Transition, Words
from reports.occasions import KINDS, Agenda, Hours, Kind, agenda
from reports.states import OPEN
from siyu.brands import current_schema
from siyu.periods import DAY, Period, local_day
from tenants.identity import Side

BLOCKS = (
    "done", "plan", "brand_todo", "content", "complaints", "meeting", "campaigns", "goods", "below_floor", "notes",
)  # fmt: skip
COMPARED_NOT = (  # follow figures, or are none
    "format", "summary", "names", "term", "versions", "as_of", "benchmarks", "brand_todo", "totals",
)  # fmt: skip


# -- Which there are --------------------------------------------------------------------------------------------------


def reports_of(
    project: Project, side: Side, kind: str | None = None, first: date | None = None, last: date | None = None
) -> QuerySet[Report]:
    """Those that touch first..last. The brand's side: with a revision that was sent."""
    found = Report.objects.filter(project=project)
    if kind:
        found = found.filter(kind=kind)
    if first:
        found = found.filter(last_day__gte=first)
    if last:
        found = found.filter(first_day__lte=last)
    if side == "brand":
        found = found.filter(revisions__sent_at__isnull=False).distinct()
    return found


def find_report(project: Project, kind: Kind, period: Period) -> Report | None:
    made = Report.objects.filter(project=project, kind=kind, first_day=period.first)
    return made.exclude(state=Report.State.SKIPPED).first()


def revision_of(report: Report, side: Side, number: int | None = None) -> Revision | None:
    """The newest revision, or the one of that number; the brand's side: of those that were sent."""
    found = Revision.objects.filter(report=report)
    if side == "brand":
        found = found.filter(sent_at__isnull=False)
    if number is not None:
        found = found.filter(number=number)
    return found.order_by("-number").first()


def revisions_of(reports: Iterable[Report], side: Side) -> dict[int, Revision]:
    """By report, what revision_of answers; those of which the side may see none are left out. One question for all."""
    found = Revision.objects.filter(report__in=list(reports))
    if side == "brand":
        found = found.filter(sent_at__isnull=False)
    return {revision.report_id: revision for revision in found.order_by("report_id", "-number").distinct("report_id")}


def state_for(report: Report, revision: Revision, side: Side) -> str:
    """The report's state; for the brand, what became of the revision it can see."""
    return states_for({report.pk: report}, [revision], side)[report.pk]


def states_for(reports: Mapping[int, Report], revisions: Iterable[Revision], side: Side) -> dict[int, str]:
    """By report, what state_for answers of its revision. `reports`: by id. One question for all."""
    if side == "agency":
        return {revision.report_id: reports[revision.report_id].state for revision in revisions}
    moves = Transition.objects.filter(revision__in=list(revisions)).exclude(action="revise")
    newest = moves.order_by("revision_id", "-pk").distinct("revision_id")
    return {report: str(after) for report, after in newest.values_list("report_id", "after")}


def newest_layout(kind: str) -> int:
    """The version of the layout that the next report of the kind is made with; 0 is the standard one."""
    return Layout.objects.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0


# -- When they are due ------------------------------------------------------------------------------------------------


def schedule_of(project: Project) -> ReportSchedule:
    """The project's row, or the defaults, not stored."""
    return ReportSchedule.objects.filter(project=project).first() or ReportSchedule(project=project)


def hours_of(schedule: ReportSchedule) -> Hours:
    return Hours(
        schedule.daily_at,
        schedule.weekly_at,
        schedule.monthly_at,
        schedule.monthly_day,
        timedelta(minutes=schedule.wait_minutes),
    )


def read_agenda(project: Project, schedule: ReportSchedule, now: datetime) -> Agenda:
    """What is due of the periods from the first day of the term with anything to count (or the schedule's `since`) to
    the term's last day. Nothing where nothing was ever counted."""
    first_fact = read_extent(project.pk).first_day
    if first_fact is None or not schedule.is_on:
        return Agenda([], [], None)
    since = schedule.since or max(project.starts_on, first_fact)
    there: dict[Kind, set[date]] = {kind: set() for kind in KINDS}
    for report in Report.objects.filter(project=project):
        if report.state == Report.State.SKIPPED:
            there["daily"] |= _days(Period(report.first_day, report.last_day))
        else:
            there[report.kind].add(report.first_day)  # type: ignore[index]  # a kind, as the constraint holds
    hours = replace(hours_of(schedule), lead=lead_of(project))
    return agenda(since, project.ends_on, there, hours, zone_of(project), now)


def lead_of(project: Project) -> timedelta:
    """5 to 20 minutes, always the same of a project: reports of one time are there at it and do not begin at once."""
    return timedelta(seconds=300 + crc32(f"{current_schema()}:{project.pk}".encode()) % 900)


def _days(period: Period) -> set[date]:
    return {period.first + place * DAY for place in range((period.end - period.first).days)}


# -- Words and entries ------------------------------------------------------------------------------------------------


def words_of(report: Report) -> dict[str, Any]:
    """{blocks: {block: text}, entries: [{id, block, text, owner, due_on, done_on, since}]} as they stand."""
    blocks = Words.objects.filter(report=report).exclude(text="").order_by("block")
    return {
        "blocks": {words.block: words.text for words in blocks},
        "entries": [
            {
                "id": entry.pk,
                "block": entry.block,
                "text": entry.text,
                "owner": entry.owner,
                "due_on": entry.due_on.isoformat() if entry.due_on else None,
                "done_on": entry.done_on.isoformat() if entry.done_on else None,
                "since": entry.report.first_day.isoformat(),
            }
            for entry in entries_of(report)
        ],
    }


def entries_of(report: Report) -> list[Entry]:
    """Those entered in reports up to this one that were not done before its period."""
    found = Entry.objects.filter(report__project=report.project_id, report__last_day__lte=report.last_day)
    return list(
        found.filter(Q(done_on__isnull=True) | Q(done_on__gte=report.first_day)).select_related("report").order_by("pk")
    )


# -- What was said ----------------------------------------------------------------------------------------------------


def comments_on(report: Report, side: Side) -> list[dict[str, Any]]:
    """All that was said, the oldest first; the brand's side: about revisions that were sent."""
    found = Comment.objects.filter(revision__report=report).select_related("revision").order_by("pk")
    if side == "brand":
        found = found.filter(revision__sent_at__isnull=False)
    rows = list(found)
    names = people(row.author_id for row in rows)
    return [
        {
            "id": row.pk,
            "revision": row.revision.number,
            "kind": row.kind,
            "pointer": row.pointer,
            "text": row.text,
            "author": str(names[row.author_id]) if row.author_id else "",
            "side": row.side,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def disputed_pointers(report: Report, revision: Revision) -> list[str]:
    """What the brand disputed of the revision, by pointer ("": the whole); nothing any more once it is approved."""
    if Transition.objects.filter(revision=revision, action="approve").exists():
        return []
    found = Comment.objects.filter(revision=revision, kind=Comment.Kind.DISPUTE).order_by("pk")
    return list(found.values_list("pointer", flat=True))


def silence_of(report: Report, revision: Revision) -> list[date] | None:
    """The local days of silence that count, the last of which completes acceptance of a revision that was sent; None
    where silence says nothing, or while a dispute stops the clock."""
    workdays = schedule_of(report.project).deemed_after
    if not workdays or revision.sent_at is None or report.state not in OPEN | {Report.State.DISPUTED}:
        return None
    zone = zone_of(report.project)
    moves = Transition.objects.filter(revision=revision, action__in=("dispute", "answer")).order_by("pk")
    return counted_days(local_day(revision.sent_at, zone), _disputes(list(moves), report), workdays)


def deemed_accepted_on(report: Report, revision: Revision) -> date | None:
    """The day at whose end silence counts as acceptance of a revision that was sent; None where it never does."""
    days = silence_of(report, revision)
    return days[-1] if days else None


def _disputes(moves: Sequence[Transition], report: Report) -> list[tuple[date, date | None]]:
    zone = zone_of(report.project)
    out: list[tuple[date, date | None]] = []
    for move in moves:
        day = local_day(move.at, zone)
        if move.action == "dispute":
            out.append((day, None))
        elif out:
            out[-1] = (out[-1][0], day)
    return out


def frozen_words(report: Report) -> str:
    """The words and entries as canonical JSON."""
    return canonical(words_of(report))

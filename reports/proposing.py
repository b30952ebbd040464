"""Restatements that are proposed: what late data would change, looked at in the background and kept for people to see.

Runs inside the brand. Nothing is revised by itself: a person makes the revision, or keeps what was said, for a reason.
A look has two steps. Reports that anything new may have changed are marked, all at once; then each of them is computed
anew, a few in a run. What was marked stays so until it was held against the data, whoever dies meanwhile.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from fans.models import Merge
from projects.audit import record
from projects.models import Project
from projects.queries import definition_in_use
from projects.services import fault
from reports.models import Proposal, ProposalLook, Report, Revision
from reports.queries import schedule_of
from reports.restating import candidates, restate, touched
from reports.review import ReportConflictError, ReportRefusedError
from reports.services import awaits_roll_up
from siyu import due
from siyu.periods import Period
from siyu.problems import say
from tenants.identity import Identity, Side

RESTATE = "restate"  # the kind of due work that looks
GATHERED = timedelta(minutes=15)  # between looks: what arrives meanwhile is one proposal
RECHECK = timedelta(seconds=15)  # while the roll-up is under way
AT_ONCE = 4  # reports of one run, some seconds: other work of the brand comes between


# -- What there is ----------------------------------------------------------------------------------------------------


def newest_revisions(project: Project, side: Side = "agency") -> list[Revision]:
    """Of each report the newest that the side may see, without its texts."""
    found = Revision.objects.filter(report__project=project)
    if side == "brand":
        found = found.filter(sent_at__isnull=False)
    found = found.order_by("report_id", "-number").distinct("report_id")
    return list(found.select_related("report").defer("payload", "annex", "words"))


def proposals_of(project: Project, side: Side) -> list[Proposal]:
    """Those that wait for a person, the newest period first. The brand: of what was sent to it and was not yet
    followed by a revision that was sent."""
    found = Proposal.objects.filter(is_significant=True, kept_at__isnull=True)
    found = found.filter(revision__in=[revision.pk for revision in newest_revisions(project, side)])
    rows = found.select_related("revision__report__project").defer("revision__annex", "revision__words")
    return list(rows.order_by("-revision__report__last_day", "-revision__report__first_day", "pk"))


def proposal_of(revision: Revision) -> Proposal | None:
    """The one that waits for a person."""
    return Proposal.objects.filter(revision=revision, is_significant=True, kept_at__isnull=True).first()


def count_awaited(project: Project) -> int:
    """Reports marked that were not held against the data yet."""
    newest = [revision.pk for revision in newest_revisions(project)]
    return Proposal.objects.filter(revision__in=newest, is_awaited=True).count()


# -- Looking ----------------------------------------------------------------------------------------------------------


def look_due_at(project: Project, now: datetime) -> datetime | None:
    """When the project's reports are to be looked at; None where nothing came since the last look."""
    last = ProposalLook.objects.filter(project=project).first()
    if last is None:
        return now if Report.objects.filter(project=project).exists() else None
    if last.seq == _last_seq() and last.definition_version == definition_in_use(project).version:
        return None
    return max(now, last.looked_at + GATHERED)


def look(project: Project, now: datetime, between: Callable[[], None]) -> datetime | None:
    """Mark what may have changed and hold a few of the marked against the data, the newest period first. Returns when
    to come again where more is to be done. `between` is called between transactions."""
    if awaits_roll_up(project, _whole(project)):
        return now + RECHECK
    mark(project, now)
    between()
    newest = [revision.pk for revision in newest_revisions(project)]
    found = Proposal.objects.filter(revision__in=newest, is_awaited=True).select_related("revision__report__project")
    marked = list(found.order_by("-revision__report__last_day", "pk")[: AT_ONCE + 1])
    for proposal in marked[:AT_ONCE]:
        hold_against_data(proposal, now)
        between()
    return now if len(marked) > AT_ONCE else None


@transaction.atomic
def mark(project: Project, now: datetime) -> None:
    """Mark the newest revisions that anything since the last look may have changed; after a new definition sheet, all
    that it did not make or that were looked at under another."""
    last = ProposalLook.objects.select_for_update().filter(project=project).first()
    seq, sheet, newest = _last_seq(), definition_in_use(project).version, newest_revisions(project)
    if last is None or last.definition_version != sheet:
        looked_at = set(Proposal.objects.values_list("revision_id", flat=True))
        marked = [*candidates(project, newest), *(revision for revision in newest if revision.pk in looked_at)]
    else:
        marked = touched(project, newest, last.seq)
    rows = [Proposal(revision_id=pk, is_awaited=True) for pk in sorted({revision.pk for revision in marked})]
    Proposal.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["revision"], update_fields=["is_awaited"]
    )  # fmt: skip
    ProposalLook.objects.update_or_create(
        project=project, defaults={"seq": seq, "definition_version": sheet, "looked_at": now}
    )


def hold_against_data(proposal: Proposal, now: datetime) -> None:
    """Compute the report anew and keep what would read otherwise. What a person kept stays kept while nothing more
    changes."""
    revision = proposal.revision
    found = restate(revision.report, revision, schedule_of(revision.report.project).restate_share)
    if proposal.changes != found.changes:
        proposal.kept_by, proposal.kept_why, proposal.kept_at = "", "", None
    proposal.is_awaited = False
    proposal.changes, proposal.causes = found.changes, _plain(found.causes)
    proposal.is_significant, proposal.looked_at = found.is_significant, now
    proposal.save()


def _plain(causes: list[dict[str, object]]) -> list[dict[str, object]]:
    """Days and instants as JSON has them."""
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in cause.items()}
        for cause in causes
    ]


def _last_seq() -> int:
    return Merge.objects.aggregate(last=Max("id"))["last"] or 0


def _whole(project: Project) -> Period:
    return Period(project.starts_on, max(project.starts_on, project.ends_on))


# -- What a person does with it ---------------------------------------------------------------------------------------


def look_now(project: Project) -> None:
    """Have the reports looked at without waiting for what else may come."""
    due.ask(RESTATE, str(project.pk))


@transaction.atomic
def keep(report: Report, revision: int, why: str, *, by: Identity, now: datetime) -> None:
    """Leave the report as it was sent: nothing is proposed until more changes. Raises ReportRefusedError without a
    reason, ReportConflictError where nothing is proposed for that revision any more."""
    if not why.strip():
        message = say("请说明保留原数字的原因", "Say why the figures stay as they were")
        raise ReportRefusedError(message, errors=[fault("/why", "missing_field", message)])
    report = Report.objects.select_for_update().get(pk=report.pk)
    newest = report.revisions.order_by("-number").first()
    proposal = proposal_of(newest) if newest and newest.number == revision else None
    if proposal is None:
        message = say("这份报告已没有待处理的修订建议", "Nothing is proposed for this report any more")
        raise ReportConflictError(message, code="changed", errors=[fault("/revision", "changed", message)])
    proposal.kept_by, proposal.kept_why, proposal.kept_at = by.label, why.strip(), now
    proposal.save(update_fields=["kept_by", "kept_why", "kept_at"])
    record(report.project, f"report:{report.pk}", None, {"kept": why.strip(), "revision": revision}, by=by.label)

"""Notices about reports: whom to tell of what, in the transaction in which it happened. Runs inside the brand."""

from datetime import date, datetime

from projects.models import Project
from projects.notices import brand_managers, leads, notify, owners
from reports.models import Comment, Report, Revision
from reports.occasions import Kind
from reports.wording import period_words
from siyu.due import Row
from tenants.identity import Identity

MOVES = {  # by action: the notice of the other side
    "send": "report_sent",
    "acknowledge": "report_seen",
    "comment": "report_commented",
    "dispute": "report_disputed",
    "answer": "report_answered",
    "approve": "report_approved",
}
WORK = {  # by kind of due work: in Chinese, in English
    "reports": ("报告生成", "The making of reports"),
    "report": ("一份报告的生成", "The making of one report"),
    "rollup": ("指标汇总", "The roll-up of figures"),
    "refold": ("历史重算", "The refolding of histories"),
    "assign": ("自动分配", "The automatic assignment"),
    "remind": ("到期提醒", "The reminders"),
    "restate": ("迟到数据核对", "The look for late data"),
    "export": ("导出", "An export"),
}
NAMES: dict[Kind, tuple[str, str]] = {
    "daily": ("日报", "Daily report"),
    "weekly": ("周报", "Weekly report"),
    "monthly": ("月报", "Monthly report"),
}


def name_of(kind: Kind, first: date, last: date) -> tuple[str, str]:
    """1 月 6 日日报 · Daily report 2026-01-06."""
    zh, en = period_words({"kind": kind, "period_start": first, "period_end": last})
    return f"{zh}{NAMES[kind][0]}", f"{NAMES[kind][1]} {en}"


def tell_made(report: Report, revision: Revision, now: datetime) -> None:
    """Whoever leads the project: a draft awaits her."""
    _tell(report, "report_ready", f"made:{report.pk}:{revision.number}", now)


def tell_move(
    report: Report, revision: Revision, action: str, by: Identity, comment: Comment | None, now: datetime
) -> None:
    """The other side: what was done."""
    kind = MOVES.get(action)
    if kind is None:
        return
    what = f"said:{comment.pk}" if comment else f"{action}:{report.pk}:{revision.number}"
    _tell(report, kind, what, now, to_brand=by.side == "agency")


def tell_deemed_soon(report: Report, revision: Revision, day: date, on: date, now: datetime) -> None:
    """The brand's managers: silence until the end of `day` counts. One reminder per day it falls `on`."""
    occasion = f"deemed:{report.pk}:{revision.number}:{day}:{on}"
    _tell(report, "deemed_soon", occasion, now, to_brand=True, day=day.isoformat())


def tell_parked(project: Project, row: Row, now: datetime) -> None:
    """Whoever leads the project and the agency's owners: work on it was given up until a person looks."""
    work_zh, work_en = WORK.get(row.kind, (row.kind, row.kind))
    notify(
        project,
        "run_parked",
        {*leads(project, now), *owners()},
        side="agency",
        occasion=f"parked:{row.kind}:{project.pk}:{row.parked_at}",
        subject="runs",
        facts={"work_zh": work_zh, "work_en": work_en},
        now=now,
    )


def _tell(report: Report, kind: str, occasion: str, now: datetime, *, to_brand: bool = False, **facts: str) -> None:
    zh, en = name_of(report.kind, report.first_day, report.last_day)  # type: ignore[arg-type]  # the constraint holds it
    notify(
        report.project,
        kind,
        brand_managers() if to_brand else leads(report.project, now),
        side="brand" if to_brand else "agency",
        occasion=occasion,
        subject=f"report:{report.pk}",
        facts={"report_zh": zh, "report_en": en, **facts},
        now=now,
    )

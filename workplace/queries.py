"""What a page asks across rooms."""

from dataclasses import dataclass
from datetime import date, datetime

from guides.models import Guide
from kpi.figures import Figure
from kpi.marks import read_extent
from kpi.queries import one_state, read_standing
from projects.models import Project
from projects.queries import zone_of
from siyu.periods import Period, local_day, periods

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Scorecard:
    """Figures by month, and by guide of one of these months. Months are first days, newest first.

    `earlier`: the month before those shown, if the project has one. `data_through`: the last local day with a fact.
    `stale_days`: days of the months shown that await the roll-up. `definition`: version of the sheet in use.
    """

    months: list[date]
    earlier: date | None
    month: date
    by_month: list[Figure]
    by_guide: list[Figure]
    data_through: date | None
    stale_days: int
    definition: int


def read_scorecard(
    project: Project, now: datetime, *, until: date | None = None, month: date | None = None, guide: str | None = None
) -> Scorecard:
    """The months up to `until` (the current one), MONTHS_SHOWN at most, none before the project or its data begin; by
    guide for `month` (the newest shown). With a guide's code, that guide's own figures by month and nothing else."""
    with one_state():
        all_months = project_months(project, now)
        shown = [period for period in all_months if until is None or period.first <= until][:MONTHS_SHOWN]
        shown = shown or all_months[-1:]
        chosen = next((period for period in shown if period.first == month), shown[0])
        standing = read_standing(project, "month", shown[-1].first, shown[0].last, by="guide" if guide else None)
        cut = None if guide else read_standing(project, "month", chosen.first, chosen.last, by="guide")
    return Scorecard(
        months=[period.first for period in shown],
        earlier=next((period.first for period in all_months if period.first < shown[-1].first), None),
        month=chosen.first,
        by_month=[figure for figure in standing.figures if figure.part == guide],
        by_guide=cut.figures if cut else [],
        data_through=standing.data_through,
        stale_days=standing.stale_days,
        definition=standing.definitions,
    )


def project_months(project: Project, now: datetime) -> list[Period]:
    """Whole months from the project's or its data's beginning to the current one, newest first, at least one."""
    today = local_day(now, zone_of(project))
    begun = min(project.starts_on, read_extent(project.pk).first_day or project.starts_on, today)
    return periods("month", begun, today)[::-1]


def guide_names() -> dict[str, str]:
    """Names by code of the guides placed in the brand that is entered: its role sees no others."""
    return dict(Guide.objects.values_list("code", "name"))

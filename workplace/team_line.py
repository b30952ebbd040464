"""The team in one line, at the foot of the scorecard: who answers for what, how many guides, how full they are.

Runs inside the brand.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from fans.assignments import current_slots
from guides.queries import placements
from kpi.totals import read_stated_stock
from projects.models import Project
from projects.queries import zone_of
from siyu.brands import enter_public
from siyu.numbers import percent
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may
from workplace.portfolio import loads_of
from workplace.queries import guide_names
from workplace.team_board import Lead, leads_of

SHOWN = 8  # guides by name


@dataclass(frozen=True)
class TeamLine:
    """`number`: of guides who serve or are to serve; `guides`: their names, the fullest first, at most SHOWN; `more`:
    how many others; `load`: in words. Names and load only for who reads more than her own figures."""

    leads: list[Lead]
    guides: list[str]
    number: int
    more: int
    load: str
    address: str


def read_team_line(identity: Identity, project: Project, now: datetime) -> TeamLine | None:
    """As the team's page has it today; None where she may not read the team."""
    if not may(identity, Act.READ_TEAM, identity.brand):
        return None
    today = local_day(now, zone_of(project))
    known = guide_names()
    loads = loads_of(current_slots(project, now), read_stated_stock(project), known)
    with enter_public():
        placed = placements(identity.brand.pk, project.code)
    names = {load.guide: load.name for load in loads}
    names |= {row.guide.code: row.guide.name for row in placed if row.ends_on is None or row.ends_on >= today}
    reads_all = may(identity, Act.READ_KPIS, identity.brand)
    held, capacity = sum(load.held for load in loads), sum(load.capacity for load in loads)
    load = ""
    if capacity and reads_all:
        load = say(f"负载 {percent(Decimal(held) / capacity)}", f"load {percent(Decimal(held) / capacity)}")
        if over := sum(load.is_over for load in loads):
            load += say(f"，{over} 人超载", f", {over} over")
    return TeamLine(
        leads_of(project, today),
        list(names.values())[:SHOWN] if reads_all else [],
        len(names),
        max(0, len(names) - SHOWN),
        load,
        reverse("team", args=[project.code]),
    )

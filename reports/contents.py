"""What a report says: its payload for both sides and the agency's annex, computed from figures, forecast and promises.

Runs inside the brand. The same data give the same bytes, whenever and however often they are asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from fans.models import Merge
from guides.queries import placements
from kpi.own_indicators import own_as_of, own_indicators
from kpi.queries import one_state
from projects.models import Channel, Project
from projects.queries import definition_in_use
from reports import daily, monthly, weekly
from reports.annex import annex_of
from reports.freezing import canonical
from reports.occasions import Kind
from reports.own_part import own_part
from reports.readings import Month, as_of_all_reach, as_of_end, is_incomplete, read_gaps, read_month
from reports.summary import summarise
from siyu.brands import current_schema, enter_public
from siyu.periods import Period
from tenants.models import Brand

# Of the payload. 1, which did not say so, had no bridge, assets, groups, sales, content, settlement and more; up to 2 a
# month was compared with as many days before it, and its `previous` was not what the report before had said. 3 had no
# `days`, `sources` and `term`; in its sentences Latin letters stood next to Chinese ones, and ¥ before a hyphen.
FORMAT = 4
BODIES: dict[str, Callable[[Project, Period, Month], dict[str, Any]]] = {
    "daily": daily.body,
    "weekly": weekly.body,
    "monthly": monthly.body,
}


@dataclass(frozen=True)
class Contents:
    """`payload`, `annex`: canonical JSON. `seq`: the last merge of events that is in them. `incomplete`: a source has
    not said all."""

    payload: str
    annex: str
    seq: int
    definition_version: int
    forecast_version: int | None
    incomplete: bool


def compute(project: Project, kind: Kind, period: Period, held: Mapping[str, int] | None = None) -> Contents:
    """All of it from one state of the data; nothing is written. `held`: the versions of own indicators that a revision
    was made with (reports.own_part.versions_in), and no others: what was defined, changed or removed since changes
    nothing that was said. None: those that there are."""
    with one_state():
        brand = _brand()
        as_of = as_of_all_reach(project, period) if kind == "monthly" else as_of_end(project, period)
        month = read_month(project, period, as_of)
        gaps = read_gaps(project, period, as_of, month)
        versions = {
            "definitions": definition_in_use(project).version,
            "forecast": month.forecast.version if month.forecast else None,
        }
        payload: dict[str, Any] = {
            "format": FORMAT,
            "kind": kind,
            "period_start": period.first,
            "period_end": period.last,
            "timezone": project.timezone,
            "term": {"starts_on": project.starts_on, "ends_on": project.ends_on},
            "as_of": as_of,
            "names": _names(project, brand),
            "versions": versions,
            "gaps": gaps,
            "incomplete": is_incomplete(gaps),
            **BODIES[kind](project, period, month),
        }
        own = own_indicators(project) if held is None else own_as_of(project, held)
        if stated := own_part(project, period, own):
            payload["own"] = stated
        payload["summary"] = summarise(payload)
        return Contents(
            payload=canonical(payload),
            annex=canonical(annex_of(project, brand, period, payload)),
            seq=Merge.objects.aggregate(last=Max("id"))["last"] or 0,
            definition_version=versions["definitions"] or 0,
            forecast_version=versions["forecast"],
            incomplete=payload["incomplete"],
        )


def _brand() -> Brand:
    """The brand that is entered."""
    schema = current_schema()
    with enter_public():
        return Brand.objects.get(schema_name=schema)


def _names(project: Project, brand: Brand) -> dict[str, Any]:
    """What codes were called when the report was made."""
    return {
        "brand": {"slug": brand.slug, "name": brand.name},
        "project": {"code": project.code, "name": project.name},
        "channels": {channel.code: channel.name or channel.code for channel in Channel.objects.all()},
        "guides": {placed.guide.code: placed.guide.name for placed in placements(brand.pk, project.code)},
    }

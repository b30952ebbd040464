"""One own indicator in depth: what it is made of, whose it is, the rows that add up to it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kpi.figures import Part
from kpi.metrics import METRICS, Cut
from kpi.models import OwnIndicator
from kpi.own_indicators import Own, OwnFigure, Shape, count_part, find_own, read_own, shape_of, version_for
from kpi.own_rows import read_own_page
from kpi.own_words import formula, no_guide, side_words, value_words
from kpi.queries import count_stale_days, one_state
from kpi.rows import Page
from projects.models import Channel, Project
from projects.queries import guide_alone, zone_of
from siyu.periods import local_day
from siyu.problems import say
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.figure import ROWS_SHOWN, PartLine, following_of, part_name, position_of, row_line, totals_said
from workplace.occasion import Occasion, period_title, read_occasion
from workplace.own_card import better_words, parts_words
from workplace.own_pages import cut_words
from workplace.queries import guide_names
from workplace.sections import tabs
from workplace.tables import GROUPS, metric_title

DRAWN: tuple[Cut, ...] = ("guide", "channel")
SHOWN_BY = {  # of each counting, the indicator of the ten whose records it is counted from
    "diverted": "diverted_users", "valid": "diverted_users", "recalled": "diverted_users", "koc": "koc_users",
    "referral": "referral_users", "reached": "diversion_rate", "cost": "cost_per_diverted_user",
    "at_start": "retention_rate", "retained": "retention_rate", "arrived": "churn_rate", "seen": "churn_rate",
    "churned": "churn_rate", "at_end": "churn_rate", "interacted": "interaction_rate", "inbound": "interaction_rate",
    "rated": "satisfaction_rate", "rated_good": "satisfaction_rate", "posts": "koc_users", "kocs": "koc_users",
}  # fmt: skip


class OwnFigurePage(BrandPage):
    """One figure in depth: `?start=&end=[&guide=|&channel=][&cursor=]`. To htmx it comes without the shell. A guide who
    reads her own figures alone sees her part of it, without rows; 403 where it has none per guide."""

    acts = {"GET": Act.READ_OWN_KPIS}

    def get(self, request: HttpRequest, code: str, indicator: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        own = find_own(project, indicator)
        if own is None:
            raise Http404
        occasion = read_occasion(request.GET.dict(), local_day(timezone.now(), zone_of(project)))
        alone = guide_alone(self.identity, Act.READ_KPIS)
        with one_state():
            if alone:
                shown = _hers(project, own, occasion, alone.code)
            else:
                shown = _whole(project, own, occasion, request.GET.dict())
        context = {
            "project": project,
            "tabs": tabs(self.identity, project, "project"),
            "may_read_rows": alone is None,
            "versions": [_version_row(one, own) for one in reversed(own.versions)],
            "period_title": period_title(occasion.period),
            "occasion": occasion,
            "take_as": ("xlsx", "csv"),
            "back": f"{reverse('project', args=[project.code])}?{occasion.query}",
            "base": "workplace/_bare.html" if request.headers.get("HX-Request") else "base.html",
            **shown,
        }
        return render(request, "workplace/own_figure.html", context)


def _whole(project: Project, own: Own, occasion: Occasion, asked: Mapping[str, str]) -> dict[str, Any]:
    """The project's figure with its cuts, and the rows of all of it or of the part that is asked for."""
    period = occasion.period
    shape = shape_of(version_for(own, period))
    by: Cut | None = next((cut for cut in DRAWN if cut in asked and cut in shape.cuts), None)
    part = (asked[by] or None) if by else None
    found, page = read_own_page(project, own, period, by, part, position_of(asked.get("cursor")), ROWS_SHOWN)
    whole = found if by is None else OwnFigure(count_part(project, shape, period, None, None), found.version)
    names = {"guide": guide_names(), "channel": dict(Channel.objects.values_list("code", "name"))}
    is_ratio = shape.denominator is not None
    return {
        **_figure(whole, shape, page),
        "cuts": [_cut_table(project, own, cut, occasion, names[cut], by, part) for cut in DRAWN if cut in shape.cuts],
        "rows": [row_line(row, project, is_ratio=is_ratio) for row in page.rows],
        "rows_of": part_name(by, part, names[by]) if by else "",
        "whole": f"?{occasion.query}",
        "following": following_of(page, occasion, by, part),
        "cut_query": urlencode({str(by): part or ""}) if by else "",
        "sources": _sources(project, shape, occasion.query),
        "stale_days": page.stale_days,
    }


def _hers(project: Project, own: Own, occasion: Occasion, guide: str) -> dict[str, Any]:
    period = occasion.period
    version = version_for(own, period)
    shape = shape_of(version)
    if "guide" not in shape.cuts:
        raise PermissionDenied(no_guide(shape))
    figure = count_part(project, shape, period, "guide", guide)
    stale_days = count_stale_days(project, period.first, period.last)
    return {**_figure(OwnFigure(figure, version), shape, Page(figure, stale_days, [], None)), "stale_days": stale_days}


def _figure(found: OwnFigure, shape: Shape, page: Page) -> dict[str, Any]:
    version, figure = found.version, found.figure
    return {
        "version": version,
        "words": formula(shape.numerator, shape.denominator),
        "value": value_words(version.unit, figure.value),
        "parts": parts_words(figure, is_ratio=shape.denominator is not None),
        "better": better_words(version.better),
        "group": say(*GROUPS[version.group]),
        "totals": totals_said(figure, page),
        "cut_words": cut_words(shape.numerator, shape.denominator),
        "no_guide": no_guide(shape),
    }


def _cut_table(
    project: Project, own: Own, cut: Cut, occasion: Occasion, names: Mapping[str, str], by: Cut | None, part: Part
) -> tuple[str, list[PartLine]]:
    period = occasion.period
    rows = read_own(project, [own], "range", period.first, period.last, cut)
    rows.sort(key=lambda row: (row.figure.part is None, -(row.figure.numerator or 0), row.figure.part or ""))
    title = say("按导购", "By guide") if cut == "guide" else say("按渠道", "By channel")
    return title, [
        PartLine(
            part_name(cut, row.figure.part, names),
            value_words(row.version.unit, row.figure.value),
            parts_words(row.figure, is_ratio=row.version.denominator is not None),
            f"?{occasion.query}&{urlencode({str(cut): row.figure.part or ''})}#rows",
            by == cut and part == row.figure.part,
        )
        for row in rows
    ]


def _sources(project: Project, shape: Shape, query: str) -> list[tuple[str, str, str]]:
    """Of each side, its words, and the indicator of the ten among whose records it is counted, with its address."""
    found = []
    for side in shape.sides:
        code = SHOWN_BY.get(side.count, "gmv")
        address = f"{reverse('figure', args=[project.code, code])}?{query}#rows"
        found.append((side_words(side), metric_title(METRICS[code]), address))
    return found


def _version_row(version: OwnIndicator, own: Own) -> tuple[str, str, str]:
    """The first holds before its month too."""
    shape = shape_of(version)
    title = say(f"第 {version.version} 版", f"Version {version.version}")
    is_first = version.pk == own.versions[0].pk
    since = say("自始", "Always") if is_first else f"{version.effective_from:%Y-%m}"
    return title, since, formula(shape.numerator, shape.denominator)

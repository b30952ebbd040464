"""逐月: a project's ten figures by month and by guide."""

import re
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kpi.metrics import METRICS
from projects.queries import guide_alone
from siyu.problems import say
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.access import seen_project
from workplace.occasion import month_notes
from workplace.queries import guide_names, read_scorecard
from workplace.sections import tabs
from workplace.tables import cut_metrics, guide_table, month_table

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class MonthsPage(BrandPage):
    """`?until=2026-05`: the newest month shown. `?month=2026-04`: the month shown by guide.

    404 for a project she may not know of, 403 for a role that reads no figures. A guide sees her own figures only.
    """

    acts = {"GET": Act.READ_OWN_KPIS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        now = timezone.now()
        project = seen_project(self.identity, code)
        own = guide_alone(self.identity, Act.READ_KPIS)
        until, month = read_month(request.GET.get("until")), read_month(request.GET.get("month"))
        card = read_scorecard(project, now, until=until, month=month, guide=own.code if own else None)
        metrics = cut_metrics() if own else list(METRICS.values())
        context = {
            "project": project,
            "card": card,
            "own": own,
            "by_month": month_table(card.by_month, card.months, metrics=metrics),
            "by_guide": guide_table(card.by_guide, guide_names()),
            "month": f"{card.month:%Y-%m}",
            "until": f"{card.months[0]:%Y-%m}",
            "earlier": f"{card.earlier:%Y-%m}" if card.earlier else None,
            "notes": [
                *month_notes(request.GET.get("until"), until, card.months[0]),
                *month_notes(request.GET.get("month"), month, card.month),
            ],
            "is_past": until is not None,
            "tabs": tabs(self.identity, project, "project"),
            "title": say("逐月", "Months"),
        }
        return render(request, "workplace/months.html", context)


def read_month(text: str | None) -> date | None:
    """The first day of `2026-05`; None for anything else."""
    found = MONTH.fullmatch(text or "")
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) > 0 else None

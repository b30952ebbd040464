"""The first pages: brands one may enter, projects of a brand, and a project's ten figures by month and by guide."""

import re
from datetime import date

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kpi.metrics import METRICS
from projects.queries import guide_alone, seen_projects
from siyu.problems import say
from tenants.models import User
from tenants.pages import BrandPage
from tenants.permissions import Act
from tenants.queries import sites_of
from workplace.access import seen_project
from workplace.queries import guide_names, read_scorecard
from workplace.sections import tabs
from workplace.tables import cut_metrics, guide_table, month_table

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@login_required
def agency_home(request: HttpRequest) -> HttpResponse:
    """The brands she may enter, each by an address that takes her sign-in along."""
    assert isinstance(request.user, User)  # noqa: S101 - what login_required has settled, said to the type checker
    sites = sites_of(request.user, settings.BASE_DOMAIN)
    brands = [(site.brand, site.address) for site in sites if site.brand]
    return render(request, "workplace/agency_home.html", {"brands": brands})


class BrandHomePage(BrandPage):
    acts = {"GET": Act.READ_PROJECT}

    def get(self, request: HttpRequest) -> HttpResponse:
        projects = [
            (project, tabs(self.identity, project, "home")[0][1])
            for project in seen_projects(self.identity, timezone.now())
        ]
        context = {"projects": projects}
        return render(request, "workplace/brand_home.html", context)


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
            "is_past": until is not None,
            "tabs": tabs(self.identity, project, "project"),
            "title": say("逐月", "Months"),
        }
        return render(request, "workplace/months.html", context)


def read_month(text: str | None) -> date | None:
    """The first day of `2026-05`; None for anything else."""
    found = MONTH.fullmatch(text or "")
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) > 0 else None

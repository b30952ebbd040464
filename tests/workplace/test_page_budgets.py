"""What each page that shows a brand's data may ask of the database and weigh; and that it asks no more of a brand with
more guides, fans, reports and all else.

A page of the product without a row fails here. Queries are counted as a reader of the page causes them, session and
menu with them, when the page was read before. `html`: kB of the page; `load`: kB of its first load, packed as it is
sent: the page, its styles and scripts.
"""

import gzip
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import anonymous_client, make_guide, make_placement, sign_in, user_client
from tests.kpi.plans import SHARES
from tests.reports.desk import ReportDesk, added, at, days_of_january, january, paid, plan, reach
from tests.test_routes import OPEN, routes

JANUARY = "start=2026-01-01&end=2026-01-31"
P = "projects/<str:code>/"
NUMBERS = re.compile(r"\d+")
PREVIEW = "/group=result&/direction=up&/numerator/count=gmv&/denominator/count=orders"


@dataclass(frozen=True)
class Budget:
    """`path`: the route as the URLs have it; `query`: what it is asked for."""

    path: str
    role: str
    queries: int
    html: int
    load: int
    query: str = ""
    site: str = "brand"

    def __str__(self) -> str:
        return f"{self.site}:{self.path or '/'} {self.role}"


# fmt: off
BUDGETS = (
    Budget("", "pm", 96, 23, 54),
    Budget("", "brand_manager", 35, 23, 54),
    Budget("", "guide", 47, 16, 54),
    Budget("projects/", "pm", 23, 38, 52),
    Budget(P, "pm", 90, 64, 360, JANUARY),
    Budget(P, "brand_manager", 86, 64, 360, JANUARY),
    Budget(P, "guide", 70, 28, 57, JANUARY),
    Budget(f"{P}onepager/", "brand_sponsor", 60, 25, 59, "month=2026-01"),
    Budget(f"{P}months/", "pm", 45, 27, 52),
    Budget(f"{P}figures/<str:indicator>/", "pm", 57, 39, 57, JANUARY),
    Budget(f"{P}figures/own/<str:indicator>/", "pm", 48, 40, 57, JANUARY),
    Budget(f"{P}indicators/", "pm", 22, 38, 76),
    Budget(f"{P}indicators/preview/", "pm", 21, 4, 3, PREVIEW),
    Budget(f"{P}definitions/", "pm", 23, 30, 53),
    Budget(f"{P}team/", "pm", 75, 174, 63),
    Budget(f"{P}team/leaving/<str:guide>/", "pm", 46, 25, 52),
    Budget(f"{P}audit/", "pm", 30, 34, 54),
    Budget(f"{P}assignments/", "pm", 29, 31, 52),
    Budget(f"{P}fans/", "pm", 36, 62, 55),
    Budget(f"{P}fans/<path:fan>/", "pm", 47, 22, 53),
    Budget(f"{P}data/", "pm", 27, 32, 53),
    Budget(f"{P}data/totals/", "pm", 24, 47, 53),
    Budget(f"{P}data/reconcile/", "pm", 20, 21, 52),
    Budget(f"{P}commitments/", "pm", 39, 51, 67, "month=2026-01"),
    Budget(f"{P}commitments/", "brand_manager", 34, 53, 68, "month=2026-01"),
    Budget(f"{P}forecast/", "pm", 62, 97, 72),
    Budget(f"{P}reports/", "pm", 26, 30, 57),
    Budget(f"{P}reports/", "brand_manager", 23, 25, 55),
    Budget(f"{P}reports/<int:report>/", "pm", 35, 70, 65),
    Budget(f"{P}reports/<int:report>/", "brand_manager", 32, 88, 65),
    Budget(f"{P}reports/<int:report>/words/", "pm", 29, 26, 57),
    Budget(f"{P}reports/<int:report>/compare/", "pm", 24, 18, 51),
    Budget(f"{P}reports/<int:report>/restatement/", "pm", 126, 32, 58),
    Budget(f"{P}report-layout/", "pm", 38, 110, 67),
    Budget(f"{P}restatements/", "pm", 25, 19, 55),
    Budget(f"{P}exports/", "pm", 21, 21, 75),
    Budget(f"{P}runs/", "pm", 27, 36, 57),
    Budget("notices/", "pm", 25, 23, 55),
    Budget(f"{P}contacts/", "pm", 21, 23, 52),
    Budget(f"{P}setup/", "pm", 40, 27, 52),
    Budget(f"{P}setup/channels/", "pm", 21, 43, 52),
    Budget(f"{P}setup/guides/", "pm", 26, 68, 54),
    Budget(f"{P}setup/accounts/", "pm", 23, 51, 53),
    Budget(f"{P}settings/", "pm", 21, 32, 53),
    Budget("people/", "owner", 18, 29, 52),
    Budget("keys/", "owner", 14, 23, 52),
    Budget("report-links/", "pm", 17, 19, 51, "path=/projects/p1/reports/{report}/"),
    Budget("", "owner", 98, 17, 54, site="agency"),
    Budget("portfolio/", "owner", 63, 25, 55, "month=2026-01", site="agency"),
    Budget("audit/", "owner", 15, 13, 53, site="agency"),
    Budget("brands/", "owner", 14, 14, 51, site="agency"),
    Budget("people/", "owner", 16, 14, 51, site="agency"),
)
# fmt: on
NO_PAGES = {  # of the routes that can be got, those that show no page of their own
    f"{P}scorecard.xlsx": "a file",
    f"{P}fans.<str:kind>": "a file",
    f"{P}audit.<str:kind>": "a file",
    f"{P}figures.table": "a file",
    f"{P}figures/<str:indicator>/rows.<str:form>": "a file",
    f"{P}data/imports/<int:number>/faults.xlsx": "a file",
    f"{P}data/templates/<str:form>.xlsx": "a file",
    f"{P}exports/<int:export>/file/": "a file",
    "audit.<str:kind>": "a file",
    "portfolio.xlsx": "a file",
    f"{P}exports/<int:export>/": "one row of the page of exports, while it is made",
    f"{P}data/imports/<int:number>/": "a file on its way in, budgeted by its rows in its own tests",
    f"{P}reports/<int:report>/act/": "answers a form: the page of the report",
    f"{P}reports/<int:report>/restatement/keep/": "answers a form: the page of late data",
    f"{P}runs/retry/": "answers a form: the run board",
    f"{P}runs/make/": "answers a form: the run board",
    "notices/<int:notice>/": "leads to what it is about",
    "operator/": "shows no brand's data",
    "mail/": "shows no brand's data",
    "brands/<str:slug>/remove/": "asks whether a trial brand is to go",
}  # fmt: skip


class Reading(NamedTuple):
    """`asked`: the beginnings of the questions."""

    asked: list[str]
    html: bytes


# -- Two sizes of a brand ---------------------------------------------------------------------------------------------


class Firm:
    """A brand's project with a little of everything, of which there can be more."""

    def __init__(self, brand):
        self.brand, self.desk = brand, ReportDesk(brand)
        guide = user_client(brand, "guide")
        nana = make_guide(brand.agency, code="g1", name="娜娜", user=guide.user)
        make_placement(nana, brand, project="p1", share="0.5")
        self.desk.send(january(), rolled_up=False)
        self.desk.keep("a1", [("2026-01-01T00:00:00", "g1")])
        self.desk.agree({**plan(), "lines": {"gmv": SHARES, "diverted_users": SHARES}})
        self.define("aov")
        self.report = self.desk.issue("monthly", "2026-01")
        self.draft = self.desk.issue("daily", "2026-01-06")
        self.desk.send_out(self.report)
        self.desk.act(self.desk.pm, self.report, "revise", comment="补数")
        self.desk.send_out(self.report, 2)
        self.people = {"pm": self.desk.pm, "brand_manager": self.desk.manager, "owner": self.desk.owner,
                       "brand_sponsor": user_client(brand, "brand_sponsor"), "guide": guide}  # fmt: skip
        self.at_agency = anonymous_client()
        self.at_agency.user = self.desk.owner.user

    def define(self, code):
        body = {"name": f"客单价 {code}", "group": "result", "direction": "up", "numerator": {"count": "gmv"},
                "denominator": {"count": "orders"}, "effective_from": "2026-01"}  # fmt: skip
        answer = self.desk.owner.put(f"{self.desk.path}/indicators/{code}/", body)
        assert answer.status_code == 201, answer.content

    def grow(self, nth):
        """Eight more guides with accounts, 60 fans with orders, ratings and posts, six channels and platforms, three
        own indicators, reports of nine days and a week, five of them sent."""
        firsts = 8 * nth - 6
        guides = range(firsts, firsts + 8)
        for number in guides:
            make_placement(make_guide(self.brand.agency, code=f"g{number}", name=f"导购 {number}"), self.brand,
                           project="p1", share="0.5")  # fmt: skip
        events = []
        for number in range(60):
            fan, day, channel = f"fan{nth}-{number}", days_of_january()[number % 28], f"c{nth}-{number % 6}"
            events += [
                added(fan, day, channel=channel, guide=f"a{guides[number % 8]}"),
                paid(f"order-{fan}", "88.00", day, fan=fan, platform=f"shop{nth}-{number % 6}"),
                {"type": "rating", "id": f"rating-{fan}", "fan": fan, "score": 5, "at": at(day, "20:00")},
                reach(day, 50, channel),
                {"type": "koc.post", "post": f"post-{fan}", "fan": fan, "at": at(day, "21:00"), "platform": "x"},
            ]
        self.desk.send(events, rolled_up=False)
        for number in guides:
            self.desk.keep(f"a{number}", [("2026-01-01T00:00:00", f"g{number}")], rolled_up=False)
        self.desk.roll_up()
        for number in range(3):
            self.define(f"more{nth}_{number}")
        made = [self.desk.issue("daily", day) for day in days_of_january()[10 * nth : 10 * nth + 9]]
        for report in [*made[:4], self.desk.issue("weekly", f"2026-W0{nth + 1}")]:
            self.desk.send_out(report)

    def read(self, budget):
        client = self.at_agency if budget.site == "agency" else self.people[budget.role]
        sign_in(client, client.user)
        filled = {"code": "p1", "indicator": "aov" if "/own/" in budget.path else "gmv", "guide": "g1", "fan": "f1",
                  "report": str((self.draft if "/words/" in budget.path else self.report).pk)}  # fmt: skip
        path = re.sub(r"<\w+:(\w+)>", lambda found: filled[found[1]], budget.path)
        address = f"/{path}?{budget.query.format(**filled)}"
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address)
        assert response.status_code == 200, f"{budget}: {response.status_code}"
        return Reading([NUMBERS.sub("N", query["sql"])[:120] for query in asked.captured_queries], response.content)


@pytest.fixture
def firm(acme, monkeypatch):
    instant = datetime.fromisoformat("2026-02-03T10:00:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: instant)
    return Firm(acme)


@cache
def packed(path: str) -> int:
    found = finders.find(path)
    assert found, path
    return len(gzip.compress(Path(found).read_bytes(), 6))


def first_load(html: bytes) -> int:
    """Bytes of the page, its styles and scripts, each packed."""
    used = re.findall(r'(?:src|href)="/static/([^"?]+\.(?:js|css))"', html.decode())
    return len(gzip.compress(html, 6)) + sum(packed(path) for path in set(used))


# -- What is held -----------------------------------------------------------------------------------------------------


def test_every_page_has_a_budget():
    listed = {(budget.site, budget.path) for budget in BUDGETS}
    for site, urlconf in (("brand", "siyu.urls"), ("agency", "siyu.urls_public")):
        pages = {route.path for route in routes(urlconf) if route.path not in OPEN and shows_a_page(route)}
        assert pages - set(NO_PAGES) == {path for where, path in listed if where == site}


def shows_a_page(route):
    return not route.path.startswith("api/") and (not isinstance(route.view, type) or hasattr(route.view, "get"))


def test_pages_stay_within_their_budgets_and_ask_no_more_of_a_larger_brand(firm):
    """Grown once, there is some of everything; grown again, twice as much."""
    firm.grow(1)
    before = {budget: firm.read(budget) for budget in BUDGETS}
    firm.grow(2)
    wrong = []
    for budget in BUDGETS:
        now = firm.read(budget)
        more = Counter(now.asked) - Counter(before[budget].asked)
        if len(now.asked) > len(before[budget].asked):
            wrong.append(f"{budget} asks more of a larger brand: {more.most_common(3)}")
        for name, found, allowed in (
            ("queries", len(now.asked), budget.queries),
            ("kB of HTML", len(now.html) / 1000, budget.html),
            ("kB of first load", first_load(now.html) / 1000, budget.load),
        ):
            if found > allowed:
                wrong.append(f"{budget}: {found:.0f} {name}, {allowed} at most")
    assert not wrong, "\n".join(wrong)

"""Facts for the figures' tests: sent over REST by the real intake, rolled up here and now."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from guides.models import Guide
from kpi.rollup import roll_up
from projects.models import Project
from projects.services import put_definition
from siyu.brands import enter_brand
from tenants.models import Brand
from tests.factories import SiteClient, client_for, make_guide, make_placement, make_project

Event = dict[str, Any]


class Desk:
    """One project of one brand, and what a source, the PM and a reader of figures do with it over REST."""

    def __init__(
        self,
        brand: Brand,
        code: str = "p1",
        tz: str = "Asia/Shanghai",
        sheet: dict[str, Any] | None = None,
        **terms: Any,
    ):
        self.brand, self.code = brand, code
        with enter_brand(brand.schema_name):
            self.project: Project = make_project(code=code, timezone=tz, auto_assign=False, **terms)
            if sheet:
                put_definition(self.project, sheet, by=None)
        scopes = ["events:write", "kpis:read", "team:write"]
        self.client: SiteClient = client_for(brand, scopes)
        self.path = f"/api/v1/projects/{code}"

    def send(self, events: Iterable[Event], *, rolled_up: bool = True) -> dict[str, Any]:
        body = "\n".join(json.dumps(event, ensure_ascii=False) for event in events)
        answer = self.client.post(f"{self.path}/events/", body, content_type="application/x-ndjson")
        assert answer.status_code == 200, answer.content
        account = answer.json()
        assert not account["rejected"], account["errors"]
        if rolled_up:
            self.roll_up()
        return account

    def roll_up(self) -> int:
        with enter_brand(self.brand.schema_name):
            return roll_up(self.project)

    def keep(self, account: str, keepers: Iterable[tuple[str, str | None]], *, rolled_up: bool = True) -> None:
        """keepers: (instant, guide's code or None), as put to the account over REST."""
        body = {"keepers": [{"guide": guide, "from": since} for since, guide in keepers]}
        answer = self.client.put(f"{self.path}/accounts/{account}/", body)
        assert answer.status_code in (200, 201), answer.content
        if rolled_up:
            self.roll_up()

    def get(self, what: str, **query: Any) -> Any:
        answer = self.client.get(f"{self.path}/{what}/", query)
        assert answer.status_code == 200, b"".join(answer)
        return json.loads(b"".join(answer))

    def figures(self, grain: str, first: date | str, last: date | str, **query: Any) -> dict[str, Any]:
        return self.get("kpis", grain=grain, start=str(first), end=str(last), **query)

    def rows(self, indicator: str, first: date | str, last: date | str, **query: Any) -> dict[str, Any]:
        """All pages put together."""
        whole = self.get("kpis/rows", indicator=indicator, start=str(first), end=str(last), **query)
        page = whole
        while page["next"]:
            answer = self.client.get(page["next"])
            assert answer.status_code == 200, answer.content
            page = answer.json()
            whole["results"] += page["results"]
        return whole


def place_guides(brand: Brand, *codes: str, project: str = "p1") -> None:
    """Guides of the brand's agency with a placement in the project, so that accounts can be linked to them."""
    for code in codes:
        guide = Guide.objects.filter(agency=brand.agency, code=code).first() or make_guide(brand.agency, code=code)
        make_placement(guide, brand, project=project, share="0.1", starts_on=date(2020, 1, 1))

"""A floor of guides on accounts of the same name, and what a source and the PM do there over REST."""

import json
from datetime import date, datetime

from fans.models import Holding
from guides.models import Guide
from projects.models import Account, Keeper
from tests.factories import client_for, inside, make_guide, make_placement, make_project

SCOPES = ["events:write", "fans:read", "assignments:write", "kpis:read", "team:write"]
SINCE = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
CHANNELS = ["pkg", "sms"]


class Floor:
    """A project with guides on accounts of the same name, and REST on it."""

    def __init__(self, brand, capacities, *, fans_per_guide=100, auto_assign=False):
        self.brand = brand
        self.guides = {code: self._guide(code) for code in capacities}
        with inside(brand):
            self.project = make_project(code="p1", fans_per_guide=fans_per_guide, auto_assign=auto_assign)
            for code, capacity in capacities.items():
                account = Account.objects.create(code=f"acct-{code}", capacity=capacity)
                Keeper.objects.create(account=account, guide=self.guides[code], since=SINCE)
        self.client = client_for(brand, SCOPES)
        self.path = "/api/v1/projects/p1"

    def _guide(self, code) -> Guide:
        guide = Guide.objects.filter(agency=self.brand.agency, code=code).first()
        guide = guide or make_guide(self.brand.agency, code=code)
        make_placement(guide, self.brand, project="p1", share="0.5", starts_on=date(2026, 1, 1))
        return guide

    def send(self, *events):
        body = "\n".join(json.dumps(event) for event in events)
        answer = self.client.post(f"{self.path}/events/", body, content_type="application/x-ndjson")
        assert answer.json()["rejected"] == 0, answer.json()
        return answer.json()

    def add(self, count, prefix="f", **fields):
        self.send(
            *(
                {"type": "fan.added", "id": f"{prefix}{i}", "fan": f"{prefix}{i}", "at": "2026-03-01T10:00:00+08:00",
                 "channel": CHANNELS[i % 2], **fields}
                for i in range(count)
            )
        )  # fmt: skip

    def plan(self, scope, status=201, **body):
        answer = self.client.post(f"{self.path}/assignments/plan/", {"scope": scope, **body})
        assert answer.status_code == status, answer.content
        return answer.json()

    def apply(self, plan, status=200):
        answer = self.client.post(f"{self.path}/assignments/plans/{plan['plan']}/apply/")
        assert answer.status_code == status, answer.content
        return answer.json()

    def held(self):
        """Fans by the code of the account that holds them now."""
        with inside(self.brand):
            codes = dict(Account.objects.values_list("pk", "code"))
            found: dict[str, int] = {}
            for account in Holding.objects.filter(ended_at=None).values_list("account_id", flat=True):
                found[codes[account]] = found.get(codes[account], 0) + 1
            return found

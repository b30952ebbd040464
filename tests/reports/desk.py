"""A project of a brand with hand-made facts, and what PM and 私域经理 do with its reports over REST."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from projects.models import Project, TeamSeat
from reports.models import Report
from reports.occasions import Kind, read_period
from reports.services import issue
from siyu.brands import enter_brand
from tenants.models import Brand
from tests.factories import SiteClient, sign_in, user_client
from tests.kpi.plans import ForecastDesk, body, month

JANUARY = datetime(2026, 2, 2, 2, tzinfo=UTC)  # the 2nd of February, 10:00 in Shanghai


def at(day: str, clock: str = "10:00") -> str:
    return f"{day}T{clock}:00+08:00"


def added(fan: str, day: str, **fields: Any) -> dict[str, Any]:
    return {"type": "fan.added", "id": f"add-{fan}", "fan": fan, "guide": "a1", "at": at(day), **fields}


def lost(fan: str, day: str) -> dict[str, Any]:
    return {"type": "fan.lost", "id": f"lost-{fan}", "fan": fan, "by": "fan", "at": at(day, "12:00")}


def paid(order: str, amount: str, day: str, **fields: Any) -> dict[str, Any]:
    return {"type": "order.paid", "order": order, "amount": amount, "at": at(day, "15:00"), **fields}


def refunded(order: str, amount: str, day: str) -> dict[str, Any]:
    return {
        "type": "order.refunded", "id": f"r-{order}", "order": order, "amount": amount,
        "stage": "after_receipt", "at": at(day, "16:00"),
    }  # fmt: skip


def reach(day: str, reached: int | None, channel: str = "pkg") -> dict[str, Any]:
    return {"type": "channel.day", "channel": channel, "date": day, "reached": reached}


def days_of_january() -> list[str]:
    return [(date(2026, 1, 1) + place * timedelta(days=1)).isoformat() for place in range(31)]


def january() -> list[dict[str, Any]]:
    """100 parcels reached on each day; f1–f4 added, f2 lost on the 6th; two orders, one refunded in part."""
    return [
        *(reach(day, 100) for day in days_of_january()),
        added("f1", "2026-01-02", channel="pkg"),
        added("f2", "2026-01-02", channel="pkg"),
        added("f3", "2026-01-05", channel="pkg"),
        added("f4", "2026-01-05"),
        lost("f2", "2026-01-06"),
        paid("o1", "300.00", "2026-01-05", fan="f1"),
        paid("o2", "99.90", "2026-01-06", fan="f3"),
        refunded("o1", "50.00", "2026-01-06"),
    ]


def plan(**terms: Any) -> dict[str, Any]:
    """January promises 6,200 parcels, 200 a day, of which a tenth becomes fans; February the same promise."""
    stated = [
        month("2026-01", promised_reach={"pkg": 6200}, diversion_rate={"pkg": "0.10"}),
        month("2026-02", promised_reach={"pkg": 6200}, diversion_rate={"pkg": "0.10"}),
    ]
    return body(*stated, opening_fans=0, terms=terms)


class ReportDesk(ForecastDesk):
    """Its PM holds the PM's seat; the project is active."""

    def __init__(self, brand: Brand, code: str = "p1", **fields: Any):
        super().__init__(brand, code, **fields)
        self.pm = self.seated("pm")
        with enter_brand(brand.schema_name):
            Project.objects.filter(pk=self.project.pk).update(state=Project.State.ACTIVE)

    def seated(self, role: str) -> SiteClient:
        client = user_client(self.brand, role)
        with enter_brand(self.brand.schema_name):
            TeamSeat.objects.create(
                project=self.project, role=role, user=client.user, starts_on=date(2026, 1, 1), share=1
            )
        return client

    def issue(self, kind: Kind, period: str, now: datetime = JANUARY, **fields: Any) -> Report | None:
        with enter_brand(self.brand.schema_name):
            project = Project.objects.get(pk=self.project.pk)
            return issue(project, kind, read_period(kind, period), now=now, **fields)

    def payload(self, kind: Kind, period: str) -> dict[str, Any]:
        report = self.issue(kind, period)
        assert report is not None
        with enter_brand(self.brand.schema_name):
            return json.loads(report.revisions.latest("number").payload)

    def read(self, client: SiteClient, report: Report, **query: Any) -> Any:
        sign_in(client, client.user)
        return client.get(f"/api/v1/reports/{report.pk}/", query)

    def act(self, client: SiteClient, report: Report, action: str, revision: int = 1, **fields: Any) -> Any:
        return client.post(f"/api/v1/reports/{report.pk}/actions/", {"action": action, "revision": revision, **fields})

    def words(self, client: SiteClient, report: Report, revision: int = 1, **blocks: Any) -> Any:
        return client.patch(f"/api/v1/reports/{report.pk}/words/", {"revision": revision, **blocks})

    def send_out(self, report: Report, revision: int = 1) -> None:
        for action in ("review", "send"):
            answer = self.act(self.pm, report, action, revision)
            assert answer.status_code == 200, answer.content


def january_of_two(acme: Brand, globex: Brand) -> ReportDesk:
    """acme's January. Globex has a project of the same code with other facts: nothing of it may show."""
    other = ReportDesk(globex)
    other.send([added("x", "2026-01-05", channel="pkg"), paid("o1", "7.00", "2026-01-05", fan="x")])
    desk = ReportDesk(acme)
    desk.send(january())
    return desk

"""Forecast bodies as they are put, and what the desk of a project does with them over REST."""

from copy import deepcopy
from typing import Any

from tests.factories import sign_in, user_client
from tests.kpi.sending import Desk

MONTH = {
    "month": "2026-01",
    "promised_reach": {"pkg": 100_000},
    "diversion_rate": {"pkg": "0.10"},
    "churn_rate": "0.03",
    "ramp": "1",
    "gmv_per_fan": "6",
    "koc_share": "0.01",
    "referral_share": "0.02",
}
MIX = {"promised_reach": {"pkg": 100_000, "sms": 200_000}, "diversion_rate": {"pkg": "0.17", "sms": "0.02"}}
SHARES = {"kind": "share", "fail": "0.8", "normal": "1", "good": "1.1", "excess": "1.2"}


def month(name: str = "2026-01", **changes: Any) -> dict[str, Any]:
    return {**deepcopy(MONTH), "month": name, **changes}


def months(first: str, count: int, **changes: Any) -> list[dict[str, Any]]:
    """Months of one year."""
    year, number = first.split("-")
    return [month(f"{year}-{int(number) + place:02}", **changes) for place in range(count)]


def body(*stated: dict[str, Any], opening_fans: int = 200_000, **others: Any) -> dict[str, Any]:
    stated = stated or (month(),)
    return {"opening_fans": opening_fans, "effective_from": stated[0]["month"], "months": list(stated), **others}


def awake(client: Any) -> Any:
    """The client, its person signed in anew: a test may have let months pass."""
    if user := getattr(client, "user", None):
        sign_in(client, user)
    return client


class ForecastDesk(Desk):
    """A Desk whose owner and 私域经理 agree on forecasts."""

    def __init__(self, brand: Any, code: str = "p1", **fields: Any):
        super().__init__(brand, code, **fields)
        self.owner = user_client(brand, "owner")
        self.manager = user_client(brand, "brand_manager")

    def put(self, stated: dict[str, Any], client: Any = None) -> dict[str, Any]:
        answer = awake(client or self.owner).put(f"{self.path}/forecast/", stated)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def approve(self, client: Any, version: int, sha256: str) -> Any:
        return awake(client).post(f"{self.path}/forecast/approve/", {"version": version, "sha256": sha256})

    def agree(self, stated: dict[str, Any]) -> dict[str, Any]:
        """Proposed and approved by both."""
        put = self.put(stated)
        for client in (self.owner, self.manager):
            answer = self.approve(client, put["version"], put["sha256"])
            assert answer.status_code == 200, answer.content
        return answer.json()

    def judged(self, name: str, **query: Any) -> dict[str, Any]:
        """The `forecast` objects of one month, by indicator."""
        rows = self.figures("month", f"{name}-01", f"{name}-01", **query)["results"]
        return {row["indicator"]: row["forecast"] for row in rows}

    def reach(self, channel: str, day: str, reached: int | None) -> dict[str, Any]:
        return {"type": "channel.day", "channel": channel, "date": day, "reached": reached}

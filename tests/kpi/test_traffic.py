"""Promised traffic among the commitments: computed from the binding forecast, read like the others, never entered."""

import pytest

from fans.models import Merge
from tests.factories import client_for, inside
from tests.kpi.plans import ForecastDesk, awake, body, month, months
from tests.projects.test_commitments import goods, problem_of

ZONE = "+08:00"


@pytest.fixture
def desk(acme, clock):
    clock("2026-04-03T10:00")
    return ForecastDesk(acme)


def rows(desk, client=None, **query):
    answer = awake(client or desk.manager).get(f"{desk.path}/commitments/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def put(desk, body, client=None):
    return awake(client or desk.manager).put(f"{desk.path}/commitments/", body)


def test_a_row_of_promised_traffic(desk):
    desk.agree(body(month("2026-03", promised_reach={"pkg": 1000, "sms": 0}, diversion_rate={"pkg": "1", "sms": "1"})))
    desk.owner.put(f"{desk.path}/channels/pkg/", {"name": "包裹卡", "unit": "签收包裹", "lag_days": 1})
    sent = desk.send([desk.reach("pkg", "2026-03-10", 400), desk.reach("pkg", "2026-03-12", 500)])
    with inside(desk.brand):
        Merge.objects.filter(batch=sent["batch"]).update(merged_at=f"2026-04-01T09:00{ZONE}")
    assert rows(desk) == [{
        "id": None, "side": "brand", "kind": "traffic", "month": "2026-03", "channel": "pkg", "what": "包裹卡",
        "unit": "签收包裹", "promised": "1000.00", "due_on": "2026-04-01", "delivered": "900.00",
        "delivered_on": "2026-03-12", "source": "forecast", "state": "overdue", "late_days": 2, "confirmed_how": None,
        "confirmed_by": None, "confirmed_at": None, "silence_confirms_after": "2026-04-07", "calendar": "published",
        "confirmed_before": None, "relief": None, "relief_proposed": None,
    }]  # fmt: skip


def test_the_promise_is_fulfilled_on_the_day_that_reaches_it(desk):
    desk.agree(body(*months("2026-03", 2, promised_reach={"pkg": 1000})))
    assert [(row["month"], row["state"], row["late_days"], row["delivered"]) for row in rows(desk)] == [
        ("2026-03", "overdue", 3, None), ("2026-04", "open", 0, None),
    ]  # fmt: skip
    desk.send([desk.reach("pkg", "2026-03-10", 400), desk.reach("pkg", "2026-03-20", 600),
               desk.reach("pkg", "2026-03-25", 1)])  # fmt: skip
    march = rows(desk, month="2026-03")[0]
    assert (march["delivered"], march["delivered_on"], march["state"]) == ("1001.00", "2026-03-20", "delivered")


def test_only_what_binds_is_promised(desk):
    first = body(*months("2026-03", 2, promised_reach={"pkg": 1000}))
    desk.put(first)
    assert rows(desk) == []
    desk.agree(first)
    desk.agree(body(month("2026-04", promised_reach={"pkg": 700})))
    assert [(row["month"], row["promised"]) for row in rows(desk)] == [("2026-03", "1000.00"), ("2026-04", "700.00")]


def test_it_is_confirmed_as_reach_is(desk):
    desk.agree(body(month("2026-03")))
    desk.send([desk.reach("pkg", "2026-03-10", 400)])
    said = {"month": "2026-03", "channel": "pkg", "reached": 400}
    assert awake(desk.manager).post(f"{desk.path}/forecast/reach/confirm/", said).status_code == 200
    [row] = rows(desk)
    assert (row["confirmed_how"], row["confirmed_by"]) == ("person", str(desk.manager.user))


def test_what_was_read_can_be_put_back(desk, acme):
    desk.agree(body(month("2026-03")))
    desk.send([desk.reach("pkg", "2026-03-10", 400)])
    put(desk, [goods()])
    both = rows(desk)
    assert [row["source"] for row in both] == ["entered", "forecast"]
    key = client_for(acme, ["contract:write"], made_by=desk.manager.user)
    for client in (desk.manager, desk.owner, key):
        assert put(desk, both, client).json() == both
    desk.send([desk.reach("pkg", "2026-03-11", 1)])  # figures go on while somebody edits
    assert put(desk, both).json()[1]["delivered"] == "401.00"
    assert len(put(desk, [both[0]]).json()) == 2  # left out, it stays


@pytest.mark.parametrize(
    "change", [{"promised": "1.00"}, {"channel": "sms"}, {"month": "2026-05"}, {"promised": "100000.01"}]
)
def test_promised_traffic_is_the_forecasts_to_change(desk, change):
    desk.agree(body(month("2026-03")))
    [row] = rows(desk)
    assert problem_of(put(desk, [goods(), {**row, **change}])) == (422, [("/1/promised", "from_forecast")])
    assert len(rows(desk)) == 1  # nothing of the body is stored


@pytest.mark.parametrize("change", [{"kind": "goods"}, {"channel": None}, {"promised": "many"}])
def test_what_is_no_traffic_is_named(desk, change):
    desk.agree(body(month("2026-03")))
    [row] = rows(desk)
    status, [(pointer, _)] = problem_of(put(desk, [{**row, **change}]))
    assert (status, pointer) == (400, f"/0/{next(iter(change))}")


def test_other_projects_and_brands_have_their_own(desk, acme, globex):
    desk.agree(body(month("2026-03")))
    assert [rows(other) for other in (ForecastDesk(acme, "p2"), ForecastDesk(globex))] == [[], []]

"""Two people at once: what they leave behind is what one after the other would have left."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from kpi.forecasts import binding_months, bound_forecasts
from kpi.models import Forecast
from kpi.services import ForecastApprovalRefusedError, approve_forecast, put_forecast
from tests.factories import inside, make_project, make_user
from tests.kpi.plans import SHARES, ForecastDesk, body, month, months

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def at_once(brand, *acts):
    """Run the acts in connections of their own, each in a transaction that began before any of them acted. Returns what
    each gave or raised, in their order."""
    began, outcomes = threading.Barrier(len(acts), timeout=20), {}

    def run(place, act):
        try:
            with inside(brand), transaction.atomic():
                connection.cursor().execute("SELECT 1")
                began.wait()
                outcomes[place] = act()
        except ForecastApprovalRefusedError as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return [outcomes[place] for place in range(len(acts))]


@pytest.fixture
def people(acme):
    return {"owner": make_user("owner", brand=acme), "manager": make_user("brand_manager", brand=acme)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_different_versions_approved_at_once_leave_one_that_binds(acme, people, attempt):
    """The agency has approved both; the brand's two people approve one each. Whoever comes first, version 2 binds."""
    second_manager = make_user("brand_manager", brand=acme)
    with inside(acme):
        project = make_project(code="p1")
        first = put_forecast(project, body(*months("2026-01", 2)), by=None)
        second = put_forecast(project, body(*months("2026-01", 2), opening_fans=1), by=None)
        for forecast in (first, second):
            approve_forecast(project, forecast.version, forecast.sha256, by=people["owner"], side="agency", now=NOW)
    found = at_once(
        acme,
        lambda: approve_forecast(project, 1, first.sha256, by=people["manager"], side="brand", now=NOW),
        lambda: approve_forecast(project, 2, second.sha256, by=second_manager, side="brand", now=NOW),
    )
    assert isinstance(found[1], Forecast), "nothing newer stands in its way"
    with inside(acme):
        bound = bound_forecasts(project)
        refused = isinstance(found[0], ForecastApprovalRefusedError)
        assert [forecast.version for forecast in bound] == ([2] if refused else [1, 2])
        assert [len(binding_months(bound, forecast, project)) for forecast in bound] == ([2] if refused else [0, 2])


@pytest.mark.django_db(transaction=True)
def test_each_side_approving_another_version_binds_nothing(acme, people):
    with inside(acme):
        project = make_project(code="p1")
        first = put_forecast(project, body(), by=None)
        second = put_forecast(project, body(opening_fans=1), by=None)
    at_once(
        acme,
        lambda: approve_forecast(project, 1, first.sha256, by=people["owner"], side="agency", now=NOW),
        lambda: approve_forecast(project, 2, second.sha256, by=people["manager"], side="brand", now=NOW),
    )
    with inside(acme):
        assert bound_forecasts(project) == []
        approve_forecast(project, 2, second.sha256, by=people["owner"], side="agency", now=NOW)
        assert [forecast.version for forecast in bound_forecasts(project)] == [2]


@pytest.mark.django_db(transaction=True)
def test_both_sides_of_one_version_at_once(acme, people):
    with inside(acme):
        project = make_project(code="p1")
        put = put_forecast(project, body(), by=None)
    at_once(
        acme,
        lambda: approve_forecast(project, 1, put.sha256, by=people["owner"], side="agency", now=NOW),
        lambda: approve_forecast(project, 1, put.sha256, by=people["manager"], side="brand", now=NOW),
    )
    with inside(acme):
        [bound] = bound_forecasts(project)
        assert (bound.agency_approved_by_id, bound.brand_approved_by_id) == (
            people["owner"].pk, people["manager"].pk,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_versions_put_at_once_are_numbered_one_after_the_other(acme):
    with inside(acme):
        project = make_project(code="p1")
    found = at_once(acme, *(lambda n=n: put_forecast(project, body(opening_fans=n), by=None) for n in range(3)))
    assert sorted(forecast.version for forecast in found) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_every_answer_is_read_in_a_transaction_of_its_own(acme):
    """Other tests run in one transaction, in which a reading one is never begun."""
    desk = ForecastDesk(acme)
    agreed = desk.agree(body(month(), lines={"gmv": SHARES}))
    desk.send([desk.reach("pkg", "2026-01-15", 50_000)])
    read = desk.get("forecast")
    asked = desk.owner.post(f"{desk.path}/forecast/what-if/", {"version": 1, "changes": {"opening_fans": 0}})
    assert (agreed["adjusted"][0]["diverted_users"], read["adjusted"][0]["diverted_users"]) == (0, 5000)
    assert asked.json()["adjusted"][0]["fans"] == 5000
    assert desk.judged("2026-01")["gmv"]["adjusted"] == "1197000.00"
    this_month = f"{timezone.now():%Y-%m}"
    desk.agree(body(month(this_month), lines={"gmv": SHARES}))
    assert desk.judged(this_month)["gmv"]["version"] == 2

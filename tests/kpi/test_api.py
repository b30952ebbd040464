"""REST of figures: who may ask, what is answered, and what is refused by name."""

import pytest
from django.db import connection

from kpi.metrics import METRICS
from tests.factories import client_for, user_client
from tests.kpi.sending import Desk

JANUARY = {"start": "2026-01-01", "end": "2026-01-31"}
READ = ["kpis:read"]


@pytest.fixture
def desk(acme, globex):
    Desk(globex, code="theirs")
    desk = Desk(acme)
    at = "2026-01-10T10:00:00+08:00"
    desk.send([{"type": "fan.added", "id": "1", "fan": "妙妙", "guide": "a1", "channel": "pkg", "at": at}])
    return desk


def kpis(desk, **query):
    return desk.client.get(f"{desk.path}/kpis/", {"grain": "range", **JANUARY, **query})


def test_the_answer_says_what_it_is_of(desk):
    answer = desk.figures("month", "2026-01-15", "2026-01-15")
    results = answer.pop("results")
    assert answer == {
        "project": "p1",
        "timezone": "Asia/Shanghai",
        "grain": "month",
        "data_through": "2026-01-10",
        "stale_days": 0,
        "definitions": 1,
    }
    assert [row["indicator"] for row in results] == list(METRICS)
    assert results[0] == {
        "indicator": "diverted_users",
        "period_start": "2026-01-01",
        "period_end": "2026-01-31",
        "numerator": 1,
        "denominator": None,
        "value": "1",
        "detail": {"valid": 1, "recalled": 0},
        "forecast": None,
    }


def test_without_any_fact_all_ten_stand_there(acme):
    answer = Desk(acme).figures("day", "2026-01-01", "2026-01-03")
    assert answer["data_through"] is None
    assert len(answer["results"]) == 30
    by_code = {row["indicator"]: row for row in answer["results"]}
    nothing = {
        "diverted_users": (0, None, "0"),
        "diversion_rate": (0, 0, None),
        "cost_per_diverted_user": (None, 0, None),
        "retention_rate": (0, 0, None),
        "satisfaction_rate": (0, 0, None),
        "churn_rate": (0, 0, None),
        "interaction_rate": (0, 0, None),
        "gmv": ("0.00", None, "0.00"),
        "koc_users": (0, None, "0"),
        "referral_users": (0, None, "0"),
    }
    assert {code: (r["numerator"], r["denominator"], r["value"]) for code, r in by_code.items()} == nothing


def test_a_cut_names_its_part_and_has_no_detail(desk):
    row = next(r for r in desk.figures("range", *JANUARY.values(), by="channel")["results"])
    assert (row["channel"], row["detail"]) == ("pkg", None)


@pytest.mark.parametrize("indicator", ["gmv,churn_rate", ["churn_rate", "gmv"]])
def test_some_indicators_only(desk, indicator):
    results = desk.figures("range", *JANUARY.values(), indicator=indicator)["results"]
    assert [row["indicator"] for row in results] == ["churn_rate", "gmv"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"grain": "year"}, "/grain"),
        ({"grain": ""}, "/grain"),
        ({"start": "2026-02-30"}, "/start"),
        ({"start": "yesterday"}, "/start"),
        ({"start": "0001-01-01"}, "/start"),
        ({"end": "9999-12-31"}, "/end"),
        ({"start": "2026-02-01"}, "/end"),
        ({"by": "city"}, "/by"),
        ({"by": "guide", "indicator": "diversion_rate"}, "/by"),
        ({"indicator": "mood"}, "/indicator"),
        ({"indicater": "gmv"}, "/indicater"),
        ({"grain": "day", "start": "2000-01-01"}, "/end"),
    ],
)
def test_a_wrong_parameter_is_named(desk, query, pointer):
    answer = kpis(desk, **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"].rsplit("/0", 1)[0] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("missing", ["grain", "start", "end"])
def test_a_missing_parameter_is_named(desk, missing):
    query = {"grain": "range", **JANUARY}
    del query[missing]
    answer = desk.client.get(f"{desk.path}/kpis/", query)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{missing}"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "/indicator"),
        ({"indicator": "gmv", "revision": "1"}, "/revision"),
        ({"indicator": "gmv", "guide": "x", "channel": "y"}, "/channel"),
        ({"indicator": "gmv", "cursor": "%%%"}, "/cursor"),
        ({"indicator": "gmv", "cursor": "W10="}, "/cursor"),
        ({"indicator": "gmv", "cursor": "eyJzb3VyY2UiOi0xfQ=="}, "/cursor"),
        ({"indicator": "gmv", "page_size": "0"}, "/page_size"),
        ({"indicator": "cost_per_diverted_user", "guide": "x"}, "/guide"),
    ],
)
def test_rows_refuse_by_name(desk, query, pointer):
    answer = desk.client.get(f"{desk.path}/kpis/rows/", {**JANUARY, **query})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


PATHS = [
    "kpis/?grain=range&start=2026-01-01&end=2026-01-31",
    "kpis/rows/?indicator=gmv&start=2026-01-01&end=2026-01-31",
    "analysis/cohorts/?start=2026-01-01&end=2026-01-31&grain=month",
    "analysis/new-retention/?start=2026-01-01&end=2026-01-31",
    "analysis/value/?start=2026-01-01&end=2026-01-31",
]


@pytest.mark.parametrize("path", PATHS)
def test_figures_are_for_those_who_may_read_them(desk, acme, path):
    url = f"{desk.path}/{path}"
    assert client_for(acme, READ).get(url).status_code == 200
    assert client_for(acme, ["fans:read"]).get(url).status_code == 403
    assert user_client(acme, "brand_sponsor").get(url).status_code == 200
    assert user_client(acme, "brand_aftersales").get(url).status_code == 403
    assert user_client(acme, "pm").get(url).status_code == 404, "without a seat the project is not hers to know of"


@pytest.mark.parametrize("path", PATHS)
def test_another_brands_project_is_not_there(desk, acme, globex, path):
    assert client_for(acme, READ).get(f"/api/v1/projects/theirs/{path}").status_code == 404
    theirs = client_for(globex, READ).get(f"/api/v1/projects/theirs/{path}")
    assert "妙妙" not in b"".join(theirs).decode()


def test_the_brand_is_left_before_the_answer_is_sent(desk):
    answer = kpis(desk)
    assert connection.schema_name == "public"
    assert b"".join(answer.streaming_content).startswith(b'{"project":"p1"')


def test_two_projects_of_a_brand_are_kept_apart(desk, acme):
    other = Desk(acme, code="p2")
    at = "2026-01-11T10:00:00+08:00"
    other.send([{"type": "fan.added", "id": n, "fan": n, "guide": "a1", "at": at} for n in ("妙妙", "x", "y")])
    for one, fans in ((desk, 1), (other, 3)):
        results = one.figures("range", *JANUARY.values(), by="account", indicator="diverted_users")["results"]
        assert [(row["account"], row["numerator"]) for row in results] == [("a1", fans)]

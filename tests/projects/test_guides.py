"""The agency's view of its guides inside a brand; what they cost stays the agency's."""

from datetime import date

import pytest
from django.db import ProgrammingError, transaction

from guides.models import Absence, Cost
from projects.models import TeamSeat
from tests.factories import client_for, make_guide, make_placement, make_project, user_client

PATH = "/api/v1/projects/p1/guides/"
AWAY = [{"from": "2026-03-02", "to": "2026-03-04", "reason": "病假"}]


@pytest.fixture
def nana(acme, globex, project):
    """In p1 with half her time, in globex with the other half."""
    guide = make_guide(acme.agency, code="nana", name="娜娜")
    make_placement(guide, acme, share="0.5")
    make_placement(guide, globex, share="0.5", project="other")
    return guide


@pytest.fixture
def owner(acme, nana):
    return user_client(acme, "owner")


def test_those_placed_here_are_described(acme, inside, owner):
    make_guide(acme.agency, code="elsewhere")
    described = owner.put(PATH + "nana/", {"skills": ["彩妆", "直播", "彩妆"], "absences": AWAY})
    assert described.json() == {
        "code": "nana", "name": "娜娜", "kind": "general", "category": "", "skills": ["彩妆", "直播"], "retired": False,
        "placements": [{"share": "0.5", "from": "2026-01-01", "to": None}], "absences": AWAY, "monthly_cost": None,
    }  # fmt: skip
    assert owner.get(PATH).json() == [described.json()]
    assert owner.put(PATH + "elsewhere/", {"skills": [], "absences": []}).status_code == 404
    backwards = [{**AWAY[0], "to": "2026-03-01"}]
    assert owner.put(PATH + "nana/", {"skills": [], "absences": backwards}).status_code == 400


def test_costs_hold_from_their_month_on(owner):
    owner.put(PATH + "nana/cost/", {"monthly": "8000.00", "since": "2026-01"})
    assert owner.get(PATH).json()[0]["monthly_cost"] == "8000.00"
    owner.put(PATH + "nana/cost/", {"monthly": "9000.50", "since": "2099-01"})
    assert owner.get(PATH).json()[0]["monthly_cost"] == "8000.00"
    assert [(cost.since, str(cost.monthly)) for cost in Cost.objects.order_by("since")] == [
        (date(2026, 1, 1), "8000.00"), (date(2099, 1, 1), "9000.50"),
    ]  # fmt: skip
    assert owner.get("/api/v1/projects/p1/history/").json()["results"] == []


@pytest.mark.parametrize(
    ("role", "lists", "sees_cost", "sets_cost"),
    [
        ("owner", 200, True, 200), ("admin", 200, True, 200), ("finance", 200, True, 200), ("pm", 200, True, 403),
        ("ops", 200, False, 403), ("content", 200, False, 403), ("guide", 403, False, 403),
        ("brand_manager", 403, False, 403), ("brand_aftersales", 403, False, 403),
        ("brand_reviewer", 403, False, 403), ("brand_sponsor", 403, False, 403),
    ],
)  # fmt: skip
def test_who_sees_what_guides_cost(acme, inside, project, owner, role, lists, sees_cost, sets_cost):
    owner.put(PATH + "nana/cost/", {"monthly": "8000.00", "since": "2026-01"})
    client = user_client(acme, role)
    if role in ("pm", "ops", "content"):
        with inside(acme):
            TeamSeat.objects.create(project=project, role=role, user=client.user, starts_on="2026-01-01")
    response = client.get(PATH)
    assert (response.status_code, "8000.00" in response.content.decode()) == (lists, sees_cost)
    assert client.put(PATH + "nana/cost/", {"monthly": "1"}).status_code == sets_cost


@pytest.mark.parametrize("role", ["owner", "brand_manager"])
def test_no_key_sees_what_guides_cost(acme, owner, role):
    owner.put(PATH + "nana/cost/", {"monthly": "8000.00", "since": "2026-01"})
    key = client_for(acme, ["team:write"], made_by=user_client(acme, role).user)
    assert "8000.00" not in key.get(PATH).content.decode()
    assert key.get(PATH).status_code == (200 if role == "owner" else 403)
    assert key.put(PATH + "nana/cost/", {"monthly": "1"}).status_code == 403


@pytest.mark.parametrize("model", [Cost, Absence])
def test_a_brands_role_reads_neither_costs_nor_absences(acme, inside, owner, model):
    with inside(acme), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        model.objects.exists()


def test_history_tells_of_absences_and_not_why(acme, owner):
    owner.put(PATH + "nana/", {"skills": [], "absences": AWAY})
    (entry,) = owner.get("/api/v1/projects/p1/history/", {"subject": "guide:nana"}).json()["results"]
    assert entry["after"] == {"skills": [], "absences": [{"from": "2026-03-02", "to": "2026-03-04"}]}


def test_the_brand_reads_no_history_of_the_agencys_guides(acme, owner):
    owner.put(PATH + "nana/", {"skills": ["直播"], "absences": AWAY})
    history = user_client(acme, "brand_manager").get("/api/v1/projects/p1/history/").json()["results"]
    assert [entry["subject"] for entry in history if entry["subject"].startswith("guide:")] == []


def test_a_pm_sees_the_guides_of_her_own_project_only(acme, inside, owner):
    pm = user_client(acme, "pm")
    with inside(acme):
        other = make_project(code="p2")
        TeamSeat.objects.create(project=other, role="pm", user=pm.user, starts_on="2026-01-01")
    assert (pm.get(PATH).status_code, pm.get("/api/v1/projects/p2/guides/").json()) == (404, [])

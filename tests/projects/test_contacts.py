"""Who answers on the brand's side, and when a project may become active."""

import pytest

from projects.models import BrandContact, TeamSeat
from tests.factories import client_for, make_project, user_client

P1 = "/api/v1/projects/p1/"
THREE = [
    {"role": "brand_manager", "name": "林岚", "email": "lin@acme.example", "part_time": False},
    {"role": "brand_aftersales", "name": "周舟", "email": "", "part_time": False},
    {"role": "brand_reviewer", "name": "周舟", "email": "", "part_time": True},
]


@pytest.fixture
def manager(acme, project):
    return user_client(acme, "brand_manager")


@pytest.fixture
def owner(acme, project):
    return user_client(acme, "owner")


def seat_pm(acme, inside, project, **fields):
    user = user_client(acme, "pm").user
    with inside(acme):
        TeamSeat.objects.create(project=project, role="pm", user=user, **{"starts_on": "2026-01-01", **fields})


def missing(response):
    return response.status_code, [error["code"] for error in response.json()["errors"]]


def test_contacts_are_put_and_read(globex, inside, manager):
    put = manager.put(P1 + "contacts/", THREE[::-1])
    assert put.json() == [{**row, "warnings": []} for row in THREE]
    assert manager.put(P1 + "contacts/", put.json()).json() == put.json()
    (entry,) = manager.get(P1 + "history/", {"subject": "contacts"}).json()["results"]
    assert (entry["before"], entry["after"]) == ([], THREE)
    with inside(globex):
        assert not BrandContact.objects.exists()


@pytest.mark.parametrize("change", [{"part_time": True}, {"name": "周舟", "email": ""}])
def test_a_part_time_manager_is_flagged(manager, change):
    shown = manager.put(P1 + "contacts/", [{**THREE[0], **change}, *THREE[1:]]).json()
    assert [row["warnings"] for row in shown] == [["私域经理为兼职"], [], []]


def test_a_role_is_named_once(manager):
    response = manager.put(P1 + "contacts/", [THREE[0], THREE[0]])
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("/1/role", "taken")]


def test_each_missing_thing_is_named(acme, inside, project, owner, manager):
    lacking = ["no_brand_manager", "no_brand_aftersales", "no_brand_reviewer", "no_pm"]
    assert missing(owner.post(P1 + "activate/")) == (409, lacking)
    assert [flaw["code"] for flaw in manager.get(P1 + "activate/").json()["missing"]] == lacking
    manager.put(P1 + "contacts/", THREE)
    assert missing(owner.post(P1 + "activate/")) == (409, ["no_pm"])
    seat_pm(acme, inside, project, ends_on="2026-01-31")  # she is gone by now
    assert missing(owner.post(P1 + "activate/")) == (409, ["no_pm"])
    assert owner.get(P1).json()["state"] == "draft"


def test_a_project_becomes_active_and_ends(acme, inside, project, owner, manager):
    manager.put(P1 + "contacts/", THREE)
    seat_pm(acme, inside, project)
    assert owner.post(P1 + "close/").status_code == 409
    for _ in range(2):
        assert owner.post(P1 + "activate/").json() == {"state": "active", "missing": []}
    assert owner.patch(P1, owner.get(P1).json()).json()["state"] == "active"  # read only there
    assert owner.post(P1 + "close/").json()["state"] == "closed"
    assert owner.post(P1 + "activate/").status_code == 409
    changes = owner.get(P1 + "history/", {"subject": "state"}).json()["results"]
    assert [(entry["before"], entry["after"]) for entry in changes] == [("draft", "active"), ("active", "closed")]


def test_a_project_to_come_needs_its_pm_on_its_first_day(acme, inside):
    with inside(acme):
        project = make_project(code="p9", starts_on="2099-01-01", ends_on="2099-12-31")
        project.refresh_from_db()
    owner = user_client(acme, "owner")
    owner.put("/api/v1/projects/p9/contacts/", THREE)
    seat_pm(acme, inside, project, starts_on="2098-12-31")
    assert owner.post("/api/v1/projects/p9/activate/").status_code == 200


@pytest.mark.parametrize(
    ("role", "contacts", "activates"),
    [
        ("owner", 200, 409), ("admin", 200, 409), ("finance", 403, 403), ("pm", 404, 404), ("ops", 403, 403),
        ("content", 403, 403), ("guide", 403, 403), ("brand_manager", 200, 403), ("brand_aftersales", 403, 403),
        ("brand_reviewer", 403, 403), ("brand_sponsor", 403, 403),
    ],
)  # fmt: skip
def test_who_names_contacts_and_who_activates(acme, project, role, contacts, activates):
    client = user_client(acme, role)
    answers = client.put(P1 + "contacts/", []), client.post(P1 + "activate/")
    assert tuple(answer.status_code for answer in answers) == (contacts, activates)


def test_a_key_never_activates(acme, project):
    key = client_for(acme, ["contract:write", "team:write"])
    assert key.post(P1 + "activate/").status_code == 403
    assert key.put(P1 + "contacts/", THREE).status_code == 200

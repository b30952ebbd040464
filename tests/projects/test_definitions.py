"""GET/PUT /definitions/, POST /definitions/approve/: versions, approvals, and which version counts."""

import pytest
from django.db import IntegrityError, transaction

from projects.models import Definition
from projects.queries import definition_in_use
from tests.factories import client_for, sign_in, user_client

PATH = "/api/v1/projects/p1/definitions/"
DEFAULT_SHA256 = "6886c2bda8cf612ecc70cb937af00819232988b303be6c305fa4bbca5ee5eebe"


@pytest.fixture
def key(acme, project):
    return client_for(acme, ["contract:write"])


@pytest.fixture
def owner(acme, project):
    return user_client(acme, "owner")


@pytest.fixture
def manager(acme, project):
    return user_client(acme, "brand_manager")


def approve(client, version, sha256):
    return client.post(PATH + "approve/", {"version": version, "sha256": sha256})


def test_a_project_begins_with_the_default_sheet(key):
    answer = key.get(PATH).json()
    answer.pop("words")  # test_sheet_words.py
    assert answer == {
        "version": 1,
        "in_use": 1,
        "sha256": DEFAULT_SHA256,
        "approvals": {"agency": None, "brand": None},
        "counting_ties": ["friend"],
        "valid_after_hours": 24,
        "judge_diverted": "gross",
        "gmv_rules": {"default": {"rule": "any_fan"}},
    }


def test_every_change_is_a_new_version_and_old_ones_stay(key):
    second = key.put(PATH, {"valid_after_hours": 72})
    assert (second.status_code, second.json()["version"], second.json()["valid_after_hours"]) == (200, 2, 72)
    third = key.put(PATH, {})
    assert (third.json()["version"], third.json()["in_use"]) == (3, 3)
    assert third.json()["sha256"] == DEFAULT_SHA256
    assert key.get(PATH, {"version": 2}).json()["valid_after_hours"] == 72
    assert key.get(PATH, {"version": 4}).status_code == 404
    assert key.get(PATH, {"version": "two"}).status_code == 404


def test_the_same_again_is_the_same_version(key):
    first = key.put(PATH, {"counting_ties": ["group", "friend"]}).json()
    assert key.put(PATH, {"counting_ties": ["friend", "group"], "valid_after_hours": 24}).json() == first
    assert first["version"] == 2


def test_what_was_read_can_be_put_back_changed(key):
    sheet = key.get(PATH).json()
    changed = key.put(PATH, {**sheet, "judge_diverted": "valid"}).json()
    assert (changed["version"], changed["judge_diverted"]) == (2, "valid")


def test_flaws_are_named_and_nothing_is_kept(key):
    response = key.put(PATH, {"counting_ties": [], "gmv_rules": {"jd": {"rule": "window"}}, "floor": "0.8"})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [
        "/floor", "/counting_ties", "/gmv_rules/jd/days",
    ]  # fmt: skip
    assert key.get(PATH).json()["version"] == 1


def test_messages_are_english_where_english_is_asked_for(key):
    response = key.put(PATH, {"floor": 1}, headers={"Accept-Language": "en"})
    assert response.json()["errors"][0]["message"] == "The sheet has no field floor"


def test_in_use_is_the_newest_until_both_have_approved_one(key, owner, manager):
    second = key.put(PATH, {"valid_after_hours": 72}).json()
    assert approve(owner, 2, second["sha256"]).json()["in_use"] == 2
    third = key.put(PATH, {"valid_after_hours": 48}).json()
    assert (third["version"], third["in_use"]) == (3, 3)
    both = approve(manager, 2, second["sha256"]).json()
    assert (both["version"], both["in_use"]) == (2, 2)
    assert both["approvals"]["agency"]["by"] == owner.user.email
    assert both["approvals"]["brand"]["by"] == manager.user.email
    assert key.put(PATH, {"valid_after_hours": 12}).json()["in_use"] == 2
    approve(owner, 3, third["sha256"])
    assert approve(manager, 3, third["sha256"]).json()["in_use"] == 3


def test_approved_is_what_was_read(owner, key):
    second = key.put(PATH, {"valid_after_hours": 72}).json()
    for version, sha256 in [(1, second["sha256"]), (2, DEFAULT_SHA256), (9, second["sha256"])]:
        response = approve(owner, version, sha256)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (409, "/sha256")
    assert key.get(PATH).json()["approvals"] == {"agency": None, "brand": None}


def test_approving_again_keeps_the_first_approval(owner, acme):
    first = approve(owner, 1, DEFAULT_SHA256).json()
    assert approve(owner, 1, DEFAULT_SHA256).json() == first
    assert approve(user_client(acme, "owner"), 1, DEFAULT_SHA256).json() == first


@pytest.mark.parametrize(
    "role",
    ["admin", "finance", "pm", "ops", "content", "guide", "brand_sponsor", "brand_reviewer", "brand_aftersales"],
)
def test_only_owner_and_brand_manager_approve(acme, project, role):
    assert approve(user_client(acme, role), 1, DEFAULT_SHA256).status_code == 403


def test_a_key_never_approves(acme, key):
    made_by_manager = client_for(acme, ["contract:write"], made_by=user_client(acme, "brand_manager").user)
    for client in (key, made_by_manager):
        assert approve(client, 1, DEFAULT_SHA256).status_code == 403


def test_one_person_never_approves_for_both_sides(acme, project, inside, owner, manager):
    """Who changes sides between the two approvals stays one person."""
    approve(owner, 1, DEFAULT_SHA256)
    owner.user.memberships.update(role="brand_manager", agency=None, brand=acme)
    sign_in(owner, owner.user)
    assert approve(owner, 1, DEFAULT_SHA256).status_code == 409
    with inside(acme):
        assert Definition.objects.get().brand_approved_by_id is None
        with pytest.raises(IntegrityError, match="definition_approved_by_two_persons"), transaction.atomic():
            Definition.objects.update(brand_approved_by=owner.user)


def test_another_brands_people_cannot_even_see_it(globex, project):
    for role in ("owner", "brand_manager"):
        client = user_client(globex, role)
        assert client.get(PATH).status_code == 404
        assert approve(client, 1, DEFAULT_SHA256).status_code == 404


def test_a_change_of_what_counts_asks_for_a_refold(acme, globex, project, key, owner, manager, begin_events, due_in):
    key.put(PATH, {"valid_after_hours": 72})
    assert due_in(acme) == []  # no events yet: nothing to fold anew
    begin_events(acme, "p1")
    third = key.put(PATH, {"valid_after_hours": 48}).json()
    assert (due_in(acme), due_in(globex)) == ([("refold", str(project.pk))], [])
    assert third["in_use"] == 3


def test_a_change_that_does_not_count_yet_asks_for_nothing(acme, project, key, owner, manager, begin_events, due_in):
    approve(owner, 1, DEFAULT_SHA256)
    approve(manager, 1, DEFAULT_SHA256)
    begin_events(acme, "p1")
    second = key.put(PATH, {"valid_after_hours": 48}).json()
    approve(owner, 2, second["sha256"])
    assert due_in(acme) == []
    approve(manager, 2, second["sha256"])
    assert due_in(acme) == [("refold", str(project.pk))]


def test_an_earlier_sheet_put_again_is_another_version_in_use(acme, project, key, begin_events, due_in):
    """The projections name the version they stand under, so that they are derived anew for an equal sheet too."""
    key.put(PATH, {"valid_after_hours": 72})
    begin_events(acme, "p1")
    again = key.put(PATH, {}).json()
    assert (again["version"], again["in_use"], again["sha256"]) == (3, 3, DEFAULT_SHA256)
    assert due_in(acme) == [("refold", str(project.pk))]


def test_the_version_in_use_is_read_inside_its_brand(acme, inside, project):
    with inside(acme):
        assert definition_in_use(project).version == 1

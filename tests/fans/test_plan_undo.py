"""A plan taken back: who was moved by it and by nobody since returns, the others are listed."""

from datetime import datetime, timedelta

import pytest

from fans.assignments import assign_newcomers
from projects.models import Account
from tests.factories import inside
from tests.fans.floor import Floor


@pytest.fixture
def floor(acme, globex):
    Floor(globex, {"ann": 50}).add(3)
    return Floor(acme, {"lin": None, "mei": None})


def undo(floor, plan, status=200):
    answer = floor.client.post(f"{floor.path}/assignments/plans/{plan['plan']}/undo/")
    assert answer.status_code == status, answer.content
    return answer.json()


def holdings(floor, fan):
    rows = floor.client.get(f"{floor.path}/fans/{fan}/").json()["holdings"]
    return [(row["account"], row["to"] is None) for row in rows]


def test_a_leavers_fans_return_to_her_account_and_the_time_between_stays_on_record(floor):
    floor.add(4, guide="acct-lin")
    plan = floor.plan("account:acct-lin")
    floor.apply(plan)
    assert floor.held() == {"acct-mei": 4}
    answer = undo(floor, plan)
    assert (answer["given_back"], answer["kept"]) == (4, [])
    assert answer["undone_at"] is not None
    assert floor.held() == {"acct-lin": 4}
    assert holdings(floor, "f0") == [("acct-lin", False), ("acct-mei", False), ("acct-lin", True)]


def test_who_came_from_the_pool_returns_to_it_and_is_not_dealt_again(acme, floor):
    floor.add(6)
    plan = floor.plan("unassigned")
    floor.apply(plan)
    assert undo(floor, plan)["given_back"] == 6
    assert floor.held() == {}
    with inside(acme):
        floor.project.auto_assign = True
        floor.project.save()
        assert assign_newcomers(floor.project) == 0
    assert floor.plan("unassigned")["moves"] == 6, "a person may deal them anew"


def test_who_was_moved_or_lost_since_stays_and_is_listed(floor):
    floor.add(4, guide="acct-lin")
    plan = floor.plan("account:acct-lin")
    now = floor.apply(plan)["applied_at"]
    floor.send(
        {"type": "assignment", "id": "m0", "fan": "f0", "to": "acct-lin", "at": later(now, 60)},
        {"type": "assignment", "id": "m1", "fan": "f1", "to": "acct-lin", "at": later(now, 60)},
        {"type": "assignment", "id": "n1", "fan": "f1", "to": "acct-mei", "at": later(now, 120)},
        {"type": "fan.lost", "id": "l2", "fan": "f2", "by": "fan", "at": now},
    )
    answer = undo(floor, plan)
    assert answer["given_back"] == 1
    assert answer["kept"] == [
        {"fan": "f0", "reason": "moved_since"},
        {"fan": "f1", "reason": "moved_since"},
        {"fan": "f2", "reason": "absent"},
    ]
    assert holdings(floor, "f3")[-1] == ("acct-lin", True)


def later(at, microseconds):
    """Long before anybody asks for the undo."""
    return (datetime.fromisoformat(at) + timedelta(microseconds=microseconds)).isoformat()


def test_a_plan_is_undone_once_and_only_when_it_was_applied(floor):
    floor.add(2)
    plan = floor.plan("unassigned")
    assert undo(floor, plan, 409)["type"] == "urn:siyu:problem:plan_refused"
    floor.apply(plan)
    undo(floor, plan)
    undo(floor, plan, 409)
    assert floor.client.post(f"{floor.path}/assignments/plans/999/undo/").status_code == 404


def test_automatic_assignments_are_no_plan_that_anyone_undoes(acme, floor):
    with inside(acme):
        floor.project.auto_assign = True
        floor.project.save()
    floor.add(2)
    with inside(acme):
        assign_newcomers(floor.project)
    [made] = floor.client.get(f"{floor.path}/assignments/plans/").json()["results"]
    undo(floor, made, 409)


def test_an_account_that_is_full_by_now_still_gets_its_fans_back(acme, floor):
    """They were its own; that it is overloaded then is shown where loads are."""
    floor.add(3, guide="acct-lin")
    plan = floor.plan("account:acct-lin")
    floor.apply(plan)
    with inside(acme):
        Account.objects.filter(code="acct-lin").update(capacity=1)
    assert undo(floor, plan)["given_back"] == 3
    assert floor.held() == {"acct-lin": 3}

"""Plans and automatic decisions over REST, by the real intake and fold."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fans.assignments import assign_newcomers
from fans.models import Holding
from projects.models import Account, Keeper, Project
from tests.factories import client_for, inside
from tests.fans.floor import CHANNELS, SINCE, Floor


@pytest.fixture
def floor(acme, globex):
    """Lin and Mei with room for 50 fans each; the other brand has fans of its own that nobody may touch."""
    Floor(globex, {"ann": 50}).add(7)
    return Floor(acme, {"lin": None, "mei": None})


def test_a_plan_shows_what_would_move_and_moves_nobody(floor):
    floor.add(10)
    plan = floor.plan("unassigned")
    assert plan["moves"] == 10
    assert plan["unassignable"] == 0
    assert plan["per_account"] == [
        {"account": "acct-lin", "guide": "lin", "before": 0, "after": 5, "capacity": 50},
        {"account": "acct-mei", "guide": "mei", "before": 0, "after": 5, "capacity": 50},
    ]
    assert floor.held() == {}


def test_applying_moves_what_was_planned_and_in_no_other_brand(floor, globex):
    floor.add(10)
    applied = floor.apply(floor.plan("unassigned"))
    assert (applied["applied"], applied["skipped"]) == (10, [])
    assert floor.held() == {"acct-lin": 5, "acct-mei": 5}
    with inside(globex):
        assert not Holding.objects.exists()


def test_every_account_gets_its_share_of_every_channel(floor):
    floor.add(40)
    floor.apply(floor.plan("unassigned"))
    fans = floor.client.get(f"{floor.path}/fans/", {"account": "acct-lin", "page_size": 1000}).json()["results"]
    assert [sum(fan["channel"] == channel for fan in fans) for channel in CHANNELS] == [10, 10]


def test_fans_beyond_all_capacity_stay_in_the_pool_and_are_counted(floor):
    floor.add(130)
    plan = floor.plan("unassigned")
    assert (plan["moves"], plan["unassignable"]) == (100, 30)
    few = floor.plan("unassigned", max_moves=20)
    assert (few["moves"], few["unassignable"]) == (20, 30), "what was not asked for has room"


def test_the_same_state_gives_the_same_plan(floor):
    floor.add(31)
    first, second = floor.plan("unassigned"), floor.plan("unassigned")
    for answer in (first, second):
        del answer["plan"], answer["made_at"]
    assert first == second


def test_a_leavers_fans_go_to_the_others(floor):
    floor.add(20, guide="acct-lin")
    plan = floor.plan("account:acct-lin")
    floor.apply(plan)
    assert floor.held() == {"acct-mei": 20}


def test_a_rebalance_evens_the_loads_out_by_capacity(floor):
    floor.add(30, guide="acct-lin")
    assert floor.plan("rebalance", max_moves=4)["moves"] == 4
    floor.apply(floor.plan("rebalance"))
    assert floor.held() == {"acct-lin": 15, "acct-mei": 15}


def test_a_plan_is_applied_once(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    floor.apply(plan)
    assert floor.apply(plan, status=409)["type"] == "urn:siyu:problem:plan_refused"


def test_a_fan_that_changed_since_is_skipped_and_listed(floor):
    floor.add(100)
    plan = floor.plan("unassigned")
    floor.send({"type": "fan.lost", "id": "gone", "fan": "f7", "at": "2026-03-02T10:00:00+08:00", "by": "fan"})
    applied = floor.apply(plan)
    assert (applied["applied"], applied["skipped"]) == (99, [{"fan": "f7", "reason": "absent"}])


def test_more_than_one_changed_fan_in_a_hundred_refuses_the_plan(floor):
    floor.add(100)
    plan = floor.plan("unassigned")
    for i in (1, 2):
        floor.send({"type": "fan.lost", "id": f"l{i}", "fan": f"f{i}", "at": "2026-03-02T10:00:00+08:00", "by": "fan"})
    floor.apply(plan, status=409)
    assert floor.held() == {}


def test_a_hand_over_between_planning_and_applying_refuses_the_plan(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    with inside(floor.brand):
        mine = Account.objects.get(code="acct-lin")
        Keeper.objects.create(account=mine, guide=floor.guides["mei"], since=SINCE + timedelta(days=1))
    floor.apply(plan, status=409)


def test_a_late_loss_undoes_what_a_plan_decided_after_it(floor):
    floor.add(1)
    floor.apply(floor.plan("unassigned"))
    floor.send({"type": "fan.lost", "id": "late", "fan": "f0", "at": "2026-03-05T10:00:00+08:00", "by": "fan"})
    course = floor.client.get(f"{floor.path}/fans/f0/").json()
    assert course["holdings"] == []
    assert [decision["void"] for decision in course["decisions"]] == [True]


def test_undoing_the_plans_batch_gives_the_fans_back_to_nobody(floor):
    floor.add(6)
    applied = floor.apply(floor.plan("unassigned"))
    undone = floor.client.post(f"{floor.path}/batches/{applied['batch']}/undo/").json()
    assert (undone["restored"], floor.held()) == (6, {})


def test_an_unknown_scope_is_refused_by_name(floor):
    refusal = floor.plan("account:nobody", status=400)
    assert refusal["type"] == "urn:siyu:problem:bad_scope"
    assert [error["pointer"] for error in refusal["errors"]] == ["/scope"]


def test_a_fan_whom_no_code_can_name_is_not_found(floor):
    assert floor.client.get(f"{floor.path}/fans/%00/").status_code == 404


def test_a_key_without_the_scope_makes_no_plan(floor):
    client = client_for(floor.brand, ["fans:read"])
    assert client.post(f"{floor.path}/assignments/plan/", {"scope": "rebalance"}).status_code == 403


# -- Newcomers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_floor(acme, globex):
    return Floor(acme, {"lin": None, "mei": None}, auto_assign=True)


def assign(floor):
    with inside(floor.brand):
        return assign_newcomers(Project.objects.get(code="p1"))


def test_a_newcomer_of_today_is_held_from_the_instant_she_came(open_floor):
    came = (timezone.now() - timedelta(hours=3)).replace(microsecond=0)
    open_floor.add(1, at=came.isoformat())
    assert assign(open_floor) == 1
    with inside(open_floor.brand):
        assert Holding.objects.get().begun_at == came


def test_one_who_came_earlier_is_held_from_now_on(open_floor):
    open_floor.add(1)
    before = timezone.now()
    assign(open_floor)
    with inside(open_floor.brand):
        assert before <= Holding.objects.get().begun_at <= timezone.now()


def test_newcomers_are_decided_for_once(open_floor):
    open_floor.add(9)
    assert (assign(open_floor), assign(open_floor)) == (9, 0)


def test_one_whom_the_pm_gave_to_nobody_stays_with_nobody(open_floor):
    open_floor.add(1)
    open_floor.send({"type": "assignment", "id": "d1", "fan": "f0", "at": "2026-03-02T10:00:00+08:00", "to": None})
    assert assign(open_floor) == 0


def test_absent_fans_are_never_decided_for(open_floor):
    open_floor.add(1)
    open_floor.send({"type": "fan.lost", "id": "l", "fan": "f0", "at": "2026-03-02T10:00:00+08:00", "by": "fan"})
    assert assign(open_floor) == 0


def test_a_project_without_automatic_assignment_is_left_alone(floor):
    floor.add(3)
    assert assign(floor) == 0


def test_when_the_room_is_used_up_the_rest_waits_for_more(open_floor):
    open_floor.add(120)
    assert assign(open_floor) == 100
    assert open_floor.plan("unassigned")["unassignable"] == 20


def test_an_account_that_an_event_names_meanwhile_does_not_refuse_the_plan(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    floor.add(1, prefix="new", guide="seen-first-now")
    assert floor.apply(plan)["applied"] == 4

"""Which accounts take no further fans, and what is said when a plan is no longer true. Over REST."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from fans.assignments import assign_newcomers
from guides.models import Guide, Placement
from projects.models import Account, Keeper, Project
from siyu.periods import local_day
from tests.factories import inside
from tests.fans.floor import SINCE, Floor


@pytest.fixture
def floor(acme, globex):
    """Lin keeps two accounts with room for 25 each, Mei one with room for 50; globex has fans of its own."""
    Floor(globex, {"ann": 50}).add(7)
    floor = Floor(acme, {"lin": None, "mei": None})
    open_account(floor, "lin-2", "lin")
    return floor


def open_account(floor, code, guide, capacity=None):
    with inside(floor.brand):
        account = Account.objects.create(code=code, capacity=capacity)
        if guide:
            Keeper.objects.create(account=account, guide=floor.guides[guide], since=SINCE)


def today(floor):
    return local_day(timezone.now(), timezone.get_default_timezone())


def leave(floor, guide, last):
    """Her seat ends; the project goes on for long."""
    Placement.objects.filter(guide=floor.guides[guide]).update(ends_on=last)
    with inside(floor.brand):
        Project.objects.update(ends_on=date(2199, 1, 1))


def taken(answer):
    return {row["account"]: row["after"] - row["before"] for row in answer["per_account"]}


def excluded(answer):
    return [(row["account"], row["guide"], row["why"]) for row in answer["excluded"]]


def test_a_leavers_fans_go_to_none_of_her_own_accounts(floor):
    floor.add(10, guide="acct-lin")
    plan = floor.plan("account:acct-lin")
    assert taken(plan) == {"acct-lin": -10, "acct-mei": 10, "lin-2": 0}
    assert plan["excluded"] == [
        {"account": "lin-2", "guide": "lin", "why": "same_keeper", "message": "与移出的企微号由同一导购承接"}
    ]


@pytest.mark.parametrize(("days", "takes"), [(0, 0), (13, 0), (14, 5)])
def test_a_guide_whose_last_day_is_near_takes_nobody(floor, days, takes):
    leave(floor, "mei", today(floor) + timedelta(days=days))
    floor.add(10)
    plan = floor.plan("unassigned")
    assert taken(plan)["acct-mei"] == takes
    assert excluded(plan) == ([] if takes else [("acct-mei", "mei", "leaving")])


def test_when_all_leave_with_the_project_fans_are_still_given_to_them(floor):
    leave(floor, "mei", today(floor) + timedelta(days=2))
    with inside(floor.brand):
        Project.objects.update(ends_on=today(floor) + timedelta(days=2))
    floor.add(10)
    assert taken(floor.plan("unassigned"))["acct-mei"] == 5


def test_a_guide_who_has_retired_takes_nobody_though_her_seat_still_runs(floor):
    Guide.objects.filter(code="mei").update(retired_at=timezone.now())
    floor.add(10)
    plan = floor.plan("unassigned")
    assert taken(plan) == {"acct-lin": 5, "acct-mei": 0, "lin-2": 5}
    assert excluded(plan) == [("acct-mei", "mei", "retired")]


def test_a_guide_whose_seat_has_ended_is_named_where_she_still_holds_fans(floor):
    floor.add(3, guide="acct-mei", prefix="old")
    leave(floor, "mei", today(floor) - timedelta(days=1))
    assert excluded(floor.plan("unassigned")) == [("acct-mei", "mei", "not_placed")]


def test_an_account_nobody_keeps_takes_nobody_and_is_named(floor):
    open_account(floor, "spare", None, capacity=500)
    floor.add(200)
    plan = floor.plan("unassigned")
    assert taken(plan) == {"acct-lin": 25, "acct-mei": 50, "lin-2": 25, "spare": 0}
    assert (plan["unassignable"], excluded(plan)) == (100, [("spare", None, "no_keeper")])
    with inside(floor.brand):
        project = Project.objects.get()
        Project.objects.update(auto_assign=True)
        assert assign_newcomers(project) == 100
    assert floor.held() == {"acct-lin": 25, "acct-mei": 50, "lin-2": 25}


# -- What changed since -----------------------------------------------------------------------------------------------


def put(floor, account, **fields):
    assert floor.client.put(f"{floor.path}/accounts/{account}/", fields).status_code == 200


def test_a_refused_plan_names_the_capacity_and_the_keeper_that_changed(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    put(floor, "acct-mei", capacity=20)
    put(floor, "lin-2", keepers=[{"guide": "mei", "from": "2026-01-01T00:00:00"}])
    assert floor.apply(plan, status=409)["detail"] == (
        "方案生成后有变化：acct-lin 可承接：25 → 50；acct-mei 可承接：50 → 20；lin-2 的承接人：lin → mei；"
        "lin-2 可承接：25 → 30。没有移动任何粉丝，请重新生成方案"
    )


def test_a_plan_is_refused_when_its_taker_is_about_to_leave(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    leave(floor, "mei", today(floor))
    assert "acct-mei：承接人即将离开，请先移交" in floor.apply(plan, status=409)["detail"]


def test_a_refused_plan_says_that_its_fans_were_assigned_automatically_meanwhile(floor):
    floor.add(4)
    plan = floor.plan("unassigned")
    with inside(floor.brand):
        Project.objects.update(auto_assign=True)
        assign_newcomers(Project.objects.get())
    assert floor.apply(plan, status=409)["detail"] == (
        "方案的 4 位粉丝中有 4 位已变化（4 位已由自动分配放好）。没有移动任何粉丝，请为其余粉丝重新生成方案"
    )


def test_a_refused_plan_tells_those_lost_from_those_held_by_another(floor):
    floor.add(20)
    plan = floor.plan("unassigned")
    at = "2026-03-02T10:00:00+08:00"
    floor.send(
        {"type": "fan.lost", "id": "l", "fan": "f1", "at": at, "by": "fan"},
        {"type": "assignment", "id": "d", "fan": "f2", "at": at, "to": "acct-mei"},
    )
    assert "20 位粉丝中有 2 位已变化（1 位已流失、1 位已换承接的企微号）" in floor.apply(plan, status=409)["detail"]

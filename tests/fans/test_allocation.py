"""Capacities, and how many fans go where."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fans.allocation import AccountState, Slot, balance, divide, fill, slots, without_keeper

FULL = Decimal(1)


def state(code, guide="lin", stated=None, held=0):
    return AccountState(code, guide, stated, held)


def test_a_guides_share_of_time_is_her_capacity_split_evenly_over_her_accounts():
    found = slots([state("a1"), state("a2")], {"lin": Decimal("0.5")}, 25_000)
    assert [(slot.code, slot.capacity) for slot in found] == [("a1", 6_250), ("a2", 6_250)]


def test_a_stated_capacity_comes_first_and_the_rest_goes_to_her_other_accounts():
    found = slots([state("a1", stated=20_000), state("a2")], {"lin": FULL}, 25_000)
    assert [slot.capacity for slot in found] == [20_000, 5_000]


def test_stated_capacities_above_hers_are_cut_in_proportion():
    found = slots([state("a1", stated=30_000), state("a2", stated=10_000)], {"lin": FULL}, 20_000)
    assert [slot.capacity for slot in found] == [15_000, 5_000]


def test_what_she_holds_too_much_on_one_account_is_missing_on_the_other():
    found = slots([state("a1", held=14_000), state("a2", held=10_000)], {"lin": FULL}, 25_000)
    assert [(slot.code, slot.free) for slot in found] == [("a1", 0), ("a2", 1_000)]


def test_an_account_nobody_keeps_takes_nobody_whatever_is_stated_for_it():
    found = slots([state("a1", guide=None), state("a2", guide=None, stated=100, held=30)], {}, 25_000)
    assert [(slot.capacity, slot.free, slot.closed) for slot in found] == [(0, 0, "no_keeper"), (100, 0, "no_keeper")]


def test_the_accounts_of_a_guide_who_leaves_take_nobody():
    found = slots([state("a1"), state("b1", guide="mei")], {"lin": FULL, "mei": FULL}, 100, {"lin": "leaving"})
    assert [(slot.code, slot.capacity, slot.free, slot.closed) for slot in found] == [
        ("a1", 100, 0, "leaving"), ("b1", 100, 100, ""),
    ]  # fmt: skip


def test_when_an_account_is_emptied_its_keepers_others_take_none_of_its_fans():
    found = slots([state("a1"), state("a2"), state("b1", guide="mei")], {"lin": FULL, "mei": FULL}, 100)
    left = without_keeper(found, found[0])
    assert [(slot.code, slot.free, slot.closed) for slot in left] == [("a2", 0, "same_keeper"), ("b1", 100, "")]


def test_a_guide_who_leaves_is_brought_no_fans_by_a_rebalance_and_keeps_her_share():
    found = slots([state("a1", held=10), state("b1", guide="mei", held=80)], {"lin": FULL, "mei": FULL}, 100,
                  {"lin": "leaving"})  # fmt: skip
    assert balance(found).takes == {"a1": 0, "b1": 0}


def test_a_guide_without_a_placement_today_takes_nobody():
    assert [slot.free for slot in slots([state("a1", stated=500)], {}, 25_000)] == [0]


def test_fans_go_where_room_is_free_in_proportion_to_it():
    free = [Slot("a", "lin", 300, 0, 300), Slot("b", "mei", 200, 100, 100), Slot("c", "yu", 50, 60, 0)]
    assert fill(free, 100) == {"a": 75, "b": 25, "c": 0}


def test_more_fans_than_room_fill_every_slot_and_the_rest_stays():
    free = [Slot("a", "lin", 300, 0, 300), Slot("b", "mei", 200, 100, 100)]
    assert fill(free, 1_000) == {"a": 300, "b": 100}


def test_a_remainder_goes_to_the_largest_fraction_then_the_smaller_code():
    assert divide(10, {"b": 1, "a": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}


def test_a_rebalance_brings_every_account_to_its_share_of_the_load():
    before = [Slot("a", "lin", 1_000, 900, 100), Slot("b", "mei", 1_000, 300, 700), Slot("c", "yu", 500, 300, 200)]
    shift = balance(before)
    assert shift.gives == {"a": 300, "b": 0, "c": 0}
    assert shift.takes == {"a": 0, "b": 300, "c": 0}


def test_a_rebalance_stops_at_the_most_moves_allowed():
    before = [Slot("a", "lin", 1_000, 900, 100), Slot("b", "mei", 1_000, 100, 900)]
    assert balance(before, most=50).takes == {"a": 0, "b": 50}


@pytest.mark.parametrize("most", [None, 0, 7])
@given(data=st.data())
def test_whatever_the_loads_a_rebalance_gives_what_it_takes_and_overfills_nobody(most, data):
    size = data.draw(st.integers(1, 6))
    number = st.integers(0, 400)
    states = [
        state(f"a{i}", guide=data.draw(st.sampled_from(["lin", "mei", None])), stated=data.draw(st.none() | number),
              held=data.draw(number))
        for i in range(size)
    ]  # fmt: skip
    found = slots(states, {"lin": FULL, "mei": Decimal("0.4")}, 500)
    shift = balance(found, most)
    assert sum(shift.gives.values()) == sum(shift.takes.values()) <= (10**9 if most is None else most)
    for slot in found:
        assert 0 <= shift.gives[slot.code] <= slot.held
        assert shift.takes[slot.code] <= slot.free


@given(fans=st.integers(0, 2_000), free=st.dictionaries(st.text("abc", min_size=1), st.integers(0, 500)))
def test_whatever_the_room_all_fans_that_fit_are_placed_and_no_slot_overflows(fans, free):
    placed = fill([Slot(code, None, room, 0, room) for code, room in free.items()], fans)
    assert sum(placed.values()) == min(fans, sum(free.values()))
    assert all(placed[code] <= room for code, room in free.items())

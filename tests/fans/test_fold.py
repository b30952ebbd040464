"""The sentences of the contract about ties, presence and holders, each by an example; and all of them against a model.

Hours count from the day's begin. A course is told as {ties, presences, holdings}, each a list of (what, from, to).
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fans.fold import Entry, fold
from fans.models import EventKind, TieKind

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
FRIEND, GROUP, OFFICIAL = TieKind.FRIEND.value, TieKind.GROUP.value, TieKind.OFFICIAL.value
NAMES = {FRIEND: "friend", GROUP: "group", OFFICIAL: "official"}


def entry(hour, kind, **fields):
    return Entry(BEGIN + timedelta(hours=hour), kind.value, **fields)


def add(hour, account=None, tie=FRIEND, group=None):
    return entry(hour, EventKind.FAN_ADDED, account=account, tie=tie, group=group)


def lose(hour, account=None, tie=None, group=None, transfer=False):
    return entry(hour, EventKind.FAN_LOST, account=account, tie=tie, group=group, transfer=transfer)


def decide(hour, to, *given):
    return entry(
        hour, EventKind.ASSIGNMENT, account=to, from_given=bool(given), from_account=given[0] if given else None
    )


def hour_of(instant):
    return None if instant is None else (instant - BEGIN) / timedelta(hours=1)


def course_of(*entries, counting=(FRIEND,)):
    course = fold(entries, counting)
    return {
        "ties": [(*_key(span.key), hour_of(span.begun), hour_of(span.ended)) for span in course.ties],
        "presences": [(hour_of(span.begun), hour_of(span.ended)) for span in course.presences],
        "holdings": [(span.name, hour_of(span.begun), hour_of(span.ended)) for span in course.holdings],
    }


def _key(key):
    return NAMES[key[0]], key[1]


def ties(*entries, **how):
    return course_of(*entries, **how)["ties"]


def presences(*entries, **how):
    return course_of(*entries, **how)["presences"]


def holdings(*entries, **how):
    return course_of(*entries, **how)["holdings"]


# -- Ties -------------------------------------------------------------------------------------------------------------


def test_an_addition_opens_a_tie_friend_member_or_follower():
    entries = [add(1, "a"), add(2, tie=GROUP, group="g"), add(3, tie=OFFICIAL)]
    assert ties(*entries) == [("friend", "a", 1, None), ("group", "g", 2, None), ("official", None, 3, None)]


def test_a_tie_that_is_open_already_stays_as_it_is():
    entries = [add(1, "a"), add(2, "a"), add(3, tie=GROUP, group="g"), add(4, tie=GROUP, group="g")]
    assert ties(*entries) == [("friend", "a", 1, None), ("group", "g", 3, None)]


def test_a_friend_by_name_absorbs_the_unnamed_tie_and_counts_from_its_own_instant():
    assert ties(add(1), add(5, "a")) == [("friend", None, 1, 5), ("friend", "a", 5, None)]


def test_an_unnamed_addition_of_a_friend_adds_nothing():
    assert ties(add(1, "a"), add(2)) == [("friend", "a", 1, None)]
    assert ties(add(1), add(2)) == [("friend", None, 1, None)]


BOTH = (add(1, "a"), add(2, "b"), add(3, tie=GROUP, group="g"), add(4, tie=GROUP, group="h"), add(5, tie=OFFICIAL))


@pytest.mark.parametrize(
    ("loss", "closed"),
    [
        ({"tie": GROUP, "group": "g"}, {"g"}),
        ({"tie": GROUP, "group": "other"}, set()),
        ({"tie": GROUP}, {"g", "h"}),
        ({"tie": OFFICIAL}, {None}),
        ({"tie": OFFICIAL, "account": "a"}, {None}),
        ({"account": "a"}, {"a"}),
        ({"account": "a", "tie": FRIEND}, {"a"}),
        ({"account": "other"}, set()),
        ({"tie": FRIEND}, {"a", "b"}),
        ({}, {"a", "b", "g", "h", None}),
        ({"group": "g"}, {"a", "b", "g", "h", None}),
    ],
)
def test_a_loss_closes_what_it_names(loss, closed):
    assert {name for _, name, _, ended in ties(*BOTH, lose(9, **loss)) if ended == 9} == closed


def test_a_loss_by_an_account_closes_the_unnamed_tie_where_that_account_has_none():
    assert ties(add(1), lose(2, "a")) == [("friend", None, 1, 2)]


def test_a_transfer_of_the_last_friend_tie_leaves_an_unnamed_one_from_its_opening_on():
    entries = [add(1, "a"), lose(5, "a", transfer=True)]
    assert ties(*entries) == [("friend", "a", 1, 5), ("friend", None, 1, None)]
    assert presences(*entries) == [(1, None)]


def test_a_transfer_while_another_friend_tie_stays_leaves_nothing():
    assert ties(add(1, "a"), add(2, "b"), lose(5, "a", transfer=True))[-1] == ("friend", "b", 2, None)


def test_a_transfer_of_several_leaves_one_from_the_earliest_opening_on():
    assert ties(add(1, "a"), add(2, "b"), lose(5, tie=FRIEND, transfer=True))[-1] == ("friend", None, 1, None)


def test_a_transfer_that_closes_no_friend_tie_leaves_nothing():
    assert ties(add(1, tie=GROUP, group="g"), lose(5, transfer=True)) == [("group", "g", 1, 5)]


def test_after_a_transfer_the_next_account_absorbs_her():
    entries = [add(1, "a"), lose(5, "a", transfer=True), add(6, "b")]
    assert presences(*entries) == [(1, None)]
    assert holdings(*entries) == [("a", 1, 5), ("b", 6, None)]


# -- Presence ---------------------------------------------------------------------------------------------------------


def test_she_is_present_while_any_tie_of_a_counting_kind_is_open():
    entries = [add(1, tie=GROUP, group="g"), add(3, "a"), lose(5, "a"), lose(9, tie=GROUP)]
    assert presences(*entries, counting=(FRIEND, GROUP)) == [(1, 9)]
    assert presences(*entries, counting=(FRIEND,)) == [(3, 5)]
    assert presences(*entries, counting=(OFFICIAL,)) == []


def test_an_addition_and_a_loss_at_one_instant_leave_an_interval_of_no_length():
    assert presences(add(1, "a"), lose(1)) == [(1, 1)]


def test_a_loss_before_any_addition_closes_nothing():
    assert presences(lose(1), add(2)) == [(2, None)]


# -- Holder -----------------------------------------------------------------------------------------------------------


def test_an_addition_that_names_an_account_makes_it_the_holder_where_there_is_none():
    assert holdings(add(1), add(2, "a"), add(3, "b")) == [("a", 2, None)]


def test_also_an_addition_to_a_group_or_of_a_tie_that_is_open_names_the_holder():
    entries = [add(1, "a"), decide(2, None), add(3, "a")]
    assert holdings(*entries) == [("a", 1, 2), ("a", 3, None)]
    assert holdings(add(1), add(2, "a", tie=GROUP, group="g")) == [("a", 2, None)]


def test_an_account_named_by_a_tie_that_does_not_count_holds_nobody():
    assert holdings(add(1, "a", tie=OFFICIAL)) == []


def test_a_decision_moves_her_if_she_is_present():
    assert holdings(decide(0, "b"), add(1, "a"), decide(2, "b")) == [("a", 1, 2), ("b", 2, None)]


def test_a_decision_with_from_is_void_unless_that_is_the_holder():
    assert holdings(add(1, "a"), decide(2, "b", "c")) == [("a", 1, None)]
    assert holdings(add(1, "a"), decide(2, "b", None)) == [("a", 1, None)]
    assert holdings(add(1, "a"), decide(2, "b", "a")) == [("a", 1, 2), ("b", 2, None)]
    assert holdings(add(1), decide(2, "b", None)) == [("b", 2, None)]
    assert holdings(add(1), decide(2, "b", "a")) == []


def test_void_decisions_stay_on_record():
    void = decide(2, "b", "c")
    void.event = "the decision"
    assert fold([add(1, "a"), void], (FRIEND,)).void == ["the decision"]


def test_a_decision_for_the_holder_begins_no_new_holding():
    assert holdings(add(1, "a"), decide(2, "a"), decide(3, "a", "a")) == [("a", 1, None)]


def test_a_decision_for_nobody_ends_the_holding():
    assert holdings(add(1, "a"), decide(2, None), decide(3, None)) == [("a", 1, 2)]


def test_when_the_holders_friend_tie_closes_the_earliest_left_by_name_holds():
    assert holdings(add(1, "a"), add(2, "c"), add(3, "b"), lose(5, "a")) == [("a", 1, 5), ("c", 5, None)]


def test_at_one_instant_the_smaller_code_holds_by_code_points():
    assert holdings(add(1, "a"), add(2, "纸"), add(2, "😀"), add(2, "z"), add(2, "Z"), lose(5, "a"))[-1][0] == "Z"
    assert holdings(add(1, "a"), add(2, "😀"), add(2, "纸"), lose(5, "a"))[-1][0] == "纸"


def test_with_only_an_unnamed_tie_or_a_group_left_nobody_holds():
    entries = [add(1, "a"), add(2, tie=GROUP, group="g"), lose(5, "a")]
    assert holdings(*entries, counting=(FRIEND, GROUP)) == [("a", 1, 5)]


def test_closing_an_unnamed_or_a_group_tie_moves_nobody():
    entries = [add(1), decide(2, "a"), add(3, tie=GROUP, group="g"), lose(4, tie=GROUP), lose(5, "b")]
    assert holdings(*entries, counting=(FRIEND, GROUP, OFFICIAL)) == [("a", 2, 5)]
    kept = [add(1, "a"), add(3, tie=GROUP, group="g"), lose(4, tie=GROUP)]
    assert holdings(*kept, counting=(FRIEND, GROUP)) == [("a", 1, None)]


def test_closing_another_accounts_friend_tie_moves_nobody():
    assert holdings(add(1, "a"), add(2, "b"), lose(3, "b")) == [("a", 1, None)]


def test_when_presence_ends_nobody_holds():
    entries = [add(1, "a"), add(2, tie=OFFICIAL), lose(3, "a"), decide(4, "b"), add(5)]
    assert holdings(*entries) == [("a", 1, 3)]


def test_credit_is_the_first_holding_of_some_length_within_24_hours_of_a_presence():
    def credited(*entries):
        course = fold(entries, (FRIEND,))
        holding = course.credited_holding(course.presences[0])
        return holding and holding.name

    assert credited(add(0), decide(24, "a")) == "a"
    assert credited(add(0), decide(24.001, "a")) is None
    assert credited(add(0, "a"), decide(0, "b"), decide(1, "c")) == "b"
    assert credited(add(0), lose(1), add(2, "a")) == "a"
    assert credited(add(0)) is None


# -- Against a model --------------------------------------------------------------------------------------------------


class State(NamedTuple):
    """What holds at one moment. `ties`: (kind, name) → since."""

    ties: tuple = ()
    holder: str | None = None


def is_present(state, counting):
    return any(kind in counting for (kind, _), _ in state.ties)


def friends(state):
    return {key: since for key, since in state.ties if key[0] == FRIEND}


def closed_by(loss, open_ties):
    """The sentence about losses, read from left to right."""
    if loss.tie == GROUP:
        return {key for key in open_ties if key[0] == GROUP and (loss.group is None or key[1] == loss.group)}
    if loss.tie == OFFICIAL:
        return {key for key in open_ties if key[0] == OFFICIAL}
    if loss.account is not None:
        return ({(FRIEND, loss.account)} & set(open_ties)) or ({(FRIEND, None)} & set(open_ties))
    if loss.tie == FRIEND:
        return {key for key in open_ties if key[0] == FRIEND}
    return set(open_ties)


def after(state, event, counting):
    """The state after an event; nothing is remembered but the state."""
    open_ties = dict(state.ties)
    holder = state.holder
    if event.kind == EventKind.FAN_ADDED:
        key = (event.tie, {FRIEND: event.account, GROUP: event.group, OFFICIAL: None}[event.tie])
        if not (key == (FRIEND, None) and friends(state)):
            open_ties.setdefault(key, event.at)
        if key[0] == FRIEND and key[1] is not None:
            open_ties.pop((FRIEND, None), None)
        if is_present(State(tuple(open_ties.items())), counting) and holder is None:
            holder = event.account
    elif event.kind == EventKind.ASSIGNMENT:
        if is_present(state, counting) and (not event.from_given or event.from_account == holder):
            holder = event.account
    else:
        closing = closed_by(event, open_ties)
        since = {key: open_ties.pop(key) for key in closing}
        lost_friends = [at for key, at in since.items() if key[0] == FRIEND]
        if event.transfer and lost_friends and not any(key[0] == FRIEND for key in open_ties):
            open_ties[FRIEND, None] = min(lost_friends)
        if (FRIEND, holder) in closing and holder is not None:
            left = sorted((at, key[1]) for key, at in open_ties.items() if key[0] == FRIEND and key[1] is not None)
            holder = left[0][1] if left else None
        if not is_present(State(tuple(open_ties.items())), counting):
            holder = None
    return State(tuple(open_ties.items()), holder)


def story_of(entries, counting):
    """Presences and holdings as the maximal runs of states in which they hold."""
    state, present, holds = State(), [], []
    for event in entries:
        before, state = state, after(state, event, counting)
        if is_present(state, counting) and not is_present(before, counting):
            present.append((event.at, None))
        if not is_present(state, counting) and is_present(before, counting):
            present[-1] = (present[-1][0], event.at)
        # An addition that is lost at once is a presence too, but no two states tell of it: each event is one state.
        if state.holder != before.holder:
            if before.holder is not None:
                holds[-1] = (*holds[-1][:2], event.at)
            if state.holder is not None:
                holds.append((state.holder, event.at, None))
    return present, holds, sorted(state.ties, key=str)


accounts = st.sampled_from(["a", "b", "纸"])
events = st.one_of(
    st.builds(
        lambda h, a, t, g: add(h, a, t, g if t == GROUP else None),
        st.integers(0, 9), st.none() | accounts, st.sampled_from([FRIEND, FRIEND, GROUP, OFFICIAL]),
        st.sampled_from(["g", "h"]),
    ),
    st.builds(
        lambda h, a, given: decide(h, a, *given), st.integers(0, 9), st.none() | accounts,
        st.tuples() | st.tuples(st.none() | accounts),
    ),
    st.builds(
        lambda h, a, t, g, x: lose(h, a, t, g, x), st.integers(0, 9), st.none() | accounts,
        st.sampled_from([None, FRIEND, GROUP, OFFICIAL]), st.none() | st.sampled_from(["g", "h"]), st.booleans(),
    ),
)  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(events, max_size=14), st.sets(st.sampled_from([FRIEND, GROUP, OFFICIAL]), min_size=1))
@example([add(1, "a"), lose(1, transfer=True), add(1), lose(2, "b")], {FRIEND})
def test_any_log_folds_to_what_the_model_says(log, counting):
    log.sort(key=lambda event: (event.at, event.kind))
    course = fold(log, counting)
    assert (
        [(span.begun, span.ended) for span in course.presences],
        [(span.name, span.begun, span.ended) for span in course.holdings],
        sorted(((span.key, span.begun) for span in course.ties if span.ended is None), key=str),
    ) == story_of(log, counting)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(events, max_size=14), st.sets(st.sampled_from([FRIEND, GROUP, OFFICIAL]), min_size=1))
def test_holdings_never_overlap_and_lie_within_presences(log, counting):
    log.sort(key=lambda event: (event.at, event.kind))
    course = fold(log, counting)
    end = BEGIN + timedelta(days=1)
    for earlier, later in zip(course.holdings, course.holdings[1:], strict=False):
        assert earlier.ended is not None
        assert earlier.ended <= later.begun
    for holding in course.holdings:
        assert any(p.begun <= holding.begun and (holding.ended or end) <= (p.ended or end) for p in course.presences)

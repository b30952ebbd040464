"""Every state × action × role: who may, what the state knows, where it leads."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from reports.models import Report, Transition
from reports.states import ACTIONS, SHOWN
from siyu.brands import enter_brand
from tenants.models import BRAND_SIDE, Role
from tests.factories import client_for, user_client
from tests.reports.desk import ReportDesk, january

STATES = ["draft", "reviewed", "sent", "acknowledged", "disputed", "answered", "approved"]
PATHS = {
    "draft": [],
    "reviewed": ["review"],
    "sent": ["review", "send"],
    "acknowledged": ["review", "send", "acknowledge"],
    "disputed": ["review", "send", "dispute"],
    "answered": ["review", "send", "dispute", "answer"],
    "approved": ["review", "send", "approve"],
}
LEADS = """
             draft    reviewed sent         acknowledged disputed answered approved
review       reviewed -        -            -            -        -        -
send         -        sent     -            -            -        -        -
acknowledge  -        -        acknowledged -            -        -        -
comment      -        -        sent         acknowledged disputed answered approved
dispute      -        -        disputed     disputed     -        disputed -
answer       -        -        -            -            answered -        -
approve      -        -        approved     approved     -        approved -
revise       draft    draft    draft        draft        draft    draft    draft
"""
MAY = {
    "review": {"owner", "admin", "pm"},
    "send": {"owner", "admin", "pm"},
    "acknowledge": {"brand_manager"},
    "comment": {"brand_manager", "brand_sponsor"},
    "dispute": {"brand_manager"},
    "answer": {"pm", "ops"},
    "approve": {"brand_manager"},
    "revise": {"owner", "admin", "pm"},
}
READERS = {"owner", "admin", "pm", "ops", "content", "brand_manager", "brand_sponsor"}
SEATED = {"ops", "content"}


def cells():
    header, *lines = LEADS.strip().splitlines()
    for line in lines:
        action, *after = line.split()
        yield from ((action, state, leads) for state, leads in zip(header.split(), after, strict=True))


@pytest.fixture
def desk(acme, globex):
    desk = ReportDesk(acme)
    desk.send(january())
    return desk


def somebody(desk, action):
    """A client of a role that may."""
    if action in ("review", "send", "answer", "revise"):
        return desk.pm
    return desk.manager


def bring(desk, state, report=None):
    report = report or desk.issue("daily", "2026-01-06")
    for action in PATHS[state]:
        answer = desk.act(somebody(desk, action), report, action, comment="请看")
        assert answer.status_code == 200, answer.content
    return report


@contextmanager
def undone() -> Iterator[None]:
    """What the block does has not been, so that the next one begins where this one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def state_of(desk, report):
    with enter_brand(desk.brand.schema_name):
        return Report.objects.get(pk=report.pk).state


def test_the_table_is_whole():
    assert {(action, state) for action, state, _ in cells()} == {(a, s) for a in ACTIONS for s in STATES}
    assert set(MAY) == set(ACTIONS)
    assert set(STATES) - {"draft", "reviewed"} == SHOWN


@pytest.mark.parametrize("state", STATES)
def test_what_a_state_knows_and_where_it_leads(desk, state):
    report = bring(desk, state)
    for action in ACTIONS:
        leads = next(leads for known, here, leads in cells() if (known, here) == (action, state))
        client = somebody(desk, action)
        with undone():
            answer = desk.act(client, report, action, comment="因为")
            if leads != "-":
                assert (answer.status_code, state_of(desk, report)) == (200, leads), action
                continue
            # The brand knows of nothing before it is sent.
            expected = 409 if client is desk.pm or state in SHOWN else 404
            assert (answer.status_code, state_of(desk, report)) == (expected, state), action
            if expected == 409:
                assert answer.json()["type"] == "urn:siyu:problem:wrong_state"


def client_of(desk, role):
    if role in SEATED:
        return desk.seated(role)
    return {"pm": desk.pm, "owner": desk.owner, "brand_manager": desk.manager}.get(role) or user_client(
        desk.brand, role
    )


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.OPERATOR])
def test_who_may_do_what(desk, role):
    """Each action in a state that knows it; who may not changes nothing."""
    client = client_of(desk, role)
    report = desk.issue("daily", "2026-01-06")
    for action in ACTIONS:
        state = next(state for known, state, leads in cells() if known == action and leads != "-")
        with undone():
            bring(desk, state, report)
            moves = count_moves(desk)
            answer = desk.act(client, report, action, comment="因为")
            if role in MAY[action]:
                assert answer.status_code == 200, (action, answer.content)
                continue
            # a report that was not sent is none for the brand's side
            is_hidden = role in BRAND_SIDE and state not in SHOWN and role in READERS
            assert answer.status_code == (404 if is_hidden else 403), (action, answer.content)
            assert (count_moves(desk), state_of(desk, report)) == (moves, state), action


def count_moves(desk):
    with enter_brand(desk.brand.schema_name):
        return Transition.objects.count()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_keys_never_act(desk, acme, action):
    report = bring(desk, "sent")
    key = client_for(acme, ["reports:read", "reports:write"])
    assert desk.act(key, report, action, comment="x").status_code == 403
    assert state_of(desk, report) == "sent"
    manager = desk.manager.user
    brands_key = client_for(acme, ["reports:read"], made_by=manager)
    assert desk.act(brands_key, report, action, comment="x").status_code == 403

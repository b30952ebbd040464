"""Every cell of DOMAIN.md 6 that exists so far, both ways (T11)."""

import pytest

from tenants.identity import Identity, identify_user
from tenants.models import ApiKey, Membership, Role, User
from tenants.permissions import SCOPES, TABLE, Act, may
from tests.factories import make_user

MATRIX = """
                    owner admin finance pm ops content guide brand_manager aftersales reviewer sponsor operator
read_project          x     x      x    x   x     x      x         x           x         x       x        -
propose_contract      x     x      -    x   -     -      -         x           -         -       -        -
approve_contract      x     -      -    -   -     -      -         x           -         -       -        -
send_events           x     x      -    x   x     -      -         -           -         -       -        -
read_kpis             x     x      -    x   x     x      -         x           -         -       x        -
read_forecast         x     x      x    x   x     x      -         x           -         -       x        -
comment_forecast      x     x      -    x   x     -      -         x           -         -       x        -
read_team             x     x      x    x   x     x      x         x           x         x       x        -
write_team            x     x      -    x   -     -      -         -           -         -       -        -
read_own_kpis         x     x      -    x   x     x      x         x           -         -       x        -
see_fans              x     x      -    x   x     -      -         x           -         -       -        -
see_held_fans         x     x      -    x   x     -      x         x           -         -       -        -
show_phones           -     -      -    x   -     -      x         x           -         -       -        -
read_shown            x     x      -    -   -     -      -         x           -         -       -        -
assign_fans           x     x      -    x   x     -      -         -           -         -       -        -
read_commitments      x     x      x    x   x     x      -         x           -         -       x        -
write_commitments     x     x      -    x   x     -      -         x           -         -       -        -
confirm_commitments   x     x      -    x   x     -      -         x           -         -       -        -
enter_reach           x     x      -    x   x     -      -         x           -         -       -        -
confirm_reach         -     -      -    -   -     -      -         x           -         -       -        -
activate_project      x     x      -    x   -     -      -         -           -         -       -        -
read_guides           x     x      x    x   x     x      -         -           -         -       -        -
read_costs            x     x      x    x   -     -      -         -           -         -       -        -
write_costs           x     x      x    -   -     -      -         -           -         -       -        -
read_reports          x     x      -    x   x     x      -         x           -         -       x        -
draft_reports         x     x      -    x   x     x      -         -           -         -       -        -
send_reports          x     x      -    x   -     -      -         -           -         -       -        -
comment_reports       -     -      -    -   -     -      -         x           -         -       x        -
answer_reports        -     -      -    x   x     -      -         -           -         -       -        -
approve_reports       -     -      -    -   -     -      -         x           -         -       -        -
run_work              x     x      -    x   x     -      -         -           -         -       -        -
read_notices          x     x      x    x   x     x      x         x           x         x       x        -
manage_keys           x     x      -    -   -     -      -         x           -         -       -        -
"""
KEYS = {
    Act.READ_PROJECT: SCOPES | {""},
    Act.PROPOSE_CONTRACT: {"contract:write"},
    Act.APPROVE_CONTRACT: set(),
    Act.SEND_EVENTS: {"events:write"},
    Act.READ_KPIS: {"kpis:read"},
    Act.READ_FORECAST: {"contract:write", "kpis:read"},
    Act.COMMENT_FORECAST: set(),
    Act.READ_TEAM: {"team:write", "kpis:read"},
    Act.WRITE_TEAM: {"team:write"},
    Act.READ_OWN_KPIS: {"kpis:read"},
    Act.SEE_FANS: {"fans:read", "assignments:write"},
    Act.SEE_HELD_FANS: {"fans:read", "assignments:write"},
    Act.SHOW_PHONES: {"fans:phone"},
    Act.READ_SHOWN: set(),
    Act.ASSIGN_FANS: {"assignments:write"},
    Act.READ_COMMITMENTS: {"contract:write", "kpis:read"},
    Act.WRITE_COMMITMENTS: {"contract:write"},
    Act.CONFIRM_COMMITMENTS: set(),
    Act.ENTER_REACH: set(),
    Act.CONFIRM_REACH: set(),
    Act.ACTIVATE_PROJECT: set(),
    Act.READ_GUIDES: {"team:write"},
    Act.READ_COSTS: set(),
    Act.WRITE_COSTS: set(),
    Act.READ_REPORTS: {"reports:read", "reports:write"},
    Act.DRAFT_REPORTS: {"reports:write"},
    Act.SEND_REPORTS: set(),
    Act.COMMENT_REPORTS: set(),
    Act.ANSWER_REPORTS: set(),
    Act.APPROVE_REPORTS: set(),
    Act.RUN_WORK: set(),
    Act.READ_NOTICES: set(),
    Act.MANAGE_KEYS: set(),
}
SHORT = {"aftersales": "brand_aftersales", "reviewer": "brand_reviewer", "sponsor": "brand_sponsor"}


def cells():
    header, *lines = MATRIX.strip().splitlines()
    roles = [Role(SHORT.get(name, name)) for name in header.split()]
    for line in lines:
        act, *marks = line.split()
        yield from ((Act(act), role, mark == "x") for role, mark in zip(roles, marks, strict=True))


def test_the_matrix_is_whole():
    assert {(act, role) for act, role, _ in cells()} == {(act, role) for act in Act for role in Role}
    assert set(TABLE) == set(KEYS) == set(Act)


@pytest.mark.parametrize(("act", "role", "allowed"), list(cells()))
def test_a_role_may_what_the_table_says(act, role, allowed, acme):
    assert may(Identity(brand=acme, user=User(pk=1), roles=frozenset({role})), act, acme) is allowed


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("scope", [*sorted(SCOPES), ""])
def test_a_key_may_what_its_scope_says(act, scope, acme):
    identity = Identity(brand=acme, key=ApiKey(pk=1), scopes=frozenset({scope} - {""}))
    assert may(identity, act, acme) is (scope in KEYS[act])


def test_a_key_may_no_more_than_its_maker(acme):
    maker = Identity(brand=acme, user=User(pk=1), roles=frozenset({Role.CONTENT}))
    identity = Identity(brand=acme, key=ApiKey(pk=1), scopes=SCOPES, maker=maker)
    assert may(identity, Act.READ_KPIS, acme)
    assert not may(identity, Act.SEND_EVENTS, acme)
    assert not identity.sees_all_projects


def allowed_to(acme, **who):
    identity = Identity(brand=acme, user=User(pk=1), roles=frozenset({Role.BRAND_MANAGER}), **who)
    return {act for act in Act if may(identity, act, acme)}


def test_who_is_not_vouched_for_does_all_but_bind_the_brand(acme):
    lost = allowed_to(acme) - allowed_to(acme, is_proven=False)
    assert lost == {Act.APPROVE_CONTRACT, Act.CONFIRM_COMMITMENTS, Act.CONFIRM_REACH, Act.APPROVE_REPORTS}


def test_a_reports_link_reads_and_with_proof_answers(acme):
    assert allowed_to(acme, link=3, is_proven=False) == {Act.READ_REPORTS}
    assert allowed_to(acme, link=3) == {Act.READ_REPORTS, Act.COMMENT_REPORTS, Act.APPROVE_REPORTS}


def test_vouching_is_no_matter_of_the_agencys(acme):
    for role in (Role.OWNER, Role.PM):
        sure, unsure = (
            Identity(brand=acme, user=User(pk=1), roles=frozenset({role}), is_proven=proven) for proven in (True, False)
        )
        assert all(may(sure, act, acme) is may(unsure, act, acme) for act in Act)


def test_nobody_may_anything_in_another_brand(acme, globex):
    for act in Act:
        assert not may(Identity(brand=acme, user=User(pk=1), roles=frozenset({Role.OWNER})), act, globex)


# -- Who she is -------------------------------------------------------------------------------------------------------


def test_agency_wide_roles_count_in_the_agencys_brands(acme, globex, initech):
    user = make_user(Role.ADMIN, brand=acme)
    assert identify_user(user, acme).roles == identify_user(user, globex).roles == {Role.ADMIN}
    assert identify_user(user, initech) is None


def test_roles_in_two_brands_never_add_up(acme, globex):
    user = make_user(Role.PM, brand=acme)
    Membership.objects.create(user=user, role=Role.CONTENT, agency=globex.agency, brand=globex)
    assert identify_user(user, acme).roles == {Role.PM}
    assert identify_user(user, globex).roles == {Role.CONTENT}


def test_an_agencys_people_count_only_while_it_serves_the_brand(acme, initech):
    user = make_user(Role.PM, brand=acme)
    acme.agency = initech.agency
    acme.save(update_fields=["agency"])
    assert identify_user(user, acme) is None


def test_who_stands_on_both_sides_is_nobody(acme):
    user = make_user(Role.BRAND_MANAGER, brand=acme)
    Membership.objects.create(user=user, role=Role.OWNER, agency=acme.agency)
    assert identify_user(user, acme) is None


def test_a_disabled_user_is_nobody(acme):
    user = make_user(Role.OWNER, brand=acme)
    user.is_active = False
    assert identify_user(user, acme) is None


def test_an_operator_is_nobody_in_a_brand(acme):
    assert identify_user(make_user(Role.OPERATOR), acme) is None


@pytest.mark.parametrize(
    ("role", "side", "sees_all"),
    [
        (Role.OWNER, "agency", True),
        (Role.FINANCE, "agency", True),
        (Role.PM, "agency", False),
        (Role.GUIDE, "agency", False),
        (Role.BRAND_MANAGER, "brand", True),
        (Role.BRAND_SPONSOR, "brand", True),
    ],
)
def test_sides_and_seats(acme, role, side, sees_all):
    identity = identify_user(make_user(role, brand=acme), acme)
    assert (identity.side, identity.sees_all_projects) == (side, sees_all)
    assert identity.label == f"user:{identity.user.pk}"

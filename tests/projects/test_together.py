"""Two people at once, each in a transaction of her own: what both did stands, and nothing is confirmed unread."""

from decimal import Decimal

import pytest

from projects.models import AuditEntry, Commitment, Definition, Relief
from tests.factories import inside, make_project, user_client
from tests.kpi.test_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
P1 = "/api/v1/projects/p1/"
ROUNDS = 5


@pytest.fixture
def people(acme, globex):
    """Two owners and two brand managers, of a project with the same code in each brand."""
    for brand in (acme, globex):
        with inside(brand):
            make_project(code="p1")
    return [user_client(acme, role) for role in ("owner", "owner", "brand_manager", "brand_manager")]


def goods(**fields):
    return {"kind": "goods", "month": "2026-03", "promised": "20", **fields}


def the_commitment(acme):
    with inside(acme):
        return Commitment.objects.get(side="brand")


def test_both_sides_enter_their_own_at_once(acme, globex, people):
    owner, _, manager, _ = people
    in_threads(
        lambda: owner.put(P1 + "commitments/", [goods(what=str(number)) for number in range(20)]),
        lambda: manager.put(P1 + "commitments/", [goods(what=str(number)) for number in range(30)]),
    )
    with inside(acme):
        assert [Commitment.objects.filter(side=side).count() for side in ("agency", "brand")] == [20, 30]
        assert AuditEntry.objects.count() == 50
    with inside(globex):
        assert not Commitment.objects.exists()


def test_nothing_is_confirmed_that_was_changed_meanwhile(acme, people):
    owner, _, manager, _ = people
    manager.put(P1 + "commitments/", [goods(delivered="1")])
    row = the_commitment(acme)
    path = f"{P1}commitments/{row.pk}/"
    for number in range(1, ROUNDS + 1):
        in_threads(
            lambda number=number: owner.post(path + "confirm/", {"delivered": str(number)}),
            lambda number=number: manager.post(path + "deliver/", {"delivered": str(number + 1)}),
        )
        now = the_commitment(acme)
        assert (now.delivered, now.confirmed_at) == (Decimal(number + 1), None)


def test_two_who_confirm_at_once_confirm_once(acme, people):
    owner, other, manager, _ = people
    manager.put(P1 + "commitments/", [goods(delivered="20")])
    path = f"{P1}commitments/{the_commitment(acme).pk}/confirm/"
    in_threads(*(lambda who=who: who.post(path, {"delivered": "20"}) for who in (owner, other)))
    assert the_commitment(acme).confirmed_by_id in (owner.user.pk, other.user.pk)
    with inside(acme):
        assert AuditEntry.objects.filter(subject__startswith="confirmation:").count() == 1


def test_proposals_that_cross_agree_on_nothing_that_one_side_did_not_say(acme, people):
    owner, _, manager, other = people
    manager.put(P1 + "commitments/", [goods()])
    row = the_commitment(acme)
    shares = {owner: "0.5", manager: "0.5", other: "0.7"}

    def say(who):
        body = {"share": shares[who], "indicators": ["gmv"]}
        assert who.put(f"{P1}commitments/{row.pk}/relief/", body).status_code == 200

    for _ in range(ROUNDS):
        in_threads(*(lambda who=who: say(who) for who in shares))
        with inside(acme):
            reliefs = list(Relief.objects.filter(commitment=row))
        agreed = [relief for relief in reliefs if relief.agency_at and relief.brand_at]
        assert {relief.share for relief in agreed} <= {Decimal("0.5")}
        assert len(reliefs) - len(agreed) <= 1


def test_both_sides_approve_a_sheet_at_once(acme, people):
    owner, _, manager, _ = people
    made = owner.put(P1 + "definitions/", {"valid_after_hours": 48}).json()
    read = {"version": 2, "sha256": made["sha256"]}
    in_threads(*(lambda who=who: who.post(P1 + "definitions/approve/", read) for who in (owner, manager)))
    with inside(acme):
        sheet = Definition.objects.get(version=2)
        assert (sheet.agency_approved_by_id, sheet.brand_approved_by_id) == (owner.user.pk, manager.user.pk)
        assert AuditEntry.objects.filter(subject="definition:2").count() == 2


def test_two_who_activate_at_once_activate_once(acme, people):
    owner, other, manager, _ = people
    roles = ("brand_manager", "brand_aftersales", "brand_reviewer")
    manager.put(P1 + "contacts/", [{"role": role, "name": "林岚"} for role in roles])
    pm = user_client(acme, "pm").user
    owner.put(P1 + "team/", [{"role": "pm", "user": pm.email}])
    in_threads(*(lambda who=who: who.post(P1 + "activate/") for who in (owner, other)))
    assert owner.get(P1).json()["state"] == "active"
    with inside(acme):
        assert AuditEntry.objects.filter(subject="state").count() == 1

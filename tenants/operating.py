"""What the operator of an installation does for the people of its brands. Runs in public; shows nothing of a brand.

The operator stands outside of agency and brand. What the agency must not do, to say who speaks for a brand, she does:
by a link that only she and the person see, or by a word on record. Whoever has a role in the agency or in the brand is
no outsider there and is refused, also as operator.
"""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from siyu.problems import say
from tenants.authentication import digest_of
from tenants.models import BRAND_SIDE, AuditEntry, Brand, Invitation, Membership, Role, User
from tenants.people import INVITATION_LIFE, PeopleError, link_of
from tenants.queries import host_of_brand

HOW_LENGTH = 200


@dataclass(frozen=True)
class Waiting:
    """One on the brand's side who came in by a link that was seen. `asked_by`: who asked her in, if it is on record."""

    membership: Membership
    asked_by: User | None


def is_operator(user: User) -> bool:
    return Membership.objects.filter(user=user, role=Role.OPERATOR).exists()


def has_operator() -> bool:
    """Whether there is somebody to hand links over."""
    return Membership.objects.filter(role=Role.OPERATOR, user__is_active=True).exists()


def waiting_people() -> list[Waiting]:
    """Those not vouched for, by brand and address."""
    rows = Membership.objects.filter(is_vouched=False, role__in=BRAND_SIDE, brand__state=Brand.State.ACTIVE)
    found = []
    for row in rows.select_related("user", "brand__agency").order_by("brand__name", "user__email"):
        asked = Invitation.objects.filter(email=row.user.email, brand=row.brand, accepted_at__isnull=False)
        last = asked.select_related("made_by").order_by("-accepted_at").first()
        found.append(Waiting(row, last.made_by if last else None))
    return found


def invitations_to_hand() -> QuerySet[Invitation]:
    """Those that wait for the operator to give the link to the person, by brand and address."""
    waiting = Invitation.objects.filter(
        is_handed=True, accepted_at=None, withdrawn_at=None, brand__state=Brand.State.ACTIVE
    )
    return waiting.select_related("brand__agency", "made_by").order_by("brand__name", "email")


@transaction.atomic
def hand_link(operator: User, invitation_id: int) -> tuple[Invitation, str]:
    """The invitation and its new link, seen by the operator alone; the link made before is void.

    Raises PeopleError where none waits and for an operator who is no outsider.
    """
    row = invitations_to_hand().select_for_update(of=("self",)).filter(pk=invitation_id).first()
    if row is None or row.brand is None:
        raise PeopleError(say("没有这个邀请", "There is no such invitation"), status=404)
    _refuse_insiders(operator, row.brand)
    token = secrets.token_urlsafe(32)
    row.digest, row.expires_at = digest_of(token), timezone.now() + INVITATION_LIFE
    row.save(update_fields=["digest", "expires_at"])
    _note(operator, row.brand, AuditEntry.What.HAND_LINK, row.email, role=row.role)
    return row, link_of(host_of_brand(row.brand), token)


@transaction.atomic
def vouch_for(operator: User, membership_id: int, how: str) -> Membership:
    """She is who she says: the operator knows it, and says how. The brand reads it in its record of changes.

    Raises PeopleError where nobody waits, without a word of how, and for an operator who is no outsider.
    """
    rows = Membership.objects.filter(is_vouched=False, role__in=BRAND_SIDE, brand__state=Brand.State.ACTIVE)
    row = rows.select_for_update(of=("self",)).select_related("user", "brand").filter(pk=membership_id).first()
    if row is None or row.brand is None:
        raise PeopleError(say("没有等待核实的人", "Nobody waits there"), status=404)
    how = how.strip()[:HOW_LENGTH]
    if not how:
        raise PeopleError(say("请写明如何核实的，例如：按合同上的电话联系本人", "Say how: by the contract's telephone number, for example"))  # fmt: skip  # noqa: E501
    _refuse_insiders(operator, row.brand)
    row.is_vouched = True
    row.save(update_fields=["is_vouched"])
    _note(operator, row.brand, AuditEntry.What.VOUCH, row.user.email, role=row.role, how=how)
    return row


def _refuse_insiders(operator: User, brand: Brand) -> None:
    here = Q(agency=brand.agency_id) | Q(brand=brand)
    if not is_operator(operator) or Membership.objects.filter(here, user=operator).exists():
        detail = say(
            "你在这家代运营公司或这个品牌中有角色，不能替品牌方核实身份",
            "You have a role in this agency or brand: somebody outside of both has to do it",
        )
        raise PeopleError(detail, status=403)


def _note(operator: User, brand: Brand, what: AuditEntry.What, whom: str, **said: str) -> None:
    AuditEntry.objects.create(brand=brand, by=operator, what=what, whom=whom, said=said)

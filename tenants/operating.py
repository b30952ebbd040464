"""What the operator of an installation does for the people of its brands. Runs in public; shows nothing of a brand.

The operator stands outside of agency and brand. What the agency must not do, to say who speaks for a brand, she does:
by a link that only she and the person see, or by a word on record. Whoever has a role in the agency or in the brand is
no outsider there and is refused, also as operator.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from siyu.problems import say
from tenants.authentication import digest_of
from tenants.models import BRAND_SIDE, AuditEntry, Brand, Invitation, Membership, Role, User
from tenants.passwords import reset_link
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
    """Those that wait for the operator to give the link to the person, by brand and address. Each with `handed_at`:
    when a link was made last, None before that."""
    waiting = Invitation.objects.filter(
        is_handed=True, accepted_at=None, withdrawn_at=None, brand__state=Brand.State.ACTIVE
    )
    made = AuditEntry.objects.filter(
        what=AuditEntry.What.HAND_LINK, brand=OuterRef("brand"), whom=OuterRef("email"), at__gte=OuterRef("made_at")
    )
    waiting = waiting.annotate(handed_at=Subquery(made.order_by("-at").values("at")[:1]))
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
    how = how.replace("\0", "").strip()[:HOW_LENGTH]
    if not how:
        raise PeopleError(say("请写明如何核实的，例如：按合同上的电话联系本人", "Say how: by the contract's telephone number, for example"))  # fmt: skip  # noqa: E501
    _refuse_insiders(operator, row.brand)
    row.is_vouched = True
    row.save(update_fields=["is_vouched"])
    _note(operator, row.brand, AuditEntry.What.VOUCH, row.user.email, role=row.role, how=how)
    return row


@transaction.atomic
def reset_link_by_operator(operator: User, email: str, how: str) -> list[str]:
    """A link to a new password for one who speaks for a brand and whom nobody of the brand can help, where no mail is
    sent; one for the site of each brand she works in, seen by the operator alone, good once and for an hour. Her second
    factor stays asked for. The brand reads who made it and how she was known.

    Raises PeopleError: without a word of how; for whom there is not, or who has a role of an agency or of the
    operator's; where a colleague or mail can do it; for an operator who is no outsider to one of her brands.
    """
    how = how.replace("\0", "").strip()[:HOW_LENGTH]
    if not how:
        raise PeopleError(say("请写明如何核实是本人的，例如：按合同上的电话回拨", "Say how: called back by the contract's telephone number, for example"))  # fmt: skip  # noqa: E501
    if settings.MAIL_IS_ON:
        raise PeopleError(say("这里能发邮件，请她在登录页用“忘记密码”自己重设", "Mail is sent here: she resets it herself on the sign-in page"), status=409)  # fmt: skip  # noqa: E501
    email = email.replace("\0", "").strip().lower()
    user = User.objects.select_for_update().filter(email=email, is_active=True).first()
    roles = list(user.memberships.select_related("brand__agency").order_by("brand__name")) if user else []
    places = [row.brand for row in roles if row.brand and row.brand.state == Brand.State.ACTIVE]
    if user is None or not places or any(row.role not in BRAND_SIDE for row in roles):
        raise PeopleError(say("没有这位品牌方的成员", "Nobody on a brand's side has this address"), status=404)
    for brand in places:
        _refuse_insiders(operator, brand)
    brands = list({brand.pk: brand for brand in places}.values())
    if len(brands) == 1 and (colleague := _who_can_help(user, brands[0])):
        detail = say(
            f"请她的同事 {colleague} 在品牌的“成员”页生成重设链接",
            f"Her colleague {colleague} can make the link, on the brand's page of people",
        )
        raise PeopleError(detail, status=409)
    for brand in brands:
        _note(operator, brand, AuditEntry.What.RESET_LINK, user.email, how=how)
    return [reset_link(user, host_of_brand(brand)) for brand in brands]


def _who_can_help(user: User, brand: Brand) -> User | None:
    """Another manager of the brand, sure to be."""
    same = Membership.objects.filter(brand=brand, role=Role.BRAND_MANAGER, is_vouched=True, user__is_active=True)
    found = same.exclude(user=user).select_related("user").order_by("user__email").first()
    return found.user if found else None


def _refuse_insiders(operator: User, brand: Brand) -> None:
    here = Q(agency=brand.agency_id) | Q(brand=brand)
    if not is_operator(operator) or Membership.objects.filter(here, user=operator).exists():
        detail = say(
            f"你在 {brand.agency} 或 {brand} 中有角色，不能替品牌方核实身份",
            f"You have a role in {brand.agency} or {brand}: somebody outside of both has to do it",
        )
        raise PeopleError(detail, status=403)


def _note(operator: User, brand: Brand, what: AuditEntry.What, whom: str, **said: str) -> None:
    AuditEntry.objects.create(brand=brand, by=operator, what=what, whom=whom, said=said)

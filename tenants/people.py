"""People of an agency and of a brand: asked in, vouched for, given another role, let go. Runs in public.

Whoever asks somebody in names an address and a role; the person takes it with a name and a password of her own.
Who came in by a link that the agency has seen binds the brand to nothing (Membership.is_vouched) until a secret in her
own mail, a person of the brand, or the operator vouches for her (tenants.operating).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from siyu.problems import DomainError, say
from tenants.authentication import digest_of
from tenants.identity import Identity, identify_user
from tenants.models import (
    AGENCY_IN_BRAND,
    AGENCY_WIDE,
    BRAND_SIDE,
    Agency,
    AuditEntry,
    Brand,
    Invitation,
    Membership,
    Role,
    User,
)
from tenants.passwords import reset_link
from tenants.queries import host_of_brand, url_of
from tenants.services import check_name, create_user
from tenants.sessions import end_sign_ins

INVITATION_LIFE = timedelta(days=7)


class PeopleError(DomainError):
    status = 422
    code = "invalid"


@dataclass(frozen=True)
class Place:
    """Whose people are looked after: an agency's own, or those who work in one brand. `by` is who does it."""

    by: User
    agency: Agency
    brand: Brand | None
    roles: tuple[Role, ...]  # that she may give and take here
    side: str = "agency"

    @property
    def host(self) -> str:
        return host_of_brand(self.brand) if self.brand else settings.BASE_DOMAIN

    @property
    def key(self) -> dict[str, Agency | Brand | None]:
        """As a row of the audit names it."""
        return {"agency": self.agency if self.brand is None else None, "brand": self.brand}


def place_in_brand(identity: Identity) -> Place:
    """What she looks after in this brand: the agency's leaders all roles there, the brand's manager the brand's."""
    if identity.user is None:
        raise PeopleError(say("密钥不能管理成员", "A key manages no people"), status=403)
    roles = BRAND_SIDE if identity.side == "brand" else (*AGENCY_IN_BRAND, *BRAND_SIDE)
    return Place(identity.user, identity.brand.agency, identity.brand, roles, identity.side)


def place_in_agency(user: User, agency: Agency) -> Place | None:
    """What she looks after in her agency: an owner all its roles, an admin those below. None for everybody else."""
    held = set(Membership.objects.filter(user=user, agency=agency, brand=None).values_list("role", flat=True))
    if Role.OWNER in held:
        return Place(user, agency, None, AGENCY_WIDE)
    return Place(user, agency, None, (Role.ADMIN, Role.FINANCE)) if Role.ADMIN in held else None


def members_of(place: Place) -> QuerySet[Membership]:
    """Everybody with a role here, the agency's first. Of a brand: both sides, without the agency-wide."""
    rows = Membership.objects.select_related("user")
    if place.brand is None:
        return rows.filter(agency=place.agency, brand=None).order_by("role", "user__email")
    return rows.filter(brand=place.brand).order_by("agency", "role", "user__email")


def invitations_of(place: Place) -> QuerySet[Invitation]:
    """Those that wait, the newest first."""
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None).order_by("-pk")
    if place.brand is None:
        return waiting.filter(agency=place.agency, brand=None)
    return waiting.filter(brand=place.brand)


# -- Asking in --------------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(place: Place, email: str, role: Role, *, name: str = "", is_mailed: bool, is_handed: bool = False) -> str:
    """The link, which nobody can be told again. An earlier invitation to the same role is replaced.

    `is_handed`: the link is none yet; the operator makes it (operating.hand_link) and gives it to her. Raises
    PeopleError for a role that she may not give here, TenantError for a name that is not one line.
    """
    _check_role(place, role)
    check_name(name)
    Agency.objects.select_for_update(no_key=True).get(pk=place.agency.pk)  # a double click replaces its own invitation
    email = email.strip().lower()
    brand = place.brand
    agency = place.agency if role not in BRAND_SIDE else None
    same = {"email": email, "role": role, "agency": agency, "brand": brand}
    Invitation.objects.filter(**same, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        **same,
        name=name.strip(),
        digest=digest_of(token),
        is_mailed=is_mailed,
        is_handed=is_handed,
        made_by=place.by,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    note(place, "invite", email, role=role, is_mailed=is_mailed, is_handed=is_handed)
    return link_of(place.host, token)


def link_of(host: str, token: str) -> str:
    """The address of an invitation."""
    return f"{url_of(host)}invitation/{token}/"


@transaction.atomic
def withdraw_invitation(place: Place, invitation_id: int) -> None:
    """Raises PeopleError where there is none that waits."""
    invitation = invitations_of(place).select_for_update().filter(pk=invitation_id, role__in=place.roles).first()
    if invitation is None:
        raise PeopleError(say("没有这个邀请", "There is no such invitation"), status=404)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    note(place, "withdraw_invitation", invitation.email, role=invitation.role)


def open_invitation(token: str, brand: Brand | None) -> Invitation | None:
    """The invitation of this link, if it waits: on its brand's site, or on the agency's for roles in an agency."""
    waiting = Invitation.objects.select_related("agency", "brand", "made_by").filter(
        accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )
    return waiting.filter(digest=digest_of(token), brand=brand).first()


def is_known(email: str) -> bool:
    """Whether the address has an account: then she takes a role by signing in to it, never by a new password."""
    return User.objects.filter(email=email).exists()


@transaction.atomic
def accept(invitation: Invitation, *, name: str = "", password: str | None = None) -> User:
    """Take the role; with a name and password of hers where she is new.

    Raises TenantError for a weak password or one who stands on the other side already, PeopleError where somebody was
    quicker.
    """
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise PeopleError(say("这个邀请已用过或已撤回", "The invitation was used or withdrawn"), status=409)
    if password is not None and is_known(row.email):
        raise PeopleError(say("这个邮箱已有账号，请登录后接受", "The address has an account: sign in"), status=409)
    role = Role(row.role)
    same = Membership.objects.filter(user__email=row.email, role=role, agency=row.agency, brand=row.brand)
    was_vouched = same.filter(is_vouched=True).exists()
    user, _ = create_user(
        row.email, role=role, agency=row.agency, brand=row.brand, password=password, name=name or row.name
    )
    is_unseen = row.is_mailed or row.is_handed
    is_vouched = was_vouched or role not in BRAND_SIDE or is_unseen or _stands_for(row.made_by, row.brand)
    same.update(is_vouched=is_vouched)
    row.accepted_at = timezone.now()
    row.save(update_fields=["accepted_at"])
    AuditEntry.objects.create(
        agency=None if row.brand else row.agency,
        brand=row.brand,
        by=user,
        what="accept",
        whom=row.email,
        said={"role": row.role, "is_vouched": is_vouched},
    )
    return user


def _stands_for(user: User, brand: Brand | None) -> bool:
    """Whether the user is on the brand's side and sure to be."""
    identity = identify_user(user, brand) if brand else None
    return identity is not None and identity.side == "brand" and identity.is_proven


# -- Those who are in -------------------------------------------------------------------------------------------------


@transaction.atomic
def vouch(place: Place, membership_id: int) -> None:
    """A person of the brand says that this is really a colleague. Raises PeopleError for anybody else."""
    membership = _member(place, membership_id)
    if not _stands_for(place.by, place.brand):
        raise PeopleError(say("只有品牌方已确认的人能确认同事", "Only the brand's own people vouch"), status=403)
    membership.is_vouched = True
    membership.save(update_fields=["is_vouched"])
    note(place, "vouch", membership.user.email, role=membership.role)


@transaction.atomic
def change_role(place: Place, membership_id: int, role: Role) -> None:
    """Raises PeopleError for a role she may not give, for one of the other side, and for the last owner.

    Who is given a brand's role by the agency is vouched for anew; who becomes an owner or admin signs in anew.
    """
    _check_role(place, role)
    membership = _member(place, membership_id)
    before = Role(membership.role)
    if (before in BRAND_SIDE) != (role in BRAND_SIDE):
        raise PeopleError(say("不能换到另一方", "Nobody changes sides"))
    _keep_an_owner(membership, role)
    same = Membership.objects.filter(
        user=membership.user, role=role, agency=membership.agency, brand=membership.brand
    ).exclude(pk=membership.pk)
    if same.exists():
        raise PeopleError(say("她已有这个角色", "She has this role already"), status=409)
    membership.role = role
    if role in BRAND_SIDE and role != before:
        membership.is_vouched = membership.is_vouched and place.side == "brand"
    membership.save(update_fields=["role", "is_vouched"])
    if role in (Role.OWNER, Role.ADMIN):
        end_sign_ins(membership.user)
    note(place, "change_role", membership.user.email, before=before, after=role)


@transaction.atomic
def withdraw(place: Place, membership_id: int) -> None:
    """Take the role away; it counts from her next request on. Raises PeopleError for the last owner."""
    membership = _member(place, membership_id)
    _keep_an_owner(membership, None)
    membership.delete()
    note(place, "withdraw", membership.user.email, role=membership.role)


@transaction.atomic
def reset_link_for(place: Place, membership_id: int) -> str:
    """A link to a new password, shown to whoever asks. Raises PeopleError for a person who has a role elsewhere, or of
    the other side: whoever holds the link can be her."""
    membership = _member(place, membership_id)
    user = membership.user
    if place.side == "brand":
        elsewhere = ~Q(brand=place.brand, role__in=BRAND_SIDE)
    else:
        elsewhere = ~Q(agency=place.agency) | Q(role__in=_above(place))
    if user.memberships.filter(elsewhere).exists():
        detail = say(
            "她不只属于这里，只能由她自己通过邮件重设，或由运维人员处理",
            "She has roles elsewhere: she resets it by mail herself, or the operator does",
        )
        raise PeopleError(detail, status=403)
    note(place, "reset_link", user.email)
    return reset_link(user, place.host)


def note(place: Place, what: str, whom: str, **said: object) -> None:
    """A row of the audit."""
    AuditEntry.objects.create(**place.key, by=place.by, what=what, whom=whom, said=said)


def history_of(place: Place) -> QuerySet[AuditEntry]:
    """The newest first."""
    return AuditEntry.objects.filter(**place.key).select_related("by").order_by("-pk")


def _member(place: Place, membership_id: int) -> Membership:
    found = members_of(place).select_for_update(of=("self",)).filter(pk=membership_id, role__in=place.roles).first()
    if found is None:
        raise PeopleError(say("没有这个成员，或您不能更改", "No such person, or not yours to change"), status=404)
    return found


def _above(place: Place) -> tuple[Role, ...]:
    """Agency-wide roles that whoever acts here may not give herself."""
    given = place if place.brand is None else place_in_agency(place.by, place.agency)
    return tuple(role for role in AGENCY_WIDE if given is None or role not in given.roles)


def _check_role(place: Place, role: Role) -> None:
    if role not in place.roles:
        raise PeopleError(say(f"这里不能给“{role.label}”角色", f"The role {role} is not given here"), status=403)


def _keep_an_owner(membership: Membership, role: Role | None) -> None:
    owners = Membership.objects.select_for_update().filter(agency=membership.agency, role=Role.OWNER)
    if membership.role == Role.OWNER and role != Role.OWNER and len(owners) == 1:
        raise PeopleError(say("至少要有一位所有者", "An agency has one owner at least"), status=409)

"""A report's link for one person of the brand, to be opened in her chat without a password.

The link shows that one report and nothing else, for three days, until it is revoked or she approved by it. Whoever made
it has seen it, and so may whoever reads the chat: it reads in the first browser that comes back with its session, any
other is asked for her PIN. To comment, dispute or approve she types it there too. She set it in her own account and
nobody else knows it. Wrong ones are counted where they were typed (tenants.throttle): whoever has no PIN cannot use up
her link. A new PIN, a new password and signing out everywhere end what a link began.
"""

import re
import secrets
from dataclasses import replace
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from siyu.hosts import SiteRequest
from siyu.problems import say
from tenants.authentication import digest_of
from tenants.identity import Identity, identify_user
from tenants.models import AuditEntry, Brand, Membership, ReportLink, Role, User
from tenants.people import PeopleError
from tenants.queries import host_of_brand, url_of
from tenants.sessions import SITE_HOST

LIFE = timedelta(hours=72)
PROVEN_FOR = timedelta(minutes=30)
READERS = (Role.BRAND_MANAGER, Role.BRAND_SPONSOR)
PATH = re.compile(r"/projects/[^/?#]{1,200}/reports/[0-9]{1,18}/")
LINK, DEVICE, PROVEN_AT = "report_link", "report_link_device", "report_link_proven_at"
PROVEN_BY = "report_link_proven_by"  # a hash of her PIN's hash: another PIN of hers proves nothing here


def readers_of(brand: Brand) -> list[User]:
    """The brand's people that a report may be sent to: those who approve first, then by e-mail address."""
    rows = Membership.objects.filter(brand=brand, role__in=READERS, user__is_active=True).select_related("user")
    places = sorted((READERS.index(Role(row.role)), row.user.email, row.user_id) for row in rows)
    users = {row.user_id: row.user for row in rows}
    return list(dict.fromkeys(users[pk] for _, _, pk in places))


def links_to(brand: Brand, path: str) -> QuerySet[ReportLink]:
    """Those that still open, the newest first."""
    return _live().filter(brand=brand, path=path).select_related("user", "made_by").order_by("-pk")


@transaction.atomic
def make_link(brand: Brand, user: User, path: str, *, by: User) -> str:
    """The address, shown or sent once; her earlier link to the same report is revoked.

    `path` is that of the report's page on the brand's site. Raises PeopleError for another path or a person to whom the
    brand's reports are not sent.
    """
    if not PATH.fullmatch(path):
        raise PeopleError(say("没有这份报告", "There is no such report"), status=404)
    if user not in readers_of(brand):
        raise PeopleError(say("她不是本品牌的报告接收人", "She receives no reports of this brand"))
    ReportLink.objects.filter(brand=brand, user=user, path=path, revoked_at=None).update(revoked_at=timezone.now())
    token = secrets.token_urlsafe(32)
    ReportLink.objects.create(
        brand=brand, user=user, path=path, digest=digest_of(token), made_by=by, expires_at=timezone.now() + LIFE
    )
    _note(brand, by, AuditEntry.What.MAKE_LINK, user, path)
    return f"{url_of(host_of_brand(brand))}r/{token}/"


@transaction.atomic
def revoke_link(brand: Brand, link_id: int, *, by: User) -> None:
    """It opens nothing from the next request on. Raises PeopleError where it does not open anything now."""
    link = _live().filter(brand=brand, pk=link_id).select_related("user").first()
    if link is None:
        raise PeopleError(say("没有这个链接", "There is no such link"), status=404)
    ReportLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    _note(brand, by, AuditEntry.What.REVOKE_LINK, link.user, link.path)


def open_link(request: SiteRequest, token: str) -> ReportLink | None:
    """The link of this token, if it opens here; for who is not signed in, its session begins on this host, unless it
    has begun already."""
    link = _live().select_related("user").filter(brand=request.brand, digest=digest_of(token)).first()
    is_begun = link is not None and request.session.get(LINK) == link.pk
    if link is None or (link.used_at is not None and not is_begun):
        return None
    ReportLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=timezone.now())
    if not request.user.is_authenticated and not is_begun:
        request.session.flush()
        request.session[LINK] = link.pk
        request.session[DEVICE] = secrets.token_urlsafe(16)
        request.session[SITE_HOST] = request.site_host
        request.session.set_expiry(max(1, int((link.expires_at - timezone.now()).total_seconds())))
    return link


def link_of_session(request: SiteRequest) -> ReportLink | None:
    """The link that this session was begun by, while it opens."""
    session = request.session
    if LINK not in session or session.get(SITE_HOST) != request.site_host:
        return None
    return _live().select_related("user").filter(pk=session[LINK], brand=request.brand).first()


def identify_by_link(request: SiteRequest, brand: Brand) -> Identity | None:
    """Who asks for this very path by her report's link; None for other paths, other brands, another device (which types
    her PIN first, `wants_pin`), and without a link."""
    link = link_of_session(request)
    if link is None or link.brand_id != brand.pk or not request.path_info.startswith(link.path):
        return None
    if not _is_of(request, link):
        return None
    identity = identify_user(link.user, brand)
    if identity is None or identity.side != "brand":
        return None
    return replace(identity, link=link.pk, is_proven=identity.is_proven and is_proven(request, link))


def wants_pin(request: SiteRequest) -> bool:
    """Whether this session's link opens this path once her PIN is typed."""
    link = link_of_session(request)
    return link is not None and request.path_info.startswith(link.path) and not _is_of(request, link)


def _is_of(request: SiteRequest, link: ReportLink) -> bool:
    """Whether this browser may read by the link: it was the first, or her PIN was typed in it.

    The first is who comes back with the session's cookie; what only fetches a preview of a link never does.
    """
    held = digest_of(str(request.session.get(DEVICE, "")))
    if link.device is None:
        ReportLink.objects.filter(pk=link.pk, device=None).update(device=held)
        link.refresh_from_db(fields=["device"])
    return is_first(request, link) or _was_proven(request, link)


def is_first(request: SiteRequest, link: ReportLink) -> bool:
    """Whether this browser was the first to read by the link."""
    return bytes(link.device or b"") == digest_of(str(request.session.get(DEVICE, "")))


def _was_proven(request: SiteRequest, link: ReportLink) -> bool:
    """Whether the PIN that she has now was typed in this session."""
    return request.session.get(PROVEN_BY) == _mark_of(link.user)


def _mark_of(user: User) -> str:
    return digest_of(user.pin).hex()


def use_up(link_id: int) -> None:
    """She approved by it: whoever opens it from now on has to sign in. The browser that did goes on reading."""
    ReportLink.objects.filter(pk=link_id, used_at=None).update(used_at=timezone.now())


def is_proven(request: SiteRequest, link: ReportLink) -> bool:
    """Whether her PIN was typed in this session a short while ago."""
    proven_at = request.session.get(PROVEN_AT, 0)
    return _was_proven(request, link) and timezone.now().timestamp() - proven_at < PROVEN_FOR.total_seconds()


def prove(request: SiteRequest, link: ReportLink, pin: str) -> bool:
    """Whether the PIN is hers; if so, the session may act for PROVEN_FOR, and `link.wrong_pins` are those typed on the
    link since the last right one. The caller has counted the try (throttle.may_guess_pin)."""
    if link.user.pin and check_password(pin, link.user.pin):
        ReportLink.objects.filter(pk=link.pk).update(wrong_pins=0)
        request.session.cycle_key()
        request.session[PROVEN_AT] = timezone.now().timestamp()
        request.session[PROVEN_BY] = _mark_of(link.user)
        return True
    ReportLink.objects.filter(pk=link.pk).update(wrong_pins=F("wrong_pins") + 1)
    return False


def _live() -> QuerySet[ReportLink]:
    return ReportLink.objects.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)


def _note(brand: Brand, by: User, what: AuditEntry.What, whom: User, path: str) -> None:
    AuditEntry.objects.create(brand=brand, by=by, what=what, whom=whom.email, said={"path": path})

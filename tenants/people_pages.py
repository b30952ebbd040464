"""成员: who works in a brand (on its site), who leads an agency (on the agency's site), and taking an invitation."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from siyu.brands import enter_public
from siyu.hosts import SiteRequest
from siyu.problems import DomainError, say
from tenants import people
from tenants.agency_pages import AgencyPage
from tenants.models import BRAND_SIDE, Role
from tenants.operating import has_operator
from tenants.pages import BrandPage
from tenants.people import PeopleError, Place
from tenants.permissions import Act
from tenants.services import TenantError, set_pin
from tenants.tasks import mail_text
from tenants.views import enter, onward, unlogged

HISTORY = 30  # rows shown


class PeopleDesk:
    """What the two pages have in common. All of it runs in public."""

    request: HttpRequest

    def show_people(self, place: Place, status: int = 200, **said: Any) -> HttpResponse:
        """`said`: `refusal`; `link` with `link_for`, shown this once."""
        members = [(row, Role(row.role).label, row.role in place.roles) for row in people.members_of(place)]
        context = {
            "place": place,
            "members": members,
            "invitations": [(row, Role(row.role).label) for row in people.invitations_of(place)],
            "roles": [(role.value, role.label) for role in place.roles],
            "history": people.history_of(place)[:HISTORY],
            "ways": self.ways(place),
            "may_vouch": place.side == "brand",
            "brand_roles": [role.value for role in BRAND_SIDE],
            **said,
        }
        return render(self.request, "tenants/people.html", context, status=status)

    def do(self, place: Place) -> HttpResponse:
        """One of the page's forms: `do` says which."""
        typed = self.request.POST
        deeds: Mapping[str, Callable[[], HttpResponse]] = {
            "invite": lambda: self.invite(
                place, typed.get("email", ""), self.role(typed.get("role", "")), typed.get("name", "")
            ),
            "resend": lambda: self.resend(place),
            "cancel": lambda: self.done(people.withdraw_invitation(place, self.row)),
            "role": lambda: self.done(people.change_role(place, self.row, self.role(typed.get("role", "")))),
            "withdraw": lambda: self.done(people.withdraw(place, self.row)),
            "vouch": lambda: self.done(people.vouch(place, self.row)),
            "reset": lambda: self.show_link(place, people.reset_link_for(place, self.row)),
        }
        deed = deeds.get(typed.get("do", ""))
        if deed is None:
            return self.show_people(place, 400)
        try:
            return deed()
        except DomainError as refusal:
            return self.show_people(place, refusal.status, refusal=refusal.detail)

    @property
    def row(self) -> int:
        """The row that the form is about."""
        text = self.request.POST.get("row", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def role(self, text: str) -> Role:
        if text not in Role.values:
            raise PeopleError(say("请选择角色", "Choose a role"))
        return Role(text)

    def ways(self, place: Place) -> list[tuple[str, str]]:
        """How a link can reach the person asked in, the safest first."""
        found = []
        if settings.MAIL_IS_ON:
            found.append(("mail", say("发到本人邮箱", "To her own mail")))
        if place.brand is not None and place.side == "agency" and has_operator():
            found.append(("operator", say("由平台运维转交（品牌方的人）", "Through the operator (the brand's people)")))
        return [*found, ("link", say("我复制链接发给她", "I copy the link and send it"))]

    def invite(self, place: Place, email: str, role: Role, name: str) -> HttpResponse:
        try:
            validate_email(email.strip())
        except ValidationError as error:
            raise PeopleError(say("邮箱不正确", "This is not an e-mail address")) from error
        way, possible = self.request.POST.get("way", "link"), dict(self.ways(place))
        is_mailed = way == "mail" and way in possible
        is_handed = way == "operator" and way in possible and role in BRAND_SIDE
        link = people.invite(place, email, role, name=name[:100], is_mailed=is_mailed, is_handed=is_handed)
        if is_handed:
            said = say(
                f"邀请已交给平台运维，由其核实后把链接交给 {email}。你看不到这个链接。",
                f"The operator makes sure who she is and gives the link to {email}. You do not see it.",
            )
            messages.success(self.request, said)
            return HttpResponseRedirect(self.request.get_full_path())
        if not is_mailed:
            return self.show_link(place, link, email)
        where = place.brand.name if place.brand else place.agency.name
        mail_text.delay(
            email.strip().lower(),
            say(f"邀请你加入 {where}", f"You are invited to {where}"),
            say(
                f"{place.by} 邀请你在 siyu 中加入 {where}。请在 7 天内打开链接，设置姓名和密码：\n\n{link}\n",
                f"{place.by} invites you to {where} on siyu. Open the link within 7 days:\n\n{link}\n",
            ),
        )
        return self.done()

    def resend(self, place: Place) -> HttpResponse:
        row = people.invitations_of(place).filter(pk=self.row).first()
        if row is None:
            raise PeopleError(say("没有这个邀请", "There is no such invitation"), status=404)
        return self.invite(place, row.email, Role(row.role), row.name)

    def show_link(self, place: Place, link: str, email: str = "") -> HttpResponse:
        return unlogged(self.show_people(place, link=link, link_for=email))

    def done(self, _: None = None) -> HttpResponse:
        messages.success(self.request, say("已完成。", "Done."))
        return HttpResponseRedirect(self.request.get_full_path())


class BrandPeople(PeopleDesk, BrandPage):
    acts = {"GET": Act.MANAGE_KEYS, "POST": Act.MANAGE_KEYS}

    def get(self, request: HttpRequest) -> HttpResponse:
        with enter_public():
            return self.show_people(people.place_in_brand(self.identity))

    def post(self, request: HttpRequest) -> HttpResponse:
        with enter_public():
            return self.do(people.place_in_brand(self.identity))


class AgencyPeople(PeopleDesk, AgencyPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_people(self.place)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.do(self.place)


class TakeInvitation(View):
    """The link's page: a new person sets name and password, one with an account signs in to it. Then she is in.

    Nobody takes it while signed in as somebody else: whoever asked her in may have opened it to see what it shows.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return unlogged(cast(HttpResponse, super().dispatch(request, *args, **kwargs)))

    def get(self, request: SiteRequest, token: str) -> HttpResponse:
        return self.show(request, token)

    def post(self, request: SiteRequest, token: str) -> HttpResponse:
        found = people.open_invitation(token, request.brand)
        if found is None:
            return self.show(request, token)
        if self.other(request, found.email):
            return self.show(request, token, 403)
        typed = request.POST
        try:
            if people.is_known(found.email):
                if not self.is_she(request, found.email):
                    return self.show(request, token, 403)
                people.accept(found)
                if found.role in (Role.OWNER, Role.ADMIN):
                    messages.success(request, say("已加入，请重新登录。", "You are in. Sign in anew."))
                    return HttpResponseRedirect(reverse("sign_in"))
                return onward(request, "/")
            if typed.get("password") != typed.get("again"):
                raise TenantError(say("两次输入的密码不一致", "The two passwords differ"))
            if not typed.get("name", "").strip():
                raise TenantError(say("请填写姓名", "Type your name"))
            with transaction.atomic():
                user = people.accept(found, name=typed["name"].strip()[:100], password=typed.get("password", ""))
                if typed.get("pin"):
                    set_pin(user, typed["pin"])
        except DomainError as refusal:
            return self.show(request, token, refusal.status, refusal=refusal.detail)
        messages.success(request, say("账号已就绪。", "Your account is ready."))
        return onward(request, enter(request, user, "/"))  # she chose the password a moment ago, by a link good once

    def is_she(self, request: SiteRequest, email: str) -> bool:
        return request.user.is_authenticated and request.user.email == email

    def other(self, request: SiteRequest, email: str) -> str:
        """What to tell one who is signed in as somebody else; empty for all others."""
        if not request.user.is_authenticated or request.user.email == email:
            return ""
        return say(
            f"这个邀请发给 {email}，而你正以 {request.user} 的身份登录。请先退出登录，再打开邀请链接。",
            f"This invitation is for {email}, and you are signed in as {request.user}. Sign out, then open the link "
            "again.",
        )

    def show(self, request: SiteRequest, token: str, status: int = 200, **said: Any) -> HttpResponse:
        found = people.open_invitation(token, request.brand)
        if found is None:
            return render(request, "tenants/invitation.html", {"invitation": None}, status=404)
        context = {
            "invitation": found,
            "role": Role(found.role).label,
            "where": str(found.brand or found.agency),
            "is_known": people.is_known(found.email),
            "is_she": self.is_she(request, found.email),
            "other": self.other(request, found.email),
            "is_brand_side": found.role in BRAND_SIDE,
            **said,
        }
        return render(request, "tenants/invitation.html", context, status=status)

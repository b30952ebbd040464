"""平台运维: who waits for the operator's word. 邮件: whether mail goes out. Both on the agency's site."""

import smtplib
from typing import Any

import redis
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from siyu.hosts import SiteRequest
from siyu.problems import DomainError, say
from tenants import operating, throttle
from tenants.models import AuditEntry, Membership, Role, User
from tenants.people import PeopleError
from tenants.queries import host_of_brand, url_of
from tenants.views import unlogged

HISTORY = 30  # rows shown


class OperatorPage(View):
    """For the installation's operator. Names of brands and addresses of people, nothing of what is in a brand."""

    person: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not operating.is_operator(request.user):
            raise PermissionDenied
        self.person = request.user
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: SiteRequest) -> HttpResponse:
        text = request.POST.get("row", "")
        row = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        try:
            if request.POST.get("do") == "hand":
                invitation, link = operating.hand_link(self.person, row)
                return unlogged(self.show(request, link=link, link_for=invitation))
            if request.POST.get("do") == "reset":
                email = request.POST.get("email", "")
                links = operating.reset_link_by_operator(self.person, email, request.POST.get("how", ""))
                return unlogged(self.show(request, links=links, links_for=email.strip().lower()))
            vouched = operating.vouch_for(self.person, row, request.POST.get("how", ""))
        except DomainError as refusal:
            return self.show(request, refusal.status, refusal=refusal.detail, typed=request.POST)
        name, brand = vouched.user, vouched.brand
        messages.success(request, say(f"{name} 现在可以代表 {brand} 审批。", f"{name} may approve for {brand} now."))
        return HttpResponseRedirect(reverse("operator"))

    def show(self, request: SiteRequest, status: int = 200, **said: Any) -> HttpResponse:
        done = AuditEntry.objects.filter(by__in=Membership.objects.filter(role=Role.OPERATOR).values("user"))
        context = {
            "people": [(one, Role(one.membership.role).label) for one in operating.waiting_people()],
            "invitations": [
                (row, Role(row.role).label, url_of(host_of_brand(row.brand)))
                for row in operating.invitations_to_hand()
                if row.brand
            ],
            "history": done.select_related("by", "brand").order_by("-pk")[:HISTORY],
            "mail_is_on": settings.MAIL_IS_ON,
            **said,
        }
        return render(request, "tenants/operator.html", context, status=status)


class MailPage(View):
    """For owners, admins and the operator: what mail is sent by, and a test to her own address, sent at once.

    The settings are the environment's (SIYU_SMTP_URL): nobody who gets into an account can point mail elsewhere.
    """

    person: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        who = (Role.OWNER, Role.ADMIN, Role.OPERATOR)
        if not Membership.objects.filter(user=request.user, role__in=who).exists():
            raise PermissionDenied
        self.person = request.user
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: SiteRequest) -> HttpResponse:
        try:
            self.send()
        except DomainError as refusal:
            return self.show(request, refusal.status, refusal=refusal.detail)
        email = self.person.email
        said = say(f"邮件服务器已收下发给 {email} 的测试邮件。", f"The server took a test mail to {email}.")
        messages.success(request, said)
        return HttpResponseRedirect(reverse("mail"))

    def send(self) -> None:
        """Raises PeopleError where no mail is set up, for too many tests, and with the server's own words."""
        if not settings.MAIL_IS_ON:
            raise PeopleError(say("没有设置邮件服务器", "No mail server is set"), status=409)
        try:
            if not throttle.may_guess("mail", self.person.pk):
                raise PeopleError(say("测试太多，请 15 分钟后再试", "Too many tests: wait 15 minutes"), status=429)
        except redis.RedisError as error:
            raise PeopleError(say("暂时无法测试，请稍后再试", "Not possible just now"), status=503) from error
        where = url_of(settings.BASE_DOMAIN)
        subject = say("siyu 测试邮件", "A test from siyu")
        text = say(f"{where} 能发送邮件。邀请和重设密码的链接会这样送达。\n", f"{where} can send mail: this is how invitations and reset links come.\n")  # fmt: skip  # noqa: E501
        try:
            send_mail(subject, text, None, [self.person.email])
        except (smtplib.SMTPException, OSError) as error:
            why = f"{type(error).__name__}: {error}"[:300]
            raise PeopleError(
                say(f"没有发出。服务器的答复：{why}", f"Not sent. The server said: {why}"), status=502
            ) from error

    def show(self, request: SiteRequest, status: int = 200, **said: Any) -> HttpResponse:
        safety = "TLS" if settings.EMAIL_USE_SSL else "STARTTLS" if settings.EMAIL_USE_TLS else ""
        context = {
            "mail_is_on": settings.MAIL_IS_ON,
            "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
            "safety": safety,
            "sender": settings.DEFAULT_FROM_EMAIL,
            **said,
        }
        return render(request, "tenants/mail.html", context, status=status)

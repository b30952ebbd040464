"""Setting a new password by a link in one's own mail."""

from typing import Any

import redis
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.generic import View
from kombu.exceptions import OperationalError

from siyu.hosts import SiteRequest
from siyu.problems import say
from tenants import throttle
from tenants.models import User
from tenants.passwords import user_of_reset
from tenants.sessions import end_sign_ins
from tenants.tasks import mail_reset
from tenants.views import unlogged

ENOUGH_MAIL = (
    "这个邮箱在一小时内已多次要求重设。请查看收件箱和垃圾邮件，已发的链接一小时内有效；或稍后再试。",
    "Enough links were asked for with this address within the hour. Look in its inbox and spam: each link works for an "
    "hour. Or try again later.",
)


class Reset(View):
    """Ask for a link. The answer is the same whether or not the address is a user's."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: SiteRequest) -> HttpResponse:
        if not settings.MAIL_IS_ON:
            return self.show(request, 409)
        email = request.POST.get("email", "").strip()
        try:
            validate_email(email)
        except ValidationError:
            return self.show(request, 422, refusal=say("邮箱不正确", "This is not an e-mail address"))
        try:
            if not throttle.may_try(f"reset {email}", throttle.address_of(request)):
                why = say("尝试次数过多，请 15 分钟后再试。", "Too many tries. Wait 15 minutes.")
                return self.show(request, 429, refusal=why)
            if not throttle.may_mail(email):
                return self.show(request, 429, refusal=say(*ENOUGH_MAIL))
            mail_reset.delay(email, request.site_host, get_language() or settings.LANGUAGE_CODE)
        except (redis.RedisError, OperationalError):
            return self.show(request, 503, refusal=say("暂时无法发送，请稍后再试。", "Not possible just now."))
        return self.show(request, is_sent=True)

    def show(self, request: SiteRequest, status: int = 200, **context: Any) -> HttpResponse:
        return render(request, "tenants/reset.html", {"mail_is_on": settings.MAIL_IS_ON, **context}, status=status)


class SetPassword(View):
    """The link's page. Ends all her sign-ins; the second factor stays, and she signs in anew."""

    person: User | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        host = request.site_host  # type: ignore[attr-defined]
        self.person = user_of_reset(kwargs["uid"], kwargs["token"], host)
        return unlogged(super().dispatch(request, *args, **kwargs))  # type: ignore[arg-type]

    def get(self, request: SiteRequest, uid: str, token: str) -> HttpResponse:
        return self.show(request, SetPasswordForm(self.person) if self.person else None, 200 if self.person else 404)

    def post(self, request: SiteRequest, uid: str, token: str) -> HttpResponse:
        if self.person is None:
            return self.show(request, None, 404)
        form = SetPasswordForm(self.person, request.POST)
        if not form.is_valid():
            return self.show(request, form, 422)
        with transaction.atomic():
            form.save()
            end_sign_ins(self.person)
        messages.success(request, say("新密码已设置，请登录。", "The new password is set. Sign in."))
        return HttpResponseRedirect(reverse("sign_in"))

    def show(self, request: SiteRequest, form: SetPasswordForm | None, status: int) -> HttpResponse:
        return render(request, "tenants/set_password.html", {"form": form}, status=status)

"""Signing in and out, on any site."""

from typing import Any, cast

import redis
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from siyu.hosts import SiteRequest
from siyu.problems import say
from tenants import throttle
from tenants.sessions import bind_to_host


class SignIn(LoginView):
    """The session made here is new (Django rotates it) and bound to this host."""

    template_name = "tenants/sign_in.html"
    redirect_authenticated_user = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account, address = request.POST.get("username", ""), request.META["REMOTE_ADDR"]
        try:
            is_allowed = throttle.may_try(account, address)
        except redis.RedisError:
            return self.refuse(503, say("暂时无法登录，请稍后再试。", "Signing in is not possible just now."))
        if not is_allowed:
            response = self.refuse(429, say("尝试次数过多，请 15 分钟后再试。", "Too many tries. Wait 15 minutes."))
            response["Retry-After"] = str(throttle.WINDOW)
            return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        bind_to_host(cast(SiteRequest, self.request))
        throttle.forget_tries(form.cleaned_data["username"], self.request.META["REMOTE_ADDR"])
        return response

    def refuse(self, status: int, why: str) -> HttpResponse:
        form = AuthenticationForm(self.request)
        return self.render_to_response(self.get_context_data(form=form, refusal=why), status=status)


class SignOut(LogoutView):
    """POST only. The session is gone from the database, not only from the browser."""

    next_page = "/sign-in/"

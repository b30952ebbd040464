"""开始: the page of the first visit. It is there until the first agency is made."""

from typing import Any
from urllib.parse import urlencode

import redis
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from siyu.hosts import SiteRequest
from siyu.problems import DomainError, say
from tenants import founding, throttle
from tenants.founding import FoundingError, Person
from tenants.views import enter, unlogged

FIELDS = ("agency", "owner_name", "owner_email", "operator_name", "operator_email")  # kept when something is refused


class Found(View):
    """Agency, owner and operator for the code of the terminal. The code is typed, never part of an address: it stands
    in no log, no history and no referrer. Then the owner is signed in and sets up her second factor."""

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not founding.is_open():
            raise Http404
        return unlogged(super().dispatch(request, *args, **kwargs))  # type: ignore[arg-type]

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: SiteRequest) -> HttpResponse:
        typed = request.POST
        try:
            if not throttle.may_try("founding", throttle.address_of(request)):
                return self.refuse(
                    request, 429, say("尝试次数过多，请 15 分钟后再试。", "Too many tries. Wait 15 minutes.")
                )
        except redis.RedisError:
            return self.refuse(request, 503, say("暂时无法核对，请稍后再试。", "It cannot be checked just now."))
        try:
            if not founding.is_code(typed.get("code", "")):
                detail = say(
                    "设置码不正确，请看启动 siyu 的终端", "Not the code: see the terminal where siyu was started"
                )
                flaw = {"pointer": "/code", "code": "wrong", "message": detail}
                raise FoundingError(detail, status=403, errors=[flaw])
            throttle.forget_tries("founding", throttle.address_of(request))
            owner, operator = (self.person(request, part) for part in ("owner", "operator"))
            _, user = founding.found(typed.get("agency", ""), owner, operator)
        except DomainError as refusal:
            flaws = {str(one["pointer"])[1:].replace("/", "_"): one["message"] for one in refusal.errors}
            return self.show(request, refusal.status, refusal=refusal.detail, flaws=flaws)
        return HttpResponseRedirect(enter(request, user, f"{reverse('brands')}?{urlencode({'begun': 1})}"))

    def person(self, request: SiteRequest, part: str) -> Person:
        """Raises FoundingError where the password was typed in two ways."""
        typed = {name: request.POST.get(f"{part}_{name}", "") for name in ("email", "name", "password", "again")}
        if typed["password"] != typed["again"]:
            detail = say("两次输入的密码不一致", "The two passwords differ")
            flaw = {"pointer": f"/{part}/again", "code": "differs", "message": detail}
            raise FoundingError(detail, errors=[flaw])
        return Person(typed["email"], typed["name"].strip(), typed["password"])

    def refuse(self, request: SiteRequest, status: int, why: str) -> HttpResponse:
        return self.show(request, status, refusal=why)

    def show(self, request: SiteRequest, status: int = 200, **said: Any) -> HttpResponse:
        typed = {name: request.POST.get(name, "") for name in FIELDS}
        return render(request, "tenants/found.html", {"typed": typed, **said}, status=status)

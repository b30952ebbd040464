"""Signing in and out, on any site, and going from one site to another."""

from typing import Any, cast
from urllib.parse import urlencode

import redis
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import View

from siyu.hosts import SiteRequest
from siyu.problems import say
from tenants import founding, handover, throttle
from tenants.models import User
from tenants.queries import url_of
from tenants.second_factor import has_second_factor, state_at_sign_in, take_code
from tenants.sessions import SET_UP_PATH, begin, end, join

PENDING = "second_factor_pending"
PENDING_LIFE = 600  # seconds between the password and the code


def path_here(request: HttpRequest, wanted: str) -> str:
    """The wanted address if it is a path of this very host, else `/`."""
    is_here = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=settings.HTTPS)
    return wanted if is_here and wanted.startswith("/") else "/"


class SignIn(LoginView):
    """E-mail and password; whoever has a second factor is asked for it next. The session made here is new, bound to
    this host and to one sign-in."""

    template_name = "tenants/sign_in.html"
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = path_here(self.request, self.get_redirect_url() or "/")
        via = {"via": settings.BASE_DOMAIN, "next": wanted}
        elsewhere = f"{reverse('enter')}?{urlencode(via)}" if self.request.brand else None  # type: ignore[attr-defined]
        is_founding = self.request.brand is None and founding.is_open()  # type: ignore[attr-defined]
        found = {"elsewhere": elsewhere, "agency_host": settings.BASE_DOMAIN, "is_founding": is_founding}
        return {**super().get_context_data(**kwargs), **found}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account, address = request.POST.get("username", ""), throttle.address_of(request)
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
        user, request = form.get_user(), cast(SiteRequest, self.request)
        throttle.forget_tries(form.cleaned_data["username"], throttle.address_of(request))
        wanted = self.get_success_url()
        if has_second_factor(user):
            request.session.flush()
            request.session[PENDING] = signing.dumps([user.pk, user.get_session_auth_hash(), request.site_host, wanted])
            return HttpResponseRedirect(reverse("sign_in_code"))
        return onward(request, enter(request, user, wanted))

    def refuse(self, status: int, why: str) -> HttpResponse:
        form = AuthenticationForm(self.request)
        return self.render_to_response(self.get_context_data(form=form, refusal=why), status=status)


def enter(request: SiteRequest, user: User, wanted: str) -> str:
    """Sign her in; where she goes next: where she wanted to, or to set up the second factor that her role asks for."""
    state = state_at_sign_in(user)
    begin(request, user, state=state)
    return wanted if state == state.OPEN else f"{SET_UP_PATH}?{urlencode({'next': wanted})}"


def onward(request: HttpRequest, wanted: str) -> HttpResponse:
    """After a form: a redirect, or a page that goes on by itself where the way leads to another host.

    `form-action 'self'` holds for the redirects that follow a form, too.
    """
    if wanted.startswith(reverse("pass")):
        return render(request, "tenants/onward.html", {"address": wanted})
    return HttpResponseRedirect(wanted)


@method_decorator(never_cache, "dispatch")
class SignInCode(View):
    """After the password: a code of her app, or a recovery code. Until then nobody is signed in."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request) if self.pending(request) else HttpResponseRedirect(reverse("sign_in"))

    def post(self, request: SiteRequest) -> HttpResponse:
        pending = self.pending(request)
        if pending is None:
            return HttpResponseRedirect(reverse("sign_in"))
        user, wanted = pending
        try:
            is_allowed = throttle.may_guess("code", user.pk)
        except redis.RedisError:
            return self.show(request, 503, say("暂时无法登录，请稍后再试。", "Signing in is not possible just now."))
        if not is_allowed:
            return self.show(request, 429, say("尝试次数过多，请 15 分钟后再试。", "Too many tries. Wait 15 minutes."))
        if not take_code(user, request.POST.get("code", "")):
            why = say("验证码不正确，或已用过。请输入应用中的下一个验证码。", "Not right, or used before. Type the app's next code.")  # fmt: skip  # noqa: E501
            return self.show(request, 200, why)
        throttle.forget_guesses("code", user.pk)
        return onward(request, enter(request, user, path_here(request, wanted)))

    def pending(self, request: SiteRequest) -> tuple[User, str] | None:
        """Who has given her password here within PENDING_LIFE, and where she wanted to go."""
        try:
            kept = signing.loads(request.session.get(PENDING, ""), max_age=PENDING_LIFE)
        except signing.BadSignature:
            return None
        user_id, auth_hash, host, wanted = kept
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None or host != request.site_host or user.get_session_auth_hash() != auth_hash:
            return None
        return user, wanted

    def show(self, request: SiteRequest, status: int = 200, refusal: str = "") -> HttpResponse:
        return render(request, "tenants/sign_in_code.html", {"refusal": refusal}, status=status)


class SignOut(View):
    """POST only. Ends the sign-in on every host; the session is gone from the database, not only from the browser."""

    http_method_names = ["post"]

    def post(self, request: SiteRequest) -> HttpResponse:
        end(request)
        return HttpResponseRedirect(reverse("sign_in"))


# -- From host to host (tenants.handover) -----------------------------------------------------------------------------


def unlogged(response: HttpResponse) -> HttpResponse:
    """For addresses that carry a token: kept in no cache, told to no other site.

    Not `no-referrer`: browsers then send the forms of such a page with the origin null, which CSRF refuses.
    """
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response


class Enter(View):
    """`?via=<host>&next=<path>`: come in with the sign-in that this browser has on another site of ours."""

    http_method_names = ["get"]

    def get(self, request: SiteRequest) -> HttpResponse:
        via, wanted = request.GET.get("via", ""), path_here(request, request.GET.get("next", "/"))
        if request.user.is_authenticated and handover.may_enter(request.user, request.site_host):
            return HttpResponseRedirect(wanted)
        if via == request.site_host or not handover.is_site(via):
            raise Http404
        response = HttpResponseRedirect("")
        asked = handover.remember(response, request.site_host, wanted)
        query = urlencode({"to": request.site_host, "state": asked.digest})
        response["Location"] = f"{url_of(via)}pass/?{query}"
        return unlogged(response)


class Pass(View):
    """`?to=<host>&state=<hash>`: she is signed in here; send her back with a token for that host."""

    http_method_names = ["get"]

    def get(self, request: SiteRequest) -> HttpResponse:
        to, state = request.GET.get("to", ""), request.GET.get("state", "")
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not handover.may_enter(request.user, to):
            raise Http404
        try:
            token = handover.issue(request.sign_in, to=to, state=state)
        except redis.RedisError:
            return render(request, "tenants/arrival_refused.html", status=503)
        carried = {"token": token, "language": request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")}
        return unlogged(HttpResponseRedirect(f"{url_of(to)}arrive/?{urlencode(carried)}"))


class Arrive(View):
    """`?token=&language=`: take the sign-in over, if this browser asked for it a moment ago; and the language that she
    chose on the site she comes from, since cookies are their host's."""

    http_method_names = ["get"]

    def get(self, request: SiteRequest) -> HttpResponse:
        asked = handover.recall(request)
        try:
            state = asked.digest if asked else ""
            sign_in = handover.redeem(request.GET.get("token", ""), at=request.site_host, state=state)
        except redis.RedisError:
            sign_in = None
        if asked is None or sign_in is None:
            return unlogged(render(request, "tenants/arrival_refused.html", status=403))
        join(request, sign_in)
        response = HttpResponseRedirect(path_here(request, asked.next))
        response.delete_cookie(handover.STATE_COOKIE)
        if (language := request.GET.get("language", "")) in dict(settings.LANGUAGES):
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=settings.HTTPS)
        return unlogged(response)

"""A person's own account, on any site: password, second factor, PIN, sign-ins."""

from typing import Any

import redis
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.generic import View

from siyu.hosts import SiteRequest
from siyu.problems import say
from tenants import second_factor, throttle
from tenants.models import BRAND_SIDE, RecoveryCode, SignIn, User
from tenants.services import TenantError, set_pin
from tenants.sessions import end, end_sign_ins
from tenants.views import onward, path_here

NOT_NOW = ("暂时无法核对，请稍后再试。", "It cannot be checked just now. Try again in a while.")
TOO_MANY = ("尝试次数过多，请 15 分钟后再试。", "Too many tries. Wait 15 minutes.")
WRONG_PASSWORD = ("密码不正确。", "The password is not right.")
WRONG_CODE = ("验证码不正确。请核对手机时间，输入应用中当前的验证码。", "Not right. Check your phone's clock and type the current code.")  # fmt: skip  # noqa: E501


@method_decorator(never_cache, "dispatch")
class OwnPage(View):
    """For whoever is signed in, about herself: `self.person`."""

    person: User
    request: SiteRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        self.person = request.user
        return super().dispatch(request, *args, **kwargs)

    def why_not(self, what: str, is_right: Any) -> tuple[int, str] | None:
        """Counts a try at a secret of hers and looks: None if `is_right()`, else status and what to tell her."""
        try:
            if not throttle.may_guess(what, self.person.pk):
                return 429, say(*TOO_MANY)
        except redis.RedisError:
            return 503, say(*NOT_NOW)
        if not is_right():
            return 422, say(*(WRONG_PASSWORD if what == "password" else WRONG_CODE))
        throttle.forget_guesses(what, self.person.pk)
        return None

    def wrong_password(self) -> tuple[int, str] | None:
        typed = self.request.POST.get("password", "")
        return self.why_not("password", lambda: self.person.check_password(typed))


class Account(OwnPage):
    """Her account; POST sets the PIN by which she confirms what she does by a report's link."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show()

    def post(self, request: SiteRequest) -> HttpResponse:
        if refused := self.wrong_password():
            return self.show(*refused)
        try:
            set_pin(self.person, request.POST.get("pin", ""))
        except TenantError as error:
            return self.show(error.status, error.detail)
        messages.success(request, say("确认码已设置。", "The PIN is set."))
        return HttpResponseRedirect(reverse("account"))

    def show(self, status: int = 200, refusal: str = "") -> HttpResponse:
        context = {
            "refusal": refusal,
            "has_second_factor": second_factor.has_second_factor(self.person),
            "sign_ins": SignIn.objects.filter(user=self.person, ended_at=None).order_by("-at"),
            "is_brand_side": self.person.memberships.filter(role__in=BRAND_SIDE).exists(),
        }
        return render(self.request, "tenants/account.html", context, status=status)


class ChangePassword(OwnPage):
    """Ends every other sign-in of hers."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(PasswordChangeForm(self.person))

    def post(self, request: SiteRequest) -> HttpResponse:
        form = PasswordChangeForm(self.person, request.POST)
        refused = self.why_not("password", lambda: self.person.check_password(request.POST.get("old_password", "")))
        if refused and refused[0] != 422:
            return self.show(form, *refused)
        if not form.is_valid():
            return self.show(form, 422)
        form.save()
        end_sign_ins(self.person, but=request.sign_in)
        update_session_auth_hash(request, self.person)
        messages.success(request, say("密码已修改，其他登录已退出。", "The password is changed; other sign-ins ended."))
        return HttpResponseRedirect(reverse("account"))

    def show(self, form: PasswordChangeForm, status: int = 200, refusal: str = "") -> HttpResponse:
        return render(self.request, "tenants/change_password.html", {"form": form, "refusal": refusal}, status=status)


class EndSignIns(OwnPage):
    """Sign out everywhere."""

    http_method_names = ["post"]

    def post(self, request: SiteRequest) -> HttpResponse:
        end_sign_ins(self.person)
        end(request)
        return HttpResponseRedirect(reverse("sign_in"))


# -- The second factor ------------------------------------------------------------------------------------------------


class SecondFactorPage(OwnPage):
    """Set it up (`code`), or remove it (`remove`, with the password)."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show()

    def post(self, request: SiteRequest) -> HttpResponse:
        if "remove" in request.POST:
            return self.remove()
        codes: list[str] = []
        refused = self.why_not("code", lambda: self.confirm(codes))
        if refused:
            return self.show(*refused)
        request.sign_in.state = SignIn.State.OPEN
        request.sign_in.save(update_fields=["state"])
        end_sign_ins(self.person, but=request.sign_in)
        return self.show_codes(codes)

    def confirm(self, codes: list[str]) -> bool:
        codes += second_factor.confirm_set_up(self.person, self.request.POST.get("code", "")) or []
        return bool(codes)

    def remove(self) -> HttpResponse:
        if refused := self.wrong_password():
            return self.show(*refused)
        second_factor.remove(self.person)
        self.request.sign_in.state = second_factor.state_at_sign_in(self.person)
        self.request.sign_in.save(update_fields=["state"])
        messages.success(self.request, say("两步验证已关闭。", "The second factor is removed."))
        return HttpResponseRedirect(reverse("second_factor"))

    def show_codes(self, codes: list[str]) -> HttpResponse:
        wanted = path_here(self.request, self.request.POST.get("next", "/"))
        return render(self.request, "tenants/recovery_codes.html", {"codes": codes, "next": wanted})

    def show(self, status: int = 200, refusal: str = "") -> HttpResponse:
        context: dict[str, Any] = {
            "refusal": refusal,
            "is_in_use": second_factor.has_second_factor(self.person),
            "codes_left": RecoveryCode.objects.filter(user=self.person).count(),
            "next": path_here(self.request, self.request.GET.get("next") or self.request.POST.get("next", "/")),
            "must": second_factor.state_at_sign_in(self.person) == SignIn.State.SET_UP,
            "may_postpone": second_factor.may_postpone(self.person),
        }
        if not context["is_in_use"]:
            secret = second_factor.begin_set_up(self.person)
            address = second_factor.address_of(secret, self.person)
            context["picture"] = mark_safe(second_factor.picture_of(address))  # noqa: S308 - segno's, of our own text
            context["secret"] = second_factor.spelled(secret)
        return render(self.request, "tenants/second_factor.html", context, status=status)


class Postpone(OwnPage):
    """In the demo: go on without, for this sign-in."""

    http_method_names = ["post"]

    def post(self, request: SiteRequest) -> HttpResponse:
        if request.sign_in.state == SignIn.State.SET_UP and second_factor.may_postpone(self.person):
            request.sign_in.state = SignIn.State.POSTPONED
            request.sign_in.save(update_fields=["state"])
        return onward(request, path_here(request, request.POST.get("next", "/")))


class RecoveryCodes(SecondFactorPage):
    """New recovery codes for the password; the old ones are void."""

    http_method_names = ["post"]

    def post(self, request: SiteRequest) -> HttpResponse:
        if refused := self.wrong_password():
            return self.show(*refused)
        if not second_factor.has_second_factor(self.person):
            return HttpResponseRedirect(reverse("second_factor"))
        return self.show_codes(second_factor.new_recovery_codes(self.person))

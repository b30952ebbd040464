"""Report links: made for a person of the brand (by the agency), opened by her, and her PIN."""

import redis
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from siyu.brands import enter_public
from siyu.hosts import SiteRequest
from siyu.problems import DomainError, say
from tenants import links, throttle
from tenants.models import User
from tenants.pages import BrandPage
from tenants.permissions import Act
from tenants.views import unlogged

NOT_NOW = ("暂时无法核对，请稍后再试。", "It cannot be checked just now. Try again in a while.")
WRONG = (
    "确认码不正确。连续错 5 次须等 15 分钟；链接仍然有效。",
    "Not right. After five wrong ones you wait 15 minutes; the link stays good.",
)
TOO_MANY = (
    "输错次数过多，链接仍然有效：请 15 分钟后再试，或用密码登录。还是不行，请明天再试，或请项目经理重新发链接。",
    "Too many wrong ones; the link stays good. Wait 15 minutes, or sign in with your password. If that does not help, "
    "try tomorrow or ask for a new link.",
)


class ReportLinks(BrandPage):
    """`?path=` of a report's page: whom it may be sent to, which links open it, a new one (shown once), its end."""

    acts = {"GET": Act.SEND_REPORTS, "POST": Act.SEND_REPORTS}

    def get(self, request: HttpRequest) -> HttpResponse:
        with enter_public():
            return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        person, brand = self.identity.user, self.identity.brand
        text = request.POST.get("row", "")
        row = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
        with enter_public():
            try:
                if person is None:
                    raise Http404
                if request.POST.get("do") == "revoke":
                    links.revoke_link(brand, row, by=person)
                    messages.success(request, say("链接已停用。", "The link is revoked."))
                    return HttpResponseRedirect(request.get_full_path())
                for_whom = User.objects.filter(pk=row).first()
                if for_whom is None:
                    raise Http404
                link = links.make_link(brand, for_whom, self.path(request), by=person)
                return unlogged(self.show(request, link=link, link_for=for_whom))
            except DomainError as refusal:
                return self.show(request, refusal.status, refusal=refusal.detail)

    def path(self, request: HttpRequest) -> str:
        found = request.GET.get("path", "")
        if not links.PATH.fullmatch(found):
            raise Http404
        return found

    def show(self, request: HttpRequest, status: int = 200, **said: object) -> HttpResponse:
        brand, path = self.identity.brand, self.path(request)
        context = {
            "path": path,
            "readers": links.readers_of(brand),
            "links": links.links_to(brand, path),
            **said,
        }
        return render(request, "tenants/report_links.html", context, status=status)


class OpenLink(View):
    """The link itself: to the report, without a password. Who is signed in stays who she is."""

    http_method_names = ["get"]

    def get(self, request: SiteRequest, token: str) -> HttpResponse:
        link = links.open_link(request, token)
        if link is None:
            return unlogged(render(request, "tenants/link_void.html", status=404))
        if request.user.is_authenticated and request.user != link.user:
            return unlogged(render(request, "tenants/link_void.html", {"whose": link.user}, status=403))
        return unlogged(HttpResponseRedirect(link.path))


class ProveLink(View):
    """Her PIN, for a session that a link began: to act, or to read at all on another device than the first."""

    http_method_names = ["get", "post"]

    def get(self, request: SiteRequest) -> HttpResponse:
        link = links.link_of_session(request)
        if link is None:
            return HttpResponseRedirect(reverse("sign_in"))
        return unlogged(render(request, "tenants/link_prove.html", {"link": link}))

    def post(self, request: SiteRequest) -> HttpResponse:
        link = links.link_of_session(request)
        if link is None:
            return HttpResponseRedirect(reverse("sign_in"))
        place = None if links.is_first(request, link) else throttle.address_of(request)
        try:
            is_allowed = throttle.may_guess_pin(link.user_id, link.pk, place)
        except redis.RedisError:
            messages.error(request, say(*NOT_NOW))
            return HttpResponseRedirect(link.path)
        if not is_allowed:
            messages.error(request, say(*TOO_MANY))
        elif links.prove(request, link, request.POST.get("pin", "")):
            throttle.forget_pin_guesses(link.user_id, link.pk, place)
            messages.success(request, say("已确认是你本人，30 分钟内可以操作。", "It is you: 30 minutes to act."))
            if link.wrong_pins:
                messages.warning(request, say(*_wrong_before(link.wrong_pins)))
        else:
            messages.error(request, say(*WRONG))
        return HttpResponseRedirect(link.path)


def _wrong_before(count: int) -> tuple[str, str]:
    return (
        f"此前这个链接上输错过 {count} 次确认码。如果不是你，请换一个确认码，并请项目经理重新发链接。",
        f"Wrong PINs were typed on this link {count} times before. If it was not you, set another PIN and ask for "
        "a new link.",
    )

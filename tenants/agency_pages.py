"""品牌: the agency's brands on the agency's site, and a new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from siyu.hosts import SiteRequest
from siyu.problems import DomainError, say
from tenants.brands import brands_in, open_brand
from tenants.models import Brand, Membership, Role, User
from tenants.people import Place, place_in_agency
from tenants.queries import site_of


def led_by(user: User, slug: str = "") -> Place:
    """The agency that she leads as owner or admin; of several the one of this slug, else the first.

    Raises PermissionDenied where there is none.
    """
    led = Membership.objects.filter(user=user, role__in=(Role.OWNER, Role.ADMIN)).order_by("agency__slug", "role")
    if slug:
        led = led.filter(agency__slug=slug)
    first = led.select_related("agency").first()
    place = place_in_agency(user, first.agency) if first and first.agency else None
    if place is None:
        raise PermissionDenied
    return place


class AgencyPage(View):
    """A page for an agency's leaders; `?agency=<slug>` for who leads several. Not signed in: to the sign-in page."""

    place: Place

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        self.place = led_by(request.user, request.GET.get("agency", ""))
        return super().dispatch(request, *args, **kwargs)


class AgencyBrands(AgencyPage):
    """Made while she waits: some seconds. What is refused keeps what was typed."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show(request)

    def post(self, request: SiteRequest) -> HttpResponse:
        typed = {name: request.POST.get(name, "") for name in ("slug", "name", "category")}
        try:
            brand, is_new = open_brand(self.place.agency, by=self.place.by, **typed)
        except DomainError as refusal:
            flaws = {str(error["pointer"])[1:]: error["message"] for error in refusal.errors}
            return self.show(request, refusal.status, refusal=refusal.detail, typed=typed, flaws=flaws)
        said = say(f"品牌 {brand.name} 已建立。", f"The brand {brand.name} is made.")
        if not is_new:
            said = say(f"品牌 {brand.name} 已经建立过。", f"The brand {brand.name} was made before.")
        messages.success(request, said)
        return HttpResponseRedirect(f"{reverse('brands')}?made={brand.slug}")

    def show(self, request: SiteRequest, status: int = 200, **said: Any) -> HttpResponse:
        found = [
            (brand, site_of(brand, request.site_host), brand.state == Brand.State.ACTIVE)
            for brand in brands_in(self.place.agency)
        ]
        is_owner = Role.OWNER in self.place.roles
        context = {"place": self.place, "brands": found, "is_owner": is_owner, "made": request.GET.get("made"), **said}
        return render(request, "tenants/brands.html", context, status=status)

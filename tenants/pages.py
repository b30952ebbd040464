"""The base of every page of a brand: what tenants.rest is to REST."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.encoding import escape_uri_path
from django.views.generic import View

from siyu.brands import enter_brand
from tenants.identity import Identity, brand_asked_for, identify_user
from tenants.links import identify_by_link, wants_pin
from tenants.permissions import Act, may, who_may


class BrandPage(View):
    """A page whose handlers run inside the brand, after it was settled in public that she may.

        class ProjectPage(BrandPage):
            acts = {"GET": Act.READ_PROJECT}

            def get(self, request, code): return render(request, "…", {...})     # self.identity is who asks

    A method without an act is refused (403), but whoever opens an address that only takes forms (after signing in anew,
    by a reload, by changing the language) is led to the page that it belongs to. Not signed in: to the sign-in page,
    unless a report's link opens this very page, or does once her PIN is typed; no role in this brand: 404. Render in
    the handler (`render`, not TemplateResponse): what is rendered later is rendered outside the brand.
    """

    acts: ClassVar[Mapping[str, Act]] = {}
    identity: Identity

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        brand = brand_asked_for(request)
        identity = identify_user(request.user, brand) if request.user.is_authenticated else None
        if not request.user.is_authenticated:
            identity = identify_by_link(request, brand)  # type: ignore[arg-type]
            if identity is None and wants_pin(request):  # type: ignore[arg-type]
                return HttpResponseRedirect(reverse("prove_link"))
            if identity is None:
                return redirect_to_login(request.get_full_path())
        if identity is None:
            raise Http404
        act = self.acts.get("GET" if request.method == "HEAD" else str(request.method))
        if act is None and request.method in ("GET", "HEAD") and (above := page_above(request.path_info)):
            return HttpResponseRedirect(above)
        if act is None or not may(identity, act, brand):
            raise PermissionDenied(who_may(act) if act else "")
        self.identity = request.identity = identity  # type: ignore[attr-defined]  # the shell around the page asks
        with enter_brand(brand.schema_name):
            return super().dispatch(request, *args, **kwargs)


def page_above(path: str) -> str | None:
    """The nearest page of this site on the way from an address up to the first page, ready to be sent; None if there
    is none."""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            view = getattr(resolve(f"{path}/").func, "view_class", None)
        except Resolver404:
            continue
        if isinstance(view, type) and issubclass(view, BrandPage) and "GET" in view.acts:
            return escape_uri_path(f"{path}/")
    return None

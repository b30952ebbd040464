"""移除品牌: an agency's owner removes a brand that was only tried, from the agency's site."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from guides.services import end_placements
from reports.models import Revision
from siyu.brands import enter_brand
from siyu.problems import DomainError, say
from tenants.agency_pages import AgencyPage
from tenants.brands import BrandRefusedError, brands_in, close_brand
from tenants.models import Brand, Role, User


def count_sent(brand: Brand) -> int:
    """Revisions of reports that the brand was sent."""
    if brand.state != Brand.State.ACTIVE:
        return 0
    with enter_brand(brand.schema_name):
        return Revision.objects.filter(sent_at__isnull=False).count()


@transaction.atomic
def remove_brand(brand: Brand, *, by: User | None) -> bool:
    """Close the brand for good, its guides free from today on (tenants.brands.close_brand); False where it was closed
    before. Runs in public."""
    end_placements(brand, on=timezone.localdate())
    return close_brand(brand, by=by)


class RemoveBrand(AgencyPage):
    """Its owner types the brand's address. 404 for a brand that is not the agency's; 403 for an admin.

    What was sent to a brand is its property too: where reports were sent, only the operator closes it, by command.
    """

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.show(self.found(slug))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        brand, typed = self.found(slug), request.POST.get("slug", "")
        try:
            if count_sent(brand):
                raise BrandRefusedError(_sent_words(), status=409)
            if typed.strip() != brand.slug:
                raise BrandRefusedError(
                    say(
                        f"请输入品牌的网址 {brand.slug} 确认移除", f"Type the brand's address, {brand.slug}, to be sure"
                    )
                )
            remove_brand(brand, by=self.place.by)
        except DomainError as refusal:
            return self.show(brand, refusal.status, refusal=refusal.detail, typed=typed)
        messages.success(request, say(f"品牌 {brand.name} 已移除。", f"The brand {brand.name} is removed."))
        return HttpResponseRedirect(reverse("brands"))

    def found(self, slug: str) -> Brand:
        if Role.OWNER not in self.place.roles:
            raise PermissionDenied
        brand = brands_in(self.place.agency).filter(slug=slug).first()
        if brand is None:
            raise Http404
        return brand

    def show(self, brand: Brand, status: int = 200, **said: Any) -> HttpResponse:
        kept = _sent_words() if count_sent(brand) else ""
        context = {"brand": brand, "kept": kept, **said}
        return render(self.request, "workplace/setup_removal.html", context, status=status)


def _sent_words() -> str:
    return say(
        "这个品牌已收到过报告，不是试用品牌。结束合作时请先导出数据，再由运维人员关闭。",
        "Reports were sent to this brand: it is no trial. Export its data first; then the operator closes it.",
    )

"""通知: what she was told, the newest first; opening one leads to the thing and marks it read."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from projects.models import Notice
from projects.notices import mark_read, notices_for, words_of
from siyu.problems import say
from tenants.pages import BrandPage
from tenants.permissions import Act
from workplace.report_progress import at_words

PER_PAGE = 30


@dataclass(frozen=True)
class Told:
    text: str
    project: str
    at: str
    href: str
    is_new: bool


class NoticesPage(BrandPage):
    acts = {"GET": Act.READ_NOTICES}

    def get(self, request: HttpRequest) -> HttpResponse:
        pages = Paginator(notices_for(self.identity, timezone.now()), PER_PAGE).get_page(request.GET.get("page"))
        told = [
            Told(
                words_of(notice),
                notice.project.name,
                at_words(notice.at, notice.project),
                reverse("open_notice", args=[notice.pk]),
                notice.read_at is None,
            )
            for notice in pages
        ]
        return render(
            request, "workplace/notices.html", {"told": told, "pages": pages, "title": say("通知", "Notices")}
        )


class OpenNotice(BrandPage):
    """To the thing the notice is about. 404 for another's, and for one whose thing she may no longer see."""

    acts = {"GET": Act.READ_NOTICES}

    def get(self, request: HttpRequest, notice: int) -> HttpResponse:
        now = timezone.now()
        found = notices_for(self.identity, now).filter(pk=min(notice, 2**63 - 1)).first()
        if found is None:
            raise Http404
        mark_read(self.identity, now, [found.pk])
        return HttpResponseRedirect(address_of(found))


class ReadNotices(BrandPage):
    acts = {"POST": Act.READ_NOTICES}

    def post(self, request: HttpRequest) -> HttpResponse:
        mark_read(self.identity, timezone.now())
        messages.success(request, say("已全部标为已读", "All are marked as read"))
        return HttpResponseRedirect(reverse("notices"))


def address_of(notice: Notice) -> str:
    """The page of the thing."""
    kind, _, number = notice.subject.partition(":")
    if kind == "report":
        return reverse("report", args=[notice.project.code, int(number)])
    return reverse(kind, args=[notice.project.code])

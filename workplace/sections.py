"""The base of a project's working pages: what is shown, what is done, and what is said when it is refused."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from rest_framework.exceptions import APIException

from projects.models import Project
from siyu.problems import DomainError, say
from tenants.identity import Identity
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.blocks import Block, Typed, row_bodies, typed_of

SECTIONS = (  # route, act to read it, Chinese, English
    ("project", Act.READ_OWN_KPIS, "记分卡", "Scorecard"),
    ("reports", Act.READ_REPORTS, "报告", "Reports"),
    ("onepager", Act.READ_KPIS, "一页纸", "One-pager"),
    ("commitments", Act.READ_COMMITMENTS, "承诺", "Commitments"),
    ("team", Act.READ_TEAM, "团队", "Team"),
    ("fans", Act.SEE_HELD_FANS, "粉丝", "Fans"),
    ("assignments", Act.SEE_FANS, "粉丝分配", "Assignment"),
    ("forecast", Act.READ_FORECAST, "预测表", "Forecast"),
    ("definitions", Act.READ_PROJECT, "口径表", "Definitions"),
    ("indicators", Act.READ_KPIS, "自有指标", "Own indicators"),
    ("contacts", Act.READ_PROJECT, "品牌联系人", "Brand contacts"),
    ("data", Act.SEND_EVENTS, "数据", "Data"),
    ("runs", Act.RUN_WORK, "运行看板", "Runs"),
    ("settings", Act.READ_PROJECT, "项目设置", "Settings"),
    ("setup", Act.READ_PROJECT, "启用清单", "Set-up"),
    ("audit", Act.READ_COMMITMENTS, "变更记录", "Changes"),
)


ICONS = {
    "project": "target-arrow",
    "definitions": "ruler-measure",
    "indicators": "adjustments",
    "team": "users-group",
    "assignments": "user-check",
    "fans": "users",
    "commitments": "heart-handshake",
    "forecast": "chart-line",
    "data": "database-import",
    "contacts": "id-badge-2",
    "reports": "file-text",
    "runs": "history",
    "onepager": "file-check",
    "audit": "shield-lock",
    "settings": "settings",
}
AGREED = ("forecast", "definitions", "indicators", "contacts")  # what was agreed once
KEPT = ("data", "runs", "settings", "setup", "audit")  # what keeps the project going; the others are the day's work


class Tab(NamedTuple):
    """A section that one may read. `is_current`: its page is shown; `part`: of the menu, daily, agreed or kept."""

    title: str
    address: str
    is_current: bool
    icon: str
    part: str


def tabs(identity: Identity, project: Project, current: str) -> list[Tab]:
    """The sections that she may read. `current`: the route of the one that is shown."""
    return [
        Tab(
            say(chinese, english),
            reverse(route, args=[project.code]),
            route == current,
            ICONS.get(route, "list-details"),
            "agreed" if route in AGREED else "kept" if route in KEPT else "daily",
        )
        for route, act, chinese, english in SECTIONS
        if may(identity, act, identity.brand)
    ]


class Section(BrandPage):
    """A page of a project. `route` names its URL; `blocks` says what is on it."""

    route: ClassVar[str]
    title: ClassVar[tuple[str, str]]
    template: ClassVar[str] = "workplace/page.html"

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        raise NotImplementedError

    def may(self, act: Act) -> bool:
        """Whether she may; what she may not is not offered."""
        return may(self.identity, act, self.identity.brand)

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self.show(seen_project(self.identity, code), Typed())

    def show(self, project: Project, typed: Typed, status: int = 200) -> HttpResponse:
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "blocks": self.blocks(project, typed),
            "typed": typed,
        }
        return render(self.request, self.template, context, status=status)


class Action(BrandPage):
    """What a form of a page does. A refusal shows the page again with what was typed and why not."""

    page: ClassVar[type[Section]]
    missing: ClassVar[tuple[type[Exception], ...]] = ()  # what stands for 404

    def act(self, project: Project, values: dict[str, str]) -> str:
        """Do it; what is said of it then. What the address names beside the project is in `self.kwargs`."""
        raise NotImplementedError

    def back(self, project: Project) -> str:
        return reverse(self.page.route, args=[project.code])

    def post(self, request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        project = seen_project(self.identity, code)
        values = {name: str(value) for name, value in request.POST.items()}
        try:
            with transaction.atomic():
                said = self.act(project, values)
        except self.missing as error:
            raise Http404 from error
        except (DomainError, APIException) as refusal:
            typed, status = typed_of(values, refusal, row_bodies(values)[0] or None)
            return self.refused(project, typed, status)
        messages.success(request, said)
        return HttpResponseRedirect(self.back(project))

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        page = self.page()
        page.setup(self.request, project.code)
        page.identity = self.identity
        return page.show(project, typed, status)

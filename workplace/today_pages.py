"""今日: the first page of a brand's site and of the agency's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from projects.queries import zone_of
from siyu.brands import enter_brand
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import identify_user
from tenants.models import User
from tenants.operating import is_operator
from tenants.pages import BrandPage
from tenants.permissions import Act
from tenants.queries import Site, sites_of
from workplace.sections import tabs
from workplace.today import Task
from workplace.today_reading import ProjectDay, read_day
from workplace.words import role_title

PER_PAGE = 12  # brands of one page: each is entered and read for itself


@dataclass(frozen=True)
class Line:
    """A task as its page shows it. `due`: in words; `is_late`: that day is past."""

    task: Task
    address: str
    due: str
    is_late: bool


@dataclass(frozen=True)
class Group:
    """The tasks of one project, the most urgent first."""

    title: str
    about: str
    lines: list[Line]


class TodayPage(BrandPage):
    """What needs her in this brand's projects, and the projects themselves."""

    acts = {"GET": Act.READ_PROJECT}

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        days = read_day(self.identity, now)
        groups = [_group(day, local_day(now, zone_of(day.project)), "") for day in days]
        projects = [(day.project, tabs(self.identity, day.project, "home")[0].address) for day in days]
        nothing = ""
        if not days:
            nothing = say(
                "没有你可以查看的项目。项目由项目经理或管理员创建；代运营方成员需要在项目中有当前的席位。",
                "There is no project that you may see. A project manager or administrator makes projects; the agency's "
                "people need a seat in them today.",
            )
        return _show(request, groups, nothing, {"projects": projects, "role": role_title(self.identity)})


@login_required
def agency_today(request: HttpRequest) -> HttpResponse:
    """The same over the brands she may enter, `?page=` by page; each brand is entered for itself, as she."""
    assert isinstance(request.user, User)  # noqa: S101 - what login_required has settled, said to the type checker
    now = timezone.now()
    sites = [site for site in sites_of(request.user, settings.BASE_DOMAIN) if site.brand]
    if not sites and is_operator(request.user):
        return HttpResponseRedirect(reverse("operator"))
    page = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    groups = []
    for site in page:
        groups += _of_site(request.user, site, now)
    nothing = ""
    if not sites:
        nothing = say(
            "你还没有可进入的品牌。请联系所在公司的管理员，为你在某个品牌中安排角色。",
            "You may enter no brand yet. Ask an administrator of your company for a role in one.",
        )
    brands = [(site.brand, site.address) for site in page]
    return _show(request, groups, nothing, {"brands": brands, "page": page})


def _of_site(user: User, site: Site, now: datetime) -> list[Group]:
    assert site.brand is not None  # noqa: S101 - sites of brands only
    identity = identify_user(user, site.brand)
    if identity is None:
        return []
    with enter_brand(site.brand.schema_name):
        days = read_day(identity, now)
    return [
        _group(day, local_day(now, zone_of(day.project)), site.address, brand=site.brand.name)
        for day in days
        if day.tasks
    ]


def _group(day: ProjectDay, today: date, site: str, brand: str = "") -> Group:
    """`site`: the address that takes her sign-in to the brand's site; empty on that site."""
    title = f"{brand} · {day.project.name}" if brand else day.project.name
    return Group(title, day.project.code, [_line(task, today, site) for task in day.tasks])


def _line(task: Task, today: date, site: str) -> Line:
    due = ""
    if task.due is not None:
        left = (task.due - today).days
        due = say(f"{task.due:%m-%d} 前", f"by {task.due:%m-%d}")
        if left < 0:
            due = say(f"已过 {-left} 天", f"{-left} days late")
        elif left == 0:
            due = say("今天", "today")
    return Line(task, there(site, task.address), due, task.due is not None and task.due < today)


def there(site: str, path: str) -> str:
    """A path of a brand's site as it is reached from where one is. `site`: as for sites_of."""
    if not site:
        return path
    base, asked, query = site.partition("?")
    return f"{base}?{query}&{urlencode({'next': path})}" if asked else base.rstrip("/") + path


def _show(request: HttpRequest, groups: Sequence[Group], nothing: str, more: dict[str, object]) -> HttpResponse:
    shown = [group for group in groups if group.lines]
    number = sum(len(group.lines) for group in shown)
    late = sum(line.task.tone == "bad" for group in shown for line in group.lines)
    lead = say(f"{number} 件事需要你处理", f"{number} things need you")
    if late:
        lead += say(f"，其中 {late} 件紧急", f", {late} of them urgent")
    context = {
        "title": say("今日", "Today"),
        "lead": lead if shown else "",
        "groups": shown,
        "nothing": nothing,
        "empty": say(
            "现在没有需要你处理的事。报告、承诺、数据和人手有了变化，会出现在这里。",
            "Nothing needs you now. What changes in reports, promises, data and staff appears here.",
        ),
        "words": {
            "projects": say("项目", "Projects"),
            "brands": say("品牌", "Brands"),
            "pages": say("分页", "Pages"),
            "before": say("上一页", "Previous"),
            "after": say("下一页", "Next"),
            "portfolio": say("项目组合", "Portfolio"),
        },
        **more,
    }
    return render(request, "workplace/today.html", context)

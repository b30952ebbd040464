"""今日: the first page of a brand's site and of the agency's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from siyu.periods import DAY, local_day
from siyu.problems import say
from tenants.identity import identify_user
from tenants.models import Membership, User
from tenants.operating import is_operator
from tenants.pages import BrandPage
from tenants.permissions import LEADERS, Act, may
from tenants.queries import Site, sites_of
from workplace.blocks import Link
from workplace.over_brands import failed_words, read_each
from workplace.sections import tabs
from workplace.today import LEVELS, Level, Task
from workplace.today_reading import ProjectDay, read_day
from workplace.words import WEEKDAYS, beside_brand, role_title

Nothing = tuple[str, Link | None]  # said in place of rows, and the way out of it
PER_PAGE = 12  # brands of one page: each is entered and read for itself


@dataclass(frozen=True)
class Line:
    """A task as its page shows it. `due`: in words; `is_first`: of all that she sees, what she
    should do first."""

    task: Task
    address: str
    level: Level
    icon: str
    due: str
    is_first: bool = False


@dataclass(frozen=True)
class Group:
    """The tasks of one project, the most urgent first. `through`: how far its data go, in words; `is_behind`: that is
    late."""

    title: str
    about: str
    lines: list[Line]
    through: str
    is_behind: bool


class TodayPage(BrandPage):
    """What needs her in this brand's projects, and the projects themselves."""

    acts = {"GET": Act.READ_PROJECT}

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        days = read_day(self.identity, now)
        groups = [_group(day, local_day(now, zone_of(day.project)), "") for day in days]
        projects = [(day.project, tabs(self.identity, day.project, "home")[0].address) for day in days]
        nothing: Nothing = ("", None)
        if not days:
            nothing = self.nothing()
        return _show(request, groups, nothing, {"projects": projects, "role": role_title(self.identity)})

    def nothing(self) -> Nothing:
        """What to say to whom no project is there, and where she can change that."""
        if not may(self.identity, Act.PROPOSE_CONTRACT, self.identity.brand):
            text = say(
                "还没有你可以查看的项目。项目建立后，由项目经理为你安排席位，就会出现在这里。",
                "There is no project that you may see yet. Once there is one, its manager gives you a seat.",
            )
            return text, None
        text = say(
            "还没有你可以查看的项目。项目已经建立的，请所有者或管理员在它的启用清单中为你安排席位；还没有建立的，"
            "由你新建，启用清单会列出首份报告需要的每一项。",
            "There is no project that you may see yet. If it is made already, ask an owner or administrator for a seat "
            "in its set-up list. If not, make it: that list names all the first report needs.",
        )
        if self.identity.sees_all_projects:
            text = say(
                "还没有项目。先新建项目，启用清单会列出首份报告需要的每一项。",
                "There is no project yet. Make one: its set-up list names all the first report needs.",
            )
        return text, Link(say("新建项目", "Make a project"), reverse("projects") + "#new")


@login_required
def agency_today(request: HttpRequest) -> HttpResponse:
    """The same over the brands she may enter, `?page=` by page; each brand is entered for itself, as she."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - what login_required has settled, said to the type checker
    now = timezone.now()
    sites = [site for site in sites_of(user, settings.BASE_DOMAIN) if site.brand]
    if not sites and is_operator(user):
        return HttpResponseRedirect(reverse("operator"))
    page = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    groups: list[Group] = []
    nothing: Nothing = ("", None)
    read, failed = read_each(page, lambda site: [_of_site(user, site, now)])
    for days, missing in read:
        groups += days
        nothing = nothing if nothing[0] else missing
    if not sites:
        nothing = _no_brand(user)
    brands = [(site.brand, site.address) for site in page]
    return _show(request, groups, nothing, {"brands": brands, "page": page, "failed": failed_words(failed)})


def _no_brand(user: User) -> Nothing:
    if Membership.objects.filter(user=user, role__in=LEADERS).exists():
        text = say("还没有品牌。先建立第一个品牌，再在它的站点中建立项目。", "There is no brand yet. Make the first one, then its project on its site.")  # fmt: skip  # noqa: E501
        return text, Link(say("新建品牌", "Make a brand"), reverse("brands"))
    text = say(
        "你还没有可进入的品牌。请联系所在公司的管理员，为你在某个品牌中安排角色。",
        "You may enter no brand yet. Ask an administrator of your company for a role in one.",
    )
    return text, None


def _of_site(user: User, site: Site, now: datetime) -> tuple[list[Group], Nothing]:
    """What waits for her there; and what to say where no project is, to whoever may make one."""
    assert site.brand is not None  # noqa: S101 - sites of brands only
    identity = identify_user(user, site.brand)
    if identity is None:
        return [], ("", None)
    with enter_brand(site.brand.schema_name):
        days = read_day(identity, now)
    if not days and identity.sees_all_projects and may(identity, Act.PROPOSE_CONTRACT, site.brand):
        name = site.brand.name
        text = say(f"{name} 还没有项目。进入它的站点，新建项目。", f"{name} has no project yet. Make one on its site.")
        projects = reverse("projects", urlconf="siyu.urls") + "#new"
        return [], (text, Link(say("新建项目", "Make a project"), there(site.address, projects)))
    groups = [
        _group(day, local_day(now, zone_of(day.project)), site.address, brand=site.brand.name)
        for day in days
        if day.tasks
    ]
    return groups, ("", None)


def _group(day: ProjectDay, today: date, site: str, brand: str = "") -> Group:
    """`site`: the address that takes her sign-in to the brand's site; empty on that site."""
    title = " · ".join(part for part in (brand, beside_brand(brand, day.project.name)) if part)
    expected = min(today - DAY, day.project.ends_on)
    through = say(f"数据截至 {day.through}", f"Data through {day.through}") if day.through else ""
    return Group(
        title,
        day.project.code,
        [_line(task, today, site) for task in day.tasks],
        through or say("还没有数据", "No data yet"),
        is_behind=day.through is None or day.through < expected,
    )


def _line(task: Task, today: date, site: str) -> Line:
    level = task.level(today)
    icon, word = LEVELS[level]
    left = (task.due - today).days if task.due else 0
    due = say(*word)
    if level == "soon":
        due = say(f"{task.due:%m-%d} 前，剩 {left} 天", f"by {task.due:%m-%d}, {left} days left")
    elif task.due and left < 0:
        due = say(f"已过 {-left} 天", f"{-left} days late")
    elif task.due and level == "info":
        due = say(f"{task.due:%m-%d} 前", f"by {task.due:%m-%d}")
    return Line(task, there(site, task.address), level, icon, due)


def there(site: str, path: str) -> str:
    """A path of a brand's site as it is reached from where one is. `site`: as for sites_of."""
    if not site:
        return path
    base, asked, query = site.partition("?")
    return f"{base}?{query}&{urlencode({'next': path})}" if asked else base.rstrip("/") + path


def _rank(line: Line) -> int:
    return list(LEVELS).index(line.level)


def _greeting(now: datetime, name: str) -> str:
    """`now`: where the product keeps its time."""
    zh, en = ("上午好", "Good morning") if now.hour < 12 else ("下午好", "Good afternoon")
    if now.hour >= 18:
        zh, en = "晚上好", "Good evening"
    return say(f"{zh}，{name}", f"{en}, {name}")


def _show(request: HttpRequest, groups: Sequence[Group], nothing: Nothing, more: dict[str, object]) -> HttpResponse:
    """`nothing`: said in place of rows, with the way out of it."""
    shown = [group for group in groups if group.lines]
    first = min((line for group in shown for line in group.lines), key=_rank, default=None)
    shown = [
        replace(group, lines=[replace(line, is_first=line is first and line.level != "info") for line in group.lines])
        for group in shown
    ]
    counted = Counter(line.level for group in shown for line in group.lines)
    now = timezone.localtime()
    context = {
        "title": say("今日", "Today"),
        "day": say(f"{now.month} 月 {now.day} 日 {WEEKDAYS[now.weekday()][0]}", f"{now:%A, %d %B}"),
        "greeting": _greeting(now, str(request.user)),
        "counts": [
            (level, icon, say(*word), counted[level]) for level, (icon, word) in LEVELS.items() if counted[level]
        ],
        "groups": shown,
        "alone": groups[0] if len(groups) == 1 else None,
        "nothing": nothing[0],
        "way_out": nothing[1],
        "empty": say(
            "现在没有需要你处理的事。报告、承诺、数据和人手有了变化，会出现在这里；要查看进展，打开下面的项目。",
            "Nothing needs you now. What changes in reports, promises, data and staff appears here; to see how things "
            "stand, open one of those below.",
        ),
        "words": {
            "counts": say("按紧急程度的件数", "How many, by urgency"),
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

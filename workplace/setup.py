"""What a project needs for its first report, and how far it has come. Runs inside the brand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from connectors.models import FileImport
from guides.queries import placements
from kpi.forecasts import bound_forecasts, newest_forecast, newest_put_forward
from kpi.models import Forecast
from projects.contacts import NEEDED, has_seat
from projects.models import Account, BrandContact, Channel, Definition, Project, TeamSeat
from projects.queries import keeper_histories, newest_definition, zone_of
from reports.models import Report
from reports.states import SHOWN
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import say
from tenants.models import ApiKey, Brand, Invitation, Membership, Role
from tenants.permissions import Act
from workplace.setup_seats import unseated
from workplace.words import from_to

LEAD = ("项目经理、管理员", "PM, administrator")
BOTH = ("双方", "Both sides")
MANAGER = ("私域经理", "Brand's manager")


@dataclass(frozen=True)
class Step:
    """`about`: what is there, or what is missing; `who` can do it, in words, and by `act`; `side`: whose turn it is,
    where it is one side's; `address`: the very place."""

    title: str
    is_done: bool
    about: str
    who: str
    address: str
    act: Act = Act.PROPOSE_CONTRACT
    side: str = ""


def read_steps(project: Project, brand: Brand, now: datetime) -> list[Step]:
    """The steps in the order in which they are taken."""
    return [
        _terms(project),
        *_people(project, brand, now),
        _sheet(project),
        *_staff(project, brand, now),
        _channels(project),
        _forecast(project),
        _lines(project),
        *_data(project, brand, now),
        _activation(project),
        _report(project),
    ]


def _at(route: str, project: Project, anchor: str = "") -> str:
    return reverse(route, args=[project.code]) + anchor


def _terms(project: Project) -> Step:
    about = f"{from_to(project.starts_on, project.ends_on)} · {project.timezone}"
    return Step(say("合同期与设置", "Term and settings"), True, about, say(*LEAD), _at("settings", project))


def _people(project: Project, brand: Brand, now: datetime) -> Iterator[Step]:
    day = max(local_day(now, zone_of(project)), project.starts_on)
    has_pm = has_seat(project, TeamSeat.Role.PM, day)
    about, address = say(f"{day} 有项目经理", f"There is a PM on {day}"), _at("team", project, "#seats")
    if not has_pm and any(row.role == Role.PM for row in unseated(project, brand, now)):
        about, address = say(f"{day} 没有项目经理：安排席位", f"No PM on {day}: give the seat"), _at("setup", project, "#seats")  # fmt: skip  # noqa: E501
    elif not has_pm:
        about = say(f"{day} 没有项目经理：先邀请一位", f"No PM on {day}: invite one")
        address = reverse("people")
    yield Step(say("项目经理席位", "The PM's seat"), has_pm, about, say(*LEAD), address, Act.WRITE_TEAM)
    named = set(BrandContact.objects.filter(project=project).values_list("role", flat=True))
    lacking = [str(role.label) for role in NEEDED if role not in named]
    about = (
        say("还缺：", "Missing: ") + "、".join(lacking) if lacking else say("三个角色都已指定", "All three are named")
    )
    yield Step(say("品牌联系人", "Brand contacts"), not lacking, about, say(*LEAD), _at("contacts", project))
    with enter_public():
        managers = Membership.objects.filter(brand=brand, role=Role.BRAND_MANAGER, user__is_active=True)
        vouched, there = managers.filter(is_vouched=True).exists(), managers.exists()
        waiting = Invitation.objects.filter(brand=brand, role=Role.BRAND_MANAGER, accepted_at=None, withdrawn_at=None)
        handed = waiting.filter(is_handed=True).exists()
    about = say("可以代表品牌方确认", "Can approve for the brand")
    if not vouched:
        about = say("还没有人能代表品牌方确认：请邀请私域经理", "Nobody can approve for the brand: invite its manager")
    if there and not vouched:
        about = say("私域经理已加入，待品牌方或平台运维确认其身份", "The manager is in; the brand or the operator vouches for her")  # fmt: skip  # noqa: E501
    elif handed and not vouched:
        about = say("邀请由平台运维转交给私域经理", "The operator gives the manager her invitation")
    who = say("管理员", "Administrator")
    title = say("品牌方登录账号", "The brand's own login")
    yield Step(title, vouched, about, who, reverse("people"), Act.MANAGE_KEYS)


def _sheet(project: Project) -> Step:
    approved = Definition.objects.filter(
        project=project, agency_approved_at__isnull=False, brand_approved_at__isnull=False
    )
    is_done = approved.exists()
    newest = newest_definition(project)
    about = say("双方已确认", "Both have approved") if is_done else _waits_for(newest)
    title, address = say("口径表", "Definition sheet"), _at("definitions", project)
    return Step(title, is_done, about, say(*BOTH), address, Act.APPROVE_CONTRACT, _turn(newest))


def _turn(version: Definition | Forecast) -> str:
    """The side that it waits for; empty while it waits for both."""
    if version.agency_approved_at is None and version.brand_approved_at is None:
        return ""
    return "agency" if version.agency_approved_at is None else "brand"


def _waits_for(version: Definition | Forecast) -> str:
    sides = {
        say("代运营方", "the agency"): version.agency_approved_at,
        say("品牌方", "the brand"): version.brand_approved_at,
    }
    waiting = say("、", " and ").join(side for side, at in sides.items() if at is None)
    return say(f"第 {version.version} 版待{waiting}确认", f"Version {version.version} awaits {waiting}")


def _staff(project: Project, brand: Brand, now: datetime) -> Iterator[Step]:
    if project.kind == Project.Kind.OPERATION:
        placed = len({row.guide_id for row in placements(brand.pk, project.code)})
        about = say(f"已安排 {placed} 位导购", f"{placed} guides placed") if placed else say(
            "还没有安排导购", "No guide is placed yet"
        )  # fmt: skip
        yield Step(
            say("导购与占比", "Guides and shares"),
            placed > 0,
            about,
            say(*LEAD),
            _at("setup_guides", project),
            Act.WRITE_TEAM,
        )
        yield _accounts(project, now)


def _accounts(project: Project, now: datetime) -> Step:
    accounts = list(Account.objects.order_by("code"))
    histories = keeper_histories(accounts)
    unkept, unconfirmed = [], []
    for account in accounts:
        kept = [keeper for keeper in histories[account.pk] if keeper.since <= now]
        if not kept or kept[-1].guide_id is None:
            unkept.append(account.code)
        if not account.confirmed:
            unconfirmed.append(account.code)
    about = say(f"{len(accounts)} 个，都有承接人", f"{len(accounts)}, all kept")
    if not accounts:
        about = say("还没有企微号", "There is no account yet")
    elif unkept:
        about = say("无人承接：", "Kept by nobody: ") + _names(unkept)
    elif unconfirmed:
        about = say("待确认：", "To be confirmed: ") + _names(unconfirmed)
    is_done = bool(accounts) and not unkept and not unconfirmed
    title = say("企微号与承接人", "Accounts and keepers")
    return Step(title, is_done, about, say(*LEAD), _at("setup_accounts", project), Act.WRITE_TEAM)


def _names(codes: Sequence[str]) -> str:
    return "、".join(codes[:3]) + ("…" if len(codes) > 3 else "")


def _channels(project: Project) -> Step:
    channels = dict(Channel.objects.order_by("code").values_list("code", "confirmed"))
    unconfirmed = [code for code, is_confirmed in channels.items() if not is_confirmed]
    about = say(f"{len(channels)} 个", f"{len(channels)}") if channels else say("还没有渠道", "No channel yet")
    if unconfirmed:
        about = say("待确认：", "To be confirmed: ") + _names(unconfirmed)
    is_done = bool(channels) and not unconfirmed
    return Step(say("渠道", "Channels"), is_done, about, say(*LEAD), _at("setup_channels", project))


def _forecast(project: Project) -> Step:
    is_done, newest = bool(bound_forecasts(project)), newest_forecast(project)
    about = say("双方已确认", "Both have approved")
    if not is_done:
        about = _waits_for(newest) if newest else say("还没有预测表", "There is no forecast yet")
    title, address = say("预测表", "Forecast"), _at("forecast", project)
    if newest is None:
        return Step(title, is_done, about, say(*BOTH), address)
    if not is_done and newest_put_forward(project) is None:
        number = newest.version
        about = say(f"第 {number} 版是草稿，还没有提出", f"Version {number} is a draft, not proposed yet")
        return Step(title, is_done, about, say(*BOTH), address)
    return Step(title, is_done, about, say(*BOTH), address, Act.APPROVE_CONTRACT, _turn(newest))


def _lines(project: Project) -> Step:
    """Without lines there are figures and no bands; they are part of a version of the forecast."""
    newest = newest_forecast(project)
    found = len(newest.inputs["lines"]) if newest else 0
    about = say(f"{found} 项指标有线", f"{found} indicators have lines")
    if not found:
        about = say("还没有：没有线就没有评级，可从建议值开始", "None: no lines, no bands. Begin with those proposed")
    return Step(say("四条线", "The four lines"), found > 0, about, say(*LEAD), _at("forecast", project, "#four-lines"))


def _data(project: Project, brand: Brand, now: datetime) -> Iterator[Step]:
    with enter_public():
        keys = ApiKey.objects.filter(brand=brand, revoked_at=None, scopes__contains=["events:write"])
        has_key = keys.filter(Q(expires_at=None) | Q(expires_at__gt=now)).exists()
    has_file = FileImport.objects.filter(project=project).exists()
    about = say("还没有：上传文件，或新建写入密钥", "None: upload a file, or make a key that may write")
    if has_key or has_file:
        about = say("、", ", ").join(
            text for text, there in ((say("接口密钥", "A key"), has_key), (say("文件", "Files"), has_file)) if there
        )
    is_done = has_key or has_file or project.has_events
    if project.has_events and not (has_key or has_file):
        about = say("已有数据写入", "Data have come in")
    who = say("项目经理、运营、管理员", "PM, ops, administrator")
    yield Step(say("数据来源", "Source of data"), is_done, about, who, _at("data", project), Act.SEND_EVENTS)
    about = say("已收到", "They are there") if project.has_events else say(
        "先导入存量粉丝，再写入新增、订单和触达", "Opening stock first, then additions, orders and reach"
    )  # fmt: skip
    yield Step(say("首批数据", "First data"), project.has_events, about, who, _at("data", project), Act.SEND_EVENTS)


def _activation(project: Project) -> Step:
    is_done = project.state != Project.State.DRAFT
    about = str(Project.State(project.state).label)
    if not is_done:
        about = say("启动后才能发送报告", "Reports are sent once it is active")
    title = say("启动项目", "Activation")
    return Step(title, is_done, about, say(*LEAD), _at("contacts", project), Act.ACTIVATE_PROJECT)


def _report(project: Project) -> Step:
    found = Report.objects.filter(project=project, state__in=SHOWN).count()
    about = say(f"已发送 {found} 份", f"{found} sent")
    if not found:
        about = say(
            "到期自动生成，或在运行看板现在生成，审核后发送", "Made when due, or now on the board; reviewed, then sent"
        )
    title, who = say("首份报告", "First report"), say("项目经理", "PM")
    return Step(title, found > 0, about, who, _at("reports", project), Act.SEND_REPORTS)

"""团队: seats, who is on duty, what is missing, and accounts with their keepers and hand-overs."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from guides.models import Guide
from guides.services import set_cost
from projects.api import AccountBody, seat_dict, seat_wishes
from projects.guide_api import AbsenceBody, CostBody, GuideBody, describe_guides, save_guide
from projects.keepers import read_since
from projects.models import Account, Project, TeamSeat
from projects.queries import GUIDE_ROLE, SEAT_ORDER, seats, zone_of
from projects.rest import checked
from projects.services import KeepersRefusedError, KeeperWish, fault, locked_projects, put_account
from projects.team import put_team
from siyu.brands import enter_public
from siyu.numbers import exact
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act
from workplace.account_blocks import accounts, handed_over, lost_names
from workplace.blocks import Block, Form, Heading, Link, Table, Typed, flat_body, row_bodies
from workplace.history import named
from workplace.load_strip import draw_scale, draw_strip
from workplace.occasion import month_notes
from workplace.sections import Action, Section, tabs
from workplace.shares import percent_shown, percent_typed, read_share, share_title
from workplace.staffing import Staffing, read_staffing
from workplace.team_board import GAPS, Board, read_board
from workplace.views import read_month
from workplace.words import from_to

SEAT_FIELDS = {"user": "holder", "guide": "holder", "": "role"}  # of a seat as REST names it, in the form
BLANKS = 2  # empty lines for further seats
MANAGED = ("manage", "account", "describe")  # what of an address leads into the folded part
AHEAD = timedelta(days=13)  # days shown after today


def role_name(role: str) -> str:
    return say("导购", "Guide") if role == GUIDE_ROLE else str(TeamSeat.Role(role).label)


class TeamPage(Section):
    """`?month=2026-05`: whose figures are shown. `?account=&guide=&from=`: what that hand-over would change."""

    staffing: Staffing
    acts = {"GET": Act.READ_TEAM}
    route = "team"
    title = ("团队", "Team")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        blocks = [*self._seats(project, typed)]
        if self.may(Act.READ_GUIDES):
            blocks += self._guides(project, typed)
        return [
            *blocks,
            *_days(self.staffing),
            *_months(self.staffing),
            *accounts(project, self.request.GET.dict(), typed, may_write=self.may(Act.WRITE_TEAM)),
        ]

    def show(self, project: Project, typed: Typed, status: int = 200) -> HttpResponse:
        now = timezone.now()
        today = local_day(now, zone_of(project))
        self.staffing = read_staffing(project, self.identity.brand, today, today + AHEAD, now)
        month = read_month(self.request.GET.get("month"))
        board = read_board(self.identity, project, self.staffing, month, now)
        context = {
            "project": project,
            "title": say(*self.title),
            "tabs": tabs(self.identity, project, self.route),
            "board": board,
            "notes": month_notes(self.request.GET.get("month"), month, board.month),
            "strip": draw_strip(board.loads) + (draw_scale() if board.loads else ""),
            "blocks": self.blocks(project, typed),
            "typed": typed,
            "is_managing": bool(typed.detail) or any(name in self.request.GET for name in MANAGED),
            "words": _words(board),
        }
        return render(self.request, "workplace/team.html", context, status=status)

    def _seats(self, project: Project, typed: Typed) -> Sequence[Block]:
        is_agency = self.identity.side == "agency"
        rows = [seat_dict(seat) for seat in seats(project, self.identity.brand, for_agency=is_agency)]
        columns = [
            say("角色", "Role"), say("成员", "Who"), say("占比", "Share"), say("从", "From"), say("到", "To"),
            say("提示", "Warning"),
        ]  # fmt: skip
        cells = [
            [
                role_name(row["role"]),
                named(row["name"], row.get("guide") or row.get("user") or "—"),
                percent_shown(row["share"]),
                row["from"],
                row["to"] or say("未定", "Open"),
                say("；", "; ").join(row["warnings"]) or "—",
            ]
            for row in rows
        ]
        blocks: list[Block] = [
            Heading(say("席位", "Seats"), "seats"),
            Table(say("席位", "Seats"), columns, cells, say("还没有席位。", "There are no seats yet.")),
        ]
        if self.may(Act.WRITE_TEAM):
            blocks += [Heading(say("修改席位", "Change seats")), _seat_form(project, rows, typed.of("team"))]
        return blocks

    def _guides(self, project: Project, typed: Typed) -> Sequence[Block]:
        rows = describe_guides(project, self.identity)
        columns = [say("导购", "Guide"), say("类型", "Kind"), say("技能", "Skills"), say("缺勤", "Absences")]
        shows_cost = self.may(Act.READ_COSTS)
        if shows_cost:
            columns.append(say("月成本（元）", "Monthly cost (¥)"))
        cells = []
        for row in rows:
            away = [f"{from_to(leave['from'], leave['to'])} {leave['reason']}" for leave in row["absences"]]
            line: list[Any] = [
                Link(named(row["name"], row["code"]), f"?describe={row['code']}#describe")
                if self.may(Act.WRITE_TEAM)
                else named(row["name"], row["code"]),
                str(Guide.Kind(row["kind"]).label),
                say("、", ", ").join(row["skills"]) or "—",
                "\n".join(away) or "—",
            ]
            if shows_cost:
                line.append(self._cost(project, row, typed))
            cells.append(line)
        blocks: list[Block] = [Heading(say("导购", "Guides"), "guides"), Table(say("导购", "Guides"), columns, cells)]
        chosen = next((row for row in rows if row["code"] == self.request.GET.get("describe")), None)
        chosen = chosen or next((row for row in rows if typed.of(f"guide-{row['code']}").values), None)
        if chosen and self.may(Act.WRITE_TEAM):
            blocks.append(
                Heading(say(f"{chosen['name']}的技能与缺勤", f"{chosen['name']}: skills and absences"), "describe")
            )
            blocks.append(_guide_form(project, chosen, typed.of(f"guide-{chosen['code']}")))
        return blocks

    def _cost(self, project: Project, row: dict[str, Any], typed: Typed) -> str | Form:
        if not self.may(Act.WRITE_COSTS):
            return row["monthly_cost"] or "—"
        key = f"cost-{row['code']}"
        fields = [typed.of(key).field("/monthly", say("月成本", "Monthly"), row["monthly_cost"], "number")]
        return Form(reverse("guide_cost", args=[project.code, row["code"]]), key, say("保存", "Save"), fields)


def _words(board: Board) -> dict[str, str]:
    month = f"{board.month:%Y-%m}"
    return {
        "todo": say("待处理", "To do"),
        "none": say("没有待处理的事项。", "Nothing is open."),
        "leads": say("团队 1+1+N", "Team 1+1+N"),
        "nobody": say("空缺", "Nobody"),
        "guides": say("导购", "Guides"),
        "guides_count": say(f"{len(board.seats)} 人", f"{len(board.seats)}"),
        "load": say("导购负载", "Guides' load"),
        "load_about": say("粉丝 / 可承接，每点一人，竖线为满", "Fans / room, a dot each, the line is full"),
        "guide": say("导购", "Guide"),
        "share": say("占比", "Share"),
        "accounts": say("企微号", "Accounts"),
        "fans": say("粉丝 / 可承接", "Fans / room"),
        "notes": say("提示", "Notes"),
        "no_guides": say(
            "还没有导购。先在启用清单里录入导购并安排席位。", "No guides yet: hire and place them in the set-up list."
        ),
        "leaving": say("离开与交接", "Leaving"),
        "figures": say(f"导购本人指标 {month}", f"Guides' own figures {month}"),
        "no_figures": say("这个月还没有数据。", "There are no data in this month."),
        "stale": say("部分日期正在重新计算。", "Some days are being counted anew."),
        "month": say("月份", "Month"),
        "before": say("上月", "Month before"),
        "after": say("下月", "Month after"),
        "manage": say("席位、在岗与企微号", "Seats, duty and accounts"),
    }


def _seat_form(project: Project, rows: Sequence[dict[str, Any]], typed: Typed) -> Form:
    roles = [(role, role_name(role)) for role in SEAT_ORDER]
    lines = []
    for place in range(len(rows) + BLANKS):
        row = rows[place] if place < len(rows) else {}
        holder = row.get("guide") or row.get("user")
        lines.append(
            [
                typed.field(f"/{place}/role", say("角色", "Role"), row.get("role"), "select", roles),
                typed.field(f"/{place}/holder", say("邮箱，导购填编号", "E-mail, or a guide's code"), holder),
                typed.field(f"/{place}/share", share_title(), percent_typed(row.get("share", "1")), "number"),
                typed.field(f"/{place}/from", say("从", "From"), row.get("from"), "date"),
                typed.field(f"/{place}/to", say("到", "To"), row.get("to"), "date"),
                typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox"),
            ]
        )
    action = reverse("put_team", args=[project.code])
    columns = [field.label for field in lines[0]]
    return Form(action, "team", say("保存席位", "Save seats"), columns=columns, rows=lines)


def _days(found: Staffing) -> Sequence[Block]:
    columns = [
        say("日期", "Day"), say("合同人数", "Contracted"), say("在岗人数", "On duty"), say("折合在岗", "Full-time"),
        say("可服务粉丝", "Capacity"), say("需要导购", "Needed"), say("缺口", "Gaps"),
    ]  # fmt: skip
    rows = [
        [
            str(day.day),
            "—" if day.contracted is None else f"{day.contracted.normalize():f}",
            str(day.heads),
            f"{day.on_duty.normalize():f}",
            exact(day.capacity),
            "—" if day.needed is None else str(day.needed),
            say("、", ", ").join(say(*GAPS[role]) for role in day.gaps) or "—",
        ]
        for day in found.days
    ]
    return [Heading(say("在岗情况", "On duty")), Table(say("在岗情况，按日", "On duty, by day"), columns, rows)]


def _months(found: Staffing) -> Sequence[Block]:
    columns = [
        say("月份", "Month"), say("月末粉丝", "Fans at end"), say("需要导购", "Needed"), say("已排", "Placed"),
        say("缺口", "Missing"), say("缺口自", "Missing from"), say("预测表版本", "Forecast"),
    ]  # fmt: skip
    rows = [
        [
            f"{month.first:%Y-%m}",
            exact(month.staffing.fans),
            str(month.staffing.needed),
            f"{month.staffing.placed.normalize():f}",
            f"{month.staffing.gap.normalize():f}",
            str(month.staffing.short_from or "—"),
            str(month.version),
        ]
        for month in found.months
    ]
    title = say("预测各月需要的导购", "Guides needed, by month of the forecast")
    return [Heading(title), Table(title, columns, rows)] if rows else []


def _guide_form(project: Project, row: Mapping[str, Any], typed: Typed) -> Form:
    skills = typed.field(
        "/skills", say("技能，以顿号分开", "Skills, separated by commas"), say("、", ", ").join(row["skills"])
    )
    lines = []
    for place in range(len(row["absences"]) + BLANKS):
        leave = row["absences"][place] if place < len(row["absences"]) else {}
        lines.append(
            [
                typed.field(f"/{place}/from", say("从", "From"), leave.get("from"), "date"),
                typed.field(f"/{place}/to", say("到", "To"), leave.get("to"), "date"),
                typed.field(
                    f"/{place}/reason",
                    say("原因（品牌方不可见）", "Reason (not shown to the brand)"),
                    leave.get("reason"),
                ),
                typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox"),
            ]
        )
    columns = [field.label for field in lines[0]]
    action = reverse("describe_guide", args=[project.code, row["code"]])
    return Form(
        action, f"guide-{row['code']}", say("保存技能与缺勤", "Save skills and absences"), [skills], columns, lines
    )


class DescribeGuide(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = TeamPage
    missing = (Guide.DoesNotExist,)

    def act(self, project: Project, values: dict[str, str]) -> str:
        found = Guide.objects.get(code=self.kwargs["guide"])
        skills = [skill for skill in re.split(r"[、,，]\s*", values.get("/skills", "").strip()) if skill]
        absences = row_bodies(values)[1]
        checked(AbsenceBody(data=absences, many=True))  # by itself: its flaws are named by the form's lines
        said = checked(GuideBody(data={"skills": skills, "absences": absences}))
        save_guide(project, found, said, by=self.identity.label)
        return say(f"{found.name} 的技能与缺勤已保存", f"The skills and absences of {found.name} are saved")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        renamed = typed.renamed(lambda name: "/skills" if name.startswith("/skills/") else name)
        return super().refused(project, renamed, status)


class PutTeam(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = TeamPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        places, rows = row_bodies(values)
        for place, row in zip(places, rows, strict=True):
            if "share" in row:
                row["share"] = read_share(row["share"], f"/{place}/share")
            row["guide" if row.get("role") == GUIDE_ROLE else "user"] = row.pop("holder", "")
        put_team(self.identity.brand, project, seat_wishes(project, rows), by=self.identity.label)
        return say("席位已保存", "The seats are saved")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        return super().refused(project, typed.renamed(_seat_field), status)


def _seat_field(name: str) -> str:
    """Who holds a seat stands in one field, whoever it is; what is wrong with a whole seat is said beside its role."""
    line, _, part = name[1:].partition("/")
    return f"/{line}/{SEAT_FIELDS.get(part, part)}" if line.isdigit() else name


class AccountAction(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = TeamPage
    missing = (Account.DoesNotExist,)


class AccountCapacity(AccountAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        account = self.kwargs["account"]
        found = Account.objects.get(code=account)
        fields = checked(AccountBody(data={"capacity": values.get("/capacity", "").strip() or None}))
        put_account(self.identity.brand, project, found.code, fields, None, by=self.identity.label)
        return say(f"{account} 的容量已保存", f"The capacity of {account} is saved")


class HandOver(AccountAction):
    def act(self, project: Project, values: dict[str, str]) -> str:
        guide, at = values.get("/guide", "") or None, values.get("/from", "")
        agreed = values.get("/lost", "").split("\n") if "/yes" in values else None
        return hand_over(self.identity, project, self.kwargs["account"], guide, at, agreed=agreed)


def hand_over(
    identity: Identity, project: Project, code: str, guide: str | None, at: str, *, agreed: Sequence[str] | None
) -> str:
    """Her history up to the instant stays; from it on the account is the new keeper's. Keepers on record after it are
    dropped if they are among `agreed`, whom she was shown and said yes to. Returns what is said of it.

    Raises KeepersRefusedError, at `/guide`, `/from` or `/yes`; Account.DoesNotExist.
    """
    locked_projects()  # before the history is read: no other change of it falls in between
    found = Account.objects.get(code=code)
    since = read_since(at, zone_of(project))
    after = handed_over(found, since, guide)[1][:-1] if since else []
    wishes = [KeeperWish(kept, from_.isoformat()) for from_, kept in after]
    try:
        put = put_account(identity.brand, project, code, {}, [*wishes, KeeperWish(guide, at)], by=identity.label)
    except KeepersRefusedError as refusal:
        last = f"/keepers/{len(wishes)}"
        refusal.errors = [{**error, "pointer": error["pointer"].removeprefix(last)} for error in refusal.errors]
        raise
    lost = lost_names(project, put.dropped)
    if lost and (agreed is None or not set(lost) <= {name.strip() for name in agreed}):
        detail = say(
            "移交会取消之后已记录的承接，请核对名单并勾选“是”", "It drops keepers on record: look at them and say yes"
        )
        raise KeepersRefusedError(detail, status=409, errors=[fault("/yes", "keepers_dropped", detail)])
    said = say(f"{code} 已移交", f"{code} is handed over")
    if lost:
        said += say("；已取消：", "; dropped: ") + say("、", ", ").join(lost)
    return said


class GuideCost(Action):
    acts = {"POST": Act.WRITE_COSTS}
    page = TeamPage
    missing = (Guide.DoesNotExist,)

    def act(self, project: Project, values: dict[str, str]) -> str:
        guide = self.kwargs["guide"]
        said = checked(CostBody(data=flat_body(values)))
        found = Guide.objects.get(code=guide)
        with enter_public():
            set_cost(found, said["monthly"], since=local_day(timezone.now(), zone_of(project)))
        return say("成本已保存", "The cost is saved")

"""团队: seats, who is on duty, what is missing, and accounts with their keepers and hand-overs."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from fans.allocation import Slot
from fans.assignments import current_slots
from guides.models import Guide
from guides.services import set_cost
from projects.api import AccountBody, account_dict, seat_dict, seat_wishes
from projects.guide_api import AbsenceBody, CostBody, GuideBody, describe_guides, save_guide
from projects.keepers import changed_spans, read_since, touched_days
from projects.models import Account, Project, TeamSeat
from projects.queries import GUIDE_ROLE, SEAT_ORDER, keeper_histories, seats, zone_of
from projects.rest import checked
from projects.services import KeeperWish, put_account
from projects.team import put_team
from siyu.brands import enter_public
from siyu.numbers import exact
from siyu.periods import local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.blocks import Block, Form, Heading, Lines, Link, Note, Table, Typed, flat_body, row_bodies
from workplace.sections import Action, Section
from workplace.staffing import Staffing, read_staffing

BLANKS = 2  # empty lines for further seats
AHEAD = timedelta(days=13)  # days shown after today
GAPS = {"pm": ("没有项目经理", "No PM"), "ops": ("没有运营", "No ops"), "content": ("没有内容", "No content")}


def role_name(role: str) -> str:
    return say("导购", "Guide") if role == GUIDE_ROLE else str(TeamSeat.Role(role).label)


class TeamPage(Section):
    """`?account=&guide=&from=`: what that hand-over would change."""

    acts = {"GET": Act.READ_TEAM}
    route = "team"
    title = ("团队", "Team")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        now = timezone.now()
        today = local_day(now, zone_of(project))
        found = read_staffing(project, self.identity.brand, today, today + AHEAD, now)
        blocks = [*_leavers(found), *_summary(project, found), *self._seats(project, typed)]
        if self.may(Act.READ_GUIDES):
            blocks += self._guides(project, typed)
        return [*blocks, *_days(found), *self._accounts(project, typed)]

    def _seats(self, project: Project, typed: Typed) -> Sequence[Block]:
        rows = [seat_dict(seat) for seat in seats(project, self.identity.brand)]
        columns = [
            say("角色", "Role"), say("成员", "Who"), say("占比", "Share"), say("从", "From"), say("到", "To"),
            say("提示", "Warning"),
        ]  # fmt: skip
        cells = [
            [
                role_name(row["role"]),
                f"{row['name']}（{row.get('guide') or row.get('user')}）",
                row["share"],
                row["from"],
                row["to"] or say("未定", "Open"),
                "；".join(row["warnings"]) or "—",
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
            away = [f"{leave['from']}～{leave['to']} {leave['reason']}" for leave in row["absences"]]
            line: list[Any] = [
                Link(f"{row['name']}（{row['code']}）", f"?describe={row['code']}#describe")
                if self.may(Act.WRITE_TEAM)
                else f"{row['name']}（{row['code']}）",
                str(Guide.Kind(row["kind"]).label),
                "、".join(row["skills"]) or "—",
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

    def _accounts(self, project: Project, typed: Typed) -> Sequence[Block]:
        accounts = list(Account.objects.order_by("code"))
        histories = keeper_histories(accounts)
        slots = {slot.code: slot for slot in current_slots(project, timezone.now())}
        columns = [
            say("企微号", "Account"), say("现承接人", "Keeper now"), say("粉丝", "Fans"), say("可承接", "Can hold"),
            say("承接记录", "Keepers since"),
        ]  # fmt: skip
        if self.may(Act.WRITE_TEAM):
            columns += [say("容量", "Capacity"), say("移交", "Hand over")]
        cells = []
        for account in accounts:
            shown = account_dict(account, histories[account.pk], project)
            cells.append(self._account(project, account, shown, slots[account.code], typed))
        blocks: list[Block] = [Heading(say("企微号", "Accounts"), "accounts")]
        blocks += self._preview(project, accounts, slots)
        empty = say("还没有企微号。事件中首次出现的企微号会自动建立。", "No accounts yet: events make them.")
        return [*blocks, Table(say("企微号", "Accounts"), columns, cells, empty)]

    def _account(
        self, project: Project, account: Account, shown: dict[str, Any], slot: Slot, typed: Typed
    ) -> list[Any]:
        history = [f"{one['from'][:16].replace('T', ' ')} {one['guide'] or '—'}" for one in shown["keepers"]]
        title = account.code if account.confirmed else f"{account.code}{say('（待确认）', ' (unconfirmed)')}"
        line: list[Any] = [title, slot.guide or say("无人承接", "Nobody"), exact(slot.held), exact(slot.capacity)]
        line.append("\n".join(history) or "—")
        if self.may(Act.WRITE_TEAM):
            capacity = typed.of(f"capacity-{account.code}")
            fields = [capacity.field("/capacity", say("容量", "Capacity"), account.capacity, "number")]
            action = reverse("account_capacity", args=[project.code, account.code])
            line.append(Form(action, f"capacity-{account.code}", say("保存", "Save"), fields))
            line.append(_handover_form(project, account, self._asked(project, account)))
        return line

    def _asked(self, project: Project, account: Account) -> Typed:
        """What the address asks of a hand-over of this account, and why it cannot be shown."""
        asked = self.request.GET
        if asked.get("account") != account.code:
            return Typed()
        wrong = say("请填写时刻，例如 2026-01-15T14:00", "An instant such as 2026-01-15T14:00")
        is_read = read_since(asked.get("from", ""), zone_of(project)) is not None
        return Typed({name: str(value) for name, value in asked.items()}, {} if is_read else {"from": wrong})

    def _preview(self, project: Project, accounts: Sequence[Account], slots: Mapping[str, Slot]) -> Sequence[Block]:
        """What the hand-over that the address names would change, and the form that does it."""
        asked = self.request.GET
        account = next((one for one in accounts if one.code == asked.get("account")), None)
        since = read_since(asked.get("from", ""), zone_of(project))
        if account is None or since is None or not self.may(Act.WRITE_TEAM):
            return []
        guide = asked.get("guide", "")
        before = [(keeper.since, keeper.guide.code if keeper.guide else "") for keeper in account.keepers.all()]
        after = [*(entry for entry in before if entry[0] < since), (since, guide)]
        known = {code: place for place, code in enumerate(sorted({code for _, code in [*before, *after] if code}), 1)}
        spans = changed_spans(
            [(at, known.get(code)) for at, code in before], [(at, known.get(code)) for at, code in after]
        )
        days = [touched_days(span, zone_of(project)) for span in spans]
        code, held, at = account.code, exact(slots[account.code].held), asked["from"].replace("T", " ")
        text = [
            say(
                f"{code} 自 {at}（{project.timezone}）起由 {guide or '无人'} 承接。",
                f"{code} is kept by {guide or 'nobody'} from {at} ({project.timezone}) on.",
            ),
            say(
                f"{held} 位粉丝不移动，仍由 {code} 服务；业绩自该时刻起归新承接人。",
                f"{held} fans stay with {code}; the credit changes from that instant.",
            ),
            *(
                say(
                    f"{first}～{last or '以后'} 的按导购指标将重新计算。",
                    f"Figures by guide are computed anew: {first} – {last or 'on'}.",
                )
                for first, last in days
            ),
        ]
        if not days:
            text.append(say("承接人没有变化。", "The keeper stays the same."))
        typed = Typed()
        fields = [
            typed.field("/guide", "", guide, "hidden"), typed.field("/from", "", asked["from"], "hidden")
        ]  # fmt: skip
        action = reverse("handover", args=[project.code, account.code])
        submit = say("确认移交", "Hand over")
        return [
            Note(say("移交前请核对：", "Before handing over:"), "warn"),
            Lines(text),
            Form(action, "do", submit, fields),
        ]


def _handover_form(project: Project, account: Account, typed: Typed) -> Form:
    guides = [
        ("", say("无人", "Nobody")),
        *((guide.code, f"{guide.name}（{guide.code}）") for guide in _placed(project)),
    ]
    fields = [
        typed.field("account", "", account.code, "hidden"),
        typed.field("guide", say("新承接人", "New keeper"), "", "select", guides),
        typed.field("from", say("时刻", "Instant"), "", "datetime-local"),
    ]
    action = reverse("team", args=[project.code]) + "#accounts"
    return Form(action, f"handover-{account.code}", say("查看影响", "What it changes"), fields, method="get")


def _placed(project: Project) -> list[Guide]:
    """Guides placed in the brand: its role sees no others."""
    return list(Guide.objects.order_by("code"))


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
                typed.field(f"/{place}/share", say("占比", "Share"), row.get("share", "1"), "number"),
                typed.field(f"/{place}/from", say("从", "From"), row.get("from"), "date"),
                typed.field(f"/{place}/to", say("到", "To"), row.get("to"), "date"),
                typed.field(f"/{place}/remove", say("删除", "Remove"), "", "checkbox"),
            ]
        )
    action = reverse("put_team", args=[project.code])
    columns = [field.label for field in lines[0]]
    return Form(action, "team", say("保存席位", "Save seats"), columns=columns, rows=lines)


def _leavers(found: Staffing) -> Sequence[Block]:
    todo = [f"{leaver.guide.name}（{leaver.guide.code}）：{leaver.todo}" for leaver in found.leavers if leaver.accounts]
    if not todo:
        return []
    return [Note(say("离开的导购仍承接企微号：", "Guides who leave still keep accounts:"), "warn"), Lines(todo)]


def _summary(project: Project, found: Staffing) -> Sequence[Block]:
    today = found.days[0]
    contracted = "—" if today.contracted is None else f"{today.contracted.normalize():f}"
    facts = [
        say(
            f"在册粉丝 {exact(found.present)} 位，需要导购 {found.needed} 人",
            f"{exact(found.present)} fans, {found.needed} guides needed",
        ),
        say(
            f"今日在岗 {today.heads} 人（折合 {today.on_duty.normalize():f}），合同人数 {contracted}",
            f"On duty today: {today.heads} ({today.on_duty.normalize():f} full-time), contracted {contracted}",
        ),
        say(f"今日可服务 {exact(today.capacity)} 位粉丝", f"Capacity today: {exact(today.capacity)} fans"),
    ]
    facts += [say(*GAPS[role]) + say("：", ": ") + f"{first}～{last}" for role, first, last in found.gaps]
    facts += [say("人手不足：", "Too few guides: ") + f"{first}～{last}" for first, last in found.overloads]
    facts += [
        say(
            f"企微号 {slot.code} 有 {exact(slot.held)} 位粉丝，超出可承接的 {exact(slot.capacity)} 位",
            f"Account {slot.code} has {exact(slot.held)} fans, more than the {exact(slot.capacity)} it can hold",
        )
        for slot in found.full_accounts
    ]
    return [Heading(say("今天", "Today")), Lines(facts)]


def _days(found: Staffing) -> Sequence[Block]:
    columns = [
        say("日期", "Day"), say("合同人数", "Contracted"), say("在岗人数", "On duty"), say("折合在岗", "Full-time"),
        say("可服务粉丝", "Capacity"), say("缺口", "Gaps"),
    ]  # fmt: skip
    rows = [
        [
            str(day.day),
            "—" if day.contracted is None else f"{day.contracted.normalize():f}",
            str(day.heads),
            f"{day.on_duty.normalize():f}",
            exact(day.capacity),
            "、".join(say(*GAPS[role]) for role in day.gaps) or "—",
        ]
        for day in found.days
    ]
    return [Heading(say("在岗情况", "On duty")), Table(say("在岗情况，按日", "On duty, by day"), columns, rows)]


def _guide_form(project: Project, row: Mapping[str, Any], typed: Typed) -> Form:
    skills = typed.field("/skills", say("技能，以顿号分开", "Skills, separated by commas"), "、".join(row["skills"]))
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


class PutTeam(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = TeamPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        rows = row_bodies(values)[1]
        for row in rows:
            row["guide" if row.get("role") == GUIDE_ROLE else "user"] = row.pop("holder", "")
        put_team(self.identity.brand, project, seat_wishes(project, rows), by=self.identity.label)
        return say("席位已保存", "The seats are saved")


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
    """Her history up to the instant stays; from it on the account is the new keeper's."""

    def act(self, project: Project, values: dict[str, str]) -> str:
        account = self.kwargs["account"]
        found = Account.objects.get(code=account)
        body = flat_body(values)
        since = read_since(body.get("from"), zone_of(project))
        wishes = [
            KeeperWish(keeper.guide.code if keeper.guide else None, keeper.since.isoformat())
            for keeper in found.keepers.select_related("guide").order_by("since")
            if since is None or keeper.since < since
        ]
        wishes.append(KeeperWish(body.get("guide"), body.get("from", "")))
        put_account(self.identity.brand, project, found.code, {}, wishes, by=self.identity.label)
        return say(f"{account} 已移交", f"{account} is handed over")


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

"""离开与交接: a guide who leaves, from her last day to the last fan: accounts first, then who can't be handed over."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from fans.allocation import Slot
from fans.assignments import current_slots
from guides.models import Guide
from projects.api import seat_dict, seat_wishes
from projects.models import Account, Project
from projects.queries import GUIDE_ROLE, keeper_histories, seats, zone_of
from projects.services import KeepersRefusedError, fault
from projects.team import TeamRefusedError, put_team
from siyu.numbers import exact
from siyu.periods import DAY, day_start, local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.account_blocks import lost_names
from workplace.blocks import Block, Field, Form, Heading, Lines, Note, Table, Typed
from workplace.history import named
from workplace.leaving_room import read_room, room_remarks, suggest_takers, taker_choices
from workplace.sections import Action, Section
from workplace.team_pages import hand_over

SEAT_PARTS = ("role", "user", "guide", "share", "from", "to")
MOST_ACCOUNTS = 200


def last_day_of(project: Project, brand: Any, code: str) -> date | None:
    """The last day of her seats in the project; None while one is open, or without any."""
    ends = [seat.ends_on for seat in seats(project, brand) if seat.role == GUIDE_ROLE and seat.holder == code]
    return None if None in ends or not ends else max(end for end in ends if end is not None)


class LeavingPage(Section):
    acts = {"GET": Act.WRITE_TEAM}
    route = "team"
    title = ("离开与交接", "Leaving and handing over")
    guide: Guide

    def get(self, request: HttpRequest, code: str, guide: str = "") -> HttpResponse:
        return super().get(request, code)

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        guide = Guide.objects.filter(code=self.kwargs["guide"]).first()
        if guide is None:
            raise Http404
        now = timezone.now()
        today = local_day(now, zone_of(project))
        last = last_day_of(project, self.identity.brand, guide.code)
        kept = _kept(project, guide.code, _instant(project, last, now), now)
        return [
            Note(_standing(guide, last, today, kept), "warn" if kept else "note"),
            Heading(say("1 最后一天", "1 Last day"), "day"),
            *self._day(project, guide, last, typed.of("last-day")),
            Heading(say("2 移交企微号", "2 Hand the accounts over"), "accounts"),
            *self._accounts(project, guide, kept, _instant(project, last, now), typed.of("leave")),
            Heading(say("3 无人接手的粉丝", "3 Fans nobody takes over"), "fans"),
            *self._rest(project, kept),
        ]

    def _day(self, project: Project, guide: Guide, last: date | None, typed: Typed) -> Sequence[Block]:
        here = [seat for seat in seats(project, self.identity.brand) if seat.holder == guide.code]
        if not here:
            return [Note(say("她在本项目没有席位。", "She has no seat in this project."))]
        field = typed.field("/last", say("在本项目的最后一天", "Last day in this project"), last, "date")
        action = reverse("last_day", args=[project.code, guide.code])
        return [Form(action, "last-day", say("保存最后一天", "Save the last day"), [field])]

    def _accounts(
        self, project: Project, guide: Guide, kept: Sequence[Slot], since: datetime, typed: Typed
    ) -> Sequence[Block]:
        if not kept:
            done = say("她在离开之后不再承接任何企微号。", "She keeps no account beyond her last day.")
            return [Note(done, "done")]
        room = read_room(project, guide, since, timezone.now())
        choices, takers, remarks = taker_choices(room), suggest_takers(kept, room), room_remarks(kept, room)
        lines: list[list[Field]] = []
        for place, slot in enumerate(kept):
            lines.append(
                [
                    Field(f"/{place}/account", say("企微号", "Account"), "static", _title(slot.code)),
                    Field(f"/{place}/fans", say("粉丝", "Fans"), "static", exact(slot.held)),
                    typed.field(f"/{place}/guide", say("新承接人", "New keeper"), takers[slot.code], "select", choices),
                    Field(f"/{place}/code", "", "hidden", slot.code),
                ]
            )
        local = f"{since.astimezone(zone_of(project)):%Y-%m-%dT%H:%M}"
        when = typed.field("/from", say("自此刻起", "From"), local, "datetime-local")
        lost = lost_names(project, _later(kept, since))
        found: list[Block] = [
            Note(
                say(
                    "粉丝不移动，仍由原企微号服务；业绩自该时刻起归新承接人。",
                    "No fan moves; from that instant the credit is the new keeper's.",
                )
                + _preselected(takers)
            )
        ]
        if remarks:
            about = say(
                "放不下的可以仍选一位接手，或选“无人接手”，在第 3 步把粉丝分给多人：",
                "Choose one of them all the same, or nobody, and share the fans out in step 3:",
            )
            found += [Note(about, "warn"), Lines(remarks)]
        last = last_day_of(project, self.identity.brand, guide.code)
        fields = [when, Field("/shown", "", "hidden", _shown(last, kept))]
        if lost:
            found += [
                Note(say("这些已记录的承接将被取消：", "These keepers on record are dropped:"), "warn"),
                Lines(lost),
            ]
            fields.append(Field("/lost", "", "hidden", "\n".join(lost)))
            sure = say(f"是，取消这 {len(lost)} 条承接", f"Yes, drop these {len(lost)}")
            fields.append(typed.field("/yes", sure, "", "checkbox"))
        columns = [field.label for field in lines[0][:3]]
        action = reverse("leave", args=[project.code, guide.code])
        return [*found, Form(action, "leave", say("确认移交", "Hand over"), fields, columns, lines)]

    def _rest(self, project: Project, kept: Sequence[Slot]) -> Sequence[Block]:
        left = [slot for slot in kept if slot.held]
        if not left:
            return [Note(say("没有需要重新分配的粉丝。", "No fans are to be assigned anew."))]
        about = say(
            "没有人接手的企微号，把粉丝分给其他导购：先看方案，再执行；执行后可以撤销。",
            "The fans of an account that nobody takes over go to the others: look at the plan, then apply it; "
            "it can be undone.",
        )
        rows = [
            [
                _title(slot.code),
                exact(slot.held),
                Form(
                    reverse("make_plan", args=[project.code]), f"rest-{slot.code}",
                    say("生成分配方案", "Make a plan"), [Field("/scope", "", "hidden", f"account:{slot.code}")],
                ),
            ]
            for slot in left
        ]  # fmt: skip
        columns = [say("企微号", "Account"), say("粉丝", "Fans"), say("分配", "Assign")]
        return [Note(about), Table(say("无人接手的粉丝", "Fans nobody takes over"), columns, rows)]


def _shown(last: date | None, kept: Sequence[Slot]) -> str:
    """What a hand-over is decided on; sent with it, so that a page that was left open decides nothing of another."""
    return " ".join([str(last or ""), *(slot.code for slot in kept)])


def _preselected(takers: Mapping[str, str]) -> str:
    """What the choices below stand on at first."""
    if all(takers.values()):
        return say("已预选空位足够的同事，可以改。", " A colleague with enough room is chosen; you may change it.")
    if any(takers.values()):
        return say("空位足够的已预选，可以改。", " Where a colleague has enough room she is chosen; you may change it.")
    return ""


def _title(code: str) -> str:
    return named(Account.objects.filter(code=code).values_list("name", flat=True).first() or "", code)


def _instant(project: Project, last: date | None, now: datetime) -> datetime:
    """The first instant after her last day; now where that is past or not known. To the minute."""
    after = day_start(last + DAY, zone_of(project)) if last else now
    return max(after, now).replace(second=0, microsecond=0)


def _kept(project: Project, code: str, since: datetime, now: datetime) -> list[Slot]:
    """The accounts that she would keep at that instant, with what each holds now."""
    slots = {slot.code: slot for slot in current_slots(project, now)}
    kept = []
    accounts = list(Account.objects.order_by("code"))
    histories = keeper_histories(accounts)
    for account in accounts:
        keepers = [keeper for keeper in histories[account.pk] if keeper.since <= since]
        if keepers and keepers[-1].guide and keepers[-1].guide.code == code:
            kept.append(slots[account.code])
    return kept


def _later(kept: Sequence[Slot], since: datetime) -> list[tuple[datetime, str | None]]:
    """Keepers on record after the instant, of the accounts."""
    found = []
    for keepers in keeper_histories(Account.objects.filter(code__in=[slot.code for slot in kept])).values():
        found += [(one.since, one.guide.code if one.guide else None) for one in keepers if one.since > since]
    return sorted(found, key=lambda entry: entry[0])


def _standing(guide: Guide, last: date | None, today: date, kept: Sequence[Slot]) -> str:
    name = named(guide.name, guide.code)
    if last is None:
        text = say(f"{name}：最后一天未定。", f"{name}: no last day yet.")
    elif last < today:
        text = say(f"{name}：已于 {last} 离开。", f"{name} left on {last}.")
    else:
        text = say(f"{name}：最后一天 {last}。", f"{name}: last day {last}.")
    if kept:
        fans = exact(sum(slot.held for slot in kept))
        return text + say(f"之后仍承接 {len(kept)} 个企微号、{fans} 位粉丝。",
                          f" Beyond it she keeps {len(kept)} accounts with {fans} fans.")  # fmt: skip
    return text + say("交接已完成。", " All is handed over.")


class LeavingAction(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = LeavingPage
    missing = (Guide.DoesNotExist, Account.DoesNotExist)

    def back(self, project: Project) -> str:
        return reverse("leaving", args=[project.code, self.kwargs["guide"]])

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        page = self.page()
        page.setup(self.request, project.code, guide=self.kwargs["guide"])
        page.identity = self.identity
        return page.show(project, typed, status)


class SetLastDay(LeavingAction):
    """Her seats end on that day, and those that begin after it go; without a day the last one is open again."""

    def act(self, project: Project, values: dict[str, str]) -> str:
        brand, code = self.identity.brand, self.kwargs["guide"]
        last = values.get("/last", "").strip()
        rows = [seat_dict(seat) for seat in seats(project, brand)]
        bodies = [{name: row[name] for name in SEAT_PARTS if name in row} for row in rows]
        hers = [body for body in bodies if body.get("guide") == code and (not last or body["from"] <= last)]
        bodies = [body for body in bodies if body.get("guide") != code or body in hers]
        for body in hers[:-1]:
            body["to"] = min(body["to"] or last, last) if last else body["to"]
        if not hers:
            wrong = say("早于她的席位开始的日期", "It is before her seat begins")
            raise TeamRefusedError(wrong, errors=[fault("/last", "bad_value", wrong)])
        hers[-1]["to"] = last or None
        try:
            put_team(brand, project, seat_wishes(project, bodies), by=self.identity.label)
        except TeamRefusedError as refusal:
            refusal.errors = [{**error, "pointer": "/last"} for error in refusal.errors]
            raise
        return say("最后一天已保存", "The last day is saved")


class Leave(LeavingAction):
    """Hands over every account that has a new keeper, at one instant: all of them or none."""

    def act(self, project: Project, values: dict[str, str]) -> str:
        at, now = values.get("/from", ""), timezone.now()
        last = last_day_of(project, self.identity.brand, self.kwargs["guide"])
        kept = _kept(project, self.kwargs["guide"], _instant(project, last, now), now)
        if values.get("/shown", "") != _shown(last, kept):
            wrong = say(
                "这一页打开之后，最后一天或她承接的企微号已有变化，没有移交。请核对时刻和企微号，再确认一次",
                "Her last day or her accounts have changed since this page was opened, and nothing was handed over: "
                "look at the instant and the accounts, and confirm once more",
            )
            raise KeepersRefusedError(wrong, status=409, errors=[fault("/from", "changed", wrong)])
        agreed = values.get("/lost", "").split("\n") if "/yes" in values else None
        done = []
        for place in range(MOST_ACCOUNTS):
            code, guide = values.get(f"/{place}/code", ""), values.get(f"/{place}/guide", "")
            if not code or not guide:
                continue
            try:
                hand_over(self.identity, project, code, guide, at, agreed=agreed)
            except KeepersRefusedError as refusal:
                refusal.errors = [_in_line(error, place) for error in refusal.errors]
                raise
            done.append(code)
        if not done:
            wrong = say("请至少为一个企微号选择新承接人", "Choose a new keeper for one account at least")
            raise KeepersRefusedError(wrong, errors=[fault("/0/guide", "missing_field", wrong)])
        return say(f"已移交 {'、'.join(done)}", f"Handed over: {', '.join(done)}")


def _in_line(error: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    return error if error["pointer"] in ("/from", "/yes") else {**error, "pointer": f"/{place}/guide"}

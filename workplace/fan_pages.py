"""粉丝: who is there, and one fan's course. A guide sees those she holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from fans.assignment_api import SieveSerializer
from fans.models import Fan
from fans.roster import Sieve, accounts_of, course_of, describe_fans, fans_of
from projects.models import Project
from projects.queries import guide_alone, zone_of
from projects.sheet_words import TIES as TIE_WORDS
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act
from workplace.blocks import Block, Form, Heading, Link, Note, Table, Typed
from workplace.sections import Section

FANS_SHOWN = 100


class FansPage(Section):
    """`?q=&account=&guide=&channel=&present=&after=`: fans by code, a page at a time."""

    acts = {"GET": Act.SEE_HELD_FANS}
    route = "fans"
    title = ("粉丝", "Fans")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        asked = {name: str(value) for name, value in self.request.GET.items() if str(value).strip()}
        sieve = SieveSerializer(data=asked)
        wanted = Sieve(**sieve.validated_data) if sieve.is_valid() else Sieve()
        now = timezone.now()
        fans = list(
            seen_fans(self.identity, project, wanted, now)
            .filter(code__gt=asked.get("after", ""))
            .order_by("code")[: FANS_SHOWN + 1]
        )
        rows = [
            [
                Link(row["fan"], reverse("fan", args=[project.code, row["fan"]])),
                row["name"] or "—",
                say("在", "Yes") if row["present"] else say("不在", "No"),
                row["account"] or say("待分配", "Nobody"),
                row["guide"] or "—",
                row["channel"] or "—",
                _local(row["first_added_at"], project),
            ]
            for row in describe_fans(project, fans[:FANS_SHOWN], now)
        ]
        columns = [
            say("粉丝", "Fan"), say("姓名", "Name"), say("在册", "Present"), say("企微号", "Account"),
            say("导购", "Guide"), say("渠道", "Channel"), say("首次加入", "First added"),
        ]  # fmt: skip
        found: list[Block] = [
            self._search(project, asked),
            Table(say("粉丝", "Fans"), columns, rows, say("没有符合条件的粉丝。", "No fan fits.")),
        ]
        if len(fans) > FANS_SHOWN:
            found.append(self._next(project, asked, fans[FANS_SHOWN - 1].code))
        return found

    def _search(self, project: Project, asked: dict[str, str]) -> Form:
        typed = Typed()
        present = [("", say("全部", "All")), ("true", say("在册", "Present")), ("false", say("不在册", "Absent"))]
        fields = [
            typed.field("q", say("编号开头或姓名", "Code or name"), asked.get("q")),
            typed.field("account", say("企微号", "Account"), asked.get("account")),
            typed.field("guide", say("导购", "Guide"), asked.get("guide")),
            typed.field("channel", say("渠道", "Channel"), asked.get("channel")),
            typed.field("present", say("在册", "Present"), asked.get("present"), "select", present),
        ]
        return Form(reverse("fans", args=[project.code]), "search", say("查找", "Search"), fields, method="get")

    def _next(self, project: Project, asked: dict[str, str], last: str) -> Form:
        typed = Typed()
        fields = [typed.field(name, "", value, "hidden") for name, value in {**asked, "after": last}.items()]
        return Form(reverse("fans", args=[project.code]), "next", say("下一页", "Next page"), fields, method="get")


def seen_fans(identity: Identity, project: Project, sieve: Sieve, now: datetime) -> QuerySet[Fan]:
    """A guide sees those she holds now."""
    alone = guide_alone(identity, Act.SEE_FANS)
    return fans_of(project, sieve, now, only_accounts=accounts_of(alone, now) if alone else None)


class FanPage(Section):
    acts = {"GET": Act.SEE_HELD_FANS}
    route = "fans"
    title = ("粉丝经历", "A fan's course")

    def get(self, request: HttpRequest, code: str, fan: str = "") -> HttpResponse:
        self.fan = fan
        return super().get(request, code)

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        now = timezone.now()
        found = (
            None if "\0" in self.fan else seen_fans(self.identity, project, Sieve(), now).filter(code=self.fan).first()
        )
        if found is None:
            raise Http404
        course = course_of(project, found, now)
        present = say("在册", "Present") if course["present"] else say("不在册", "Absent")
        span = [say("从", "From"), say("到", "To")]
        still = say("至今", "Still")

        def at(instant: Any) -> str:
            return _local(instant, project) if instant else still

        ties = {tie: say(*words) for tie, words in TIE_WORDS.items()}
        return [
            Heading(f"{course['fan']} {course['name'] or ''}".strip()),
            Note("；".join([present, *course["phones"]])),
            Heading(say("承接", "Holdings")),
            Table(
                say("承接", "Holdings"), [say("企微号", "Account"), *span],
                [[row["account"], at(row["from"]), at(row["to"])] for row in course["holdings"]],
                say("从未有人承接。", "Nobody ever held her."),
            ),
            Heading(say("在册时间", "Presence")),
            Table(
                say("在册时间", "Presence"), span, [[at(row["from"]), at(row["to"])] for row in course["presence"]]
            ),
            Heading(say("关系", "Ties")),
            Table(
                say("关系", "Ties"), [say("关系", "Tie"), say("企微号或群", "Account or group"), *span],
                [
                    [
                        ties[row["tie"]],
                        row["account"] or row["group"] or "—",
                        at(row["opened_at"]),
                        at(row["closed_at"]),
                    ]
                    for row in course["ties"]
                ],
            ),
            Heading(say("分配决定", "Decisions")),
            Table(
                say("分配决定", "Decisions"),
                [say("时间", "At"), say("给", "To"), say("原因", "Reason"), say("结果", "Result")],
                [
                    [
                        at(row["at"]), row["to"] or say("无人", "Nobody"), row["reason"] or "—",
                        say("未生效", "Void") if row["void"] else say("生效", "In effect"),
                    ]
                    for row in course["decisions"]
                ],
                say("没有分配决定。", "No decisions."),
            ),
        ]  # fmt: skip


def _local(instant: Any, project: Project) -> str:
    return f"{instant.astimezone(zone_of(project)):%Y-%m-%d %H:%M}" if instant else "—"

"""粉丝: who is there, one fan's course, and her phone for a reason. A guide sees those she holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from fans.assignment_api import SieveSerializer, names_clear, seen_fans
from fans.models import Fan
from fans.phones import LONGEST_REASON, show_phones
from fans.roster import Sieve, course_of, describe_fans
from fans.timeline import KINDS, Place, read_place, timeline_of, touches_of
from projects.audit import FANS, history_of
from projects.models import Account, Channel, Project
from projects.queries import guide_alone, zone_of
from projects.sheet_words import TIES as TIE_WORDS
from siyu.numbers import exact, span
from siyu.problems import DomainError, say
from tenants.identity import Identity
from tenants.pages import BrandPage
from tenants.permissions import Act, may
from workplace.access import seen_project
from workplace.blocks import Choice, Field, Typed
from workplace.card import Chip
from workplace.fan_words import Codes, Thing, read_codes, tell
from workplace.history import named
from workplace.history import tell as tell_changes
from workplace.queries import guide_names
from workplace.sections import tabs

FANS_SHOWN = 50
THINGS_SHOWN = 40
LOOKS_SHOWN = 10
MOST_COUNTED = 10_000  # beyond that the page says "more than"
FILTERS = ("q", "guide", "account", "channel", "present")
PARTS = {  # of a course that can be read alone
    "": KINDS,
    "people": ("added", "lost", "held", "decided"),
    "money": ("paid", "refunded"),
    "talk": ("wrote", "rated", "posted"),
}
WAYS = {
    "message": ("消息", "Message"), "moment": ("朋友圈", "Moment"), "group": ("群", "Group"),
    "click": ("点击", "Click"), "visit": ("访问", "Visit"), "survey": ("问卷", "Survey"), "live": ("直播", "Live"),
    "other": ("其他", "Other"),
}  # fmt: skip
REASONS = (("回访", "Follow-up call"), ("核对订单", "To check an order"), ("售后处理", "After-sales"),
           ("活动通知", "To tell of an event"))  # fmt: skip


@dataclass(frozen=True)
class Row:
    code: str
    address: str
    name: str
    presence: Chip
    account: str
    guide: str
    channel: str
    added: str


@dataclass(frozen=True)
class Found:
    """One page of fans by code. `earlier`, `later`: queries of the pages beside it, empty where there is none."""

    rows: list[Row]
    total: str
    earlier: str
    later: str


def asked_of(request: HttpRequest) -> dict[str, str]:
    """What the address asks for, without what is empty or unknown."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    return {name: value for name, value in asked.items() if value and "\0" not in value}


def fans_asked_for(identity: Identity, project: Project, asked: Mapping[str, Any], now: datetime) -> QuerySet[Fan]:
    """What is no filter (too long a name, say) finds nobody: who searches for one fan must not get all of them."""
    sieve = SieveSerializer(data=dict(asked))
    return seen_fans(identity, project, Sieve(**sieve.validated_data), now) if sieve.is_valid() else Fan.objects.none()


class FansPage(BrandPage):
    """`?q=&account=&guide=&channel=&present=&after=|&before=`: fans by code, a page at a time."""

    acts = {"GET": Act.SEE_HELD_FANS}

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        asked, now = asked_of(request), timezone.now()
        is_alone = guide_alone(self.identity, Act.SEE_FANS) is not None
        found = self._read(project, asked, now)
        query = urlencode(asked)
        files = [] if is_alone else [
            (kind.upper(), f"{reverse('fans_file', args=[project.code, kind])}?{query}") for kind in ("xlsx", "csv")
        ]  # fmt: skip
        context = {
            "project": project,
            "title": say("粉丝", "Fans"),
            "tabs": tabs(self.identity, project, "fans"),
            "fields": _fields(asked, is_alone=is_alone),
            "is_asked": bool(asked),
            "found": found,
            "files": files,
            "words": _list_words(names_clear(self.identity), is_alone=is_alone),
        }
        return render(request, "workplace/fans.html", context)

    def _read(self, project: Project, asked: dict[str, str], now: datetime) -> Found:
        fans = fans_asked_for(self.identity, project, asked, now)
        shown, earlier, later = _page(fans, self.request.GET.get("after", ""), self.request.GET.get("before", ""))
        counted = fans[: MOST_COUNTED + 1].count()
        total = exact(min(counted, MOST_COUNTED))
        if counted > MOST_COUNTED:
            total = say(f"超过 {total}", f"More than {total}")
        codes, names = read_codes(zone_of(project)), guide_names()
        rows = [
            _row(row, project, codes, names)
            for row in describe_fans(project, shown, now, names_clear=names_clear(self.identity))
        ]
        return Found(
            rows,
            say(f"{total} 位", f"{total} fans"),
            f"?{urlencode({**asked, 'before': shown[0].code})}" if earlier else "",
            f"?{urlencode({**asked, 'after': shown[-1].code})}" if later else "",
        )


def _page(fans: QuerySet[Fan], after: str, before: str) -> tuple[list[Fan], bool, bool]:
    """The fans after or before a code, by code, and whether there are earlier and later ones."""
    after, before = after.replace("\0", ""), before.replace("\0", "")
    if before:
        found = list(fans.filter(code__lt=before).order_by("-code")[: FANS_SHOWN + 1])
        return found[:FANS_SHOWN][::-1], len(found) > FANS_SHOWN, bool(found)
    found = list(fans.filter(code__gt=after).order_by("code")[: FANS_SHOWN + 1])
    return found[:FANS_SHOWN], bool(after and found), len(found) > FANS_SHOWN


def _row(row: Mapping[str, Any], project: Project, codes: Codes, names: Mapping[str, str]) -> Row:
    guide = row["guide"]
    return Row(
        row["fan"],
        reverse("fan", args=[project.code, row["fan"]]),
        row["name"] or "—",
        presence_chip(is_present=row["present"]),
        _holder(row, codes),
        named(names.get(guide, ""), guide) if guide and guide != row["account"] else "—",
        codes.channel(row["channel"]) if row["channel"] else "—",
        local_minute(row["first_added_at"], project),
    )


def _holder(row: Mapping[str, Any], codes: Codes) -> str:
    """Nobody is to be found for who is gone."""
    if row["account"]:
        return codes.account(row["account"])
    return say("待分配", "Nobody") if row["present"] else "—"


def presence_chip(*, is_present: bool) -> Chip:
    if is_present:
        return Chip(say("在册", "Present"), "good", "circle-check")
    return Chip(say("不在册", "Absent"), "none", "circle-dashed")


def _fields(asked: Mapping[str, str], *, is_alone: bool) -> list[Field]:
    typed, anybody = Typed(), ("", say("全部", "All"))
    present: list[Choice] = [anybody, ("true", say("在册", "Present")), ("false", say("不在册", "Absent"))]
    fields = [typed.field("q", say("姓名、编号或完整手机号", "Name, code or whole phone"), asked.get("q"))]
    fields = [replace(fields[0], kind="search")]
    if not is_alone:
        guides = [anybody, *((code, named(name, code)) for code, name in sorted(guide_names().items()))]
        fields.append(_select(typed, "guide", say("导购", "Guide"), asked, guides))
    accounts = [anybody, *((row.code, named(row.name, row.code)) for row in Account.objects.order_by("code"))]
    channels = [anybody, *((row.code, named(row.name, row.code)) for row in Channel.objects.order_by("code"))]
    fields.append(_select(typed, "account", say("企微号", "Account"), asked, accounts))
    fields.append(_select(typed, "channel", say("渠道", "Channel"), asked, channels))
    fields.append(_select(typed, "present", say("在册", "Present"), asked, present))
    return fields


def _select(typed: Typed, name: str, label: str, asked: Mapping[str, str], choices: Sequence[Choice]) -> Field:
    value = asked.get(name, "")
    known = choices if value in dict(choices) else [*choices, (value, value)]
    return typed.field(name, label, value, "select", known)


def local_minute(instant: datetime | None, project: Project) -> str:
    return f"{instant.astimezone(zone_of(project)):%Y-%m-%d %H:%M}" if instant else "—"


# -- One fan ----------------------------------------------------------------------------------------------------------


class FanPage(BrandPage):
    """`?part=people|money|talk&before=`: her course, the newest first; `&how=` of talk, `&touch=` of money."""

    acts = {"GET": Act.SEE_HELD_FANS}

    def get(self, request: HttpRequest, code: str, fan: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        return self.show(project, found_fan(self.identity, project, fan))

    def show(
        self, project: Project, fan: Fan, *, phones: Sequence[str] | None = None, refused: str = "", status: int = 200
    ) -> HttpResponse:
        """`phones`: in clear, where they are shown."""
        now = timezone.now()
        course = course_of(project, fan, now, names_clear=names_clear(self.identity))
        codes = read_codes(zone_of(project))
        context = {
            "project": project,
            "title": " ".join([fan.code, course["name"] or ""]).strip(),
            "tabs": tabs(self.identity, project, "fans"),
            "fan": fan,
            "presence": presence_chip(is_present=course["present"]),
            "facts": _facts(course, project, codes),
            "phones": course["phones"] if phones is None else phones,
            "is_clear": phones is not None,
            "may_show": bool(course["phones"]) and may(self.identity, Act.SHOW_PHONES, self.identity.brand),
            "refused": refused,
            "typed": self.request.POST.get("reason", ""),
            "reasons": [say(*reason) for reason in REASONS],
            "longest": LONGEST_REASON,
            "ties": _ties(course, project, codes),
            "looks": self._looks(project, fan),
            **self._timeline(project, fan, codes),
            "words": _fan_words(),
        }
        return render(self.request, "workplace/fan.html", context, status=status)

    def _timeline(self, project: Project, fan: Fan, codes: Codes) -> dict[str, Any]:
        part = self.request.GET.get("part", "")
        part = part if part in PARTS else ""
        before = read_place(self.request.GET.get("before", ""))
        asked = {name: self.request.GET.get(name, "").replace("\0", "") for name in ("how", "touch")}
        sieve = {"talk": {"how": asked["how"]}, "money": {"touch": asked["touch"]}}.get(part, {})
        kinds = ("wrote",) if sieve.get("how") else PARTS[part]
        found = timeline_of(project, fan, count=THINGS_SHOWN, before=before, kinds=kinds, **sieve)
        days: dict[Any, list[Thing]] = {}
        for thing in (tell(happened, codes) for happened in found.things):
            days.setdefault(thing.day, []).append(thing)
        titles = {"": ("全部", "All"), "people": ("关系与承接", "Ties and holdings"), "money": ("订单与退款", "Orders"),
                  "talk": ("互动与评分", "Contact")}  # fmt: skip
        return {
            "days": list(days.items()),
            "parts": [(say(*titles[name]), f"?part={name}" if name else "?", name == part) for name in PARTS],
            "part": part,
            "sieve": _course_sieve(project, fan, part, sieve),
            "following": _following({"part": part, **sieve}, found.following),
            "first": f"?{urlencode({'part': part, **sieve})}" if before else "",
        }

    def _looks(self, project: Project, fan: Fan) -> list[Any]:
        """Who had her phone shown, for those who may know."""
        if not may(self.identity, Act.READ_SHOWN, self.identity.brand):
            return []
        entries = history_of(project, self.identity).filter(subject=f"{FANS}{fan.pk}").order_by("-pk")[:LOOKS_SHOWN]
        return tell_changes(project, entries)


def found_fan(identity: Identity, project: Project, code: str) -> Fan:
    """Raises Http404 for one who is not there, or whom the caller may not see."""
    seen = seen_fans(identity, project, Sieve(), timezone.now())
    found = None if "\0" in code else seen.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _following(asked: Mapping[str, str], place: Place | None) -> str:
    return f"?{urlencode({**asked, 'before': str(place)})}" if place else ""


def _course_sieve(project: Project, fan: Fan, part: str, sieve: Mapping[str, str]) -> Field | None:
    """What else a part of her course can be asked for: the way of talking, the touch that brought an order."""
    anything = ("", say("全部", "All"))
    if part == "talk":
        ways = [(way, say(*words)) for way, words in WAYS.items()]
        return _select(Typed(), "how", say("互动方式", "Way"), sieve, [anything, *ways])
    if part == "money" and (touches := touches_of(project, fan)):
        return _select(Typed(), "touch", say("触点", "Touch"), sieve, [anything, *((one, one) for one in touches)])
    return None


def _facts(course: Mapping[str, Any], project: Project, codes: Codes) -> list[tuple[str, str]]:
    guide = course["guide"]
    return [
        (say("企微号", "Account"), _holder(course, codes)),
        (say("导购", "Guide"), named(guide_names().get(guide, ""), guide) if guide else "—"),
        (say("渠道", "Channel"), codes.channel(course["channel"]) if course["channel"] else "—"),
        (say("首次加入", "First added"), local_minute(course["first_added_at"], project)),
    ]


def _ties(course: Mapping[str, Any], project: Project, codes: Codes) -> list[tuple[str, str, str]]:
    still = say("至今", "Still")
    return [
        (
            say(*TIE_WORDS[tie["tie"]]),
            tie["group"] or (codes.account(tie["account"]) if tie["account"] else "—"),
            span(
                local_minute(tie["opened_at"], project),
                local_minute(tie["closed_at"], project) if tie["closed_at"] else still,
            ),
        )
        for tie in course["ties"]
    ]


class ShowPhone(BrandPage):
    """Answers her page with her phones in clear, which nothing keeps; what was typed stays where it is refused."""

    acts = {"POST": Act.SHOW_PHONES}

    def post(self, request: HttpRequest, code: str, fan: str) -> HttpResponse:
        project = seen_project(self.identity, code)
        found = found_fan(self.identity, project, fan)
        page = FanPage()
        page.setup(request, code, fan=fan)
        page.identity = self.identity
        try:
            phones = show_phones(project, found, request.POST.get("reason", ""), by=self.identity.label)
        except DomainError as refusal:
            return page.show(project, found, refused=refusal.detail, status=refusal.status)
        response = page.show(project, found, phones=phones)
        response["Cache-Control"] = "no-store"
        return response


def _list_words(is_clear: bool, *, is_alone: bool) -> dict[str, str]:
    return {
        "search": say("查找", "Search"),
        "clear": say("清除条件", "Clear"),
        "fan": say("粉丝", "Fan"),
        "name": say("姓名", "Name"),
        "present": say("在册", "Present"),
        "account": say("企微号", "Account"),
        "guide": say("导购", "Guide"),
        "channel": say("渠道", "Channel"),
        "added": say("首次加入", "First added"),
        "none": say(
            "还没有粉丝。导入加粉记录，或由接口发送事件后，粉丝会出现在这里。",
            "No fans yet: they appear when additions are imported or sent.",
        )
        if not is_alone
        else say("现在没有由你承接的粉丝。", "You hold no fans now."),
        "none_fits": say("没有符合条件的粉丝。", "No fan fits."),
        "none_hint": say(
            "姓名可以只写一部分；手机号要写完整。", "A part of the name will do; a phone must be whole."
        ),
        "pages": say("分页", "Pages"),
        "earlier": say("上一页", "Previous"),
        "later": say("下一页", "Next"),
        "export": say("导出", "Export"),
        "masked": ""
        if is_clear
        else say("姓名已遮盖；完整姓名由项目经理、承接的导购和品牌方可见。",
                 "Names are masked: the PM, the guide who serves her and the brand see them whole."),
    }  # fmt: skip


def _fan_words() -> dict[str, str]:
    return {
        "back": say("返回粉丝列表", "Back to the fans"),
        "phone": say("手机号", "Phone"),
        "no_phone": say("没有手机号", "No phone"),
        "show": say("查看完整手机号", "Show the whole phone"),
        "reason": say("查看原因（会记录）", "Why (kept on record)"),
        "hide": say("隐藏", "Hide"),
        "shown": say(
            "已记录本次查看。离开页面后重新遮盖。", "This look is on record. The phone is masked again later."
        ),
        "course": say("经历", "Course"),
        "sift": say("筛选", "Filter"),
        "parts": say("经历的种类", "Kinds"),
        "nothing": say("这里还没有记录。", "Nothing on record here."),
        "later": say("更早的记录", "Earlier"),
        "first": say("回到最新", "Back to the newest"),
        "pages": say("分页", "Pages"),
        "ties": say("关系", "Ties"),
        "tie": say("关系", "Tie"),
        "where": say("企微号或群", "Account or group"),
        "from": say("从", "From"),
        "to": say("到", "To"),
        "looks": say("手机号查看记录", "Who had the phone shown"),
        "facts": say("现状", "Now"),
    }

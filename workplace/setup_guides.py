"""导购: the agency's guides, hired, placed in this project and retired. Only the agency sees this page."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers

from guides.models import Guide
from guides.services import GuideRefusedError, hire_guide, retire_guide
from projects.api import DayField, seat_dict, seat_wishes
from projects.audit import GUIDES, record
from projects.models import Project
from projects.queries import GUIDE_ROLE, seats
from projects.rest import NameField, StrictSerializer, checked
from projects.services import fault
from projects.team import put_team
from siyu.brands import enter_public
from siyu.problems import say
from tenants.models import Membership, Role, User
from tenants.permissions import Act
from workplace.blocks import Block, Choice, Form, Heading, Link, Note, Table, Typed, flat_body
from workplace.history import named
from workplace.sections import Action, Section
from workplace.shares import percent_shown, read_share, share_title
from workplace.words import from_to

HIRE = "hire"


class HireBody(StrictSerializer):
    code = serializers.CharField(max_length=64)
    name = NameField(max_length=100)
    kind = serializers.ChoiceField(Guide.Kind.choices)
    category = NameField(max_length=60, required=False, default="")
    user = serializers.EmailField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == Guide.Kind.CATEGORY and not attrs["category"]:
            words = say(
                "类目型导购要写类目，例如 护肤；不限类目的选通用型",
                "A category guide has a category, such as 护肤; choose general for one who serves any",
            )
            raise serializers.ValidationError({"category": [serializers.ErrorDetail(words, "required")]})
        return attrs


class RetireBody(StrictSerializer):
    on = DayField()


class GuidesPage(Section):
    acts = {"GET": Act.READ_GUIDES}
    route = "setup_guides"
    title = ("导购", "Guides")

    def blocks(self, project: Project, typed: Typed) -> Sequence[Block]:
        placed = {seat.holder: seat for seat in seats(project, self.identity.brand) if seat.role == GUIDE_ROLE}
        with enter_public():
            found = Guide.objects.filter(agency=self.identity.brand.agency_id).select_related("user")
            guides = list(found.order_by("retired_at", "code"))
            users = _users_to_link(self.identity.brand.pk)
        note = say(
            "导购属于代运营公司，可以服务多个品牌。先录入导购，再安排到本项目；占比在所有品牌合计不超过 100 %。",
            "Guides are the agency's and may serve several brands. Their shares over all brands sum to 100 % at most.",
        )
        columns = [
            say("导购", "Guide"),
            say("类型", "Kind"),
            say("登录账号", "Login"),
            say("本项目", "In this project"),
        ]
        may_write = self.may(Act.WRITE_TEAM)
        if may_write:
            columns += [say("安排到本项目", "Place here"), say("离职", "Retire")]
        rows: list[list[Any]] = []
        for guide in guides:
            seat = placed.get(guide.code)
            name = named(guide.name, guide.code)
            describe = reverse("team", args=[project.code]) + f"?describe={guide.code}#describe"
            is_retired = guide.retired_at is not None
            row: list[Any] = [
                Link(name, describe) if seat and may_write else name,
                f"{Guide.Kind(guide.kind).label} {guide.category}".strip(),
                guide.user.email if guide.user else "—",
                f"{percent_shown(seat.share)} · {from_to(seat.starts_on, seat.ends_on)}" if seat else "—",
            ]
            if may_write:
                gone = say("已离职", "Retired")
                row += [gone, "—"] if is_retired else [
                    _place_form(project, guide, typed), _retire_form(project, guide, typed)
                ]  # fmt: skip
            rows.append(row)
        empty = say("还没有导购。", "There is no guide yet.")
        blocks: list[Block] = [Note(note), Table(say("导购", "Guides"), columns, rows, empty)]
        if may_write:
            skills = say(
                "技能和缺勤：点已安排导购的名字。", "Skills and absences: follow the name of a guide placed here."
            )
            blocks += [Note(skills), Heading(say("录入导购", "Hire a guide"), "new")]
            blocks.append(_hire_form(project, typed.of(HIRE), users))
        return blocks


def _users_to_link(brand_id: int) -> list[User]:
    """Who has a guide's role in the brand and is no guide yet. Runs in public."""
    rows = Membership.objects.filter(brand=brand_id, role=Role.GUIDE).select_related("user")
    taken = set(Guide.objects.filter(user__isnull=False).values_list("user_id", flat=True))
    return [row.user for row in rows.order_by("user__email") if row.user_id not in taken]


def _hire_form(project: Project, typed: Typed, users: Sequence[User]) -> Form:
    kinds: list[Choice] = [(value, str(label)) for value, label in Guide.Kind.choices]
    logins: list[Choice] = [
        ("", say("暂无", "None yet")),
        *((user.email, named(str(user), user.email)) for user in users),
    ]
    fields = [
        typed.field("/code", say("编号，如 nana", "Code, such as nana")),
        typed.field("/name", say("姓名", "Name")),
        typed.field("/kind", say("类型", "Kind"), Guide.Kind.GENERAL, "select", kinds),
        typed.field("/category", say("类目（类目型必填，如 护肤）", "Category (a category guide must have one)")),
        typed.field("/user", say("登录账号", "Login"), "", "select", logins),
    ]
    return Form(reverse("hire_guide", args=[project.code]), HIRE, say("录入导购", "Hire"), fields)


def _place_form(project: Project, guide: Guide, typed: Typed) -> Form:
    key = f"place-{guide.code}"
    mine = typed.of(key)
    fields = [
        mine.field("/share", share_title(), "100", "number"),
        mine.field("/from", say("从", "From"), project.starts_on, "date"),
        mine.field("/to", say("到（可空）", "To (optional)"), "", "date"),
    ]
    return Form(
        reverse("place_guide", args=[project.code, guide.code]),
        key,
        say("安排", "Place"),
        fields,
        fold=say("安排", "Place"),
    )


def _retire_form(project: Project, guide: Guide, typed: Typed) -> Form:
    key = f"retire-{guide.code}"
    fields = [typed.of(key).field("/on", say("最后一天", "Last day"), "", "date")]
    return Form(
        reverse("retire_guide", args=[project.code, guide.code]),
        key,
        say("离职", "Retire"),
        fields,
        fold=say("离职", "Retire"),
    )


class HireGuide(Action):
    acts = {"POST": Act.WRITE_TEAM}
    page = GuidesPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(HireBody(data=flat_body(values)))
        email = said.pop("user", "").strip().lower()
        brand = self.identity.brand
        with enter_public():
            user = next((user for user in _users_to_link(brand.pk) if user.email == email), None)
            if email and user is None:
                detail = say("没有这个可关联的导购账号", "There is no such login of a guide to link")
                raise GuideRefusedError(detail, errors=[fault("/user", "unknown", detail)])
            guide, is_new = hire_guide(brand.agency, user=user, **said)
        if not is_new:
            return say(f"导购 {guide.name} 已录入过", f"{guide.name} was hired before")
        record(project, f"{GUIDES}{guide.code}", None, {"name": guide.name, "kind": guide.kind}, by=self.identity.label)
        return say(f"导购 {guide.name} 已录入", f"{guide.name} is hired")


class PlaceGuide(Action):
    """A further seat beside those that are there."""

    acts = {"POST": Act.WRITE_TEAM}
    page = GuidesPage

    def act(self, project: Project, values: dict[str, str]) -> str:
        brand, code = self.identity.brand, self.kwargs["guide"]
        kept = [seat_dict(seat) for seat in seats(project, brand)]
        bodies = [{name: row[name] for name in ("role", "user", "guide", "share", "from", "to") if name in row}
                  for row in kept]  # fmt: skip
        self.kwargs["place"] = len(bodies)
        wished = {"role": GUIDE_ROLE, "guide": code, **flat_body(values)}
        if "share" in wished:
            wished["share"] = read_share(wished["share"], f"/{len(bodies)}/share")
        put_team(brand, project, seat_wishes(project, [*bodies, wished]), by=self.identity.label)
        return say(f"导购 {code} 已安排到本项目", f"The guide {code} is placed here")

    def refused(self, project: Project, typed: Typed, status: int) -> HttpResponse:
        before = f"/{self.kwargs['place']}"
        return super().refused(project, typed.renamed(lambda name: name.removeprefix(before) or "/share"), status)


class RetireGuide(Action):
    """After her last day she serves nobody; her placements are ended and her accounts handed over before."""

    acts = {"POST": Act.WRITE_TEAM}
    page = GuidesPage
    missing = (Guide.DoesNotExist,)

    def act(self, project: Project, values: dict[str, str]) -> str:
        said = checked(RetireBody(data=flat_body(values)))
        with enter_public():
            guide = Guide.objects.get(agency=self.identity.brand.agency_id, code=self.kwargs["guide"])
            retire_guide(guide, on=said["on"])
        record(
            project,
            f"{GUIDES}{guide.code}",
            {"retired": None},
            {"retired": str(said["on"])},
            by=self.identity.label,
        )
        return say(f"导购 {guide.name} 已离职", f"{guide.name} has retired")

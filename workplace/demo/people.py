"""The demo's people: who signs in, and the twelve guides. They come into being by the services that make everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guides.models import Guide
from guides.services import Leave, describe_guide, hire_guide, set_cost
from tenants.models import AGENCY_WIDE, Agency, Brand, Role, User
from tenants.services import create_user
from workplace.demo.brands import BABY, BRANDS, SKINCARE, SNACKS
from workplace.demo.calendar import DAY, month_after


@dataclass(frozen=True)
class Person:
    """`brands`: slugs, none for a role in the whole agency. `guide`: her code."""

    email: str
    name: str
    role: Role
    brands: tuple[str, ...] = ()
    guide: str | None = None


ALL = tuple(plan.slug for plan in BRANDS)
AGENCY_PEOPLE = (
    Person("owner@lighthouse.example", "周敏", Role.OWNER),
    Person("admin@lighthouse.example", "吴桐", Role.ADMIN),
    Person("finance@lighthouse.example", "许静", Role.FINANCE),
    Person("pm@lighthouse.example", "陈默", Role.PM, (SKINCARE.slug, SNACKS.slug)),
    Person("pm2@lighthouse.example", "宋岚", Role.PM, (BABY.slug,)),
    Person("ops@lighthouse.example", "何川", Role.OPS, (SKINCARE.slug, SNACKS.slug)),
    Person("ops2@lighthouse.example", "唐一凡", Role.OPS, (BABY.slug,)),
    Person("content@lighthouse.example", "叶青", Role.CONTENT, ALL),
    Person("guide@lighthouse.example", "沈雨", Role.GUIDE, (SKINCARE.slug, BABY.slug), guide="g02"),
)
BRAND_PEOPLE = (
    Person("brand@yunzhi.example", "林悦", Role.BRAND_MANAGER, (SKINCARE.slug,)),
    Person("boss@yunzhi.example", "顾远", Role.BRAND_SPONSOR, (SKINCARE.slug,)),
    Person("brand@hetian.example", "赵宁", Role.BRAND_MANAGER, (SNACKS.slug,)),
    Person("boss@hetian.example", "田立", Role.BRAND_SPONSOR, (SNACKS.slug,)),
    Person("brand@beile.example", "郑可", Role.BRAND_MANAGER, (BABY.slug,)),
)
PEOPLE = (*AGENCY_PEOPLE, *BRAND_PEOPLE)


@dataclass(frozen=True)
class GuidePlan:
    """`places`: brand's slug, share, and for who came or left in between the months of the demo (from, up to)."""

    code: str
    name: str
    kind: str
    monthly: str
    skills: tuple[str, ...]
    places: tuple[tuple[str, str, int, int | None], ...]
    category: str = ""


LEFT, TAKES_OVER, HANDED_OVER = "g07", "g12", 5  # who left, who keeps her accounts since, from which month on
_KIND = Guide.Kind
GUIDES = (
    GuidePlan("g01", "李晓彤", _KIND.BRAND, "8600", ("护肤", "1v1"), ((SKINCARE.slug, "1", 0, None),)),
    GuidePlan(
        "g02", "沈雨", _KIND.GENERAL, "8200", ("1v1", "社群"),
        ((SKINCARE.slug, "0.6", 0, None), (BABY.slug, "0.4", 2, None)),
    ),
    GuidePlan(
        "g03", "王梓涵", _KIND.CATEGORY, "7900", ("护肤", "成分"),
        ((SKINCARE.slug, "0.7", 0, None), (SNACKS.slug, "0.3", 1, None)), "护肤",
    ),
    GuidePlan("g04", "刘思琪", _KIND.GENERAL, "7400", ("1v1", "直播"), ((SKINCARE.slug, "1", 0, None),)),
    GuidePlan("g05", "黄雅婷", _KIND.BRAND, "7200", ("社群", "团购"), ((SNACKS.slug, "1", 0, None),)),
    GuidePlan(
        "g06", "周子墨", _KIND.GENERAL, "7600", ("社群", "活动"),
        ((SNACKS.slug, "0.6", 0, None), (BABY.slug, "0.4", 2, None)),
    ),
    GuidePlan("g07", "马欣怡", _KIND.GENERAL, "7000", ("1v1",), ((SKINCARE.slug, "1", 0, HANDED_OVER),)),
    GuidePlan("g08", "罗佳宁", _KIND.CATEGORY, "6900", ("食品", "社群"), ((SNACKS.slug, "0.8", 0, None),), "食品"),
    GuidePlan("g09", "高诗涵", _KIND.GENERAL, "6800", ("社群",), ((SNACKS.slug, "1", 0, None),)),
    GuidePlan("g10", "谢雨桐", _KIND.CATEGORY, "8800", ("母婴", "育儿"), ((BABY.slug, "1", 2, None),), "母婴"),
    GuidePlan(
        "g11", "郭美玲", _KIND.GENERAL, "7500", ("1v1", "社群"),
        ((BABY.slug, "0.6", 2, None), (SNACKS.slug, "0.4", 3, None)),
    ),
    GuidePlan(
        "g12", "董书瑶", _KIND.GENERAL, "7300", ("1v1", "护肤"),
        ((BABY.slug, "0.5", 2, None), (SKINCARE.slug, "0.5", HANDED_OVER, None)),
    ),
)  # fmt: skip


def make_people(agency: Agency, brands: Mapping[str, Brand], password: str) -> dict[str, User]:
    """Everybody who signs in, by e-mail address; one password for all of them."""
    users = {}
    for person in PEOPLE:
        secret: str | None = password
        places: list[Brand | None] = [brands[slug] for slug in person.brands]
        for brand in places or [None]:
            users[person.email], _ = create_user(
                person.email,
                role=person.role,
                name=person.name,
                password=secret,
                agency=agency if person.role in AGENCY_WIDE else None,
                brand=brand,
            )
            secret = None  # set already
    return users


def make_guides(agency: Agency, users: Mapping[str, User], first_day: date) -> None:
    """The guides with skills, cost and absences. In public."""
    signing_in = {person.guide: users[person.email] for person in PEOPLE if person.guide}
    for plan in GUIDES:
        guide, _ = hire_guide(
            agency, plan.code, name=plan.name, kind=plan.kind, category=plan.category, user=signing_in.get(plan.code)
        )
        describe_guide(guide, skills=plan.skills, leaves=_leaves(plan.code, first_day))
        set_cost(guide, Decimal(plan.monthly), since=first_day)
        if plan.code == "g01":
            set_cost(guide, Decimal(9200), since=month_after(first_day, 6))


def _leaves(code: str, first_day: date) -> list[Leave]:
    if code == "g05":
        since = month_after(first_day, 6) + 9 * DAY
        return [Leave(since, since + 6 * DAY, "年假")]
    if code == "g09":
        since = month_after(first_day, 8) + 14 * DAY
        return [Leave(since, since + 2 * DAY, "病假")]
    return []

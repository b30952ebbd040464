"""What agency and brand agreed on: project, team, accounts, sheet, forecast. Made by the demo's own people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guides.models import Guide
from guides.services import retire_guide
from kpi.services import approve_forecast, put_forecast
from projects.contacts import ContactWish, activate_project, put_contacts
from projects.models import BrandContact, Project
from projects.queries import zone_of
from projects.services import KeeperWish, approve_definition, create_project, put_account, put_channel, put_definition
from projects.team import SeatWish, put_team
from siyu.brands import enter_public
from siyu.periods import day_start
from tenants.identity import Identity, identify_user
from tenants.models import Agency, Brand, Role, User
from workplace.demo.brands import KOC, REFERRAL, BrandPlan
from workplace.demo.calendar import DAY, days_of, month_after, month_weight, weight
from workplace.demo.people import GUIDES, HANDED_OVER, LEFT, PEOPLE, TAKES_OVER
from workplace.demo.story import promised_reach

TERM = 12  # months
SHARES = {"kind": "share", "fail": "0.8", "normal": "1", "good": "1.1", "excess": "1.2"}
LINES = {
    "diverted_users": SHARES,
    "gmv": SHARES,
    "koc_users": SHARES,
    "referral_users": SHARES,
    "diversion_rate": {"kind": "absolute", "fail": "0.02", "normal": "0.032", "good": "0.05"},
    "cost_per_diverted_user": {"kind": "absolute", "fail": "8", "normal": "6.5", "good": "5.2", "excess": "4"},
    "retention_rate": {"kind": "absolute", "fail": "0.93", "normal": "0.955", "good": "0.965", "excess": "0.975"},
    "satisfaction_rate": {"kind": "absolute", "fail": "0.85", "normal": "0.9", "good": "0.94", "excess": "0.97"},
    "churn_rate": {"kind": "absolute", "fail": "0.06", "normal": "0.045", "good": "0.033", "excess": "0.025"},
    "interaction_rate": {"kind": "absolute", "fail": "0.15", "normal": "0.2", "good": "0.24", "excess": "0.3"},
}
WEIGHTS = {
    "gmv": "40",
    "diverted_users": "25",
    "retention_rate": "15",
    "interaction_rate": "10",
    "satisfaction_rate": "10",
}
CONTACTS = {
    "yunzhi": (("林悦", False), ("孟洁", False), ("方晴", False), ("顾远", False)),
    "hetian": (("赵宁", True), ("贺磊", False), ("贺磊", False), ("田立", False)),
    "beile": (("郑可", False), ("曾莉", False), ("曾莉", False), ("梁建国", False)),
}


@dataclass(frozen=True)
class Cast:
    """Who acts for both sides of one brand."""

    brand: Brand
    owner: User
    pm: User
    ops: User
    content: User
    manager: User

    def identity(self, user: User) -> Identity:
        with enter_public():
            found = identify_user(user, self.brand)
        if found is None:
            raise LookupError(f"{user} has no role in {self.brand}")
        return found


def cast_of(brand: Brand, users: Mapping[str, User]) -> Cast:
    """The demo's people in one of its brands. `users`: by e-mail address."""
    by_role = {
        person.role: users[person.email] for person in PEOPLE if not person.brands or brand.slug in person.brands
    }
    return Cast(
        brand,
        owner=by_role[Role.OWNER],
        pm=by_role[Role.PM],
        ops=by_role[Role.OPS],
        content=by_role[Role.CONTENT],
        manager=by_role[Role.BRAND_MANAGER],
    )


def begin_project(plan: BrandPlan, cast: Cast, first_day: date) -> Project:
    """An active project with all that was agreed. Inside the brand. `first_day`: the demo's first."""
    begins = month_after(first_day, plan.begins)
    owner, manager = cast.owner, cast.manager
    fields = {
        "code": code_of(begins),
        "name": f"{plan.name} {begins.year} 私域代运营",
        "starts_on": begins,
        "ends_on": month_after(begins, TERM) - DAY,
        "operating_model": plan.operating_model,
        "fans_per_guide": plan.fans_per_guide,
        "auto_assign": plan.slug != "hetian",  # her PM deals out newcomers himself
    }
    project = create_project(fields, by=owner)
    put_team(cast.brand, project, _seats(plan, cast, first_day), by=f"user:{cast.pm.pk}")
    for source in plan.sources:
        put_channel(source.code, {"name": source.name, "unit": source.unit, "lag_days": source.lag_days})
    for code, name, guide in zip(plan.shelf.codes, plan.shelf.names, plan.shelf.kept_by, strict=True):
        fields = {"name": name, "capacity": plan.fans_per_guide * 2}
        put_account(cast.brand, project, code, fields, _keepers(guide, begins, first_day), by=f"user:{cast.pm.pk}")
    roles = (*BrandContact.Role,)
    contacts = [
        ContactWish(role, name, _email_of(name), part_time)
        for role, (name, part_time) in zip(roles, CONTACTS[plan.slug], strict=True)
    ]
    put_contacts(project, contacts, by=f"user:{manager.pk}")
    sheet = put_definition(project, {"gmv_rules": plan.gmv_rules}, by=cast.pm)
    approve_definition(project, sheet.version, sheet.sha256, by=owner, side="agency")
    approve_definition(project, sheet.version, sheet.sha256, by=manager, side="brand")
    forecast = put_forecast(project, forecast_body(plan, begins), by=cast.pm)
    signed = min(day_start(begins - 5 * DAY, zone_of(project)), timezone.now())
    approve_forecast(project, forecast.version, forecast.sha256, by=owner, side="agency", now=signed)
    approve_forecast(project, forecast.version, forecast.sha256, by=manager, side="brand", now=signed)
    return activate_project(project, by=f"user:{cast.pm.pk}")


def code_of(begins: date) -> str:
    return str(begins.year)


def _seats(plan: BrandPlan, cast: Cast, first_day: date) -> list[SeatWish]:
    begins, one = month_after(first_day, plan.begins), Decimal(1)
    wishes = [
        SeatWish(role, user.email, one, begins, None)
        for role, user in (("pm", cast.pm), ("ops", cast.ops), ("content", cast.content))
    ]
    for guide in GUIDES:
        for slug, share, since, until in guide.places:
            if slug == plan.slug:
                last = None if until is None else month_after(first_day, until) - DAY
                wishes.append(SeatWish("guide", guide.code, Decimal(share), month_after(first_day, since), last))
    return wishes


def _keepers(guide: str, begins: date, first_day: date) -> list[KeeperWish]:
    since = begins - DAY  # when the opening stock came
    keepers = [KeeperWish(guide, f"{since}T00:00:00")]
    if guide == LEFT:
        keepers.append(KeeperWish(TAKES_OVER, f"{month_after(first_day, HANDED_OVER)}T00:00:00"))
    return keepers


def _email_of(name: str) -> str:
    return next((person.email for person in PEOPLE if person.name == name), "")


def retire_who_left(agency: Agency, first_day: date) -> None:
    """After all brands' teams are put. In public."""
    guide = Guide.objects.get(agency=agency, code=LEFT)
    retire_guide(guide, on=month_after(first_day, HANDED_OVER) - DAY)


# -- The forecast -----------------------------------------------------------------------------------------------------


def forecast_body(plan: BrandPlan, begins: date, *, since: int = 0, less: str = "1") -> dict[str, Any]:
    """The forecast of the term, from its `since`-th month on; `less`: what is left of reach and GMV a fan."""
    places = range(since, TERM)
    return {
        "opening_fans": plan.opening_fans,
        "effective_from": f"{month_after(begins, since):%Y-%m}",
        "months": [_month(plan, begins, place, Decimal(less)) for place in places],
        "lines": LINES,
        "terms": {
            "floor": "0.80",
            "basis": "composite",
            "period": "month",
            "weights": WEIGHTS,
            "caps": dict.fromkeys(WEIGHTS, "1.2"),
            "grace_months": 2,
            "make_up": 2,
            "deductions": [{"below": "0.8", "share": "0.1"}, {"below": "0.6", "share": "0.3"}],
            "bonus": {"share": "0.02"},
            "commission": plan.fee,
        },
    }


def _month(plan: BrandPlan, begins: date, place: int, less: Decimal) -> dict[str, Any]:
    month = month_after(begins, place)
    open_now = [source for source in plan.sources if place >= source.opens]
    promised = {source.code: int(promised_reach(source, month) * less) for source in open_now}
    diverted = {source.code: promised[source.code] * Decimal(source.rate) for source in open_now}
    season = month_weight(month) / len(days_of(month))
    return {
        "month": f"{month:%Y-%m}",
        "promised_reach": promised,
        "diversion_rate": {source.code: source.rate for source in open_now},
        "churn_rate": plan.churn,
        "ramp": str(plan.ramp_of(place)),
        "gmv_per_fan": f"{Decimal(plan.gmv_per_fan) * season * less:.2f}",
        "koc_share": _share_of(KOC, diverted),
        "referral_share": _share_of(REFERRAL, diverted),
        "day_weights": {day.isoformat(): str(weight(day)) for day in days_of(month) if weight(day) != 1},
    }


def _share_of(code: str, diverted: Mapping[str, Decimal]) -> str:
    return f"{diverted[code] / sum(diverted.values()):.4f}"

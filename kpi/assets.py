"""What a project has in its fans at the end of a period, and what groups and posts brought: beside the ten."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from fans.assignments import TIERS
from kpi.questions import sql
from projects.models import Project
from siyu.periods import DAY, Period, day_start
from siyu.sql import records

YEAR = 365  # days whose net GMV makes a fan's value tier
QUIET_DAYS = 90  # without a word or an order from her, after which a fan is dormant
TIER_NAMES = ("none", "low", "middle", "high")  # 0, below the second bound, below the third, more


@dataclass(frozen=True)
class Tier:
    """Fans present at the end of a period, of one value tier. `amount`: net GMV of 365 days, yuan."""

    name: str
    fans: int = 0
    new: int = 0  # first added in the period
    bought_once: int = 0
    bought_again: int = 0  # two or more counted orders until the end
    dormant: int = 0
    amount: Decimal = Decimal("0.00")


def read_assets(project: Project, period: Period) -> list[Tier]:
    """Every tier, the lowest first; their fans add up to those of P(E)."""
    parameters = {
        "project": project.pk,
        "first_day": period.first,
        "next_day": period.end,
        "year_ago": period.end - YEAR * DAY,
        "quiet_since": period.end - QUIET_DAYS * DAY,
        "tiers": list(TIERS),
    }
    found = {record.pop("tier"): record for record in records(sql("fan_assets"), parameters)}
    return [Tier(name, **found.get(place, {})) for place, name in enumerate(TIER_NAMES)]


@dataclass(frozen=True)
class Group:
    """Memberships of a group: before + added − lost are there at the end."""

    code: str
    before: int
    added: int
    lost: int

    @property
    def members(self) -> int:
        return self.before + self.added - self.lost


def read_groups(project: Project, period: Period) -> list[Group]:
    """By code; those without a member in the period are left out."""
    zone = ZoneInfo(project.timezone)
    parameters = {
        "project": project.pk,
        "start": day_start(period.first, zone),
        "until": day_start(period.end, zone),
    }
    return [
        Group(record["group"] or "", record["before"], record["added"], record["lost"])
        for record in records(sql("groups"), parameters)
    ]


@dataclass(frozen=True)
class Post:
    """`users`: diverted fans of the period that name it. `is_new`: published in the period."""

    code: str
    users: int
    is_new: bool
    platform: str | None
    day: date | None


def read_posts(project: Project, period: Period) -> list[Post]:
    """Those published in the period or that brought users in it, most users first. Their users are `koc_users`."""
    parameters = {"project": project.pk, "first_day": period.first, "next_day": period.end}
    return [
        Post(record["post"], record["users"], record["is_new"], record["platform"], record["day"])
        for record in records(sql("posts"), parameters)
    ]


@dataclass(frozen=True)
class Stayed:
    """`fans`: diverted through the channel; `stayed`: of them, those present so many days after their addition."""

    channel: str | None
    fans: int
    stayed: int


def read_stayed(project: Project, period: Period, days: int) -> list[Stayed]:
    """By channel. The caller sees to it that the days have passed for all of them."""
    parameters = {
        "project": project.pk,
        "first_day": period.first,
        "next_day": period.end,
        "hours": 24 * days,
    }
    return [Stayed(**record) for record in records(sql("stayed_by_channel"), parameters)]

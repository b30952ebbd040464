"""Confirming the reach that others than the brand entered: DOMAIN 2.4.

Runs inside the brand; the clock is passed in. Rules in prose: kpi/FORECAST.md.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kpi.forecasts import binding_forecast, bound_forecasts
from kpi.models import ReachConfirmation
from kpi.questions import sql
from kpi.reach_standing import Confirmation, ReachStanding, Said, changes_of, reach_standing
from projects.audit import record
from projects.models import Project
from projects.queries import zone_of
from projects.services import fault, locked
from siyu.brands import current_schema, enter_public
from siyu.periods import Period, local_day, periods
from siyu.problems import DomainError, say
from siyu.sql import records
from tenants.identity import Identity
from tenants.models import BRAND_SIDE, ApiKey, Membership, User

Standings = Mapping[tuple[date, str], ReachStanding]  # by a month's first day and the channel


class ReachForbiddenError(DomainError):
    status = 403
    code = "not_yours"


class ReachConflictError(DomainError):
    status = 409
    code = "reach_conflict"


# -- Reading ----------------------------------------------------------------------------------------------------------


def read_reach_standings(project: Project, months: Period, now: datetime) -> Standings:
    """Of every channel that ever had reach in these months (whole ones), how it stands."""
    return _standings(project, months, _versions(project, months), now)


def _versions(project: Project, months: Period) -> dict[tuple[date, str], list[tuple[Said, str]]]:
    """What was said of each channel's month, in the order it came, with the label of who said it."""
    brand = brand_labels()
    found: dict[tuple[date, str], list[tuple[Said, str]]] = defaultdict(list)
    window = {"project": project.pk, "first_day": months.first, "next_day": months.end}
    for row in records(sql("reach_versions"), window):
        key = row["day"].replace(day=1), row["channel"]
        said = Said(row["day"], row["reached"], row["at"], row["made_by"] in brand)
        found[key].append((said, row["made_by"]))
    return found


def _standings(
    project: Project, months: Period, versions: Mapping[tuple[date, str], list[tuple[Said, str]]], now: datetime
) -> Standings:
    zone, today = zone_of(project), local_day(now, zone_of(project))
    confirmations: dict[tuple[date, str], list[Confirmation]] = defaultdict(list)
    for one in ReachConfirmation.objects.filter(
        project=project, month__gte=months.first, month__lt=months.end
    ).order_by("pk"):
        confirmations[one.month, one.channel].append(Confirmation(one.reached, one.by_id, one.at))
    return {
        key: reach_standing(changes_of([said for said, _ in told]), confirmations[key], zone, today)
        for key, told in versions.items()
    }


def brand_labels() -> set[str]:
    """Labels (Identity.label) of the people of the brand that is entered, and of the keys they made."""
    schema = current_schema()
    with enter_public():
        people = set(
            Membership.objects.filter(brand__schema_name=schema, role__in=BRAND_SIDE).values_list("user_id", flat=True)
        )
        keys = ApiKey.objects.filter(brand__schema_name=schema, made_by__in=people).values_list("pk", flat=True)
        return {*(f"user:{pk}" for pk in people), *(f"key:{pk}" for pk in keys)}


@dataclass(frozen=True)
class UnconfirmedReach:
    """A month (its first day) of a channel whose reach counts as it stands and is not confirmed. `was`: the figure that
    was confirmed before it was corrected, None without one; `made_by`: labels of the others who stated it, the latest
    first."""

    month: date
    channel: str
    reached: int
    was: int | None
    silence_confirms_after: date | None
    made_by: tuple[str, ...]


def unconfirmed_reach(project: Project, period: Period, now: datetime) -> list[UnconfirmedReach]:
    """Of the months that the period touches, the promised channels whose reach nobody has confirmed by `now`; by month
    and channel. Channels for which no binding forecast promises anything concern nobody's target."""
    touched = periods("month", period.first, period.last)
    promised = promised_reach(project, Period(touched[0].first, touched[-1].last))
    if not promised:
        return []
    months = Period(touched[0].first, touched[-1].last)
    versions = _versions(project, months)
    found = _standings(project, months, versions, now)
    return [
        UnconfirmedReach(*key, standing.reached or 0, _was(standing), standing.silent_on, _others(versions[key]))
        for key, standing in sorted(found.items(), key=lambda item: item[0])
        if standing.is_unconfirmed and key in promised
    ]


def promised_reach(project: Project, months: Period | None = None) -> dict[tuple[date, str], int]:
    """What the forecasts that bind these months (all months: None) promise, by a month's first day and the channel;
    promises of 0 left out."""
    bound = bound_forecasts(project)
    found: dict[tuple[date, str], int] = {}
    for month in sorted({month for forecast in bound for month in forecast.months}):
        forecast = binding_forecast(bound, month, project)
        if forecast is None or (months and not months.first <= month <= months.last):
            continue
        stated = next(stated for stated in forecast.inputs["months"] if stated["month"] == f"{month:%Y-%m}")
        found |= {(month, channel): reach for channel, reach in stated["promised_reach"].items() if reach}
    return found


def _others(versions: list[tuple[Said, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for said, label in reversed(versions) if not said.by_brand))


def _was(standing: ReachStanding) -> int | None:
    return standing.before.reached if standing.before else None


# -- Confirming -------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_reach(
    project: Project, month: date, channel: str, reached: int, *, by: Identity, person: User, now: datetime
) -> None:
    """Confirm for the brand what was read of a channel's reach of a month (its first day). Said again it changes
    nothing.

    Raises ReachForbiddenError for the agency's people; ReachConflictError where there is no figure or it reads
    otherwise by now.
    """
    if by.side != "brand":
        raise ReachForbiddenError(say("触达由品牌方确认", "Reach is the brand's to confirm"))
    project = locked(project)
    [whole] = periods("month", month, month)
    standing = read_reach_standings(project, whole, now).get((month, channel))
    if standing is None or standing.reached is None:
        raise ReachConflictError(say("这个渠道当月还没有触达数据", "The channel has no reach in that month yet"))
    if standing.reached != reached:
        message = say(
            f"触达数已变更为 {standing.reached}，请重新查看后再确认",
            f"The reach is {standing.reached} by now: read it again before confirming",
        )
        raise ReachConflictError(message, errors=[fault("/reached", "changed", message)])
    if standing.confirmed and standing.confirmed.how == "person":
        return
    ReachConfirmation.objects.create(project=project, channel=channel, month=month, reached=reached, by=person, at=now)
    was = standing.before and {"channel": channel, "reached": standing.before.reached}
    record(project, f"reach:{month:%Y-%m}", was, {"channel": channel, "reached": reached}, by=by.label)

"""REST of entering and confirming reach: DOMAIN 2.4."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from fans.channel_days import ChannelDay, enter_channel_days
from fans.intake import account_of
from fans.models import Batch
from fans.openapi import AccountSerializer
from kpi.queries import one_state
from kpi.reach_confirming import Standings, confirm_reach, read_reach_standings
from kpi.reach_standing import Confirmed, ReachStanding
from projects.api import DayField
from projects.commitment_api import MonthField
from projects.models import Channel, Project
from projects.queries import people, zone_of
from projects.rest import ProjectView, StrictSerializer, checked
from projects.services import fault
from projects.workdays import is_known
from siyu.periods import local_day, periods
from siyu.problems import DomainError, say
from tenants.permissions import Act

LARGEST = 2**63 - 1
LARGEST_DAY = 10**12


class ReachRefusedError(DomainError):
    status = 422
    code = "reach_refused"


class ReachConfirmationBody(StrictSerializer):
    """`reached`: the figure that was read; it is confirmed only while it still stands."""

    month = MonthField()
    channel = serializers.CharField(max_length=128, trim_whitespace=False)
    reached = serializers.IntegerField(min_value=0, max_value=LARGEST)


class ReachDayBody(StrictSerializer):
    """`cost` in yuan; left out, what is known of it stays."""

    channel = serializers.CharField(max_length=128, trim_whitespace=False)
    date = DayField()
    reached = serializers.IntegerField(min_value=0, max_value=LARGEST_DAY)
    cost = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True
    )


class ReachRow(serializers.Serializer):
    """Of one channel in one month. `confirmed_how`: entered_by_brand, person, silence, or null while it is not (or has
    no figure); `confirmed_before`: what was confirmed and reads otherwise now."""

    month = serializers.CharField()
    channel = serializers.CharField()
    delivered = serializers.IntegerField(allow_null=True)
    confirmed_how = serializers.ChoiceField(["entered_by_brand", "person", "silence"], allow_null=True)
    confirmed_by = serializers.CharField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    silence_confirms_after = serializers.DateField(allow_null=True)
    calendar = serializers.ChoiceField(["published", "monday_to_friday"])
    confirmed_before = serializers.DictField(allow_null=True)


def confirmation_dict(standing: ReachStanding | None, names: Mapping[int, str]) -> dict[str, Any]:
    """How reach stands, in the words that commitments use. `names`: of the people who confirmed."""
    confirmed = standing.confirmed if standing else None
    silent_on = standing.silent_on if standing else None
    before = standing.before if standing else None
    return {
        "confirmed_how": confirmed.how if confirmed else None,
        "confirmed_by": _name(confirmed, names),
        "confirmed_at": confirmed.at.isoformat() if confirmed else None,
        "silence_confirms_after": silent_on.isoformat() if silent_on else None,
        "calendar": "published" if silent_on is None or is_known(silent_on.year) else "monday_to_friday",
        "confirmed_before": {
            "delivered": before.reached,
            "how": before.how,
            "by": _name(before, names),
            "at": before.at.isoformat(),
        }
        if before
        else None,
    }


def _name(confirmed: Confirmed | None, names: Mapping[int, str]) -> str | None:
    return names.get(confirmed.by) if confirmed and confirmed.by else None


def names_of(standings: Standings) -> dict[int, str]:
    """Of the people who confirmed any of these."""
    ids = [one.by for standing in standings.values() for one in (standing.confirmed, standing.before) if one]
    return {user_id: str(user) for user_id, user in people(ids).items()}


def reach_row(project: Project, month: date, channel: str) -> dict[str, Any]:
    [whole] = periods("month", month, month)
    standings = read_reach_standings(project, whole, timezone.now())
    standing = standings.get((month, channel))
    return {
        "month": f"{month:%Y-%m}",
        "channel": channel,
        "delivered": standing.reached if standing else None,
        **confirmation_dict(standing, names_of(standings)),
    }


class ReachConfirmationView(ProjectView):
    """A person of the brand confirms the reach of a channel in a month as it was read; never a key. Answers how it
    stands then."""

    acts = {"POST": Act.CONFIRM_REACH}

    @extend_schema(request=ReachConfirmationBody, responses=ReachRow)
    def post(self, request: Request, code: str) -> Response:
        said = checked(ReachConfirmationBody(data=request.data))
        if self.identity.user is None:
            raise PermissionDenied  # the act has no scope; a key never confirms
        confirm_reach(
            self.project,
            said["month"],
            said["channel"],
            said["reached"],
            by=self.identity,
            person=self.identity.user,
            now=timezone.now(),
        )
        with one_state():
            return Response(reach_row(self.project, said["month"], said["channel"]))


class ReachDaysView(ProjectView):
    """Enter channels' reach day by day; what the brand's people enter needs no confirmation. Answers the account of
    the batch. A channel that is not there is named; a day to come is refused."""

    acts = {"PUT": Act.ENTER_REACH}

    @extend_schema(request=ReachDayBody(many=True), responses=AccountSerializer)
    def put(self, request: Request, code: str) -> Response:
        return Response(account_of(enter_reach(self.project, request.data, made_by=self.identity.label)))


def enter_reach(project: Project, body: Any, *, made_by: str) -> Batch:
    """Check the rows and store them. Raises ValidationError, ReachRefusedError naming each row at fault."""
    rows = checked(ReachDayBody(data=body, many=True))
    known = set(Channel.objects.filter(code__in=[row["channel"] for row in rows]).values_list("code", flat=True))
    now = timezone.now()
    today = local_day(now, zone_of(project))
    flaws = []
    for place, row in enumerate(rows):
        if row["channel"] not in known:
            message = say(f"没有渠道 {row['channel']}", f"There is no channel {row['channel']}")
            flaws.append(fault(f"/{place}/channel", "unknown_channel", message))
        if row["date"] > today:
            message = say("这一天还没有到", "This day is yet to come")
            flaws.append(fault(f"/{place}/date", "future_time", message))
    if flaws:
        raise ReachRefusedError(flaws[0]["message"], errors=flaws)
    days = [ChannelDay(row["channel"], row["date"], row["reached"], row.get("cost")) for row in rows]
    return enter_channel_days(project, days, made_by=made_by, now=now)

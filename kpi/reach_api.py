"""REST of confirming reach: DOMAIN 2.4."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kpi.queries import one_state
from kpi.reach_confirming import Standings, confirm_reach, read_reach_standings
from kpi.reach_standing import Confirmed, ReachStanding
from projects.commitment_api import MonthField
from projects.models import Project
from projects.queries import people
from projects.rest import ProjectView, StrictSerializer, checked
from projects.workdays import is_known
from siyu.periods import periods
from tenants.permissions import Act

LARGEST = 2**63 - 1


class ReachConfirmationBody(StrictSerializer):
    """`reached`: the figure that was read; it is confirmed only while it still stands."""

    month = MonthField()
    channel = serializers.CharField(max_length=128, trim_whitespace=False)
    reached = serializers.IntegerField(min_value=0, max_value=LARGEST)


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

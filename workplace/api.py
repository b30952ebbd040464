"""REST of what looks across rooms."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import DayField
from projects.queries import zone_of
from projects.rest import ProjectView, checked
from siyu.periods import local_day
from siyu.problems import say
from tenants.permissions import Act
from workplace.staffing import LONGEST, read_staffing, staffing_dict

AHEAD = timedelta(days=30)


class RangeQuery(serializers.Serializer):
    start = DayField(required=False)
    end = DayField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.get("start", self.context["today"])
        last = attrs.get("end", first + AHEAD)
        if not 0 <= (last - first).days < LONGEST:
            message = say(f"应在 start 之后 {LONGEST} 天内", f"From start to {LONGEST} days after it")
            raise serializers.ValidationError({"end": [serializers.ErrorDetail(message, "bad_value")]})
        return {"start": first, "end": last}


class StaffingView(ProjectView):
    """Heads contracted and on duty by day, gaps, overloads and leavers: `?start=&end=`, both days included; from today
    for 30 days unless said."""

    acts = {"GET": Act.READ_TEAM}

    @extend_schema(
        parameters=[OpenApiParameter("start", OpenApiTypes.DATE), OpenApiParameter("end", OpenApiTypes.DATE)],
        responses={(200, "application/json"): {"type": "object"}},
    )
    def get(self, request: Request, code: str) -> Response:
        now = timezone.now()
        today = local_day(now, zone_of(self.project))
        days = checked(RangeQuery(data=request.query_params, context={"today": today}))
        found = read_staffing(self.project, self.identity.brand, days["start"], days["end"], now)
        return Response(staffing_dict(self.project, found))

"""REST of both sides' commitments, promised traffic among them: CONTRACT 3, DOMAIN 2.4, docs/adr/0032."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kpi.queries import one_state
from kpi.reach_confirming import promised_reach
from kpi.traffic import both_sides
from projects.commitment_api import CommitmentBody, MonthField, wish_of
from projects.commitments import CommitmentRefusedError, put_commitments
from projects.models import Project
from projects.rest import ProjectView, checked
from projects.services import fault
from siyu.problems import say
from tenants.permissions import Act


class CommitmentsView(ProjectView):
    """Both sides' commitments as a plain list, `?month=2026-01` of one month; promised traffic has `source` forecast
    and no id. PUT replaces what one's own side entered, as a whole; a key with contract:write enters deliveries only.
    """

    acts = {"GET": Act.READ_COMMITMENTS, "PUT": Act.WRITE_COMMITMENTS}

    @extend_schema(parameters=[OpenApiParameter("month", str)], responses=CommitmentBody(many=True))
    def get(self, request: Request, code: str) -> Response:
        asked = request.query_params.get("month")
        month = MonthField().run_validation(asked) if asked is not None else None
        with one_state():
            return Response(both_sides(self.project, timezone.now(), month=month))

    @extend_schema(request=CommitmentBody(many=True), responses=CommitmentBody(many=True))
    def put(self, request: Request, code: str) -> Response:
        rows = checked(CommitmentBody(data=request.data, many=True))
        refuse_changed_traffic(self.project, rows)
        wishes = [None if row.get("source") else wish_of(row, self.identity.side) for row in rows]
        put_commitments(self.project, wishes, by=self.identity)
        with one_state():
            return Response(both_sides(self.project, timezone.now()))


def refuse_changed_traffic(project: Project, rows: Sequence[Mapping[str, Any]]) -> None:
    """Promised traffic may be put back as it was read. Raises CommitmentRefusedError naming rows that promise what no
    binding forecast does."""
    places = [(place, row) for place, row in enumerate(rows) if row.get("source")]
    promised = promised_reach(project) if places else {}
    message = say(
        "导流承诺来自双方确认的预测表，请在预测表中修改",
        "Promised traffic is the binding forecast's reach: change it there",
    )
    flaws = [
        fault(f"/{place}/promised", "from_forecast", message)
        for place, row in places
        if promised.get((row["month"], row["channel"])) != row["promised"]
    ]
    if flaws:
        raise CommitmentRefusedError(message, errors=flaws)

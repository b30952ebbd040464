"""REST of the guides placed in a project, as the agency sees them.

What they cost is answered to few, never to a key.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from guides.models import Guide, Placement
from guides.queries import absences, monthly_costs, placements
from guides.services import Leave, describe_guide, set_cost
from projects.api import DayField
from projects.audit import GUIDES, record
from projects.commitment_api import MonthField
from projects.models import Project
from projects.queries import zone_of
from projects.rest import NameField, ProjectView, StrictSerializer, checked
from siyu.brands import enter_public
from siyu.periods import local_day
from siyu.problems import say
from tenants.identity import Identity
from tenants.permissions import Act, may


class AbsenceBody(StrictSerializer):
    reason = NameField(max_length=100)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": DayField(), "to": DayField(), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] < attrs["from"]:
            raise serializers.ValidationError(
                {"to": [serializers.ErrorDetail(say("早于 from", "It is before from"), "bad_value")]}
            )
        return attrs


class GuideBody(StrictSerializer):
    skills = serializers.ListField(child=NameField(max_length=40), max_length=50)
    absences = AbsenceBody(many=True)


class CostBody(StrictSerializer):
    """`since`: the month from which on she costs this; the current one unless said."""

    monthly = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal(0))
    since = MonthField(required=False)


class GuideRow(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    category = serializers.CharField()
    skills = serializers.ListField(child=serializers.CharField())
    retired = serializers.BooleanField()
    placements = serializers.ListField(child=serializers.DictField())
    absences = AbsenceBody(many=True)
    monthly_cost = serializers.CharField(required=False, help_text="Yuan; only for whoever may read costs.")


def describe_guides(project: Project, identity: Identity) -> list[dict[str, Any]]:
    """The guides with a placement in the project, past ones too, by code. Runs inside the brand."""
    today = local_day(timezone.now(), zone_of(project))
    with enter_public():
        placed: dict[str, list[Placement]] = {}
        for placement in placements(identity.brand.pk, project.code):
            placed.setdefault(placement.guide.code, []).append(placement)
        ids = [rows[0].guide_id for rows in placed.values()]
        away: dict[int, list[dict[str, str]]] = {}
        for absence in absences(ids):
            leave = {"from": str(absence.starts_on), "to": str(absence.ends_on), "reason": absence.reason}
            away.setdefault(absence.guide_id, []).append(leave)
        costs = monthly_costs(ids, today) if may(identity, Act.READ_COSTS, identity.brand) else None
    return [_row(rows[0].guide, rows, away, costs) for _, rows in sorted(placed.items())]


def _row(
    guide: Guide,
    rows: list[Placement],
    away: dict[int, list[dict[str, str]]],
    costs: dict[int, Decimal] | None,
) -> dict[str, Any]:
    row = {
        "code": guide.code,
        "name": guide.name,
        "kind": str(guide.kind),
        "category": guide.category,
        "skills": guide.skills,
        "retired": guide.retired_at is not None,
        "placements": [
            {
                "share": f"{placement.share.normalize():f}",
                "from": str(placement.starts_on),
                "to": str(placement.ends_on) if placement.ends_on else None,
            }
            for placement in rows
        ],
        "absences": away.get(guide.pk, []),
    }
    if costs is not None:
        row["monthly_cost"] = f"{costs[guide.pk]:.2f}" if guide.pk in costs else None
    return row


class GuidesView(ProjectView):
    acts = {"GET": Act.READ_GUIDES}

    @extend_schema(responses=GuideRow(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response(describe_guides(self.project, self.identity))


class GuideAct(ProjectView):
    def guide(self, code: str) -> Guide:
        """404 for a guide who has no placement in this project."""
        for placement in placements(self.identity.brand.pk, self.project.code):
            if placement.guide.code == code:
                return placement.guide
        raise Http404

    def answer(self, code: str) -> Response:
        (row,) = [row for row in describe_guides(self.project, self.identity) if row["code"] == code]
        return Response(row)


class GuideView(GuideAct):
    """Skills and absences, replaced as a whole. The absences hold in every brand she serves."""

    acts = {"PUT": Act.WRITE_TEAM}

    @extend_schema(request=GuideBody, responses=GuideRow)
    def put(self, request: Request, code: str, guide: str) -> Response:
        said = checked(GuideBody(data=request.data))
        save_guide(self.project, self.guide(guide), said, by=self.identity.label)
        return self.answer(guide)


@transaction.atomic
def save_guide(project: Project, guide: Guide, said: dict[str, Any], *, by: str) -> None:
    """Make what a GuideBody states hers, and tell the project's history of it."""
    leaves = [Leave(leave["from"], leave["to"], leave["reason"]) for leave in said["absences"]]
    with enter_public():
        before = _on_record(guide.skills, [Leave(a.starts_on, a.ends_on, "") for a in absences([guide.pk])])
        guide = describe_guide(guide, skills=said["skills"], leaves=leaves)
    record(project, f"{GUIDES}{guide.code}", before, _on_record(guide.skills, leaves), by=by)


def _on_record(skills: list[str], leaves: list[Leave]) -> dict[str, Any]:
    """What the brand's history tells: not why she was away."""
    days = sorted((str(leave.starts_on), str(leave.ends_on)) for leave in leaves)
    return {"skills": skills, "absences": [{"from": first, "to": last} for first, last in days]}


class CostView(GuideAct):
    """What a guide costs a month. It leaves no trace in the brand's schema, which is the brand's to export."""

    acts = {"PUT": Act.WRITE_COSTS}

    @extend_schema(request=CostBody, responses=GuideRow)
    def put(self, request: Request, code: str, guide: str) -> Response:
        said = checked(CostBody(data=request.data))
        found = self.guide(guide)
        today = local_day(timezone.now(), zone_of(self.project))
        with enter_public():
            set_cost(found, said["monthly"], since=said.get("since", today))
        return self.answer(guide)

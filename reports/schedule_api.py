"""REST of a project's report schedule, and of all restatements that its reports await."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import DayField
from projects.rest import ProjectView, StrictSerializer, checked
from reports.models import Report, Revision
from reports.occasions import KINDS
from reports.queries import revision_of, schedule_of
from reports.restating import candidates, restate
from reports.scheduling import agree_on_silence, change_schedule, schedule_dict
from siyu.pagination import CursorPages
from siyu.problems import say
from tenants.permissions import Act

MOST_WORKDAYS = 60
DAY_OF_MINUTES = 1440
AT_ONCE = 20  # reports looked at for one page: each that may have changed is computed anew


class ScheduleBody(StrictSerializer):
    """Times are local, HH:MM. What is left out stays as it is."""

    daily_at = serializers.TimeField(required=False, input_formats=["%H:%M"])
    weekly_at = serializers.TimeField(required=False, input_formats=["%H:%M"])
    monthly_at = serializers.TimeField(required=False, input_formats=["%H:%M"])
    monthly_day = serializers.IntegerField(required=False, min_value=1, max_value=28)
    wait_minutes = serializers.IntegerField(required=False, min_value=0, max_value=DAY_OF_MINUTES)
    since = DayField(required=False, allow_null=True)
    restate_share = serializers.DecimalField(
        required=False, max_digits=5, decimal_places=4, min_value=0, max_value=1, coerce_to_string=True
    )
    is_on = serializers.BooleanField(required=False)
    deemed_after = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_WORKDAYS)


class AgreementBody(StrictSerializer):
    deemed_after = serializers.IntegerField(allow_null=True, min_value=1, max_value=MOST_WORKDAYS)


class RestatementsQuery(StrictSerializer):
    kind = serializers.ChoiceField(KINDS, required=False)
    cursor = serializers.CharField(required=False)


class ScheduleView(ProjectView):
    """When reports fall due, and after how many working days silence counts as acceptance (null: never). A
    `deemed_after` that is put is a proposal until a person of the other side agrees."""

    acts = {"GET": Act.READ_REPORTS, "PUT": Act.PROPOSE_CONTRACT}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        return Response(schedule_dict(schedule_of(self.project)))

    @extend_schema(request=ScheduleBody, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, code: str) -> Response:
        body = checked(ScheduleBody(data=request.data))
        return Response(schedule_dict(change_schedule(self.project, body, by=self.identity, now=timezone.now())))


class ScheduleAgreementView(ProjectView):
    """A person of the other side agrees to the proposed `deemed_after`."""

    acts = {"POST": Act.APPROVE_CONTRACT}

    @extend_schema(request=AgreementBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, code: str) -> Response:
        body = checked(AgreementBody(data=request.data))
        if self.identity.user is None:
            raise PermissionDenied(say("密钥不能代替双方同意", "A key agrees to nothing"))
        return Response(schedule_dict(agree_on_silence(self.project, body["deemed_after"], by=self.identity)))


class RestatementsView(ProjectView):
    """Reports whose newest revision would say something else by now, above the schedule's threshold; the newest period
    first. A page looks at so many reports and may be empty; `next` goes on. Nothing is changed: a person revises."""

    acts = {"GET": Act.DRAFT_REPORTS}

    @extend_schema(parameters=[RestatementsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        query = checked(RestatementsQuery(data=request.query_params.dict()))
        found = Report.objects.filter(project=self.project).exclude(state=Report.State.SKIPPED)
        if "kind" in query:
            found = found.filter(kind=query["kind"])
        pages = CursorPages()
        pages.page_size, pages.ordering = AT_ONCE, "-first_day"
        reports = pages.paginate_queryset(found.select_related("project"), request)
        newest = [revision_of(report, "agency") for report in reports]
        threshold = schedule_of(self.project).restate_share
        out = []
        for revision in candidates(self.project, [revision for revision in newest if revision]):
            proposal = restate(revision.report, revision, threshold)
            if proposal.is_significant:
                out.append(proposal_dict(revision, proposal.changes, proposal.causes))
        return pages.get_paginated_response(out)


def proposal_dict(revision: Revision, changes: list[dict[str, Any]], causes: list[dict[str, Any]]) -> dict[str, Any]:
    """A report with what would read otherwise of its own indicators; the rest is in the report's own restatement."""
    report = revision.report
    return {
        "report": report.pk,
        "kind": report.kind,
        "period_start": report.first_day,
        "period_end": report.last_day,
        "state": report.state,
        "revision": revision.number,
        "sha256": revision.sha256,
        "changed": len(changes),
        "figures": [
            change for change in changes if change["pointer"].startswith(("/figures/", "/score/"))
        ],
        "causes": causes,
    }  # fmt: skip

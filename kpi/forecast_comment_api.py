"""REST of what both sides say about versions of the forecast: beside CONTRACT 6."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kpi.forecast_comments import comment_forecast, describe_thread, propose_forecast, thread_of
from kpi.forecasts import newest_forecast
from kpi.models import Forecast
from projects.rest import ProjectView, StrictSerializer, checked
from tenants.models import User
from tenants.permissions import Act


class CommentBody(StrictSerializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    text = serializers.CharField(max_length=2000)


class ProposalBody(StrictSerializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    sha256 = serializers.CharField()


class SaidRow(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(["comment", "proposal"])
    side = serializers.ChoiceField(["agency", "brand"])
    by = serializers.CharField()
    at = serializers.DateTimeField()
    text = serializers.CharField()


class _ThreadView(ProjectView):
    def person(self) -> User:
        if self.identity.user is None:
            raise PermissionDenied
        return self.identity.user

    def thread(self, forecast: Forecast | None) -> Response:
        if forecast is None:
            raise Http404
        return Response(describe_thread(thread_of(forecast)))


class ForecastCommentsView(_ThreadView):
    """GET: what was said of the newest version, or of `?version=`, the oldest first. POST: say something."""

    acts = {"GET": Act.READ_FORECAST, "POST": Act.COMMENT_FORECAST}

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses=SaidRow(many=True))
    def get(self, request: Request, code: str) -> Response:
        wanted = request.query_params.get("version")
        if wanted is None:
            return self.thread(newest_forecast(self.project))
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
            raise Http404
        return self.thread(Forecast.objects.filter(project=self.project, version=int(wanted)).first())

    @extend_schema(request=CommentBody, responses=SaidRow(many=True))
    def post(self, request: Request, code: str) -> Response:
        read = checked(CommentBody(data=request.data))
        by, side = self.person(), self.identity.side
        try:
            said = comment_forecast(
                self.project, read["version"], read["text"], by=by, side=side, now=timezone.now()
            )  # fmt: skip
        except Forecast.DoesNotExist as error:
            raise Http404 from error
        return self.thread(said.forecast)


class ForecastProposalView(_ThreadView):
    """Put a version before both sides; who approves is told."""

    acts = {"POST": Act.PROPOSE_CONTRACT}

    @extend_schema(request=ProposalBody, responses=SaidRow(many=True))
    def post(self, request: Request, code: str) -> Response:
        read: dict[str, Any] = checked(ProposalBody(data=request.data))
        said = propose_forecast(
            self.project, read["version"], read["sha256"], by=self.person(), side=self.identity.side,
            now=timezone.now(),
        )  # fmt: skip
        return self.thread(said.forecast)

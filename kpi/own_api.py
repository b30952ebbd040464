"""REST of own indicators: what they count, and their figures as they stand beside the ten (kpi/METRICS.md)."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from kpi.countings import COUNTINGS, UNITS, Selection, read_selection
from kpi.metrics import Number
from kpi.models import OwnIndicator
from kpi.own_indicators import (
    GROUPS,
    Own,
    OwnFigure,
    Wish,
    find_own,
    own_indicators,
    put_indicator,
    remove_indicator,
    shape_of,
)
from kpi.own_words import formula
from projects.commitment_api import MonthField
from projects.models import Project
from projects.queries import zone_of
from projects.rest import NameField, ProjectView, StrictSerializer, checked
from siyu.periods import local_day
from tenants.permissions import Act


class SelectionBody(StrictSerializer):
    """A counting of kpi/METRICS.md, narrowed to one channel or one order platform where it has any."""

    count = serializers.ChoiceField(tuple(COUNTINGS))
    channel = serializers.CharField(required=False, allow_null=True, max_length=128, trim_whitespace=False)
    platform = serializers.CharField(required=False, allow_null=True, max_length=128, trim_whitespace=False)


class IndicatorBody(StrictSerializer):
    """`denominator` null or left out: a plain count or sum. `unit` left out: the plain choice. `effective_from`: the
    month (this one if left out) from which a changed definition counts; the first version holds before it too."""

    name = NameField(max_length=40)
    group = serializers.ChoiceField(GROUPS)
    direction = serializers.ChoiceField(OwnIndicator.Better.values)
    numerator = SelectionBody()
    denominator = SelectionBody(required=False, allow_null=True)
    unit = serializers.ChoiceField(UNITS, required=False, allow_null=True)
    effective_from = MonthField(required=False)


class VersionRow(serializers.Serializer):
    version = serializers.IntegerField()
    effective_from = MonthField()
    name = serializers.CharField()
    numerator = SelectionBody()
    denominator = SelectionBody(allow_null=True)


class IndicatorRow(serializers.Serializer):
    """`words`: what is divided by what. `cuts`: by what its figures can be cut. `versions`: oldest first."""

    code = serializers.CharField()
    version = serializers.IntegerField()
    effective_from = MonthField()
    name = serializers.CharField()
    group = serializers.CharField()
    direction = serializers.CharField()
    numerator = SelectionBody()
    denominator = SelectionBody(allow_null=True)
    unit = serializers.CharField()
    words = serializers.CharField()
    cuts = serializers.ListField(child=serializers.CharField())
    versions = VersionRow(many=True)


def indicator_dict(own: Own) -> dict[str, Any]:
    newest, shape = own.newest, shape_of(own.newest)
    return {
        "code": own.code,
        **_version_dict(newest),
        "group": newest.group,
        "direction": newest.better,
        "unit": newest.unit,
        "words": formula(shape.numerator, shape.denominator),
        "cuts": list(shape.cuts),
        "versions": [_version_dict(version) for version in own.versions],
    }


def _version_dict(version: OwnIndicator) -> dict[str, Any]:
    return {
        "version": version.version,
        "effective_from": f"{version.effective_from:%Y-%m}",
        "name": version.name,
        "numerator": version.numerator,
        "denominator": version.denominator,
    }


def this_month(project: Project) -> date:
    return local_day(timezone.now(), zone_of(project)).replace(day=1)


def wish_of(read: dict[str, Any], project: Project) -> Wish:
    """What a checked IndicatorBody says."""
    denominator = read.get("denominator")
    return Wish(
        read["name"],
        read["group"],
        read["direction"],
        read_selection(read["numerator"]),
        read_selection(denominator) if denominator else None,
        read.get("unit"),
        read.get("effective_from") or this_month(project),
    )


class IndicatorsView(ProjectView):
    """The project's own indicators, by group."""

    acts = {"GET": Act.READ_PROJECT}

    @extend_schema(responses=IndicatorRow(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response([indicator_dict(own) for own in own_indicators(self.project)])


class IndicatorView(ProjectView):
    """PUT: made, or a new version unless it says the same. DELETE: shown nowhere from now on; reports keep theirs."""

    acts = {"GET": Act.READ_PROJECT, "PUT": Act.PROPOSE_CONTRACT, "DELETE": Act.PROPOSE_CONTRACT}

    @extend_schema(responses=IndicatorRow)
    def get(self, request: Request, code: str, indicator: str) -> Response:
        return Response(indicator_dict(self._own(indicator)))

    @extend_schema(request=IndicatorBody, responses={200: IndicatorRow, 201: IndicatorRow})
    def put(self, request: Request, code: str, indicator: str) -> Response:
        is_new = find_own(self.project, indicator) is None
        wish = wish_of(checked(IndicatorBody(data=request.data)), self.project)
        put_indicator(
            self.project,
            indicator,
            wish,
            this_month=this_month(self.project),
            by=self.identity.user,
            label=self.identity.label,
        )
        answered = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(indicator_dict(self._own(indicator)), status=answered)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, code: str, indicator: str) -> Response:
        if not remove_indicator(self.project, indicator, by=self.identity.user, label=self.identity.label):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _own(self, indicator: str) -> Own:
        own = find_own(self.project, indicator)
        if own is None:
            raise Http404
        return own


# -- Figures ----------------------------------------------------------------------------------------------------------


def own_figure_dict(found: OwnFigure, by: str | None) -> dict[str, Any]:
    """As a figure of the ten stands there, with `own`: {version, name, unit} that it is counted by."""
    figure, version = found.figure, found.version
    shape = shape_of(version)
    value = figure.value
    is_sum = shape.denominator is None and shape.numerator.counting.is_money
    return {
        "indicator": version.code,
        "period_start": figure.period.first,
        "period_end": figure.period.last,
        **({by: figure.part} if by else {}),
        "numerator": _plain(figure.numerator, shape.numerator),
        "denominator": None if shape.denominator is None else _plain(figure.denominator, shape.denominator),
        "value": None if value is None else f"{value:.2f}" if is_sum else f"{value:f}",
        "detail": None,
        "forecast": None,
        **({"totals": asdict(figure.totals)} if figure.totals else {}),
        "own": {"version": version.version, "name": version.name, "unit": version.unit},
    }


def _plain(number: Number, side: Selection) -> int | str | None:
    if number is None:
        return None
    return f"{number:.2f}" if side.counting.is_money else int(number)

"""REST of figures: CONTRACT 5."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kpi import analysis
from kpi.experiment import Arm, compare
from kpi.figures import Figure
from kpi.forecast_api import judgement_dict
from kpi.forecasts import Judgements, read_judgements
from kpi.judging import Judgement
from kpi.metrics import CUTS, METRICS, Number
from kpi.own_api import own_figure_dict
from kpi.own_indicators import Own, OwnFigure, find_own, own_indicators, read_own, shape_of, version_for
from kpi.own_rows import read_own_page
from kpi.queries import Standing, one_state, read_standing
from kpi.rows import Page, Position, Row, read_page
from kpi.totals_marks import seams_dict
from projects.api import DayField
from projects.models import Project
from projects.queries import guide_alone
from projects.rest import ProjectView, StrictSerializer
from siyu.pagination import CursorPages
from siyu.periods import Period, periods
from siyu.problems import say
from tenants.permissions import Act

MOST_PERIODS = 4000  # ten years of days; more is a mistake, and costs memory before it costs patience
ROWS_TOGETHER = 500  # written to the client at once
MOST_ARMS = 100
MOST_IN_ARM = 10**12


# -- What is asked ----------------------------------------------------------------------------------------------------


class RangeQuery(StrictSerializer):
    """Local days of the project, both included."""

    start = DayField()
    end = DayField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["end"] < attrs["start"]:
            raise refused("end", say("早于开始日期", "It is before start"))
        return attrs


class FiguresQuery(RangeQuery):
    """`own`: the project's own indicators, which may be asked for by code; unasked, the answer holds just the ten."""

    grain = serializers.ChoiceField(("day", "week", "month", "range"))
    by = serializers.ChoiceField(CUTS, required=False)
    indicator = serializers.MultipleChoiceField(choices=tuple(METRICS), required=False, allow_empty=False)

    def __init__(self, *args: Any, own: Sequence[Own] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.own = {one.code: one for one in own}
        offered: serializers.MultipleChoiceField = self.fields["indicator"]  # type: ignore[assignment]
        offered.choices = (*METRICS, *self.own)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        if attrs["grain"] == "day" and (attrs["end"] - attrs["start"]).days >= MOST_PERIODS:
            raise refused("end", say(f"最多 {MOST_PERIODS} 天", f"At most {MOST_PERIODS} days"))
        by = attrs.get("by")
        for indicator in attrs.get("indicator", ()):
            cuts = shape_of(self.own[indicator].newest).cuts if indicator in self.own else METRICS[indicator].cuts
            _refuse_unknown_cut(indicator, cuts, by, "by")
        return attrs


class RowsQuery(RangeQuery):
    """At most one of guide, account and channel; one that is given empty asks for what is credited to nobody. `own`:
    the project's own indicators, which have rows too."""

    indicator = serializers.ChoiceField(tuple(METRICS))
    guide = serializers.CharField(required=False, allow_blank=True, max_length=128, trim_whitespace=False)
    account = serializers.CharField(required=False, allow_blank=True, max_length=128, trim_whitespace=False)
    channel = serializers.CharField(required=False, allow_blank=True, max_length=128, trim_whitespace=False)
    cursor = serializers.CharField(required=False, max_length=100)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=CursorPages.max_page_size)

    def __init__(self, *args: Any, own: Sequence[Own] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.own = {one.code: one for one in own}
        offered: serializers.ChoiceField = self.fields["indicator"]  # type: ignore[assignment]
        offered.choices = (*METRICS, *self.own)

    def validate_cursor(self, value: str) -> Position:
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(value), type=Position)
        except (binascii.Error, msgspec.DecodeError, UnicodeError) as error:
            raise serializers.ValidationError(
                say("不是这里给出的游标", "Not a cursor given here"), "bad_value"
            ) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        cuts = [cut for cut in CUTS if cut in attrs]
        if len(cuts) > 1:
            raise refused(cuts[1], say("guide、account、channel 只能给一个", "Give one of guide, account and channel"))
        attrs["by"] = cuts[0] if cuts else None
        indicator = attrs["indicator"]
        allowed: Sequence[str] = ()
        if indicator in self.own:
            allowed = shape_of(version_for(self.own[indicator], Period(attrs["start"], attrs["end"]))).cuts
        else:
            allowed = METRICS[indicator].cuts
        _refuse_unknown_cut(indicator, allowed, attrs["by"], attrs["by"] or "")
        return attrs


class CohortsQuery(RangeQuery):
    grain = serializers.ChoiceField(("month",), default="month")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        if len(periods("month", attrs["start"], attrs["end"])) > 120:
            raise refused("end", say("最多 120 个月", "At most 120 months"))
        return attrs


class ArmBody(StrictSerializer):
    name = serializers.CharField(max_length=200)
    n = serializers.IntegerField(min_value=0, max_value=MOST_IN_ARM)
    converted = serializers.IntegerField(min_value=0, max_value=MOST_IN_ARM)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["converted"] > attrs["n"]:
            raise refused("converted", say("多于 n", "More than n"))
        return attrs


class ExperimentBody(StrictSerializer):
    arms = serializers.ListField(child=ArmBody(), min_length=1, max_length=MOST_ARMS)


def refused(name: str, message: str) -> serializers.ValidationError:
    return serializers.ValidationError({name: [serializers.ErrorDetail(message, "bad_value")]})


def _refuse_unknown_cut(indicator: str, cuts: Sequence[str], by: str | None, name: str) -> None:
    if by is not None and by not in cuts:
        raise refused(name, say(f"{indicator} 不按 {by} 拆分", f"{indicator} has no cut by {by}"))


def asked(query: type[StrictSerializer], request: Request, **options: Any) -> dict[str, Any]:
    """The parameters of a GET, checked; the 400 names those at fault. Several indicators: repeated, or with commas."""
    given: dict[str, Any] = request.query_params.dict()
    if "indicator" in given and query is FiguresQuery:
        given["indicator"] = ",".join(request.query_params.getlist("indicator")).split(",")
    serializer = query(data=given, **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


# -- What is answered -------------------------------------------------------------------------------------------------


def plain(number: Number, kind: str) -> int | str | None:
    """Counts as integers, money in yuan with two places."""
    if number is None or isinstance(number, int):
        return number
    return f"{number:.2f}" if kind == "money" else f"{number:f}"


def figure_dict(figure: Figure, by: str | None, judgement: Judgement | None = None) -> dict[str, Any]:
    kind = METRICS[figure.indicator].kind
    is_money = kind in ("money", "unit_cost")
    value = figure.value
    return {
        "indicator": figure.indicator,
        "period_start": figure.period.first,
        "period_end": figure.period.last,
        **({by: figure.part} if by else {}),
        "numerator": plain(figure.numerator, "money" if is_money else "count"),
        "denominator": plain(figure.denominator, "count"),
        "value": None if value is None else plain(Decimal(value), "money" if kind == "money" else "ratio"),
        "detail": None if figure.detail is None else {n: plain(v, "money") for n, v in figure.detail.items()},
        "forecast": None if judgement is None else judgement_dict(judgement),
        **({"totals": asdict(figure.totals)} if figure.totals else {}),
    }


def standing_json(
    project: Project,
    grain: str,
    by: str | None,
    standing: Standing,
    judgements: Judgements,
    own: Sequence[OwnFigure] = (),
) -> Iterator[bytes]:
    """The answer in pieces, own indicators last; nothing here asks the database, since the brand is left
    while they are sent."""
    head = {
        "project": project.code,
        "timezone": project.timezone,
        "grain": grain,
        "data_through": standing.data_through,
        "stale_days": standing.stale_days,
        "definitions": standing.definitions,
        **({"totals": seams_dict(standing.totals)} if standing.totals else {}),
    }
    encode = msgspec.json.encode
    piece = bytearray(encode(head)[:-1] + b',"results":[')
    rows = chain(
        (figure_dict(one, by, judgements.get((one.period.first, one.indicator))) for one in standing.figures),
        (own_figure_dict(one, by) for one in own),
    )
    for number, row in enumerate(rows, start=1):
        if number > 1:
            piece += b","
        piece += encode(row)
        if number % ROWS_TOGETHER == 0:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece + b"]}")


def row_dict(row: Row) -> dict[str, Any]:
    out = {
        "kind": row.kind,
        "id": row.id,
        "fan": row.fan,
        "at": row.at,
        "in_numerator": row.in_numerator,
        "in_denominator": row.in_denominator,
    }
    return out if row.amount is None else {**out, "amount": plain(row.amount, "money")}


def page_dict(request: Request, page: Page, figure: dict[str, Any] | None = None) -> dict[str, Any]:
    """`figure`: as REST of figures gives it, of an own indicator."""
    following = None
    if page.following:
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(page.following)).decode()
        query = request.query_params.copy()
        query["cursor"] = cursor
        following = request.build_absolute_uri(f"?{query.urlencode()}")
    figure = figure or figure_dict(page.figure, None)
    return {
        "numerator": figure["numerator"],
        "denominator": figure["denominator"],
        "stale_days": page.stale_days,
        **({"totals": _without_rows(page)} if page.figure.totals else {}),
        "next": following,
        "results": [row_dict(row) for row in page.rows],
    }


def _without_rows(page: Page) -> dict[str, Any]:
    """What the figure rests on beside the rows: they add up to it without the days named."""
    days = sum((last - first).days + 1 for first, last in page.rowless)
    detail = say(
        f"有 {days} 天来自日汇总，没有明细行；下列各行只是其余各天的。",
        f"{days} days come from day totals and have no rows: those below are of the other days.",
    )
    found = page.figure.totals
    return {**(asdict(found) if found else {}), "without_rows": page.rowless, "detail": detail}


# -- Views ------------------------------------------------------------------------------------------------------------


class FiguresView(ProjectView):
    """The ten indicators by period, whole or cut; never paged. Months stand beside the forecast that binds them.

    A guide who may not see the whole asks `by=guide` and gets her own rows. Where day totals are in it, `totals` names
    the days by group ({group, period_start, period_end, used, set_aside, missing}), and each figure that rests on them
    says how to read it (`totals: {reads, days, missing}`); null is what they can't give."""

    acts = {"GET": Act.READ_OWN_KPIS}

    @extend_schema(parameters=[FiguresQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> StreamingHttpResponse:
        own = own_indicators(self.project) if "indicator" in request.query_params else []
        query = asked(FiguresQuery, request, own=own)
        by = query.get("by")
        alone = guide_alone(self.identity, Act.READ_KPIS)
        if alone and by != "guide":
            raise PermissionDenied(say("您可以查看自己的指标：by=guide", "You may see your own figures: by=guide"))
        wanted = query.get("indicator") or tuple(METRICS)
        indicators = [code for code in wanted if code in METRICS]
        own = [one for one in own if one.code in wanted]
        judgements: Judgements = {}
        with one_state():
            standing = read_standing(self.project, query["grain"], query["start"], query["end"], by, indicators)
            if query["grain"] == "month" and by is None:
                judgements = read_judgements(self.project, standing.figures, timezone.now())
            found = read_own(self.project, own, query["grain"], query["start"], query["end"], by) if own else []
        if alone:
            standing = replace(standing, figures=[row for row in standing.figures if row.part == alone.code])
            found = [row for row in found if row.figure.part == alone.code]
        pieces = standing_json(self.project, query["grain"], by, standing, judgements, found)
        return StreamingHttpResponse(pieces, content_type="application/json")


class RowsView(ProjectView):
    """The rows behind one figure of a range: each adds 1, or its `amount`, where it is in. Paged forward by `next`."""

    acts = {"GET": Act.READ_KPIS}

    @extend_schema(parameters=[RowsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        indicator = request.query_params.get("indicator", "")
        own = None if indicator in METRICS else find_own(self.project, indicator)
        query = asked(RowsQuery, request, own=[own] if own else [])
        period, by = Period(query["start"], query["end"]), query["by"]
        part = (query[by] or None) if by else None
        start, size = query.get("cursor", Position()), query.get("page_size", CursorPages.page_size)
        if own is not None:
            found, page = read_own_page(self.project, own, period, by, part, start, size)
            return Response(page_dict(request, page, own_figure_dict(found, None)))
        return Response(page_dict(request, read_page(self.project, indicator, period, by, part, start, size)))


class CohortsView(ProjectView):
    """Fans by month of first addition, and what became of them month by month."""

    acts = {"GET": Act.READ_KPIS}

    @extend_schema(parameters=[CohortsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        query = asked(CohortsQuery, request)
        cohorts = analysis.read_cohorts(self.project, query["start"], query["end"])
        return Response([{"cohort": f"{c.month:%Y-%m}", "fans": c.fans, "periods": c.months} for c in cohorts])


class NewRetentionView(ProjectView):
    """Diverted fans of a range present 1, 7 and 30 days after their first addition."""

    acts = {"GET": Act.READ_KPIS}

    @extend_schema(parameters=[RangeQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        query = asked(RangeQuery, request)
        return Response(analysis.read_new_retention(self.project, query["start"], query["end"], timezone.now()))


class ValueView(ProjectView):
    """Buyers of a range, how often they bought, and what an order and a fan brought."""

    acts = {"GET": Act.READ_KPIS}

    @extend_schema(parameters=[RangeQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        query = asked(RangeQuery, request)
        value = analysis.read_value(self.project, query["start"], query["end"])
        return Response(
            {
                "buyers": value.buyers,
                "repeat_buyers": value.repeat_buyers,
                "orders_per_buyer": {str(orders): buyers for orders, buyers in value.orders_per_buyer.items()},
                "average_order": plain(value.average_order, "ratio"),
                "gmv_per_fan": plain(value.gmv_per_fan, "ratio"),
            }
        )


class ExperimentView(ProjectView):
    """Compare the arms of an experiment with its first arm; nothing is stored."""

    acts = {"POST": Act.READ_KPIS}

    @extend_schema(request=ExperimentBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, code: str) -> Response:
        serializer = ExperimentBody(data=request.data)
        serializer.is_valid(raise_exception=True)
        arms = [Arm(**arm) for arm in serializer.validated_data["arms"]]
        return Response(
            {
                "arms": [
                    {
                        "name": found.arm.name,
                        "n": found.arm.n,
                        "converted": found.arm.converted,
                        "rate": found.rate,
                        "difference": found.difference,
                        "low": found.low,
                        "high": found.high,
                        "p": found.p,
                    }
                    for found in compare(arms)
                ]
            }
        )

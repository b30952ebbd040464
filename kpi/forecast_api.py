"""REST of forecasts: CONTRACT 6."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kpi.forecast import VOLUMES, Row, round_half_up, traffic_factor
from kpi.forecast_inputs import SCHEMA, Inputs
from kpi.forecasts import (
    MonthOutlook,
    binding_months,
    bound_forecasts,
    count_present_fans,
    newest_forecast,
    read_outlook,
    read_stints,
)
from kpi.judging import IndicatorRelief, Judgement, Projected, relief_of
from kpi.lines import Marks
from kpi.metrics import METRICS, divide
from kpi.models import Forecast, ForecastComment
from kpi.queries import one_state
from kpi.reach_api import confirmation_dict, names_of
from kpi.reach_confirming import Standings, read_reach_standings
from kpi.services import approve_forecast, changed_inputs, checked_inputs, put_forecast
from kpi.staffing import Staffing, Stint, staffing
from kpi.totals import read_stated_stock
from projects.queries import people, zone_of
from projects.rest import ProjectView, StrictSerializer
from projects.sheet import digest
from siyu.pagination import page
from siyu.periods import Period, local_day
from tenants.models import User
from tenants.permissions import Act

CHANGE = {
    "type": "object",
    "required": ["version"],
    "properties": {"version": {"type": "integer"}, "changes": {"type": "object"}},
}


class ForecastApprovalBody(StrictSerializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    sha256 = serializers.CharField()


# -- Numbers ----------------------------------------------------------------------------------------------------------


def plain(number: Fraction | Decimal | int | None) -> str | None:
    """A decimal string: all digits where they end, else 28 of them."""
    if number is None:
        return None
    exact = Fraction(number)
    quotient = divide(Decimal(exact.numerator), Decimal(exact.denominator)) or Decimal(0)
    return f"{quotient.normalize():f}"


def money(number: Fraction | Decimal | None) -> str | None:
    """Yuan with two places; a line keeps more where it has more."""
    text = plain(number)
    if text is None or len(text.partition(".")[2]) > 2:
        return text
    return f"{Decimal(text):.2f}"


def rounded_money(number: Fraction) -> str:
    return f"{round_half_up(number, 2):.2f}"


# -- A month's forecast beside its figures ----------------------------------------------------------------------------


def judgement_dict(judgement: Judgement) -> dict[str, Any]:
    kind = METRICS[judgement.indicator].kind
    show = money if kind in ("money", "unit_cost") else plain
    due = judgement.due
    return {
        "value": show(judgement.value),
        "adjusted": show(judgement.adjusted),
        "traffic_factor": plain(judgement.traffic_factor),
        "relief": _relief_dict(judgement.relief),
        "lines": _marks_dict(judgement.lines, show),
        "lines_due": _marks_dict(judgement.lines_due, show),
        "judged": plain(judgement.judged) if kind != "money" else money(judgement.judged),
        "band": judgement.band,
        "provisional": judgement.provisional,
        "due": None if due is None else rounded_money(due) if kind == "money" else plain(due),
        "projected": _projected_dict(judgement.projected),
        "missing_days": judgement.missing_days,
        "version": judgement.version,
    }


def _relief_dict(relief: IndicatorRelief | None) -> dict[str, Any] | None:
    """Whose commitments were missed, and which."""
    if relief is None:
        return None
    return {
        "share": plain(relief.share),
        "side": "brand",
        "of": [
            {"commitment": one.commitment, "kind": one.kind, "what": one.what, "share": plain(one.share)}
            for one in relief.of
        ],
    }


def _marks_dict(marks: Marks | None, show: Any) -> dict[str, str | None] | None:
    return None if marks is None else {name: show(mark) for name, mark in marks.items()}


def _projected_dict(projected: Projected | None) -> dict[str, str | None] | None:
    """Rounded already: counts to whole ones, money to two places."""
    if projected is None:
        return None
    numbers = {"value": projected.value, "low": projected.low, "high": projected.high}
    return {
        **{name: None if number is None else f"{number:f}" for name, number in numbers.items()},
        "band": projected.band,
    }


# -- A version --------------------------------------------------------------------------------------------------------


def forecast_dict(forecast: Forecast, bound: Sequence[Forecast], months: Sequence[date]) -> dict[str, Any]:
    """Who made and approved it, and the months it binds."""
    proposal = next((said for said in forecast.comments.all() if said.kind == ForecastComment.Kind.PROPOSAL), None)
    by = people(
        [
            forecast.made_by_id,
            forecast.agency_approved_by_id,
            forecast.brand_approved_by_id,
            proposal.by_id if proposal else None,
        ]
    )
    return {
        "version": forecast.version,
        "sha256": forecast.sha256,
        "effective_from": f"{forecast.effective_from:%Y-%m}",
        "made_by": str(by[forecast.made_by_id]) if forecast.made_by_id else None,
        "created_at": forecast.created_at.isoformat(),
        "proposed": {"by": str(by[proposal.by_id]), "side": proposal.side, "at": proposal.at.isoformat()}
        if proposal
        else None,
        "approvals": {
            "agency": _approval(by, forecast.agency_approved_by_id, forecast.agency_approved_at),
            "brand": _approval(by, forecast.brand_approved_by_id, forecast.brand_approved_at),
        },
        "binding_months": [f"{month:%Y-%m}" for month in months],
    }


def _approval(users: Mapping[int, User], by: int | None, at: datetime | None) -> dict[str, str] | None:
    return {"by": str(users[by]), "at": at.isoformat()} if by and at else None


def outlook_dict(
    inputs: Inputs,
    outlook: Sequence[MonthOutlook],
    stints: Sequence[Stint],
    fans_per_guide: int,
    standings: Standings | None = None,
) -> dict[str, Any]:
    """`standings`: of the reach in these months; without them nothing is said of its confirmation."""
    names = names_of(standings or {})
    return {
        "inputs": inputs,
        "table": [row_dict(month.forecast) for month in outlook],
        "adjusted": [row_dict(month.adjusted) for month in outlook],
        "months": [
            {
                "month": f"{month.month.first:%Y-%m}",
                "state": month.state,
                "days_elapsed": month.days_elapsed,
                "reach": [
                    {
                        "channel": channel.channel,
                        "promised": channel.promised,
                        "due": plain(channel.due),
                        "delivered": channel.delivered,
                        "effective": plain(channel.effective),
                        "missing_days": channel.missing,
                        **(
                            {}
                            if standings is None
                            else confirmation_dict(standings.get((month.month.first, channel.channel)), names)
                        ),
                    }
                    for channel in month.reach
                ],
                "missing_days": month.gaps.missing,
                "traffic": _traffic(outlook[: place + 1]),
                "relief": {
                    code: _relief_dict(relief) for code in METRICS if (relief := relief_of(code, month.reliefs))
                },
                "staffing": staffing_dict(staffing(month.forecast.fans, fans_per_guide, stints, month.month.days)),
            }
            for place, month in enumerate(outlook)
        ],
    }


def row_dict(row: Row) -> dict[str, Any]:
    counts = ("diverted_users", "koc_users", "referral_users", "fans", "guides")
    return {
        "month": f"{row.first:%Y-%m}",
        **{name: getattr(row, name) for name in counts},
        "gmv": f"{row.gmv:.2f}",
    }


def _traffic(months: Sequence[MonthOutlook]) -> dict[str, Any]:
    """The factors of the last of the months, and whose reach fell short: the brand's, on these channels. GMV rests on
    the stock, so earlier months are named for it too."""
    last = months[-1]
    out = {}
    for code in VOLUMES:
        factor = traffic_factor(last.by_traffic.volume(code), last.forecast.volume(code))
        looked_at = months if code == "gmv" else months[-1:]
        short = [
            {"month": f"{month.month.first:%Y-%m}", "channel": channel.channel}
            for month in looked_at
            for channel in month.reach
            if channel.is_short
        ]
        is_short = factor is not None and factor < 1
        out[code] = {"factor": plain(factor), "shortfall": {"side": "brand", "of": short} if is_short else None}
    return out


def staffing_dict(found: Staffing) -> dict[str, Any]:
    return {
        "fans": found.fans,
        "needed": found.needed,
        "heads": found.heads,
        "placed": plain(found.placed),
        "gap": plain(found.gap),
        "overload": found.overload,
        "short_from": found.short_from,
    }


# -- Views ------------------------------------------------------------------------------------------------------------


class _OutlookView(ProjectView):
    """What every answer about one version, stored or not, is made of."""

    def outlook_answer(self, head: dict[str, Any], inputs: Inputs, today: date) -> Response:
        outlook = read_outlook(self.project, inputs, today)
        months = Period(outlook[0].month.first, outlook[-1].month.days[-1])
        standings = read_reach_standings(self.project, months, timezone.now())
        stints = read_stints(self.identity.brand.pk, self.project)
        now = self.staffing_today(stints, today)
        body = outlook_dict(inputs, outlook, stints, self.project.fans_per_guide, standings)
        return Response({**head, **body, "staffing_today": {"date": today, **now}})

    def staffing_today(self, stints: Sequence[Stint], today: date) -> dict[str, Any]:
        """For the fans present; where day totals are all there is, for the friends they state. What follows from fans
        that nobody knows is null."""
        stock = read_stated_stock(self.project)
        fans = stock.whole if stock else count_present_fans(self.project)
        found = staffing_dict(staffing(fans or 0, self.project.fans_per_guide, stints, [today]))
        if fans is None:
            found |= dict.fromkeys(("fans", "needed", "gap", "overload", "short_from"))
        return {**found, **({"totals": stock.said} if stock else {})}

    def version_answer(self, forecast: Forecast) -> Response:
        with one_state():
            bound = bound_forecasts(self.project)
            head = forecast_dict(forecast, bound, binding_months(bound, forecast, self.project))
            return self.outlook_answer(head, forecast.inputs, self.today())

    def today(self) -> date:
        return local_day(timezone.now(), zone_of(self.project))


class ForecastView(_OutlookView):
    """GET: the newest version, or `?version=`. PUT: a new draft version, unless the newest says the same already."""

    acts = {"GET": Act.READ_FORECAST, "PUT": Act.PROPOSE_CONTRACT}

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        wanted = request.query_params.get("version")
        if wanted is None:
            forecast = newest_forecast(self.project)
        else:
            if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
                raise Http404
            forecast = Forecast.objects.filter(project=self.project, version=int(wanted)).first()
        if forecast is None:
            raise Http404
        return self.version_answer(forecast)

    @extend_schema(request={"application/json": SCHEMA}, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, code: str) -> Response:
        return self.version_answer(put_forecast(self.project, request.data, by=self.identity.user))


class ForecastVersionsView(ProjectView):
    """All versions, the newest first, without their inputs."""

    acts = {"GET": Act.READ_FORECAST}

    @extend_schema(operation_id="forecast_versions_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        bound = bound_forecasts(self.project)
        return page(
            request,
            Forecast.objects.filter(project=self.project).prefetch_related("comments"),
            lambda forecast: forecast_dict(forecast, bound, binding_months(bound, forecast, self.project)),
            ordering="-version",
        )


class ForecastApprovalView(_OutlookView):
    acts = {"POST": Act.APPROVE_CONTRACT}

    @extend_schema(request=ForecastApprovalBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, code: str) -> Response:
        body = ForecastApprovalBody(data=request.data)
        body.is_valid(raise_exception=True)
        if self.identity.user is None:
            raise PermissionDenied  # the act has no scope; a key never approves
        read = body.validated_data
        forecast = approve_forecast(
            self.project,
            read["version"],
            read["sha256"],
            by=self.identity.user,
            side=self.identity.side,
            now=timezone.now(),
        )
        return self.version_answer(forecast)


class ForecastWhatIfView(_OutlookView):
    """A body as for PUT, or {version, changes}: what GET would answer for it. Nothing is stored."""

    acts = {"POST": Act.READ_FORECAST}

    @extend_schema(request={"application/json": {"anyOf": [SCHEMA, CHANGE]}}, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, code: str) -> Response:
        body = request.data
        with one_state():
            if isinstance(body, dict) and ("version" in body or "changes" in body):
                inputs = changed_inputs(self.project, body)
            else:
                inputs = checked_inputs(body)
            head = {
                "version": None,
                "sha256": digest(inputs),
                "effective_from": inputs["effective_from"],
                "made_by": None,
                "created_at": None,
                "proposed": None,
                "approvals": {"agency": None, "brand": None},
                "binding_months": [],
            }
            return self.outlook_answer(head, inputs, self.today())

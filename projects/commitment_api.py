"""REST of what is done to one commitment, and the bodies of all: CONTRACT 3, DOMAIN 2.4. Their list, promised traffic
included, is kpi.commitment_api's."""

import calendar
import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api import DayField
from projects.audit import history_of
from projects.commitments import INDICATORS, Wish, commitments_of, deliver, describe
from projects.confirming import confirm, propose_relief
from projects.models import AuditEntry, Commitment, Side
from projects.queries import people
from projects.rest import ProjectView, StrictSerializer, checked, page_of
from siyu.pagination import page
from siyu.problems import say
from tenants.models import User
from tenants.permissions import Act

MONTH = re.compile(r"(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])", re.ASCII)
LARGEST = Decimal("999999999999.99")


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d\d$", "example": "2026-01"})
class MonthField(serializers.Field):
    """`2026-01`; its first day inside."""

    def to_internal_value(self, data: Any) -> date:
        found = MONTH.fullmatch(data) if isinstance(data, str) else None
        if found is None:
            raise serializers.ValidationError(
                say("应为月份，例如 2026-01", "A month such as 2026-01"), code="bad_value"
            )
        return date(int(found[1]), int(found[2]), 1)

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class AmountField(serializers.DecimalField):
    """A number of the commitment's unit, not negative, two places at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=Decimal(0), max_value=LARGEST, **options)


class TrafficBody(serializers.Serializer):
    """A row with `source` forecast as it was read. Figures and days are computed: what is said of them is passed
    over."""

    kind = serializers.ChoiceField(["traffic"])
    month = MonthField()
    channel = serializers.CharField(max_length=128, trim_whitespace=False)
    promised = serializers.DecimalField(max_digits=None, decimal_places=2)
    source = serializers.ChoiceField(["forecast"])  # type: ignore[assignment]  # a field, though a Field has a source


class CommitmentBody(StrictSerializer):
    """`id`: the row it stands for; left out: a new one. `side`: one's own unless said. `due_on`: the month's last day
    unless said. Rows with `source` forecast are promised traffic: computed, without an id, put back as they are."""

    id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)
    side = serializers.ChoiceField(Side.choices, required=False)
    kind = serializers.ChoiceField(["traffic", *Commitment.Kind.values])
    month = MonthField()
    channel = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=128)
    what = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    unit = serializers.CharField(required=False, allow_blank=True, max_length=20, default="")
    promised = AmountField()
    due_on = DayField(required=False)
    delivered = AmountField(required=False, allow_null=True, default=None)
    delivered_on = DayField(required=False, allow_null=True, default=None)
    source = serializers.ChoiceField(["entered", "forecast"], read_only=True)  # type: ignore[assignment]
    state = serializers.CharField(required=False, read_only=True)
    late_days = serializers.IntegerField(required=False, read_only=True)
    confirmed_by = serializers.CharField(required=False, read_only=True)
    confirmed_at = serializers.CharField(required=False, read_only=True)
    confirmed_how = serializers.CharField(required=False, read_only=True)
    silence_confirms_after = serializers.DateField(required=False, read_only=True)
    calendar = serializers.CharField(required=False, read_only=True)
    confirmed_before = serializers.JSONField(required=False, read_only=True)
    relief = serializers.JSONField(required=False, read_only=True)
    relief_proposed = serializers.JSONField(required=False, read_only=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, dict) and data.get("source") == "forecast":
            return TrafficBody().run_validation(data)
        return super().run_validation(data)

    def validate_kind(self, kind: str) -> str:
        if kind == "traffic":
            raise serializers.ValidationError(
                say(
                    "导流承诺来自双方确认的预测表，请在预测表中填写",
                    "Promised traffic is the binding forecast's reach: propose it there",
                ),
                code="from_forecast",
            )
        return kind

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["delivered_on"] and attrs["delivered"] is None:
            raise serializers.ValidationError(
                {"delivered": [serializers.ErrorDetail(say("必填", "It is required"), "required")]}
            )
        return attrs


class DeliveryBody(StrictSerializer):
    delivered = AmountField()
    delivered_on = DayField(required=False, allow_null=True, default=None)


class ConfirmationBody(StrictSerializer):
    """What was read: it is confirmed only while it still stands."""

    delivered = AmountField()


class ReliefBody(StrictSerializer):
    share = serializers.DecimalField(max_digits=4, decimal_places=3, min_value=Decimal(0), max_value=Decimal(1))
    indicators = serializers.MultipleChoiceField(choices=INDICATORS, allow_empty=False)


class AuditRow(serializers.Serializer):
    at = serializers.DateTimeField()
    by = serializers.CharField()
    subject = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


def wish_of(fields: dict[str, Any], side: str) -> Wish:
    """A row of a body; what it leaves out at its default."""
    month: date = fields["month"]
    last_day = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return Wish(
        id=fields.get("id"),
        side=fields.get("side", side),
        kind=fields["kind"],
        month=month,
        channel=fields.get("channel") or "",
        what=fields["what"],
        unit=fields["unit"],
        promised=fields["promised"],
        due_on=fields.get("due_on", last_day),
        delivered=fields["delivered"],
        delivered_on=fields["delivered_on"],
    )


class CommitmentAct(ProjectView):
    """The base of what is done to one commitment; answers how it stands then. 404 where there is none."""

    def person(self) -> User:
        if self.identity.user is None:
            raise PermissionDenied  # the act has no scope; a key never confirms
        return self.identity.user

    def answer(self, commitment: int) -> Response:
        found = [row for row in commitments_of(self.project) if row.pk == commitment]
        return Response(describe(found, self.project, timezone.now())[0])

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(Http404() if isinstance(exc, Commitment.DoesNotExist) else exc)


class DeliveryView(CommitmentAct):
    acts = {"POST": Act.WRITE_COMMITMENTS}

    @extend_schema(request=DeliveryBody, responses=CommitmentBody)
    def post(self, request: Request, code: str, commitment: int) -> Response:
        said = checked(DeliveryBody(data=request.data))
        deliver(self.project, commitment, said["delivered"], said["delivered_on"], by=self.identity)
        return self.answer(commitment)


class ConfirmationView(CommitmentAct):
    acts = {"POST": Act.CONFIRM_COMMITMENTS}

    @extend_schema(request=ConfirmationBody, responses=CommitmentBody)
    def post(self, request: Request, code: str, commitment: int) -> Response:
        said = checked(ConfirmationBody(data=request.data))
        confirm(self.project, commitment, said["delivered"], by=self.identity, person=self.person())
        return self.answer(commitment)


class ReliefView(CommitmentAct):
    """What a missed commitment of the brand relieves: agreed once both sides have said the same."""

    acts = {"PUT": Act.CONFIRM_COMMITMENTS}

    @extend_schema(request=ReliefBody, responses=CommitmentBody)
    def put(self, request: Request, code: str, commitment: int) -> Response:
        said = checked(ReliefBody(data=request.data))
        propose_relief(
            self.project, commitment, said["share"], sorted(said["indicators"]), by=self.identity, person=self.person()
        )
        return self.answer(commitment)


class HistoryView(ProjectView):
    """Who changed what was agreed, oldest first; `?subject=team`."""

    acts = {"GET": Act.READ_COMMITMENTS}

    @extend_schema(parameters=[OpenApiParameter("subject", str)], responses=page_of(AuditRow))
    def get(self, request: Request, code: str) -> Response:
        found = history_of(self.project, self.identity)
        subject = request.query_params.get("subject", "")
        if subject and "\0" not in subject:
            found = found.filter(subject=subject)
        return page(request, found, entry_dict)


USER = re.compile(r"user:(\d+)")  # how labels of people begin (tenants.identity)


def entry_dict(entry: AuditEntry) -> dict[str, Any]:
    """`by` is a person's name, or which key it was."""
    named = USER.match(entry.by)
    person = people([int(named[1])]).get(int(named[1])) if named else None
    return {
        "at": entry.at.isoformat(),
        "by": str(person) if person else entry.by,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
    }

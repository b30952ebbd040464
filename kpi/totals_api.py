"""REST of day totals: what guides and channels state of their days (kpi/METRICS.md, Day totals)."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fans.openapi import AccountSerializer
from fans.totals import take_totals
from kpi.api import RangeQuery, asked, plain, refused
from kpi.questions import sql
from projects.models import Project
from projects.rest import ProjectView, StrictSerializer, checked
from siyu.periods import Period
from siyu.problems import say
from siyu.sql import records
from tenants.permissions import Act

MOST_ROWS = 5_000
MOST_DAYS = 400
OF_GUIDE = ("added", "lost", "friends", "chats", "replied", "orders", "paid", "refunds")
OF_CHANNEL = ("reached", "cost", "added")
FACTS = {  # what a row says, by the group that counts or not
    "fans": "added", "service": "replied", "orders": "paid",
}  # fmt: skip


class AsSentField(serializers.Field):
    """Left to the intake, which reads every fact alike and says by its codes what is wrong."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": ["integer", "null"], "minimum": 0})
class CountField(AsSentField):
    pass


@extend_schema_field({"type": ["string", "null"], "example": "1234.50"})
class MoneyField(AsSentField):
    pass


class GuideTotalBody(StrictSerializer):
    """`guide`: code or name. A group is stated whole or not at all: added and lost (friends as well, if known); chats
    and replied; orders, paid and refunds. What is left out stays as it is known."""

    guide = serializers.CharField(max_length=200)
    date = serializers.CharField(max_length=20)
    added = CountField()
    lost = CountField()
    friends = CountField()
    chats = CountField()
    replied = CountField()
    orders = CountField()
    paid = MoneyField()
    refunds = MoneyField()


class ChannelTotalBody(StrictSerializer):
    channel = serializers.CharField(max_length=128, trim_whitespace=False)
    date = serializers.CharField(max_length=20)
    reached = CountField()
    cost = MoneyField()
    added = CountField()


class TotalsBody(StrictSerializer):
    guides = GuideTotalBody(many=True, required=False)
    channels = ChannelTotalBody(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(len(rows) for rows in attrs.values()) > MOST_ROWS:
            raise refused("guides", say(f"最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows"))
        return attrs


class GuideTotalRow(serializers.Serializer):
    """`counts`: by group that the row states, whether it counts or events speak of the day; null until rolled up."""

    guide = serializers.CharField()
    date = serializers.DateField()
    added = serializers.IntegerField(allow_null=True)
    lost = serializers.IntegerField(allow_null=True)
    friends = serializers.IntegerField(allow_null=True)
    chats = serializers.IntegerField(allow_null=True)
    replied = serializers.IntegerField(allow_null=True)
    orders = serializers.IntegerField(allow_null=True)
    paid = serializers.CharField(allow_null=True)
    refunds = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.BooleanField(allow_null=True))


class ChannelTotalRow(serializers.Serializer):
    channel = serializers.CharField()
    date = serializers.DateField()
    reached = serializers.IntegerField(allow_null=True)
    cost = serializers.CharField(allow_null=True)
    added = serializers.IntegerField(allow_null=True)
    counts = serializers.DictField(child=serializers.BooleanField(allow_null=True))


class TotalsRows(serializers.Serializer):
    guides = GuideTotalRow(many=True)
    channels = ChannelTotalRow(many=True)


class TotalsQuery(RangeQuery):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        if (attrs["end"] - attrs["start"]).days >= MOST_DAYS:
            raise refused("end", say(f"最多 {MOST_DAYS} 天", f"At most {MOST_DAYS} days"))
        return attrs


class TotalsView(ProjectView):
    """What guides and channels state of their days. PUT states facts of these rows, good ones where others are refused
    (`errors`: {pointer, code, message}), and answers the account of the batch, which can be undone. Where events speak
    of a day, they count and its totals are set aside: `counts` says so."""

    acts = {"GET": Act.SEND_EVENTS, "PUT": Act.SEND_EVENTS}

    @extend_schema(parameters=[TotalsQuery], responses=TotalsRows)
    def get(self, request: Request, code: str) -> Response:
        query = asked(TotalsQuery, request)
        return Response(read_stated(self.project, Period(query["start"], query["end"])))

    @extend_schema(request=TotalsBody, responses=AccountSerializer)
    def put(self, request: Request, code: str) -> Response:
        body = checked(TotalsBody(data=request.data))
        taken = take_totals(
            self.project, body.get("guides", []), body.get("channels", []), made_by=self.identity.label
        )  # fmt: skip
        return Response(taken.account)


def read_stated(project: Project, period: Period) -> dict[str, list[dict[str, Any]]]:
    """{guides: [GuideTotalRow], channels: [ChannelTotalRow]} of the period's days."""
    window = {"project": project.pk, "first_day": period.first, "next_day": period.end}
    guides, channels = [], []
    for row in records(sql("stated"), window):
        shown = {name: plain(row[name], "money") for name in (*OF_GUIDE, *OF_CHANNEL)}
        counts = {group: row[f"counts_{group}"] for group, name in FACTS.items() if row[name] is not None}
        if row["guide"] is not None:
            facts = {name: shown[name] for name in OF_GUIDE}
            guides.append({"guide": row["guide"], "date": row["date"], **facts, "counts": counts})
        else:
            facts = {name: shown[name] for name in OF_CHANNEL}
            channels.append({"channel": row["channel"], "date": row["date"], **facts, "counts": counts})
    return {"guides": guides, "channels": channels}

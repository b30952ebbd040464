"""REST of projects, channels, team and accounts: CONTRACT 3."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from projects.models import Account, Channel, Keeper, Project, TeamSeat
from projects.queries import (
    GUIDE_ROLE,
    PROJECT_CODE,
    Seat,
    keeper_histories,
    seats,
    seen_projects,
    zone_of,
)
from projects.rest import NameField, ProjectView, StrictSerializer, checked, page_of
from projects.services import (
    KeeperWish,
    change_project,
    create_project,
    put_account,
    put_channel,
)
from projects.sheet import is_clean_text
from projects.team import SeatWish, put_team
from projects.zones import known_zones, unknown_zone
from siyu.names import NOT_ONE_LINE, is_one_line
from siyu.pagination import page
from siyu.problems import say
from tenants.models import Role
from tenants.permissions import Act
from tenants.rest import BrandView

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
CODE_LENGTH = 128


# -- What comes in ----------------------------------------------------------------------------------------------------


class DayField(serializers.DateField):
    """A date that has a beginning and an end in every time zone."""

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise serializers.ValidationError(
                say(f"应在 {FIRST_DAY} 到 {LAST_DAY} 之间", f"From {FIRST_DAY} to {LAST_DAY}"), code="bad_value"
            )
        return day


class ProjectBody(StrictSerializer):
    code = serializers.CharField()
    name = NameField(max_length=200)
    kind = serializers.ChoiceField(Project.Kind.choices, required=False)
    starts_on = DayField()
    ends_on = DayField()
    timezone = serializers.CharField(required=False)
    operating_model = serializers.ChoiceField(Project.OperatingModel.choices, required=False)
    settlement_mode = serializers.ChoiceField(Project.SettlementMode.choices, required=False)
    fans_per_guide = serializers.IntegerField(min_value=1, max_value=10_000_000, required=False)
    auto_assign = serializers.BooleanField(required=False)
    state = serializers.CharField(required=False, read_only=True)

    def validate_code(self, value: str) -> str:
        if not PROJECT_CODE.fullmatch(value):
            raise serializers.ValidationError(
                say(
                    "由字母、数字和 . _ - 组成，以字母或数字开头，最多 64 个字符",
                    "Letters, digits and . _ -, a letter or digit first, at most 64 characters",
                ),
                code="bad_value",
            )
        return value

    def validate_timezone(self, value: str) -> str:
        if value not in known_zones():
            raise serializers.ValidationError(unknown_zone(value), code="bad_value")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first, last = attrs.get("starts_on"), attrs.get("ends_on")
        if first and last and last < first:
            raise serializers.ValidationError(
                {"ends_on": [serializers.ErrorDetail(say("早于开始日期", "It is before starts_on"), "bad_value")]}
            )
        return attrs


class ChannelBody(StrictSerializer):
    """Fields left out stay as they are."""

    code = serializers.CharField(required=False, trim_whitespace=False)
    name = NameField(max_length=200, allow_blank=True, required=False)
    unit = NameField(max_length=60, allow_blank=True, required=False)
    lag_days = serializers.IntegerField(min_value=0, max_value=366, required=False)
    confirmed = serializers.BooleanField(required=False, read_only=True)


class KeeperBody(StrictSerializer):
    guide = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a word of Python and can be no attribute
        return {**super().get_fields(), "from": serializers.CharField()}


class AccountBody(StrictSerializer):
    """Fields left out stay as they are; `keepers` replaces the whole history. Where that leaves keepers out, the answer
    to the PUT names them in `dropped`."""

    code = serializers.CharField(required=False, trim_whitespace=False)
    name = NameField(max_length=200, allow_blank=True, required=False)
    capacity = serializers.IntegerField(min_value=0, max_value=10_000_000, allow_null=True, required=False)
    keepers = KeeperBody(many=True, required=False)
    dropped = KeeperBody(many=True, required=False, read_only=True)
    confirmed = serializers.BooleanField(required=False, read_only=True)


class SeatBody(StrictSerializer):
    """`guide` (a guide's code) where role is "guide", else `user` (an e-mail)."""

    role = serializers.ChoiceField([*TeamSeat.Role.values, GUIDE_ROLE])
    user = serializers.EmailField(required=False)
    guide = serializers.CharField(required=False)
    name = serializers.CharField(required=False, read_only=True)
    share = serializers.DecimalField(
        max_digits=4, decimal_places=3, min_value=Decimal("0.001"), max_value=Decimal(1), default=Decimal(1)
    )
    warnings = serializers.ListField(required=False, read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        days = {"from": DayField(required=False), "to": DayField(allow_null=True, default=None)}
        return {**super().get_fields(), **days}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed, other = ("guide", "user") if attrs["role"] == GUIDE_ROLE else ("user", "guide")
        wrong: dict[str, list[Any]] = {}
        if needed not in attrs:
            wrong[needed] = [serializers.ErrorDetail(say("必填", "It is required"), "required")]
        if other in attrs:
            wrong[other] = [serializers.ErrorDetail(say("与角色不符", "It does not go with the role"), "bad_value")]
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


def _without_code(body: StrictSerializer, code: str) -> dict[str, Any]:
    """The fields of a body whose code stands in the address."""
    fields = dict(checked(body))
    if fields.pop("code", code) != code:
        raise serializers.ValidationError(
            {"code": [serializers.ErrorDetail(say("与地址不一致", "It differs from the address"), "bad_value")]}
        )
    return fields


def _code_to_write(code: str, kind: type[Channel | Account]) -> str:
    """Raises for what can be no code, and for a new one that is not one line: data may have named one that is not."""
    if not is_clean_text(code, CODE_LENGTH):
        raise serializers.ValidationError(
            {"code": [serializers.ErrorDetail(say(f"最多 {CODE_LENGTH} 个字符", "Too long a code"), "bad_value")]}
        )
    if not (is_one_line(code) or kind.objects.filter(code=code).exists()):
        raise serializers.ValidationError({"code": [serializers.ErrorDetail(say(*NOT_ONE_LINE), "bad_value")]})
    return code


def seat_wishes(project: Project, body: Any) -> list[SeatWish]:
    """The seats a body states. Raises for what no seat can be."""
    wishes = [
        SeatWish(
            role=seat["role"],
            holder=seat["guide"] if seat["role"] == GUIDE_ROLE else seat["user"].strip().lower(),
            share=seat["share"],
            starts_on=seat.get("from", project.starts_on),
            ends_on=seat["to"],
        )
        for seat in checked(SeatBody(data=body, many=True))
    ]
    for place, wish in enumerate(wishes):
        if wish.ends_on is not None and wish.ends_on < wish.starts_on:
            raise serializers.ValidationError(
                {str(place): {"to": [serializers.ErrorDetail(say("早于 from", "It is before from"), "bad_value")]}}
            )
    return wishes


# -- What goes out ----------------------------------------------------------------------------------------------------


def project_dict(project: Project) -> dict[str, Any]:
    return {
        "code": project.code,
        "name": project.name,
        "kind": project.kind,
        "starts_on": project.starts_on.isoformat(),
        "ends_on": project.ends_on.isoformat(),
        "timezone": project.timezone,
        "operating_model": project.operating_model,
        "settlement_mode": project.settlement_mode,
        "fans_per_guide": project.fans_per_guide,
        "auto_assign": project.auto_assign,
        "state": str(project.state),
    }


def channel_dict(channel: Channel) -> dict[str, Any]:
    return {
        "code": channel.code,
        "name": channel.name,
        "unit": channel.unit,
        "lag_days": channel.lag_days,
        "confirmed": channel.confirmed,
    }


def account_dict(account: Account, history: list[Keeper], project: Project) -> dict[str, Any]:
    """Instants with the offset of the project's zone."""
    return {
        "code": account.code,
        "name": account.name,
        "capacity": account.capacity,
        "confirmed": account.confirmed,
        "keepers": [
            {
                "guide": keeper.guide.code if keeper.guide else None,
                "from": _in_zone(keeper.since, project),
            }
            for keeper in history
        ],
    }


def _in_zone(at: datetime, project: Project) -> str:
    return at.astimezone(zone_of(project)).isoformat()


def seat_dict(seat: Seat) -> dict[str, Any]:
    return {
        "role": seat.role,
        "guide" if seat.role == GUIDE_ROLE else "user": seat.holder,
        "name": seat.name,
        "share": f"{seat.share.normalize():f}",
        "from": seat.starts_on.isoformat(),
        "to": seat.ends_on.isoformat() if seat.ends_on else None,
        "warnings": seat.warnings,
    }


# -- Views ------------------------------------------------------------------------------------------------------------


class ProjectListView(BrandView):
    acts = {"GET": Act.READ_PROJECT, "POST": Act.PROPOSE_CONTRACT}

    @extend_schema(operation_id="projects_list", responses=page_of(ProjectBody))
    def get(self, request: Request) -> Response:
        seen = [project.pk for project in seen_projects(self.identity, timezone.now())]
        return page(request, Project.objects.filter(pk__in=seen), project_dict, ordering="code")

    @extend_schema(request=ProjectBody, responses={201: ProjectBody})
    def post(self, request: Request) -> Response:
        fields = checked(ProjectBody(data=request.data))
        is_pm = Role.PM in self.identity.roles and not self.identity.sees_all_projects
        user = self.identity.user
        project = create_project(fields, by=user, pm=user if is_pm else None)
        return Response(project_dict(project), status=201)


class ProjectDetailView(ProjectView):
    acts = {"GET": Act.READ_PROJECT, "PATCH": Act.PROPOSE_CONTRACT}

    @extend_schema(responses=ProjectBody)
    def get(self, request: Request, code: str) -> Response:
        return Response(project_dict(self.project))

    @extend_schema(request=ProjectBody, responses=ProjectBody)
    def patch(self, request: Request, code: str) -> Response:
        fields = checked(ProjectBody(data=request.data, partial=True))
        identity = self.identity
        return Response(project_dict(change_project(self.project, fields, by=identity.user, label=identity.label)))


class ChannelListView(ProjectView):
    acts = {"GET": Act.READ_PROJECT}

    @extend_schema(operation_id="channels_list", responses=page_of(ChannelBody))
    def get(self, request: Request, code: str) -> Response:
        return page(request, Channel.objects.all(), channel_dict, ordering="code")


class ChannelView(ProjectView):
    acts = {"GET": Act.READ_PROJECT, "PUT": Act.PROPOSE_CONTRACT}

    @extend_schema(responses=ChannelBody)
    def get(self, request: Request, code: str, channel: str) -> Response:
        found = Channel.objects.filter(code=channel).first() if is_clean_text(channel, CODE_LENGTH) else None
        if found is None:
            raise Http404
        return Response(channel_dict(found))

    @extend_schema(request=ChannelBody, responses=ChannelBody)
    def put(self, request: Request, code: str, channel: str) -> Response:
        fields = _without_code(ChannelBody(data=request.data), _code_to_write(channel, Channel))
        made, is_new = put_channel(channel, fields)
        return Response(channel_dict(made), status=201 if is_new else 200)


class AccountListView(ProjectView):
    acts = {"GET": Act.READ_TEAM}

    @extend_schema(operation_id="accounts_list", responses=page_of(AccountBody))
    def get(self, request: Request, code: str) -> Response:
        histories = keeper_histories(Account.objects.all())
        return page(
            request,
            Account.objects.all(),
            lambda account: account_dict(account, histories[account.pk], self.project),
            ordering="code",
        )


class AccountView(ProjectView):
    acts = {"GET": Act.READ_TEAM, "PUT": Act.WRITE_TEAM}

    @extend_schema(responses=AccountBody)
    def get(self, request: Request, code: str, account: str) -> Response:
        found = Account.objects.filter(code=account).first() if is_clean_text(account, CODE_LENGTH) else None
        if found is None:
            raise Http404
        return self._answer(found)

    @extend_schema(request=AccountBody, responses=AccountBody)
    def put(self, request: Request, code: str, account: str) -> Response:
        fields = _without_code(AccountBody(data=request.data), _code_to_write(account, Account))
        keepers = fields.pop("keepers", None)
        if keepers is not None:
            keepers = [KeeperWish(keeper["guide"], keeper["from"]) for keeper in keepers]
        put = put_account(self.identity.brand, self.project, account, fields, keepers, by=self.identity.label)
        lost = [{"guide": guide, "from": _in_zone(since, self.project)} for since, guide in put.dropped]
        return self._answer(put.account, 201 if put.is_new else 200, {"dropped": lost} if lost else {})

    def _answer(self, account: Account, status: int = 200, beside: Mapping[str, Any] | None = None) -> Response:
        shown = account_dict(account, keeper_histories([account])[account.pk], self.project)
        return Response({**shown, **(beside or {})}, status=status)


class TeamView(ProjectView):
    """The seats as a plain list. PUT replaces them as a whole. What a guide does for other brands only the agency is
    warned of."""

    acts = {"GET": Act.READ_TEAM, "PUT": Act.WRITE_TEAM}

    @extend_schema(responses=SeatBody(many=True))
    def get(self, request: Request, code: str) -> Response:
        return self._answer()

    @extend_schema(request=SeatBody(many=True), responses=SeatBody(many=True))
    def put(self, request: Request, code: str) -> Response:
        wishes = seat_wishes(self.project, request.data)
        put_team(self.identity.brand, self.project, wishes, by=self.identity.label)
        return self._answer()

    def _answer(self) -> Response:
        is_agency = self.identity.side == "agency"
        return Response([seat_dict(seat) for seat in seats(self.project, self.identity.brand, for_agency=is_agency)])

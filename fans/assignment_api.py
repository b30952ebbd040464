"""REST of fans and their assignment: who is there, her phone for a reason, plans, and carrying them out."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from fans.assignments import TIERS, apply_plan, make_plan, plan_to_dict
from fans.models import AssignmentPlan, Fan
from fans.openapi import (
    AppliedSerializer,
    CourseSerializer,
    FanSerializer,
    GivenBackSerializer,
    PhonesSerializer,
    PlanAnswerSerializer,
)
from fans.phones import LONGEST_REASON, show_phones
from fans.plan_undo import undo_plan
from fans.roster import Sieve, accounts_of, course_of, describe_fans, fans_of
from projects.models import Project
from projects.queries import guide_alone
from projects.rest import ProjectView, StrictSerializer, checked, page_of
from siyu.pagination import CursorPages, page
from tenants.identity import Identity
from tenants.permissions import Act, may


class SieveSerializer(serializers.Serializer):
    guide = serializers.CharField(required=False, max_length=128)
    account = serializers.CharField(required=False, max_length=128)
    channel = serializers.CharField(required=False, max_length=128)
    present = serializers.BooleanField(required=False, allow_null=True, default=None)
    q = serializers.CharField(required=False, max_length=128)


class PlanSerializer(StrictSerializer):
    scope = serializers.CharField(max_length=140)
    max_moves = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    tiers = serializers.ListField(
        child=serializers.DecimalField(max_digits=14, decimal_places=2), required=False, max_length=10
    )

    def validate_tiers(self, tiers: list[Decimal]) -> list[Decimal]:
        return sorted(set(tiers))


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=LONGEST_REASON)


def seen_fans(identity: Identity, project: Project, sieve: Sieve, now: datetime) -> QuerySet[Fan]:
    """A guide sees those she holds now."""
    alone = guide_alone(identity, Act.SEE_FANS)
    return fans_of(project, sieve, now, only_accounts=accounts_of(alone, now) if alone else None)


def names_clear(identity: Identity) -> bool:
    """Names stand in clear for whoever may have phones shown; the others tell fans apart by what is left of them."""
    return may(identity, Act.SHOW_PHONES, identity.brand)


class CodePages(CursorPages):
    """Pages by the fan's code."""

    ordering = "code"


class FansView(ProjectView):
    """What views of fans share: which she sees, and whether by their names."""

    def seen(self, sieve: Sieve, now: datetime) -> QuerySet[Fan]:
        return seen_fans(self.identity, self.project, sieve, now)

    def one(self, fan: str, now: datetime) -> Fan:
        found = None if "\0" in fan else self.seen(Sieve(), now).filter(code=fan).first()
        if found is None:
            raise Http404
        return found


class Fans(FansView):
    """The project's fans with where they stand now: `?guide=&account=&channel=&present=&q=`."""

    acts = {"GET": Act.SEE_HELD_FANS}

    @extend_schema(operation_id="fans_list", parameters=[SieveSerializer], responses=page_of(FanSerializer))
    def get(self, request: Request, code: str) -> Response:
        asked = SieveSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now = timezone.now()
        pages = CodePages()
        fans = pages.paginate_queryset(self.seen(Sieve(**asked.validated_data), now), request) or []
        clear = names_clear(self.identity)
        return pages.get_paginated_response(describe_fans(self.project, fans, now, names_clear=clear))


class FanDetail(FansView):
    """One fan: ties, presence, holdings and every decision, void ones too."""

    acts = {"GET": Act.SEE_HELD_FANS}

    @extend_schema(responses=CourseSerializer)
    def get(self, request: Request, code: str, fan: str) -> Response:
        now = timezone.now()
        found = self.one(fan, now)
        return Response(course_of(self.project, found, now, names_clear=names_clear(self.identity)))


class FanPhone(FansView):
    """Her phones in clear, for a reason that is kept with who asked. A key with `fans:phone` says why each time."""

    acts = {"POST": Act.SHOW_PHONES}

    def seen(self, sieve: Sieve, now: datetime) -> QuerySet[Fan]:
        return fans_of(self.project, sieve, now) if self.identity.key else super().seen(sieve, now)

    @extend_schema(request=ReasonSerializer, responses=PhonesSerializer)
    def post(self, request: Request, code: str, fan: str) -> Response:
        reason = checked(ReasonSerializer(data=request.data))["reason"]
        found = self.one(fan, timezone.now())
        phones = show_phones(self.project, found, reason, by=self.identity.label)
        return Response({"fan": found.code, "phones": phones}, headers={"Cache-Control": "no-store"})


class PlanList(ProjectView):
    """The plans made, with their previews."""

    acts = {"GET": Act.ASSIGN_FANS}

    @extend_schema(operation_id="assignment_plans_list", responses=page_of(PlanAnswerSerializer))
    def get(self, request: Request, code: str) -> Response:
        return page(request, AssignmentPlan.objects.filter(project=self.project), plan_to_dict)


class NewPlan(ProjectView):
    """Make a plan and answer its preview; nothing moves until it is applied.

    Fans go only to accounts whose keeper serves in the project today and stays: none to an account that nobody keeps,
    whatever capacity is stated for it, to one of a guide who has retired, has no seat today or leaves within 14 days
    while the project goes on, nor, for `account:<code>`, to another account of the same keeper. `excluded` names them.
    Automatic assignment goes by the same rule.
    """

    acts = {"POST": Act.ASSIGN_FANS}

    @extend_schema(request=PlanSerializer, responses={201: PlanAnswerSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = PlanSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: dict[str, Any] = body.validated_data
        plan = make_plan(
            self.project,
            wanted["scope"],
            made_by=self.identity.label,
            most=wanted["max_moves"],
            tiers=wanted.get("tiers", TIERS),
        )
        return Response(plan_to_dict(plan), status=201)


class PlanApply(ProjectView):
    """Carry a plan out, once. Fans that changed since are skipped and listed; 409 where too much changed, and then it
    says what, and nobody was moved."""

    acts = {"POST": Act.ASSIGN_FANS}

    @extend_schema(request=None, responses=AppliedSerializer)
    def post(self, request: Request, code: str, plan: int) -> Response:
        found = get_object_or_404(AssignmentPlan, project=self.project, pk=plan)
        applied = apply_plan(self.project, found, applied_by=self.identity.label)
        return Response(
            {
                **plan_to_dict(applied.plan),
                "applied": applied.applied,
                "skipped": [{"fan": fan, "reason": reason} for fan, reason in applied.skipped],
            }
        )


class PlanUndo(ProjectView):
    """Give back, now, the fans that an applied plan moved and nobody moved since; the others are listed with why."""

    acts = {"POST": Act.ASSIGN_FANS}

    @extend_schema(request=None, responses=GivenBackSerializer)
    def post(self, request: Request, code: str, plan: int) -> Response:
        found = get_object_or_404(AssignmentPlan, project=self.project, pk=plan)
        undone = undo_plan(self.project, found, undone_by=self.identity.label)
        return Response(
            {
                **plan_to_dict(undone.plan),
                "given_back": undone.given_back,
                "kept": [{"fan": fan, "reason": reason} for fan, reason in undone.kept],
            }
        )

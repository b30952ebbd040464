"""REST of the brand's contacts and of a project's state."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from projects.contacts import (
    ContactWish,
    activate_project,
    close_project,
    contacts_of,
    missing_for_activation,
    put_contacts,
)
from projects.models import BrandContact, Project
from projects.rest import NameField, ProjectView, StrictSerializer, checked
from siyu.problems import say
from tenants.permissions import Act


class ContactBody(StrictSerializer):
    role = serializers.ChoiceField(BrandContact.Role.choices)
    name = NameField(max_length=100)
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    part_time = serializers.BooleanField(required=False, default=False)
    warnings = serializers.ListField(required=False, read_only=True)


class ContactList(serializers.ListSerializer):
    def validate(self, attrs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        roles = [row["role"] for row in attrs]
        flaws: list[dict[str, Any]] = [
            {"role": [serializers.ErrorDetail(say("这一角色已有联系人", "The role is taken already"), "taken")]}
            if row["role"] in roles[:place]
            else {}
            for place, row in enumerate(attrs)
        ]
        if any(flaws):
            raise serializers.ValidationError(flaws)
        return attrs


class StateBody(serializers.Serializer):
    state = serializers.ChoiceField(Project.State.choices)
    missing = serializers.ListField(child=serializers.DictField())


class ContactsView(ProjectView):
    """The contacts as a plain list. PUT replaces them as a whole."""

    acts = {"GET": Act.READ_PROJECT, "PUT": Act.PROPOSE_CONTRACT}

    @extend_schema(responses=ContactBody(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response(contacts_of(self.project))

    @extend_schema(request=ContactBody(many=True), responses=ContactBody(many=True))
    def put(self, request: Request, code: str) -> Response:
        rows = checked(ContactList(child=ContactBody(), data=request.data))
        put_contacts(self.project, [ContactWish(**row) for row in rows], by=self.identity.label)
        return Response(contacts_of(self.project))


class ActivationView(ProjectView):
    """GET: the state, and what an activation would still miss. POST: refused while anything is missing."""

    acts = {"GET": Act.READ_PROJECT, "POST": Act.ACTIVATE_PROJECT}

    @extend_schema(responses=StateBody)
    def get(self, request: Request, code: str) -> Response:
        return Response(state_dict(self.project))

    @extend_schema(request=None, responses=StateBody)
    def post(self, request: Request, code: str) -> Response:
        return Response(state_dict(activate_project(self.project, by=self.identity.label)))


class ClosingView(ProjectView):
    acts = {"POST": Act.ACTIVATE_PROJECT}

    @extend_schema(request=None, responses=StateBody)
    def post(self, request: Request, code: str) -> Response:
        return Response(state_dict(close_project(self.project, by=self.identity.label)))


def state_dict(project: Project) -> dict[str, Any]:
    is_draft = project.state == Project.State.DRAFT
    return {
        "state": str(project.state),
        "missing": missing_for_activation(project, timezone.now()) if is_draft else [],
    }

"""REST of the definition sheet (口径表): its versions, in fields and in words, and both sides' approval."""

from datetime import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from projects.models import Definition
from projects.queries import definition_in_use, newest_definition, people
from projects.rest import ProjectView, StrictSerializer, checked
from projects.services import approve_definition, put_definition
from projects.sheet import SCHEMA
from projects.sheet_words import words
from tenants.models import User
from tenants.permissions import Act

DEFINITION_ANSWER = (
    "version",
    "in_use",
    "sha256",
    "approvals",
    "words",
)  # beside the sheet; a PUT may bring them along
_APPROVAL = {
    "type": ["object", "null"],
    "properties": {"by": {"type": "string"}, "at": {"type": "string", "format": "date-time"}},
}
VERSION_SCHEMA = {
    "type": "object",
    "properties": {
        "version": {"type": "integer"},
        "in_use": {"type": "integer", "description": "The version that counts."},
        "sha256": {"type": "string"},
        "approvals": {"type": "object", "properties": {"agency": _APPROVAL, "brand": _APPROVAL}},
        "words": {
            "type": "object",
            "description": "The sheet in sentences.",
            "properties": {
                "zh": {"type": "array", "items": {"type": "string"}},
                "en": {"type": "array", "items": {"type": "string"}},
            },
        },
        **SCHEMA["properties"],
    },
}


class ApprovalBody(StrictSerializer):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    sha256 = serializers.CharField()


def definition_dict(definition: Definition, in_use: Definition) -> dict[str, Any]:
    by = people([definition.agency_approved_by_id, definition.brand_approved_by_id])
    return {
        "version": definition.version,
        "in_use": in_use.version,
        "sha256": definition.sha256,
        "approvals": {
            "agency": _approval(by, definition.agency_approved_by_id, definition.agency_approved_at),
            "brand": _approval(by, definition.brand_approved_by_id, definition.brand_approved_at),
        },
        "words": words(definition.sheet),
        **definition.sheet,
    }


def _approval(people: dict[int, User], by: int | None, at: datetime | None) -> dict[str, str] | None:
    return {"by": str(people[by]), "at": at.isoformat()} if by and at else None


class DefinitionsView(ProjectView):
    """GET: the newest version, or `?version=`; `in_use` names the one that counts.

    PUT: a new version, unless the newest says the same already.
    """

    acts = {"GET": Act.READ_PROJECT, "PUT": Act.PROPOSE_CONTRACT}

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses={(200, "application/json"): VERSION_SCHEMA})
    def get(self, request: Request, code: str) -> Response:
        wanted = request.query_params.get("version")
        if wanted is None:
            return self._answer(newest_definition(self.project))
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
            raise Http404
        definition = Definition.objects.filter(project=self.project, version=int(wanted)).first()
        if definition is None:
            raise Http404
        return self._answer(definition)

    @extend_schema(request={"application/json": SCHEMA}, responses={(200, "application/json"): VERSION_SCHEMA})
    def put(self, request: Request, code: str) -> Response:
        body = request.data
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in DEFINITION_ANSWER}
        return self._answer(put_definition(self.project, body, by=self.identity.user))

    def _answer(self, definition: Definition) -> Response:
        return Response(definition_dict(definition, definition_in_use(self.project)))


class DefinitionApprovalView(ProjectView):
    acts = {"POST": Act.APPROVE_CONTRACT}

    @extend_schema(request=ApprovalBody, responses={(200, "application/json"): VERSION_SCHEMA})
    def post(self, request: Request, code: str) -> Response:
        read = checked(ApprovalBody(data=request.data))
        if self.identity.user is None:
            raise PermissionDenied  # the act has no scope; a key never approves
        definition = approve_definition(
            self.project, read["version"], read["sha256"], by=self.identity.user, side=self.identity.side
        )
        return Response(definition_dict(definition, definition_in_use(self.project)))

"""REST of notices: each person reads and marks her own. Keys have none."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from projects.models import Notice
from projects.notices import count_unread, mark_read, notices_for, words_of
from projects.rest import StrictSerializer, checked
from siyu.pagination import page
from tenants.permissions import Act
from tenants.rest import BrandView


class ReadBody(StrictSerializer):
    """`ids`: which; all of hers where it is left out."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=1000
    )


def notice_dict(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.pk,
        "project": notice.project.code,
        "kind": notice.kind,
        "subject": notice.subject,
        "text": words_of(notice),
        "at": notice.at,
        "read_at": notice.read_at,
    }


class NoticesView(BrandView):
    """Her notices, the newest first."""

    acts = {"GET": Act.READ_NOTICES}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return page(request, notices_for(self.identity, timezone.now()), notice_dict, ordering="-id")


class ReadNoticesView(BrandView):
    """Mark as read: {read: how many were new, unread: how many are left}."""

    acts = {"POST": Act.READ_NOTICES}

    @extend_schema(request=ReadBody, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        now = timezone.now()
        body = checked(ReadBody(data=request.data))
        return Response(
            {"read": mark_read(self.identity, now, body.get("ids")), "unread": count_unread(self.identity, now)}
        )

"""REST of how the brand's reports are arranged."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from projects.rest import ProjectView, StrictSerializer, checked
from reports.layouts import KNOWN, LONGEST_INTRO, LONGEST_TITLE, Block, blocks_of, save_layout
from reports.models import Layout
from reports.occasions import KINDS
from reports.queries import newest_layout
from tenants.permissions import Act


class BlockBody(StrictSerializer):
    key = serializers.ChoiceField(tuple(KNOWN))
    is_on = serializers.BooleanField(default=True)
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST_TITLE)
    intro = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST_INTRO)


class LayoutBody(StrictSerializer):
    """`base`: the version that was read; blocks that are left out stand in their usual place, on."""

    base = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    blocks = serializers.ListField(child=BlockBody(), max_length=len(KNOWN))


class LayoutView(ProjectView):
    """How the brand's reports of a kind are arranged: the newest version, or `?version=`. It holds for all projects of
    the brand, and for reports made from now on; no figure and no hash hangs on it."""

    acts = {"GET": Act.READ_REPORTS, "PUT": Act.SEND_REPORTS}

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str, kind: str) -> Response:
        wanted = request.query_params.get("version", "")
        if kind not in KINDS or (wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10)):
            raise Http404
        return Response(layout_dict(kind, int(wanted) if wanted else newest_layout(kind)))

    @extend_schema(request=LayoutBody, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, code: str, kind: str) -> Response:
        if kind not in KINDS:
            raise Http404
        body = checked(LayoutBody(data=request.data))
        blocks = [Block(**block) for block in body["blocks"]]
        version = save_layout(self.project, kind, body["base"], blocks, by=self.identity, now=timezone.now())
        return Response(layout_dict(kind, version))


def layout_dict(kind: str, version: int) -> dict[str, Any]:
    """Raises Http404 for a version that there never was; 0 is the standard one, of nobody and without a hash."""
    found = Layout.objects.filter(kind=kind, version=version).first()
    if found is None and version:
        raise Http404
    return {
        "kind": kind,
        "version": version,
        "sha256": found.sha256 if found else None,
        "made_at": found.made_at if found else None,
        "blocks": [asdict(block) for block in blocks_of(kind, version)],
    }

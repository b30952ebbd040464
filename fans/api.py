"""REST of events: sending them, the account of each batch, undo, and what waits."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from fans.intake import account_of, take_body
from fans.models import Batch, EventKind
from fans.openapi import BODY, AccountSerializer, BatchSerializer, HeldSerializer, UndoneSerializer
from fans.queries import batches_of, describe_held, held_events
from fans.spool import BadBodyError, spooled
from fans.undo import MOST_KEPT, undo_batch
from projects.rest import ProjectView, page_of
from siyu.pagination import CursorPages, page
from siyu.problems import DomainError, say
from tenants.keys import keys_of_current_brand
from tenants.permissions import Act


class UnsupportedBodyError(DomainError):
    status = 415
    code = "unsupported_media_type"


def batch_to_dict(batch: Batch) -> dict[str, Any]:
    return {
        **account_of(batch),
        "state": batch.state,
        "key": batch.idempotency_key,
        "made_by": batch.made_by,
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
        "undone_at": batch.undone_at,
        "undoes": batch.undoes_id,
    }


class Events(ProjectView):
    """POST a body of events: NDJSON, or a JSON array; gzip welcome. Answers the account of the body."""

    acts = {"POST": Act.SEND_EVENTS}

    @extend_schema(
        request=BODY,
        responses=AccountSerializer,
        parameters=[
            OpenApiParameter("atomic", bool, description="Store all lines or none (422)."),
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        key = request.headers.get("Idempotency-Key") or None
        if key and len(key) > 200:
            raise BadBodyError(say("Idempotency-Key 最多 200 个字符", "An Idempotency-Key has at most 200 characters"))
        digest = keys_of_current_brand().body_digest()
        stream, expected = _stream_of(request)
        body = spooled(stream, digest, encoding=_encoding_of(request), is_array=_is_array(request), expected=expected)
        with body as spool:
            batch = take_body(
                self.project,
                spool,
                digest.digest(),
                made_by=self.identity.label,
                key=key,
                atomic=request.query_params.get("atomic") in ("1", "true"),
            )
        return Response(account_of(batch))


def _stream_of(request: Request) -> tuple[Any, int | None]:
    """The raw body and its announced length. Django reads no chunked bodies; the server's own stream does."""
    raw = request._request
    length = raw.META.get("CONTENT_LENGTH")
    if length:
        return raw, int(length)
    if "chunked" in raw.META.get("HTTP_TRANSFER_ENCODING", ""):
        return raw.META["wsgi.input"], None
    return raw, 0


def _encoding_of(request: Request) -> str:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise UnsupportedBodyError(say("Content-Encoding 只支持 gzip", "The only Content-Encoding is gzip"))
    return "gzip" if "gzip" in encoding else ""


def _is_array(request: Request) -> bool:
    kind = request.content_type.partition(";")[0].strip().lower()
    if kind in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        return False
    if kind == "application/json":
        return True
    raise UnsupportedBodyError(
        say(
            "Content-Type 应为 application/x-ndjson 或 application/json",
            "The Content-Type must be application/x-ndjson or application/json",
        )
    )


class HeldEvents(ProjectView):
    """Events that wait: about a fan never added, refunds that found no order or no room."""

    acts = {"GET": Act.SEND_EVENTS}

    @extend_schema(operation_id="held_events_list", responses=page_of(HeldSerializer))
    def get(self, request: Request, code: str) -> Response:
        pages = CursorPages()
        events = pages.paginate_queryset(held_events(self.project), request) or []
        return pages.get_paginated_response(describe_held(self.project, events))


class Batches(ProjectView):
    """The accounts of all bodies, or of those sent under an Idempotency-Key."""

    acts = {"GET": Act.SEND_EVENTS}

    @extend_schema(
        operation_id="batches_list", responses=page_of(BatchSerializer), parameters=[OpenApiParameter("key", str)]
    )
    def get(self, request: Request, code: str) -> Response:
        return page(request, batches_of(self.project, key=request.query_params.get("key")), batch_to_dict)


class BatchDetail(ProjectView):
    """The account of one body."""

    acts = {"GET": Act.SEND_EVENTS}

    @extend_schema(responses=BatchSerializer)
    def get(self, request: Request, code: str, batch: int) -> Response:
        return Response(batch_to_dict(get_object_or_404(batches_of(self.project), pk=batch)))


class BatchUndo(ProjectView):
    """Restore what the body replaced or withdrew and take out what it brought, unless somebody changed it since."""

    acts = {"POST": Act.SEND_EVENTS}

    @extend_schema(request=None, responses=UndoneSerializer)
    def post(self, request: Request, code: str, batch: int) -> Response:
        undone = undo_batch(
            self.project, get_object_or_404(batches_of(self.project), pk=batch), made_by=self.identity.label
        )
        kept = [{"type": EventKind(one.kind).label, "id": one.key, "code": one.code} for one in undone.kept[:MOST_KEPT]]
        return Response(
            {"batch": undone.batch.pk, "restored": undone.restored, "kept_count": len(undone.kept), "kept": kept}
        )

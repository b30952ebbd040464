"""Lists page by cursor: {next, previous, results}."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

Row = TypeVar("Row", bound=Model)


class CursorPages(CursorPagination):
    """Pages of 100 (`?page_size=` up to 1,000) that stay right while rows come and go."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = "id"

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """Raises NotFound for a cursor that is none of ours; DRF itself lets a forged position reach the database."""
        try:
            return super().paginate_queryset(queryset, request, view) or []
        except (ValueError, ValidationError, DataError) as error:
            raise NotFound(self.invalid_cursor_message) from error


def page(
    request: Request, queryset: QuerySet[Row], to_dict: Callable[[Row], dict[str, Any]], *, ordering: str = "id"
) -> Response:
    """One page of the queryset. `ordering` names a unique column, or one that is nearly so; the rows are read here."""
    pages = CursorPages()
    pages.ordering = ordering
    rows = pages.paginate_queryset(queryset, request)
    return pages.get_paginated_response([to_dict(row) for row in rows])

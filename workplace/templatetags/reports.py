"""What templates of reports ask of their parts."""

from collections.abc import Iterator
from typing import Any

from django import template

from workplace.report_pages import anchor as anchor_of
from workplace.report_values import Column, Part, Row

register = template.Library()


@register.filter
def anchor(pointer: str) -> str:
    """The id of the row that the pointer names."""
    return anchor_of(pointer)


@register.filter
def cells(part: Part, row: Row) -> Iterator[tuple[Column, Any]]:
    """Each cell of the row with its column; the first column is the row's title."""
    return zip(part.columns[1:], row.cells, strict=True)

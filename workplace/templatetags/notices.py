"""The bell: how many notices she has not read."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone

from projects.notices import count_unread
from siyu.brands import PUBLIC, current_schema
from tenants.identity import Identity

register = template.Library()


@register.simple_tag(takes_context=True)
def unread(context: Any) -> int | None:
    """None where there are no notices to have: outside of a brand, for who has no part in it or came by a link."""
    request: HttpRequest | None = context.get("request")
    identity: Identity | None = getattr(request, "identity", None)
    if identity is None or identity.link is not None or current_schema() == PUBLIC:
        return None
    return count_unread(identity, timezone.now())

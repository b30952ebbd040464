"""`{% icon "home" %}`: a picture beside a word, drawn in the word's colour and silent to screen readers."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
SPRITE = "vendor/tabler-icons-3.51.0.svg"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`name`: one that bootstrap/vendor.py draws; `size`: sm, lg or as the text."""
    sized = f" sy-i-{size}" if size else ""
    return format_html('<svg class="sy-i{}" aria-hidden="true"><use href="{}#{}"/></svg>', sized, static(SPRITE), name)

"""`{{ text|figure }}`: a figure with its unit set smaller: ¥486.2万, 12.3%."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
UNIT = re.compile(r"^(.*[0-9])(万|亿|%)$")


@register.filter
def figure(text: str) -> SafeString | str:
    """What has no unit at its end stays as it is."""
    found = UNIT.match(text)
    return format_html('{}<span class="sy-unit">{}</span>', found[1], found[2]) if found else text

"""What the head of a page says to search engines and other sites."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.templatetags.static import static
from django.urls import translate_url
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from etown.bilingual import TAGS

register = template.Library()

# A JSON text may hold these; a script element may not end in the middle of it.
ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def page_links(context: template.Context) -> SafeString:
    """The page's own address without what campaigns add, and the same page in each language."""
    request = context["request"]
    path = request.path
    if (listing := context.get("listing")) and (query := listing.own_query):
        path = f"{path}?{query}"
    links = [format_html('<link rel="canonical" href="{}">', request.build_absolute_uri(path))]
    if context.get("record") or not context.get("is_error"):
        urls = {code: request.build_absolute_uri(translate_url(path, code)) for code, _name in settings.LANGUAGES}
        links += [_alternate(TAGS[code], url) for code, url in urls.items()]
        links.append(_alternate("x-default", urls[settings.LANGUAGE_CODE]))
    return mark_safe("\n  ".join(links))  # noqa: S308 (each is escaped)


def _alternate(tag: str, url: str) -> SafeString:
    return format_html('<link rel="alternate" hreflang="{}" href="{}">', tag, url)


@register.simple_tag(takes_context=True)
def share_image(context: template.Context, kind: str) -> str:
    """The address of the picture that stands for a kind of page when it is shared."""
    return context["request"].build_absolute_uri(static(f"share/{kind}.png"))


@register.filter
def structured(data: dict[str, Any]) -> SafeString:
    """Linked data for search engines, as schema.org has it; a data block, which no policy stops."""
    text = json.dumps({"@context": "https://schema.org", **data}, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(f'<script type="application/ld+json">{text.translate(ESCAPES)}</script>')  # noqa: S308

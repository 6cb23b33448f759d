"""Small words for templates: dates, languages, where the reader is, and what supports a record."""

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils.html import conditional_escape, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from etown import partial_dates
from etown.bilingual import TAGS, Text, current_language

register = template.Library()

# Each language in its own words, short enough for the head of a small screen.
NAMES = {"en": "English", "zh-hans": "中文"}
CHINESE = re.compile(r"[〇\u3400-\u9fff](?:[\u3000-\u9fff\uff00-\uffef]*[〇\u3400-\u9fff])?")


@register.filter
def spell_date(value: str) -> str:
    """A partial date in the reader's language."""
    return partial_dates.spell(value)


@register.filter
def tagged(name: object) -> str:
    """A name that has no translation, with its language where that is not the page's."""
    name = str(name)
    language = "zh-hans" if CHINESE.search(name) else "en"
    if not name or language == current_language():
        return name
    return format_html('<span lang="{}">{}</span>', TAGS[language], name)


@register.filter
def paragraphs(text: Text) -> SafeString:
    """A longer text by its blank lines; labelled where it is in the other language, Chinese marked in English."""
    body = linebreaks(conditional_escape(text.plain))
    if text.language != "zh-hans":
        body = CHINESE.sub(lambda words: f'<span lang="{TAGS["zh-hans"]}">{words[0]}</span>', body)
    if text.is_foreign:
        label = format_html('<p><small class="untranslated">{}</small></p>', text.label)
        body = f'{label}<div class="stack" lang="{text.tag}">{body}</div>'
    return mark_safe(body)  # noqa: S308 (escaped above)


@register.simple_tag
def language_tag() -> str:
    """The page's language for the lang attribute."""
    return TAGS[current_language()]


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context) -> list[dict[str, str]]:
    """This page in the other languages: name, lang tag and address."""
    here = context["request"].get_full_path()
    return [
        {"name": NAMES[code], "tag": TAGS[code], "url": _translated(here, code)}
        for code, _name in settings.LANGUAGES
        if code != current_language()
    ]


def _translated(here: str, code: str) -> str:
    there = translate_url(here, code)
    if there != here:
        return there
    # Nothing is at this address in any language.
    with override(code):
        return reverse("home")


@register.simple_tag(takes_context=True)
def current(context: template.Context, url: str) -> SafeString:
    """Marks a link of the menu on its own page and on those below it."""
    path = context["request"].path
    if not path.startswith(url):
        return SafeString()
    return format_html(' aria-current="{}"', "page" if path == url else "true")


@register.simple_tag
def by_source(citations: Iterable[Any]) -> list[tuple[Any, list[str]]]:
    """Citations of the same source, date and basis as one, with the labels of all fields that they support."""
    groups: dict[tuple, tuple[Any, list[str]]] = {}
    for citation in citations:
        key = (citation.source_id, citation.as_of, citation.basis)
        _first, labels = groups.setdefault(key, (citation, []))
        if citation.field and citation.field_label not in labels:
            labels.append(citation.field_label)
    return list(groups.values())

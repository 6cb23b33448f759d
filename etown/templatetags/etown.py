"""Small words for templates: dates, languages, and what a field is called."""

from django import template
from django.conf import settings
from django.urls import translate_url
from django.utils.translation import get_language_info

from etown import partial_dates
from etown.bilingual import TAGS, current_language

register = template.Library()


@register.filter
def spell_date(value: str) -> str:
    """A partial date in the reader's language."""
    return partial_dates.spell(value)


@register.simple_tag
def language_tag() -> str:
    """The page's language for the lang attribute."""
    return TAGS[current_language()]


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context) -> list[dict[str, str]]:
    """This page in the other languages: name, lang tag and address."""
    request = context["request"]
    return [
        {
            "name": get_language_info(code)["name_local"],
            "tag": TAGS[code],
            "url": translate_url(request.get_full_path(), code),
        }
        for code, _name in settings.LANGUAGES
        if code != current_language()
    ]

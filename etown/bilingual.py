"""English and Simplified Chinese side by side: the two columns, and the one way to read them."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

SUFFIXES = {"en": "en", "zh-hans": "zh_hans"}
# The tag of BCP 47, as the lang attribute wants it.
TAGS = {"en": "en", "zh-hans": "zh-Hans"}


def pair(field: Callable[..., models.Field], label, **options) -> tuple[models.Field, models.Field]:
    """The two columns of a translated field; name them `<name>_en` and `<name>_zh_hans`."""
    return (
        field(format_lazy(gettext_lazy("{label} (English)"), label=label), **options),
        field(format_lazy(gettext_lazy("{label} (Chinese)"), label=label), **options),
    )


def pair_label(field: Any) -> str:
    """The label of a pair, read from its English column and without the language."""
    before, after = _("{label} (English)").split("{label}")
    return str(field.verbose_name).removeprefix(before).removesuffix(after)


def current_language() -> str:
    """The active language, `en` or `zh-hans`; management commands and the unknown read English."""
    language = get_language() or "en"
    return language if language in SUFFIXES else "en"


class Text(str):
    """A translated text in the language it was found in.

    As a plain string it is only the text. In a template it marks up and labels itself where the reader's
    language is missing, so that the other language is never passed off as a translation.
    """

    language: str
    wanted: str

    def __new__(cls, text: str, language: str, wanted: str) -> "Text":
        self = super().__new__(cls, text)
        self.language, self.wanted = language, wanted
        return self

    @property
    def plain(self) -> str:
        """For titles, attributes and feeds, where markup has no place."""
        return str.__str__(self)

    @property
    def is_foreign(self) -> bool:
        return bool(self.plain) and self.language != self.wanted

    @property
    def tag(self) -> str:
        return TAGS[self.language]

    @property
    def label(self) -> str:
        return _("in Chinese only") if self.language == "zh-hans" else _("in English only")

    def __html__(self) -> SafeString:
        if not self.is_foreign:
            return format_html("{}", self.plain)
        return format_html(
            '<span lang="{}">{}</span> <small class="untranslated">{}</small>',
            self.tag,
            self.plain,
            self.label,
        )


def read(record: object, name: str, language: str | None = None) -> Text:
    """The text of `name` in the language asked for, or else in the other one, labelled as such."""
    wanted = language or current_language()
    for candidate in [wanted, *(other for other in SUFFIXES if other != wanted)]:
        if text := getattr(record, f"{name}_{SUFFIXES[candidate]}"):
            return Text(text, candidate, wanted)
    return Text("", wanted, wanted)


class Bilingual:
    """Reads a pair of columns in the reader's language: `name = Bilingual()` beside `name_en`, `name_zh_hans`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, record: object | None, owner: type):
        return self if record is None else read(record, self.name)

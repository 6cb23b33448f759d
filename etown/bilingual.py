"""English and Simplified Chinese side by side: the two columns, and the one way to read them."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from etown.markup import Html, plain

SUFFIXES = {"en": "en", "zh-hans": "zh_hans"}
# The tag of BCP 47, as the lang attribute wants it.
TAGS = {"en": "en", "zh-hans": "zh-Hans"}
IDEOGRAPH = re.compile(r"[〇\u3400-\u9fff]")


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


def listed(names: Iterable[object]) -> str:
    """Names one after the other, with the comma of the reader's language."""
    return pgettext("between names", ", ").join(map(str, names))


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
            return escape(self.plain)
        return format_html(
            '<span lang="{}">{}</span> <small class="untranslated">{}</small>',
            self.tag,
            self.plain,
            self.label,
        )


class FormattedText(Text):
    """The same of a formatted text: as a plain string without its tags, in a template with them."""

    html: Html

    @classmethod
    def of(cls, html: Html, language: str, wanted: str) -> "FormattedText":
        self = cls(plain(html), language, wanted)
        self.html = html
        return self

    def __html__(self) -> SafeString:
        return self.marked_up(self.html)

    def marked_up(self, html: str) -> SafeString:
        """Blocks cannot stand in a span: where the language is the other one, they stand below their label."""
        # What is stored has been cleaned, and what is drawn of it adds no text.
        safe = mark_safe(html)  # noqa: S308
        if not self.is_foreign:
            return safe
        return format_html(
            '<p><small class="untranslated">{}</small></p>\n<div class="prose" lang="{}">{}</div>',
            self.label,
            self.tag,
            safe,
        )


def read(record: object, name: str, language: str | None = None) -> Text:
    """The text of `name` in the language asked for, or else in the other one, labelled as such."""
    wanted = language or current_language()
    for candidate in [wanted, *(other for other in SUFFIXES if other != wanted)]:
        if text := getattr(record, f"{name}_{SUFFIXES[candidate]}"):
            return (FormattedText.of if isinstance(text, Html) else Text)(text, candidate, wanted)
    return Text("", wanted, wanted)


def untranslated(name: str) -> Text:
    """A name that has no pair of columns, in the language that its characters tell."""
    return Text(name, "zh-hans" if IDEOGRAPH.search(name) else "en", current_language())


class Bilingual:
    """Reads a pair of columns in the reader's language: `name = Bilingual()` beside `name_en`, `name_zh_hans`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, record: object | None, owner: type):
        return self if record is None else read(record, self.name)

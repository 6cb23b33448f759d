"""A column of a sheet: how a stored value is shown in a cell, and what a cell says.

Values are compared as *plain texts*, which belong to no language and no program: the code of a choice, an ISO date, a
number without superfluous zeros, slugs. `plain()` makes one of what is stored, `read()` of a cell.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown import markup
from etown.bilingual import SUFFIXES, listed
from etown.sheets.cells import MAX_CELL, Cell
from etown.sheets.texts import LOST_DIGITS, normal, text_of, tidy

MANGLED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
YES = {"true", "yes", "y", "1", "是", "真", "√"}
NO = {"false", "no", "n", "0", "否", "假", "×"}
# What an export shows of a text: one character less than a cell holds leaves room for the guard against formulas.
SHOWN = MAX_CELL - 1


class Column:
    """Text, and what all columns have; `name` is that of a field."""

    # How a workbook shows it: as text, or as a number that can be added up.
    is_number = False

    def __init__(self, field: models.Field) -> None:
        self.field = field
        self.name = field.name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def label(self) -> str:
        return capfirst(str(self.field.verbose_name))

    @property
    def headers(self) -> set[str]:
        """What may stand above it: its label in each language, and its plain name."""
        found = {self.name}
        for language in SUFFIXES:
            with translation.override(language):
                found.add(self.label)
        return found

    @property
    def hint(self) -> str:
        """What it takes, for the template and the documents."""
        return str(self.field.help_text)

    def plain(self, record: models.Model) -> str:
        value = self.field.value_from_object(record)
        return "" if value is None else tidy(str(value))

    def show(self, plain: str) -> str:
        """What stands in a cell for a plain text, in the language of the reader."""
        return plain

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        """The plain text of a cell; ValidationError names the remedy."""
        return text_of(cell)

    def give(self, record: models.Model, plain: str) -> None:
        if plain == "" and self.field.null:
            setattr(record, self.field.attname, None)
        else:
            setattr(record, self.field.attname, self.field.to_python(plain))

    def is_same(self, stored: str, plain: str) -> bool:
        """Whether a cell says what is stored; both are plain texts."""
        return stored == plain

    def is_lossy(self, record: models.Model) -> bool:
        """Whether the record holds more than a cell can say, which another text would end."""
        return False

    def related(self) -> tuple[str, ...]:
        """The relations to follow in the query of the records."""
        return ()

    def prefetched(self) -> tuple[Any, ...]:
        return ()


class Code(Column):
    """Slugs and registration codes: what is full-width or has spaces is written as it must be."""

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = "".join(unicodedata.normalize("NFKC", text_of(cell)).split())
        if MANGLED.fullmatch(text) and not text.isalpha():
            raise ValidationError(LOST_DIGITS, params={"value": text[:40]})
        return text.upper() if self.name == "registration_code" else text


class Formatted(Column):
    """A text with headings, lists and links: a cell shows its words, and what a cell brings becomes paragraphs."""

    def plain(self, record: models.Model) -> str:
        return tidy(markup.plain(self.field.value_from_object(record) or ""))

    def show(self, plain: str) -> str:
        return plain[:SHOWN]

    def is_same(self, stored: str, plain: str) -> bool:
        if stored == plain or not stored or not plain:
            return stored == plain
        if len(stored) > SHOWN:
            return plain == tidy(stored[:SHOWN])
        return _words(stored) == _words(plain)

    def is_lossy(self, record: models.Model) -> bool:
        return isinstance(markup.as_typed(self.field.value_from_object(record)), markup.Html)

    def give(self, record: models.Model, plain: str) -> None:
        if len(self.plain(record)) > SHOWN:
            raise ValidationError(
                _("The stored text is longer than a cell can hold: leave it as it is, and change it on its own page.")
            )
        setattr(record, self.field.attname, markup.paragraphs(plain))


class Choice(Column):
    def __init__(self, field: models.Field) -> None:
        super().__init__(field)
        self._words: dict[str, str] = {}

    def show(self, plain: str) -> str:
        return next((str(label) for word, label in self.field.flatchoices if word == plain), plain)

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = text_of(cell)
        if not self._words:
            self._words = self._known()
        found = self._words.get(normal(text))
        if text and found is None:
            raise ValidationError(
                _("“%(value)s” is not known here. Choose one of: %(choices)s."),
                params={"value": text[:40], "choices": _Choices(self.field)},
            )
        return found or ""

    def _known(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for language in SUFFIXES:
            with translation.override(language):
                found |= {normal(str(label)): word for word, label in self.field.flatchoices if word}
        return found | {normal(word): word for word, _label in self.field.flatchoices if word}

    def options(self) -> list[str]:
        return [str(label) for word, label in self.field.flatchoices if word]


class _Choices:
    """The labels, in the language in which the message is read."""

    def __init__(self, field: models.Field) -> None:
        self._field = field

    def __str__(self) -> str:
        return listed(label for word, label in self._field.flatchoices if word)


class Flag(Column):
    def plain(self, record: models.Model) -> str:
        return "true" if self.field.value_from_object(record) else "false"

    def show(self, plain: str) -> str:
        return {"true": str(_("yes")), "false": str(_("no"))}.get(plain, plain)

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = normal(text_of(cell))
        if text in YES:
            return "true"
        if text in NO:
            return "false"
        if not text:
            return ""
        raise ValidationError(_("Write yes or no, not “%(value)s”."), params={"value": text[:40]})

    def options(self) -> list[str]:
        return [self.show("true"), self.show("false")]


def options_of(column: Column) -> Iterable[str]:
    return column.options() if isinstance(column, (Choice, Flag)) else ()


def _words(plain: str) -> str:
    """A plain text as it would be shown once it has been stored."""
    return tidy(markup.plain(markup.paragraphs(plain)))

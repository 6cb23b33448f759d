"""A column of a sheet: how a stored value is shown in a cell, and what a cell says.

Values are compared as *plain texts*, which belong to no language and no program: the code of a choice, an ISO date, a
number without superfluous zeros, slugs. `plain()` makes one of what is stored, `read()` of a cell.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown.bilingual import SUFFIXES
from etown.partial_dates import PartialDateField
from etown.sheets.cells import Cell, day_of

# Also spaces that Chinese keyboards and web pages bring, and marks that nobody sees.
SPACE = " \t\r\n\v\f\u00a0\u3000\u200b\u200e\u200f\u2060\ufeff"
BETWEEN = re.compile(r"[;；,，、\n]")
SIGN = "; "
MANGLED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
# Of what a spreadsheet counts with, digits beyond these are lost.
EXACT_DIGITS = 15
DATES = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00?:00(?::00(?:\.0+)?)?)?"),
    re.compile(r"(\d{4})[-/.年](\d{1,2})月?"),
    re.compile(r"(\d{4})年?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
YES = {"true", "yes", "y", "1", "是", "真", "√"}
NO = {"false", "no", "n", "0", "否", "假", "×"}


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
        return _text_of(cell)

    def give(self, record: models.Model, plain: str) -> None:
        if plain == "" and self.field.null:
            setattr(record, self.field.attname, None)
        else:
            setattr(record, self.field.attname, self.field.to_python(plain))

    def related(self) -> tuple[str, ...]:
        """The relations to follow in the query of the records."""
        return ()

    def prefetched(self) -> tuple[Any, ...]:
        return ()


class Code(Column):
    """Slugs and registration codes: what is full-width or has spaces is written as it must be."""

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = "".join(unicodedata.normalize("NFKC", _text_of(cell)).split())
        if MANGLED.fullmatch(text) and not text.isalpha():
            raise ValidationError(LOST_DIGITS, params={"value": text[:40]})
        return text.upper() if self.name == "registration_code" else text


class Choice(Column):
    def __init__(self, field: models.Field) -> None:
        super().__init__(field)
        self._words: dict[str, str] = {}

    def show(self, plain: str) -> str:
        return next((str(label) for word, label in self.field.flatchoices if word == plain), plain)

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = _text_of(cell)
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
        return ", ".join(str(label) for word, label in self._field.flatchoices if word)


class Flag(Column):
    def plain(self, record: models.Model) -> str:
        return "true" if self.field.value_from_object(record) else "false"

    def show(self, plain: str) -> str:
        return {"true": str(_("yes")), "false": str(_("no"))}.get(plain, plain)

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = normal(_text_of(cell))
        if text in YES:
            return "true"
        if text in NO:
            return "false"
        if not text:
            return ""
        raise ValidationError(_("Write yes or no, not “%(value)s”."), params={"value": text[:40]})

    def options(self) -> list[str]:
        return [self.show("true"), self.show("false")]


class Number(Column):
    is_number = True

    def plain(self, record: models.Model) -> str:
        value = self.field.value_from_object(record)
        return "" if value is None else spell(Decimal(value))

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        if cell.kind == "percent":
            raise ValidationError(
                _("This cell is formatted as a percentage: format it as a number, and write 57 for 57%%."), params={}
            )
        text = "".join(unicodedata.normalize("NFKC", _text_of(cell)).split())
        if not text:
            return ""
        if THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        try:
            # A workbook holds 0.29 as 0.28999999999999998.
            found = Decimal(repr(float(text))) if cell.kind == "number" else Decimal(text)
            if not found.is_finite() or abs(found.adjusted()) > 40:
                raise InvalidOperation
        except (InvalidOperation, ValueError, OverflowError):
            raise ValidationError(
                _("“%(value)s” is not a number: write digits, with a point before decimals, and nothing else."),
                params={"value": text[:40]},
            ) from None
        if isinstance(self.field, models.IntegerField) and found != found.to_integral_value():
            raise ValidationError(_("“%(value)s” is not a whole number."), params={"value": text[:40]})
        return spell(found)


class Date(Column):
    """A day, or for partial dates also a month or a year."""

    def plain(self, record: models.Model) -> str:
        value = self.field.value_from_object(record)
        return value.isoformat() if isinstance(value, datetime.date) else value or ""

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        text = cell.text if cell.kind == "date" else _serial(cell, epoch) or self._written(_text_of(cell))
        if text and len(text) < 10 and not isinstance(self.field, PartialDateField):
            raise ValidationError(_("“%(value)s” names no day: write it as 2024-05-03."), params={"value": text})
        return text

    def _written(self, text: str) -> str:
        found = re.sub(r"\s*([-/.年月日])\s*", r"\1", unicodedata.normalize("NFKC", text))
        if not found:
            return ""
        for pattern in DATES:
            if match := pattern.fullmatch(found):
                year, *rest = match.groups()
                numbers = [int(year), *map(int, rest), 1, 1][:3]
                try:
                    datetime.date(*numbers)
                except ValueError:
                    break
                return "-".join([year, *(f"{int(part):02}" for part in rest)])
        raise ValidationError(
            _("“%(value)s” is not a date: write it as 2024-05-03, as 2024-05 or 2024 where only that is known."),
            params={"value": text[:40]},
        )


class Reference(Column):
    """Another record, by its slug, or where it has one by its registration code."""

    def __init__(self, field: models.Field) -> None:
        super().__init__(field)
        self.model: type[models.Model] = field.related_model
        names = {other.name for other in self.model._meta.concrete_fields}
        self.keys = tuple(name for name in ("slug", "registration_code") if name in names)

    @property
    def hint(self) -> str:
        return str(_("The key or web address of: %(kind)s.") % {"kind": self.model._meta.verbose_name})

    def plain(self, record: models.Model) -> str:
        found = getattr(record, self.name)
        return "" if found is None else found.slug

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        return _key(_text_of(cell))

    def give(self, record: models.Model, plain: str) -> None:
        raise TypeError("Other records are looked up for many rows at once.")

    def related(self) -> tuple[str, ...]:
        return (self.name,)


class References(Reference):
    """Several other records: their slugs with semicolons between them, in any order."""

    @property
    def hint(self) -> str:
        kinds = self.model._meta.verbose_name_plural
        return str(_("Keys or web addresses with semicolons between them, of: %(kinds)s.") % {"kinds": kinds})

    def plain(self, record: models.Model) -> str:
        return SIGN.join(sorted(row.slug for row in getattr(record, self.name).all())) if record.pk else ""

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        return SIGN.join(sorted({_key(part) for part in BETWEEN.split(_text_of(cell)) if part.strip(SPACE)}))

    def related(self) -> tuple[str, ...]:
        return ()

    def prefetched(self) -> tuple[Any, ...]:
        return (models.Prefetch(self.name, self.model._default_manager.only("pk", "slug").order_by("slug")),)


class PartReferences(References):
    """Rows of a part that say no more than which other record they point to, such as the sources of a whole record."""

    def __init__(
        self, model: type[models.Model], part: str, field: str, where: dict[str, str], label: Promise
    ) -> None:
        relation: Any = model._meta.get_field(part)
        self.part, self.where, self._label = part, where, label
        self.rows: type[models.Model] = relation.related_model
        super().__init__(self.rows._meta.get_field(field))
        self.name = f"{field}s"

    @property
    def label(self) -> str:
        return capfirst(str(self._label))

    def own(self, record: models.Model) -> list[Any]:
        """The rows of the part that this column speaks of."""
        rows = getattr(record, self.part).all() if record.pk else ()
        return [row for row in rows if all(getattr(row, name) == value for name, value in self.where.items())]

    def plain(self, record: models.Model) -> str:
        return SIGN.join(sorted(getattr(row, self.field.name).slug for row in self.own(record)))

    def prefetched(self) -> tuple[Any, ...]:
        return (models.Prefetch(self.part, self.rows._default_manager.select_related(self.field.name)),)


class Stamp(Column):
    """When the record was last changed: told, never read back, but for the warning that it has been changed since."""

    @property
    def hint(self) -> str:
        return str(_("Only told: when the record was changed last."))

    def plain(self, record: models.Model) -> str:
        value = self.field.value_from_object(record)
        return timezone.localtime(value).strftime(STAMP) if value else ""

    def read(self, cell: Cell, epoch: datetime.date) -> str:
        return tidy(cell.text).replace("/", "-")[:16]

    def give(self, record: models.Model, plain: str) -> None:
        """Nothing."""

    def is_older(self, plain: str, record: models.Model) -> bool:
        try:
            seen = datetime.datetime.strptime(plain, STAMP)
            return seen < datetime.datetime.strptime(self.plain(record), STAMP)
        except ValueError:
            return False


STAMP = "%Y-%m-%d %H:%M"
LOST_DIGITS = _(
    "“%(value)s”: the spreadsheet has taken this code for a number and lost its last digits. Format the column as "
    "text and type the code anew."
)


def column_of(model: type[models.Model], name: str) -> Column:
    """The column for a field, by its kind."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise TypeError(f"{model.__name__} has no field {name} for its sheet.") from None
    return _kind_of(field)(field)


def _kind_of(field: Any) -> type[Column]:
    for kinds, column in (
        (models.ManyToManyField, References),
        (models.ForeignKey, Reference),
        (models.BooleanField, Flag),
        (models.DateTimeField, Stamp),
        ((PartialDateField, models.DateField), Date),
        ((models.IntegerField, models.DecimalField), Number),
        (models.SlugField, Code),
    ):
        if isinstance(field, kinds):
            return column
    if field.choices:
        return Choice
    return Code if field.name == "registration_code" else Column


def tidy(text: str) -> str:
    """Without the spaces around it, and with line ends of one kind."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(SPACE)


def normal(text: str) -> str:
    """How headers and choices are compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip("*:" + SPACE)


def spell(number: Decimal) -> str:
    """5.500000 is 5.5; nothing is -0."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def options_of(column: Column) -> Iterable[str]:
    return column.options() if isinstance(column, (Choice, Flag)) else ()


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


FAULTS: dict[str, Any] = {
    "formula": _("This cell holds a formula: copy it and paste it as a value."),
    "error": _("This cell holds the error “%(value)s”: write what is meant, or clear it."),
    "long": _("This cell holds more than 32,767 characters: shorten it."),
}


def _text_of(cell: Cell) -> str:
    if message := FAULTS.get(cell.kind):
        raise ValidationError(message, params={"value": cell.text})
    if cell.kind == "number":
        return _digits(cell.text)
    return tidy(cell.text)


def _digits(text: str) -> str:
    """A number where a text is meant, as the spreadsheet shows it: 2024 and not 2024.0."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if len(number.as_tuple().digits) > EXACT_DIGITS or number.adjusted() >= EXACT_DIGITS:
        number = Decimal(repr(float(text)))
        if number.adjusted() >= EXACT_DIGITS or not number.is_finite():
            raise ValidationError(LOST_DIGITS, params={"value": text[:40]})
    return spell(number)


def _serial(cell: Cell, epoch: datetime.date) -> str:
    """Of a number that is no year: the day that a spreadsheet means by it, "" if it is none of either."""
    text = cell.text.strip()
    if cell.kind not in {"number", "text"} or not re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
        return ""
    try:
        return day_of(float(text), epoch).isoformat()
    except ValueError:
        return ""

"""Columns of what spreadsheets count with: numbers, days, and the time of the last change."""

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from etown.partial_dates import PartialDateField
from etown.sheets.cells import Cell, day_of
from etown.sheets.columns import Column
from etown.sheets.texts import spell, text_of, tidy

DATES = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00?:00(?::00(?:\.0+)?)?)?"),
    re.compile(r"(\d{4})[-/.年](\d{1,2})月?"),
    re.compile(r"(\d{4})年?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
STAMP = "%Y-%m-%d %H:%M"


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
        text = "".join(unicodedata.normalize("NFKC", text_of(cell)).split())
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
        text = cell.text if cell.kind == "date" else _serial(cell, epoch) or self._written(text_of(cell))
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


def _serial(cell: Cell, epoch: datetime.date) -> str:
    """Of a number that is no year: the day that a spreadsheet means by it, "" if it is none of either."""
    text = cell.text.strip()
    if cell.kind not in {"number", "text"} or not re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
        return ""
    try:
        return day_of(float(text), epoch).isoformat()
    except ValueError:
        return ""

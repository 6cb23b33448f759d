"""What the fields of a model refuse, as forms do, asked of ten thousand rows: what is certainly right is not asked."""

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.expressions import DatabaseDefault

# So many values of a field are remembered as right: they repeat, or they are too many to remember.
MOST_KNOWN = 1_000


class FieldRule:
    def __init__(self, field: models.Field) -> None:
        self.field, self.name = field, field.attname
        self._longest = field.max_length or sys.maxsize
        others = [found for found in field.validators if not isinstance(found, MaxLengthValidator)]
        self._is_text = type(field) in {models.CharField, models.TextField} and not others and not field.choices
        self._known: set[Any] = set()

    def refuse(self, record: models.Model) -> list[str]:
        """The messages; the record is given the value as the field understands it."""
        value = getattr(record, self.name)
        if self._is_text and type(value) is str and 0 < len(value) <= self._longest:
            return []
        if value in self._known or (self.field.blank and value in self.field.empty_values):
            return []
        if isinstance(value, DatabaseDefault):
            return []
        try:
            setattr(record, self.name, self.field.clean(value, record))
            if isinstance(self.field, models.TextField):
                # How long such a text may be is told to forms only.
                MaxLengthValidator(self._longest)(value)
        except ValidationError as error:
            return error.messages
        if len(self._known) < MOST_KNOWN:
            self._known.add(value)
        return []


def rules_of(model: type[models.Model]) -> list[FieldRule]:
    """Of the fields that people fill; other records are looked up for many rows at once."""
    return [
        FieldRule(field)
        for field in model._meta.concrete_fields
        if field.editable and not isinstance(field, models.ForeignKey | models.AutoField)
    ]

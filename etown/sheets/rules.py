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
        self._others = [found for found in field.validators if not isinstance(found, MaxLengthValidator)]
        kind = type(field)
        self._is_text = (
            kind.to_python in {models.CharField.to_python, models.TextField.to_python}
            and kind.clean is models.Field.clean
            and kind.validate is models.Field.validate
            and not field.choices
        )
        self._known: dict[Any, Any] = {}

    def refuse(self, record: models.Model) -> list[str]:
        """The messages; the record is given the value as the field understands it."""
        value = getattr(record, self.name)
        if value in self._known:
            setattr(record, self.name, self._known[value])
            return []
        if self.field.blank and value in self.field.empty_values:
            return []
        if self._is_right(value) or isinstance(value, DatabaseDefault):
            return []
        try:
            cleaned = self.field.clean(value, record)
            if isinstance(self.field, models.TextField):
                # How long such a text may be is told to forms only.
                MaxLengthValidator(self._longest)(value)
        except ValidationError as error:
            return error.messages
        setattr(record, self.name, cleaned)
        if len(self._known) < MOST_KNOWN:
            self._known[value] = cleaned
        return []

    def _is_right(self, value: Any) -> bool:
        """Of a usual text all is asked that matters for it."""
        if not self._is_text or type(value) is not str or not 0 < len(value) <= self._longest:
            return False
        try:
            for validator in self._others:
                validator(value)
        except ValidationError:
            return False
        return True


def rules_of(model: type[models.Model]) -> list[FieldRule]:
    """Of the fields that people fill; other records are looked up for many rows at once."""
    return [
        FieldRule(field)
        for field in model._meta.concrete_fields
        if field.editable and not isinstance(field, models.ForeignKey | models.AutoField)
    ]

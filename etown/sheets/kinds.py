"""Which column a field has in a sheet, by its kind."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from etown.formatted import FormattedTextField
from etown.partial_dates import PartialDateField
from etown.sheets.amounts import Date, Number, Stamp
from etown.sheets.columns import Choice, Code, Column, Flag, Formatted
from etown.sheets.references import Reference, References


def column_of(model: type[models.Model], name: str) -> Column:
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
        (FormattedTextField, Formatted),
    ):
        if isinstance(field, kinds):
            return column
    if field.choices:
        return Choice
    return Code if field.name == "registration_code" else Column

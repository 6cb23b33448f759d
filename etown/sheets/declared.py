"""Which columns the sheet of a model has, said once; labels and choices are those of the model."""

import sys
from collections.abc import Iterable
from functools import cache, cached_property
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.module_loading import autodiscover_modules
from django.utils.text import capfirst

from etown.records import Record
from etown.sheets.amounts import Stamp
from etown.sheets.columns import Column
from etown.sheets.kinds import column_of
from etown.sheets.references import Reference, References
from etown.sheets.texts import normal


class Sheet:
    """A row for each record. `keys` are the columns by which a row finds its record, the first that is filled counts;
    `uniques` follow from the model."""

    def __init__(
        self, name: str, model: type[Record], *columns: str | Column, keys: tuple[str, ...] = ("slug",)
    ) -> None:
        self.name, self.model, self.keys = name, model, keys
        self._declared = columns

    @cached_property
    def columns(self) -> dict[str, Column]:
        made = [column_of(self.model, given) if isinstance(given, str) else given for given in self._declared]
        return {column.name: column for column in made}

    @property
    def record(self) -> type[Record]:
        """The records that are written, whose status and history count."""
        return self.model

    @property
    def label(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @cached_property
    def headers(self) -> dict[str, str]:
        """By what may stand above a column, its name."""
        return {normal(header): column.name for column in self.columns.values() for header in column.headers}

    @cached_property
    def uniques(self) -> list[str]:
        return [name for name, column in self.columns.items() if getattr(column.field, "unique", False)]

    @cached_property
    def references(self) -> list[Reference]:
        """Columns that point to one other record each."""
        return [c for c in self.columns.values() if isinstance(c, Reference) and not isinstance(c, References)]

    @cached_property
    def many(self) -> list[References]:
        """Columns that point to several other records."""
        return [c for c in self.columns.values() if isinstance(c, References)]

    @cached_property
    def stamp(self) -> Stamp | None:
        return next((column for column in self.columns.values() if isinstance(column, Stamp)), None)

    def for_cells(self, queryset: models.QuerySet) -> models.QuerySet:
        """With what the cells show, in a constant number of queries."""
        return following(queryset, self.columns.values())

    def rows_of(self, records: models.QuerySet) -> models.QuerySet:
        """The rows to export for these records."""
        return records


class PartSheet(Sheet):
    """A row for each row of a part, found by all of `keys` together; the first names the owner."""

    def __init__(
        self, name: str, model: type[models.Model], *columns: str | Column, part: str, keys: tuple[str, ...]
    ) -> None:
        super().__init__(name, model, *columns, keys=keys)  # type: ignore[arg-type]
        self.part = part

    @property
    def owner(self) -> str:
        return self.keys[0]

    @property
    def record(self) -> type[Record]:
        return self.columns[self.owner].field.related_model  # type: ignore[return-value]

    def rows_of(self, records: models.QuerySet) -> models.QuerySet:
        owners = records.order_by().values("pk")
        return self.model._default_manager.filter(**{f"{self.owner}__in": owners}).order_by(self.owner, "pk")


def following(rows: models.QuerySet, columns: Iterable[Column]) -> models.QuerySet:
    """With the relations that these columns show."""
    related = [name for column in columns for name in column.related()]
    prefetched: list[Any] = [item for column in columns for item in column.prefetched()]
    rows = rows.select_related(*related) if related else rows
    return rows.prefetch_related(*prefetched)


@cache
def declared() -> dict[str, Sheet]:
    """All sheets by name: what the `sheets` modules of the apps declare."""
    autodiscover_modules("sheets")
    modules = [sys.modules.get(f"{config.name}.sheets") for config in apps.get_app_configs()]
    found = [value for module in modules if module for value in vars(module).values() if isinstance(value, Sheet)]
    return {sheet.name: sheet for sheet in found}

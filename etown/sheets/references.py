"""Columns of other records: their keys, one or several in a cell."""

import datetime
import re
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import Cell
from etown.sheets.columns import Column
from etown.sheets.texts import SPACE, key_of, text_of

BETWEEN = re.compile(r"[;；,，、\n]")
SIGN = "; "


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
        return key_of(text_of(cell))

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
        return SIGN.join(sorted({key_of(part) for part in BETWEEN.split(text_of(cell)) if part.strip(SPACE)}))

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

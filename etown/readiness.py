"""What a record still needs, to be published or since it was, as links into its form."""

from typing import Any, NamedTuple

from django.contrib.contenttypes.fields import GenericRelation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from etown.records import Publishable, Record
from etown.upkeep import Upkeep


class Missing(NamedTuple):
    label: str
    anchor: str


def missing(record: Publishable) -> list[Missing]:
    columns = record.needs.missing(record)
    found = [Missing(capfirst(str(record._meta.get_field(name).verbose_name)), f"id_{name}") for name in columns]
    for part in record.needs.missing_parts(record):
        rows: Any = record._meta.get_field(part)
        found.append(Missing(capfirst(str(rows.related_model._meta.verbose_name_plural)), f"{_prefix(rows)}-group"))
    return found


def neglected(record: Record) -> list[Missing]:
    """Columns that lack what the other language says, or are older than it."""
    rows = Upkeep.objects.of(record).filter(kind__in=Upkeep.TRANSLATIONS).order_by("column")
    return [
        Missing(
            _("%(field)s: %(condition)s")
            % {
                "field": capfirst(str(record._meta.get_field(row.column).verbose_name)),
                "condition": row.get_kind_display(),
            },
            f"id_{row.column}",
        )
        for row in rows
    ]


def _prefix(rows: Any) -> str:
    """As Django calls the rows of a part on the page of a record."""
    if isinstance(rows, GenericRelation):
        opts = rows.related_model._meta
        return f"{opts.app_label}-{opts.model_name}-{rows.content_type_field_name}-{rows.object_id_field_name}"
    return rows.get_accessor_name()

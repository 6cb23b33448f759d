"""The whole state of a record, its parts included, as plain data: kept, compared, digested, and written back."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from etown.records import Record, labelled

DERIVED = {"id", "uid", "created_at", "updated_at", "published_at", "sort_en", "sort_zh_hans"}
SCHEDULE = {"publish_at", "expire_at"}
# What says where a record stands, not what it says.
STANDING = {"status", "publish_at"}
Data = dict[str, Any]


def state(record: Record) -> Data:
    """As stored: columns by name, many-to-many fields as sorted ids, parts as lists of their own columns."""
    found = columns_of(_stored(record)) | _related(record)
    return found | {part: [columns_of(row) for row in rows] for part, rows in _parts(record)}


def snapshot(record: Record) -> Data:
    """The same as JSON keeps it, and each part with its own key, so that a row is known again."""
    found = columns_of(_stored(record)) | _related(record)
    found |= {part: [{"id": row.pk} | columns_of(row) for row in rows] for part, rows in _parts(record)}
    return json.loads(json.dumps(found, cls=DjangoJSONEncoder))


def digest(data: Any) -> str:
    text = json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def assign(record: Record, data: Data, *, leaving: Iterable[str] = STANDING) -> None:
    """Give the record's own columns what `data` says; a column it does not know stays."""
    for field in record._meta.concrete_fields:
        name = field.attname
        if name in DERIVED or name in leaving:
            continue
        if name in data or name in SCHEDULE:
            _give(record, field, data.get(name))


def write_back(record: Record, data: Data, *, keep_keys: bool = False) -> None:
    """Store the record with the relations and parts of `data`; ValidationError says what no longer fits.

    A new row of a part gets a key of its own, with `keep_keys` the one that stands in `data`.
    """
    record.save()
    for field in record._meta.local_many_to_many:
        if field.name in data:
            there = field.related_model._default_manager.filter(pk__in=data[field.name])
            getattr(record, field.name).set(there)
    for part in record.PARTS:
        if part in data:
            write_part(record, part, data[part], keep_keys=keep_keys)


def owner_of(record: Record, part: str) -> Data:
    """The columns of a part's row that say whose it is."""
    relation: Any = record._meta.get_field(part)
    if isinstance(relation, GenericRelation):
        content_type = ContentType.objects.get_for_model(record)
        return {relation.content_type_field_name: content_type, relation.object_id_field_name: record.pk}
    return {relation.field.name: record}


def identity_of(record: Record, part: str, row: Data) -> tuple[Any, ...]:
    """What may stand but once in a part, as its constraints say."""
    model: Any = record._meta.get_field(part).related_model
    owner = {model._meta.get_field(name).attname for name in owner_of(record, part)}
    unique = [found for found in model._meta.constraints if isinstance(found, models.UniqueConstraint)]
    named = chain.from_iterable(
        found.fields or [expression.name for expression in found.expressions] for found in unique
    )
    names = {model._meta.get_field(name).attname for name in named} - owner
    return tuple(row[name] for name in sorted(names or row.keys() - {"id"}))


def write_part(record: Record, part: str, rows: list[Data], *, keep_keys: bool) -> None:
    current = getattr(record, part).all()
    known = set(current.values_list("pk", flat=True))
    current.delete()
    model, owner = current.model, owner_of(record, part)
    owned = {model._meta.get_field(name).attname for name in owner}
    for number, values in enumerate(rows, start=1):
        row = model(**owner)
        for field in model._meta.concrete_fields:
            if field.attname in values and field.attname not in DERIVED | owned:
                _give(row, field, values[field.attname])
        if keep_keys or values.get("id") in known:
            row.pk = values.get("id")
        try:
            row.full_clean()
        except ValidationError as error:
            parts = capfirst(str(model._meta.verbose_name_plural))
            place = _("%(parts)s, entry %(number)d") % {"parts": parts, "number": number}
            raise ValidationError([f"{place}: {text}" for text in labelled(model, error)]) from error
        row.save(force_insert=True)


def _give(row: models.Model, field: models.Field, value: Any) -> None:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    setattr(row, field.attname, target.to_python(value))


def _stored(record: Record) -> Record:
    return type(record)._default_manager.get(pk=record.pk)


def _related(record: Record) -> Data:
    return {
        field.name: sorted(getattr(record, field.name).values_list("pk", flat=True))
        for field in record._meta.local_many_to_many
    }


def _parts(record: Record) -> Iterator[tuple[str, models.QuerySet]]:
    return ((part, getattr(record, part).order_by("pk")) for part in record.PARTS)


def columns_of(row: models.Model) -> Data:
    return {
        field.attname: _value(row, field)
        for field in row._meta.concrete_fields
        # What is not scheduled leaves no trace, as before there were schedules.
        if field.name not in DERIVED and not (field.name in SCHEDULE and field.value_from_object(row) is None)
    }


def _value(row: models.Model, field: Any) -> Any:
    value = field.value_from_object(row)
    if isinstance(value, models.fields.files.FieldFile):
        return str(value)
    if isinstance(value, Decimal):
        # As the database gives it back, whether or not it has been stored yet.
        return value.quantize(Decimal(1).scaleb(-field.decimal_places))
    return value

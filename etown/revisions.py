"""The whole state of a record, its parts included, as plain data that can be compared and digested."""

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from etown.records import Record

DERIVED = {"id", "uid", "created_at", "updated_at", "published_at", "sort_en", "sort_zh_hans"}


def state(record: Record) -> dict[str, Any]:
    """As stored: columns by name, many-to-many fields as sorted ids, parts as lists of their own columns."""
    found = _columns(type(record)._default_manager.get(pk=record.pk))
    for field in record._meta.many_to_many:
        if isinstance(field, models.ManyToManyField):
            found[field.name] = sorted(getattr(record, field.name).values_list("pk", flat=True))
    for part in record.PARTS:
        found[part] = [_columns(row) for row in getattr(record, part).order_by("pk")]
    return found


def digest(data: Any) -> str:
    text = json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _columns(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: str(value)
        if isinstance(value := field.value_from_object(row), models.fields.files.FieldFile)
        else value
        for field in row._meta.concrete_fields
        if field.name not in DERIVED
    }

"""The API's answer for each public record, rendered once by its own serializer when the record changes.

Building the answer from models costs many times what the database needs to hand over a ready text; lists, records and
exports read these texts. They hold no truth of their own: a record without one is rendered on the spot, and
ETOWN_DOCUMENTS=false does so for all.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import batched
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import Model
from django.utils import translation
from django.utils.module_loading import import_string
from rest_framework import serializers

from etown.derived import hold
from etown.markup import Html, plain
from etown.models import Document
from etown.records import Record
from etown.renderers import json_text
from etown.serializers import FormattedField
from etown.spreadsheets import csv_line

# Stands in stored texts for the site's scheme and host, which differ between requests: a character that Unicode
# reserves for a program's own use.
ORIGIN = "http://\ufdd0"
BATCH = 200


def kinds() -> list[type[Record]]:
    """The models whose records the API answers with."""
    return [model for model in apps.get_models() if issubclass(model, Record) and model.serializer]


def serializer_of(model: type[Record]) -> type[serializers.ModelSerializer]:
    return import_string(model.serializer)


@cache
def fields_of(model: type[Record]) -> list[str]:
    return list(serializer_of(model)().fields)


@cache
def shape_of(model: type[Record]) -> str:
    """Changes with the fields of the serializer, so that a text of an earlier release is not taken for today's."""
    with translation.override("en"):
        return hashlib.sha256(repr(serializer_of(model)()).encode()).hexdigest()[:12]


@cache
def _formatted(model: type[Record]) -> list[str]:
    fields = serializer_of(model)().fields
    return [name for name, field in fields.items() if isinstance(field, FormattedField)]


def cells(model: type[Record], fields: dict[str, Any]) -> dict[str, Any]:
    """What a spreadsheet holds of an answer: formatted texts without their tags."""
    return fields | {name: plain(Html(fields[name])) for name in _formatted(model) if name in fields}


def refresh(record: Record) -> dict[type[Record], set[int]]:
    """Follow a change of this record: its own text, and those of all records that carry words of it; tells which."""
    found = carrying(record)
    for model, keys in found.items():
        write(model, keys)
    return found


def carrying(record: Record) -> dict[type[Record], set[int]]:
    """The records whose answers hold something of this one, itself included."""
    return carrying_any(type(record), {record.pk})


def carrying_any(kind: type[Record], records: set[int]) -> dict[type[Record], set[int]]:
    """The same for several records of one kind."""
    found: dict[type[Record], set[int]] = {}
    for model in kinds() if records else ():
        keys = set(records) if issubclass(kind, model) else set()
        for path in _paths(model).get(kind, ()):
            keys |= set(model._default_manager.filter(**{f"{path}__in": records}).values_list("pk", flat=True))
        if keys:
            found[model] = keys
    return found


def write(model: type[Record], keys: Iterable[int], batch_size: int = BATCH) -> None:
    """Render these records anew; those that are not public lose their texts."""
    for batch in batched(keys, batch_size):
        rendered = [
            Document(id=Document.key(model, key), shape=shape_of(model), body=body, line=line)
            for key, body, line in _render(model, batch)
        ]
        Document.objects.filter(pk__in=[Document.key(model, key) for key in batch]).delete()
        Document.objects.bulk_create(rendered)


def texts(model: type[Record], keys: Iterable[int], origin: str, column: str = "body") -> Iterator[str]:
    """The answers for these public records, in this order: JSON texts, or CSV lines with `column="line"`."""
    keys = list(keys)
    stored: dict[int, str] = {}
    if settings.DOCUMENTS:
        wanted = [Document.key(model, key) for key in keys]
        found = Document.objects.filter(pk__in=wanted, shape=shape_of(model)).values_list("pk", column)
        stored = {Document.record_key(key): text for key, text in found}
    if missing := [key for key in keys if key not in stored]:
        stored |= {key: body if column == "body" else line for key, body, line in _render(model, missing)}
    for key in keys:
        if key in stored:
            yield stored[key].replace(ORIGIN, origin)


def rebuild(model: type[Record]) -> Iterator[int]:
    """Render every public record of a kind anew, and drop what is left of others; yields how many are done."""
    public = set(model._default_manager.published().values_list("pk", flat=True))
    stored = Document.objects.filter(pk__range=Document.range_of(model)).values_list("pk", flat=True)
    for batch in batched([key for key in stored if Document.record_key(key) not in public], BATCH):
        Document.objects.filter(pk__in=batch).delete()
    done = 0
    for keys in batched(sorted(public), BATCH):
        with transaction.atomic():
            # Read before an edit and written after it, an old text would stay.
            hold()
            write(model, keys)
        done += len(keys)
        yield done


def is_incomplete() -> bool:
    """Whether a public record has no text of this release, as after an upgrade or over data that came another way."""
    return settings.DOCUMENTS and not all(Document.mirrors(model, shape=shape_of(model)) for model in kinds())


def _render(model: type[Record], keys: Iterable[int]) -> Iterator[tuple[int, str, str]]:
    serializer = _renderer(model)
    for record in model._default_manager.published().for_listing().filter(pk__in=keys):
        fields = serializer.to_representation(record)
        yield record.pk, json_text(fields), csv_line(cells(model, fields).values())


@cache
def _renderer(model: type[Record]) -> serializers.ModelSerializer:
    """Making the fields takes longer than rendering a record with them."""
    return serializer_of(model)(context={"origin": ORIGIN})


@cache
def _paths(model: type[Record]) -> dict[type[Model], list[str]]:
    """Read from the serializer: for each model whose rows stand in the answers, the look-ups that lead there."""
    found: dict[type[Model], list[str]] = {}

    def walk(fields: Iterable[Any], owner: Any, before: str) -> None:
        for field in fields:
            try:
                relation = owner._meta.get_field(field.source)
            except FieldDoesNotExist:
                continue
            if relation.is_relation:
                path = f"{before}{relation.name}"
                found.setdefault(relation.related_model, []).append(path)
                nested = getattr(field, "child", field)
                if isinstance(nested, serializers.Serializer):
                    walk(nested.fields.values(), relation.related_model, f"{path}__")

    walk(serializer_of(model)().fields.values(), model, "")
    return found

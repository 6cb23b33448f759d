"""What points at a record: every foreign key, many-to-many and generic relation of any app, found in the models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from etown.models import FormerSlug, LoadedRecord
from etown.records import Record
from etown.revisions import Revision
from etown.states import Data, snapshot

# What the kernel keeps of each record by itself stays with it.
BOOKS = {FormerSlug, LoadedRecord, Revision}


@dataclass(frozen=True)
class Pointer:
    """A column or a many-to-many field that may name a record; generic ones have a column for its kind as well."""

    model: Any
    column: str
    kind_column: str = ""
    is_many: bool = False
    # Whose part the model is: the history of that record tells of its rows.
    owner: Any = None
    part: str = ""

    @property
    def record(self) -> Any:
        """The model whose versions say what is pointed at; None if there is no history of it."""
        return self.owner or (self.model if issubclass(self.model, Record) else None)

    def rows(self, target: models.Model) -> models.QuerySet:
        return self.model._default_manager.filter(**self._naming(target))

    def records(self, target: models.Model) -> models.QuerySet:
        before = f"{self.part}__" if self.part else ""
        named = {f"{before}{column}": value for column, value in self._naming(target).items()}
        return self.record._default_manager.filter(**named).distinct()

    def led_on(self, data: Data, old: models.Model, new: models.Model) -> Data:
        """What of a version becomes different when it names `new` in place of `old`; nothing if it does not."""
        if self.part:
            rows = data.get(self.part, [])
            led = [row | self._led_on(row, old, new) for row in rows]
            return {self.part: led} if led != rows else {}
        return self._led_on(data, old, new)

    def _led_on(self, values: Data, old: models.Model, new: models.Model) -> Data:
        found = values.get(self.column)
        if self.kind_column and values.get(self.kind_column) != ContentType.objects.get_for_model(old).pk:
            return {}
        if self.is_many:
            keys = set(found or ())
            return {self.column: sorted(keys - {old.pk} | {new.pk})} if old.pk in keys else {}
        return {self.column: new.pk} if found == old.pk else {}

    def _naming(self, target: models.Model) -> dict[str, Any]:
        kind = {self.kind_column: ContentType.objects.get_for_model(target).pk} if self.kind_column else {}
        return {self.column: target.pk} | kind


def pointers(target: type[Record]) -> Iterator[Pointer]:
    """From all models but the target's own parts."""
    owners: dict[Any, list[tuple[Any, str]]] = {}
    for model in apps.get_models():
        for part in model.PARTS if issubclass(model, Record) else ():
            owners.setdefault(model._meta.get_field(part).related_model, []).append((model, part))
    for model in apps.get_models():
        owned = owners.get(model, [])
        if model is target or model in BOOKS or any(owner is target for owner, _part in owned):
            continue
        for pointer in _of(model, target):
            if issubclass(model, Record) or not owned:
                yield pointer
            for owner, part in () if issubclass(model, Record) else owned:
                yield Pointer(model, pointer.column, pointer.kind_column, owner=owner, part=part)


def _of(model: Any, target: type[Record]) -> Iterator[Pointer]:
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and field.related_model is target:
            yield Pointer(model, field.attname)
    for relation in model._meta.local_many_to_many:
        # The rows between two models that are a model of their own point by themselves.
        if relation.related_model is target and relation.remote_field.through._meta.auto_created:
            yield Pointer(model, relation.name, is_many=True)
    for field in model._meta.private_fields:
        if isinstance(field, GenericForeignKey):
            yield Pointer(model, field.fk_field, model._meta.get_field(field.ct_field).attname)


@dataclass
class Pointing:
    """A record that names another one, and what becomes different in it when it is led on."""

    record: Record
    changes: Data


def pointing(old: Record, new: Record) -> list[Pointing]:
    """The records of which a version must be written for `new` to stand in place of `old`."""
    found: dict[tuple[Any, int], Pointing] = {}
    for pointer in pointers(type(old)):
        for record in pointer.records(old) if pointer.record else ():
            data = snapshot(record)
            known = found.setdefault((pointer.record, record.pk), Pointing(record, {}))
            known.changes |= pointer.led_on(data | known.changes, old, new)
    return list(found.values())


def waiting_to_point(old: Record, new: Record) -> list[Revision]:
    """Changes that wait to be published and would name `old` then."""
    kinds: dict[int, list[Pointer]] = {}
    for pointer in pointers(type(old)):
        if pointer.record:
            kinds.setdefault(ContentType.objects.get_for_model(pointer.record).pk, []).append(pointer)
    waiting = Revision.objects.waiting().filter(content_type__in=kinds).select_related("content_type")
    return [
        revision
        for revision in waiting
        if any(pointer.led_on(revision.data, old, new) for pointer in kinds[revision.content_type_id])
    ]


def other_rows(old: Record) -> list[tuple[Pointer, list[Any]]]:
    """Rows that name it and have no history of their own."""
    found = [(pointer, list(pointer.rows(old))) for pointer in pointers(type(old)) if not pointer.record]
    return [(pointer, rows) for pointer, rows in found if rows]

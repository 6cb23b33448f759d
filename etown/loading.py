"""Readable files into records: all or nothing, never over an edit, and removable again."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError

from etown import publishing
from etown.formatted import formatted_columns
from etown.markup import Html, as_typed
from etown.models import LoadedRecord
from etown.records import Publishable, Record, Status
from etown.revisions import Revision
from etown.states import digest, state

Progress = Callable[[str], object]


class LoadError(Exception):
    """A file that cannot be loaded; the message names file, entry, field and remedy."""


@dataclass
class Report:
    """Keys by what happened to them."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@transaction.atomic
def load(set_name: str, files: Sequence[tuple[Path, type[Record]]], progress: Progress = print) -> Report:
    """Load every file in order; what staff changed or removed since the last load stays as they left it."""
    known = {row.key: row for row in LoadedRecord.objects.filter(set_name=set_name)}
    report = Report()
    for path, model in files:
        before = len(report.created) + len(report.updated)
        for entry in _in_order(_entries(path), model):
            key = f"{model._meta.model_name}:{entry.get('slug', '')}"
            try:
                _load_entry(set_name, model, entry, known.get(key), key, report)
            except ValidationError as error:
                raise LoadError(f"{path.name}, {key}: {_spell(error)}") from error
        changed = len(report.created) + len(report.updated) - before
        progress(f"  {path.name}: {changed} loaded" if changed else f"  {path.name}: nothing new")
    return report


@transaction.atomic
def unload(set_name: str) -> Report:
    """Remove what `load` brought and nobody edited or built upon; the rest is staff's own from then on."""
    report = Report()
    for row in LoadedRecord.objects.filter(set_name=set_name).order_by("-pk"):
        outcome = report.removed if _remove(row) else report.kept
        outcome.append(row.key)
        row.delete()
    return report


def _remove(row: LoadedRecord) -> bool:
    if row.record is None:
        return True
    if digest(_looks(row.record)) != row.state_digest:
        return False
    try:
        publishing.delete(row.record)
    except ProtectedError:
        return False
    versions = Revision.objects.filter(content_type=row.content_type, object_id=row.object_id)
    if not versions.filter(author__isnull=False).exists():
        # Nobody ever wrote it, so there is nothing that anybody would look up.
        versions.delete()
    return True


def _load_entry(
    set_name: str,
    model: type[Record],
    entry: dict[str, Any],
    row: LoadedRecord | None,
    key: str,
    report: Report,
) -> None:
    file_digest = digest(entry)
    if row is None:
        if "slug" in entry and model._default_manager.filter(slug=entry["slug"]).exists():
            report.kept.append(key)
            return
        record = model()
    else:
        if row.file_digest == file_digest:
            return
        if row.record is None or digest(_looks(row.record)) != row.state_digest:
            report.kept.append(key)
            return
        record = row.record
    _write(record, entry)
    LoadedRecord.objects.update_or_create(
        set_name=set_name,
        key=key,
        defaults={
            "content_type": ContentType.objects.get_for_model(model),
            "object_id": record.pk,
            "file_digest": file_digest,
            "state_digest": digest(_looks(record)),
        },
    )
    (report.created if row is None else report.updated).append(key)


def _looks(record: Record) -> dict[str, Any]:
    """Its state, with formatted texts as files write them: paragraphs that were plain text once are not an edit."""
    found = state(record)
    return found | {name: as_typed(Html(found[name])) for name in formatted_columns(type(record))}


def _write(record: Record, entry: dict[str, Any]) -> None:
    values = dict(entry)
    parts = {part: values.pop(part, []) for part in record.PARTS}
    related = {
        name: _resolve_many(record, name, values.pop(name))
        for name in [*values]
        if isinstance(_field(type(record), name), models.ManyToManyField)
    }
    if isinstance(record, Publishable):
        values.setdefault("status", Status.PUBLISHED)
    _assign(record, values)
    record.full_clean()

    def write() -> None:
        record.save()
        for name, rows in related.items():
            getattr(record, name).set(rows)
        for part, rows in parts.items():
            _write_part(record, part, rows)

    publishing.save(record, write)


def _write_part(record: Record, name: str, entries: list[dict[str, Any]]) -> None:
    relation = record._meta.get_field(name)
    model = relation.related_model
    if isinstance(relation, GenericRelation):
        content_type = ContentType.objects.get_for_model(record)
        owner = {relation.content_type_field_name: content_type, relation.object_id_field_name: record.pk}
    else:
        owner = {relation.field.name: record}
    getattr(record, name).all().delete()
    ordinal = next((f.name for f in model._meta.fields if f.name in {"sequence", "position"}), None)
    for index, entry in enumerate(entries, start=1):
        row = model(**owner)
        try:
            _assign(row, ({ordinal: index} if ordinal else {}) | entry)
            row.full_clean()
        except ValidationError as error:
            raise ValidationError(f"{name}, entry {index}: {_spell(error)}") from error
        row.save()


def _assign(row: models.Model, values: dict[str, Any]) -> None:
    for name, value in values.items():
        column = _field(type(row), name)
        setattr(row, name, _resolve(column, value) if isinstance(column, models.ForeignKey) else value)


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        known = [found.name for found in model._meta.get_fields()]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean “{near[0]}”?" if near else f". Known fields: {', '.join(sorted(known))}."
        raise ValidationError(f"there is no field “{name}”{hint}") from None


def _resolve(column: models.ForeignKey, slug: str) -> models.Model:
    found = column.related_model._default_manager.filter(slug=slug).first()
    if found is None:
        raise ValidationError(f"{column.name}: there is no {column.related_model._meta.verbose_name} “{slug}”.")
    return found


def _resolve_many(record: Record, name: str, slugs: list[str]) -> list[models.Model]:
    column = _field(type(record), name)
    return [_resolve(column, slug) for slug in slugs]


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            entries = yaml.load(file, Loader=StrictLoader)  # noqa: S506
    except OSError as error:
        raise LoadError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LoadError(f"{path.name} is not valid YAML: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LoadError(f"{path.name} must be a list of entries, each with field names and values.")
    slugs = [entry.get("slug") for entry in entries]
    if twice := next((slug for slug in slugs if slugs.count(slug) > 1), None):
        raise LoadError(f"{path.name}: “{twice}” stands twice. Give each entry its own slug.")
    return entries


class StrictLoader(yaml.SafeLoader):
    """A field written twice in one entry is a mistake, not a choice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _value in node.value]
        if repeated := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"the field {', '.join(sorted(repeated))} stands twice in one entry",
                node.start_mark,
            )
        return super().construct_mapping(node, deep)


# A figure is what was written, not the nearest binary fraction.
StrictLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(node.value))


def _in_order(entries: list[dict[str, Any]], model: type[Record]) -> Iterator[dict[str, Any]]:
    """Entries after those of the same file that they refer to."""
    own = [column.name for column in model._meta.fields if column.related_model is model]
    waiting = {entry.get("slug", index): entry for index, entry in enumerate(entries)}
    while waiting:
        ready = [key for key, entry in waiting.items() if not any(entry.get(name) in waiting for name in own)]
        for key in ready or [*waiting]:
            yield waiting.pop(key)


def _spell(error: ValidationError) -> str:
    if hasattr(error, "message_dict"):
        return " ".join(
            f"{'' if name == '__all__' else name + ': '}{' '.join(messages)}"
            for name, messages in error.message_dict.items()
        )
    return " ".join(error.messages)

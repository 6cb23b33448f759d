"""The starter facts for tests: read once, then put into a test's own transaction in a few milliseconds.

The database of a test is empty unless the test asks for `starter`. Loading the files takes seconds, and facts that a
session left in the database would be in the way of every test that counts rows, and lost at the first flush.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field, Model
from django.utils import translation

from companies import places
from etown import index
from etown import starter as starter_set
from etown.derived import Derived
from etown.loading import load
from etown.search.models import Posting
from etown.search.postings import WIDTH
from office import context

Table = tuple[type[Model], list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def forget() -> None:
    """A rolled-back test leaves its content version free for other rows."""
    index._remembered.clear()
    context._remembered.clear()
    places._remembered.clear()


@pytest.fixture(autouse=True)
def english():
    """A request leaves its language behind; the next test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def starter_tables(django_db_setup, django_db_blocker) -> list[Table]:
    """The rows that loading leaves in each table, content types spelt out: a flush numbers those anew."""
    own = [model for model in apps.get_models(include_auto_created=True) if _is_ours(model)]
    with django_db_blocker.unblock(), transaction.atomic():
        load(starter_set.SET_NAME, starter_set.files(), progress=lambda line: None)
        names = {row.pk: row.natural_key() for row in ContentType.objects.all()}
        tables = [(model, _translated(model, _rows(model), names)) for model in own]
        transaction.set_rollback(True)
    return [(model, rows) for model, rows in tables if rows]


@pytest.fixture
def starter(db, starter_tables) -> None:
    """The starter facts, as `make run` shows them; ask for them before making other records."""
    numbers = {row.natural_key(): row.pk for row in ContentType.objects.all()}
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in starter_tables:
            places = ", ".join(["%s"] * len(model._meta.concrete_fields))
            insert = f"INSERT INTO {model._meta.db_table} ({_columns(model)}) VALUES ({places})"
            cursor.executemany(insert, _translated(model, rows, numbers))
        for statement in connection.ops.sequence_reset_sql(no_style(), [model for model, _rows in starter_tables]):
            cursor.execute(statement)


def _is_ours(model: type[Model]) -> bool:
    """A table of the project's own; a proxy shows somebody else's rows."""
    is_project = Path(apps.get_app_config(model._meta.app_label).path).parent == settings.BASE_DIR
    return is_project and model._meta.managed and not model._meta.proxy


def _columns(model: type[Model]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)


def _rows(model: type[Model]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_columns(model)} FROM {model._meta.db_table}")
        return cursor.fetchall()


def _translated(model: type[Model], rows: list[tuple[Any, ...]], content_types: dict) -> list[tuple[Any, ...]]:
    """The rows with the content types in them exchanged."""
    exchanges = [_exchange(field) for field in model._meta.concrete_fields]
    if not any(exchanges):
        return rows
    return [
        tuple(
            exchange(value, content_types) if exchange else value
            for exchange, value in zip(exchanges, row, strict=True)
        )
        for row in rows
    ]


def _exchange(field: Field) -> Callable[[Any, dict], Any] | None:
    target = field.related_model or field.model
    if target is ContentType:
        return lambda value, content_types: content_types.get(value)
    if issubclass(target, Derived) and (field.primary_key or field.related_model):
        return lambda key, content_types: _exchanged_key(target.BITS, key, content_types)
    if field.model is Posting and field.name == "stretch":
        return lambda key, content_types: _exchanged_key(Derived.BITS - WIDTH, key, content_types)
    return None


def _exchanged_key(bits: int, key: Any, content_types: dict) -> Any:
    """The key of something derived holds a content type above so many bits: as a pair while that is spelt out."""
    if isinstance(key, int):
        return content_types[key >> bits], key & ((1 << bits) - 1)
    kind, rest = key
    return (content_types[kind] << bits) + rest

"""Rows by thousands, as `bulk_create` writes them, in two thirds of its time and in little memory.

What a column needs is found out once, not for each value. Only what our own models need: one database, and values, no
expressions.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, chain
from operator import attrgetter
from typing import Any

from django.db import connection, models
from django.db.models.constants import OnConflict

TEXTS = {models.CharField, models.TextField, models.SlugField, models.URLField}


def insert(rows: Iterable[models.Model]) -> list[Any]:
    """Store new rows, which get their keys."""
    rows = list(rows)
    if not rows:
        return rows
    fields, key = _fields(rows[0]), connection.ops.quote_name(str(rows[0]._meta.pk.column))
    for some in batched(rows, connection.ops.bulk_batch_size(fields, rows)):
        found = _write_at_once(fields, some, f"RETURNING {key}")
        for row, (pk,) in zip(some, found, strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias
    return rows


def append(rows: Sequence[models.Model]) -> None:
    """Store new rows whose keys nobody needs."""
    if rows:
        _write(_fields(rows[0]), rows, "")


def update(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Change these columns of rows that are stored: they are inserted again, and changed instead."""
    if rows:
        fields, meta, names = rows[0]._meta.concrete_fields, rows[0]._meta, set(names)
        changed = [field.column for field in fields if names & {field.name, field.attname}]
        suffix = connection.ops.on_conflict_suffix_sql(fields, OnConflict.UPDATE, changed, [meta.pk.column])
        _write(fields, rows, suffix)


def _fields(row: models.Model) -> list[Any]:
    return [field for field in row._meta.concrete_fields if not field.primary_key]


def _write(fields: Sequence[Any], rows: Sequence[models.Model], suffix: str) -> None:
    """A statement of one row, prepared once: thirty thousand places for values take megabytes."""
    with connection.cursor() as cursor:
        cursor.executemany(_statement(fields, 1, suffix), _values(fields, rows))  # type: ignore[arg-type]


def _write_at_once(fields: Sequence[Any], rows: Sequence[models.Model], suffix: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_statement(fields, len(rows), suffix), tuple(chain.from_iterable(_values(fields, rows))))
        return cursor.fetchall() if cursor.description else []


def _statement(fields: Sequence[Any], count: int, suffix: str) -> str:
    quote = connection.ops.quote_name
    table, names = quote(fields[0].model._meta.db_table), ", ".join(quote(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    # Names of our own, and places for values.
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * count)} {suffix}"  # noqa: S608


def _values(fields: Sequence[Any], rows: Sequence[models.Model]) -> Iterator[tuple[Any, ...]]:
    """Row by row, as the driver takes them."""
    return zip(*(_column(field, rows) for field in fields), strict=True)


def _column(field: Any, rows: Sequence[models.Model]) -> Iterator[Any]:
    """What stands in row after row is prepared once."""
    is_usual = type(field).pre_save is models.Field.pre_save
    given = map(attrgetter(field.attname), rows) if is_usual else (field.pre_save(row, not row.pk) for row in rows)
    is_text = type(field) in TEXTS
    last = prepared = None
    for value in given:
        if is_text and type(value) is str:
            yield value
            continue
        if value is not last:
            last, prepared = value, field.get_db_prep_save(value, connection)
            if hasattr(prepared, "as_sql"):
                raise TypeError(f"{field} is given an expression, not a value.")
        yield prepared

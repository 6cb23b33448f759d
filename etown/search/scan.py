"""Searching without the store: every row is read. For small sites that switch the store off."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Model, Q, QuerySet, TextField
from django.db.models.constants import LOOKUP_SEP
from django.db.models.lookups import IContains

from etown.formatted import formatted_columns
from etown.markup import Html, plain
from etown.records import Status
from etown.search.declared import is_publishable, target, with_related


def all_words(rows: QuerySet, text: str) -> QuerySet:
    """The rows in which every word of `text` occurs in one of the searched columns."""
    every, spelt = rows.model._base_manager.all(), _spelt(rows.model)
    for word in dict.fromkeys(text.split()):
        anywhere = Q(pk__in=[key for key, texts in spelt.items() if word.casefold() in texts])
        for column in rows.model.searched.columns:
            hit = _public(rows.model, column) & _holds(rows.model, column, word)
            # A join for each word would multiply the rows, and the time that PostgreSQL takes to plan.
            anywhere |= Q(pk__in=every.filter(hit).values("pk")) if LOOKUP_SEP in column else hit
        rows = rows.filter(anywhere)
    return rows


def _spelt(model: type[Model]) -> dict[int, str]:
    """By key, what of the public records no column holds."""
    if not model.searched.spelt:
        return {}
    public = with_related(model._default_manager.published())
    return {row.pk: "\n".join(model.searched.spelt_of(row)).casefold() for row in public}


class Plain(Func):
    """A formatted column without its tags."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any):
        return self.as_sql(compiler, connection, function="ETOWN_PLAIN", **context)

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any):
        # An ampersand is written anew last, or what it stands before would be taken for more.
        template = "REGEXP_REPLACE(%(expressions)s, '<[^>]*>', '', 'g')"
        for written, sign in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")):
            template = f"REPLACE({template}, '{written}', '{sign}')"
        return self.as_sql(compiler, connection, template=template, **context)


def teach(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """SQLite cannot take tags out of a text."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("ETOWN_PLAIN", 1, lambda html: html and plain(Html(html)))


def _holds(model: type[Model], column: str, word: str) -> Q:
    if column in formatted_columns(model):
        return Q(IContains(Plain(F(column)), word))
    return Q(**{f"{column}__icontains": word})


def _public(model: type[Model], column: str) -> Q:
    """That every record on the way is public."""
    relations = column.split(LOOKUP_SEP)[:-1]
    ways = [relations[:length] for length in range(1, len(relations) + 1)]
    shown = [LOOKUP_SEP.join([*way, "status"]) for way in ways if is_publishable(target(model, way))]
    return Q(**dict.fromkeys(shown, Status.PUBLISHED))

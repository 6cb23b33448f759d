"""Finding rows by words."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet


def all_words(rows: QuerySet, text: str, columns: Iterable[str]) -> QuerySet:
    """The rows in which every word of `text` occurs in one of `columns`, which may lead through relations."""
    found = rows.model._base_manager.all()
    for word in text.split():
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        found = found.filter(pk__in=rows.model._base_manager.filter(anywhere).values("pk"))
    return rows.filter(pk__in=found.values("pk"))

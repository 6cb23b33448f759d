"""Finding rows by words."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet


def all_words(rows: QuerySet, text: str, columns: Iterable[str]) -> QuerySet:
    """The rows in which every word of `text` occurs in one of `columns`, which may lead through relations."""
    every = rows.model._base_manager.all()
    for word in dict.fromkeys(text.split()):
        anywhere = Q()
        for column in columns:
            hit = Q(**{f"{column}__icontains": word})
            # A join for each word would multiply the rows, and the time that PostgreSQL takes to plan.
            anywhere |= Q(pk__in=every.filter(hit).values("pk")) if "__" in column else hit
        rows = rows.filter(anywhere)
    return rows

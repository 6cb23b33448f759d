"""Many counts in one query, of which none goes on past a limit: what a heap of rows costs must not grow with it."""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, QuerySet, Subquery


class CountUpTo(Subquery):
    """How many rows a query finds; one more than `most` stands for all that is more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet, most: int) -> None:
        super().__init__(rows.order_by().values("pk")[: most + 1], output_field=IntegerField())


def counts(asked: Iterable[QuerySet], most: int) -> list[int]:
    columns = {f"count_{number}": CountUpTo(rows, most) for number, rows in enumerate(asked)}
    # Any table will do that is never empty.
    row = ContentType.objects.order_by("pk").annotate(**columns).values(*columns).first() if columns else {}
    return list((row or {}).values())

"""What one query finds, in the order in which it is read: counted and paged by the index, at any depth."""

from functools import cached_property, reduce
from operator import or_

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from etown.facets import Facet, facet_list
from etown.filters import RecordFilterSet
from etown.index import Bits, ListIndex, list_index
from etown.orders import Order


class Selection:
    """The rows of a FilterSet's queryset that `data` finds; `data` is what was understood of the query."""

    def __init__(self, filterset: RecordFilterSet) -> None:
        self.filterset = filterset
        self.data: QueryDict = filterset.data
        self.index: ListIndex = list_index(type(filterset), filterset.queryset)
        filterset.know(self.index.choices)

    @cached_property
    def matches(self) -> dict[str, Bits]:
        return self.index.matches(self.data)

    @cached_property
    def found(self) -> Bits:
        return self.index.all_of(self.matches.values())

    @property
    def facets(self) -> list[Facet]:
        return facet_list(self.index, self.data, self.matches)

    def finds(self, data: QueryDict) -> bool:
        """Whether this other query would find anything."""
        return bool(self.index.all_of(self.index.matches(data).values()))

    @property
    def can_rank(self) -> bool:
        """Whether some rows fit better than others: words are searched, in the store that tells how they fit."""
        return settings.SEARCH_INDEX and bool(self.data.get("q"))

    @property
    def order(self) -> Order:
        word = self.data.get("ordering")
        return self.filterset.filters["ordering"].orders[word] if word else self.filterset.queryset.query.order_by

    def count(self) -> int:
        return self.found.bit_count()

    @cached_property
    def _ranks(self) -> list[Bits]:
        """What is found, the best first where words are searched and no order is asked for."""
        if not self.can_rank or self.data.get("ordering"):
            return [self.found]
        ranks = [rank & self.found for rank in self.index.ranks(self.data.get("q", ""))]
        return [*ranks, self.found & ~reduce(or_, ranks, 0)]

    def __getitem__(self, part: slice) -> list[int]:
        """The primary keys of some rows, as a paginator asks for them."""
        start, stop = part.start or 0, self.count() if part.stop is None else part.stop
        keys: list[int] = []
        for rank in self._ranks:
            keys += self.index.keys_of(rank, self.order, max(start, 0), max(stop, 0))
            start, stop = start - rank.bit_count(), stop - rank.bit_count()
        return keys


class Records:
    """The records of a selection, for a paginator: each slice is one query and its prefetches."""

    def __init__(self, selection: Selection, rows: QuerySet) -> None:
        self.selection = selection
        self.rows = rows

    def count(self) -> int:
        return self.selection.count()

    def __getitem__(self, part: slice) -> list:
        keys = self.selection[part]
        found = self.rows.in_bulk(keys)
        # A row that was withdrawn this moment is left out.
        return [found[key] for key in keys if key in found]

"""Counts beside filter options.

Holds no filter logic: it remembers, for one content version, which rows the FilterSet finds for each option, as one
integer with a bit for each row, and counts intersections. Every answer is that of the FilterSet, only sooner.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import QuerySet
from django.http import QueryDict

from etown.filters import RecordFilterSet
from etown.models import ContentVersion

Bits = int
_remembered: dict[type[RecordFilterSet], "FacetIndex"] = {}


@dataclass(frozen=True)
class Option:
    """One word of a facet: how many rows it would find beside the other filters."""

    value: str
    label: object
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: object
    options: list[Option]

    @property
    def is_chosen(self) -> bool:
        return any(option.is_chosen for option in self.options)

    @property
    def offered(self) -> list[Option]:
        """The options that lead somewhere, and those that are chosen."""
        return [option for option in self.options if option.count or option.is_chosen]


class FacetIndex:
    """The rows of a list at one content version, and which of them each option finds."""

    def __init__(self, filterset_class: type[RecordFilterSet], rows: QuerySet, version: int) -> None:
        self.filterset_class = filterset_class
        self.rows = rows
        self.version = version
        self.places = {pk: place for place, pk in enumerate(rows.order_by("pk").values_list("pk", flat=True))}
        self.everything: Bits = (1 << len(self.places)) - 1
        filters = filterset_class.base_filters
        self.facets = [
            name for name, found in filters.items() if getattr(found, "is_facet", False) and not found.exclude
        ]
        self.found = {
            name: {word: self.ask(name, [word]) for word, _label in self._choices(name)} for name in self.facets
        }

    def ask(self, name: str, values: Iterable[str]) -> Bits:
        """The rows that the FilterSet finds for one filter."""
        data = QueryDict(mutable=True)
        data.setlist(name, list(values))
        bits = bytearray(len(self.places) // 8 + 1)
        for pk in self.filterset_class(data, queryset=self.rows).qs.order_by().values_list("pk", flat=True):
            # A row that was published since the list was read belongs to the next version.
            if (place := self.places.get(pk)) is not None:
                bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

    def matches(self, data: QueryDict) -> dict[str, Bits]:
        """For each filter that is set, the rows that it finds by itself."""
        found = {}
        for name, values in data.lists():
            if name not in self.filterset_class.base_filters or name == "ordering" or not any(values):
                continue
            known = self.found.get(name, {})
            if all(value in known for value in values):
                found[name] = reduce(or_, (known[value] for value in values))
            else:
                found[name] = self.ask(name, values)
        return found

    def facet_list(self, data: QueryDict, matches: Mapping[str, Bits]) -> list[Facet]:
        """Every facet counted beside all other filters, its own choice left aside."""
        return [self._facet(name, data.getlist(name), matches) for name in self.facets]

    def total(self, matches: Mapping[str, Bits]) -> int:
        return reduce(and_, matches.values(), self.everything).bit_count()

    def _facet(self, name: str, chosen: list[str], matches: Mapping[str, Bits]) -> Facet:
        beside = reduce(and_, (bits for other, bits in matches.items() if other != name), self.everything)
        options = [
            Option(word, label, (beside & self.found[name].get(word, 0)).bit_count(), word in chosen)
            for word, label in self._choices(name)
        ]
        return Facet(name, self.filterset_class.base_filters[name].label, options)

    def _choices(self, name: str) -> list[tuple[str, object]]:
        choices = self.filterset_class.base_filters[name].extra["choices"]
        return list(choices() if callable(choices) else choices)


def facet_index(filterset_class: type[RecordFilterSet], rows: QuerySet) -> FacetIndex:
    """The index of the present content version, built where it is not remembered."""
    version = ContentVersion.current()
    index = _remembered.get(filterset_class)
    if index is None or index.version != version:
        index = _remembered[filterset_class] = FacetIndex(filterset_class, rows, version)
    return index

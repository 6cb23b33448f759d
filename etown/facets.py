"""Counts beside filter options: intersections of what the index of the list remembers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_

from django.http import QueryDict

from etown.index import Bits, ListIndex


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

    @cached_property
    def is_chosen(self) -> bool:
        return any(option.is_chosen for option in self.options)

    @cached_property
    def offered(self) -> list[Option]:
        """The options that lead somewhere, and those that are chosen."""
        return [option for option in self.options if option.count or option.is_chosen]


def facet_list(index: ListIndex, data: QueryDict, matches: Mapping[str, Bits]) -> list[Facet]:
    """Every facet counted beside all other filters, its own choice left aside."""
    return [_facet(index, name, data.getlist(name), matches) for name in index.facets]


def _facet(index: ListIndex, name: str, chosen: list[str], matches: Mapping[str, Bits]) -> Facet:
    beside = reduce(and_, (bits for other, bits in matches.items() if other != name), index.everything)
    options = [
        Option(word, label, (beside & index.found[name].get(word, 0)).bit_count(), word in chosen)
        for word, label in index.choices(name)
    ]
    return Facet(name, index.filterset_class.base_filters[name].label, options)

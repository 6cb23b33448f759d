"""The rows of a list in the memory of the process: which filter finds which, in which order they stand.

Holds no filter logic: it remembers, for one content version, which rows the FilterSet finds for each option, as one
integer with a bit for each row. Counts and pages are then intersections, at any depth and under any combination;
GROUP BY and OFFSET take longer the more rows there are. After an edit the FilterSet is asked again for the rows that
changed, and for all rows only where a vocabulary or very much has changed. Switched off by ETOWN_LIST_INDEX=false: it
is then built anew for each request, with the same answers.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import partial, reduce
from itertools import compress, islice
from operator import and_, or_
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from etown import rehearsal, search
from etown.bilingual import current_language
from etown.derived import WIDTH
from etown.filters import RecordFilterSet, TextFilter
from etown.models import Change, ContentVersion, Stamp
from etown.orders import Order

Bits = int
Choice = tuple[str, object]
# Answers to ranges, words and exclusions that are kept beside those of the options; each has a bit for every row.
MAX_ASKED = 128
# Below this share of all rows it is quicker to sort the hits than to walk along the order.
FEW = 16
ONE = ord("1")
REST = (1 << WIDTH) - 1
FLAGS = bytes.maketrans(b"01", b"\0\1")
_remembered: dict[type[RecordFilterSet], "ListIndex"] = {}


class ListIndex:
    """The rows of a list at one content version, which of them each option finds, and their orders."""

    def __init__(self, filterset_class: type[RecordFilterSet], rows: QuerySet, version: Stamp) -> None:
        self.filterset_class = filterset_class
        self.rows = rows
        self.version = version
        self._choices: dict[tuple[str, str], list[Choice]] = {}
        keys = array("q", rows.order_by("pk").values_list("pk", flat=True))
        self._stretches = {stretch: number << WIDTH for number, stretch in enumerate(_stretches(keys))}
        self.everything = self.bits(keys)
        filters = filterset_class.base_filters
        self.facets = [
            name for name, found in filters.items() if getattr(found, "is_facet", False) and not found.exclude
        ]
        self.found = {
            name: {word: self.ask(name, [word]) for word, _label in self.choices(name)} for name in self.facets
        }
        self._asked: OrderedDict[tuple, Any] = OrderedDict()
        self._standings: dict[Order, Standing] = {}

    def after(self, version: Stamp, changed: set[int]) -> "ListIndex":
        """The index of a later version, before which no other rows than these changed."""
        index = copy(self)
        index.version, index._asked, index._standings = version, OrderedDict(), {}
        public = set(self.rows.filter(pk__in=changed).values_list("pk", flat=True))
        new = [stretch for stretch in _stretches(sorted(public)) if stretch not in self._stretches]
        index._stretches = self._stretches | {
            stretch: number << WIDTH for number, stretch in enumerate(new, start=len(self._stretches))
        }
        old = index.bits(changed)
        index.everything = self.everything & ~old | index.bits(public)
        index.found = {
            name: {word: bits & ~old | index.ask(name, [word], among=changed) for word, bits in words.items()}
            for name, words in self.found.items()
        }
        return index

    def ask(self, name: str, values: Iterable[str], among: set[int] | None = None) -> Bits:
        """The rows that the FilterSet finds for one filter, perhaps only of some."""
        if isinstance(self.filterset_class.base_filters[name], TextFilter):
            # The store of words holds what is public and nothing else; its hits need not be looked up in the table.
            return self._laid_out(search.found(self.rows.model, next(iter(values))))
        data = QueryDict(mutable=True)
        data.setlist(name, list(values))
        filterset = self.filterset_class(data, queryset=self.rows if among is None else self.rows.filter(pk__in=among))
        filterset.among = among
        return self.bits(filterset.qs.order_by().values_list("pk", flat=True)) & self.everything

    @property
    def size(self) -> int:
        return len(self._stretches) << WIDTH

    def place(self, key: int) -> int | None:
        """Which bit stands for this primary key; None for one that lies far from all others of the list."""
        start = self._stretches.get(key >> WIDTH)
        return None if start is None else start | key & REST

    def keys(self, places: Iterable[int]) -> list[int]:
        stretches = list(self._stretches)
        return [stretches[place >> WIDTH] << WIDTH | place & REST for place in places]

    def bits(self, keys: Iterable[int]) -> Bits:
        """The places of these primary keys."""
        flags = bytearray(b"0") * (self.size + 1)
        start_of = self._stretches.get
        for key in keys:
            start = start_of(key >> WIDTH)
            # A row that was published since the list was read belongs to the next version.
            if start is not None:
                flags[start | key & REST] = ONE
        return int(flags[::-1], 2)

    def _laid_out(self, found: dict[int, Bits]) -> Bits:
        """The rows of the list among those found, which come by stretch of their keys."""
        stretches = (found.get(stretch, 0).to_bytes(1 << WIDTH - 3, "little") for stretch in self._stretches)
        return int.from_bytes(b"".join(stretches), "little") & self.everything

    def matches(self, data: QueryDict) -> dict[str, Bits]:
        """For each filter that is set, the rows that it finds by itself."""
        found = {}
        for name, values in data.lists():
            if name not in self.filterset_class.base_filters or name == "ordering" or not any(map(str.strip, values)):
                continue
            known = self.found.get(name, {})
            if all(value in known for value in values):
                found[name] = reduce(or_, (known[value] for value in values))
            else:
                found[name] = self._recall((name, *values), partial(self.ask, name, values))
        return found

    def ranks(self, text: str) -> list[Bits]:
        """The rows of which a name fits these words best, second and third best; see `etown.search`."""
        return self._recall(("rank", text), lambda: [*map(self._laid_out, search.ranked(self.rows.model, text))])

    def _recall(self, key: tuple, compute: Callable[[], Any]) -> Any:
        # Threads share the index: another one may push out what this one has just found.
        answer = self._asked.pop(key, None)
        self._asked[key] = answer = compute() if answer is None else answer
        if len(self._asked) > MAX_ASKED:
            with suppress(KeyError):
                self._asked.popitem(last=False)
        return answer

    def all_of(self, matches: Iterable[Bits]) -> Bits:
        return reduce(and_, matches, self.everything)

    def choices(self, name: str) -> list[Choice]:
        """The words of a filter with their labels in the reader's language; a vocabulary is read once a version."""
        key = name, current_language()
        if key not in self._choices:
            choices = self.filterset_class.base_filters[name].extra["choices"]
            self._choices[key] = list(choices() if callable(choices) else choices)
        return self._choices[key]

    def keys_of(self, chosen: Bits, order: Order, start: int, stop: int) -> list[int]:
        """Primary keys of the chosen rows in this order, from `start` up to before `stop`."""
        count = chosen.bit_count()
        stop = min(stop, count)
        if start >= stop:
            return []
        standing = self._standing(order)
        if chosen == self.everything:
            found = standing.places[start:stop]
        elif count * FEW < self.size:
            found = sorted(self._chosen_places(chosen), key=standing.ranks.__getitem__)[start:stop]
        elif start > count // 2:
            found = [*islice(self._walk(chosen, standing.places[::-1]), count - stop, count - start)][::-1]
        else:
            found = islice(self._walk(chosen, standing.places), start, stop)
        return self.keys(found)

    def _standing(self, order: Order) -> "Standing":
        if order not in self._standings:
            keys = self.rows.order_by(*order).values_list("pk", flat=True)
            places = array("i", (place for key in keys if (place := self.place(key)) is not None))
            ranks = array("i", bytes(self.size * places.itemsize))
            for rank, place in enumerate(places):
                ranks[place] = rank
            self._standings[order] = Standing(places, ranks)
        return self._standings[order]

    def _flags(self, chosen: Bits) -> bytes:
        """A byte for each row by its place: 1 where it is chosen, else 0."""
        return f"{chosen:0{self.size}b}".encode()[::-1].translate(FLAGS)

    def _walk(self, chosen: Bits, places: array) -> Iterator[int]:
        return compress(places, map(self._flags(chosen).__getitem__, places))

    def _chosen_places(self, chosen: Bits) -> Iterator[int]:
        flags = self._flags(chosen)
        place = flags.find(1)
        while place >= 0:
            yield place
            place = flags.find(1, place + 1)


def _stretches(keys: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(key >> WIDTH for key in keys))


@dataclass(frozen=True)
class Standing:
    """The rows in one order: the place of each rank, and the rank of each place."""

    places: array
    ranks: array


def list_index(filterset_class: type[RecordFilterSet], rows: QuerySet) -> ListIndex:
    """The index of the present content version: as remembered, brought up to date, or built."""
    version = ContentVersion.stamp()
    if rehearsal.is_running():
        return ListIndex(filterset_class, rows, version)
    index = _remembered.get(filterset_class) if settings.LIST_INDEX else None
    if index is not None and index.version != version:
        changed = Change.between(index.version, version, rows.model)
        index = index.after(version, changed) if changed is not None else None
    if index is None:
        index = ListIndex(filterset_class, rows, version)
    _remembered[filterset_class] = index
    return index

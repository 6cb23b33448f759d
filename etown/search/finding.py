"""What is asked of the search store: which rows, how many, in which rank.

Ranks, best first: 0, a name equals the query, 1, a name begins with it, both without regard to spaces and signs;
2, the names hold every word; all others, 3, those found by pinyin among them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from etown.search import postings
from etown.search.declared import searched_models
from etown.search.models import SearchName, SearchText
from etown.search.postings import Keys, Postings
from etown.search.scan import all_words
from etown.search.text import squeezed
from etown.search.tokens import Condition, conditions, holds, in_names, tokens_of, whole_name


def found(model: type[Model], text: str) -> Keys:
    """The keys of all public records of a kind in which every word of the query occurs."""
    asked = conditions(text)
    if not asked:
        return {}
    if not settings.SEARCH_INDEX:
        rows = all_words(model._default_manager.published(), text).order_by().values_list("pk", flat=True)
        return postings.keys_as_bits(rows)
    return _of_kind(Postings([asked], SearchText.range_of(model)).all_of(asked), model)


def found_ids(model: type[Model], text: str) -> list[int]:
    return [*postings.keys_of(found(model, text))]


def matching(rows: QuerySet, text: str) -> QuerySet:
    """The rows in which every word of the query occurs."""
    if not settings.SEARCH_INDEX:
        return all_words(rows, text) if conditions(text) else rows.none()
    if not (keys := found_ids(rows.model, text)):
        return rows.none()
    # As one parameter, however many they are.
    if connection.vendor == "postgresql":
        return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [keys]))
    return rows.filter(pk__in=RawSQL("SELECT value FROM json_each(%s)", [str(keys)]))


def ranked(model: type[Model], text: str) -> list[Keys]:
    """The keys of ranks 0, 1 and 2; whatever else is found has rank 3."""
    asked = conditions(text)
    if not asked or not settings.SEARCH_INDEX:
        return [{}, {}, {}]
    return [_of_kind(keys, model) for keys in _Ranks(text, asked, SearchText.range_of(model)).by_name]


def ranked_ids(model: type[Model], text: str) -> list[list[int]]:
    return [[*postings.keys_of(keys)] for keys in ranked(model, text)]


class _Ranks:
    """What is found of all kinds between two keys, by rank; one query."""

    def __init__(self, text: str, asked: list[Condition], keys: tuple[int, int] = postings.EVERYTHING) -> None:
        named, (equal, begins) = in_names(asked), whole_name(text)
        held = Postings([asked, named, [equal], [begins]], keys)
        self.found = held.all_of(asked)
        fits = held.all_of(named)
        first = postings.both([fits, held.all_of([equal])])
        second = postings.without(postings.both([fits, held.all_of([begins])]), first)
        third = postings.without(postings.without(fits, first), second)
        self.by_name = [first, second, third]


def _of_kind(keys: Keys, model: type[Model]) -> Keys:
    """Those of one kind, as the kind itself numbers its records."""
    first, last = (key >> postings.WIDTH for key in SearchText.range_of(model))
    return {stretch - first: bits for stretch, bits in keys.items() if first <= stretch <= last}


def counts(text: str) -> dict[type[Model], int]:
    """How many public records of each kind are found."""
    models = searched_models()
    if not settings.SEARCH_INDEX:
        return {model: matching(model._default_manager.published(), text).count() for model in models}
    asked = conditions(text)
    if not asked:
        return dict.fromkeys(models, 0)
    everything = Postings([asked]).all_of(asked)
    return {model: postings.count(_of_kind(everything, model)) for model in models}


@dataclass(frozen=True)
class Hits:
    """Of one kind: how many records are found, and the first of them by rank, each with the name that fits."""

    count: int
    first: dict[int, str]


def first_hits(text: str, limit: int) -> dict[type[Model], Hits]:
    """For every kind that has any; two queries, whatever there is."""
    asked = conditions(text)
    if not asked:
        return {}
    if not settings.SEARCH_INDEX:
        return _scanned(text, limit)
    ranks = _Ranks(text, asked)
    first: dict[type[Model], list[int]] = {}
    counted: dict[type[Model], int] = {}
    for model in searched_models():
        if counted_here := postings.count(everything := _of_kind(ranks.found, model)):
            counted[model] = counted_here
            by_name = [_of_kind(keys, model) for keys in ranks.by_name]
            # Whoever is found by a name is among all others as well.
            best = dict.fromkeys(chain.from_iterable(map(_latest, [*by_name, everything], [limit] * 3 + [4 * limit])))
            first[model] = [SearchText.key(model, key) for key in islice(best, limit)]
    names = names_that_fit(chain.from_iterable(first.values()), text, asked)
    return {
        model: Hits(counted[model], {SearchText.record_key(key): names.get(key, "") for key in keys})
        for model, keys in first.items()
    }


def _latest(keys: Keys, limit: int) -> Iterable[int]:
    return islice(postings.keys_of(keys), limit)


def names_that_fit(keys: Iterable[int], text: str, asked: list[Condition]) -> dict[int, str]:
    """Of each of these records the name that fits best, if one does by itself."""
    folded, asked = squeezed(text), in_names(asked, or_sounding=True)
    best: dict[int, tuple[tuple[bool, bool], str]] = {}
    for name in SearchName.objects.filter(owner__in=list(keys)).order_by("pk"):
        if holds(tokens_of([name.name]), asked):
            rank = (name.folded != folded, not name.folded.startswith(folded))
            if name.owner_id not in best or rank < best[name.owner_id][0]:
                best[name.owner_id] = rank, name.name
    return {key: name for key, (_rank, name) in best.items()}


def _scanned(text: str, limit: int) -> dict[type[Model], Hits]:
    shown = {}
    for model in searched_models():
        rows = all_words(model._default_manager.published(), text)
        if number := rows.count():
            shown[model] = Hits(number, dict.fromkeys(rows.order_by("-pk").values_list("pk", flat=True)[:limit], ""))
    return shown

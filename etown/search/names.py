"""Names that a reader may mean: while the query is typed, and when it finds nothing."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db.models import Model

from etown.search.finding import names_that_fit
from etown.search.models import LAST, SearchName, SearchText, kind_of
from etown.search.postings import Postings, either, keys_of
from etown.search.text import Run, fold, pinyin, runs, squeezed
from etown.search.tokens import (
    GRAM,
    NAME,
    PINYIN,
    SOUND,
    Condition,
    Term,
    beginning_with,
    conditions,
    grams,
    in_names,
)

# How many names are looked at, and how many letters and words of a query.
CANDIDATES = 50
MOST_LETTERS = 24
MOST_WORDS, MOST_WRONG = 4, 2
# Shorter words are abbreviations, and numbers codes, of which every one is like some other.
FEWEST_LETTERS = 4
# One slip in three Chinese characters or in five letters; sounding alike counts nearly as much as being alike.
ALIKE = 0.6
SOUNDS_ALIKE = 0.9


@dataclass(frozen=True)
class Suggestion:
    """A public record, and the name of it that fits what was typed."""

    name: str
    record: Model


def suggestions(text: str, limit: int = 8) -> list[Suggestion]:
    """Records with a name that begins with the text, then those with a name that holds its words or sounds so."""
    asked = conditions(text)
    if not asked or not settings.SEARCH_INDEX:
        return []
    folded = squeezed(text)
    begins = SearchName.objects.filter(folded__gte=folded, folded__lt=folded + LAST).order_by("folded", "pk")
    found: dict[int, str] = {}
    # A record has several names, so that more are read than shown.
    for name in begins.only("owner_id", "name")[: limit * 4]:
        found.setdefault(name.owner_id, name.name)
    if len(found) < limit:
        named, sounding = in_names(asked), in_names(asked, or_sounding=True)
        held = Postings([named, sounding])
        more = [key for own in (named, sounding) for key in islice(keys_of(held.all_of(own)), limit * 2)]
        names = names_that_fit(more, text, asked)
        for key in more:
            if key in names:
                found.setdefault(key, names[key])
    records = _records(list(found)[:limit])
    return [Suggestion(name, records[key]) for key, name in found.items() if key in records]


def _records(keys: list[int]) -> dict[int, Model]:
    """The public records by their keys; one query for each kind."""
    kinds: dict[type[Model], list[int]] = {}
    for key in keys:
        if kind := kind_of(key):
            kinds.setdefault(kind, []).append(SearchText.record_key(key))
    return {
        SearchText.key(kind, row.pk): row
        for kind, own in kinds.items()
        for row in kind._default_manager.published().filter(pk__in=own)
    }


def did_you_mean(text: str, others: Iterable[str] = ()) -> str | None:
    """The query with its misspelt words mended, if that finds something; `others` are names that no record has."""
    if not settings.SEARCH_INDEX:
        return None
    words = text.split()
    if len(words) > MOST_WORDS:
        return None
    asked = {place: own for place, word in enumerate(words) if (own := conditions(word))}
    held = Postings(asked.values())
    wrong = [place for place, own in asked.items() if not held.all_of(own)]
    if not wrong or len(wrong) > MOST_WRONG:
        return None
    for place in wrong:
        if (mended := _mended(words[place], others)) is None:
            return None
        words[place] = mended
    better = " ".join(words)
    return better if _finds(better) else None


def _finds(text: str) -> bool:
    asked = conditions(text)
    return bool(Postings([asked]).all_of(asked))


def _mended(word: str, others: Iterable[str]) -> str | None:
    """The word with each of its runs that finds nothing exchanged for the most similar one of a name."""
    mended, wrong = fold(word), 0
    # From the end, so that places before it stay what they are.
    for run in reversed(list(runs(word))):
        start, end = _whole(run)
        is_whole_word = end - start == len(mended)
        if not is_whole_word and _finds(mended[start:end]):
            continue
        wrong += 1
        nearest = _nearest(run, others) if wrong <= MOST_WRONG else None
        if nearest is None:
            return None
        mended = mended[:start] + nearest + mended[end:]
    return mended


def _nearest(run: Run, others: Iterable[str]) -> str | None:
    if not run.is_chinese and (len(run.joined) < FEWEST_LETTERS or run.joined.isdecimal()):
        return None
    questions = list(_questions(run))
    held = Postings(asked for question in questions for asked in question)
    likely = [list(islice(keys_of(either(map(held.all_of, question))), CANDIDATES)) for question in questions]
    names: dict[int, list[str]] = {}
    for name in SearchName.objects.filter(owner__in={key for keys in likely for key in keys}).order_by("pk"):
        names.setdefault(name.owner_id, []).append(name.name)
    best = max([(0.0, ""), *(found for name in others for found in _alike(run, name))])
    for keys in likely:
        own = [name for key in keys for name in names.get(key, [])]
        best = max([best, *(found for name in own for found in _alike(run, name))])
        if best[0] >= ALIKE:
            return best[1]
    return None


def _questions(run: Run) -> Iterator[list[list[Condition]]]:
    """What names to look at, the likelier first, each of some ways: one slip leaves all tokens but those beside it."""
    if run.is_chinese:
        letters = list(run.text[:MOST_LETTERS])
        if form := "".join(pinyin(run.text)):
            yield [[(beginning_with(form, PINYIN), Term(SOUND + form))]]
        if len(letters) > 2:
            yield [
                _all(NAME + letter for letter in letters[:place] + letters[place + 1 :])
                for place in range(len(letters))
            ]
        return
    tokens = [GRAM + gram for gram in grams(run.joined[:MOST_LETTERS])]
    # Two letters exchanged touch three pairs.
    if len(tokens) > 4:
        yield [_all(tokens[:place] + tokens[place + 3 :]) for place in range(len(tokens) - 2)]
    half = len(tokens) // 2
    if half > 1:
        yield [_all(tokens[:half]), _all(tokens[half:])]


def _all(tokens: Iterable[str]) -> list[Condition]:
    return [(Term(token),) for token in tokens]


def _alike(run: Run, name: str) -> Iterator[tuple[float, str]]:
    """The pieces of a name that are like the run, and how much."""
    folded = fold(name)
    written = name if len(name) == len(folded) else folded
    for own in runs(name):
        if own.is_chinese != run.is_chinese:
            continue
        if own.is_chinese:
            yield from _alike_in_chinese(run.text, own.text)
            continue
        for piece, (start, end) in [*zip(own.words, own.places, strict=True), (own.joined, _whole(own))]:
            yield difflib.SequenceMatcher(None, run.joined, piece).ratio(), written[start:end]


def _whole(run: Run) -> tuple[int, int]:
    return run.places[0][0], run.places[-1][1]


def _alike_in_chinese(wanted: str, text: str) -> Iterator[tuple[float, str]]:
    sound = pinyin(wanted)
    for length in range(len(wanted) - 1, len(wanted) + 2):
        for start in range(len(text) - length + 1):
            piece = text[start : start + length]
            likeness = difflib.SequenceMatcher(None, wanted, piece).ratio()
            if length == len(wanted) and pinyin(piece) == sound:
                likeness = max(likeness, SOUNDS_ALIKE)
            yield likeness, piece

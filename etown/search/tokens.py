"""From texts to the tokens that are stored, and from a query to the tokens that are asked for.

Stock tokenizers cannot find one or two Chinese characters. Ours stores of a Chinese run each character, each two and
each three in a row; of Latin runs the words, joined compounds, and what stands beside single letters and numbers. Of
words also their beginnings of up to four letters, so that a short query is one token and not half of the vocabulary.
Names have the same tokens once more, marked, and others of their own: the whole name, its pinyin, and pairs of letters
for what is misspelt.

Of a record the first 50,000 characters are stored, names first.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import pypinyin

from etown.search.text import LONGEST, Run, pinyin_beginnings, pinyin_parts, runs, squeezed

MOST_CHARACTERS = 50_000
# Tokens that other rules made are not ours to compare with.
RULE = f"3 {unicodedata.unidata_version} {pypinyin.__version__}"
# Private characters, which are neither letters nor digits, so that no query and no text contains them.
START, PAIR, JOINED, NAME, WHOLE, PINYIN, SOUND, GRAM, EDGE = map(chr, range(0xE000, 0xE009))
CODE = re.compile(r"([^\W\d_]+)(\d+)")
LONGEST_BEGINNING = 4


@dataclass(frozen=True)
class Term:
    """A token, or all that begin with it."""

    token: str
    is_prefix: bool = False


# Any of the terms; of a query every one of these must hold.
Condition = tuple[Term, ...]


def tokens_of(names: Iterable[str], texts: Iterable[str] = ()) -> set[str]:
    found: set[str] = set()
    left = MOST_CHARACTERS
    for name in names:
        found |= _of_name(name[:left])
        left = max(left - len(name), 0)
    for text in texts:
        found |= _of_text(text[:left])
        left = max(left - len(text), 0)
    return found


def _of_text(text: str) -> set[str]:
    """One field: what stands in a row does not lead out of it, nor over a Chinese run."""
    found: set[str] = set()
    row: list[str] = []
    for run in runs(text):
        if run.is_chinese:
            row = []
            for length in (1, 2, 3):
                found.update(run.parts(length))
            continue
        for word in {*run.words, run.joined}:
            found |= _of_word(word)
        if len(run.words) > 1:
            found.add(JOINED + run.joined)
        found.update(map(_pair, filter(_is_bound, pairwise([*row, *run.words]))))
        row = [run.words[-1]]
    return found


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> frozenset[str]:
    forms = {word, without_zeros(word)}
    return frozenset(forms.union(*map(_beginnings, forms)))


def _of_name(name: str) -> set[str]:
    plain = _of_text(name)
    found = plain | {NAME + token for token in plain}
    if whole := squeezed(name)[:LONGEST]:
        found |= {WHOLE + token for token in (whole, *_beginnings(whole))}
    for run in runs(name):
        if run.is_chinese:
            for form in pinyin_beginnings(run):
                found |= {PINYIN + token for token in (form, *_beginnings(form, shortest=2))}
            found |= {SOUND + form for form in pinyin_parts(run)}
        else:
            found |= {GRAM + gram for gram in grams(run.joined)}
    return found


def _beginnings(word: str, shortest: int = 1) -> Iterator[str]:
    return (START + word[:length] for length in range(shortest, min(len(word), LONGEST_BEGINNING) + 1))


def _pair(words: tuple[str, str]) -> str:
    return PAIR + " ".join(words)


def _is_bound(words: tuple[str, str]) -> bool:
    """Whether one of them says little without the other, as the T of CAR-T does."""
    return any(map(_is_little, words))


@lru_cache(maxsize=20_000)
def _is_little(word: str) -> bool:
    return len(word) == 1 or _has_digit(word)


def _has_digit(word: str) -> bool:
    return any(map(str.isdecimal, word))


def without_zeros(word: str) -> str:
    return word.lstrip("0") or word if word.isdecimal() else word


def grams(word: str) -> list[str]:
    """Pairs of letters, by which a misspelt word finds what it may have meant."""
    return [one + next_one for one, next_one in pairwise(f"{EDGE}{word}{EDGE}")]


def conditions(query: str) -> list[Condition]:
    """What a text must contain to be found; nothing where the query has no letter and no digit."""
    found: list[Condition] = []
    there = list(runs(query))
    for place, run in enumerate(there):
        if run.is_chinese:
            found += [(Term(part),) for part in run.parts(min(len(run.text), 3))]
        else:
            found += _of_latin(run, _joined(there, place), is_alone=len(there) == 1)
    return list(dict.fromkeys(found))


def _of_latin(run: Run, joined: list[str], *, is_alone: bool) -> list[Condition]:
    """`joined` is the run with what stands beside it."""
    others = [*_sounding(run.joined), *(term for word in joined for term in _sounding(word))]
    others += [beginning_with(word) if _has_digit(word) else Term(word) for word in joined]
    if len(run.words) == 1:
        plain = without_zeros(run.joined)
        zeros = [Term(plain)] if plain != run.joined else []
        code = CODE.fullmatch(run.joined)
        apart = [Term(_pair((code[1], code[2])))] if code else []
        # A letter beside others is a word of its own: “CAR T” means T cells, not every word that begins so.
        own = beginning_with(run.joined) if is_alone or len(run.joined) > 1 else Term(run.joined)
        return [(own, *zeros, *apart, *others)]
    # As a beginning of plain words, “CAR-T” would find every cartilage.
    others += [Term(run.joined), Term(JOINED + run.joined, is_prefix=True)]
    needed = [*map(_pair, filter(_is_bound, pairwise(run.words))), *run.words]
    return [(Term(token), *others) for token in dict.fromkeys(needed)]


def _joined(there: list[Run], place: int) -> list[str]:
    """The run there with the one before it and with the one after it, those that are Latin."""
    beside = pairwise(there[max(place - 1, 0) : place + 2])
    return [
        "".join(run.joined for run in both)[:LONGEST] for both in beside if not any(run.is_chinese for run in both)
    ]


def beginning_with(word: str, mark: str = "") -> Term:
    return Term(mark + word, is_prefix=True) if len(word) > LONGEST_BEGINNING else Term(mark + START + word)


def _sounding(word: str) -> list[Term]:
    return [beginning_with(word, PINYIN), Term(SOUND + word)] if len(word) > 1 else []


def in_names(asked: Iterable[Condition], *, or_sounding: bool = False) -> list[Condition]:
    """The same of the names alone, without their pinyin or with it."""
    found = []
    for condition in asked:
        sounding = [term for term in condition if term.token[0] in (PINYIN, SOUND)]
        written = [Term(NAME + term.token, term.is_prefix) for term in condition if term not in sounding]
        found.append((*written, *sounding) if or_sounding else tuple(written))
    return found


def whole_name(query: str) -> tuple[Condition, Condition]:
    """That a name equals the query, and that one begins with it, without regard to spaces and signs."""
    whole = squeezed(query)[:LONGEST]
    return (Term(WHOLE + whole),), (beginning_with(whole, WHOLE),)


def holds(tokens: set[str], asked: Iterable[Condition]) -> bool:
    """What the index decides, for a text in hand."""

    def has(term: Term) -> bool:
        if term.is_prefix:
            return any(token.startswith(term.token) for token in tokens)
        return term.token in tokens

    return all(any(map(has, condition)) for condition in asked)

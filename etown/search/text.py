"""What a text and a query consist of for searching.

A text is folded: compatibility forms made plain, case folded, accents and invisible characters dropped, ł and ø
without their strokes, æ and ß as two letters. What is left falls into runs: a *Chinese run* is a stretch of
ideographs, a *Latin run* a stretch of other letters and digits. Latin runs that one hyphen, dot, slash, apostrophe or
middle dot joins are a *compound*: “CAR-T”, “CT-041”; so are the thousands of a number: “5,000”.

A query is split at white space into words. Every run of every word must match somewhere in the searched text:

- a Chinese run, if it stands within a Chinese run of the text; of one longer than three characters, each three of
  them that stand in a row;
- a Latin run, if a word or a joined compound of the text begins with it: “CT041” finds “CT-041”, “c” finds “cell”; a
  single letter beside others, if it is a word of the text: the T of “CAR T” is that of T cells;
- a compound, if its runs are words of the text, a single letter or one with a digit beside the same neighbours as in
  the query; or if its joined form is a word; or if a joined compound begins with it: “CAR-T” finds “CAR T”, “CART” and
  “CAR-T19”, but not “cartilage”;
- two Latin runs side by side, also if they are one word, “Astra Zeneca” finds “AstraZeneca”; if one has a digit, also
  if a word begins so: “LK 101” finds “LK101A”, and “LK101” finds “LK 101”;
- a number, also without the zeros before it: “06978” finds “HKEX 6978”;
- in names, one or two Latin runs of together two letters or more, also if the pinyin of a Chinese run, or of what
  follows one of its longer words, begins with it, or if it is the pinyin of two to four of its characters, the run
  being no longer than twenty, as whole sentences are: “yongta” finds 北京永泰生物, and so does “shengwu”, but “wuxi”
  does not find 服务项目 (fu wu xiang mu).

Of a Latin run the first 64 characters count. A query without letters and digits finds nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg

LONGEST = 64
MOST_SYLLABLES = 4
MOST_IN_A_NAME = 20
HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LATIN = rf"[^\W_{HAN}]+"
JOINER = r"(?:[-‐‒–−./'’·・_&+:@]|(?<=\d),(?=\d{3}(?!\d)))"
RUNS = re.compile(rf"([{HAN}]+)|({LATIN}(?:{JOINER}{LATIN})*)")
WORDS = re.compile(LATIN)
LETTERS = re.compile(rf"([{HAN}]+)|({LATIN})")
DROPPED = {"Mn", "Cf"}
# Letters that Unicode does not take apart: those with a stroke or a hook say so in their names.
CHANGED = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH ")
OTHERS = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ŋ": "n", "ə": "e"}


@dataclass(frozen=True)
class Run:
    """A Chinese run, or a compound of one or more Latin runs, and where each of these stands in the folded text."""

    words: tuple[str, ...]
    is_chinese: bool
    places: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def joined(self) -> str:
        return self.text[:LONGEST]

    def parts(self, length: int) -> list[str]:
        """So many characters in a row of a Chinese run, from each place on."""
        text = self.text
        return [text[start : start + length] for start in range(len(text) - length + 1)]


def fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(map(fold_character, text))


@lru_cache(maxsize=20_000)
def fold_character(character: str) -> str:
    """Character by character, so that a match can be found again in the text as it was written."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character).casefold())
    return "".join(_plain_letter(part) for part in plain if unicodedata.category(part) not in DROPPED)


def _plain_letter(letter: str) -> str:
    if changed := CHANGED.match(unicodedata.name(letter, "")):
        return changed[1].lower()
    return OTHERS.get(letter, letter)


def runs(text: str) -> Iterator[Run]:
    """The runs of a text, folded."""
    return folded_runs(fold(text))


def folded_runs(folded: str) -> Iterator[Run]:
    for found in RUNS.finditer(folded):
        if found[1]:
            yield Run((found[1],), True, (found.span(),))
        else:
            words = list(WORDS.finditer(folded, *found.span()))
            yield Run(tuple(word[0][:LONGEST] for word in words), False, tuple(word.span() for word in words))


def squeezed(text: str) -> str:
    """Letters and digits only, by which names are compared: “CT-041”, “ct 041” and “CT041” are one name."""
    return "".join(found[1] or found[2][:LONGEST] for found in LETTERS.finditer(fold(text)))


def pinyin(text: str) -> list[str]:
    return lazy_pinyin(text, style=Style.NORMAL, errors="ignore")


def pinyin_beginnings(run: Run) -> set[str]:
    """The pinyin of a Chinese run, also of what follows each of its words of two characters or more."""
    syllables, starts, place = pinyin(run.text), [0], 0
    for word in seg.cut(run.text):
        place += len(word)
        if len(word) > 1:
            starts.append(place)
    return _spelt("".join(syllables[start:])[:LONGEST] for start in starts)


def pinyin_parts(run: Run) -> set[str]:
    """The pinyin of two, three and four characters in a row; in a sentence they would be found by chance."""
    if len(run.text) > MOST_IN_A_NAME:
        return set()
    syllables = pinyin(run.text)
    return _spelt(
        "".join(syllables[start : start + count])
        for count in range(2, MOST_SYLLABLES + 1)
        for start in range(len(syllables) - count + 1)
    )


def _spelt(forms: Iterable[str]) -> set[str]:
    """With ü written v or u."""
    return {spelt for form in forms for spelt in (form, form.replace("v", "u")) if len(spelt) > 1}

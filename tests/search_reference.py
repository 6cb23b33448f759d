"""Searching as `etown.search` words it, in plain Python that reads every row: slow, and simple enough to believe."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from django.db.models import Model
from pypinyin import lazy_pinyin
from pypinyin.seg.mmseg import seg

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = rf"[^\W_{HAN}]+"
# A comma where thousands begin.
JOINER = r"(?:[-‐‒–−./'’·・_&+:@]|(?<=\d),(?=\d\d\d(?!\d)))"
PIECE = re.compile(rf"[{HAN}]+|{WORD}(?:{JOINER}{WORD})*")
CHINESE = re.compile(rf"[{HAN}]+")
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in plain if unicodedata.category(one) not in ("Mn", "Cf")).translate(LETTERS)


def pieces(text: str) -> list[str]:
    """Chinese runs, Latin words and compounds."""
    return PIECE.findall(fold(text))


def latin_words(piece: str) -> list[str]:
    return re.findall(WORD, piece)


def compounds(field: str, fewest: int = 1) -> list[str]:
    """Joined, those of at least so many words."""
    found = [latin_words(piece) for piece in pieces(field) if not CHINESE.match(piece)]
    return ["".join(words) for words in found if len(words) >= fewest]


def words_in_order(field: str) -> list[str]:
    """Latin words, a Chinese run standing for itself between them."""
    return [word for piece in pieces(field) for word in (latin_words(piece) or [piece])]


def holds_in_order(field: str, wanted: list[str]) -> bool:
    words = words_in_order(field)
    return any(words[place : place + len(wanted)] == wanted for place in range(len(words)))


def sounds(name: str, word: str) -> bool:
    """Whether the pinyin of a Chinese run, or after a longer word in it, begins so, or that of two to four is it."""
    for run in CHINESE.findall(fold(name)):
        syllables = lazy_pinyin(run, errors="ignore")
        starts = [0] + [sum(map(len, words)) for words in beginnings([*seg.cut(run)]) if len(words[-1]) > 1]
        forms = ["".join(syllables[start:]) for start in starts]
        last = len(syllables) if len(run) <= 20 else 0
        parts = [
            "".join(syllables[start:end])
            for start in range(last)
            for end in range(start + 2, min(start + 4, last) + 1)
        ]
        for spelt in (lambda form: form, lambda form: form.replace("v", "u")):
            if any(spelt(form).startswith(word) for form in forms) or word in map(spelt, parts):
                return True
    return False


def beginnings(words: list[str]) -> list[list[str]]:
    return [words[: number + 1] for number in range(len(words))]


def single_words(field: str) -> list[str]:
    """Words and joined compounds, numbers also without the zeros before them."""
    words = [word for piece in pieces(field) for word in latin_words(piece)]
    return words + compounds(field) + [word.lstrip("0") or word for word in words if word.isdecimal()]


def has(
    piece: str, beside: list[str], names: list[str], texts: list[str], *, with_pinyin: bool, is_alone: bool
) -> bool:
    """Whether the fields hold a piece of a query, which with what stands beside it makes these words."""
    every = names + texts
    if CHINESE.match(piece):
        parts = [piece[start : start + 3] for start in range(max(len(piece) - 2, 1))]
        return all(any(part in run for field in every for run in CHINESE.findall(fold(field))) for part in parts)
    words = latin_words(piece)
    joined = "".join(words)
    single = [word for field in every for word in single_words(field)]
    if with_pinyin and any(len(word) > 1 and sounds(name, word) for name in names for word in [joined, *beside]):
        return True
    if any(word == code or (re.search(r"\d", code) and word.startswith(code)) for code in beside for word in single):
        return True
    code = re.fullmatch(r"([^\W\d_]+)(\d+)", piece)
    if code and any(holds_in_order(field, [code[1], code[2]]) for field in every):
        return True
    if len(words) == 1:
        plain = joined.lstrip("0") if joined.isdecimal() else joined
        may_begin = is_alone or len(joined) > 1
        return (plain or joined) in single or (may_begin and any(word.startswith(joined) for word in single))
    if joined in single or any(word.startswith(joined) for field in every for word in compounds(field, fewest=2)):
        return True
    bound = [list(pair) for pair in pairwise(words) if any(map(is_short, pair))]
    beside_each_other = all(any(holds_in_order(field, pair) for field in every) for pair in bound)
    return beside_each_other and all(word in single for word in words)


def is_short(word: str) -> bool:
    return len(word) == 1 or bool(re.search(r"\d", word))


def matches(query: str, names: list[str], texts: list[str], with_pinyin: bool = True) -> bool:
    wanted = pieces(query)
    beside = {place: [] for place in range(len(wanted))}
    for place in range(1, len(wanted)):
        both = wanted[place - 1 : place + 1]
        if not any(map(CHINESE.match, both)):
            joined = "".join(word for piece in both for word in latin_words(piece))
            beside[place - 1].append(joined)
            beside[place].append(joined)
    return bool(wanted) and all(
        has(piece, beside[place], names, texts, with_pinyin=with_pinyin, is_alone=len(wanted) == 1)
        for place, piece in enumerate(wanted)
    )


def fields(record: Model, paths: Iterable[str]) -> list[str]:
    """The texts at the paths; of related records those that are public."""
    found = []
    for path in paths:
        rows = [record]
        for step in path.split("__"):
            values = [getattr(row, step) for row in rows]
            values = [one for value in values for one in (public(value) if hasattr(value, "all") else [value])]
            rows = [one for one in values if one and getattr(one, "status", "published") == "published"]
        found += rows
    return found


def public(many) -> list[Model]:
    return many.published() if hasattr(many, "published") else many.all()


def found_ids(model: type[Model], query: str) -> set[int]:
    rows = model.objects.published()
    declared = model.searched
    texts = (*declared.texts, *declared.spelt)
    return {row.pk for row in rows if matches(query, fields(row, declared.names), fields(row, texts))}


def squeeze(text: str) -> str:
    return "".join("".join(latin_words(piece)) or piece for piece in pieces(text))


def rank(record: Model, query: str) -> int:
    """Of a record that is found."""
    names = fields(record, record.searched.names)
    if not matches(query, names, [], with_pinyin=False):
        return 3
    if any(squeeze(name) == squeeze(query) for name in names):
        return 0
    return 1 if any(squeeze(name).startswith(squeeze(query)) for name in names) else 2

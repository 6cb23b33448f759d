"""What a search must find, in plain Python over the rows: slow, and nothing to do with any index.

Text and query are folded (NFKC, case, accents). A Chinese run of the query occurs within one field; a Latin run begins
a word, a single letter beside others is one, and a compound such as CAR-T also counts as one word, cart. Chinese
names are found by the beginning of their pinyin, also behind a longer word, and by that of two to four characters in a
row, in a run of at most twenty; pinyin may be written as two words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, pairwise

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg

from companies.models import Company

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
CHINESE_RUN = re.compile(f"[{CJK}]+")
JOINERS = re.compile(r"[-./'·’]|(?<=\d),(?=\d\d\d(?!\d))")
COMPOUND = re.compile(rf"[^\W_{CJK}]+(?:(?:{JOINERS.pattern})[^\W_{CJK}]+)*")
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
LATIN = rf"[^\W_{CJK}]"
PIECES = re.compile(f"{CHINESE_RUN.pattern}|{COMPOUND.pattern}")
# Not within a word, nor where pinyin must be whole.
BEGINNING = f"(?<!{LATIN})(?<!=)"


@cache
def fold(text: str) -> str:
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in folded if unicodedata.category(one) != "Mn").translate(LETTERS)


def searched(text: str, is_name: bool = False) -> str:
    """One field as it is searched: Chinese set apart from Latin, compounds also joined, names also in pinyin."""
    folded = fold(text)
    joined = [JOINERS.sub("", found) for found in COMPOUND.findall(folded) if JOINERS.search(found)]
    # What is joined or spelt stands behind a sign of its own, and what is spelt and whole between two.
    spelt = _pinyin(folded) if is_name else []
    return " ".join([CHINESE_RUN.sub(r" \g<0> ", folded), "|", *(f"^{word}" for word in joined), *spelt])


def _pinyin(folded: str) -> Iterator[str]:
    for run in CHINESE_RUN.findall(folded):
        syllables = lazy_pinyin(run, style=Style.NORMAL)
        words = [0, *accumulate(map(len, seg.cut(run)))]
        starts = [0, *(end for start, end in pairwise(words) if end - start > 1)]
        yield from (f"~{''.join(syllables[start:])}" for start in starts)
        places = range(len(syllables) if len(run) <= 20 else 0)
        yield from (f"={''.join(syllables[start:end])}=" for start in places for end in range(start + 2, start + 5))


def patterns(query: str) -> list[re.Pattern[str]]:
    """All of them must occur."""
    found = []
    pieces = PIECES.findall(fold(query))
    for place, piece in enumerate(pieces):
        if CHINESE_RUN.match(piece):
            found.append(re.compile(re.escape(piece)))
        else:
            beside = pairwise(pieces[max(place - 1, 0) : place + 2])
            joined = ["".join(both) for both in beside if not any(map(CHINESE_RUN.match, both))]
            found.append(_latin(piece, [JOINERS.sub("", word) for word in joined], is_alone=len(pieces) == 1))
    return found


def _latin(compound: str, beside: list[str], *, is_alone: bool) -> re.Pattern[str]:
    runs = JOINERS.split(compound)
    joined = "".join(runs)
    spelt = [f"~{word}|={word}=" for word in (joined, *beside) if len(word) > 1]
    spelt += [f"{BEGINNING}{word}" if re.search(r"\d", word) else f"{BEGINNING}{word}(?!{LATIN})" for word in beside]
    between = rf"(?:(?!{LATIN}|[{CJK}]|[|~^=\n]).)+"
    if code := re.fullmatch(r"([^\W\d_]+)(\d+)", compound):
        spelt.append(f"{BEGINNING}{code[1]}{between}{code[2]}(?!{LATIN})")
    if len(compound) == 1:
        # Beside others it is a word of its own; nowhere is it pinyin.
        ways = [f"(?<!~){BEGINNING}{joined}" if is_alone else f"(?<![~^]){BEGINNING}{joined}(?!{LATIN})"]
    elif len(runs) == 1:
        ways = [f"{BEGINNING}{joined}"]
    else:
        exactly = f"{BEGINNING}{between.join(runs)}(?!{LATIN})"
        ways = [exactly, f"{BEGINNING}{joined}(?!{LATIN})", f"[~^]{joined}"]
    return re.compile("|".join([*ways, *spelt]))


def texts() -> Iterator[tuple[int, str]]:
    """Every public company with all that is searched of it, a field a line."""
    rows = Company.objects.published().prefetch_related("aliases", "activities__segment", "activities__modality")
    for company in rows.iterator(chunk_size=2000):
        yield company.pk, "\n".join(_fields(company))


def _fields(company: Company) -> Iterator[str]:
    aliases = [alias.name for alias in company.aliases.all()]
    for name in (company.name_en, company.name_zh_hans, company.registration_code or "", *aliases):
        yield searched(name, is_name=True)
    terms = {row for activity in company.activities.all() for row in (activity.segment, activity.modality) if row}
    for term in terms:
        yield searched(term.name_en)
        yield searched(term.name_zh_hans)
    for name in ("summary", "description", "address"):
        yield searched(getattr(company, f"{name}_en"))
        yield searched(getattr(company, f"{name}_zh_hans"))


def expected(queries: Iterable[str]) -> dict[str, set[int]]:
    wanted = {query: patterns(query) for query in queries}
    found: dict[str, set[int]] = {query: set() for query in wanted}
    for key, text in texts():
        for query, needed in wanted.items():
            if needed and all(pattern.search(text) for pattern in needed):
                found[query].add(key)
    return found

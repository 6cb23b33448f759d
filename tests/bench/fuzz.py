"""Searches that are made to hurt: the slowest that chance and bad will find, over all rows."""

import random
import time
from collections.abc import Iterator
from urllib.parse import quote

from tests.bench import site
from tests.bench.timing import ONCE, Line, Rounds, ratio, seconds_of, spell
from tests.bench.words import CHINESE, ENGLISH

PAGES = {
    "list": "/en/companies/?q={}",
    "API list": "/api/v1/companies/?q={}",
    "search page": "/en/search/?q={}",
    "suggestions": "/en/search/suggestions/?q={}",
}
MANY = 400
LONGEST = 10_000
SIGNS = [
    '"',
    "'",
    "*",
    "%",
    "_",
    "\\",
    "(",
    ")",
    "^",
    "-",
    "--",
    ":",
    "NEAR(",
    " OR ",
    "\u202e",
    "\u0000",
    "\n",
    "\u0301",
]
FIXED = [
    "a" * LONGEST,
    "细胞" * (LONGEST // 2),
    '"' * LONGEST,
    "%" * LONGEST,
    "\u0301" * LONGEST,
    "\u202e细胞 therapy\u202c",
    '"unbalanced',
    "* OR NEAR(a b)",
    "\x00\x1b[31m",
    "细胞" * 100,
    "a-b" * 66,
    "a b c d e f g h i j k l",
    "91110",
    "madeco",
]


def fuzz(rounds: Rounds) -> list[Line]:
    """The slowest answer to a search of which nothing is remembered; each is an answer or a clear refusal."""
    # As in any process that has answered once.
    plain = min(seconds_of(lambda: site.ask("/en/companies/")) for _round in range(4))
    worst: dict[str, tuple[float, str]] = {}
    asked = list(_queries(8 if rounds == ONCE else MANY))
    for name, address in PAGES.items():
        for query in asked:
            site.forget_answers()
            begun = time.perf_counter()
            status = site.status_of(address.format(quote(query)))
            taken = time.perf_counter() - begun
            assert status in (200, 400), f"{name} of {query[:200]!r}: {status}"
            worst[name] = max(worst.get(name, (0.0, "")), (taken, query))
    slowest, query = max(worst.values())
    notes = ", ".join(f"{name} {spell(taken)} for “{_told(query)}”" for name, (taken, query) in worst.items())
    return [
        Line(
            "fuzz",
            f"the slowest of {len(asked)} hostile searches ÷ the same list without words",
            "reported",
            slowest / plain,
            detail=ratio(slowest, plain),
            notes=[f"Slowest hostile searches: {notes}."],
        )
    ]


def _queries(number: int) -> Iterator[str]:
    """By chance, always the same: frequent words and beginnings of them, run together with what has a meaning to
    databases, as long as a query may be.
    """
    yield from FIXED
    choose = random.Random(1)
    pieces = [*ENGLISH[:200], *CHINESE[:200]]
    for _number in range(number):
        count = choose.randint(1, 40)
        signs = [" " if choose.random() < 0.25 else choose.choice([*SIGNS, "", "-"]) for _piece in range(count)]
        words = [_part(choose, choose.choice(pieces)) for _piece in range(count)]
        yield "".join(word + sign for word, sign in zip(words, signs, strict=True))[: choose.choice([20, 80, 200])]


def _part(choose: random.Random, word: str) -> str:
    return word[: choose.randint(1, max(len(word), 1))] if choose.random() < 0.5 else word


def _told(query: str) -> str:
    shown = query if len(query) <= 40 else f"{query[:40]}…"
    return "".join(character if character.isprintable() else "·" for character in shown).replace("|", "·")

"""Which records hold which token: for each token and each stretch of keys one bitmap, the same on both databases.

A key is that of `Derived`, so that the stretches of one kind are a range. Sets of keys are integers by stretch, which
are intersected faster than a database hands over the ids. A stretch with few keys is stored as their places, two bytes
each.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import batched

from django.db import connection

from etown.derived import WIDTH
from etown.search.models import LAST, Posting
from etown.search.tokens import Condition, Term

# By stretch of keys: a bit for each key.
Keys = dict[int, int]
SIZE = (1 << WIDTH) // 8
FEW = SIZE // 2
REST = (1 << WIDTH) - 1
# Tokens of one statement.
MOST = 500
EVERYTHING = (0, 1 << 62)
TABLE = Posting._meta.db_table


def encoded(bits: int) -> bytes:
    return bits.to_bytes(SIZE, "little") if bits.bit_count() >= FEW else _few(places(bits))


def _few(found: list[int]) -> bytes:
    return struct.pack(f"<{len(found)}H", *found)


def places(bits: int) -> list[int]:
    """Which bits are set, in order."""
    flags = f"{bits:b}"[::-1]
    found, place = [], flags.find("1")
    while place >= 0:
        found.append(place)
        place = flags.find("1", place + 1)
    return found


def decoded(rows: Iterable[bytes]) -> int:
    """All that any of the rows holds."""
    bits, few = 0, None
    for row in rows:
        if len(row) == SIZE:
            bits |= int.from_bytes(row, "little")
            continue
        few = few or bytearray(SIZE)
        for (place,) in struct.iter_unpack("<H", row):
            few[place >> 3] |= 1 << (place & 7)
    return bits | int.from_bytes(few, "little") if few else bits


def keys_of(found: Keys) -> Iterator[int]:
    """The keys, the latest first."""
    for stretch in sorted(found, reverse=True):
        start = stretch << WIDTH
        yield from (start + place for place in reversed(places(found[stretch])))


def keys_as_bits(keys: Iterable[int]) -> Keys:
    flags: dict[int, bytearray] = defaultdict(lambda: bytearray(SIZE))
    for key in keys:
        flags[key >> WIDTH][(key & REST) >> 3] |= 1 << (key & 7)
    return {stretch: int.from_bytes(own, "little") for stretch, own in flags.items()}


def count(found: Keys) -> int:
    return sum(map(int.bit_count, found.values()))


def either(sets: Iterable[Keys]) -> Keys:
    found: Keys = {}
    for one in sets:
        for stretch, bits in one.items():
            found[stretch] = found.get(stretch, 0) | bits
    return found


def both(sets: Iterable[Keys]) -> Keys:
    return reduce(_intersection, sets)


def _intersection(one: Keys, other: Keys) -> Keys:
    found = {stretch: one[stretch] & other[stretch] for stretch in one.keys() & other.keys()}
    return {stretch: bits for stretch, bits in found.items() if bits}


def without(found: Keys, others: Keys) -> Keys:
    left = {stretch: bits & ~others.get(stretch, 0) for stretch, bits in found.items()}
    return {stretch: bits for stretch, bits in left.items() if bits}


class Postings:
    """What the store holds of all terms that some questions ask for; one query."""

    def __init__(self, questions: Iterable[Iterable[Condition]], keys: tuple[int, int] = EVERYTHING) -> None:
        self._found = look_up({term for asked in questions for any_of in asked for term in any_of}, keys)

    def all_of(self, asked: Iterable[Condition]) -> Keys:
        """The records in which every condition holds."""
        return both(either(self._found[term] for term in any_of) for any_of in asked)


def look_up(terms: Iterable[Term], keys: tuple[int, int] = EVERYTHING) -> dict[Term, Keys]:
    """The keys between two, both included, that hold each of these terms."""
    exact = {term.token: term for term in terms if not term.is_prefix}
    prefixes = [term for term in terms if term.is_prefix]
    parts, parameters = [], []
    for tokens in batched(exact, MOST):
        parts.append(f"-1, token FROM {TABLE} WHERE token IN ({', '.join(['%s'] * len(tokens))})")
        parameters.append(tokens)
    for place, term in enumerate(prefixes):
        parts.append(f"{place}, '' FROM {TABLE} WHERE token >= %s AND token < %s")
        parameters.append((term.token, term.token + LAST))
    stretches = [key >> WIDTH for key in keys]
    sql = " UNION ALL ".join(f"SELECT stretch, bits, {part} AND stretch BETWEEN %s AND %s" for part in parts)
    rows: dict[Term, dict[int, list[bytes]]] = {term: {} for term in terms}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for values in parameters for value in (*values, *stretches)])
            for stretch, bits, place, token in cursor.fetchall():
                term = exact[token] if place < 0 else prefixes[place]
                rows[term].setdefault(stretch, []).append(bits)
    return {term: {stretch: decoded(own) for stretch, own in held.items()} for term, held in rows.items()}


def write(added: Mapping[str, Iterable[int]], removed: Mapping[str, Iterable[int]]) -> None:
    """Let these tokens hold more and fewer keys than before."""
    more = {token: keys_as_bits(keys) for token, keys in added.items()}
    less = {token: keys_as_bits(keys) for token, keys in removed.items()}
    for tokens in batched(sorted(more.keys() | less.keys()), MOST):
        stretches = {stretch for change in (more, less) for token in tokens for stretch in change.get(token, ())}
        stored = Posting.objects.filter(token__in=tokens, stretch__in=stretches).values_list(
            "token", "stretch", "bits"
        )
        held = {(token, stretch): decoded([bytes(bits)]) for token, stretch, bits in stored}
        rows, gone = [], []
        for token in tokens:
            own_more, own_less = more.get(token, {}), less.get(token, {})
            for stretch in own_more.keys() | own_less.keys():
                old = held.get((token, stretch), 0)
                bits = old & ~own_less.get(stretch, 0) | own_more.get(stretch, 0)
                if bits and bits != old:
                    rows.append((token, stretch, encoded(bits)))
                elif old and not bits:
                    gone.append((token, stretch))
        _store(rows)
        for stretch in {stretch for _token, stretch in gone}:
            own = [token for token, other in gone if other == stretch]
            Posting.objects.filter(stretch=stretch, token__in=own).delete()


def replace(stretch: int, tokens: Mapping[str, list[int]]) -> None:
    """Let a stretch hold these keys, given in order, and nothing else; reads the whole table."""
    Posting.objects.filter(stretch=stretch).delete()
    for own in batched(sorted(tokens), MOST):
        _store([(token, stretch, _of_stretch(tokens[token])) for token in own])


def _of_stretch(keys: list[int]) -> bytes:
    if len(keys) >= FEW:
        [bits] = keys_as_bits(keys).values()
        return encoded(bits)
    return _few([key & REST for key in keys])


def _store(rows: list[tuple[str, int, bytes]]) -> None:
    sql = f"INSERT INTO {TABLE} (token, stretch, bits) VALUES (%s, %s, %s) ON CONFLICT (token, stretch) DO UPDATE"
    with connection.cursor() as cursor:
        cursor.executemany(f"{sql} SET bits = excluded.bits", rows)

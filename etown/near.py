"""What a wrong word of a query may have been meant to be, and how an error says so."""

import difflib
from collections.abc import Iterable

from django.utils.translation import gettext as _

from etown.signs import printable

# How much of a wrong word, and how many right ones, an error names.
MAX_NAMED = 40
MAX_LISTED = 30
# How the names of bounds end, here and on other sites.
BOUNDS = (
    {"after", "from", "gt", "gte", "min", "since", "start"},
    {"before", "end", "lt", "lte", "max", "till", "to", "until"},
)


def nearest(wrong: str, words: Iterable[str], cutoff: float = 0.6) -> str:
    """The word most like the wrong one; empty if none is like it."""
    words, begun = list(words), wrong[:MAX_NAMED].lower()
    found = difflib.get_close_matches(begun, words, n=1, cutoff=cutoff)
    longer = [word for word in words if word.startswith(begun)] if begun else []
    return found[0] if found else longer[0] if len(longer) == 1 else ""


def no_such_parameter(name: str, known: list[str]) -> str:
    # What ends like a bound is meant as that bound, however alike the other one is.
    same_side = [word for word in known if any(_end(name) in ends and _end(word) in ends for ends in BOUNDS)]
    if near := nearest(name, same_side, 0.5) or nearest(name, known):
        return _("There is no such parameter. Did you mean “%(near)s”?") % {"near": near}
    return _("There is no such parameter. Known: %(known)s.") % {"known": ", ".join(sorted(known))}


def _end(name: str) -> str:
    return name.lower().rpartition("_")[2]


def not_among(wrong: str, words: list[str]) -> str:
    """What to do about a value that is none of these words."""
    values = {"value": printable(wrong[:MAX_NAMED]), "choices": _listed(wrong, words)}
    if near := nearest(wrong, words):
        message = _("“%(value)s” is not one of the values: %(choices)s. Did you mean “%(near)s”?")
        return message % {**values, "near": near}
    return _("“%(value)s” is not one of the values: %(choices)s.") % values


def _listed(wrong: str, words: list[str]) -> str:
    """The right words; of very many, those that are most like the wrong one."""
    if len(words) <= MAX_LISTED:
        return ", ".join(words)
    near = difflib.get_close_matches(wrong[:MAX_NAMED], words, n=5) or words[:5]
    return ", ".join([*near, "…"])


def no_such_field(wrong: str, known: list[str]) -> str:
    values = {"wrong": printable(wrong[:MAX_NAMED]), "known": ", ".join(known)}
    if near := nearest(wrong, known):
        message = _("There is no field “%(wrong)s”. Did you mean “%(near)s”? Known: %(known)s.")
        return message % {**values, "near": near}
    return _("There is no field “%(wrong)s”. Known: %(known)s.") % values

"""Shows where a text matches a query: escaped, marked, and shortened around the first match."""

from collections.abc import Iterator
from functools import lru_cache

from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from etown.bilingual import SUFFIXES, Text, current_language, read
from etown.markup import plain
from etown.search.declared import values
from etown.search.text import Run, fold_character, folded_runs, runs

Span = tuple[int, int]
ELLIPSIS = "…"


def highlight(text: str, query: str, *, with_label: bool = True) -> SafeString:
    """The text with what matches the query in `mark`; a Text in the other language says so."""
    plain = str.__str__(text)
    marked = _marked(plain, spans(plain, query))
    if not isinstance(text, Text) or not text.is_foreign:
        return marked
    tagged = format_html('<span lang="{}">{}</span>', text.tag, marked)
    if not with_label:
        return tagged
    return format_html('{} <small class="untranslated">{}</small>', tagged, text.label)


def excerpt(text: Text, query: str, length: int = 160) -> Text:
    """A part of the text around its first match, in about so many characters."""
    plain = text.plain
    found = spans(plain, query)
    if len(plain) <= length:
        return text
    start = max(0, min(found[0][0] - length // 4 if found else 0, len(plain) - length))
    end = start + length
    # Latin words are not cut; Chinese has no spaces to cut at.
    if start and (space := plain.find(" ", start, start + 20)) >= 0:
        start = space + 1
    if end < len(plain) and (space := plain.rfind(" ", end - 20, end)) >= 0:
        end = space
    part = plain[start:end].strip()
    return Text(f"{ELLIPSIS if start else ''}{part}{ELLIPSIS if end < len(plain) else ''}", text.language, text.wanted)


def told_by(record: Model, query: str) -> SafeString:
    """What a record says that matches best, marked: the reader's language first, then in the order of its texts.

    Last come those that are computed of its parts; its own are shown beside its name.
    """
    columns = [path.removesuffix("_en") for path in record.searched.texts if path.endswith("_en")]
    own = [name for name in columns if LOOKUP_SEP not in name]
    wanted = current_language()
    for language in sorted(SUFFIXES, key=lambda language: language != wanted):
        for name in own:
            text = plain(getattr(record, f"{name}_{SUFFIXES[language]}"))
            if spans(text, query):
                is_only_one = not getattr(record, f"{name}_{SUFFIXES[wanted]}")
                return highlight(excerpt(Text(text, language, wanted), query), query, with_label=is_only_one)
        for text in _spelt_of_parts(record, SUFFIXES[language]):
            if spans(text, query):
                return highlight(Text(text, language, wanted), query, with_label=False)
    return highlight(excerpt(read(record, own[0]), query), query)


def _spelt_of_parts(record: Model, suffix: str) -> Iterator[str]:
    for path in record.searched.spelt:
        if LOOKUP_SEP in path and path.endswith(f"_{suffix}"):
            yield from values(record, path)


def spans(text: str, query: str) -> list[Span]:
    """Where the text matches, in order and without overlaps."""
    wanted = _wanted(query)
    if not wanted or not text:
        return []
    folded, origins = _folded(text)
    there = list(folded_runs(folded))
    found = sorted(span for run in wanted for span in _found(run, there, is_alone=len(wanted) == 1))
    merged: list[Span] = []
    for start, end in ((origins[start], origins[end - 1] + 1) for start, end in found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=256)
def _wanted(query: str) -> tuple[Run, ...]:
    return tuple(runs(query))


def _folded(text: str) -> tuple[str, range | list[int]]:
    """The folded text, and for each of its characters the place of the one it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    parts, origins = [], []
    for place, character in enumerate(text):
        folded = fold_character(character)
        parts.append(folded)
        origins += [place] * len(folded)
    return "".join(parts), origins


def _found(wanted: Run, there: list[Run], *, is_alone: bool) -> Iterator[Span]:
    if wanted.is_chinese:
        return _in_chinese(wanted, there)
    # A letter beside others is a word of its own.
    return _in_latin(wanted, there, may_begin=is_alone or len(wanted.text) > 1)


def _in_chinese(wanted: Run, there: list[Run]) -> Iterator[Span]:
    for run in there:
        if run.is_chinese:
            place = run.text.find(wanted.text)
            while place >= 0:
                start = run.places[0][0] + place
                yield start, start + len(wanted.text)
                place = run.text.find(wanted.text, place + 1)


def _in_latin(wanted: Run, there: list[Run], *, may_begin: bool) -> Iterator[Span]:
    joined = wanted.joined
    # Words one after the other; a Chinese run ends the row.
    row: list[tuple[str, Span]] = []
    for run in there:
        if run.is_chinese:
            row = []
            continue
        for word, (start, end) in zip(run.words, run.places, strict=True):
            if word == joined or (len(wanted.words) == 1 and may_begin and word.startswith(joined)):
                yield start, start + len(joined)
            row.append((word, (start, end)))
            last = row[-len(wanted.words) :]
            if len(wanted.words) > 1 and tuple(word for word, _place in last) == wanted.words:
                yield last[0][1][0], end
        if len(run.words) > 1 and may_begin and run.joined.startswith(joined):
            yield run.places[0][0], _end_of_letters(run, len(joined))


def _end_of_letters(run: Run, count: int) -> int:
    for start, end in run.places:
        if count <= end - start:
            return start + count
        count -= end - start
    return run.places[-1][1]


def _marked(text: str, found: list[Span]) -> SafeString:
    parts, done = [], 0
    for start, end in found:
        parts += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return mark_safe("".join([*parts, escape(text[done:])]))  # noqa: S308 (escaped part by part)

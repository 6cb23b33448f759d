"""What a dry run has found, row by row, kept in a file until the import is over: pages show a part of it."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from etown.bilingual import current_language
from etown.sheets.columns import Column
from etown.sheets.heads import Layout
from etown.sheets.outcomes import Named, Outcome, Said

PAGE = 50
# As much of a long text as helps to see what changes.
LONGEST = 400


def line(outcome: Outcome, layout: Layout) -> str:
    """One row as it is kept; values are plain texts, messages stand in each language."""
    places = layout.places
    title = str(Named(outcome.record)) if outcome.record is not None and not outcome.is_new else ""
    key = outcome.plain.get(layout.sheet.keys[0], "")
    return json.dumps(
        {
            "row": outcome.number,
            "kind": outcome.kind,
            "title": title or key,
            "waits": outcome.waits,
            "cells": [[name, places.get(name, ""), old, new] for name, (old, new) in outcome.changes.items()],
            "faults": [[name, places.get(name, ""), said] for name, said in outcome.faults],
            "warnings": outcome.warnings,
        },
        ensure_ascii=False,
    )


def is_told(outcome: Outcome) -> bool:
    return outcome.kind != "unchanged" or bool(outcome.warnings)


def page(file: IO[bytes], columns: dict[str, Column], number: int, kinds: set[str]) -> list[dict[str, Any]]:
    """The rows of one page in the reader's language."""
    found = (row for row in map(json.loads, file) if not kinds or _kinds_of(row) & kinds)
    return [_shown(row, columns) for row in islice(found, (number - 1) * PAGE, number * PAGE)]


def _kinds_of(row: dict[str, Any]) -> set[str]:
    return {row["kind"]} | ({"warned"} if row["warnings"] else set())


def _shown(row: dict[str, Any], columns: dict[str, Column]) -> dict[str, Any]:
    faults = {name: _in(said) for name, _place, said in row["faults"]}
    cells = [
        {
            "label": columns[name].label,
            "place": f"{place}{row['row']}" if place else "",
            "old": _short(columns[name].show(old)),
            "new": _short(columns[name].show(new)),
            "fault": faults.pop(name, ""),
        }
        for name, place, old, new in row["cells"]
        if name in columns
    ]
    places = {name: place for name, place, _said in row["faults"]}
    more = [
        {
            "label": columns[name].label if name in columns else "",
            "place": f"{places[name]}{row['row']}" if places[name] else "",
            "fault": text,
        }
        for name, text in faults.items()
    ]
    return row | {"cells": [*more, *cells], "warnings": [_in(said) for said in row["warnings"]]}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _in(said: Said) -> str:
    return said.get(current_language(), "")


def messages(found: list[Said]) -> Iterator[str]:
    return map(_in, found)

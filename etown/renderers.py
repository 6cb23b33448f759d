"""API answers as JSON, and whole lists streamed as CSV and NDJSON."""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework import renderers

# What a spreadsheet would run instead of show; a negative number is none of it.
FORMULA = re.compile(r"[=+@＝＋－＠\t\r\n]|-(?!\d+(\.\d+)?\Z)")


class JSONRenderer(renderers.JSONRenderer):
    charset = "utf-8"


class StreamRenderer(renderers.BaseRenderer):
    """A format of whole lists; the list view streams `lines` instead of calling render()."""

    charset = "utf-8"

    def lines(self, columns: list[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
        raise TypeError(f"{type(self).__name__} does not say how its lines look.")

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        """One record, or a list that is in memory already."""
        rows = [data] if isinstance(data, dict) else list(data)
        columns = list(rows[0]) if rows else []
        return "".join(self.lines(columns, rows)).encode()


class CSVRenderer(StreamRenderer):
    """RFC 4180 with a byte order mark, so that spreadsheets read Chinese, and safe from formulas."""

    media_type = "text/csv"
    format = "csv"

    def lines(self, columns: list[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield codecs.BOM_UTF8.decode() + writer.writerow(columns)
        for row in rows:
            yield writer.writerow([_cell(row[column]) for column in columns])


class NDJSONRenderer(StreamRenderer):
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def lines(self, columns: list[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
        for row in rows:
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


class _Echo:
    """Hands each written line back to the caller."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _guarded(value)
    if isinstance(value, dict):
        return _guarded(" | ".join(f"{name}={_cell(item)}" for name, item in value.items() if item not in (None, "")))
    if isinstance(value, (list, tuple)):
        return _guarded("; ".join(_cell(item) for item in value))
    return str(value)


def _guarded(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text

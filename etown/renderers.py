"""API answers as JSON, and whole lists as CSV, NDJSON and workbooks."""

import codecs
import json
from collections.abc import Iterable
from typing import Any

from rest_framework import renderers

from etown.spreadsheets import WORKBOOK, csv_line, sheet_name, workbook


class JSONRenderer(renderers.JSONRenderer):
    charset = "utf-8"


class WholeRenderer(renderers.BaseRenderer):
    """A format in which a list is given whole: `head`, then what `line` makes of each record.

    `stored` names the column of ready texts, after each of which `end` stands.
    """

    charset = "utf-8"
    stored = ""
    end = ""
    # Whether a record is a row of cells, which show no formatting.
    has_cells = False

    def head(self, columns: Iterable[str]) -> str:
        return ""

    def line(self, record: dict[str, Any]) -> str:
        raise TypeError(f"{type(self).__name__} does not say how its lines look.")

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        """One record."""
        return (self.head(data) + self.line(data)).encode()


class CSVRenderer(WholeRenderer):
    """RFC 4180 with a byte order mark, so that spreadsheets read Chinese, and safe from formulas."""

    media_type = "text/csv"
    format = "csv"
    stored = "line"
    has_cells = True

    def head(self, columns: Iterable[str]) -> str:
        return codecs.BOM_UTF8.decode() + csv_line(columns)

    def line(self, record: dict[str, Any]) -> str:
        return csv_line(record.values())


class NDJSONRenderer(WholeRenderer):
    """One JSON object a line."""

    media_type = "application/x-ndjson"
    format = "ndjson"
    stored = "body"
    end = "\n"

    def line(self, record: dict[str, Any]) -> str:
        return json_text(record) + self.end


class XLSXRenderer(WholeRenderer):
    """A workbook for Excel and WPS; see `etown.spreadsheets`."""

    media_type = WORKBOOK
    format = "xlsx"
    charset = None
    render_style = "binary"
    has_cells = True

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        model = renderer_context["view"].queryset.model
        with workbook(sheet_name(model), list(data), [data]) as file:
            return file.read()


def json_text(value: Any) -> str:
    """JSON as every answer has it: compact, and in its own letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""Records as cells: CSV lines that no spreadsheet runs as formulas, and workbooks written row by row."""

import csv
import re
import tempfile
from collections.abc import Iterable
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.db.models import Model
from django.utils import translation

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A workbook is put together on the disk before it is sent.
MAX_ROWS = 50_000
# What one cell of a workbook can hold.
MAX_CELL = 32_767
# The most letters of a sheet's name, and the fewest that a column shows.
MAX_NAME = 31
MIN_WIDTH = 14
# What a spreadsheet would run instead of show; a negative number is none of it. With the guards that stand before it
# already, so that taking one guard away always gives back what was guarded.
FORMULA = re.compile(r"'*(?:[=+@＝＋－＠\t\r\n]|-(?!\d+(\.\d+)?\Z))")


class _Echo:
    """Hands each written line back to the caller."""

    def write(self, line: str) -> str:
        return line


def csv_line(values: Iterable[Any]) -> str:
    return csv.writer(_Echo()).writerow([_guarded(plain(value)) for value in values])


def plain(value: Any) -> str:
    """A value as the text of one cell, however deep it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " | ".join(f"{name}={plain(item)}" for name, item in value.items() if item not in (None, ""))
    if isinstance(value, (list, tuple)):
        return "; ".join(plain(item) for item in value)
    return str(value)


def _guarded(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """A text as it was before it was written to a file of ours."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def sheet_name(model: type[Model]) -> str:
    """What the rows are, in every language: files do not depend on who asks for them."""
    names = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names.append(str(model._meta.verbose_name_plural))
    return " ".join(dict.fromkeys(names))[:MAX_NAME]


def workbook(name: str, columns: list[str], records: Iterable[dict[str, Any]]) -> IO[bytes]:
    """One sheet with these records, as a temporary file that goes with its last reader."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    # Rows leave the memory as soon as they are written; a text stays a text, whatever it looks like.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True, "bottom": 1}))
        for column, title in enumerate(columns):
            sheet.set_column(column, column, max(MIN_WIDTH, len(title) + 2))
        for row, record in enumerate(records, start=1):
            for column, value in enumerate(record.values()):
                _write(sheet, row, column, value)
    file.seek(0)
    return file


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    elif text := plain(value):
        sheet.write_string(row, column, text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…")

"""Writes a sheet in the reader's language: what is imported again unchanged changes nothing."""

import codecs
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet

from etown.sheets.cells import MAX_CELL, MAX_ROWS
from etown.sheets.columns import Column, options_of
from etown.sheets.declared import Sheet
from etown.sheets.texts import EXACT_DIGITS
from etown.spreadsheets import FORMULA, MAX_NAME, MIN_WIDTH, csv_line

CHUNK = 500
# What the list of a choice may hold in a workbook, all words together.
MAX_OPTIONS = 255
WIDEST = 60


def rows(sheet: Sheet, records: QuerySet) -> Iterator[list[str]]:
    """The cells of each row, as texts; from the database in chunks."""
    columns = list(sheet.columns.values())
    for row in sheet.for_cells(sheet.rows_of(records)).iterator(chunk_size=CHUNK):
        yield [column.show(column.plain(row)) for column in columns]


def lines(sheet: Sheet, records: QuerySet) -> Iterator[str]:
    """CSV with a byte order mark, so that spreadsheets read Chinese, and safe from formulas."""
    yield codecs.BOM_UTF8.decode() + csv_line(column.label for column in sheet.columns.values())
    for cells in rows(sheet, records):
        yield csv_line(cells)


def workbook(sheet: Sheet, records: QuerySet) -> IO[bytes]:
    """A temporary file that goes with its last reader; all text stays text while it is edited, codes too."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with xlsxwriter.Workbook(file, options) as book:
            _fill(book, sheet, records)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _fill(book: Any, sheet: Sheet, records: QuerySet) -> None:
    page = book.add_worksheet(sheet.label[:MAX_NAME])
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    page.freeze_panes(1, 1)
    columns = list(sheet.columns.values())
    for index, column in enumerate(columns):
        width = min(WIDEST, max(MIN_WIDTH, len(column.label) + 2))
        page.set_column(index, index, width, None if column.is_number else text)
        page.write_string(0, index, column.label, bold)
        _offer(page, index, column)
    for number, cells in enumerate(rows(sheet, records), start=1):
        for index, (column, value) in enumerate(zip(columns, cells, strict=True)):
            _write(page, number, index, value, column, text)


def _write(page: Any, number: int, index: int, value: str, column: Column, text: Any) -> None:
    if value == "":
        return
    if column.is_number and sum(map(str.isdigit, value)) <= EXACT_DIGITS:
        page.write_number(number, index, float(value))
    else:
        # An apostrophe before what could be a formula is taken off when it is read: one more keeps it.
        guard = "'" if value.startswith("'") and FORMULA.match(value) else ""
        page.write_string(number, index, f"{guard}{value}"[:MAX_CELL], text)


def _offer(page: Any, index: int, column: Column) -> None:
    """The words of a choice, as a list beside the cell; Excel refuses longer ones, and words with commas."""
    offered = list(options_of(column))
    if offered and len(",".join(offered)) <= MAX_OPTIONS and not any("," in word for word in offered):
        page.data_validation(
            1, index, MAX_ROWS, index, {"validate": "list", "source": offered, "error_type": "warning"}
        )

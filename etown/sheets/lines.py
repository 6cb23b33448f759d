"""Reads CSV as spreadsheets write it: UTF-8, UTF-16 or GB 18030, between commas, semicolons or tabs."""

import codecs
import csv
import datetime
import io
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import EMPTY, EPOCH_1900, MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell, Row, UnreadableError
from etown.sheets.worksheets import TOO_MANY_ROWS, TOO_WIDE
from etown.spreadsheets import unguarded

CHUNK = 1 << 16
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SEPARATORS = ",;\t，；"
WIDE = {"，": ",", "；": ";"}
BROKEN = _("The file ends within a quoted cell, or its quotes do not match: export it once more.")


class Lines:
    """The rows of a CSV file; UnreadableError says why there are none."""

    epoch: datetime.date = EPOCH_1900

    def __init__(self, file: IO[bytes]) -> None:
        self.merged: list[str] = []
        self.others: list[str] = []
        self._file = file
        self._encoding = _encoding(file)
        self._separator, self._skipped = self._find_separator()

    def __iter__(self) -> Iterator[Row]:
        text = self._text()
        try:
            for _line in range(self._skipped):
                text.readline()
            reader = csv.reader(_without_nul(text), delimiter=self._separator, strict=True)
            for number, values in enumerate(reader, start=1 + self._skipped):
                if number > MAX_ROWS + 1 + self._skipped:
                    raise UnreadableError(TOO_MANY_ROWS)
                if len(values) > MAX_COLUMNS:
                    raise UnreadableError(TOO_WIDE)
                if any(values):
                    yield Row(number, [_cell(value) for value in values])
        except csv.Error as error:
            raise UnreadableError(BROKEN) from error
        finally:
            text.detach()

    def _text(self) -> io.TextIOWrapper:
        self._file.seek(0)
        return io.TextIOWrapper(self._file, encoding=self._encoding, newline="")  # type: ignore[arg-type]

    def _find_separator(self) -> tuple[str, int]:
        """Of the header's line, quoted cells left out; Excel writes `sep=;` above it."""
        text = self._text()
        try:
            line = text.readline(CHUNK)
            if line.lower().startswith("sep=") and line[4:5] in {",", ";", "\t"}:
                return line[4], 1
        finally:
            text.detach()
        outside = "".join(line.split('"')[::2])
        found = max(SEPARATORS, key=outside.count)
        return WIDE.get(found, found) if found not in WIDE else found, 0


def _cell(value: str) -> Cell:
    if len(value) > MAX_CELL:
        return Cell(value[:80], "long")
    return Cell(unguarded(value)) if value else EMPTY


def _without_nul(lines: io.TextIOWrapper) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise UnreadableError(_("This is not a text file: save the table as XLSX, or as CSV in UTF-8."))
        yield line


def _encoding(file: IO[bytes]) -> str:
    """By its mark, or else the first in which the whole file can be read."""
    file.seek(0)
    head = file.read(CHUNK)
    for mark, name in BOMS:
        if head.startswith(mark):
            _refuse_undecodable(file, name)
            return name
    if head[:256].count(0) * 8 > len(head[:256]):
        # Text of two bytes a character; where most of it is Latin, every other byte is zero.
        name = "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
        _refuse_undecodable(file, name)
        return name
    for name in ("utf-8", "gb18030"):
        if _is_readable(file, name):
            return name
    raise UnreadableError(UNKNOWN)


UNKNOWN = _("The characters of this file cannot be read: save it as CSV in UTF-8, or as XLSX.")


def _refuse_undecodable(file: IO[bytes], name: str) -> None:
    if not _is_readable(file, name):
        raise UnreadableError(UNKNOWN)


def _is_readable(file: IO[bytes], name: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True

"""The rows of one sheet of a workbook, cell by cell as they are read."""

import datetime
import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import EMPTY, MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell, Row, UnreadableError, day_of, place
from etown.sheets.xml_parts import DAMAGED, local, new_parser, parse
from etown.spreadsheets import unguarded

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
TOO_MANY_ROWS = _("The sheet has more than 20,000 rows: delete the empty ones below the table, or split it.")
TOO_WIDE = _("The sheet has more than 200 columns: delete what does not belong to the table.")


class Text:
    """What the <t> elements of a text say; readings printed above characters (<rPh>) are none of it."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._parts: list[str] = []
        self._length = self._reading = 0
        self._is_open = False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._reading += 1
        self._is_open = tag == "t" and not self._reading

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._reading -= 1
        self._is_open = False

    def add(self, data: str) -> None:
        # One character more than a cell holds tells that it is too long.
        if self._is_open and self._length <= MAX_CELL:
            self._parts.append(data)
            self._length += len(data)

    def value(self) -> str:
        return "".join(self._parts)


class SheetReader:
    def __init__(self, shared: list[str], formats: list[str], epoch: datetime.date, merged: list[str]) -> None:
        self._shared, self._formats, self._epoch, self._merged = shared, formats, epoch, merged
        self._ready: list[Row] = []
        self._number = self._count = 0
        self._cells: list[Cell] = []
        self._column = -1
        self._attributes: dict[str, str] = {}
        self._is_formula = self._in_value = False
        self._value: list[str] = []
        self._text = Text()

    def rows(self, chunks: Iterator[bytes]) -> Iterator[Row]:
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        for chunk in chunks:
            parse(parser, chunk, is_last=False)
            yield from self._ready
            self._ready.clear()
        parse(parser, b"", is_last=True)
        yield from self._ready

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "row":
            self._count += 1
            if self._count > MAX_ROWS + 1:
                raise UnreadableError(TOO_MANY_ROWS)
            given = attributes.get("r", "")
            self._number = int(given) if given.isascii() and given.isdigit() else self._number + 1
            self._cells, self._column = [], -1
        elif tag == "c":
            found = place(attributes.get("r", ""))
            self._column = found[0] if found else self._column + 1
            self._attributes, self._is_formula = attributes, False
            self._value.clear()
            self._text.clear()
        elif tag == "f":
            self._is_formula = True
        elif tag == "v":
            self._in_value = True
        elif tag == "mergeCell" and len(self._merged) < MAX_ROWS:
            self._merged.append(attributes.get("ref", ""))
        else:
            self._text.start(tag)

    def _data(self, data: str) -> None:
        if self._in_value:
            self._value.append(data)
        else:
            self._text.add(data)

    def _end(self, tag: str) -> None:
        tag = local(tag)
        if tag == "v":
            self._in_value = False
        elif tag == "c":
            self._keep(self._cell())
        elif tag == "row":
            if any(cell != EMPTY for cell in self._cells):
                self._ready.append(Row(self._number, self._cells))
        else:
            self._text.end(tag)

    def _keep(self, cell: Cell) -> None:
        if cell == EMPTY:
            return
        if self._column >= MAX_COLUMNS:
            raise UnreadableError(TOO_WIDE)
        missing = self._column - len(self._cells)
        self._cells += [EMPTY] * (missing + 1)
        self._cells[self._column] = cell

    def _cell(self) -> Cell:
        value, kind = "".join(self._value), self._attributes.get("t", "n")
        if self._is_formula:
            return Cell(value[:MAX_CELL], "formula")
        if kind == "inlineStr":
            return _text_cell(self._text.value())
        if not value:
            return EMPTY
        if kind == "s":
            try:
                return _text_cell(self._shared[int(value)])
            except (ValueError, IndexError) as error:
                raise UnreadableError(DAMAGED) from error
        if kind == "b":
            return Cell("true" if value.strip() == "1" else "false", "boolean")
        if kind == "e":
            return Cell(value[:20], "error")
        if kind == "n":
            return self._number_cell(value)
        # Texts of former formulas, and dates of strict workbooks, as they are written.
        return _text_cell(value)

    def _number_cell(self, value: str) -> Cell:
        style = self._attributes.get("s", "")
        form = self._formats[int(style)] if style.isdigit() and int(style) < len(self._formats) else ""
        try:
            number = float(value)
            if form in {"day", "month", "year"}:
                text = day_of(number, self._epoch).isoformat()
                return Cell(text[: {"day": 10, "month": 7, "year": 4}[form]], "date")
        except (ValueError, OverflowError):
            return _text_cell(value)
        return Cell(value.strip(), "percent" if form == "percent" else "number")


def _text_cell(text: str) -> Cell:
    if len(text) > MAX_CELL:
        return Cell(text[:80], "long")
    if "_x" in text:
        text = ESCAPED.sub(_meant, text)
    text = unguarded(text)
    return Cell(text) if text else EMPTY


def _meant(found: re.Match[str]) -> str:
    """Characters are written by their numbers where XML cannot hold them; databases do not hold them either."""
    meant = chr(int(found[1], 16))
    return "" if (meant < " " and meant not in "\t\n\r") or "\ud800" <= meant <= "\udfff" else meant

"""Reads the first sheet of an XLSX file, row by row, in memory that does not grow with the sheet.

Own code on the standard library: of the packages one takes the whole sheet into memory, and can be made to end the
process by one cell far out; the other needs more time and tells nothing of merged cells (docs/adr/0014).
"""

import datetime
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import (
    EMPTY,
    EPOCH_1900,
    EPOCH_1904,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    Row,
    UnreadableError,
    day_of,
    place,
)
from etown.spreadsheets import unguarded

CHUNK = 1 << 16
# Unpacked; a sheet of the most rows that are read is far smaller.
MAX_PART = 256 * 2**20
# Texts that cells share are the only part that must be held in memory.
MAX_SHARED = 48 * 2**20
MAX_MEMBERS = 2_000
DATES = {14: "day", 15: "day", 16: "day", 17: "month", 22: "day"} | {
    number: "month" if number in {27, 36, 50, 52, 57} else "day" for number in (*range(27, 32), 36, *range(50, 59))
}
PERCENT = {9, 10}
# What in a number format is no code: quoted texts, colours and conditions, escaped letters.
LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
DAMAGED = _("The workbook is damaged or incomplete: open it in Excel or WPS, save it anew and upload that.")
TOO_LARGE = _("The workbook is far larger unpacked than a table can be: copy the rows into a new workbook.")
NOT_A_WORKBOOK = _("This is not a workbook of Excel or WPS: save the table as XLSX or CSV.")
TOO_MANY_ROWS = _("The sheet has more than 20,000 rows: delete the empty ones below the table, or split it.")
TOO_WIDE = _("The sheet has more than 200 columns: delete what does not belong to the table.")


class Workbook:
    """The rows of the first visible sheet; UnreadableError says why there are none."""

    def __init__(self, file: IO[bytes]) -> None:
        self.merged: list[str] = []
        self.others: list[str] = []
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableError(DAMAGED) from error
        self._refuse_strangers()
        self._path, self.epoch = self._first_sheet()
        self._formats = self._number_formats()
        self._shared: list[str] = []

    def __iter__(self) -> Iterator[Row]:
        self._shared = self._shared_texts()
        yield from _SheetReader(self._shared, self._formats, self.epoch, self.merged).rows(self._read(self._path))

    def _refuse_strangers(self) -> None:
        members = self._zip.infolist()
        names = {member.filename for member in members}
        if "xl/workbook.bin" in names:
            raise UnreadableError(_("This is a binary workbook (XLSB): save it as XLSX."))
        if not any(name.endswith("workbook.xml") for name in names):
            if "content.xml" in names:
                raise UnreadableError(_("This is an OpenDocument sheet: save it as XLSX."))
            raise UnreadableError(NOT_A_WORKBOOK)
        if any(member.flag_bits & 1 for member in members):
            raise UnreadableError(_("The workbook is locked with a password: save it without one."))
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > 2 * MAX_PART:
            raise UnreadableError(TOO_LARGE)

    def _read(self, name: str, limit: int = MAX_PART) -> Iterator[bytes]:
        """A member never yields more than its head says, so that the heads bound the memory."""
        try:
            info = self._zip.getinfo(name)
            if info.file_size > limit:
                raise UnreadableError(TOO_LARGE)
            with self._zip.open(info) as member:
                while chunk := member.read(CHUNK):
                    yield chunk
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise UnreadableError(DAMAGED) from error

    def _walk(self, name: str, start: Callable[[str, dict[str, str]], None], limit: int = CHUNK * 64) -> None:
        parser = _parser()
        parser.StartElementHandler = lambda tag, attributes: start(_local(tag), attributes)
        _feed(parser, self._read(name, limit))

    def _first_sheet(self) -> tuple[str, datetime.date]:
        sheets: list[dict[str, str]] = []
        epoch = EPOCH_1900
        targets: dict[str, str] = {}
        names = self._zip.namelist()
        path = (
            "xl/workbook.xml" if "xl/workbook.xml" in names else next(n for n in names if n.endswith("workbook.xml"))
        )
        folder, base = posixpath.split(path)

        def workbook(tag: str, attributes: dict[str, str]) -> None:
            nonlocal epoch
            if tag == "sheet":
                sheets.append({_local(name): value for name, value in attributes.items()})
            elif tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                epoch = EPOCH_1904

        def relation(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
                targets[attributes.get("Id", "")] = attributes.get("Target", "")

        self._walk(path, workbook)
        self._walk(posixpath.join(folder, "_rels", f"{base}.rels"), relation)
        visible = [
            sheet for sheet in sheets if sheet.get("state", "visible") == "visible" and sheet.get("id") in targets
        ]
        if not visible:
            raise UnreadableError(_("The workbook has no sheet with a table."))
        self.others = [sheet.get("name", "") for sheet in visible[1:]]
        target = targets[visible[0]["id"]]
        full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        return full, epoch

    def _number_formats(self) -> list[str]:
        """For each style of a cell: "day", "month", "year" for dates, "percent", or nothing."""
        if "xl/styles.xml" not in self._zip.namelist():
            return []
        codes: dict[int, str] = {}
        styles: list[str] = []
        within = ""

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal within
            if tag in {"cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}:
                within = tag
            elif tag == "numFmt" and attributes.get("numFmtId", "").isdigit():
                codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif tag == "xf" and within == "cellXfs":
                number = attributes.get("numFmtId", "0")
                styles.append(_format(int(number) if number.isdigit() else 0, codes))

        self._walk("xl/styles.xml", start, MAX_PART // 16)
        return styles

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._zip.namelist():
            return []
        found: list[str] = []
        text = _Text()

        def start(tag: str, attributes: dict[str, str]) -> None:
            if (tag := _local(tag)) == "si":
                text.clear()
            else:
                text.start(tag)

        def end(tag: str) -> None:
            if (tag := _local(tag)) == "si":
                found.append(text.value())
            else:
                text.end(tag)

        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text.add
        _feed(parser, self._read("xl/sharedStrings.xml", MAX_SHARED))
        return found


class _Text:
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


class _SheetReader:
    def __init__(self, shared: list[str], formats: list[str], epoch: datetime.date, merged: list[str]) -> None:
        self._shared, self._formats, self._epoch, self._merged = shared, formats, epoch, merged
        self._ready: list[Row] = []
        self._number = self._count = 0
        self._cells: list[Cell] = []
        self._column = -1
        self._attributes: dict[str, str] = {}
        self._is_formula = self._in_value = False
        self._value: list[str] = []
        self._text = _Text()

    def rows(self, chunks: Iterator[bytes]) -> Iterator[Row]:
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        for chunk in chunks:
            _parse(parser, chunk, is_last=False)
            yield from self._ready
            self._ready.clear()
        _parse(parser, b"", is_last=True)
        yield from self._ready

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = _local(tag)
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
        tag = _local(tag)
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
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = unguarded(text)
    return Cell(text) if text else EMPTY


def _format(number: int, codes: dict[int, str]) -> str:
    if number in PERCENT:
        return "percent"
    if number not in codes:
        return DATES.get(number, "")
    code = LITERAL.sub("", codes[number].split(";")[0]).lower()
    if "%" in code:
        return "percent"
    if "general" in code:
        return ""
    if "d" in code:
        return "day"
    # Minutes share their letter with months, but stand beside hours or seconds.
    if "m" in code and not {"h", "s"} & set(code):
        return "month"
    return "year" if "y" in code else ""


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    # Workbooks declare no document types; without one no entity can be declared, and none can grow.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_arguments: object) -> None:
    raise UnreadableError(NOT_A_WORKBOOK)


def _feed(parser: expat.XMLParserType, chunks: Iterator[bytes]) -> None:
    for chunk in chunks:
        _parse(parser, chunk, is_last=False)
    _parse(parser, b"", is_last=True)


def _parse(parser: expat.XMLParserType, chunk: bytes, *, is_last: bool) -> None:
    try:
        parser.Parse(chunk, is_last)
    except expat.ExpatError as error:
        raise UnreadableError(DAMAGED) from error

"""Reads the first sheet of an XLSX file, row by row, in memory that does not grow with the sheet.

Own code on the standard library: of the packages one takes the whole sheet into memory, and can be made to end the
process by one cell far out; the other needs more time and tells nothing of merged cells (docs/adr/0014).
"""

import datetime
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import EPOCH_1900, EPOCH_1904, Row, UnreadableError
from etown.sheets.number_formats import meaning_of
from etown.sheets.worksheets import SheetReader, Text
from etown.sheets.xml_parts import DAMAGED, NOT_A_WORKBOOK, feed, local, new_parser

CHUNK = 1 << 16
# Unpacked; a sheet of the most rows that are read is far smaller.
MAX_PART = 256 * 2**20
# Texts that cells share are the only part that must be held in memory.
MAX_SHARED = 48 * 2**20
MAX_MEMBERS = 2_000
TOO_LARGE = _("The workbook is far larger unpacked than a table can be: copy the rows into a new workbook.")


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
        yield from SheetReader(self._shared, self._formats, self.epoch, self.merged).rows(self._read(self._path))

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
        parser = new_parser()
        parser.StartElementHandler = lambda tag, attributes: start(local(tag), attributes)
        feed(parser, self._read(name, limit))

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
                sheets.append({local(name): value for name, value in attributes.items()})
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
                styles.append(meaning_of(int(number) if number.isdigit() else 0, codes))

        self._walk("xl/styles.xml", start, MAX_PART // 16)
        return styles

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._zip.namelist():
            return []
        found: list[str] = []
        text = Text()

        def start(tag: str, attributes: dict[str, str]) -> None:
            if (tag := local(tag)) == "si":
                text.clear()
            else:
                text.start(tag)

        def end(tag: str) -> None:
            if (tag := local(tag)) == "si":
                found.append(text.value())
            else:
                text.end(tag)

        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text.add
        feed(parser, self._read("xl/sharedStrings.xml", MAX_SHARED))
        return found

"""The parser for the parts of a workbook, which lets nothing in them grow."""

from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from etown.sheets.cells import UnreadableError

DAMAGED = _("The workbook is damaged or incomplete: open it in Excel or WPS, save it anew and upload that.")
NOT_A_WORKBOOK = _("This is not a workbook of Excel or WPS: save the table as XLSX or CSV.")


def local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def new_parser() -> expat.XMLParserType:
    made = expat.ParserCreate()
    made.buffer_text = True
    # Workbooks declare no document types; without one no entity can be declared, and none can grow.
    made.StartDoctypeDeclHandler = _refuse_doctype
    return made


def _refuse_doctype(*_arguments: object) -> None:
    raise UnreadableError(NOT_A_WORKBOOK)


def feed(reader: expat.XMLParserType, chunks: Iterator[bytes]) -> None:
    for chunk in chunks:
        parse(reader, chunk, is_last=False)
    parse(reader, b"", is_last=True)


def parse(reader: expat.XMLParserType, chunk: bytes, *, is_last: bool) -> None:
    try:
        reader.Parse(chunk, is_last)
    except expat.ExpatError as error:
        raise UnreadableError(DAMAGED) from error

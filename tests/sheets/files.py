"""Tables as Excel, WPS and others write them."""

import csv
import io
import zipfile
from typing import Any

import xlsxwriter


def csv_file(*rows: list[str], encoding: str = "utf-8", separator: str = ",") -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def xlsx_file(
    *rows: list[Any],
    date1904: bool = False,
    formats: dict[tuple[int, int], str] | None = None,
    merged: str = "",
    sheets: tuple[str, ...] = ("Sheet1",),
) -> io.BytesIO:
    """A workbook; texts stay texts and numbers numbers. `formats` are number formats by row and column from 0."""
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options | ({"date_1904": True} if date1904 else {})) as book:
        pages = [book.add_worksheet(name) for name in sheets]
        if merged:
            pages[0].merge_range(merged, "")
        for number, row in enumerate(rows):
            for index, value in enumerate(row):
                form = (formats or {}).get((number, index))
                style = [book.add_format({"num_format": form})] if form else []
                if isinstance(value, Formula):
                    pages[0].write_formula(number, index, value.text, None, value.result)
                elif value is not None:
                    pages[0].write(number, index, value, *style)
    file.seek(0)
    return file


class Formula:
    def __init__(self, text: str, result: Any = 0) -> None:
        self.text, self.result = text, result


def repacked(file: io.BytesIO, **parts: bytes | None) -> io.BytesIO:
    """The workbook with other parts in it: `sheet1`, `sharedStrings`, `workbook`; None leaves one out."""
    made = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].removesuffix(".xml")
            content = parts.get(stem, old.read(name))
            if content is not None:
                new.writestr(name, content)
    made.seek(0)
    return made


SHEET = (
    '<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rows}</sheetData>{after}</worksheet>"
)


def sheet_xml(rows: str, before: str = "", after: str = "") -> bytes:
    return SHEET.format(rows=rows, before=before, after=after).encode()

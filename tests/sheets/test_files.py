"""What is no table is refused with a message that names the problem, before much of it is read."""

import io
import tracemalloc
import zipfile

import pytest
from PIL import Image

from etown.sheets.cells import MAX_BYTES, Cell, UnreadableError
from etown.sheets.counting import rows_in
from etown.sheets.files import open_rows
from tests.sheets.files import Formula, csv_file, repacked, sheet_xml, xlsx_file

HEAD = ["slug", "name_en"]
ROW = ["acme", "Acme"]
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def texts(file: io.BytesIO) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in open_rows(file, len(file.getvalue()))]


def refusal(file: io.BytesIO, size: int = 0) -> str:
    with pytest.raises(UnreadableError) as found:
        list(open_rows(file, size or len(file.getvalue())))
    return str(found.value.message)


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    return file


def archive(**members: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file


def bomb(length: int) -> io.BytesIO:
    """A workbook whose sheet unpacks to this many spaces."""
    book = xlsx_file(HEAD, ROW)
    made = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.endswith("sheet1.xml"):
                with new.open(name, "w") as part:
                    part.write(b"<worksheet><sheetData>")
                    for _chunk in range(length // 2**20):
                        part.write(b" " * 2**20)
            else:
                new.writestr(name, old.read(name))
    made.seek(0)
    return made


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (io.BytesIO(b""), "The file is empty."),
        (io.BytesIO(b"  \r\n "), "The file is empty."),
        (picture(), "This is a picture, whatever its name says"),
        (io.BytesIO(b"%PDF-1.7 ..."), "This is a PDF"),
        (io.BytesIO(b"<html><table></table></html>"), "This is a web page or XML"),
        (io.BytesIO(b"\x1f\x8b\x08 packed"), "This is a packed file"),
        (io.BytesIO(COMPOUND + bytes(600) + "Workbook".encode("utf-16-le")), "workbook of the old kind (XLS)"),
        (io.BytesIO(COMPOUND + bytes(600) + "EncryptedPackage".encode("utf-16-le")), "locked with a password"),
        (io.BytesIO(xlsx_file(HEAD, ROW).getvalue()[:-200]), "damaged or incomplete"),
        (repacked(xlsx_file(HEAD, ROW), sheet1=None), "damaged or incomplete"),
        (repacked(xlsx_file(HEAD, ROW), sharedStrings=b"<sst></sst>"), "damaged or incomplete"),
        (repacked(xlsx_file(HEAD, ROW), sheet1=sheet_xml("<row><c><v>1</v></c>")), "damaged or incomplete"),
        (repacked(xlsx_file(HEAD, ROW), sheet1=sheet_xml("", ENTITIES)), "not a workbook of Excel or WPS"),
        (archive(word__document_xml=b"<w/>"), "not a workbook of Excel or WPS"),
        (archive(content_xml=b"<o/>"), "an OpenDocument sheet"),
        (archive(**{"xl__workbook.bin": b""}), "a binary workbook (XLSB)"),
        (bomb(300 * 2**20), "far larger unpacked than a table can be"),
        (repacked(xlsx_file(HEAD), sheet1=sheet_xml("<row/>" * 1_000_000)), "more than 20,000 rows"),
        (repacked(xlsx_file(HEAD), sheet1=sheet_xml('<row><c r="XFD1"><v>1</v></c></row>')), "more than 200 columns"),
        (csv_file(*[ROW] * 20_002), "more than 20,000 rows"),
        (csv_file(["a"] * 201), "more than 200 columns"),
        (io.BytesIO(b'slug,name_en\r\nacme,"Acme'), "ends within a quoted cell"),
        (io.BytesIO(b"slug,name_en\r\nacme,A\x00cme"), "not a text file"),
        (io.BytesIO(b"slug\r\n\xff\xff\xff\xff"), "characters of this file cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_by_name(file, message):
    assert message in refusal(file)


def test_what_is_too_large_is_not_even_looked_at():
    assert "larger than 20 MB" in refusal(io.BytesIO(b"PK"), 50 * 2**20)
    assert MAX_BYTES < 50 * 2**20


@pytest.mark.parametrize("file", [bomb(200 * 2**20), repacked(xlsx_file(HEAD), sheet1=sheet_xml("<row/>" * 900_000))])
def test_what_unpacks_to_much_takes_little_memory(file):
    tracemalloc.start()
    refusal(file)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_every_encoding_and_with_every_separator(encoding, separator):
    rows = [["slug", "名称（中文）"], ["acme", "艺妙神州，北京; 亦庄"]]
    assert texts(csv_file(*rows, encoding=encoding, separator=separator)) == rows


def test_excel_may_name_the_separator_above_the_headers():
    assert texts(io.BytesIO(b"sep=;\r\nslug;name_en\r\nacme;A, B\r\n")) == [HEAD, ["acme", "A, B"]]


def test_a_formula_that_our_export_has_made_harmless_is_itself_again():
    assert texts(csv_file(["name_en"], ["'=1+1"], ["''=1+1"], ["'tis"])) == [
        ["name_en"],
        ["=1+1"],
        ["'=1+1"],
        ["'tis"],
    ]


def test_a_workbook_keeps_rows_columns_and_kinds_apart():
    rows = [["slug", None, "low"], [None, None, None], ["acme", None, 0.29], ["beta", "x", True]]
    found = list(open_rows(xlsx_file(*rows), 1))
    assert [row.number for row in found] == [1, 3, 4]
    assert found[1].cells == [Cell("acme"), Cell(), Cell("0.29", "number")]
    assert found[2].cells == [Cell("beta"), Cell("x"), Cell("true", "boolean")]


def test_dates_are_as_precise_as_the_cell_shows_them():
    formats = {(0, 0): "yyyy-mm-dd", (0, 1): 'yyyy"年"m"月"', (0, 2): "yyyy", (0, 3): "0.0", (0, 4): "0%"}
    row = [45415, 45415, 45415, 45415, 0.57]
    [found] = open_rows(xlsx_file(row, formats=formats), 1)
    assert [cell.text for cell in found.cells[:4]] == ["2024-05-03", "2024-05", "2024", "45415"]
    assert found.cells[4].kind == "percent"
    [other] = open_rows(xlsx_file(row, formats=formats, date1904=True), 1)
    assert other.cells[0] == Cell("2028-05-04", "date")


def test_formulas_and_errors_are_known_for_what_they_are():
    [row] = open_rows(xlsx_file([Formula("=1+1", 2), Formula("=NA()", "#N/A")]), 1)
    assert [cell.kind for cell in row.cells] == ["formula", "formula"]
    wrong = repacked(xlsx_file(HEAD), sheet1=sheet_xml('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'))
    [row] = open_rows(wrong, 1)
    assert row.cells == [Cell("#N/A", "error")]


def test_rich_text_is_read_without_the_readings_above_it():
    rich = b"<sst><si><r><t>A</t></r><r><t>cme</t></r><rPh><t>akumi</t></rPh></si>%s</sst>"
    rich %= b"<si><t>a_x000D_b_x0000__xD83D_</t></si>"
    file = repacked(
        xlsx_file(HEAD),
        sharedStrings=rich,
        sheet1=sheet_xml(
            '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>in</t></is></c></row>'
        ),
    )
    assert texts(file) == [["Acme", "a\rb", "in"]]


def test_merged_cells_and_further_sheets_are_told():
    rows = open_rows(xlsx_file(HEAD, ROW, merged="D2:D5", sheets=("Companies", "Notes")), 1)
    list(rows)
    assert (rows.merged, rows.others) == (["D2:D5"], ["Notes"])


def test_about_how_many_rows_there_are_is_told_without_reading_them():
    assert rows_in(xlsx_file(*[ROW] * 50)) == 50
    assert rows_in(csv_file(*[ROW] * 50)) == 50
    assert rows_in(picture()) < 10

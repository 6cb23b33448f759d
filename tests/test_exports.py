"""Whole lists as files: the rows of the filter, safe in a spreadsheet, and not too often."""

import datetime
import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.utils import timezone

from etown import documents, viewsets
from etown.spreadsheets import MAX_CELL
from etown.throttles import AddressThrottle, ExportThrottle
from tests import factories, full

pytestmark = pytest.mark.django_db

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def cells(answer) -> list[dict[str, tuple[str, str]]]:
    """Each row by the names of the first: kind of cell and text."""
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in tree.iter(f"{SHEET}row"):
        found = {}
        for cell in row:
            column = "".join(letter for letter in cell.attrib["r"] if letter.isalpha())
            found[column] = (cell.attrib.get("t", "n"), "".join(cell.itertext()))
        rows.append(found)
    names = {column: text for column, (_kind, text) in rows[0].items()}
    return [{names[column]: value for column, value in row.items()} for row in rows[1:]]


def test_a_workbook_holds_the_rows_and_columns_of_the_filtered_list(client):
    for number in range(3):
        full.company(f"word{number}", role="supplier", founded_year=2000 + number)
    full.company(role="startup")
    answer = client.get("/api/v1/companies/?role=supplier&ordering=-founded_year&format=xlsx")
    assert answer.status_code == 200
    assert answer["Content-Type"] == WORKBOOK
    rows = cells(answer)
    listed = client.get("/api/v1/companies/?role=supplier&ordering=-founded_year").json()["results"]
    assert [row["slug"][1] for row in rows] == [record["slug"] for record in listed]
    for row, record in zip(rows, listed, strict=True):
        assert row["founded_year"] == ("n", str(record["founded_year"]))
        assert row["name_zh_hans"][1] == record["name_zh_hans"]
        assert record["aliases"][0]["name"] in row["aliases"][1]


@pytest.mark.parametrize("kind", full.KINDS)
@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_a_file_is_called_after_its_list_or_record_and_the_day(client, monkeypatch, kind, form):
    record = full.KINDS[kind]()
    # The evening in London is the next morning in Beijing.
    monkeypatch.setattr(timezone, "now", lambda: datetime.datetime(2026, 11, 23, 20, tzinfo=datetime.UTC))
    for path, word in ((f"{kind}/", kind), (f"{kind}/{record.slug}/", record.slug)):
        answer = client.get(f"/api/v1/{path}?format={form}")
        assert answer["Content-Disposition"] == f'attachment; filename="{word}-2026-11-24.{form}"'
    assert "Content-Disposition" not in client.get(f"/api/v1/{kind}/")


def test_a_sheet_is_called_what_its_rows_are_and_shows_its_head_whole(client):
    company = full.company()
    names = set()
    for path, language in (("", "en"), ("", "zh-CN"), (f"{company.slug}/", "en")):
        answer = client.get(f"/api/v1/companies/{path}?format=xlsx", headers={"accept-language": language})
        with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as book:
            (found,) = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
            tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        names.add(found.attrib["name"])
        widths = [float(column.attrib["width"]) for column in tree.iter(f"{SHEET}col")]
        head = ["".join(cell.itertext()) for cell in next(tree.iter(f"{SHEET}row"))]
        # One after the other: equal widths stand in one element each.
        spans = [int(column.attrib["max"]) - int(column.attrib["min"]) + 1 for column in tree.iter(f"{SHEET}col")]
        shown = [width for width, span in zip(widths, spans, strict=True) for _column in range(span)]
        assert len(shown) == len(head)
        assert all(width > len(title) for width, title in zip(shown, head, strict=True))
        assert tree.find(f".//{SHEET}pane").attrib["state"] == "frozen"
    assert names == {"companies 企业"}


def test_a_workbook_takes_the_fields_asked_for(client):
    company = full.company()
    (row,) = cells(client.get("/api/v1/companies/?fields=slug,name_en&format=xlsx"))
    assert row == {"slug": ("inlineStr", company.slug), "name_en": ("inlineStr", company.name_en)}


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+49", "http://example.org/", "-1", "<b>&amp;", "0012"])
def test_a_text_in_a_workbook_stays_that_text(client, text):
    factories.company(text)
    (row,) = cells(client.get("/api/v1/companies/?fields=name_en&format=xlsx"))
    assert row["name_en"] == ("inlineStr", text)


def test_a_text_longer_than_a_cell_is_cut_visibly(client):
    factories.company(description_en="x" * (MAX_CELL + 10))
    (row,) = cells(client.get("/api/v1/companies/?fields=description_en&format=xlsx"))
    assert row["description_en"][1] == "x" * (MAX_CELL - 1) + "…"


def test_a_workbook_of_too_many_rows_is_refused_with_the_way_out(client, monkeypatch):
    monkeypatch.setattr(viewsets, "MAX_ROWS", 2)
    for _number in range(3):
        factories.company()
    answer = client.get("/api/v1/companies/?format=xlsx")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "format"
    assert "at most 2 rows" in error["detail"]
    assert "CSV" in error["detail"]
    assert client.get("/api/v1/companies/?format=xlsx&page_size=1").json()["errors"][0]["parameter"] == "page_size"


def test_whoever_has_the_workbook_or_asks_for_its_head_only_makes_nobody_write_one(client, monkeypatch):
    factories.company()
    address = "/api/v1/companies/?format=xlsx"
    tag = client.get(address)["ETag"]
    monkeypatch.setattr(viewsets, "workbook", lambda *arguments: 1 / 0)
    assert client.head(address)["ETag"] == tag
    answer = client.get(address, headers={"if-none-match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_record_can_be_had_as_a_workbook(client):
    company = full.company()
    answer = client.get(f"/api/v1/companies/{company.slug}/?format=xlsx")
    assert answer["Content-Type"] == WORKBOOK
    (row,) = cells(answer)
    assert row["uid"][1] == str(company.uid)


def test_exports_have_a_limit_of_their_own(client, monkeypatch):
    monkeypatch.setitem(AddressThrottle.THROTTLE_RATES, "exports", "2/minute")
    factories.company()
    cache.clear()
    answers = [client.get(f"/api/v1/companies/?format={form}") for form in ("csv", "ndjson", "xlsx")]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["status"] == 429
    assert client.get("/api/v1/companies/").status_code == 200
    cache.clear()


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_an_export_overtaken_by_an_edit_keeps_the_tag_of_its_own_rows(client, monkeypatch, form):
    factories.company()
    address = f"/api/v1/companies/?format={form}"
    before = client.get(address)["ETag"]
    count = ExportThrottle.seconds_to_wait

    def meanwhile(throttle, request):
        factories.company()
        return count(throttle, request)

    with monkeypatch.context() as patched:
        patched.setattr(ExportThrottle, "seconds_to_wait", meanwhile)
        assert client.get(address)["ETag"] == before
    assert client.get(address)["ETag"] != before


def test_an_export_of_another_release_is_another_one(client, monkeypatch):
    before = client.get("/api/v1/companies/?format=csv")["ETag"]
    monkeypatch.setattr(documents, "shape_of", lambda model: "later")
    answer = client.get("/api/v1/companies/?format=csv", headers={"if-none-match": before})
    assert answer.status_code == 200

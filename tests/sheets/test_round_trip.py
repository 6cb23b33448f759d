"""What is exported and imported again unchanged changes nothing: every model, both languages, both formats."""

import io

import pytest
from django.utils import translation

from companies.models import Company, Product
from companies.sheets import ACTIVITIES, COMPANIES, PRODUCTS
from etown.sheets import writing
from etown.sheets.checking import Check
from etown.sheets.files import open_rows
from facts.models import Figure
from facts.sheets import FIGURES
from news.models import Article
from news.sheets import NEWS

SHEETS = {
    COMPANIES: Company,
    ACTIVITIES: Company,
    PRODUCTS: Product,
    NEWS: Article,
    FIGURES: Figure,
}


def exported(sheet, form: str) -> io.BytesIO:
    records = SHEETS[sheet]._default_manager.order_by("pk")
    if form == "xlsx":
        with writing.workbook(sheet, records) as file:
            return io.BytesIO(file.read())
    return io.BytesIO("".join(writing.lines(sheet, records)).encode())


def check(sheet, file: io.BytesIO, **options) -> Check:
    return Check(sheet, open_rows(file, len(file.getvalue())), **options)


def outcomes(sheet, file: io.BytesIO, **options):
    made = check(sheet, file, **options)
    found = [outcome for stretch in made.stretches() for outcome in stretch]
    assert made.problems == []
    return found


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_nothing_differs(starter, sheet, language, form):
    with translation.override(language):
        file = exported(sheet, form)
    found = outcomes(sheet, file)
    assert len(found) == sheet.rows_of(SHEETS[sheet]._default_manager.all()).count() > 0
    assert [(row.number, row.faults, row.changes, row.warnings) for row in found if row.kind != "unchanged"] == []

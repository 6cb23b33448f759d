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


FORMATTED = """
<h2>Lines &amp; halls</h2><p>Two  lines,<br>=1+1 &lt;b&gt; and <a href="https://example.org/">more</a>.</p>
<ul><li>first</li><li><strong>second</strong><ol><li>deep</li></ol></li></ul><hr>
<table><thead><tr><th>Year</th><th></th></tr></thead>
<tbody><tr><td>2024</td><td> 细胞&nbsp;&nbsp;治疗 </td></tr></tbody></table>
<blockquote><p>“_x0041_”</p><h3>　又一个</h3></blockquote><p>last</p>
"""
# Each of these is a text of its own; the longest that can be stored does not go into a cell.
TEXTS = [
    FORMATTED,
    "<p>=a formula?</p>",
    "<ul><li>'= a</li></ul>",
    "plain\nlines\n\n\nparagraphs",
    f"<p>{'长 text' * 12_000}</p>",
]


@pytest.fixture
def formatted(starter):
    for model, pair in ((Company, ("description_en", "description_zh_hans")), (Article, ("body_en", "body_zh_hans"))):
        for number, record in enumerate(model._default_manager.order_by("pk")):
            texts = dict(zip(pair, (TEXTS[(number + more) % len(TEXTS)] for more in (0, 1)), strict=True))
            model._default_manager.filter(pk=record.pk).update(**texts)


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
def test_nothing_differs(formatted, sheet, language, form):
    with translation.override(language):
        file = exported(sheet, form)
    found = outcomes(sheet, file)
    assert len(found) == sheet.rows_of(SHEETS[sheet]._default_manager.all()).count() > 0
    assert [(row.number, row.faults, row.changes, row.warnings) for row in found if row.kind != "unchanged"] == []

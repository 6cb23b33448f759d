"""A table of a staff member in a browser: its faults, its differences, its import, and taking it back."""

from typing import Any

import pytest

from companies.models import Company
from etown.records import Status
from tests import factories
from tests.browser.conftest import Reader
from tests.browser.test_admin import log_in, officer  # noqa: F401 (a fixture)
from tests.browser.test_back_office import looked_at, press, stored
from tests.sheets.files import xlsx_file

pytestmark = pytest.mark.browser
HEAD = ["Web address", "Name (English)", "Role", "Founded in", "Description (English)"]
LISTED = "<h2>Lines</h2>\n<ul>\n<li>cells</li>\n</ul>"


@pytest.fixture
def staff(new_reader, officer) -> Reader:  # noqa: F811
    found = new_reader(width=1280)
    log_in(found, officer)
    return found


def upload(staff: Reader, *rows: list[Any]) -> None:
    file = {"name": "survey.xlsx", "mimeType": "application/octet-stream", "buffer": xlsx_file(HEAD, *rows).getvalue()}
    staff.page.locator("#id_sheet").select_option("companies")
    staff.page.locator("#id_file").set_input_files(files=[file])
    staff.page.locator("#id_reason").fill("The survey of May.")
    press(staff, "Check the table")


def rows(staff: Reader) -> list[str]:
    return [row.inner_text() for row in staff.page.locator(".sheet-difference tbody").all()]


def test_a_table_is_corrected_imported_and_taken_back(staff):
    page = staff.page
    acme = factories.company(
        "Acme Cells", slug="acme", role="startup", founded_year=2010, description_en=LISTED, status=Status.DRAFT
    )
    staff.open("/admin/companies/company/")
    with page.expect_navigation():
        page.locator(".object-tools").get_by_role("link", name="Import").click()
    looked_at(staff, "import")
    upload(staff, ["acme", "Acme Cells", "Baker", 2010, "Lines"], ["beta", "Beta", "Supplier", "soon", ""])
    looked_at(staff, "import-faulty")
    choice, number = rows(staff)
    assert "C2" in choice
    assert "“Baker” is not known here. Choose one of: Leading enterprise" in choice
    assert "D3" in number
    assert "“soon” is not a number: write digits" in number
    assert page.get_by_role("button", name="Import").count() == 0
    with page.expect_navigation():
        page.get_by_role("link", name="Upload another table").click()
    upload(staff, ["acme", "Acme Cells", "Supplier", 2012, "Other lines"], ["beta", "Beta", "Supplier", 2020, ""])
    looked_at(staff, "import-differences")
    changed, new = rows(staff)
    for text in ("Acme Cells", "C2", "Start-up", "Supplier", "D2", "2010", "2012", "E2, “Description (English)”"):
        assert text in changed
    for text in ("beta", "B3", "Beta", "D3", "2020"):
        assert text in new
    press(staff, "Import 2 rows")
    looked_at(staff, "import-done")
    assert page.get_by_text("2 rows have been imported").is_visible()
    assert (stored(acme).role, stored(acme).description_en) == ("supplier", "<p>Other lines</p>")
    with page.expect_navigation():
        page.get_by_role("link", name="See it among the changes of many records").click()
    assert page.get_by_text("Beta: created").is_visible()
    with page.expect_navigation():
        page.locator(".object-tools").get_by_role("link", name="Undo").click()
    press(staff, "Undo this import")
    looked_at(staff, "import-undone")
    assert page.get_by_text("The import has been undone").is_visible()
    assert (stored(acme).role, stored(acme).founded_year, stored(acme).description_en) == ("startup", 2010, LISTED)
    assert not Company.objects.filter(slug="beta").exists()
    assert staff.faults == []

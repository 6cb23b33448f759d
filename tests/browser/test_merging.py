"""Two records of one company made one in a browser, by keyboard and at the width of a small laptop, and taken back."""

import pytest
from django.urls import reverse

from companies.models import Company
from tests import factories, full
from tests.browser.conftest import Reader
from tests.browser.test_admin import log_in, officer  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser
WIDTH = 1280


def fits(reader: Reader) -> bool:
    return reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("language", "title"), [("en", "Merge two companies"), ("zh-hans", "合并两家企业")])
def test_an_officer_merges_two_companies_by_keyboard_and_takes_it_back(
    new_reader,
    officer,  # noqa: F811
    live_server,
    language,
    title,
):
    kept = factories.company("Acme Cells", slug="acme", registration_code="91310000MA1FL0000A")
    factories.activity(kept, "plasmid")
    gone = full.company(
        slug="acme-biotech",
        name_en="Acme Biotech",
        name_zh_hans="顶点生物",
        registration_code="91310000MA1FL0001B",
        # The file of this one is not there.
        logo=None,
    )
    factories.activity(gone, "plasmid")
    factories.product("Upon", company=gone)
    factories.article("Told", companies=[gone])
    reader = new_reader(width=WIDTH)
    page = reader.page
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    log_in(reader, officer)

    reader.open(f"/admin/companies/company/{gone.pk}/merge/")
    assert fits(reader)
    page.locator(".select2-selection").focus()
    page.keyboard.press("Enter")
    page.locator(".select2-search__field").press_sequentially("Acme Cells")
    page.locator(".select2-results__option--highlighted", has_text="Acme Cells").wait_for()
    page.keyboard.press("Enter")
    page.locator("#content form button").press("Enter")
    page.wait_for_url(f"**/merge/{kept.pk}/{gone.pk}/")
    assert page.locator("h1", has_text=title).is_visible()
    assert fits(reader)

    page.locator("[name=name_en][value=own]").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#why").fill("One company, entered twice.")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/company/{kept.pk}/change/")
    assert Company.objects.get(pk=kept.pk).name_en == "Acme Biotech"
    reader.open(f"/{language}/companies/acme-biotech/")
    assert page.url.endswith(f"/{language}/companies/acme/")

    reader.open(reverse("admin:companies_company_history", args=[kept.pk]))
    page.locator("#change-history a[href*='/etown/batch/']").press("Enter")
    page.locator(".object-tools a[href$='/undo/']").press("Enter")
    page.locator(".submit-row button").press("Enter")
    page.locator(".messagelist .success").wait_for()
    reader.open(f"/{language}/companies/acme-biotech/")
    assert page.url.endswith(f"/{language}/companies/acme-biotech/")
    assert reader.faults == []

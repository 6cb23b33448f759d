"""The back office in a browser: an edit reaches the site in one go, and the strict policy holds on every page."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model

from companies.models import Company
from etown.records import Status
from tests import factories
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser
PASSWORD = "paper-and-ink-1440"


@pytest.fixture
def officer(starter) -> str:
    return get_user_model().objects.create_superuser("officer", password=PASSWORD).get_username()


def log_in(reader: Reader, officer: str) -> None:
    reader.open("/admin/")
    reader.page.locator("#id_username").fill(officer)
    reader.page.locator("#id_password").fill(PASSWORD)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(lambda url: urlsplit(url).path == "/admin/")


def test_an_officer_logs_in_edits_a_company_publishes_it_and_sees_it_on_the_site(reader, officer):
    draft = factories.company("Newcomer Bio", status=Status.DRAFT)
    assert reader.open(draft.get_absolute_url()) == 404
    log_in(reader, officer)
    page = reader.page
    page.locator(".model-company th a").first.click()
    page.locator("#result_list").get_by_role("link", name="Newcomer Bio").click()
    page.locator("#id_summary_en").fill("Grows plasmids for everybody in the park.")
    page.locator("#id_reason").fill("It has moved in.")
    page.get_by_role("button", name="Publish", exact=True).first.click()
    page.wait_for_url("**/admin/companies/company/")
    page.locator("#result_list").get_by_role("link", name="Newcomer Bio").click()
    page.get_by_role("link", name="View on site").first.click()
    page.wait_for_url(f"**{draft.get_absolute_url()}")
    assert page.get_by_text("Grows plasmids for everybody in the park.").is_visible()
    assert reader.faults == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_of_the_back_office_breaks_the_policy(reader, officer, live_server, language):
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    reader.page.context.add_cookies([cookie])
    log_in(reader, officer)
    company = Company.objects.get(slug="celarts")
    for path in (
        "/admin/",
        "/admin/companies/company/",
        "/admin/companies/company/?q=cell&status__exact=published",
        "/admin/companies/company/add/",
        f"/admin/companies/company/{company.pk}/delete/",
        f"/admin/companies/company/{company.pk}/history/",
        "/admin/facts/source/",
        "/admin/etown/picture/add/",
        f"/admin/companies/company/{company.pk}/change/",
    ):
        assert reader.open(path) == 200, path
    page = reader.page
    # The widget that looks up a source while one types, in a row that is there and in a new one.
    citations = page.locator("#facts-citation-content_type-object_id-group")
    citations.locator(".add-row a").click()
    picker = citations.locator(".select2-selection:visible").last
    picker.click()
    page.locator(".select2-search__field").fill("Beijing")
    page.locator(".select2-results__option--highlighted, .select2-results__option[role=option]").first.click()
    assert "Beijing" in picker.inner_text()
    assert reader.faults == []

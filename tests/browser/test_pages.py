"""Every kind of page, in both languages, as a reader's browser sees it."""

from itertools import pairwise

import pytest

from facts.models import Correction
from tests.browser.axe import violations
from tests.browser.pages import DOCS, LANGUAGES, MISSING, PAGES

pytestmark = pytest.mark.browser
WIDTHS = (360, 1440)
# Beside the page itself: what of it can be reached by scrolling sideways.
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEADINGS = "[...document.querySelectorAll('h1, h2, h3, h4')].map(heading => +heading.tagName[1])"

every_page = pytest.mark.parametrize("name", PAGES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def correction(starter) -> None:
    Correction(slug="mended", corrected_on="2024-01-01", statement_en="It was less.").save()


@every_page
@every_language
def test_no_rule_of_wcag_is_broken_on_small_and_large_screens_in_light_and_dark(new_reader, name, language):
    # axe is a script of ours that the page's own policy would refuse.
    reader = new_reader(bypass_csp=True)
    reader.open(f"/{language}/{PAGES[name]}")
    assert violations(reader.page, WIDTHS) == []


@every_page
@every_language
def test_a_page_is_sound(new_reader, name, language):
    """Loads from its own host alone without a complaint or a cookie, outlined well, one click from its translation."""
    reader = new_reader(width=320)
    status = reader.open(f"/{language}/{PAGES[name]}")
    assert status == (404 if name in MISSING else 200)
    assert reader.page.evaluate(SIDEWAYS) == 0, "It scrolls sideways at 320 pixels."
    assert reader.page.locator("html").get_attribute("lang") == LANGUAGES[language]
    headings = reader.page.evaluate(HEADINGS)
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(headings)), headings
    there = reader.page.get_by_role("link", name="中文" if language == "en" else "English", exact=True)
    translation = f"/{'zh-hans' if language == 'en' else 'en'}/{'' if name == 'nothing there' else PAGES[name]}"
    assert there.get_attribute("href") == translation
    assert reader.page.context.cookies() == []
    assert reader.faults == []


@every_page
def test_a_page_says_the_same_without_javascript(new_reader, name):
    with_scripts, without = new_reader(), new_reader(java_script_enabled=False)
    for language in LANGUAGES:
        texts = []
        for reader in (with_scripts, without):
            reader.open(f"/{language}/{PAGES[name]}")
            texts.append(reader.page.locator("main").inner_text())
        assert texts[0] == texts[1] != ""


def test_the_api_documentation_is_sound(new_reader):
    reader = new_reader(width=320)
    assert reader.open(DOCS) == 200
    reader.page.get_by_role("heading", name="companies").wait_for()
    assert reader.page.evaluate(SIDEWAYS) == 0
    assert reader.page.context.cookies() == []
    assert reader.faults == []


def test_the_api_documentation_breaks_no_rule_of_wcag(new_reader):
    reader = new_reader(bypass_csp=True)
    reader.open(DOCS)
    reader.page.get_by_role("heading", name="companies").wait_for()
    assert violations(reader.page, WIDTHS) == []


def test_the_api_documentation_leads_on_without_javascript(new_reader):
    reader = new_reader(java_script_enabled=False)
    reader.open(DOCS)
    assert reader.page.get_by_role("link", name="OpenAPI document").get_attribute("href") == "/api/v1/schema/"

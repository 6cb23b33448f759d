"""Suggestions while typing, by keyboard and as assistive technology meets them."""

import re

import pytest

from tests.browser.axe import violations

pytestmark = pytest.mark.browser
BOX = {"en": "Search the whole site", "zh-hans": "搜索全站"}


@pytest.fixture(params=["en", "zh-hans"])
def box(request, new_reader):
    reader = new_reader(width=360, bypass_csp=True)
    reader.open(f"/{request.param}/")
    return reader, reader.page.locator("#site-q")


def own_faults(reader) -> list[str]:
    """Questions that the next letter took back are meant to fail."""
    return [fault for fault in reader.faults if "ERR_ABORTED" not in fault]


def type_in(field, text: str) -> None:
    """Letter by letter, each once the one before is answered: all threads of a test share one connection."""
    for letter in text:
        with field.page.expect_response(lambda answer: "suggest" in answer.url):
            field.press_sequentially(letter)


def test_the_arrow_keys_walk_through_the_suggestions_and_enter_follows_one(box):
    reader, field = box
    page = reader.page
    assert field.get_attribute("aria-expanded") == "false"
    type_in(field, "celar")
    option = page.get_by_role("option").first
    option.wait_for()
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert option.get_attribute("aria-selected") == "true"
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert page.evaluate("document.activeElement.id") == "site-q"
    said = page.locator(".find [aria-live]")
    assert str(page.get_by_role("option").count()) in said.inner_text()
    page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/celarts/")
    assert own_faults(reader) == []


def test_escape_closes_the_suggestions_and_enter_searches(box):
    reader, field = box
    page = reader.page
    type_in(field, "永")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Escape")
    assert page.get_by_role("option").count() == 0
    assert field.input_value() == "永"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?q="))
    assert page.locator("mark").first.inner_text() == "永"
    assert own_faults(reader) == []


def test_after_escape_an_arrow_key_opens_the_suggestions_again_without_asking(box):
    reader, field = box
    page = reader.page
    type_in(field, "celar")
    page.get_by_role("option").first.wait_for()
    shown = page.get_by_role("option").all_inner_texts()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.get_by_role("option").count() == 0
    assert field.get_attribute("aria-expanded") == "false"
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("option").all_inner_texts() == shown
    assert field.get_attribute("aria-expanded") == "true"
    assert str(len(shown)) in page.locator(".find [aria-live]").inner_text()
    assert asked == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/celarts/")
    assert own_faults(reader) == []


def test_escape_takes_back_a_question_that_is_not_answered_yet(box):
    reader, field = box
    page = reader.page
    held = []
    page.route("**/suggestions/**", lambda route: held.append(route))
    with page.expect_request("**/suggestions/**"):
        field.press_sequentially("c")
    with page.expect_event("requestfailed"):
        page.keyboard.press("Escape")
    assert page.get_by_role("option").count() == 0
    assert own_faults(reader) == []


def test_a_suggestion_marks_what_fits_and_names_its_kind_and_other_name(box):
    reader, field = box
    page = reader.page
    is_chinese = "zh-hans" in page.url
    shown, other = ("质粒", "Plasmid") if is_chinese else ("Plasmid", "质粒")
    type_in(field, other)
    option = page.get_by_role("option").first
    option.wait_for()
    assert option.inner_text().split("\n")[0].startswith(shown)
    assert option.locator("small [lang]").inner_text() == other
    assert option.locator("mark").all_inner_texts() == [other]
    assert option.locator("small [lang]").get_attribute("lang") == ("en" if is_chinese else "zh-Hans")
    option.click()
    page.wait_for_url("**/chain/#segment-plasmid")
    assert own_faults(reader) == []


def test_a_press_follows_a_suggestion_and_leaving_the_box_closes_them(box):
    reader, field = box
    page = reader.page
    type_in(field, "celar")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Tab")
    assert page.get_by_role("option").count() == 0
    field.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/companies/celarts/")


def test_open_suggestions_break_no_rule_of_wcag(box):
    reader, field = box
    type_in(field, "cel")
    reader.page.get_by_role("option").first.wait_for()
    reader.page.keyboard.press("ArrowDown")
    assert violations(reader.page, (360, 1440)) == []


def test_without_scripts_the_box_searches(new_reader):
    reader = new_reader(java_script_enabled=False)
    reader.open("/en/")
    page = reader.page
    page.get_by_label(BOX["en"]).fill("celratics")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search/?q=celratics")
    page.get_by_role("link", name="Celartics").click()
    page.wait_for_url(re.compile(r"/search/\?q=Celartics"))
    assert page.get_by_role("article").count() > 0

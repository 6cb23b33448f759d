"""Lists are narrowed in place, with the keyboard where it was and the address as the state."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def companies(reader):
    reader.open("/en/companies/")
    reader.page.evaluate("window.stayed = true")
    return reader


def stays(reader) -> bool:
    return reader.page.evaluate("window.stayed === true")


def test_a_box_narrows_the_list_at_once_and_keeps_the_focus(companies):
    page = companies.page
    page.get_by_label("Pilot production").focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/companies/?stage=pilot_production")
    found = page.get_by_role("article").count()
    assert page.get_by_role("status").inner_text() == f"{found} results"
    assert page.evaluate("document.activeElement.id") == "id_stage_pilot_production"
    # The counts beside the other options are those of the narrower list.
    count = page.locator("label", has=page.locator("#id_role_startup")).locator(".n").inner_text()
    page.get_by_label("Start-up").check()
    page.wait_for_url("**/companies/?stage=pilot_production&role=startup")
    assert page.get_by_role("article").count() == int(count)
    assert stays(companies)
    assert companies.faults == []


def test_the_order_stands_beside_the_count_and_works_at_once(companies):
    page = companies.page
    first = page.get_by_role("article").first.inner_text()
    page.get_by_label("Order").select_option("-name_en")
    page.wait_for_url("**/companies/?ordering=-name_en")
    assert page.get_by_role("article").first.inner_text() != first
    assert stays(companies)


def test_words_wait_for_enter_and_the_back_button_takes_them_off(companies):
    page = companies.page
    everybody = page.get_by_role("article").count()
    page.get_by_label("Search", exact=True).fill("dendritic")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/?q=dendritic")
    assert page.get_by_role("article").count() < everybody
    page.go_back()
    page.wait_for_url("**/companies/")
    page.get_by_role("status").get_by_text(f"{everybody} results").wait_for()
    assert page.get_by_label("Search", exact=True).input_value() == ""
    assert companies.faults == []


def test_after_a_chip_the_keyboard_goes_on_from_the_count(reader):
    reader.open("/en/companies/?stage=pilot_production&role=startup")
    page = reader.page
    page.get_by_role("link", name="Pilot production").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/?role=startup")
    page.wait_for_function("document.activeElement.id === 'found'")
    assert not page.get_by_label("Pilot production").is_checked()


def test_an_empty_list_names_what_is_set_and_offers_to_take_each_off(reader):
    reader.open("/en/companies/?q=nobody&role=startup")
    empty = reader.page.locator(".empty")
    assert [link.get_attribute("href") for link in empty.get_by_role("link").all()] == [
        "/en/companies/?role=startup",
        "/en/companies/?q=nobody",
        "/en/companies/",
        "/en/companies/",
    ]


def test_without_scripts_the_form_and_the_links_do_the_same(new_reader):
    reader = new_reader(java_script_enabled=False)
    reader.open("/en/companies/?stage=pilot_production")
    page = reader.page
    page.get_by_label("Order").select_option("-name_en")
    page.get_by_role("button", name="Sort").click()
    page.wait_for_url(re.compile("stage=pilot_production.*ordering=-name_en"))
    page.get_by_role("link", name="Pilot production").click()
    page.wait_for_url(re.compile(r"ordering=-name_en$|ordering=-name_en&"))
    assert not page.get_by_label("Pilot production").is_checked()

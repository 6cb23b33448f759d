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


def test_the_order_is_that_of_the_best_match_while_words_are_looked_for(companies):
    page, order = companies.page, companies.page.get_by_label("Order")
    assert order.locator("option:checked").inner_text() == "as the list stands"
    page.get_by_label("Search", exact=True).fill("cell")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/?q=cell")
    order.locator("option:checked", has_text="Best match").wait_for(state="attached")
    best = page.get_by_role("article").first.inner_text()
    order.focus()
    order.select_option("-name_en")
    page.wait_for_url("**ordering=-name_en*")
    assert page.evaluate("document.activeElement.id") == "id_ordering"
    order.select_option("")
    page.wait_for_url("**/companies/?q=cell")
    page.get_by_role("article").first.get_by_text(best.splitlines()[0]).first.wait_for()
    assert stays(companies)
    assert companies.faults == []


def test_what_was_meant_is_one_press_away(reader):
    reader.open("/en/companies/?q=celratics&presence=tenant")
    page = reader.page
    page.locator(".empty").get_by_role("link", name=re.compile(r"^celartics$", re.IGNORECASE)).click()
    page.wait_for_url(re.compile(r"/companies/\?q=celartics&presence=tenant$", re.IGNORECASE))
    assert page.get_by_role("article").count() == 1
    assert page.get_by_label("Search", exact=True).input_value().lower() == "celartics"
    assert reader.faults == []


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
    page.locator("#found:focus").wait_for(state="attached")
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


@pytest.mark.parametrize("place", ["header", "footer"])
def test_a_list_stays_narrowed_in_the_other_language(companies, place):
    page = companies.page
    page.get_by_label("Pilot production").check()
    page.wait_for_url("**/en/companies/?stage=pilot_production")
    found = page.get_by_role("article").count()
    page.locator(f"{place} [hreflang=zh-Hans]").click()
    page.wait_for_url("**/zh-hans/companies/?stage=pilot_production")
    assert page.locator("#id_stage_pilot_production").is_checked()
    assert page.get_by_role("article").count() == found
    assert companies.faults == []


def test_the_head_names_the_list_that_is_shown(companies):
    page = companies.page

    def addresses() -> list[str]:
        links = page.locator("head link[rel=canonical], head link[rel=alternate]").all()
        return [link.get_attribute("href").rpartition("/")[2] for link in links]

    assert addresses() == [""] * 5
    page.get_by_label("Pilot production").check()
    page.wait_for_url("**/companies/?stage=pilot_production")
    page.locator("link[rel=canonical][href$='?stage=pilot_production']").wait_for(state="attached")
    assert addresses() == ["?stage=pilot_production"] * 5
    page.go_back()
    page.locator("link[rel=canonical][href$='/companies/']").wait_for(state="attached")
    assert addresses() == [""] * 5
    assert companies.faults == []


@pytest.fixture
def held(companies):
    """Questions of narrowed lists, to be let through one after the other."""
    routes = []
    companies.page.route("**/companies/?*", lambda route: routes.append(route))
    return routes


def let_one_through(page, held) -> None:
    """A question is told of before it is held; each word with the page lets what is told arrive."""
    for _attempt in range(500):
        if held:
            held.pop().continue_()
            return
        page.evaluate("0")
    raise AssertionError("No question is under way.")


def test_what_is_typed_while_an_answer_is_under_way_stays(companies, held):
    page = companies.page
    words, year = page.get_by_label("Search", exact=True), page.locator("#id_founded_year_min")
    with page.expect_request("**/companies/?stage=pilot_production"):
        page.get_by_label("Pilot production").check()
    year.fill("2015")
    words.press_sequentially("dendri")
    page.keyboard.press("ArrowLeft")
    let_one_through(companies.page, held)
    page.wait_for_url("**/companies/?stage=pilot_production")
    page.get_by_role("link", name="Pilot production").wait_for()
    assert (words.input_value(), year.input_value()) == ("dendri", "2015")
    assert page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]") == ["id_q", 5]
    with page.expect_request("**/companies/?*q=dendri*"):
        page.keyboard.press("Enter")
    let_one_through(companies.page, held)
    page.wait_for_url(re.compile(r"q=dendri&.*founded_year_min=2015"))
    assert stays(companies)
    assert companies.faults == []


def test_a_box_that_is_ticked_while_an_answer_is_under_way_counts(companies, held):
    page = companies.page
    with page.expect_request("**/companies/?stage=pilot_production"):
        page.get_by_label("Pilot production").check()
    page.get_by_label("Start-up").check()
    with page.expect_request("**/companies/?stage=pilot_production&role=startup"):
        let_one_through(companies.page, held)
    assert page.get_by_label("Start-up").is_checked()
    let_one_through(companies.page, held)
    page.wait_for_url("**/companies/?stage=pilot_production&role=startup")
    assert companies.faults == []


def test_what_was_typed_before_goes_with_the_chip(reader):
    reader.open("/en/companies/?q=cell&founded_year_min=1990")
    page = reader.page
    page.get_by_role("link", name="Search: cell").click()
    page.wait_for_url("**/companies/?founded_year_min=1990")
    assert page.get_by_label("Search", exact=True).input_value() == ""
    assert page.locator("#id_founded_year_min").input_value() == "1990"
    page.get_by_role("link", name="1990").click()
    page.wait_for_url("**/companies/")
    assert page.locator("#id_founded_year_min").input_value() == ""


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

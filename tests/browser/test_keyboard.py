"""The site without a mouse."""

import pytest

from companies.models import Company
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser

# What Tab should reach, in the order of the document, each by its place among all elements.
REACHABLE = """
() => {
  const all = [...document.querySelectorAll("*")];
  const shown = element => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  return all.flatMap((element, place) =>
    element.matches("a[href], button, input:not([type=hidden]), select, textarea, summary") && shown(element)
      ? [place] : []);
}
"""
FOCUSED = """
() => {
  const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll("*")].indexOf(element),
    name: element.outerHTML.slice(0, 120),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    inView: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}
"""


def focused(reader: Reader) -> str:
    return reader.page.evaluate("document.activeElement.innerText || document.activeElement.name")


@pytest.mark.parametrize("path", ["/en/", "/zh-hans/chain/", "/en/companies/?stage=pilot_production", "/en/products/"])
@pytest.mark.parametrize("width", [360, 1440])
def test_every_control_is_reached_in_order_and_shows_that_it_is(new_reader, path, width):
    reader = new_reader(width=width)
    reader.open(path)
    visited = []
    for _place in expected(reader):
        reader.page.keyboard.press("Tab")
        focus = reader.page.evaluate(FOCUSED)
        assert focus["outline"] >= 2, focus
        assert focus["inView"], focus
        visited.append(focus["place"])
    assert visited == expected(reader)


def expected(reader: Reader) -> list[int]:
    places: list[int] = reader.page.evaluate(REACHABLE)
    assert places
    return places


def test_the_first_key_offers_to_skip_to_the_content(reader):
    reader.open("/en/")
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "Skip to the content"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main"
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "See the chain"


def test_the_menu_of_a_small_screen_opens_by_key(new_reader):
    reader = new_reader(width=360)
    reader.open("/en/")
    link = reader.page.get_by_role("navigation", name="Main").get_by_role("link", name="Companies")
    assert not link.is_visible()
    reader.page.get_by_text("Menu").focus()
    reader.page.keyboard.press("Enter")
    assert link.is_visible()
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/en/companies/")


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_filter_form_is_filled_by_key_and_its_state_is_in_the_address(new_reader, width, scripts):
    reader = new_reader(width=width, java_script_enabled=scripts)
    reader.open("/en/companies/")
    page = reader.page
    if width == 360:
        page.get_by_text("Filter", exact=True).focus()
        page.keyboard.press("Enter")
    page.get_by_label("Search", exact=True).focus()
    page.keyboard.type("cell")
    page.get_by_label("Pilot production").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/?*stage=pilot_production*")
    assert "q=cell" in page.url
    address = page.url
    shown = page.get_by_role("article").count()
    assert 0 < shown < Company.objects.published().count()
    again = new_reader()
    again.open(address)
    assert again.page.get_by_role("article").count() == shown
    assert again.page.get_by_label("Search", exact=True).input_value() == "cell"
    assert again.page.get_by_label("Pilot production").is_checked()


def test_a_filter_that_is_set_is_taken_off_by_its_chip(reader):
    reader.open("/en/companies/?stage=pilot_production&role=startup")
    reader.page.get_by_role("link", name="Pilot production").focus()
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/companies/?role=startup")

"""The chain map leads where its numbers say."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", ["segment", "modality"])
def test_a_cell_leads_to_a_list_of_as_many_companies_as_it_says(reader, kind):
    reader.open(f"/zh-hans/chain/?by={kind}")
    cells = reader.page.locator("table.chain a.cell").all()
    counted = [cell for cell in cells if cell.locator("b").count()]
    unknown = [cell for cell in cells if not cell.locator("b").count()]
    found = [(int(cell.locator("b").inner_text()), cell.get_attribute("href")) for cell in counted]
    # Of the many cells of which nothing is known, some: each leads to a list that is empty, and says so.
    found += [(0, cell.get_attribute("href")) for cell in unknown[::12]]
    assert counted
    assert unknown
    for count, address in found:
        reader.open(address)
        assert reader.page.get_by_role("article").count() == count, address
    assert reader.faults == []


def test_what_is_wanted_leads_to_the_desk_that_looks_for_it(reader):
    reader.open("/en/chain/?by=modality")
    reader.page.get_by_role("row", name=re.compile("Dendritic cells")).get_by_role("link", name="wanted").click()
    reader.page.wait_for_url("**/wanted/dendritic-cell-companies/")
    assert reader.page.get_by_role("heading", name="Whom to talk to").is_visible()


def test_a_stage_of_the_home_page_leads_to_as_many_companies_as_it_says(reader):
    reader.open("/en/")
    stages = reader.page.locator(".line a")
    found = [(int(stage.locator(".n").inner_text()), stage.get_attribute("href")) for stage in stages.all()]
    assert len(found) == 4
    for count, address in found:
        reader.open(address)
        assert reader.page.get_by_role("article").count() == count, address

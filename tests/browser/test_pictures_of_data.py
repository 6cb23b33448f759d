"""What is drawn is said in words too, weighs little, and prints."""

import gzip

import pytest

pytestmark = pytest.mark.browser


def test_a_profile_draws_the_stages_that_its_table_names(reader):
    reader.open("/en/companies/immunotech-biopharm/")
    page = reader.page
    stages = page.locator(".tracks .stages span").all_inner_texts()
    filled = page.locator(".tracks svg").first.locator("circle").evaluate_all("all => all.map(c => c.matches('.on'))")
    told = set(page.locator("#chain ~ table tbody tr td:nth-of-type(1)").all_inner_texts())
    assert {stage for stage, full in zip(stages, filled, strict=True) if full} == told


def test_milestones_keep_their_place_whether_dated_or_not(reader):
    reader.open("/en/products/eal/")
    drawn = reader.page.locator("ol.line li b").all_inner_texts()
    assert drawn == reader.page.locator("table.data tbody th").all_inner_texts()
    undated = reader.page.locator("ol.line li.undated").all_inner_texts()
    assert undated
    assert all("date not known" in text for text in undated)


@pytest.mark.parametrize("path", ["/en/", "/en/services/zgc-reagent-logistics/"])
def test_a_claim_is_drawn_to_scale_and_called_a_claim(reader, path):
    reader.open(path)
    claim = reader.page.locator(".claim").first
    assert "Quoted claim, not a measurement" in claim.inner_text()
    widths = claim.locator("svg rect:nth-of-type(2)").evaluate_all("all => all.map(r => r.getBBox().width)")
    before, after = widths
    # Of one to two months the first is certain; a week is seven days of them.
    assert after / before == pytest.approx(7 / 30, abs=0.01)


@pytest.mark.parametrize("path", ["/en/", "/zh-hans/companies/", "/en/companies/immunotech-biopharm/"])
def test_a_first_view_is_light(new_reader, path):
    reader = new_reader()
    loaded = {}
    reader.page.on("requestfinished", lambda request: loaded.setdefault(request.url, request.response()))
    reader.open(path)
    reader.page.wait_for_load_state("networkidle")
    weights = {url: len(gzip.compress(answer.body())) for url, answer in loaded.items()}
    assert sum(weights.values()) < 150_000
    assert sum(weight for url, weight in weights.items() if url.endswith(".js")) < 40_000


def test_a_printed_profile_is_ink_on_paper_without_the_menu(new_reader):
    reader = new_reader(width=720)
    reader.open("/en/companies/immunotech-biopharm/")
    reader.page.emulate_media(media="print", color_scheme="dark")
    assert not reader.page.get_by_text("Menu").is_visible()
    assert not reader.page.get_by_text("Report an error").is_visible()
    assert reader.page.locator("main").evaluate("main => getComputedStyle(main).color") == "rgb(20, 33, 46)"
    # What the screen folds away is on paper.
    assert reader.page.locator(".more table").first.is_visible()

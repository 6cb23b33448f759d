"""The page that searches everything, its suggestions, and lists under the same words."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from companies.models import CompanyAlias
from etown import publishing
from etown.records import Status
from etown.search import searched_models
from services.models import Claim
from tests import factories, full

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "zh-hans"]


def titles(answer) -> list[str]:
    return [str(group.kind.title) for group in answer.context["groups"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_groups_every_kind_with_its_number_and_its_best_first(client, language):
    for number in range(7):
        factories.company(f"Works {number}", summary_en="Makes quuxes.")
    factories.company("Quux")
    factories.article("Quux opens")
    factories.figure(label_en="Quuxes made")
    factories.want("plasmid", title_en="Quux makers")
    answer = client.get(f"/{language}/search/?q=quux")
    assert [group.count for group in answer.context["groups"]] == [8, 1, 1, 1]
    companies = answer.context["groups"][0]
    assert companies.hits[0].name == "Quux"
    assert [hit.name.plain for hit in companies.hits[1:]] == ["Works 6", "Works 5", "Works 4", "Works 3"]
    assert f'href="/{language}/companies/?q=quux"' in answer.text
    assert answer.text.count("<mark>Quux</mark>") >= 4
    assert "Makes <mark>quux</mark>es." in answer.text
    assert client.get(companies.url).context["page"].paginator.count == 8


def test_a_record_tells_by_which_other_name_it_was_found(client):
    row = factories.company("Immunotech", name_zh_hans="永泰生物")
    publishing.save(row, CompanyAlias(owner=row, name="EAL Holdings").save)
    assert "<mark>EAL</mark> Holdings" in client.get("/en/search/?q=eal").text
    assert '<span lang="zh-Hans"><mark>永泰</mark>生物</span>' in client.get("/en/search/?q=永泰").text


def test_a_text_in_the_other_language_is_called_the_only_one_where_it_is(client):
    factories.company("One", summary_en="Makes cells.", summary_zh_hans="细胞企业。")
    text = client.get("/en/search/?q=细胞").text
    assert '<p><span lang="zh-Hans"><mark>细胞</mark>企业。</span></p>' in text
    assert "in Chinese only" not in text
    factories.company("Two", summary_en="", summary_zh_hans="细胞企业。")
    assert "in Chinese only" in client.get("/en/search/?q=细胞").text


def test_what_finds_nothing_offers_what_may_have_been_meant_and_a_way_on(client):
    factories.company("CelArtics")
    text = client.get("/en/search/?q=celratics").text
    assert 'Did you mean <a href="/en/search/?q=CelArtics"><bdi>CelArtics</bdi></a>?' in text
    assert 'href="/en/companies/"' in text
    assert "Search for a letter" in client.get("/en/search/?q=%21%21").text
    assert "Did you mean" not in client.get("/en/search/?q=zzzzzz").text
    factories.activity(segment="plasmid")
    assert "<bdi>plasmid</bdi></a>?" in client.get("/en/search/?q=plasmd").text.lower()


def outside(page: str) -> str:
    """What of a page does not stand in a box, and not apart from the text around it."""
    return re.sub(r'<bdi>.*?</bdi>| value="[^"]*"', "", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_turn_the_line_around_turn_nothing_but_themselves(client, language):
    turning = "\u202eabc\u2066"
    factories.company("CelArtics", summary_en="Abc.")
    pages = {
        address: client.get(f"/{language}/{address}", {"q": query, **others}).text
        for address, query, others in [
            ("search/", f"xq7 {turning}", {}),
            ("search/", f"celratics {turning}", {}),
            ("companies/", f"celratics {turning}", {}),
            ("companies/", turning, {"founded_year_min": "2000", "role": turning, turning: "1"}),
        ]
    }
    for address, page in pages.items():
        assert turning in page, address
        assert not re.search("[\u202e\u2066]", outside(page)), address
    assert "<title>" in pages["search/"]
    meant = client.get(f"/{language}/search/", {"q": f"celratics {turning}"})
    assert f"<bdi>CelArtics {turning}</bdi></a>" in meant.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_letter_finds_what_begins_with_it_everywhere(client, language):
    names = ["CelArtics", "Bio Care", "ALPHA-C"]
    for name in names:
        factories.company(name, summary_en="Makes it.")
    factories.company("Acme", summary_en="Nothing else.")
    page = client.get(f"/{language}/search/?q=C")
    (companies,) = page.context["groups"]
    assert companies.count == 3
    assert page.text.count("<mark>C</mark>") == 3
    assert sorted(name for name, _also in suggested(client, "C", language)) == sorted(names)
    assert client.get("/api/v1/companies/?q=C").json()["count"] == 3
    assert client.get(f"/{language}/companies/?q=C").context["page"].paginator.count == 3


@pytest.mark.parametrize(("language", "told"), [("en", "1–2 months → 1 week"), ("zh-hans", "1–2个月 → 1周")])
def test_a_service_that_is_found_by_a_quoted_claim_shows_it(client, language, told):
    before = factories.figure(1, factories.unit("month", name_zh_hans="个月"), high=2)
    after = factories.figure(1, factories.unit("week", name_zh_hans="周"))
    service = factories.service("Clearance")
    publishing.save(service, Claim(service=service, before=before, after=after).save)
    page = client.get(f"/{language}/search/", {"q": told})
    assert titles(page) == ["Services" if language == "en" else "服务"]
    assert told in strip_tags(page.text)
    figures = client.get(f"/{language}/search/", {"q": told.split(" → ")[0]}).text
    assert "<mark>1–2" in figures


@pytest.mark.parametrize(
    ("query", "wrong"),
    [("x=1", "x"), ("q=a&q=b", "q"), (f"q={'a' * 201}", "q"), ("q=" + "a+" * 13, "q"), ("q=%00", "q")],
)
def test_what_is_not_understood_is_told(client, query, wrong):
    page = client.get(f"/en/search/?{query}")
    assert page.status_code == 200
    assert [problem.parameter for problem in page.context["problems"]] == [wrong]
    answer = client.get(f"/en/search/suggestions/?{query}")
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == [wrong]


def test_campaign_words_are_no_mistake_and_results_are_not_for_search_engines(client):
    page = client.get("/en/search/?q=a&utm_source=mail")
    assert page.context["problems"] == []
    assert '<meta name="robots" content="noindex, follow">' in page.text
    assert not page.cookies
    assert "public" in page["Cache-Control"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_are_names_with_kind_and_address_in_the_readers_language(client, language):
    row = factories.company("Quux", slug="quux")
    factories.article("Quux opens")
    answer = client.get(f"/{language}/search/suggestions/?q=quu")
    first, second = answer.json()["suggestions"]
    assert (first["name"]["parts"], first["url"]) == (["", "Quu", "x"], f"/{language}/companies/quux/")
    assert first["kind"] != second["kind"]
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies
    publishing.set_status(row, Status.DRAFT)
    assert suggested(client, "quu", language) == [("Quux opens", None)]


def suggested(client, query, language="en") -> list[tuple[str, str | None]]:
    """The names that are shown, each with the other one by which it was found."""
    found = client.get(f"/{language}/search/suggestions/?q={query}").json()["suggestions"]
    return [tuple("".join(one[text]["parts"]) if one[text] else None for text in ("name", "also")) for one in found]


def test_a_suggestion_shows_the_name_in_the_readers_language_beside_the_one_that_fits(client):
    row = factories.company("Immunochina Pharmaceuticals", name_zh_hans="艺妙神州")
    publishing.save(row, CompanyAlias(owner=row, name="Yimiao").save)
    publishing.save(row, CompanyAlias(owner=row, name="IMPT-314").save)
    english, chinese = "Immunochina Pharmaceuticals", "艺妙神州"
    assert suggested(client, "immuno") == [(english, None)]
    assert suggested(client, "immuno", "zh-hans") == [(chinese, english)]
    assert suggested(client, "艺妙") == [(english, chinese)]
    assert suggested(client, "艺妙", "zh-hans") == [(chinese, None)]
    assert suggested(client, "impt314") == [(english, "IMPT-314")]
    # Its pinyin is no news to those who read the name.
    assert suggested(client, "yimiao", "zh-hans") == [(chinese, None)]
    assert suggested(client, "yimiao") == [(english, "Yimiao")]
    (told,) = client.get("/en/search/suggestions/?q=艺妙").json()["suggestions"]
    assert told["name"] == {"lang": "en", "parts": [english]}
    assert told["also"] == {"lang": "zh-Hans", "parts": ["", "艺妙", "神州"]}


def test_a_suggestion_says_in_which_language_its_name_is_where_the_readers_is_missing(client):
    factories.company("Immunochina", name_zh_hans="")
    (told,) = client.get("/zh-hans/search/suggestions/?q=immuno").json()["suggestions"]
    assert told["name"]["lang"] == "en"


def test_marks_in_a_suggestion_are_never_the_texts_own(client):
    factories.company("<b>Quux</b> <mark>&amp;</mark>")
    (told,) = client.get("/en/search/suggestions/?q=quux").json()["suggestions"]
    assert told["name"]["parts"] == ["<b>", "Quux", "</b> <mark>&amp;</mark>"]


@pytest.mark.parametrize(
    ("language", "own", "other"), [("en", "Quux opens", "库斯开业"), ("zh-hans", "库斯开业", "Quux opens")]
)
def test_a_result_shows_the_name_in_the_readers_language_first_and_the_other_only_if_that_was_found(
    client, language, own, other
):
    factories.article("Quux opens", title_zh_hans="库斯开业")
    for query in ("quux", "库斯"):
        (group,) = client.get(f"/{language}/search/?q={query}").context["groups"]
        (hit,) = group.hits
        assert hit.name.plain == own
        assert (hit.also.plain if hit.also else None) == (None if query.lower() in own.lower() else other)


def test_a_result_without_a_name_in_the_readers_language_says_so(client):
    factories.article("Quux opens", title_zh_hans="")
    assert "仅有英文" in client.get("/zh-hans/search/?q=quux").text


def test_hidden_words_show_nowhere(client):
    for make in full.KINDS.values():
        make("xq7leak")
    assert "xq7leak" in client.get("/en/search/?q=xq7").text
    for model in searched_models():
        for row in model.objects.all():
            publishing.set_status(row, Status.DRAFT)
    for address in ("search/?q=xq7leak", "search/?q=xq7laek", "search/suggestions/?q=xq7"):
        text = client.get(f"/en/{address}").text.replace("<bdi>xq7leak</bdi>", "").replace('"xq7leak"', "")
        assert "xq7leak" not in text.replace("q=xq7leak", "").replace("Search: xq7leak", ""), address


def test_the_page_takes_the_same_few_queries_for_one_and_many_rows(client):
    for make in full.KINDS.values():
        make("quuxword")
    first = queries(client, "/en/search/?q=quuxword")
    for number in range(8):
        for make in full.KINDS.values():
            make(f"quuxword{number}")
    assert queries(client, "/en/search/?q=quuxword") == first <= 12
    for query in ("quuxwrod", "quuxwrod qxuxword", "永秦生物 quuxword quux wrod", "a-b-c-d-e", "x y z w v"):
        assert queries(client, f"/en/search/?q={query}") <= 12, query


def queries(client, address) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_lists_mark_what_was_looked_for_and_only_then(client):
    factories.company("Quux Works", summary_en="Makes <quuxes>.")
    text = client.get("/en/companies/?q=quux").text
    assert "<mark>Quux</mark> Works" in text
    assert "Makes &lt;<mark>quux</mark>es&gt;." in text
    assert "<mark>" not in client.get("/en/companies/").text


def test_every_page_has_the_search_box_once(client):
    for path in ("", "companies/", "search/", "nothing/"):
        assert client.get(f"/en/{path}").text.count('role="search"') == 1

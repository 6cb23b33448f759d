"""Lists as readers leaf through them and take them along."""

import html
import re
import sys
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.filters import CompanyFilterSet
from companies.models import Company
from etown import index
from tests import factories, full

pytestmark = pytest.mark.django_db


def url(path, language="en"):
    return f"/{language}/{path}"


@pytest.mark.parametrize(("language", "told"), [("en", "There is no such page."), ("zh-hans", "没有该页")])
def test_a_page_beyond_the_end_says_so_and_leads_to_the_last_one(client, language, told):
    for _number in range(3):
        factories.company(role="supplier")
    answer = client.get(url("companies/?role=supplier&page_size=2&page=7", language))
    assert answer.status_code == 404
    assert told in answer.text
    last = url("companies/?role=supplier&amp;page_size=2&amp;page=2", language)
    assert f'<a href="{last}">' in answer.text
    assert answer.text.count("<article") == 1
    assert told not in client.get(last.replace("&amp;", "&")).text


@pytest.mark.parametrize("name", ["companies", "products", "services", "news", "figures"])
def test_beside_every_list_stands_the_same_list_in_other_forms(client, name):
    full.KINDS[name]()
    text = client.get(url(f"{name}/?q=public")).text
    links = re.search(r'<p class="export">(.*?)</p>', text)[1]
    found = {label: html.unescape(address) for address, label in re.findall(r'href="([^"]*)">(\w+)', links)}
    assert list(found) == ["JSON", "CSV", "Excel", "NDJSON", "Atom"]
    assert found["Excel"] == f"/api/v1/{name}/?q=public&format=xlsx"
    for label in found:
        assert "q=public" in found[label]
        answer = client.get(found[label])
        assert answer.status_code == 200, label
        # Closes what a stream holds open.
        assert answer.getvalue()


NAMES = ["companies", "products", "services", "news", "figures"]
NAMED = dict(zip(NAMES, ["name_en", "name_en", "name_en", "title_en", "label_en"], strict=True))


def chosen_order(page) -> tuple[str, str]:
    (select,) = re.findall(r'<select name="ordering".*?</select>', page.text)
    (chosen,) = re.findall(r'<option value="([^"]*)" selected>([^<]*)', select)
    return chosen


@pytest.mark.parametrize("name", NAMES)
def test_a_list_that_finds_nothing_offers_what_may_have_been_meant_beside_the_other_filters(client, name):
    full.KINDS[name](**{NAMED[name]: "Quuxword"})
    page = client.get(url(f"{name}/?q=quuxwrod&ordering=-updated&page_size=10&page=1"))
    (address,) = re.findall(r'Did you mean <a href="([^"]*)" hx-get="[^"]*"><bdi>Quuxword</bdi></a>\?', page.text)
    address = html.unescape(address)
    assert address == url(f"{name}/?q=Quuxword&ordering=-updated&page_size=10")
    assert client.get(address).context["page"].paginator.count == 1
    assert "Did you mean" not in client.get(address).text


def test_only_what_finds_something_in_this_list_is_offered(client):
    factories.company("Quuxword", role="supplier")
    assert "q=Quuxword&amp;role=supplier" in client.get(url("companies/?q=quuxwrod&role=supplier")).text
    for path in ("companies/?q=quuxwrod&role=startup", "news/?q=quuxwrod", "companies/?q=zzzzzz", "companies/?q=%21"):
        page = client.get(url(path))
        assert page.context["page"].paginator.count == 0
        assert "Did you mean" not in page.text, path
    # The words are right; what stands in the way is the other filter.
    assert "Did you mean" not in client.get(url("companies/?q=quuxword&role=startup")).text


def test_no_misspelling_makes_a_list_ask_much(client):
    full.company(name_en="Quuxword")
    # Builds the index of the list.
    client.get(url("companies/"))
    for query in ("quuxwrod", "quuxwrod qxuxword", "永秦生物 quuxword quux wrod", "a-b-c-d-e", "x y z w v"):
        with CaptureQueriesContext(connection) as found:
            client.get(url(f"companies/?q={query}"))
        assert len(found) <= 12, query


@pytest.mark.parametrize("name", NAMES)
def test_words_stand_in_the_order_of_the_best_match_until_another_is_chosen(client, name):
    full.KINDS[name](**{NAMED[name]: "Quuxword"})
    assert chosen_order(client.get(url(f"{name}/?q=quuxword"))) == ("", "Best match")
    sorted_page = client.get(url(f"{name}/?q=quuxword&ordering=-updated"))
    assert chosen_order(sorted_page)[0] == "-updated"
    assert '<option value="">Best match</option>' in sorted_page.text
    for query in ("", "?ordering=-updated", "?q="):
        assert "Best match" not in client.get(url(f"{name}/{query}")).text, query


def test_without_the_store_of_words_nothing_is_called_the_best_match(client, settings):
    settings.SEARCH_INDEX = False
    factories.company("Quuxword")
    assert chosen_order(client.get(url("companies/?q=quuxword"))) == ("", "as the list stands")


def test_threads_that_share_an_index_do_not_push_each_other_over(monkeypatch):
    monkeypatch.setattr(index, "MAX_ASKED", 2)
    shared = index.ListIndex(CompanyFilterSet, Company.objects.published(), 1)
    failures = []

    def ask(seed):
        for step in range(3000):
            key = (step * seed) % 5
            try:
                assert shared._recall((key,), lambda key=key: key + 1) == key + 1
            except Exception as error:
                failures.append(error)

    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(1, 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(pause)
    assert not failures


@pytest.mark.parametrize("blank", ["", "%20", "%E3%80%80"])
def test_words_that_are_blank_are_no_filter(client, blank):
    factories.company()
    assert client.get(f"/api/v1/companies/?q={blank}").json()["count"] == 1
    assert 'class="entry' in client.get(f"/en/companies/?q={blank}").text

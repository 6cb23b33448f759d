"""Whoever writes a wrong word is told which it is, the right ones, and the one that was perhaps meant."""

import html

import pytest
from django.core.cache import cache

from etown.throttles import PageThrottle
from tests import full
from tests.test_filters import FILTERSETS

pytestmark = pytest.mark.django_db
PAGES = [kind for kind in FILTERSETS if kind != "wanted"]


def detail(client, address: str, parameter: str) -> str:
    """What the API says of this parameter."""
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter
    return error["detail"]


@pytest.mark.parametrize("kind", FILTERSETS)
@pytest.mark.parametrize("form", ["json", "csv", "ndjson", "xlsx"])
def test_an_unknown_order_is_named_with_the_known_ones_and_the_nearest(client, kind, form):
    orders = list(FILTERSETS[kind].base_filters["ordering"].orders)
    address = f"/api/v1/{kind}/?format={form}&ordering="
    told = detail(client, f"{address}-updatd", "ordering")
    assert told == f"“-updatd” is not one of the values: {', '.join(orders)}. Did you mean “-updated”?"
    assert detail(client, f"{address}zzz", "ordering") == f"“zzz” is not one of the values: {', '.join(orders)}."


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_leaves_an_unknown_order_out_and_says_so_as_the_api_does(client, kind):
    full.KINDS[kind](slug="still-here")
    told = detail(client, f"/api/v1/{kind}/?ordering=updatedd", "ordering")
    page = client.get(f"/en/{kind}/?ordering=updatedd")
    assert page.status_code == 200
    assert f"<code>ordering</code>: {told}" in html.unescape(page.text)
    assert f"/en/{kind}/still-here/" in page.text
    feed = client.get(f"/en/{kind}/feed/?ordering=updatedd")
    assert feed.status_code == 400
    assert f"ordering: {told}" in html.unescape(feed.text)


def test_a_long_wrong_word_is_cut_and_signs_in_it_are_only_signs(client):
    told = detail(client, f"/api/v1/companies/?ordering={'x' * 5000}", "ordering")
    assert f"“{'x' * 40}”" in told
    assert "“%(near)s%”" in detail(client, "/api/v1/companies/?ordering=%25(near)s%25", "ordering")
    assert "<i>" not in client.get("/en/companies/?ordering=<i>x").text


@pytest.mark.parametrize(
    ("address", "parameter", "near"),
    [
        ("companies/?role=suplier", "role", "supplier"),
        ("companies/?role=Supplier", "role", "supplier"),
        ("companies/?fields=name_em", "fields", "name_en"),
        ("companies/?fields=slug,Role&format=csv", "fields", "role"),
        ("companies/?format=xls", "format", "xlsx"),
        ("companies/?founded_to=2020", "founded_to", "founded_year_max"),
        ("companies/?founded_before=2020", "founded_before", "founded_year_max"),
        ("companies/?founded_from=2020", "founded_from", "founded_year_min"),
        ("companies/?founded_since=2020&format=csv", "founded_since", "founded_year_min"),
        ("news/?date_from=2020-01-01", "date_from", "date_after"),
        ("news/?date_to=2020-01-01", "date_to", "date_before"),
        ("figures/?as_of_until=2020", "as_of_until", "as_of_before"),
        ("news/?order=date", "order", "ordering"),
    ],
)
def test_the_nearest_word_is_offered(client, address, parameter, near):
    assert f"Did you mean “{near}”?" in detail(client, f"/api/v1/{address}", parameter)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_suggestions_asked_for_too_often_say_when_to_come_again(client, monkeypatch, language):
    monkeypatch.setattr(PageThrottle, "rate", "1/minute", raising=False)
    cache.clear()
    answers = [client.get(f"/{language}/search/suggestions/?q=a") for _time in range(2)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[1]["Retry-After"]) <= 60
    assert answers[1]["Retry-After"] in answers[1].json()["detail"]


def test_words_that_are_too_long_or_no_text_are_told_in_plain_words(client):
    page = client.get(f"/en/companies/?q={'a' * 201}").text
    assert "At most 200 characters, please; these are 201." in page
    detail = client.get("/api/v1/companies/?q=a%00b").json()["errors"][0]["detail"]
    assert detail == "This holds a character that no text has."


def test_a_feed_refuses_wrong_words_without_a_fault_in_the_log(client, caplog):
    answer = client.get("/en/companies/feed/?role=bogus")
    assert answer.status_code == 400
    assert "leading_enterprise" in answer.text
    assert not [line for line in caplog.records if line.exc_info]


def test_what_cannot_be_had_says_what_can(client):
    answer = client.get("/api/v1/companies/", headers={"accept": "application/pdf"})
    assert answer.status_code == 406
    assert answer.json()["detail"] == "This can be had as json, csv, ndjson, xlsx."

"""Pages as readers and their browsers meet them: two languages, few queries, strict headers, old addresses."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from etown import publishing
from etown.records import Status
from tests import factories, full

pytestmark = pytest.mark.django_db

LANGUAGES = {"en": "en", "zh-hans": "zh-Hans"}
LISTS = ["companies", "products", "services", "news", "figures"]
OTHERS = ["", "chain/", "chain/?by=modality", "corrections/", "about/"]
# Queries by page, the same whatever the number of rows. Ours to lower; raising one needs a reason.
QUERIES = {
    "companies/": 4,
    "companies/?stage=pilot_production&role=startup&presence__not=planned": 4,
    "companies/?q=public": 4,
    "products/": 4,
    "services/": 2,
    "news/": 2,
    "figures/": 3,
    "": 11,
    "chain/": 6,
    "chain/?by=modality": 6,
    "corrections/": 2,
    "about/": 2,
    "companies/…/": 12,
    "products/…/": 7,
    "services/…/": 9,
    "news/…/": 6,
    "figures/…/": 3,
    "wanted/…/": 2,
}


def url(path, language="en"):
    return f"/{language}/{path}"


def queries(client, address):
    client.get(address)  # content types, options and contacts are remembered from here on
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


@pytest.fixture
def everything():
    """One public record of each kind, everything around it included, by the path of its page."""
    company = full.company()
    factories.activity(segment=factories.segment("cdmo", position=9))
    product = full.product(company=company)
    service = full.service(operator_company=company, is_highlight=True)
    figure = full.figure(is_headline=True, state="superseded", superseded_by=full.figure())
    article = full.article(companies=[company], products=[product], services=[service])
    return {
        record.get_absolute_url().split("/", 2)[2]: record
        for record in (company, product, service, article, figure, full.want(), full.page(slug="about"))
    } | {"corrections/": full.correction()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_in_both_languages_and_says_which(client, everything, language):
    for path in [*everything, *OTHERS, *(f"{name}/" for name in LISTS)]:
        answer = client.get(url(path, language))
        assert answer.status_code == 200, path
        assert answer["Content-Language"] == language
        assert f'<html lang="{LANGUAGES[language]}">' in answer.text


def test_every_page_takes_the_same_few_queries_for_1_and_30_rows_and_relations(client, everything):
    records = {f"{path.split('/')[0]}/…/": path for path in everything if path.count("/") > 1}

    def counted() -> dict[str, set[int]]:
        """In both languages: to make the rows takes longer than to ask for the pages."""
        return {path: {queries(client, url(records.get(path, path), name)) for name in LANGUAGES} for path in QUERIES}

    expected = {path: {number} for path, number in QUERIES.items()}
    first = counted()
    company, product, service, article, *_others = everything.values()
    for number in range(30):
        factories.activity(segment="cdmo")
        another = full.product(company=company)
        factories.milestone(product, "phase_2")
        related = full.service(operator_company=company, is_highlight=True)
        service.figures.add(full.figure(is_headline=True))
        full.article(companies=[company], products=[product], services=[service])
        article.companies.add(full.company())
        article.products.add(another)
        article.services.add(related)
        for cited in (company, product, service, article):
            cited.citations.create(source=factories.source(f"source-{number}"), as_of="2024")
        full.want()
        full.correction()
    assert first == expected
    assert counted() == expected


def test_a_citation_of_one_field_takes_no_query_of_its_own(client):
    company = full.company()
    first = queries(client, company.get_absolute_url())
    for field in ("role", "website", "summary", "activities"):
        company.citations.create(source=factories.source(), field=field)
    assert queries(client, company.get_absolute_url()) == first


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/", 200),
        ("/en/companies/", 200),
        ("/api/v1/companies/", 200),
        ("/api/v1/companies/?format=csv", 200),
        ("/api/v1/schema/", 200),
        ("/", 302),
        ("/en/companies", 301),
        ("/companies/", 302),
        ("/en/companies/nobody/", 404),
        ("/en/no/such/page/", 404),
        ("/api/v1/nothing/", 404),
        ("/api/v1/companies/?colour=red", 400),
        ("/media/pictures/none.webp", 404),
        ("/healthz/", 200),
        ("/readyz/", 200),
    ],
)
def test_every_answer_tells_the_browser_to_be_strict_and_sets_no_cookie(client, path, status):
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == status
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "") or status == 302


def test_the_error_of_a_foreign_host_is_strict_too(client):
    answer = client.get("/en/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert "evil.example" not in answer.text


CACHED = ["/en/", "/zh-hans/chain/", *(f"/en/{name}/" for name in LISTS), *(f"/api/v1/{name}/" for name in full.KINDS)]
CACHED += ["/api/v1/chain/", "/api/v1/chain/cgt/", "/api/v1/", "/api/v1/schema/", "/en/corrections/"]
CACHED += ["/api/v1/companies/?format=csv", "/api/v1/companies/?format=ndjson"]


@pytest.mark.parametrize("packed", ["", "gzip"], ids=["plain", "gzip"])
def test_what_has_not_changed_is_not_sent_again(client, everything, packed):
    headers = {"accept-encoding": packed}
    records = [f"/en/{path}" for path in everything]
    apis = [f"/api/v1/{kind}/{record.slug}/" for kind, record in zip(full.KINDS, everything.values(), strict=False)]
    for address in [*CACHED, *records, *apis]:
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, address
        assert answer.get("Content-Encoding", "") == packed or len(answer.content) < 200
        tag = answer["ETag"]
        for method in (client.get, client.head):
            assert method(address, headers=headers)["ETag"] == tag, (address, method)
            again = method(address, headers={**headers, "if-none-match": tag})
            assert again.status_code == 304, (address, method)
            kept = ("ETag", "Vary", "Cache-Control")
            assert {name: again.get(name) for name in kept} == {name: answer.get(name) for name in kept}
            assert not again.content
            assert method(address, headers={**headers, "if-none-match": '"other"'}).status_code == 200


def test_a_change_changes_the_tag(client, everything):
    addresses = ["/en/companies/", "/api/v1/companies/", "/api/v1/companies/?format=csv", "/en/"]
    before = [client.get(address)["ETag"] for address in addresses]
    full.company()
    assert all(client.get(address)["ETag"] != tag for address, tag in zip(addresses, before, strict=True))


@pytest.mark.parametrize("path", ["/en/", "/en/companies/", "/zh-hans/figures/", "/en/companies/nobody/"])
def test_a_page_varies_by_compression_alone(client, path):
    assert client.get(path, headers={"accept-language": "zh-CN"}).get("Vary", "Accept-Encoding") == "Accept-Encoding"


def test_a_text_without_translation_is_shown_in_the_other_language_and_labelled(client):
    company = factories.company("Acme Bio", name_zh_hans="", summary_en="", summary_zh_hans="做别人需要的东西。")
    for path in ("companies/", f"companies/{company.slug}/"):
        english, chinese = client.get(url(path)).text, client.get(url(path, "zh-hans")).text
        assert '<span lang="zh-Hans">做别人需要的东西。</span> <small class="untranslated">' in english
        assert '<span lang="en">Acme Bio</span> <small class="untranslated">' in chinese
        assert '<span lang="zh-Hans">做别人' not in chinese


@pytest.mark.parametrize("kind", full.KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_former_address_leads_to_the_present_one_for_good(client, kind, language):
    record = full.KINDS[kind](slug="before")
    record.slug = "after"
    publishing.save(record)
    moved = client.get(url(f"{kind}/before/", language))
    assert (moved.status_code, moved["Location"]) == (301, url(f"{kind}/after/", language))
    for extra in ("", "?format=csv", "?format=ndjson"):
        moved = client.get(f"/api/v1/{kind}/before/{extra}")
        assert moved.status_code == 301
        assert moved["Location"] == f"http://testserver/api/v1/{kind}/after/{extra}"


@pytest.mark.parametrize("kind", full.KINDS)
def test_only_what_was_public_once_is_gone_and_the_rest_was_never_there(client, kind):
    make = full.KINDS[kind]
    addresses = {
        404: [make(status=Status.DRAFT), make(status=Status.IN_REVIEW), make(status=Status.ARCHIVED)],
        410: [make(status=Status.ARCHIVED, published_at=now())],
    }
    for status, records in addresses.items():
        for record in records:
            for language in LANGUAGES:
                answer = client.get(url(f"{kind}/{record.slug}/", language))
                assert answer.status_code == status, record.status
                assert record.slug not in re.sub(r'href="[^"]*"', "", answer.text)
            for form in ("json", "csv"):
                answer = client.get(f"/api/v1/{kind}/{record.slug}/?format={form}")
                assert (answer.status_code, answer.json()["status"]) == (status, status)
                assert answer["Content-Type"] == "application/problem+json"
                assert record.slug not in answer.text


def test_the_former_address_of_a_withdrawn_record_leads_nowhere(client):
    record = full.company(slug="before")
    record.slug = "after"
    publishing.save(record)
    publishing.set_status(record, Status.DRAFT)
    assert client.get("/en/companies/before/").status_code == 404
    assert client.get("/api/v1/companies/before/").status_code == 404


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-Hans-CN", "zh-hans"),
        ("zh-TW", "zh-hans"),
        ("de, zh;q=0.5, en;q=0.9", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("\x00;;q=x" + "a," * 3000, "en"),
    ],
)
def test_the_front_door_opens_in_the_preferred_language(client, accepted, language):
    answer = client.get("/", headers={"accept-language": accepted})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert "Accept-Language" in answer["Vary"]


def test_an_address_without_language_finds_its_page(client):
    answer = client.get("/companies/?role=startup", headers={"accept-language": "zh-CN"})
    assert (answer.status_code, answer["Location"]) == (302, "/zh-hans/companies/?role=startup")


@pytest.mark.parametrize("path", ["/en/", "/en/chain/", "/en/corrections/", "/en/companies/", "/healthz/", "/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_pages_are_only_read(client, path, method):
    assert client.generic(method, path).status_code == 405


def test_the_page_of_a_list_that_ends_earlier_is_not_there_but_shows_the_last(client):
    full.company(slug="the-only-one")
    answer = client.get("/en/companies/?page=2")
    assert answer.status_code == 404
    assert "/en/companies/the-only-one/" in answer.text


def test_a_changed_desk_shows_at_once_on_every_page(client):
    desk = factories.desk()
    for address in ("/en/about/", "/en/companies/", "/en/chain/"):
        client.get(address)
    desk.email = "new@example.org"
    publishing.save(desk)
    for address in ("/en/", "/en/companies/", "/en/chain/", "/en/nobody/"):
        text = client.get(address).text
        assert "new@example.org" in text
        assert "desk@example.org" not in text

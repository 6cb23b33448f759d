"""How the site is found and shared: feeds, sitemap, robots, canonical addresses, linked data."""

import datetime
import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from companies.models import Company, Product, Want
from companies.neighbours import neighbours
from etown import publishing
from etown.records import Status
from etown.throttles import PageThrottle
from facts.models import Figure
from news.models import Article
from office.models import Page
from services.models import Service
from tests import factories

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LISTS = ["companies", "products", "services", "news", "figures"]
HOST = "http://testserver"


def linked_data(text: str) -> list[dict]:
    return [
        json.loads(found) for found in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    ]


def link(text: str, relation: str) -> list[str]:
    return re.findall(rf'<link rel="{relation}"[^>]*href="([^"]+)"', text)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", LISTS)
def test_every_list_is_an_atom_feed_in_both_languages(client, starter, kind, language):
    answer = client.get(f"/{language}/{kind}/feed/")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert 0 < len(entries) <= 50
    updated = [entry.findtext(f"{ATOM}updated") for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"{HOST}/{language}/{kind}/feed/"
    for entry in entries:
        assert entry.findtext(f"{ATOM}id").startswith("urn:uuid:")
        assert entry.findtext(f"{ATOM}title")
        assert f"/{language}/{kind}/" in entry.find(f"{ATOM}link").get("href")


def test_a_feed_takes_the_query_of_its_list_and_refuses_what_it_does_not_understand(client):
    factories.company("Supplier", role=Company.Role.SUPPLIER)
    factories.company("Other")
    feed = client.get("/en/companies/feed/?role=supplier")
    assert [entry.findtext(f"{ATOM}title") for entry in ET.fromstring(feed.content).findall(f"{ATOM}entry")] == [
        "Supplier"
    ]
    refused = client.get("/en/companies/feed/?rolle=supplier")
    assert refused.status_code == 400
    assert "role" in refused.text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", ""),
        ("role=supplier&role=startup&q=cell+line", " – Role: Supplier, Start-up; Search: cell line"),
        ("presence__not=tenant&founded_year_min=1990", " – Presence: not In the park; Founded: 1990 or later"),
        ("founded_year_max=1990&ordering=updated", " – Founded: 1990 or earlier"),
        ("q=a%01b%EF%BF%BFc", " – Search: a b c"),
    ],
)
def test_a_feed_is_called_after_what_it_is_filtered_by(client, query, told):
    answer = client.get(f"/en/companies/feed/?{query}")
    assert ET.fromstring(answer.content).findtext(f"{ATOM}title") == f"E-Town Invest: companies{told}"


def test_a_feed_that_finds_nothing_tells_when_its_kind_last_changed_at_every_hour(client, monkeypatch):
    latest = factories.company("Only one")
    hidden = factories.company("Draft", status=Status.DRAFT)
    Company.objects.filter(pk=hidden.pk).update(updated_at=latest.updated_at + datetime.timedelta(days=1))
    factories.article()
    answer = client.get("/en/companies/feed/?q=nobody")
    feed = ET.fromstring(answer.content)
    assert feed.findall(f"{ATOM}entry") == []
    told = datetime.datetime.fromisoformat(feed.findtext(f"{ATOM}updated"))
    assert told == latest.updated_at
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + datetime.timedelta(hours=5))
    later = client.get("/en/companies/feed/?q=nobody")
    assert (later.content, later["ETag"]) == (answer.content, answer["ETag"])


def test_the_page_of_a_list_names_its_feed(client):
    page = client.get("/en/companies/?role=supplier").text
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Atom" href="/en/companies/feed/?role=supplier">'
        in page
    )


def test_the_sitemap_is_what_is_public_in_both_languages(client, starter):
    index = ET.fromstring(client.get("/sitemap.xml").content)
    addresses = set()
    for section in index.iter(f"{SITEMAP}loc"):
        answer = client.get(section.text.removeprefix(HOST))
        addresses |= {found.text.removeprefix(HOST) for found in ET.fromstring(answer.content).iter(f"{SITEMAP}loc")}
    expected = set()
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for model in (Company, Product, Want, Service, Article, Figure, Page):
                expected |= {record.get_absolute_url() for record in model.objects.published()}
            expected |= {reverse("home"), reverse("companies:chain"), reverse("facts:corrections")}
            expected |= {reverse(f"{name}:list") for name in ("companies", "products", "services", "news", "facts")}
    assert addresses == expected
    assert all(client.get(address).status_code == 200 for address in sorted(addresses)[::15])


def test_robots_are_led_to_the_sitemap_and_not_to_the_back_office(client):
    text = client.get("/robots.txt").text
    assert f"Sitemap: {HOST}/sitemap.xml" in text
    assert "Disallow: /admin/" in text


def test_a_page_names_itself_and_its_other_language_both_ways(client):
    company = factories.company(slug="one")
    for language in ("en", "zh-hans"):
        text = client.get(f"/{language}/companies/one/?utm_source=mail").text
        assert link(text, "canonical") == [f"{HOST}/{language}/companies/one/"]
        alternates = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', text))
        assert alternates == {
            "en": f"{HOST}/en/companies/one/",
            "zh-Hans": f"{HOST}/zh-hans/companies/one/",
            "x-default": f"{HOST}/en/companies/one/",
        }
    assert company.slug == "one"


def test_filtered_lists_are_not_for_search_engines_and_keep_one_address(client):
    for number in range(30):
        factories.company(f"Company {number}")
    plain = client.get("/en/companies/?page=2").text
    assert "noindex" not in plain
    assert link(plain, "canonical") == [f"{HOST}/en/companies/?page=2"]
    filtered = client.get("/en/companies/?role=supplier&presence=tenant&utm_source=mail").text
    assert '<meta name="robots" content="noindex, follow">' in filtered
    assert link(filtered, "canonical") == [f"{HOST}/en/companies/?presence=tenant&amp;role=supplier"]
    assert "noindex" in client.get("/en/companies/?nonsense=1").text
    assert "noindex" in client.get("/en/nothing-here/").text


def test_linked_data_says_what_stands_on_the_page(client, starter):
    (company,) = linked_data(client.get("/zh-hans/companies/celarts/").text)
    assert company["@type"] == "Organization"
    assert company["name"] == "昕传生物科技（北京）有限公司"
    assert "CelArtics BioPharma" in company["alternateName"]
    (service,) = linked_data(client.get("/en/services/zgc-reagent-logistics/").text)
    assert (service["@type"], service["areaServed"]) == ("Service", "Beijing E-Town")
    record = Article.objects.published().first()
    (article,) = linked_data(client.get(record.get_absolute_url()).text)
    assert article["@type"] == "NewsArticle"
    assert article["datePublished"] == record.date.isoformat()
    assert len(article["headline"]) <= 110
    (dataset,) = linked_data(client.get("/en/companies/").text)
    assert dataset["@type"] == "Dataset"
    assert 50 <= len(dataset["description"]) <= 5000
    for part in dataset["distribution"]:
        assert client.get(part["contentUrl"].removeprefix(HOST)).status_code == 200
    assert not linked_data(client.get("/en/companies/?role=supplier").text)


def test_linked_data_cannot_end_its_own_script(client):
    factories.company("</script><script>alert(1)</script>", slug="sly")
    text = client.get("/en/companies/sly/").text
    assert "<script>alert" not in text
    assert linked_data(text)[0]["name"] == "</script><script>alert(1)</script>"


def test_every_page_has_a_picture_to_share_that_exists(client, starter):
    for path in ("", "chain/", "companies/", "companies/celarts/", "products/eal/", "services/", "news/", "figures/"):
        (address,) = re.findall(r'<meta property="og:image" content="([^"]+)"', client.get(f"/en/{path}").text)
        with Image.open(finders.find(address.removeprefix(f"{HOST}/static/"))) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630)), address


def test_neighbours_are_the_nearest_tenants_before_and_after_with_the_reason():
    for position, (name, segment) in enumerate(
        [("Synth", "gene-synthesis"), ("Vector", "viral-vector"), ("Dev", "therapy-developer")]
    ):
        row = factories.activity(factories.company(name), segment).segment
        row.position = position
        publishing.save(row)
    factories.activity(factories.company("Guest", presence=Company.Presence.SERVICE_USER), "gene-synthesis")
    factories.activity(factories.company("Draft", status=Status.DRAFT), "viral-vector")
    vector = Company.objects.get(name_en="Vector")
    assert [(n.company.name_en, n.direction) for n in neighbours(vector)] == [
        ("Synth", "upstream"),
        ("Dev", "downstream"),
    ]
    assert neighbours(vector)[0].reason == "gene-synthesis comes before viral-vector in the chain."
    assert [n.company.name_en for n in neighbours(Company.objects.get(name_en="Dev"))] == ["Vector"]
    assert not neighbours(factories.company("Nowhere"))


def test_every_record_has_a_link_to_report_an_error_that_names_it(client, starter):
    for path in (
        "companies/celarts/",
        "products/eal/",
        "services/zgc-reagent-logistics/",
        "figures/cgt-companies/",
        "wanted/dendritic-cell-companies/",
    ):
        text = client.get(f"/en/{path}").text
        (address,) = re.findall(r'href="(mailto:[^"]+subject[^"]+)"', text)
        assert f"en/{path}".replace("/", "%2F") in address or f"en/{path}" in address
    article = Article.objects.published().first()
    assert "mailto:" in client.get(article.get_absolute_url()).text


@pytest.mark.parametrize("word", ["feed", "request"])
def test_an_address_that_means_something_else_is_refused(word):
    with pytest.raises(Exception, match="address of its own"):
        factories.company(slug=word)


@pytest.mark.parametrize("place", ["", "feed/"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_who_asks_too_often_is_told_when_to_come_again(client, monkeypatch, language, place):
    monkeypatch.setattr(PageThrottle, "rate", "2/minute", raising=False)
    cache.clear()
    answers = [client.get(f"/{language}/companies/{place}?q=a") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert answers[2]["Retry-After"] in answers[2].text
    assert client.get(f"/{language}/companies/").status_code == 200
    cache.clear()

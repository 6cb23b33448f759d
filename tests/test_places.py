"""Places on the chain, found by their names: what they say, where they lead, and what they keep to themselves."""

import re
from urllib.parse import urldefrag

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.models import Activity, Modality, Segment, Stage
from etown import publishing
from etown.records import Status
from tests import factories

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "zh-hans"]


def found(client, query, language="en") -> list[str]:
    return [hit.place.record.slug for hit in client.get(f"/{language}/search/?q={query}").context["places"]]


def suggested(client, query, language="en") -> list[dict]:
    return client.get(f"/{language}/search/suggestions/?q={query}").json()["suggestions"]


def written(text) -> str:
    return "".join(text["parts"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("NK", ["nk", "car-nk"]),
        ("TIL", ["til"]),
        ("iPSC", ["ipsc"]),
        ("质粒", ["plasmid"]),
        ("bingdu", ["viral-vector", "aav", "lvv"]),
        ("viral vector", ["viral-vector"]),
        ("病毒载体", ["viral-vector", "lvv"]),
        ("CAR-T", ["car-t"]),
        ("car t", ["car-t"]),
        ("中试", ["pilot_production"]),
        ("plasmid 质粒", ["plasmid"]),
        ("cartilage", []),
        ("...", []),
    ],
)
def test_a_word_of_the_chain_is_found_in_both_languages(starter, client, language, query, slugs):
    assert found(client, query, language) == slugs
    assert [written(one["name"]) for one in suggested(client, query, language)[: len(slugs)]] == [
        hit.name.plain for hit in client.get(f"/{language}/search/?q={query}").context["places"]
    ]


def test_every_place_leads_to_its_spot_on_the_map_and_to_as_many_companies_as_it_says(starter, client):
    pages: dict[str, str] = {}
    rows = [*Segment.objects.all(), *Modality.objects.all(), *Stage.objects.all()]
    for row in rows:
        hits = client.get("/en/search/", {"q": row.name_en}).context["places"]
        place = next(hit.place for hit in hits if hit.place.record == row)
        address, spot = urldefrag(place.map_url)
        pages.setdefault(address, client.get(address).text)
        assert f'id="{spot}"' in pages[address], place.map_url
        assert client.get(place.list_url).context["page"].paginator.count == place.count == len(tenants(row))
    assert set(pages) == {"/en/chain/", "/en/chain/?by=modality"}


def tenants(row) -> set[int]:
    """Counted row by row, without a query language."""
    active = set()
    for activity in Activity.objects.select_related("company", "modality"):
        modality = activity.modality
        parent = modality.parent if modality else None
        company = activity.company
        is_public = company.presence == "tenant" and company.status == Status.PUBLISHED
        if is_public and row in (activity.segment, activity.stage, modality, parent):
            active.add(company.pk)
    return active


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_leads_to_its_companies_and_to_what_is_wanted(client, language):
    factories.activity(segment="plasmid")
    factories.segment("plasmid-bank")
    want = factories.want("plasmid", stage="early_rnd")
    text = client.get(f"/{language}/search/?q=plasmid").text
    entries = re.findall(r"<li>(?:(?!</li>).)*#segment-plasmid.*?</li>", text, re.DOTALL)
    assert len(entries) == 2
    assert "<mark>plasmid</mark>" in entries[0]
    assert f"/{language}/companies/?segment=plasmid&amp;presence=tenant" in entries[0]
    assert f"/{language}/wanted/{want.slug}/" in entries[0]
    assert f"/{language}/companies/?segment=plasmid-bank&amp;presence=tenant" in entries[1]
    # Sources may simply not say.
    assert not re.search("gap|空白", "".join(entries))


def test_a_place_says_how_many_are_there(client):
    factories.segment("plasmid")
    address = "/en/search/?q=plasmid"
    assert "no company known in the park" in client.get(address).text
    factories.activity(segment="plasmid")
    assert "1 company in the park" in client.get(address).text
    factories.activity(segment="plasmid", stage="early_rnd")
    assert "2 companies in the park" in client.get(address).text


def test_a_place_shows_its_name_in_the_other_language_only_where_that_one_was_looked_for(client):
    row = factories.segment("plasmid")
    row.name_zh_hans = "质粒"
    publishing.save(row, row.save)
    (hit,) = client.get("/en/search/?q=质粒").context["places"]
    assert (hit.name.plain, hit.also.plain) == ("plasmid", "质粒")
    assert '<span lang="zh-Hans"><mark>质粒</mark></span>' in client.get("/en/search/?q=质粒").text
    assert client.get("/en/search/?q=plasmid").context["places"][0].also is None
    (place,) = suggested(client, "质粒")
    assert (written(place["name"]), written(place["also"]), place["kind"]) == ("plasmid", "质粒", "Segment")


def test_a_public_change_shows_at_once_and_what_is_hidden_never_does(client):
    company = factories.activity(segment="plasmid").company
    want = factories.want("plasmid")
    factories.activity(factories.company(presence="planned"), "plasmid")
    factories.activity(factories.company(status=Status.DRAFT), "plasmid")
    factories.want("plasmid", status=Status.DRAFT)

    def shown():
        (hit,) = client.get("/en/search/?q=plasmid").context["places"]
        return hit.place.count, hit.place.wants

    assert shown() == (1, [want])
    factories.activity(segment="plasmid")
    assert shown() == (2, [want])
    for row in (company, want):
        publishing.set_status(row, Status.ARCHIVED)
    assert shown() == (1, [])


def test_a_place_of_another_chain_leads_to_its_own_map(client):
    factories.segment("plasmid")
    other = factories.chain("mrna")
    factories._save(Segment(slug="lipids", chain=other, name_en="Lipids", name_zh_hans="脂质"))
    (hit,) = client.get("/en/search/?q=lipids").context["places"]
    assert hit.place.map_url == "/en/chain/?chain=mrna#segment-lipids"
    assert 'id="segment-lipids"' in client.get("/en/chain/?chain=mrna").text


def test_places_cost_no_query_of_their_own_once_they_are_known(starter, client):
    before = queries(client, "/en/search/?q=cell")
    for number in range(30):
        factories.activity(segment=f"cell-{number}")
    assert queries(client, "/en/search/?q=cell") == before <= 10


def queries(client, address) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)

"""The numbers of the chain map: the same on the map, in the list behind it and in the API, and what they never say."""

import random
import re

import pytest

from companies.models import Activity, Company, Modality, Segment, Stage
from etown.records import Status
from tests import factories

pytestmark = pytest.mark.django_db

STAGES = ["concept_validation", "early_rnd", "pilot_production", "industrialization"]
SEGMENTS = ["plasmid", "viral-vector", "cdmo"]
CLASSES = {"somatic": ["car-t", "dc"], "gene": ["aav"], "stem": []}


@pytest.fixture
def chain():
    """A small chain: four stages, three segments, three classes with their members."""
    for position, slug in enumerate(STAGES):
        _row(Stage, slug, position)
    for position, slug in enumerate(SEGMENTS):
        _row(Segment, slug, position)
    for position, (parent, members) in enumerate(CLASSES.items()):
        above = _row(Modality, parent, position * 10)
        for place, slug in enumerate(members, start=1):
            _row(Modality, slug, position * 10 + place, parent=above)
    return factories.chain()


def _row(model, slug, position, **values):
    return factories._save(
        model(slug=slug, chain=factories.chain(), name_en=slug, name_zh_hans=slug, position=position, **values)
    )


def cells(client):
    """The API's map: count, state and wants by cell."""
    answer = client.get("/api/v1/chain/cgt/").json()
    return {cell["cell"]: cell for kind in ("segments", "modalities") for row in answer[kind] for cell in row["cells"]}


def pages(client, language="en"):
    """The maps that readers see: by cell the shown number (0 where there is none), state and wants."""
    found = {}
    for kind in ("segment", "modality"):
        page = client.get(f"/{language}/chain/?by={kind}")
        shown = re.findall(r'class="cell (covered|one_provider|not_known)"[^>]*>(.*?)</td>', page.text, re.DOTALL)
        listed = [cell for row in page.context["map"].rows for cell in row.cells]
        assert len(shown) == len(listed)
        for cell, (state, text) in zip(listed, shown, strict=True):
            number = re.search(r"<b>(\d+)</b>", text)
            found[cell.word] = (int(number[1]) if number else 0, state, "wanted/" in text)
    return found


def naive(cell):
    """Counted row by row, without a query language."""
    row, stage = cell.split(".")
    found = set()
    for activity in Activity.objects.select_related("company", "segment", "stage", "modality__parent"):
        company = activity.company
        at_stage = (activity.stage.slug if activity.stage else "unknown") == stage
        names = {activity.segment.slug}
        if activity.modality:
            names.add(activity.modality.slug)
            names.add(activity.modality.parent.slug if activity.modality.parent else activity.modality.slug)
        if row in names and at_stage and company.presence == "tenant" and company.status == Status.PUBLISHED:
            found.add(company.slug)
    return found


def compare(client, cells_to_list=None):
    api, page = cells(client), pages(client)
    assert api.keys() == page.keys()
    for word, cell in api.items():
        expected = naive(word)
        state = "covered" if len(expected) > 1 else "one_provider" if expected else "not_known"
        assert (word, cell["count"], cell["state"]) == (word, len(expected), state)
        assert page[word][:2] == (len(expected), state)
        assert page[word][2] is bool(cell["wanted"])
    for word in cells_to_list or api:
        rows = client.get(f"/api/v1/companies/?cell={word}&fields=slug&page_size=100").json()
        assert rows["count"] == api[word]["count"], word
        assert {row["slug"] for row in rows["results"]} == naive(word)
        listing = client.get(f"/en/companies/?cell={word}&page_size=100")
        assert listing.context["page"].paginator.count == api[word]["count"], word
    return api


def test_every_cell_of_the_starter_facts_equals_its_list_on_page_and_api(starter, client):
    found = compare(client)
    assert len(found) > 100
    assert {cell["state"] for cell in found.values()} == {"covered", "one_provider", "not_known"}


@pytest.mark.parametrize("seed", range(5))
def test_every_cell_of_random_facts_equals_a_naive_count(chain, client, seed):
    dice = random.Random(seed)
    modalities = [None, *Modality.objects.all()]
    for _number in range(12):
        presence = dice.choice(["tenant", "tenant", "tenant", "planned", "service_user"])
        status = dice.choice([Status.PUBLISHED, Status.PUBLISHED, Status.DRAFT, Status.ARCHIVED])
        company = factories.company(presence=presence, status=status)
        for _activity in range(dice.randrange(6)):
            where = {"segment_id": dice.choice(SEGMENTS), "stage": dice.choice([None, *STAGES])}
            segment = Segment.objects.get(slug=where.pop("segment_id"))
            modality = dice.choice(modalities)
            if not company.activities.filter(segment=segment, stage__slug=where["stage"], modality=modality).exists():
                Activity.objects.get_or_create(
                    company=company,
                    segment=segment,
                    stage=Stage.objects.filter(slug=where["stage"]).first(),
                    modality=modality,
                    defaults={"source": factories.source()},
                )
    compare(client, dice.sample(sorted(cells(client)), 12))


def test_two_activities_of_one_company_count_once(chain, client):
    company = factories.company()
    for modality in (None, "car-t", "dc"):
        factories.activity(company, "plasmid", modality=modality)
    found = cells(client)
    counts = {word: found[f"{word}.pilot_production"]["count"] for word in ("plasmid", "somatic", "car-t", "dc")}
    assert counts == {"plasmid": 1, "somatic": 1, "car-t": 1, "dc": 1}
    assert found["plasmid.pilot_production"]["state"] == "one_provider"


def test_a_class_counts_the_companies_of_its_members_and_its_own_each_once(chain, client):
    both = factories.company()
    for modality in ("car-t", "dc"):
        factories.activity(both, "plasmid", modality=modality)
    factories.activity(segment="cdmo", modality="somatic")
    found = cells(client)
    assert found["somatic.pilot_production"]["count"] == 2
    assert found["gene.pilot_production"]["count"] == 0


@pytest.mark.parametrize("values", [{"presence": "planned"}, {"presence": "service_user"}, {"status": Status.DRAFT}])
def test_who_is_not_publicly_in_the_park_never_counts(chain, client, values):
    before, shown = cells(client), pages(client)
    for stage in (*STAGES, None):
        factories.activity(factories.company(**values), "plasmid", stage=stage, modality="car-t")
    assert cells(client) == before
    assert pages(client) == shown
    home = client.get("/en/")
    assert [number for _stage, number in home.context["map"].stage_counts] == [0, 0, 0, 0]


@pytest.mark.parametrize(("language", "gap"), [("en", "gap"), ("zh-hans", "空白")])
def test_what_is_not_known_is_never_called_a_gap(chain, client, language, gap):
    for path in ("chain/", "chain/?by=modality", ""):
        text = client.get(f"/{language}/{path}").text
        table = text[text.index('<table class="chain">') : text.index("</table>")]
        assert gap not in table
        assert "0" not in re.sub(r"<[^>]*>", "", table)
        assert table.count("not_known") == table.count("<td>") > 0
    assert {cell["state"] for cell in cells(client).values()} == {"not_known"}
    assert "gap" not in str(cells(client))


def test_what_is_wanted_is_marked_beside_the_count_at_its_stage_or_on_its_row(chain, client):
    factories.activity(segment="plasmid")
    staged = factories.want("plasmid", stage="pilot_production")
    anywhere = factories.want(modality="dc")
    for hidden in (Status.DRAFT, Status.IN_REVIEW, Status.ARCHIVED):
        factories.want("cdmo", stage="early_rnd", status=hidden)
    answer = client.get("/api/v1/chain/cgt/").json()
    rows = {row["slug"]: row["wanted"] for kind in ("segments", "modalities") for row in answer[kind]}
    assert {slug: wanted for slug, wanted in rows.items() if wanted} == {"dc": [anywhere.slug]}
    marked = {word: cell["wanted"] for word, cell in cells(client).items() if cell["wanted"]}
    assert marked == {"plasmid.pilot_production": [staged.slug]}
    assert cells(client)["plasmid.pilot_production"]["count"] == 1
    shown = {word: cell for word, cell in pages(client).items() if cell[2]}
    assert shown == {"plasmid.pilot_production": (1, "one_provider", True)}
    assert f"/en/wanted/{anywhere.slug}/" in client.get("/en/chain/?by=modality").text


def test_the_numbers_of_the_home_page_equal_the_lists_behind_them(starter, client):
    home = client.get("/en/")
    stage_counts = home.context["map"].stage_counts
    for stage, number in stage_counts:
        assert f"?stage={stage.slug}&amp;presence=tenant" in home.text
        listing = client.get(f"/en/companies/?stage={stage.slug}&presence=tenant")
        assert listing.context["page"].paginator.count == number
    assert sum(number for _stage, number in stage_counts) > 0
    assert home.context["company_count"] == Company.objects.published().count()


def test_a_second_chain_has_a_map_of_its_own(chain, client):
    other = factories.chain("mrna")
    stage = factories._save(Stage(slug="other_stage", chain=other, name_en="S", name_zh_hans="S"))
    segment = factories._save(Segment(slug="lipids", chain=other, name_en="L", name_zh_hans="L"))
    factories.activity(segment=segment, stage=stage)
    assert "lipids.other_stage" not in cells(client)
    (row,) = client.get("/api/v1/chain/mrna/").json()["segments"]
    assert {cell["cell"]: cell["count"] for cell in row["cells"]} == {"lipids.other_stage": 1, "lipids.unknown": 0}
    assert client.get("/en/chain/?chain=mrna").context["map"].chain == other
    assert client.get("/en/companies/?cell=lipids.other_stage").context["page"].paginator.count == 1

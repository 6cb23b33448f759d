"""What every filter finds, asked of page and API alike."""

import itertools
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db.models import Count, Q
from django.http import QueryDict

from companies.filters import CompanyFilterSet, ProductFilterSet, WantFilterSet
from companies.models import Company, CompanyAlias, Modality, Product, ProductAlias, Want
from etown import publishing
from etown.filters import AnyOf, RecordsField
from etown.records import Status
from facts.filters import FigureFilterSet
from facts.models import Figure
from news.filters import ArticleFilterSet
from news.models import Article
from services.filters import ServiceFilterSet
from services.models import Service, ServiceAlias
from tests import factories, full

pytestmark = pytest.mark.django_db

FILTERSETS = {
    "companies": CompanyFilterSet,
    "products": ProductFilterSet,
    "services": ServiceFilterSet,
    "news": ArticleFilterSet,
    "figures": FigureFilterSet,
    "wanted": WantFilterSet,
}
MODELS: dict[str, Any] = {
    "companies": Company,
    "products": Product,
    "services": Service,
    "news": Article,
    "figures": Figure,
}
MODELS["wanted"] = Want


@pytest.fixture
def ask(client):
    """The slugs that the API finds, in its order."""

    def find(prefix, **query):
        answer = client.get(f"/api/v1/{prefix}/?page_size=100&fields=slug&{urlencode(query, doseq=True)}")
        assert answer.status_code == 200, answer.text
        return [record["slug"] for record in answer.json()["results"]]

    return find


def many_valued():
    for kind, filterset in FILTERSETS.items():
        for name, one in filterset.base_filters.items():
            if isinstance(one, AnyOf) and not one.exclude:
                yield kind, name


def words_of(kind, name):
    if name == "cell":
        return ["therapy-developer.pilot_production", "plasmid.unknown", "car-t.industrialization", "cdmo.unknown"]
    field = FILTERSETS[kind](data=None).form.fields[name]
    if isinstance(field, RecordsField):
        return ["unknown", *field.related().values_list("slug", flat=True)]
    return [word for word, _label in field.choices]


@pytest.mark.parametrize(("kind", "name"), list(many_valued()), ids=lambda value: value)
def test_values_of_one_filter_add_up_and_not_is_their_exact_complement(starter, ask, client, kind, name):
    every = set(MODELS[kind].objects.published().values_list("slug", flat=True))
    words = words_of(kind, name)
    found = {word: set(ask(kind, **{name: word})) for word in words}
    assert any(found.values())
    for one, other in itertools.pairwise(words[:4]):
        assert set(ask(kind, **{name: [one, other]})) == found[one] | found[other]
    if kind != "wanted":
        page = client.get(f"/en/{kind}/?{urlencode({name: words[:2], 'page_size': 100}, doseq=True)}").context["page"]
        assert {record.slug for record in page} == set().union(*(found[word] for word in words[:2]))
    if name == "cell":
        return
    assert set(ask(kind, **{name: words})) == every
    assert ask(kind, **{f"{name}__not": words}) == []
    for some in ([words[0]], [words[-1]], words[:3], [max(words, key=lambda word: len(found[word]))]):
        without = every.difference(*(found[word] for word in some))
        assert set(ask(kind, **{f"{name}__not": some})) == without
        assert ask(kind, **{name: some[0], f"{name}__not": some}) == []


# Each value as it stands in a row, read from the API's own record: a filter that is blind to it is found out.
READ = {
    ("companies", "role"): lambda row: [row["role"]],
    ("companies", "presence"): lambda row: [row["presence"]],
    ("companies", "segment"): lambda row: [activity["segment"] for activity in row["activities"]],
    ("companies", "stage"): lambda row: [activity["stage"] for activity in row["activities"] if activity["stage"]],
    ("products", "company"): lambda row: [row["company"]],
    ("products", "chain"): lambda row: [row["chain"]],
    ("products", "milestone"): lambda row: [(row["current_milestone"] or {}).get("event")],
    ("products", "route"): lambda row: [milestone["route"] for milestone in row["milestones"]],
    ("products", "vector"): lambda row: [row["vector"]],
    ("products", "cell_source"): lambda row: [row["cell_source"]],
    ("services", "kind"): lambda row: [row["kind"]],
    ("services", "operator_company"): lambda row: [row["operator_company"]],
    ("services", "name_en_origin"): lambda row: [row["name_en_origin"]],
    ("services", "name_zh_hans_origin"): lambda row: [row["name_zh_hans_origin"]],
    ("news", "category"): lambda row: [row["category"]],
    ("news", "company"): lambda row: row["companies"],
    ("news", "product"): lambda row: row["products"],
    ("news", "service"): lambda row: row["services"],
    ("figures", "topic"): lambda row: [row["topic"]],
    ("figures", "kind"): lambda row: [row["kind"]],
    ("figures", "state"): lambda row: [row["state"]],
    ("figures", "basis"): lambda row: [row["basis"]],
    ("wanted", "chain"): lambda row: [row["chain"]],
    ("wanted", "segment"): lambda row: [row["segment"]],
    ("wanted", "stage"): lambda row: [row["stage"]],
    ("wanted", "basis"): lambda row: [row["basis"]],
}


def test_every_filter_of_several_values_is_compared_with_the_rows_or_tested_by_name():
    assert set(many_valued()) - set(READ) == {
        ("companies", "modality"),
        ("companies", "cell"),
        ("products", "modality"),
        ("wanted", "modality"),
    }


@pytest.mark.parametrize("kind", FILTERSETS)
def test_a_filter_finds_the_rows_that_show_the_value(starter, client, ask, kind):
    rows = [json.loads(line) for line in client.get(f"/api/v1/{kind}/?format=ndjson").getvalue().splitlines()]
    for name in (name for other, name in READ if other == kind):
        for word in words_of(kind, name):
            shown = {row["slug"] for row in rows if word in ([v for v in READ[kind, name](row) if v] or ["unknown"])}
            assert set(ask(kind, **{name: word})) == shown, word


@pytest.mark.parametrize("kind", FILTERSETS)
def test_different_filters_narrow_each_other(starter, ask, kind):
    words = {name: words_of(kind, name)[:2] for other, name in many_valued() if other == kind}
    found = {name: set(ask(kind, **{name: some})) for name, some in words.items()}
    for one, other in itertools.combinations(words, 2):
        assert set(ask(kind, **{one: words[one], other: words[other]})) == found[one] & found[other]


def test_what_is_not_set_is_found_by_unknown(ask):
    bare = factories.company(slug="bare")
    staged = factories.activity(segment="plasmid", stage=None).company
    full_one = factories.activity(segment="plasmid", modality="car-t").company
    assert ask("companies", segment="unknown") == [bare.slug]
    assert set(ask("companies", stage="unknown")) == {bare.slug, staged.slug}
    assert set(ask("companies", modality=["unknown", "car-t"])) == {bare.slug, staged.slug, full_one.slug}
    plain = factories.product(company=None, chain=None)
    known = factories.milestone(factories.product(company=bare, modality="car-t", vector="aav")).product
    for name in ("company", "chain", "modality", "vector", "milestone", "route", "cell_source"):
        assert plain.slug in ask("products", **{name: "unknown"})
        assert (known.slug in ask("products", **{name: "unknown"})) is (name == "cell_source")


def test_the_current_milestone_is_the_last_by_sequence_whatever_its_date(ask):
    product = factories.product()
    factories.milestone(product, "phase_3", date="2020")
    factories.milestone(product, "phase_1", date="2010")
    assert ask("products", milestone="phase_1") == [product.slug]
    assert ask("products", milestone="phase_3") == []
    assert ask("products", milestone__not="phase_1") == []


def test_a_class_of_modalities_finds_its_members_but_no_member_its_class(ask):
    car_t = factories.activity(segment="plasmid", modality="car-t")
    parent = factories._row(Modality, "somatic")
    car_t.modality.parent = parent
    car_t.modality.save()
    general = factories.activity(segment="plasmid", modality=parent)
    both = {car_t.company.slug, general.company.slug}
    assert set(ask("companies", modality="somatic")) == both
    assert ask("companies", modality="car-t") == [car_t.company.slug]
    assert ask("companies", modality__not="somatic") == []
    assert ask("companies", modality__not="car-t") == [general.company.slug]
    assert set(ask("companies", cell="somatic.pilot_production")) == both
    member, whole = factories.product(modality=car_t.modality), factories.product(modality=parent)
    assert set(ask("products", modality="somatic")) == {member.slug, whole.slug}
    assert ask("products", modality="car-t") == [member.slug]
    wanted = factories.want(modality=car_t.modality)
    assert ask("wanted", modality="somatic") == [wanted.slug]


def test_a_cell_is_matched_within_one_activity(ask):
    company = factories.company()
    factories.activity(company, "plasmid", stage="early_rnd", modality="car-t")
    factories.activity(company, "cold-chain", stage="pilot_production", modality="dc")
    factories.activity(company, "cdmo", stage=None)
    cells = ["plasmid.early_rnd", "car-t.early_rnd", "cold-chain.pilot_production", "dc.pilot_production"]
    for cell in [*cells, "cdmo.unknown"]:
        assert ask("companies", cell=cell) == [company.slug]
    for cell in ("plasmid.pilot_production", "car-t.pilot_production", "cold-chain.early_rnd", "plasmid.unknown"):
        assert ask("companies", cell=cell) == []
    assert ask("companies", segment="plasmid", stage="pilot_production") == [company.slug]
    assert ask("companies", cell=["plasmid.unknown", "cdmo.unknown"]) == [company.slug]


@pytest.mark.parametrize("presence", ["planned", "service_user"])
def test_a_cell_finds_companies_in_the_park_only(ask, presence):
    factories.activity(factories.company(presence=presence), "plasmid")
    assert ask("companies", cell="plasmid.pilot_production") == []
    assert len(ask("companies", segment="plasmid", stage="pilot_production")) == 1


def test_all_cells_can_be_asked_for_at_once(starter, client, ask):
    chain = client.get("/api/v1/chain/cgt/").json()
    cells = [cell["cell"] for rows in ("segments", "modalities") for row in chain[rows] for cell in row["cells"]]
    assert len(cells) > 100
    assert set(ask("companies", cell=cells)) == set(ask("companies", presence="tenant", segment__not="unknown"))


PARTIAL = ["", "2024", "2024-12", "2025", "2025-01", "2025-01-31", "2025-09", "2025-09-14", "2025-09-15", "2026-02-28"]
AFTER = {
    "2025": {"2025", "2025-01", "2025-01-31", "2025-09", "2025-09-14", "2025-09-15", "2026-02-28"},
    "2025-09": {"2025", "2025-09", "2025-09-14", "2025-09-15", "2026-02-28"},
    "2025-09-15": {"2025", "2025-09", "2025-09-15", "2026-02-28"},
    "2025-01-01": {"2025", "2025-01", "2025-01-31", "2025-09", "2025-09-14", "2025-09-15", "2026-02-28"},
    "2026-03": set(),
}
BEFORE = {
    "2024": {"2024", "2024-12"},
    "2025": set(PARTIAL) - {"", "2026-02-28"},
    "2025-09": set(PARTIAL) - {"", "2026-02-28"},
    "2025-09-14": set(PARTIAL) - {"", "2025-09-15", "2026-02-28"},
    "2025-01-01": {"2024", "2024-12", "2025", "2025-01"},
}


def test_a_date_known_by_year_or_month_counts_wherever_it_may_lie():
    # A public figure needs a date, a draft may lack one: so the FilterSet is asked about drafts too.
    for date in PARTIAL:
        factories.figure(as_of=date or "2000", slug=f"d{date}")
    Figure.objects.filter(slug="d").update(as_of="", status=Status.DRAFT)

    def find(**query):
        data = QueryDict(urlencode(query))
        return {row.as_of for row in FigureFilterSet(data, queryset=Figure.objects.all()).qs}

    for bound, found in AFTER.items():
        assert find(as_of_after=bound) == found, bound
    for bound, found in BEFORE.items():
        assert find(as_of_before=bound) == found, bound
    assert find(as_of_after="2025-09", as_of_before="2025-09") == {"2025", "2025-09", "2025-09-14", "2025-09-15"}


def test_bounds_are_inclusive_and_the_unknown_lies_within_none(ask):
    slugs = {year: factories.company(founded_year=year).slug for year in (1999, 2010, 2021, None)}
    assert set(ask("companies", founded_year_min=2010)) == {slugs[2010], slugs[2021]}
    assert set(ask("companies", founded_year_max=2010)) == {slugs[1999], slugs[2010]}
    assert ask("companies", founded_year_min=2010, founded_year_max=2010) == [slugs[2010]]
    news = {day: factories.article(date=f"2024-05-{day}").slug for day in (10, 11, 12)}
    assert set(ask("news", date_after="2024-05-11")) == {news[11], news[12]}
    assert set(ask("news", date_before="2024-05-11")) == {news[10], news[11]}


@pytest.mark.parametrize(
    "date", ["11/05/2024", "2024-13-01", "2024-02-30", "May 11, 2024", "20240511", "2024年5月11日"]
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_date_is_written_the_same_way_in_every_language(client, date, language):
    query = urlencode({"date_after": date})
    assert client.get(f"/api/v1/news/?{query}", headers={"accept-language": language}).status_code == 400
    assert client.get(f"/zh-hans/news/?{query}").context["listing"].problems


@pytest.mark.parametrize("text", ["ACME", "acme bio", "bio acme", "艾克美", "阿尔法", "alpha-7", "antibodies", "抗体"])
def test_words_are_found_in_names_other_names_and_texts_of_both_languages(ask, text):
    texts = {"summary_en": "Makes antibodies.", "summary_zh_hans": "生产抗体。"}
    company = factories.company("Acme Bio", name_zh_hans="艾克美生物", **texts)
    product = factories.product("Acme Bio", name_zh_hans="艾克美生物", **texts)
    service = factories.service("Acme Bio", name_zh_hans="艾克美生物", **texts)
    for record, alias in ((company, CompanyAlias), (product, ProductAlias), (service, ServiceAlias)):
        for name in ("Alpha-7", "阿尔法"):
            publishing.save(record, alias(owner=record, name=name).save)
    for kind, record in (("companies", company), ("products", product), ("services", service)):
        record.slug = f"right-{kind}"
        publishing.save(record)
        MODELS[kind].objects.exclude(pk=record.pk).delete()
        factories._new(MODELS[kind], **_other(kind))
        assert ask(kind, q=text) == [f"right-{kind}"]
        assert ask(kind, q=f"{text} nowhere") == []


def _other(kind):
    extra = {"services": {"kind": "fund"}, "companies": {"role": "startup"}}.get(kind, {})
    return {"name_en": "Other", "summary_en": "Nothing of it", **extra}


@pytest.mark.parametrize(
    ("kind", "column"), [("news", "title"), ("news", "body"), ("figures", "note"), ("wanted", "text")]
)
def test_words_are_found_in_every_text_of_news_figures_and_wants(ask, kind, column):
    for language, text in (("en", "quicksilver"), ("zh_hans", "水银")):
        record = full.KINDS[kind](**{f"{column}_{language}": f"a {text} b"})
        full.KINDS[kind]()
        assert ask(kind, q=text) == [record.slug]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"', "a%c", "'; DROP TABLE x; --", "*", "NEAR(", "＊"])
def test_signs_of_the_database_are_only_signs(ask, text):
    factories.company("Zebra abc")
    exact = factories.company(f"Zebra {text} xyz")
    assert exact.slug in ask("companies", q=f"zebra {text}")
    assert ask("companies", q=f"xyz {text}") == [exact.slug]
    assert len(ask("companies", q=f"zebra {text} nowhere")) == 0


@pytest.mark.parametrize("kind", FILTERSETS)
def test_pages_never_repeat_or_skip_a_row_in_any_order(ask, client, kind):
    for _number in range(7):
        # All alike, so that only the last column of an order can tell them apart.
        full.KINDS[kind]()
    model = MODELS[kind]
    alike = {name: "same" for name in ("sort_en", "sort_zh_hans") if hasattr(model, name)}
    model.objects.update(updated_at="2024-01-01T00:00Z", **alike)
    if kind == "companies":
        model.objects.update(founded_year=None)
    every = set(model.objects.values_list("slug", flat=True))
    for order in [None, *FILTERSETS[kind].base_filters["ordering"].orders]:
        query = f"fields=slug&page_size=2{f'&ordering={order}' if order else ''}"
        pages = [client.get(f"/api/v1/{kind}/?{query}&page={page}") for page in range(1, len(every) // 2 + 1)]
        slugs = [row["slug"] for page in pages for row in page.json()["results"]]
        assert len(slugs) == len(set(slugs))
        assert len(every - set(slugs)) == len(every) % 2
        if order and order.startswith("-"):
            assert ask(kind, ordering=order) == ask(kind, ordering=order[1:])[::-1]


def test_orders_do_what_they_say_and_the_unknown_comes_last(ask):
    years = {year: factories.company(slug=f"y{year}", founded_year=year).slug for year in (2020, None, 1990)}
    assert ask("companies", ordering="founded_year") == [years[1990], years[2020], years[None]]
    assert ask("companies", ordering="-founded_year") == [years[2020], years[1990], years[None]]
    dates = [factories.figure(slug=f"d{date}", as_of=date).slug for date in ("2024", "2024-02", "2024-02-03", "2023")]
    assert ask("figures", ordering="as_of") == [dates[3], *dates[:3]]
    assert ask("figures", ordering="-as_of") == [*dates[:3][::-1], dates[3]]


def test_names_stand_in_the_order_of_the_reader_s_language(client):
    factories.company("Zeta", name_zh_hans="安", slug="zeta")
    factories.company("alpha", name_zh_hans="左", slug="alpha")
    factories.company("Émile", name_zh_hans="", slug="emile")
    shown = {
        language: [record.slug for record in client.get(f"/{language}/companies/").context["page"]]
        for language in ("en", "zh-hans")
    }
    assert shown == {"en": ["alpha", "emile", "zeta"], "zh-hans": ["zeta", "emile", "alpha"]}
    for language in ("en", "zh-CN"):
        rows = client.get("/api/v1/companies/", headers={"accept-language": language}).json()["results"]
        assert [row["slug"] for row in rows] == shown["en"]


def test_the_starter_facts_hold_every_case_that_the_filters_tell_apart(starter):
    """The comparisons above are worth as much as the rows that they run on."""
    several = Company.objects.annotate(n=Count("activities")).filter(n__gt=1)
    assert several.exists()
    assert Company.objects.filter(~Q(presence="tenant")).exists()
    assert Product.objects.filter(company=None).exists()


NEAREST = {
    "companies": ("colour", None),
    "products": ("mileston", "milestone"),
    "services": ("operator", "operator_company"),
    "news": ("date_from", "date_after"),
    "figures": ("Topic", "topic"),
    "wanted": ("segments", "segment"),
}


@pytest.mark.parametrize("kind", FILTERSETS)
def test_an_unknown_parameter_is_named_with_its_nearest_and_never_ignored(client, kind):
    full.KINDS[kind](slug="still-here")
    wrong, near = NEAREST[kind]
    answer = client.get(f"/api/v1/{kind}/?{wrong}=1")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["parameter"]) == (400, wrong)
    assert f"“{near}”" in error["detail"] if near else "ordering" in error["detail"]
    if kind != "wanted":
        page = client.get(f"/en/{kind}/?{wrong}=1")
        assert page.status_code == 200
        assert f"<code>{wrong}</code>: " in page.text
        assert 'role="alert"' in page.text
        assert f"/en/{kind}/still-here/" in page.text


def single_valued():
    for kind, filterset in FILTERSETS.items():
        names = [name for name, one in filterset.base_filters.items() if not isinstance(one, AnyOf)]
        yield from ((kind, name) for name in [*names, "page", "page_size"])


VALUES = {"ordering": ("updated", "-updated"), "page": (1, 1), "page_size": (5, 6), "q": ("record", "nothing")}


@pytest.mark.parametrize(("kind", "name"), list(single_valued()), ids=lambda value: value)
def test_a_single_value_given_twice_is_refused_by_the_api_and_left_out_by_the_page(client, kind, name):
    record = full.KINDS[kind]()
    text = urlencode({name: VALUES.get(name, (1800, 2999))}, doseq=True)
    answer = client.get(f"/api/v1/{kind}/?{text}")
    assert answer.status_code == 400
    assert {"parameter": name, "detail": "Give this only once."} in answer.json()["errors"]
    if kind != "wanted":
        page = client.get(f"/en/{kind}/?{text}")
        assert [row.slug for row in page.context["page"] if row == record] == [record.slug]
        assert "Give this only once." in page.text
        assert name not in dict(page.context["listing"].data)


@pytest.mark.parametrize("name", ["format", "fields"])
def test_format_and_fields_are_given_once_too(client, name):
    record = full.company()
    for path in ("/api/v1/companies/", f"/api/v1/companies/{record.slug}/"):
        assert client.get(f"{path}?{name}=json&{name}=json").status_code == 400


@pytest.mark.parametrize("mark", ["utm_source=mail", "utm_x=1&utm_y=2", "from=singlemessage", "isappinstalled=0"])
def test_what_other_sites_add_to_a_link_is_dropped_by_pages_and_unknown_to_the_api(client, mark):
    full.company()
    for path in ("/en/companies/", "/en/chain/"):
        page = client.get(f"{path}?{mark}")
        assert 'role="alert"' not in page.text
    page = client.get(f"/en/companies/?{mark}&role=startup&page_size=1")
    assert dict(page.context["listing"].data) == {"role": ["startup"], "page_size": ["1"]}
    assert client.get(f"/api/v1/companies/?{mark}").status_code == 400


def test_only_what_was_understood_is_carried_on_by_the_links_of_a_page(client):
    full.company()
    page = client.get("/en/companies/?role=startup&role=startup&role=wizard&colour=red&q=a&page=x&presence=tenant")
    listing = page.context["listing"]
    assert dict(listing.data) == {"q": ["a"], "presence": ["tenant"]}
    assert [chip.value for chip in listing.chips] == ["a", "In the park"]
    assert client.get(f"/api/v1/companies/?{listing.query_of_whole}").status_code == 200
    assert [problem.parameter for problem in listing.problems] == ["colour", "role", "page"]


def test_a_wrong_value_is_named_with_the_right_ones(client):
    for number in range(40):
        factories.company(slug=f"acme-{number}")
    detail = client.get("/api/v1/companies/?role=wizard").json()["errors"][0]["detail"]
    assert "“wizard”" in detail
    assert "biopharma, supplier" in detail
    detail = client.get("/api/v1/products/?company=acme-399").json()["errors"][0]["detail"]
    assert "acme-39" in detail
    assert len(detail) < 200


def test_the_chain_page_tells_what_it_does_not_understand(client):
    factories.activity()
    page = client.get("/en/chain/?by=colour&chain=none&stage=x&by=segment&by=y")
    assert page.status_code == 200
    assert [problem.parameter for problem in page.context["problems"]] == ["stage", "by", "by", "chain"]
    assert page.context["map"].kind == "segment"

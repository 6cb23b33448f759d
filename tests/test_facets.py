"""Facet counts against the naive answer: the FilterSet asked once for each option."""

import contextlib
import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from companies.filters import CompanyFilterSet
from companies.models import Company, Stage
from etown import publishing
from etown.index import ListIndex, list_index
from etown.listings import Listing
from etown.models import Change
from etown.records import Status
from tests import factories
from tests.test_contract import list_views

pytestmark = pytest.mark.django_db


def listing_of(view, query: str) -> Listing:
    return Listing(RequestFactory().get(f"/en/list/?{query}"), view.queryset.all(), view.filterset_class)


def naive_count(view, query: str, facet: str, value: str) -> int:
    """What the list would show if the reader chose this option, other options of the facet aside."""
    data = QueryDict(query, mutable=True)
    data.setlist(facet, [value])
    return view.filterset_class(data, queryset=view.queryset.all()).qs.count()


def some_queries(view, chance: random.Random) -> list[str]:
    index = list_index(view.filterset_class, view.queryset.all())
    queries = ["", "q=E-Town", "ordering=-updated"]
    for _round in range(12):
        names = chance.sample(index.facets, min(len(index.facets), chance.randint(1, 3)))
        parts = [
            f"{name}={word}"
            for name in names
            for word in chance.sample(list(index.found[name]), 2)[: chance.randint(1, 2)]
        ]
        if chance.random() < 0.4:
            name = chance.choice(index.facets)
            parts.append(f"{name}__not={chance.choice(list(index.found[name]))}")
        if chance.random() < 0.3:
            parts.append("q=a")
        queries.append("&".join(parts))
    return queries


@pytest.mark.parametrize("view", list_views(), ids=lambda view: view.__name__)
def test_every_count_is_that_of_the_filter_under_any_combination(view, starter) -> None:
    seen = 0
    for query in some_queries(view, random.Random(view.__name__)):
        listing = listing_of(view, query)
        assert not listing.problems, query
        assert listing.page.paginator.count == listing.filterset.qs.count(), query
        for facet in listing.facets:
            for option in facet.options:
                assert option.count == naive_count(view, query, facet.name, option.value), (
                    query,
                    facet.name,
                    option.value,
                )
                seen += option.count
    assert seen


def test_an_edit_is_counted_at_once() -> None:
    company = factories.company(role=Company.Role.STARTUP)
    view = next(view for view in list_views() if view.queryset.model is Company)

    def counts() -> dict[str, int]:
        (role,) = [facet for facet in listing_of(view, "").facets if facet.name == "role"]
        return {option.value: option.count for option in role.options}

    assert counts()["startup"] == 1
    company.role = Company.Role.SUPPLIER
    publishing.save(company)
    assert counts()["startup"] == 0
    assert counts()["supplier"] == 1


def test_counting_takes_no_query_beside_the_version_once_the_index_is_there(django_assert_num_queries) -> None:
    for number in range(3):
        factories.activity(factories.company(f"Company {number}"), stage="pilot_production")
    rows = Company.objects.published()
    list_index(CompanyFilterSet, rows)
    with django_assert_num_queries(1):
        index = list_index(CompanyFilterSet, rows)
        matches = index.matches(QueryDict("stage=pilot_production&role=startup"))
        assert index.all_of(matches.values()).bit_count() == 3


def as_keys(index: ListIndex) -> dict:
    found = {name: {word: keys(index, bits) for word, bits in words.items()} for name, words in index.found.items()}
    return {"everything": keys(index, index.everything), **found}


def keys(index: ListIndex, bits: int) -> set[int]:
    return set(index.keys(place for place in range(index.size) if bits >> place & 1))


def some_edit(chance: random.Random, number: int) -> None:
    """One thing that staff do, to companies mostly."""
    company = chance.choice(list(Company.objects.all()))
    deed = chance.choice(["move", "withdraw", "publish", "new", "activity", "term", "delete", "article"])
    if deed == "move":
        company.role = chance.choice(Company.Role.values)
        publishing.save(company)
    elif deed in {"withdraw", "publish"}:
        publishing.set_status(company, Status.DRAFT if deed == "withdraw" else Status.PUBLISHED)
    elif deed == "new":
        factories.activity(factories.company(name_zh_hans=f"新公司{number}"))
    elif deed == "activity":
        factories.activity(company, chance.choice(["plasmid", "cdmo"]), modality=chance.choice(["car-t", "dc", None]))
    elif deed == "term":
        stage = Stage.objects.first()
        stage.name_en = f"Stage {number}"
        publishing.save(stage)
    elif deed == "delete" and not company.products.exists():
        publishing.delete(company)
    else:
        factories.article(companies=[company])


@pytest.mark.parametrize("seed", range(4))
def test_an_index_that_follows_edits_is_one_that_is_built_anew(seed) -> None:
    chance = random.Random(seed)
    for number in range(4):
        factories.activity(factories.company(f"Company {number}"))
    view = next(view for view in list_views() if view.queryset.model is Company)
    for number in range(15):
        for _edit in range(chance.randint(1, 2)):
            with contextlib.suppress(ValidationError):
                some_edit(chance, number)
        followed = list_index(view.filterset_class, view.queryset.all())
        built = ListIndex(view.filterset_class, view.queryset.all(), followed.version)
        assert as_keys(followed) == as_keys(built), number
        for order in (("sort_en", "pk"), ("-updated_at", "-pk")):
            pages = [index.keys_of(index.everything, order, 0, 100) for index in (followed, built)]
            assert pages[0] == pages[1] == list(view.queryset.order_by(*order).values_list("pk", flat=True))


def test_following_an_edit_does_not_read_the_other_rows() -> None:
    companies = [factories.company(role=Company.Role.STARTUP) for _number in range(3)]
    view = next(view for view in list_views() if view.queryset.model is Company)
    before = list_index(view.filterset_class, view.queryset.all())
    companies[0].role = Company.Role.SUPPLIER
    publishing.save(companies[0])
    with CaptureQueriesContext(connection) as queries:
        after = list_index(view.filterset_class, view.queryset.all())
    assert after is not before
    limited = [query["sql"] for query in queries if "companies_company" in query["sql"]]
    assert limited
    assert all(f'"companies_company"."id" IN ({companies[0].pk})' in sql for sql in limited)


def test_an_index_that_is_far_behind_is_built_anew() -> None:
    company = factories.company(role=Company.Role.STARTUP)
    view = next(view for view in list_views() if view.queryset.model is Company)
    list_index(view.filterset_class, view.queryset.all())
    company.role = Company.Role.SUPPLIER
    publishing.save(company)
    Change.objects.all().delete()
    found = list_index(view.filterset_class, view.queryset.all()).found["role"]
    assert (found["startup"].bit_count(), found["supplier"].bit_count()) == (0, 1)


@pytest.mark.parametrize("later_edits", [1, 2])
def test_a_restored_database_that_counts_up_to_the_same_number_is_read_anew(later_edits) -> None:
    company = factories.company(role=Company.Role.STARTUP)
    view = next(view for view in list_views() if view.queryset.model is Company)
    with transaction.atomic():
        company.role = Company.Role.SUPPLIER
        publishing.save(company)
        list_index(view.filterset_class, view.queryset.all())
        transaction.set_rollback(True)
    for _edit in range(later_edits):
        factories.product()
    found = list_index(view.filterset_class, view.queryset.all()).found["role"]
    assert (found["startup"].bit_count(), found["supplier"].bit_count()) == (1, 0)


def test_a_renamed_term_shows_at_once_in_each_language(client) -> None:
    activity = factories.activity(segment="plasmid")
    stage = activity.stage
    assert "pilot_production" in client.get("/en/companies/").text
    stage.name_en, stage.name_zh_hans = "Trial runs", "中试"
    publishing.save(stage)
    for language, name in (("en", "Trial runs"), ("zh-hans", "中试"), ("en", "Trial runs")):
        text = client.get(f"/{language}/companies/?stage=pilot_production").text
        assert f"<span>{name}</span>" in text
        assert f": <bdi>{name}</bdi>" in text or f"：<bdi>{name}</bdi>" in text


def test_a_record_that_is_filtered_by_is_named_on_its_chip(client) -> None:
    company = factories.company("Acme Bio")
    factories.product(company=company)
    text = client.get(f"/en/products/?company={company.slug}&company=unknown").text
    assert "Company: <bdi>Acme Bio</bdi>" in text
    assert "Company: <bdi>Not known</bdi>" in text

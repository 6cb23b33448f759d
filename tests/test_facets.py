"""Facet counts against the naive answer: the FilterSet asked once for each option."""

import random

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from companies.filters import CompanyFilterSet
from companies.models import Company
from etown import publishing
from etown.facets import facet_index
from etown.listings import Listing
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
    index = facet_index(view.filterset_class, view.queryset.all())
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
    facet_index(CompanyFilterSet, rows)
    with django_assert_num_queries(1):
        index = facet_index(CompanyFilterSet, rows)
        assert index.total(index.matches(QueryDict("stage=pilot_production&role=startup"))) == 3

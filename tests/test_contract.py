"""The three declarations of a public model, published(), FilterSet and serializer, compared end to end."""

import pytest
from django.db import models
from django.urls import URLPattern, get_resolver

from etown.api import router
from etown.listings import ListingView
from etown.records import Publishable, PublishableQuerySet, Status
from etown.viewsets import ListingViewSet
from tests import full

VIEWSETS = {prefix: viewset for prefix, viewset, _name in router.registry if issubclass(viewset, ListingViewSet)}

# Columns that the API leaves out on purpose: keys of the database, staff's own, and what is derived.
ALWAYS_PRIVATE = {"id", "status", "publish_at", "expire_at", "created_at"}
SORT_KEYS = {"sort_en", "sort_zh_hans"}
PRIVATE = {
    "companies": ALWAYS_PRIVATE | SORT_KEYS,
    "products": ALWAYS_PRIVATE | SORT_KEYS,
    "services": ALWAYS_PRIVATE | SORT_KEYS | {"is_highlight"},
    "news": ALWAYS_PRIVATE,
    "figures": ALWAYS_PRIVATE,
    "wanted": ALWAYS_PRIVATE,
}

# Columns of a kind that readers would filter by, without a filter of their own, and why.
UNFILTERED = {
    "companies": {"logo": "a picture", "published_at": "of the site, not of the company"},
    "products": {"published_at": "of the site, not of the product"},
    "services": {
        "desk": "whom to ask, not what it is",
        "figures": "asked from the figure's side",
        "picture": "a picture",
        "is_highlight": "how the home page is arranged",
        "published_at": "of the site, not of the service",
    },
    "news": {"source": "hundreds; full text finds them", "picture": "a picture", "published_at": "date says when"},
    "figures": {
        "unit": "what is counted is found by q",
        "qualifier": "how the number is to be read, not what it is about",
        "source": "hundreds; full text finds them",
        "superseded_by": "state says whether",
        "is_headline": "how the home page is arranged",
        "review_by": "for staff",
        "published_at": "of the site, not of the figure",
    },
    "wanted": {
        "desk": "whom to ask, not what it is",
        "source": "hundreds; full text finds them",
        "review_by": "for staff",
        "published_at": "of the site, not of the want",
    },
}


def list_views() -> list[type[ListingView]]:
    found = []

    def walk(patterns) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                view = getattr(pattern.callback, "view_class", None)
                if view and issubclass(view, ListingView):
                    found.append(view)
            else:
                walk(pattern.url_patterns)

    walk(get_resolver().url_patterns)
    return found


def test_every_publishable_list_of_the_site_has_its_api() -> None:
    assert {view.queryset.model for view in list_views()} <= {viewset.queryset.model for viewset in VIEWSETS.values()}
    assert len(list_views()) == 5


@pytest.mark.parametrize("view", list_views(), ids=lambda view: view.__name__)
def test_page_and_api_show_the_same_rows_by_the_same_filters(view, db) -> None:
    basename = view.api_list.removeprefix("api:").removesuffix("-list")
    ((kind, viewset),) = [(prefix, viewset) for prefix, viewset, name in router.registry if name == basename]
    assert viewset.filterset_class is view.filterset_class
    # A card shows less of a row than the API; which rows they are is the same.
    assert viewset.queryset.model is view.queryset.model
    assert str(viewset.queryset.query.where) == str(view.queryset.query.where)
    full.KINDS[kind]()
    full.KINDS[kind](status=Status.DRAFT)
    assert set(viewset.queryset.values_list("pk")) == set(view.queryset.values_list("pk"))


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_the_api_shows_only_what_is_published(prefix) -> None:
    queryset = VIEWSETS[prefix].queryset
    assert issubclass(queryset.model, Publishable)
    assert isinstance(queryset, PublishableQuerySet)
    assert str(queryset.query.where) == str(queryset.model.objects.published().query.where)


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_column_is_either_public_or_private_on_purpose(prefix) -> None:
    viewset = VIEWSETS[prefix]
    meta = viewset.queryset.model._meta
    columns = {field.name for field in (*meta.concrete_fields, *meta.many_to_many) if field.name != "citations"}
    assert columns - set(viewset.serializer_class.Meta.fields) == PRIVATE[prefix]


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_column_of_a_listed_kind_can_be_filtered(prefix) -> None:
    viewset = VIEWSETS[prefix]
    columns = [
        field.name
        for field in (*viewset.queryset.model._meta.concrete_fields, *viewset.queryset.model._meta.many_to_many)
        if (field.choices or isinstance(field, (models.ForeignKey, models.ManyToManyField, models.BooleanField)))
        or (
            isinstance(field, models.DateField)
            and field.name not in {"created_at", "updated_at", "publish_at", "expire_at"}
        )
    ]
    asked = " ".join(_columns_of(filter_) for filter_ in viewset.filterset_class.base_filters.values())
    missing = {name for name in columns if name not in asked.split() and name not in {"status", "citations"}}
    assert missing == set(UNFILTERED[prefix])


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_order_is_total(prefix, db) -> None:
    viewset = VIEWSETS[prefix]
    orders = viewset.filterset_class.base_filters["ordering"].orders
    assert orders
    for columns in orders.values():
        assert viewset.queryset.order_by(*columns).totally_ordered, columns
    assert viewset.queryset.order_by(*viewset.queryset.model._meta.ordering).totally_ordered


@pytest.mark.parametrize("prefix", VIEWSETS)
def test_every_filter_says_what_it_is_for(prefix) -> None:
    for name, filter_ in VIEWSETS[prefix].filterset_class.base_filters.items():
        assert filter_.label, name


def _columns_of(filter_) -> str:
    """The columns that a filter asks, as its own attributes or those of its function tell."""
    closure = getattr(getattr(filter_, "matching", None), "__closure__", None) or ()
    told = [cell.cell_contents for cell in closure if isinstance(cell.cell_contents, str)]
    return " ".join([filter_.field_name or "", *told])

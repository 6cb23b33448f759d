"""The read-only API of a model: the same queryset and FilterSet as its page, and its serializer."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponsePermanentRedirect, StreamingHttpResponse
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from etown.details import moved_to
from etown.filters import Problem, misunderstood, repeated
from etown.listings import MAX_PAGE_SIZE, PAGE_SIZE, PAGING, paging_problems
from etown.models import ContentVersion
from etown.problems import BadQuery
from etown.renderers import CSVRenderer, JSONRenderer, NDJSONRenderer, StreamRenderer

CHUNK = 500
# No other character may reach the database: PostgreSQL fails on some.
SLUG = "[-a-zA-Z0-9_]+"
COMMON = ("format", "fields")


class Negotiation(DefaultContentNegotiation):
    """An unknown `format` is a mistake in the query, not a missing page."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if found := repeated(request.query_params, ["format"]):
            raise BadQuery(found)
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(self, renderers, format):
        known = [renderer.format for renderer in renderers]
        if format not in known:
            raise BadQuery([Problem("format", _("Known formats: %(known)s.") % {"known": ", ".join(known)})])
        return super().filter_renderers(renderers, format)


class Pages(PageNumberPagination):
    """`page` and `page_size`, strictly: whole numbers, and a page that exists."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE

    def paginate_queryset(self, queryset, request, view=None):
        # Both were found to be whole numbers before the rows were filtered.
        paginator = self.django_paginator_class(queryset, int(request.query_params.get("page_size", self.page_size)))
        number = int(request.query_params.get("page", 1))
        if number > paginator.num_pages:
            detail = _("The last page is %(last)s.") % {"last": paginator.num_pages}
            raise BadQuery([Problem("page", detail)])
        self.request, self.page = request, paginator.page(number)
        return list(self.page)

    def get_paginated_response(self, data):
        answer = super().get_paginated_response(data)
        last = self.page.paginator.num_pages
        links = {"prev": self.get_previous_link(), "next": self.get_next_link()}
        shown = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items() if url)
        if last > 1 and shown:
            answer["Link"] = shown
        return answer


class StrictFilterBackend(DjangoFilterBackend):
    """The model's FilterSet; whatever it does not understand is refused."""

    def filter_queryset(self, request: Request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        problems = [
            *filterset.problems(also_known=[*PAGING, *COMMON]),
            *paging_problems(request.query_params),
        ]
        if problems:
            raise BadQuery(problems)
        return filterset.qs


FIELDS_PARAMETER = OpenApiParameter(
    "fields", str, description="Names of the fields wanted, separated by commas; all if left out."
)


@extend_schema_view(
    list=extend_schema(parameters=[FIELDS_PARAMETER]), retrieve=extend_schema(parameters=[FIELDS_PARAMETER])
)
class ListingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Name the queryset, the serializer and the FilterSet."""

    lookup_field = "slug"
    lookup_value_regex = SLUG
    queryset: Any
    filterset_class: type
    filter_backends = [StrictFilterBackend]
    pagination_class = Pages
    renderer_classes = [JSONRenderer, CSVRenderer, NDJSONRenderer]
    content_negotiation_class = Negotiation

    def get_queryset(self):
        return super().get_queryset().order_by(*self.queryset.model._meta.ordering)

    def list(self, request: Request, *args, **kwargs):
        if isinstance(request.accepted_renderer, StreamRenderer):
            return self._stream(request, request.accepted_renderer)
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args, **kwargs):
        refuse_unknown(request, COMMON)
        try:
            return super().retrieve(request, *args, **kwargs)
        except Http404:
            if present := moved_to(self.get_queryset(), kwargs["slug"]):
                return HttpResponsePermanentRedirect(self.reverse_action("detail", [present.slug]))
            raise

    def get_serializer(self, *args, **kwargs):
        serializer = super().get_serializer(*args, **kwargs)
        if self.request and "fields" in self.request.query_params:
            _keep_fields(getattr(serializer, "child", serializer), self.request.query_params["fields"])
        return serializer

    def _stream(self, request: Request, renderer: StreamRenderer):
        if paged := [name for name in PAGING if name in request.query_params]:
            raise BadQuery([Problem(name, _("An export holds the whole list and has no pages.")) for name in paged])
        queryset = self.filter_queryset(self.get_queryset())
        serializer = self.get_serializer()
        answer = StreamingHttpResponse(
            renderer.lines(list(serializer.fields), self._rows(queryset, serializer)),
            content_type=f"{renderer.media_type}; charset={renderer.charset}",
            headers={"ETag": version_etag(request, renderer.format)},
        )
        name = f"{self.basename}.{renderer.format}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @staticmethod
    def _rows(queryset, serializer) -> Iterator[dict[str, Any]]:
        for record in queryset.iterator(chunk_size=CHUNK):
            yield serializer.to_representation(record)


def _keep_fields(serializer: Any, text: str) -> None:
    wanted = [name.strip() for name in text.split(",")]
    if wrong := [name for name in wanted if name not in serializer.fields]:
        detail = _("There is no field “%(wrong)s”. Known: %(known)s.")
        known = ", ".join(serializer.fields)
        raise BadQuery([Problem("fields", detail % {"wrong": wrong[0][:40], "known": known})])
    for name in set(serializer.fields) - set(wanted):
        serializer.fields.pop(name)


def version_etag(request: Request, form: str) -> str:
    """The tag of an answer that only public changes alter."""
    address = hashlib.sha256(f"{form} {request.get_full_path()}".encode()).hexdigest()[:16]
    return f'W/"{ContentVersion.current()}-{address}"'


def refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    """For answers without a FilterSet."""
    if problems := misunderstood(request.query_params, known):
        raise BadQuery(problems)

"""The read-only API of a model: the same queryset and FilterSet as its page, and its serializer."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.exceptions import Throttled
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from etown import documents
from etown.details import moved_to, was_public
from etown.filters import Problem, misunderstood, repeated
from etown.listings import MAX_PAGE_SIZE, PAGE_SIZE, PAGING, paging_problems
from etown.near import no_such_field, not_among
from etown.problems import BadQuery, Gone
from etown.renderers import CSVRenderer, JSONRenderer, NDJSONRenderer, WholeRenderer, XLSXRenderer, json_text
from etown.selections import Selection
from etown.spreadsheets import MAX_ROWS, sheet_name, workbook
from etown.throttles import ExportThrottle

CHUNK = 500
# Bytes of a workbook that leave at a time.
PART = 2**16
# No other character may reach the database: PostgreSQL fails on some.
SLUG = "[-a-zA-Z0-9_]+"
COMMON = ("format", "fields")
# A view that is named `list` hides the type from those below it.
Names = list[str]


class Negotiation(DefaultContentNegotiation):
    """An unknown `format` is a mistake in the query, not a missing page."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if found := repeated(request.query_params, ["format"]):
            raise BadQuery(found)
        if form := request.query_params.get("format"):
            # Said by whoever wrote the address; what browsers accept says nothing of files.
            renderer = self.filter_renderers(renderers, form)[0]
            return renderer, renderer.media_type
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(self, renderers, format):
        known = [renderer.format for renderer in renderers]
        if format not in known:
            raise BadQuery([Problem("format", not_among(format, known))])
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
        """The page; `data` are the ready texts of its records."""
        following, previous = self.get_next_link(), self.get_previous_link()
        head = json_text({"count": self.page.paginator.count, "next": following, "previous": previous})
        body = f'{head[:-1]},"results":[{",".join(data)}]}}'
        answer = HttpResponse(body, content_type="application/json; charset=utf-8")
        links = {"prev": previous, "next": following}
        shown = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in links.items() if url)
        if shown:
            answer["Link"] = shown
        return answer


class StrictFilterBackend(DjangoFilterBackend):
    """The model's FilterSet; whatever it does not understand is refused."""

    def filter_queryset(self, request: Request, queryset, view) -> Selection:
        filterset = self.get_filterset(request, queryset, view)
        selection = Selection(filterset)
        problems = [
            *filterset.problems(also_known=[*PAGING, *COMMON]),
            *paging_problems(request.query_params),
        ]
        if problems:
            raise BadQuery(problems)
        return selection


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
    renderer_classes = [JSONRenderer, CSVRenderer, NDJSONRenderer, XLSXRenderer]
    content_negotiation_class = Negotiation

    def get_queryset(self):
        return super().get_queryset().order_by(*self.queryset.model._meta.ordering)

    def list(self, request: Request, *args, **kwargs):
        fields = self._fields(request)
        if isinstance(request.accepted_renderer, WholeRenderer):
            return self._export(request, request.accepted_renderer, fields)
        keys = self.paginate_queryset(self._selection()) or ()
        return self.get_paginated_response(
            json_text(_chosen(text, fields)) if fields else text for text in self._texts(request, keys)
        )

    def retrieve(self, request: Request, *args, **kwargs):
        refuse_unknown(request, COMMON)
        fields = self._fields(request)
        found = self.get_queryset().filter(slug=kwargs["slug"]).values_list("pk", flat=True)
        for text in self._texts(request, found):
            return Response(self._record(request, text, fields), headers=attachment(request))
        if present := moved_to(self.get_queryset(), kwargs["slug"]):
            return HttpResponsePermanentRedirect(self.reverse_action("detail", [present.slug]))
        raise Gone if was_public(self.queryset, kwargs["slug"]) else Http404

    def _selection(self) -> Any:
        """What the filter backend makes of the query: a Selection, which DRF takes for a queryset."""
        return self.filter_queryset(self.get_queryset())

    def _texts(self, request: Request, keys: Iterable[int], column: str = "body") -> Iterator[str]:
        return documents.texts(self.queryset.model, keys, request._request.build_absolute_uri("/")[:-1], column)

    def _record(self, request: Request, text: str, fields: Names) -> dict[str, Any]:
        chosen = _chosen(text, fields)
        has_cells = getattr(request.accepted_renderer, "has_cells", False)
        return documents.cells(self.queryset.model, chosen) if has_cells else chosen

    def _fields(self, request: Request) -> Names:
        """The fields asked for, in the serializer's order; empty for all."""
        if "fields" not in request.query_params:
            return []
        wanted = [name.strip() for name in request.query_params["fields"].split(",")]
        known = documents.fields_of(self.queryset.model)
        if wrong := [name for name in wanted if name not in known]:
            raise BadQuery([Problem("fields", no_such_field(wrong[0], known))])
        return [name for name in known if name in wanted]

    def _export(self, request: Request, renderer: WholeRenderer, fields: Names):
        if paged := [name for name in PAGING if name in request.query_params]:
            raise BadQuery([Problem(name, _("An export holds the whole list and has no pages.")) for name in paged])
        selection = self._selection()
        if seconds := ExportThrottle().seconds_to_wait(request):
            raise Throttled(seconds)
        columns = fields or documents.fields_of(self.queryset.model)
        if isinstance(renderer, XLSXRenderer):
            refuse_too_many(selection)
            body: Iterator[str] | Iterator[bytes] = self._workbook(request, selection, columns)
        else:
            body = self._lines(request, renderer, selection, fields, columns)
        answer = StreamingHttpResponse(body, headers=attachment(request))
        answer["Content-Type"] = media_type(renderer)
        answer["ETag"] = self._etag(request, selection, renderer.format)
        return answer

    def _etag(self, request: Request, selection: Selection, form: str) -> str:
        """Of the version whose rows were selected: what changes while they leave makes the copy old, never new."""
        asked = f"{form} {request.build_absolute_uri()} {documents.shape_of(self.queryset.model)}"
        return f'W/"{selection.index.version}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"'

    def _lines(
        self, request: Request, renderer: WholeRenderer, selection: Selection, fields: Names, columns: Names
    ) -> Iterator[str]:
        yield renderer.head(columns)
        for keys in batched(selection[:], CHUNK):
            if fields:
                texts = self._texts(request, keys)
                yield "".join(renderer.line(self._record(request, text, fields)) for text in texts)
            else:
                yield "".join(text + renderer.end for text in self._texts(request, keys, renderer.stored))

    def _workbook(self, request: Request, selection: Selection, columns: Names) -> Iterator[bytes]:
        """Built once the first bytes are asked for: a 304 and a HEAD cost nothing."""
        records = (
            self._record(request, text, columns)
            for keys in batched(selection[:], CHUNK)
            for text in self._texts(request, keys)
        )
        with workbook(sheet_name(self.queryset.model), columns, records) as file:
            while part := file.read(PART):
                yield part


def refuse_too_many(selection: Selection) -> None:
    if selection.count() > MAX_ROWS:
        detail = _("A workbook holds at most %(most)s rows and this list has %(count)s: narrow it down, or take CSV.")
        raise BadQuery([Problem("format", detail % {"most": MAX_ROWS, "count": selection.count()})])


def _chosen(text: str, fields: Names) -> dict[str, Any]:
    record = json.loads(text)
    return {name: record[name] for name in fields} if fields else record


def media_type(renderer: WholeRenderer) -> str:
    return f"{renderer.media_type}; charset={renderer.charset}" if renderer.charset else renderer.media_type


def attachment(request: Request) -> dict[str, str]:
    """How a file is called once it is saved: the last word of its address and the day."""
    renderer = request.accepted_renderer
    if not isinstance(renderer, WholeRenderer):
        return {}
    word = request.path.rstrip("/").rpartition("/")[2]
    return {"Content-Disposition": f'attachment; filename="{word}-{timezone.localdate()}.{renderer.format}"'}


def refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    """For answers without a FilterSet."""
    if problems := misunderstood(request.query_params, known):
        raise BadQuery(problems)

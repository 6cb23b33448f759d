"""Lists for readers: one queryset, one FilterSet, one page of rows."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views import View

from etown.facets import Facet
from etown.filters import AnyOf, ManyField, Problem, RecordFilterSet
from etown.orders import reading_order
from etown.problems import too_many_requests
from etown.records import RecordQuerySet
from etown.search import did_you_mean
from etown.selections import Records, Selection
from etown.signs import printable
from etown.spreadsheets import WORKBOOK
from etown.throttles import PageThrottle

PAGE_SIZE = 25
MAX_PAGE_SIZE = 100
# Added by other sites to links that lead here; they say nothing about the list.
CAMPAIGN = ("from", "isappinstalled")
PAGING = ("page", "page_size")
# How the value of a bound is said; its label is that of the other bound.
BOUNDS = {"gte": gettext_lazy("%(value)s or later"), "lte": gettext_lazy("%(value)s or earlier")}


def is_campaign(name: str) -> bool:
    return name in CAMPAIGN or name.startswith("utm_")


def without_campaign(data: QueryDict) -> QueryDict:
    """What a reader asks of the list, without what other sites added to the link."""
    kept = data.copy()
    for name in data:
        if is_campaign(name):
            del kept[name]
    return kept


def paging_number(text: str | None, *, default: int, most: int) -> int | None:
    """A page number or size; None if `text` is no whole number from 1 to `most`."""
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        return None
    return int(text)


def paging_problems(data) -> list[Problem]:
    """What is wrong with `page` and `page_size`, whatever the list."""
    found = []
    if paging_number(data.get("page"), default=1, most=10**9) is None:
        found.append(Problem("page", _("Give a whole number from 1 on.")))
    if paging_number(data.get("page_size"), default=PAGE_SIZE, most=MAX_PAGE_SIZE) is None:
        found.append(Problem("page_size", _("Give a whole number from 1 to %(most)s.") % {"most": MAX_PAGE_SIZE}))
    return found


@dataclass(frozen=True)
class Meant:
    """Words that were perhaps meant, and the list with them."""

    words: str
    url: str


@dataclass(frozen=True)
class Chip:
    """One filter that is set, and the list without it."""

    label: str
    value: str
    url: str


class Listing:
    """One request for a list, as templates read it."""

    def __init__(self, request: HttpRequest, queryset: RecordQuerySet, filterset_class: type[RecordFilterSet]) -> None:
        self.path = request.path.removesuffix("feed/")
        asked = without_campaign(request.GET)
        self.filterset = filterset_class(asked, queryset=queryset.order_by(*reading_order(queryset.model)))
        self.selection = Selection(self.filterset)
        self.problems = [*self.filterset.problems(also_known=PAGING), *paging_problems(asked)]
        wrong = {problem.parameter for problem in self.problems}
        # What was understood, and so what links carry on.
        self.data = QueryDict(mutable=True)
        for name, values in asked.lists():
            if name not in wrong:
                self.data.setlist(name, list(dict.fromkeys(values)))
        self.selection.data = self.data

    @cached_property
    def page(self) -> Page:
        records: Any = Records(self.selection, self.filterset.queryset)
        paginator: Paginator = Paginator(records, int(self.data.get("page_size", PAGE_SIZE)))
        number = int(self.data.get("page", 1))
        self.is_beyond_end = number > paginator.num_pages
        return paginator.page(min(number, paginator.num_pages))

    @cached_property
    def facets(self) -> list[Facet]:
        return self.selection.facets

    @property
    def is_filtered(self) -> bool:
        return bool(self.selection.matches)

    @cached_property
    def meant(self) -> Meant | None:
        """Where the words find nothing here: others that do, beside the other filters."""
        # Of words that do find something, none is misspelt.
        if self.selection.matches.get("q") != 0 or not (words := did_you_mean(self.data.get("q", ""))):
            return None
        query = self.data.copy()
        query.pop("page", None)
        query["q"] = words
        return Meant(words, f"{self.path}?{query.urlencode()}") if self.selection.finds(query) else None

    @cached_property
    def shown_fields(self) -> dict[str, BoundField]:
        """What the page offers beside the facets: words, bounds and order."""
        shown = [name for name, found in self.filterset.filters.items() if not isinstance(found, AnyOf)]
        return {name: self.filterset.form[name] for name in shown}

    @property
    def bounds(self) -> list[BoundField]:
        return [field for name, field in self.shown_fields.items() if name not in {"q", "ordering"}]

    def _is_hidden(self, name: str) -> bool:
        """Exclusions, cells and related records come by link, and the form carries them along."""
        return isinstance(self.filterset.filters[name], AnyOf) and name not in self.selection.index.facets

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """What the form must carry along."""
        return [
            (name, value)
            for name, values in self.data.lists()
            for value in values
            if name == "page_size" or (name in self.filterset.filters and self._is_hidden(name))
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        return [
            Chip(
                str(self.filterset.filters[name].label),
                self._value_label(name, value),
                self._url_without(name, value),
            )
            for name, values in self.data.lists()
            if name in self.filterset.filters and name != "ordering"
            for value in values
            if value
        ]

    def _value_label(self, name: str, value: str) -> str:
        field = self.filterset.form.fields[name]
        label = field.label_of(value) if isinstance(field, ManyField) else value
        found = self.filterset.filters[name]
        wording = _("not %(value)s") if found.exclude else BOUNDS.get(found.lookup_expr, "%(value)s")
        return str(wording) % {"value": label}

    @property
    def asked(self) -> str:
        """Everything that is set, on one line."""
        values: dict[str, list[str]] = {}
        for chip in self.chips:
            values.setdefault(chip.label, []).append(chip.value)
        colon, comma = pgettext("after a label", ": "), pgettext("between names", ", ")
        told = pgettext("between filters", "; ").join(
            f"{label}{colon}{comma.join(chosen)}" for label, chosen in values.items()
        )
        return printable(told)

    def _url_without(self, name: str, value: str) -> str:
        query = self.data.copy()
        query.pop("page", None)
        query.setlist(name, [other for other in query.getlist(name) if other != value])
        return f"{self.path}?{query.urlencode()}"

    def url_of_page(self, number: int) -> str:
        query = self.data.copy()
        query["page"] = str(number)
        return f"{self.path}?{query.urlencode()}"

    @cached_property
    def query_of_whole(self) -> str:
        """The query of the whole filtered list, for exports and the API."""
        query = self.data.copy()
        for name in [name for name in query if name not in self.filterset.filters]:
            del query[name]
        return query.urlencode()

    @property
    def own_query(self) -> str:
        """What was understood of the query, in one order: two addresses of the same list are one."""
        query = self.data.copy()
        if query.get("page") == "1":
            del query["page"]
        return urlencode(sorted((name, value) for name, values in query.lists() for value in values if value))

    @property
    def whole_url(self) -> str:
        return self._with_query(self.path)

    @property
    def feed_url(self) -> str:
        return self._with_query(f"{self.path}feed/")

    def _with_query(self, path: str) -> str:
        return f"{path}?{self.query_of_whole}" if self.query_of_whole else path

    @property
    def previous_url(self) -> str:
        return self.url_of_page(self.page.previous_page_number()) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self.url_of_page(self.page.next_page_number()) if self.page.has_next() else ""

    @property
    def last_url(self) -> str:
        return self.url_of_page(self.page.paginator.num_pages)


class ListingView(View):
    """A list page: name the queryset, the FilterSet, the template, and the API's list of the same records."""

    http_method_names = ["get", "head"]
    queryset: RecordQuerySet
    filterset_class: type[RecordFilterSet]
    template_name: str
    api_list: str
    # The text that stands below a record's name in feeds.
    described_by = "summary"
    # The whole text of a record, for its feed.
    told_in = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.GET and (seconds := PageThrottle().seconds_to_wait(request)):
            return too_many_requests(request, seconds)
        listing = Listing(request, self.queryset.all(), self.filterset_class)
        page = listing.page
        request.content_version = listing.selection.index.version
        context = {"listing": listing, "page": page, "api_list": self.api_list}
        if not listing.is_filtered:
            context["structured"] = self._dataset(request)
        return render(request, self.template_name, context, status=404 if listing.is_beyond_end else 200)

    def _dataset(self, request: HttpRequest) -> dict[str, Any]:
        """The whole list as schema.org describes data that can be fetched."""
        api = request.build_absolute_uri(reverse(self.api_list))
        kind = str(self.queryset.model._meta.verbose_name_plural)
        forms = {"application/json": "json", "text/csv": "csv", "application/x-ndjson": "ndjson", WORKBOOK: "xlsx"}
        return {
            "@type": "Dataset",
            "name": _("E-Town Invest: %(kind)s") % {"kind": kind},
            "description": _(
                "All published %(kind)s of this directory in English and Chinese, with sources and dates."
            )
            % {"kind": kind},
            "url": request.build_absolute_uri(request.path),
            "isAccessibleForFree": True,
            "distribution": [
                {"@type": "DataDownload", "encodingFormat": media, "contentUrl": f"{api}?format={form}"}
                for media, form in forms.items()
            ],
        }

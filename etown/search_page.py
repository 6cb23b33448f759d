"""The page that searches everything at once, and the suggestions while a reader types."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from operator import methodcaller
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from companies.models import Company, Product, Want
from companies.places import Place, all_places, places_named
from etown import search
from etown.bilingual import Text, untranslated
from etown.filters import Problem, WordsField, misunderstood
from etown.listings import without_campaign
from etown.models import ContentVersion, Stamp
from etown.problems import problem, throttled, too_many_requests
from etown.throttles import PageThrottle
from facts.models import Figure
from news.models import Article
from services.models import Service

SHOWN = 5
SUGGESTED = 8
SUGGESTED_PLACES = 3


@dataclass(frozen=True)
class Kind:
    """How records of one kind are called, listed and read; wants have no list of their own."""

    model: type[Model]
    title: Promise
    list_name: str = ""
    name: str = "name"
    read: Callable[[Any], Any] = methodcaller("all")


KINDS = [
    Kind(Company, gettext_lazy("Companies"), "companies:list"),
    Kind(Product, gettext_lazy("Pipeline"), "products:list"),
    Kind(Service, gettext_lazy("Services"), "services:list", read=methodcaller("with_claims")),
    Kind(Article, gettext_lazy("News"), "news:list", name="title"),
    Kind(Figure, gettext_lazy("Figures"), "facts:list", name="label", read=methodcaller("select_related", "unit")),
    Kind(Want, gettext_lazy("Wanted"), name="title"),
]
KIND_OF = {kind.model: kind for kind in KINDS}


@dataclass(frozen=True)
class Hit:
    """One record that is found: its name, the other name by which it was found, and the text that matches."""

    record: Any
    name: Text
    also: Text | None
    text: SafeString


@dataclass(frozen=True)
class PlaceHit:
    """A place on the chain, and its name in the other language where only that one fits."""

    place: Place
    name: Text
    also: Text | None


@dataclass(frozen=True)
class Group:
    kind: Kind
    count: int
    hits: list[Hit]
    url: str


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    if request.GET and (seconds := PageThrottle().seconds_to_wait(request)):
        return too_many_requests(request, seconds)
    query, problems = _asked(without_campaign(request.GET))
    request.content_version = ContentVersion.stamp()
    groups = _groups(query) if query else []
    places = _places(query, request.content_version)
    context = {
        "query": query,
        "problems": problems,
        "places": places,
        "groups": groups,
        "total": len(places) + sum(group.count for group in groups),
        "can_match": bool(search.conditions(query)),
        "meant": _meant(query, request.content_version) if query and not groups and not places else None,
        "kinds": [kind for kind in KINDS if kind.list_name],
        "is_unlisted": True,
    }
    return render(request, "search.html", context)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Names that fit what is typed so far, for programs of this site: small, public, the same for everybody."""
    if seconds := PageThrottle().seconds_to_wait(request):
        return throttled(seconds)
    query, problems = _asked(request.GET)
    if problems:
        errors = [{"parameter": found.parameter, "detail": found.detail} for found in problems]
        return problem(400, _("The request cannot be understood."), errors=errors)
    found = [
        _told(hit.name, hit.also, capfirst(hit.place.label), hit.place.map_url, query)
        for hit in _places(query)[:SUGGESTED_PLACES]
    ]
    for fits in search.suggestions(query, SUGGESTED - len(found)):
        kind = KIND_OF[type(fits.record)]
        name = getattr(fits.record, kind.name)
        found.append(_told(name, _also(name, fits.name, query), kind.title, fits.record.get_absolute_url(), query))
    headers = {"X-Robots-Tag": "noindex"}
    return JsonResponse({"suggestions": found}, headers=headers, json_dumps_params={"ensure_ascii": False})


def _told(name: Text, also: Text | None, kind: object, url: str, query: str) -> dict[str, Any]:
    return {
        "name": _in_parts(name, query),
        "also": _in_parts(also, query) if also else None,
        "kind": str(kind),
        "url": url,
    }


def _in_parts(text: Text, query: str) -> dict[str, Any]:
    """The text cut where matches begin and end, so that every second part is one."""
    # It is escaped around its marks: none of them is the text's own.
    marked = search.highlight(text.plain, query)
    return {"lang": text.tag, "parts": [unescape(part) for part in re.split("</?mark>", marked)]}


def _asked(data: QueryDict) -> tuple[str, list[Problem]]:
    """The words, and what is wrong with the query."""
    problems = misunderstood(data, ("q",))
    if len(data.getlist("q")) > 1:
        return "", problems
    try:
        return WordsField(required=False).clean(data.get("q", "")), problems
    except forms.ValidationError as error:
        return "", [*problems, *(Problem("q", message) for message in error.messages)]


def _groups(query: str) -> list[Group]:
    found = search.first_hits(query, SHOWN)
    groups = []
    for kind in KINDS:
        if hits := found.get(kind.model):
            url = f"{reverse(kind.list_name)}?{urlencode({'q': query})}" if kind.list_name else ""
            groups.append(Group(kind, hits.count, _hits(kind, hits, query), url))
    return groups


def _hits(kind: Kind, hits: search.Hits, query: str) -> list[Hit]:
    records = kind.read(kind.model._default_manager.published()).in_bulk(list(hits.first))
    shown = []
    for key, fits in hits.first.items():
        if record := records.get(key):
            name = getattr(record, kind.name)
            shown.append(Hit(record, name, _also(name, fits, query), search.told_by(record, query)))
    return shown


def _meant(query: str, version: Stamp) -> str | None:
    return search.did_you_mean(query, [name for place in all_places(version) for name in place.names])


def _places(query: str, version: Stamp | None = None) -> list[PlaceHit]:
    found = []
    for place in places_named(query, version):
        name = place.record.name
        other = next((other for other in place.names if other != name.plain), "")
        found.append(PlaceHit(place, name, _also(name, other, query)))
    return found


def _also(name: Text, fits: str, query: str) -> Text | None:
    """The name by which something was found, unless the one that is shown fits as well."""
    is_told = search.holds(search.tokens_of([name.plain]), search.conditions(query))
    return untranslated(fits) if fits and fits != name.plain and not is_told else None

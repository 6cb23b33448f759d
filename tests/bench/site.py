"""What the benchmark touches of the site: requests through the whole stack, and the stores behind it."""

import importlib
import io
import runpy
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import get_commands
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import translation

import etown
from companies.filters import CompanyFilterSet
from companies.models import Company
from companies.views import CompanyListView
from etown.listings import Listing

LIST = "/en/companies/"
API = "/api/v1/companies/"
ORIGIN = "http://localhost"
STORES = ["rebuild_documents", "rebuild_search", "rebuild_upkeep"]
FACTORY = RequestFactory(SERVER_NAME="localhost")
NUMBERS = count(1)


def optional(name: str) -> Any:
    """A module of ours that an earlier state of the project does not have."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


@cache
def handler() -> WSGIHandler:
    return WSGIHandler()


def request(path: str) -> HttpRequest:
    """From another address each time: the throttles work, and never stop us."""
    number = next(NUMBERS)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return FACTORY.get(path, REMOTE_ADDR=address)


def ask(path: str) -> Any:
    """The answer of the whole stack, all middleware included, written in full unless it is streamed."""
    answer = handler().get_response(request(path))
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer


def status_of(path: str) -> int:
    return handler().get_response(request(path)).status_code


def server() -> Callable:
    """The application that servers run, whatever stands in front of Django included, with nothing kept yet."""
    # By its file: as a module it may have been imported before, with a store that is warm.
    return runpy.run_path(str(Path(etown.__file__).with_name("wsgi.py")))["application"]


def through_server(application: Callable, path: str) -> bytes:
    environ = request(path).environ | {"HTTP_HOST": "localhost"}
    # Django's factory sends an empty one, and who sends a cookie is somebody.
    del environ["HTTP_COOKIE"]
    started: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
        started.append(status)
        return io.BytesIO().write

    # As in Django's test client: the connection is ours, and the next request's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        answer = application(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    assert started[0].startswith("200"), f"{path}: {started[0]}"
    return body


def listing(query: str = "") -> Listing:
    with translation.override("en"):
        return Listing(request(f"{LIST}?{query}"), CompanyListView.queryset.all(), CompanyFilterSet)


def facets(query: str = "") -> dict[str, dict[str, int]]:
    with translation.override("en"):
        return {
            facet.name: {option.value: option.count for option in facet.options} for facet in listing(query).facets
        }


def total(found: Listing) -> int:
    return found.page.paginator.count


def first_found(query: str, number: int = 25) -> tuple[list[int], int]:
    """The ids of the first page of a search, and the exact number of all."""
    found = listing(query)
    if hasattr(found, "selection"):
        return found.selection[0:number], found.selection.count()
    return list(found.filterset.qs.values_list("pk", flat=True)[:number]), total(found)


def all_found(query: str) -> set[int]:
    return set(listing(query).filterset.qs.order_by().values_list("pk", flat=True))


def forget_answers() -> None:
    """What was asked before is not remembered; what holds for every request of this content version is."""
    if index := optional("etown.index"):
        for known in index._remembered.values():
            known._asked.clear()


def documents(number: int) -> list[str]:
    """The API's texts of the first records, without request, paging and envelope."""
    store, index = optional("etown.documents"), optional("etown.index")
    if store and index:
        known = index.list_index(CompanyFilterSet, Company.objects.published())
        keys = known.keys_of(known.everything, ("sort_en", "pk"), 0, number)
        return list(store.texts(Company, keys, ORIGIN))
    from companies.serializers import CompanySerializer
    from etown.renderers import JSONRenderer

    rows = Company.objects.published().for_listing().order_by(*Company._meta.ordering)[:number]
    framework_request = type("Request", (), {"_request": request(API)})()
    records = CompanySerializer(rows, many=True, context={"request": framework_request}).data
    return [JSONRenderer().render(record).decode() for record in records]


def rebuild_commands() -> list[str]:
    return [name for name in STORES if name in get_commands()]


def consume(parts: Iterable[bytes]) -> int:
    """Write a streamed answer to nowhere; says how many bytes it had."""
    size = 0
    with open("/dev/null", "wb") as nowhere:  # noqa: PTH123
        for part in parts:
            size += nowhere.write(part)
    return size

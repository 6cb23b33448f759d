"""What pages of the back office cost an administrator, who sees all: queries, and seconds of the processor."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from companies.models import Company
from tests.bench.timing import Line, Rounds

QUERIES, SECONDS = 20, 0.3


def pages(rounds: Rounds) -> list[Line]:
    company = Company.objects.published().order_by("pk").last()
    addresses = {
        "first page": reverse("admin:index"),
        "list of companies": reverse("admin:companies_company_changelist"),
        "history": reverse("admin:etown_revision_changelist"),
        "form of a company": reverse("admin:companies_company_change", args=[company.pk]),
    }
    with signed_in() as browser:
        taken = {
            name: _taken(lambda address=address: _read(browser, address), rounds)
            for name, address in addresses.items()
        }
    queries, _seconds = taken["first page"]
    lines = [Line("staff queries", "queries of the back office's first page", f"≤ {QUERIES}", queries, QUERIES)]
    for name, (queries, seconds) in taken.items():
        limit = SECONDS if name == "first page" else None
        target = f"≤ {limit} s" if limit else "reported"
        what = f"back office, {name}: seconds of the processor"
        lines.append(Line(f"staff {name}", what, target, seconds, limit, detail=f"{queries} queries"))
    return lines


@contextmanager
def signed_in() -> Iterator[Client]:
    """The browser of an administrator of whom nothing stays."""
    with transaction.atomic():
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(get_user_model().objects.create_superuser("bench-administrator"))
        yield browser
        transaction.set_rollback(True)


def _read(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def _taken(deed: Callable[[], object], rounds: Rounds) -> tuple[int, float]:
    """Queries and median seconds, once all that a process remembers is known."""
    deed()
    with CaptureQueriesContext(connection) as asked:
        deed()
        queries = len(asked)
    taken: list[float] = []
    begun = time.perf_counter()
    while rounds.go_on(len(taken), begun):
        started = time.process_time()
        deed()
        taken.append(time.process_time() - started)
    return queries, median(taken)

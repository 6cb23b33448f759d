"""How many queries every kind of page takes: uncached, and from what stands in front of Django."""

import logging
from collections.abc import Callable

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from companies.models import Company, Product, Want
from facts.models import Figure
from news.models import Article
from services.models import Service
from tests.bench import site
from tests.bench.measures import FILTERED
from tests.bench.timing import Line, Rounds

LISTS = {
    "companies": "/en/companies/",
    "companies, filtered": f"/en/companies/?{FILTERED}",
    "companies, searched": "/en/companies/?q=细胞",
    "companies, page 3": "/en/companies/?page=3",
    "products": "/en/products/",
    "services": "/en/services/",
    "news": "/en/news/",
    "figures": "/en/figures/",
}
OTHERS = {
    "home": "/en/",
    "home in Chinese": "/zh-hans/",
    "chain": "/en/chain/",
    "chain by modality": "/en/chain/?by=modality",
    "corrections": "/en/corrections/",
    "about": "/en/about/",
    "search": "/en/search/?q=细胞",
}
RECORDS: dict[str, tuple[type[Model], str]] = {
    "company": (Company, "/en/companies/{slug}/"),
    "product": (Product, "/en/products/{slug}/"),
    "service": (Service, "/en/services/{slug}/"),
    "article": (Article, "/en/news/{slug}/"),
    "figure": (Figure, "/en/figures/{slug}/"),
    "want": (Want, "/en/wanted/{slug}/"),
}


def counts(rounds: Rounds) -> list[Line]:
    lists, others = _existing(LISTS), _existing(OTHERS) | _records()
    pages, server = lists | others, site.server()
    uncached = {name: _queries(lambda path=path: site.ask(path)) for name, path in pages.items()}
    cached = {
        name: _queries(lambda path=path: site.through_server(server, path)) for name, path in (lists | others).items()
    }
    told = ", ".join(f"{name} {count} ({cached[name]})" for name, count in uncached.items())
    return [
        _worst("queries list", "queries of a list page", "≤ 6", {name: uncached[name] for name in lists}, 6),
        _worst("queries page", "queries of any other page", "≤ 12", {name: uncached[name] for name in others}, 12),
        Line(
            "queries cached",
            "queries of a cached page",
            "≤ 1, the version",
            max(cached.values()),
            1,
            notes=[f"Queries by page, uncached (cached): {told}."],
        ),
    ]


def _worst(key: str, what: str, target: str, found: dict[str, int], limit: int) -> Line:
    worst = max(found, key=lambda name: found[name])
    return Line(key, what, target, found[worst], limit, detail=f"most: {worst}")


def _existing(pages: dict[str, str]) -> dict[str, str]:
    """Without pages that an earlier state of the project does not have."""
    logging.getLogger("django.request").setLevel(logging.ERROR)
    return {name: path for name, path in pages.items() if site.status_of(path) == 200}


def _records() -> dict[str, str]:
    """One record of each kind, with what hangs on it."""
    found = {}
    for name, (model, path) in RECORDS.items():
        slug = model._default_manager.published().order_by("pk").values_list("slug", flat=True).first()
        if slug:
            found[name] = path.format(slug=slug)
    return found


def _queries(deed: Callable[[], object]) -> int:
    deed()
    with CaptureQueriesContext(connection) as found:
        deed()
    return len(found)

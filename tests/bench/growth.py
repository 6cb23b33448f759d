"""Pages whose time must not grow with the number of rows: one process for each size, asked in turns."""

import json
import sys

from companies.models import Company
from tests.bench import site
from tests.bench.measures import FILTERED
from tests.bench.timing import seconds_of


def pages() -> dict[str, str]:
    """Addresses by what they show. The last page is the last full one, so that all sizes show the same number."""
    return {
        "list": site.LIST,
        "filtered list": f"{site.LIST}?{FILTERED}",
        "list, middle page": _page(site.LIST, "", 25, 2),
        "list, last page": _page(site.LIST, "", 25, 1),
        "filtered list, last page": _page(site.LIST, FILTERED, 25, 1),
        "latest changed, middle page": _page(site.LIST, "ordering=-updated", 25, 2),
        "API list": f"{site.API}?page_size=100",
        "API list, middle page": _page(site.API, "", 100, 2),
        "API list, last page": _page(site.API, "", 100, 1),
        "filtered API list": f"{site.API}?{FILTERED}",
    }


def _page(path: str, query: str, size: int, part: int) -> str:
    total = site.total(site.listing(query)) if query else Company.objects.published().count()
    return f"{path}?{query}&page={max(1, total // size // part)}&page_size={size}".replace("?&", "?")


def take(address: str) -> float:
    """The second of two requests: before the first, the process has waited for its turn."""
    site.ask(address)
    return seconds_of(lambda: site.ask(address).content)


def talk() -> None:
    """The names of the pages as a line of JSON; then, for each name read, a line with the seconds it took."""
    addresses = pages()
    for address in addresses.values():
        site.ask(address)
    _say(list(addresses))
    for line in sys.stdin:
        _say(take(addresses[line.strip()]))


def _say(thing: object) -> None:
    sys.stdout.write(f"{json.dumps(thing)}\n")
    sys.stdout.flush()

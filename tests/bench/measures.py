"""What is measured in one process: the API list, facets, a filtered page, queries; answers are compared first."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.template import Context, Template, engines
from django.test.signals import template_rendered
from django.test.utils import instrumented_test_render
from django.utils import translation

from companies.models import Company
from etown import publishing
from tests.bench import baselines, site
from tests.bench.timing import Line, Rounds, interleave, ratio, seconds_of, spell

FILTERED = "stage=pilot_production&presence=tenant"
CHOSEN = {"stage": "pilot_production", "presence": "tenant"}
Measure = Callable[[Rounds], list[Line]]


def api(rounds: Rounds) -> list[Line]:
    """100 full records: the database's own JSON, the bare texts, the whole view."""
    path = f"{site.API}?page_size=100"
    number = min(100, Company.objects.published().count())
    expected = json.loads(baselines.api_list(number))
    assert [json.loads(text) for text in site.documents(number)] == expected
    assert json.loads(site.ask(path).content)["results"] == expected
    taken = interleave(
        {
            "database": lambda: baselines.api_list(number),
            "documents": lambda: site.documents(number),
            "view": lambda: site.ask(path).content,
        },
        rounds,
    )
    lines = [
        ("documents", "API list of 100 full records: the records ÷ the database's own JSON", 1.0),
        ("view", "… through the whole view: paging, permissions, headers", 1.5),
    ]
    return [
        Line(
            f"api {name}",
            what,
            f"≤ {limit}",
            taken[name] / taken["database"],
            limit,
            detail=ratio(taken[name], taken["database"]),
        )
        for name, what, limit in lines
    ]


def facets(rounds: Rounds) -> list[Line]:
    """All facet counts of the companies' list, without and with filters, and the first time after an edit."""
    found, bases = [], []
    for query, chosen, name in (("", {}, "no filter"), (FILTERED, CHOSEN, "two filters")):
        assert _known(baselines.group_by(chosen)) == _positive(site.facets(query))
        taken = interleave(
            {
                "GROUP BY": lambda chosen=chosen: baselines.group_by(chosen),
                "facets": lambda query=query: site.facets(query),
            },
            rounds,
        )
        bases.append(taken["GROUP BY"])
        share = taken["facets"] / taken["GROUP BY"]
        what = f"all facet counts, {name} ÷ one GROUP BY per facet"
        detail = ratio(taken["facets"], taken["GROUP BY"])
        found.append(Line(f"facets {name}", what, "≤ 1 %", share, 0.01, detail=detail))
    company = Company.objects.published().order_by("pk").last()

    def edit() -> None:
        publishing.save(company)

    after = min(_after(edit, lambda: site.facets()) for _round in range(1 if rounds.least == 1 else 3))
    what = "… the first request after an edit"
    found.append(Line("facets after an edit", what, "reported", after / bases[0], detail=ratio(after, bases[0])))
    return found


def _known(counts: dict[str, dict[str | None, int]]) -> dict[str, dict[str, int]]:
    return {name: {value or "unknown": count for value, count in values.items()} for name, values in counts.items()}


def _positive(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return {name: {value: count for value, count in values.items() if count} for name, values in counts.items()}


def _after(edit: Callable[[], object], deed: Callable[[], object]) -> float:
    edit()
    return interleave({"deed": deed}, Rounds(least=1, seconds=0))["deed"]


@contextmanager
def rendered() -> Iterator[list[tuple[Template, dict[str, Any]]]]:
    """The templates rendered meanwhile, outermost first, each with what it was given."""
    found: list[tuple[Template, dict[str, Any]]] = []

    def note(template: Template, context: Context, **_others: object) -> None:
        found.append((template, context.flatten()))

    with patch.object(Template, "_render", instrumented_test_render):
        template_rendered.connect(note)
        try:
            yield found
        finally:
            template_rendered.disconnect(note)


def page(rounds: Rounds) -> list[Line]:
    """An uncached filtered page of 25 cards, and its template alone with the same objects ready."""
    path = f"{site.LIST}?{FILTERED}"
    with rendered() as found:
        whole = site.ask(path).content.decode()
    template, ready = found[0]

    def bare() -> str:
        with translation.override("en"):
            return engines["django"].engine.get_template(template.name).render(Context(ready))

    assert bare() == whole
    taken = interleave({"template": bare, "page": lambda: site.ask(path).content}, rounds)
    queries, asking = _asked_by(bare)
    taken["template"] -= asking
    own = f"; {queries} queries of its own taken off" if queries else ""
    return [
        Line(
            "page",
            "uncached filtered page of 25 cards ÷ its bare template with the same objects",
            "≤ 2.5",
            taken["page"] / taken["template"],
            2.5,
            detail=f"{ratio(taken['page'], taken['template'])}, {len(whole.encode()) / 1024:.0f} KB",
            notes=[f"The template of the filtered page alone takes {spell(taken['template'])}{own}."],
        )
    ]


def _asked_by(deed: Callable[[], object]) -> tuple[int, float]:
    """How many queries it sends by itself, and how long the database takes for them."""
    spent: list[float] = []

    def timed(execute: Callable, *query: object) -> object:
        answers: list[object] = []
        spent.append(seconds_of(lambda: answers.append(execute(*query))))
        return answers[0]

    with connection.execute_wrapper(timed):
        deed()
    return len(spent), sum(spent)

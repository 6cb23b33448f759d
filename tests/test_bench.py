"""The benchmark keeps running, and compares equal answers; its figures come from `make bench` alone."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from companies.models import Company
from etown.models import Revision, Upkeep
from etown.records import Status
from etown.sorting import sort_key
from tests.bench import counting, data, exports, fuzz, growth, measures, report, search, site, staff
from tests.bench.timing import ONCE, Line

ROWS = 200

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory(starter):
    data.fill(ROWS, progress=lambda line: None)
    for command in site.rebuild_commands():
        call_command(command, verbosity=0)


def test_the_made_directory_is_as_large_as_asked_and_as_the_site_would_write_it(directory):
    made = Company.objects.filter(slug__startswith="made-company-")
    assert made.count() == ROWS
    assert 0 < made.exclude(status=Status.PUBLISHED).count() < ROWS / 10
    for company in made.prefetch_related("citations", "activities", "aliases")[:30]:
        assert company.sort_en == sort_key(company.name_en, company.name_zh_hans)
        assert company.sort_zh_hans == sort_key(company.name_zh_hans, company.name_en)
        assert company.citations.count() == 2
        company.full_clean()
        for part in (*company.activities.all(), *company.aliases.all()):
            part.full_clean()


@pytest.mark.parametrize("measure", [measures.api, measures.facets, measures.page])
def test_every_measure_compares_equal_answers_and_names_its_target(directory, measure):
    lines = measure(ONCE)
    assert all(line.value > 0 and line.target for line in lines)


def test_queries_are_counted_for_pages_and_for_what_is_kept_of_them(directory):
    lines = {line.key: line for line in counting.counts(ONCE)}
    assert all(line.target for line in lines.values())
    assert lines["queries list"].value > lines["queries cached"].value
    assert lines["queries page"].value > lines["queries cached"].value


def test_pages_of_the_back_office_are_measured_with_a_history_behind_them(directory):
    assert Revision.objects.count() > ROWS
    assert {row.kind for row in Upkeep.objects.all()} == set(Upkeep.Kind)
    lines = {line.key: line for line in staff.pages(ONCE)}
    assert 0 < lines["staff queries"].value <= staff.QUERIES
    assert not get_user_model().objects.exists()


def test_searches_are_timed_and_compared_with_a_plain_reference(directory):
    asked = search.queries()
    assert len(asked) >= 60
    lines = {line.key: line for line in search.search(ONCE)}
    assert 0 <= lines["search recall"].value <= 1
    assert lines["search time"].value > 0


def test_hostile_searches_are_all_answered_and_the_slowest_is_told(directory):
    [line] = fuzz.fuzz(ONCE)
    assert line.value > 0
    assert "search page" in line.notes[0]


def test_exports_are_complete_and_timed_with_the_memory_they_took(directory):
    exports.compare_answers()
    for form in ("ndjson", "csv"):
        for who in exports.DEEDS:
            assert exports.run(form, who)["size"] > 0


def test_pages_whose_growth_is_measured_exist_and_are_full(directory):
    addresses = growth.pages()
    for name, address in addresses.items():
        assert growth.take(address) > 0
        if name.startswith("list"):
            assert site.ask(address).content.decode().count('class="entry') == 25


def test_a_figure_that_is_missed_is_reported_as_missed():
    def line(value: float) -> dict:
        found = Line("search time", "search", "≤ 1/100", value, 0.01)
        return found.__dict__ | {"is_met": found.is_met}

    met = report.table({"sqlite": [line(0.005)]}, {})
    assert "**1/200** | not measured | met |" in met
    assert "| missed |" in report.table({"sqlite": [line(0.02)], "postgresql": [line(0.5)]}, {})
    assert "| missed on PostgreSQL |" in report.table({"sqlite": [line(0.005)], "postgresql": [line(0.5)]}, {})

"""Whatever is imported, merged and undone: documents, facets, search and upkeep say what reading every row says."""

import random
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from companies.models import Company, Product, Want
from etown import search
from etown.index import ListIndex, list_index
from etown.models import Batch, Document, Posting, Revision, SearchName, SearchText, Upkeep
from etown.records import Status
from etown.search.writing import rebuild as rebuild_search
from facts.models import Figure
from news.models import Article
from services.models import Service
from tests import factories, full, search_reference
from tests.sheets.desk import Desk
from tests.test_chain_map import cells
from tests.test_chain_map import compare as compare_chain_map
from tests.test_contract import list_views
from tests.test_documents import answers, rendered
from tests.test_facets import as_keys, listing_of, naive_count
from tests.test_search_properties import query, text

pytestmark = pytest.mark.django_db

SEARCHED = (Company, Product, Service, Article, Figure)
STATUSES = [Status.PUBLISHED, Status.PUBLISHED, Status.DRAFT, Status.ARCHIVED]


class Office:
    """A few records that point at each other, and what staff do to many of them at once, chosen by chance."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.choose, self.count = desk, random.Random(seed), 0
        companies = [full.company() for _number in range(3)]
        product = full.product(company=companies[0])
        service = full.service(operator_company=companies[1])
        full.article(companies=companies[:2], products=[product], services=[service])
        factories.segment("cell-bank")
        # Pictures come without history here.
        call_command("rebuild_upkeep")
        self.deeds = [self.companies, self.activities, self.products, self.news, self.figures, self.merge, self.undo]

    def bring(self, sheet: str, head: list[str], rows: list[list[str]]) -> None:
        page = self.desk.bring(sheet, head, *rows)
        assert "have been imported" in page.text or "has been imported" in page.text, (sheet, head, rows, _said(page))

    def rows(self, model: type[Any], row_of: Any) -> list[list[str]]:
        """Of some that are there, and of some new ones."""
        free = [record for record in model.objects.exclude(status=Status.ARCHIVED) if not Revision.waiting_for(record)]
        known = self.choose.sample([record.slug for record in free], min(len(free), self.choose.randint(1, 3)))
        self.count += 1
        new = [f"new-{model._meta.model_name}-{self.count}-{number}" for number in range(self.choose.randint(0, 2))]
        return [[slug, *row_of()] for slug in [*known, *new]]

    def words(self, pieces: int = 2) -> str:
        # A name needs a letter.
        return text(self.choose, pieces).strip() + "n"

    def slugs(self, model: type[Any], most: int = 2) -> str:
        found = list(model.objects.exclude(status=Status.ARCHIVED).values_list("slug", flat=True))
        return "; ".join(self.choose.sample(found, min(len(found), self.choose.randint(0, most))))

    def status(self) -> str:
        return str(self.choose.choice(STATUSES))

    def companies(self) -> None:
        head = ["slug", "name_en", "name_zh_hans", "role", "summary_en", "description_zh_hans", "sources", "status"]
        roles = Company.Role.values
        self.bring("companies", head, self.rows(Company, lambda: [
            self.words(), self.words(), self.choose.choice(roles), self.words(3), self.words(6), "example-press",
            self.status(),
        ]))  # fmt: skip

    def activities(self) -> None:
        owners = list(Company.objects.exclude(status=Status.ARCHIVED))
        owner = self.choose.choice(owners).slug
        segments = self.choose.sample(["plasmid", "cold-chain", "cell-bank"], 2)
        head = ["company", "segment", "stage", "modality", "since", "note_en", "source"]
        self.count += 1
        self.bring("activities", head, [
            [owner, segment, self.choose.choice(["pilot_production", ""]), self.choose.choice(["car-t", ""]),
             str(2000 + self.count), self.words(3), "example-press"] for segment in segments
        ])  # fmt: skip

    def products(self) -> None:
        head = ["slug", "name_en", "company", "chain", "modality", "summary_zh_hans", "sources", "status"]
        self.bring("products", head, self.rows(Product, lambda: [
            self.words(), self.slugs(Company, 1), "cgt", self.choose.choice(["car-t", ""]), self.words(4),
            "example-press", self.status(),
        ]))  # fmt: skip

    def news(self) -> None:
        head = ["slug", "date", "title_en", "category", "source", "summary_en", "body_zh_hans"]
        head += ["companies", "products", "services", "status"]
        self.bring("news", head, self.rows(Article, lambda: [
            f"2024-0{self.choose.randint(1, 9)}-11", self.words(), "facility", "example-press", self.words(4),
            self.words(8), self.slugs(Company), self.slugs(Product), self.slugs(Service), self.status(),
        ]))  # fmt: skip

    def figures(self) -> None:
        head = ["slug", "label_en", "topic", "low", "unit", "source", "as_of", "note_en", "status"]
        self.bring("figures", head, self.rows(Figure, lambda: [
            self.words(), self.choose.choice(Figure.Topic.values), str(self.choose.randint(1, 9000)), "company",
            "example-press", "2024-02-03", self.words(3), "published",
        ]))  # fmt: skip

    def merge(self) -> None:
        """Of two published companies the second goes up in the first."""
        public = list(Company.objects.published().order_by("pk"))
        if len(public) < 2:
            return
        kept, gone = self.choose.sample(public, 2)
        address = reverse("admin:companies_company_merge", args=[kept.pk, gone.pk])
        seen = self.desk.client.get(address).context["merge"].digest
        page = self.desk.client.post(address, {"seen": seen, "why": "Entered twice."}, follow=True)
        assert "has been merged into" in _said(page)

    def undo(self) -> None:
        batch = Batch.objects.filter(undone_at=None).order_by("pk").last()
        if batch:
            page = self.desk.client.post(reverse("admin:etown_batch_undo", args=[batch.pk]), follow=True)
            assert "has been undone" in _said(page)


def _said(page: Any) -> str:
    errors = re.findall(r'class="(?:errorlist|faults?)[^>]*>(.*?)</(?:ul|td)>', page.text, re.DOTALL)
    return " ".join(map(str, [*page.context["messages"], *errors]))


def stores() -> dict[str, list[Any]]:
    """All that is derived, but for the order in which rows came and the time at which they were written."""
    found = {
        model.__name__: list(model.objects.order_by("pk").values()) for model in (SearchText, SearchName, Posting)
    }
    columns = [field.attname for field in Upkeep._meta.concrete_fields if field.name != "id"]
    return found | {"Upkeep": sorted(map(repr, Upkeep.objects.values_list(*columns)))}


def compare(office: Office, client: Any, settings: Any) -> None:
    assert answers(client) == rendered(client, settings)
    public = sum(model.objects.published().count() for model in (*SEARCHED, Want))
    assert Document.objects.count() == public
    compare_chain_map(client, office.choose.sample(sorted(cells(client)), 2))
    for view in list_views():
        compare_facets(view)
    for _number in range(4):
        asked = query(office.choose)
        for model in SEARCHED:
            assert set(search.found_ids(model, asked)) == search_reference.found_ids(model, asked), (model, asked)


def compare_facets(view: Any) -> None:
    """What the index has followed against one that is built anew, and some counts against the filter itself."""
    rows = view.queryset.all()
    followed = list_index(view.filterset_class, rows)
    assert as_keys(followed) == as_keys(ListIndex(view.filterset_class, rows, followed.version)), view
    listing = listing_of(view, "")
    assert listing.page.paginator.count == rows.count()
    for facet in listing.facets:
        for option in facet.options[:2]:
            assert option.count == naive_count(view, "", facet.name, option.value), (facet.name, option.value)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_derived_follows_imports_merges_and_their_undoing(admin_client, client, settings, tmp_path, seed):
    private = settings.STORAGES["private"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"private": private}
    office = Office(Desk(admin_client), seed)
    for _round in range(3):
        for _number in range(3):
            office.choose.choice(office.deeds)()
        compare(office, client, settings)
    kept = stores()
    rebuild_search()
    call_command("rebuild_upkeep")
    assert stores() == kept
    assert {"import", "merge"} >= set(Batch.objects.values_list("kind", flat=True)) != set()

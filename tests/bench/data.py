"""A made-up directory of any size over the chain of the starter facts; the same size is always the same directory."""

import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model

from companies.models import (
    Activity,
    Company,
    CompanyAlias,
    Milestone,
    Modality,
    Product,
    ProductAlias,
    Segment,
    Stage,
)
from etown.models import ContentVersion, Revision
from etown.records import AliasKind, Named, Record, Status
from etown.sorting import sort_key
from etown.states import columns_of
from etown.upkeep import pairs
from facts.models import Basis, Citation, Figure, Source, Unit
from news.models import Article, Category
from services.models import Service
from tests.bench.words import PLACES, TRADES, TRADES_EN, Author

SEED = 4
BATCH = 2000
PUBLISHED = 0.97
# One record in so many was changed after it was made; of one in so many a change waits.
CHANGED, WAITING = 20, 50
FIRST_PUBLISHED = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
PRESENCES = [("tenant", 0.8), ("planned", 0.12), ("service_user", 0.08)]


def fill(rows: int, progress: Callable[[str], object] = print) -> None:
    """Add `rows` companies and what goes with them; the starter facts must be there."""
    maker = Maker(rows)
    for numbers in batched(range(1, rows + 1), BATCH):
        with transaction.atomic():
            maker.companies(numbers)
        progress(f"{numbers[-1]} companies")
    for make, count in (
        (maker.products, rows // 20),
        (maker.figures, rows // 50),
        (maker.services, rows // 100),
        (maker.articles, rows // 25),
    ):
        for numbers in batched(range(1, count + 1), BATCH):
            with transaction.atomic():
                make(numbers)
        progress(f"{count} {make.__name__}")
    for model in (Company, Product, Figure, Service, Article):
        for keys in batched(model._default_manager.order_by("pk").values_list("pk", flat=True), BATCH):
            with transaction.atomic():
                history(model, keys)
    with transaction.atomic():
        ContentVersion.bump()


def history(model: type[Record], keys: tuple[int, ...]) -> None:
    """A version of each of these records; some were changed in one language, of some a change waits."""
    kind, (column, _other) = ContentType.objects.get_for_model(model), pairs(model)[0]
    versions: list[Revision] = []
    for record in model._default_manager.filter(pk__in=keys).order_by("pk"):
        now = json.loads(json.dumps(columns_of(record), cls=DjangoJSONEncoder))
        columns = {"content_type": kind, "object_id": record.pk, "title": str(record)[:200]}
        columns["created_at"] = record.updated_at
        if record.pk % CHANGED == 0:
            before = now | {column: f"{now[column]} before"}
            versions.append(Revision(what=Revision.What.CREATED, data=before, **columns))
        versions.append(Revision(what=Revision.What.CHANGED, data=now, **columns))
        if record.pk % WAITING == 0 and now["status"] == Status.PUBLISHED:
            waits = {"what": Revision.What.CHANGED, "state": Revision.State.WAITING}
            versions.append(Revision(data=now, **waits, **columns))
    Revision.objects.bulk_create(versions, batch_size=BATCH)


class Maker:
    def __init__(self, rows: int) -> None:
        self.author = Author(SEED)
        self.chance = self.author.chance
        self.segments = list(Segment.objects.all())
        self.stages = list(Stage.objects.all())
        self.modalities = list(Modality.objects.all())
        self.categories = list(Category.objects.all())
        self.units = list(Unit.objects.exclude(style=Unit.Style.FRACTION))
        self.sources = self._sources(max(20, min(2000, rows // 50)))
        self.company_keys: list[int] = []

    def companies(self, numbers: tuple[int, ...]) -> None:
        made = _write(Company(**self._company(number)) for number in numbers)
        self.company_keys += [company.pk for company in made]
        self._cite(made, 2)
        _write(alias for company in made for alias in self._aliases(company))
        _write(activity for company in made for activity in self._activities(company))

    def products(self, numbers: tuple[int, ...]) -> None:
        made = _write(Product(**self._product(number)) for number in numbers)
        self._cite(made, 1)
        _write(ProductAlias(owner=product, name=self._code(), kind=AliasKind.CODE) for product in made)
        _write(step for product in made for step in self._milestones(product))

    def figures(self, numbers: tuple[int, ...]) -> None:
        _write(
            Figure(
                slug=f"made-figure-{number}",
                **self._published(),
                **self._pair("label", 6),
                **self._pair("scope", 4),
                topic=self._word(Figure.Topic),
                kind=self._word(Figure.Kind),
                qualifier=self._word(Figure.Qualifier),
                low=self.chance.randint(1, 9999),
                unit=self.chance.choice(self.units),
                **self._sourced(),
            )
            for number in numbers
        )

    def services(self, numbers: tuple[int, ...]) -> None:
        made = _write(
            Service(
                slug=f"made-service-{number}",
                **self._published(),
                **_named(f"{self.author.coined()} service {number}", f"{self.author.characters(3)}服务平台"),
                kind=self._word(Service.Kind),
                **self._pair("operator", 4),
                operator_company_id=self._company_key(),
                **self._pair("summary", 22),
                **self._pair("description", 60),
            )
            for number in numbers
        )
        self._cite(made, 1)

    def articles(self, numbers: tuple[int, ...]) -> None:
        made = _write(
            Article(
                slug=f"made-article-{number}",
                **self._published(),
                **self._pair("title", 9),
                **self._pair("summary", 30),
                **self._pair("body", 80),
                category=self.chance.choice(self.categories),
                date=datetime.date(2016, 1, 1) + datetime.timedelta(days=self.chance.randrange(3900)),
                source_id=self.chance.choice(self.sources),
            )
            for number in numbers
        )
        self._cite(made, 1)
        named = Article.companies.through
        _write(
            named(article=article, company_id=key)
            for article in made
            for key in {self._company_key() for _ in range(self.chance.randint(1, 2))}
        )

    def _sources(self, count: int) -> list[int]:
        made = _write(
            Source(
                slug=f"made-source-{number}",
                title=self.author.chinese(8) if number % 2 else self.author.english(9),
                language="zh-hans" if number % 2 else "en",
                publisher=f"{self.author.coined()} News",
                url=f"https://example.org/news/{number}",
                published_on=datetime.date(2020, 1, 1) + datetime.timedelta(days=number % 2000),
                tier=self._word(Source.Tier),
            )
            for number in range(1, count + 1)
        )
        return [source.pk for source in made]

    def _company(self, number: int) -> dict[str, Any]:
        chance, author = self.chance, self.author
        english = f"{author.coined()} {chance.choice(TRADES_EN)}"
        core = author.chance.choices(author.chinese_words[-3200:], k=1)[0]
        chinese = f"{chance.choice(PLACES)}{core}{chance.choice(TRADES)}有限公司"
        known = "" if author.often(0.03) else english
        texts = self._pair("summary", 24) | self._pair("description", 90)
        if not known:
            texts |= {"summary_en": "", "description_en": ""}
        return {
            "slug": f"made-company-{number}",
            **self._published(),
            **_named(known, chinese),
            **texts,
            "role": self._word(Company.Role),
            "presence": chance.choices(*zip(*PRESENCES, strict=True))[0],
            "registration_code": f"91110302MA{number:07}{chance.choice('ABCDEFGH')}" if author.often(0.5) else None,
            "founded_year": chance.randint(1985, 2026) if author.often(0.8) else None,
            "website": f"https://{english.split()[0].lower()}.example.org/",
            "address_en": f"{chance.randint(1, 99)} Kechuang Street, Beijing E-Town",
            "address_zh_hans": f"北京经济技术开发区科创{chance.randint(1, 20)}街{chance.randint(1, 99)}号",
        }

    def _product(self, number: int) -> dict[str, Any]:
        modality = self.chance.choice(self.modalities)
        return {
            "slug": f"made-product-{number}",
            **self._published(),
            **_named(f"{self.author.coined()}cel", f"{self.author.characters(4)}注射液"),
            **self._pair("indication", 4),
            **self._pair("summary", 26),
            "company_id": self._company_key(),
            "modality": modality,
            "chain_id": modality.chain_id,
            "vector": self._word(Product.Vector) if self.author.often(0.6) else "",
            "cell_source": self._word(Product.CellSource) if self.author.often(0.6) else "",
        }

    def _aliases(self, company: Company) -> Iterator[CompanyAlias]:
        short = company.name_zh_hans.removesuffix("有限公司").removeprefix("北京")
        yield CompanyAlias(owner=company, name=short, kind=AliasKind.ABBREVIATION)
        if self.author.often(0.5):
            yield CompanyAlias(owner=company, name=f"{self.author.coined()} Inc.", kind=AliasKind.FORMER_NAME)

    def _activities(self, company: Company) -> Iterator[Activity]:
        for segment in self.chance.sample(self.segments, self.chance.choice([1, 1, 2, 2, 3])):
            yield Activity(
                company=company,
                segment=segment,
                stage=None if self.author.often(0.15) else self.chance.choice(self.stages),
                modality=self.chance.choice(self.modalities) if self.author.often(0.6) else None,
                note_en=self.author.english(5) if self.author.often(0.2) else "",
                **self._sourced(),
            )

    def _milestones(self, product: Product) -> Iterator[Milestone]:
        for sequence in range(1, self.chance.randint(2, 4)):
            event = self._word(Milestone.Event)
            yield Milestone(
                product=product, sequence=sequence, route=self._word(Milestone.Route), event=event, **self._sourced()
            )

    def _cite(self, records: list[Any], count: int) -> None:
        """The record as a whole, and single fields of it."""
        kind = ContentType.objects.get_for_model(records[0])
        _write(
            Citation(content_type=kind, object_id=record.pk, field=field, **self._sourced())
            for record in records
            for field in ("", "summary")[:count]
        )

    def _sourced(self) -> dict[str, Any]:
        basis = Basis.INFERRED if self.author.often(0.1) else Basis.STATED
        return {"source_id": self.chance.choice(self.sources), "as_of": self._date(), "basis": basis}

    def _published(self) -> dict[str, Any]:
        moment = FIRST_PUBLISHED + datetime.timedelta(seconds=self.chance.randrange(80_000_000))
        uid = uuid.UUID(int=self.chance.getrandbits(128), version=4)
        status = Status.PUBLISHED if self.author.often(PUBLISHED) else Status.DRAFT
        return {"uid": uid, "status": status, "published_at": moment if status == Status.PUBLISHED else None}

    def _pair(self, name: str, words: int) -> dict[str, str]:
        return {f"{name}_en": self.author.english(words), f"{name}_zh_hans": self.author.chinese(words)}

    def _word(self, words: Any) -> str:
        return self.chance.choice(words.values)

    def _date(self) -> str:
        return f"{self.chance.randint(2016, 2025)}-{self.chance.randint(1, 12):02}"[: self.chance.choice([4, 7])]

    def _code(self) -> str:
        return f"{self.author.coined()[:2].upper()}-{self.chance.randint(1, 999):03}"

    def _company_key(self) -> int:
        return self.chance.choice(self.company_keys)


def _named(english: str, chinese: str) -> dict[str, str]:
    """Both names and their keys, which bulk_create() does not compute."""
    return {
        "name_en": english,
        "name_zh_hans": chinese,
        "sort_en": sort_key(english, chinese),
        "sort_zh_hans": sort_key(chinese, english),
    }


def _write(rows: Iterator[Any]) -> list[Any]:
    made = list(rows)
    assert all(row.sort_en for row in made if isinstance(row, Named))
    model: type[Model] = type(made[0])
    return model._default_manager.bulk_create(made, batch_size=BATCH)

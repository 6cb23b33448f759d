"""Records for tests: published and complete unless told otherwise, written as the site writes them.

Keys of the chain, of units, categories and desks may be given as text; they are made where they are missing.
"""

from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User

from companies.models import Activity, Chain, Company, Milestone, Modality, Product, Segment, Stage, Want
from etown import publishing
from etown.records import Record, Status
from facts.models import Cited, Figure, Source, Unit
from news.models import Article, Category
from office.models import Desk
from services.models import Service

NUMBERS = count(1)
DATE = "2024-01-01"


def source(slug: str = "example-press", **values: Any) -> Source:
    """One source for everything, unless a test needs to tell sources apart."""
    values = {
        "title": "As printed",
        "publisher": "Example Press",
        "url": f"https://example.org/{slug}",
    } | values
    return _keyed(Source, slug, tier=Source.Tier.PRESS, **values)


def company(name: str = "", **values: Any) -> Company:
    values = {"role": Company.Role.STARTUP, "summary_en": "Makes what others need."} | values
    return _new(Company, name_en=name or f"Company {next(NUMBERS)}", **values)


def activity(owner: Company | None = None, segment: Segment | str = "plasmid", **values: Any) -> Activity:
    """`activity(company, "plasmid", stage="pilot_production", modality="car-t")`"""
    owner = owner or company()
    values["stage"] = _row(Stage, values.get("stage", "pilot_production"))
    values["modality"] = _row(Modality, values.get("modality"))
    return _new_part(owner, Activity(company=owner, segment=_row(Segment, segment), **_sourced(values)))


def product(name: str = "", **values: Any) -> Product:
    values["modality"] = _row(Modality, values.get("modality"))
    values = {"chain": chain(), "summary_en": "Treats what it is meant to treat."} | values
    return _new(Product, name_en=name or f"Product {next(NUMBERS)}", **values)


def milestone(owner: Product | None = None, event: str = Milestone.Event.PHASE_1, **values: Any) -> Milestone:
    """The next step of the product."""
    owner = owner or product()
    values = {"sequence": owner.milestones.count() + 1} | values
    return _new_part(owner, Milestone(product=owner, event=event, **_sourced(values)))


def unit(slug: str, **values: Any) -> Unit:
    return _keyed(Unit, slug, **{"singular_en": slug, "plural_en": f"{slug}s", "name_zh_hans": "个"} | values)


def figure(low: Any = 20, counting: Unit | str = "company", **values: Any) -> Figure:
    counted = unit(counting) if isinstance(counting, str) else counting
    values = {"label_en": f"Things counted {next(NUMBERS)}", "topic": Figure.Topic.INDUSTRY} | values
    return _new(Figure, low=low, unit=counted, **_sourced(values))


def service(name: str = "", **values: Any) -> Service:
    values = {"kind": Service.Kind.LOGISTICS, "summary_en": "Does what companies cannot do alone."} | values
    return _new(Service, name_en=name or f"Service {next(NUMBERS)}", **values)


def article(title: str = "", category: Category | str = "facility", **values: Any) -> Article:
    if isinstance(category, str):
        category = _keyed(Category, category, name_en=category, name_zh_hans=category)
    values = {"date": DATE, "summary_en": "Something happened in the park."} | values
    title = title or f"Article {next(NUMBERS)}"
    return _new(Article, title_en=title, category=category, **{"source": source()} | values)


def want(segment: Segment | str | None = None, **values: Any) -> Want:
    """`want("plasmid")` or `want(modality="dc")`, at any stage unless one is given."""
    values["segment"] = _row(Segment, segment)
    values["modality"] = _row(Modality, values.get("modality", None if segment else "dc"))
    values["stage"] = _row(Stage, values.get("stage"))
    texts = {"title_en": f"Wanted {next(NUMBERS)}", "text_en": "The office looks for such companies."}
    values = {"chain": chain(), "desk": desk(), "review_by": "2099-01-01"} | texts | values
    return _new(Want, **_sourced(values))


def chain(slug: str = "cgt") -> Chain:
    return _keyed(Chain, slug, name_en="Cell and gene therapy", name_zh_hans="细胞与基因治疗")


def segment(slug: str, **values: Any) -> Segment:
    return _keyed(Segment, slug, chain=chain(), name_en=slug, name_zh_hans=slug, **values)


def desk(slug: str = "demonstration-desk") -> Desk:
    return _keyed(Desk, slug, name_en="Desk", name_zh_hans="专席", email="desk@example.org", is_demonstration=True)


def account(*role_names: str, **values: Any) -> User:
    """`account("Editor")`: somebody who may come into the back office, with these roles."""
    values = {"username": f"staff-{next(NUMBERS)}", "is_staff": True} | values
    somebody = User.objects.create_user(**values)
    somebody.groups.set(Group.objects.filter(name__in=role_names))
    return somebody


def _sourced(values: dict[str, Any]) -> dict[str, Any]:
    return {"source": values.get("source") or source(), "as_of": DATE} | values


def _row(model: type[Record], row: Record | str | None) -> Any:
    """A stage, segment or modality; by its key, made if it is missing."""
    return _keyed(model, row, chain=chain(), name_en=row, name_zh_hans=row) if isinstance(row, str) else row


def _keyed(model: type[Record], slug: str, **values: Any) -> Any:
    return model._default_manager.filter(slug=slug).first() or _save(model(slug=slug, **values))


def _new(model: type[Record], **values: Any) -> Any:
    """A published record with a citation; many-to-many fields take lists."""
    related = {field.name: values.pop(field.name, []) for field in model._meta.local_many_to_many}
    slug = f"{model._meta.model_name}-{next(NUMBERS)}"
    return _save(model(**{"slug": slug, "status": Status.PUBLISHED} | values), related)


def _new_part(owner: Record, row: Any) -> Any:
    row.full_clean()
    publishing.save(owner, row.save)
    return row


def _save(record: Any, related: dict[str, list] | None = None) -> Any:
    record.full_clean()

    def write() -> None:
        record.save()
        for name, rows in (related or {}).items():
            getattr(record, name).set(rows)
        if isinstance(record, Cited):
            record.citations.create(source=source(), as_of=DATE)

    publishing.save(record, write)
    return record

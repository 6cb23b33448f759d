"""Records with everything that can belong to them, every text carrying a word by which it is found again."""

from itertools import count
from typing import Any

from django.db import models

from companies.models import Activity, Company, CompanyAlias, Milestone, Product, ProductAlias, Want
from etown import publishing
from etown.models import Picture
from etown.partial_dates import PartialDateField
from etown.records import Status
from facts.models import Correction, Figure
from news.models import Article
from office.models import Page
from services.models import Claim, Service, ServiceAlias, Step
from tests import factories

NUMBERS = count(1)
NOT_IN_CODES = str.maketrans("IOSVZ", "10527")
PUBLIC = {"status": Status.PUBLISHED}


def company(word: str = "public", **values: Any) -> Company:
    made = _make(factories.company, Company, word, {"logo": picture(), "founded_year": 2010} | values)
    _part(made, CompanyAlias(owner=made, name=f"{word} alias"))
    factories.activity(made, "plasmid", modality="car-t", **texts(Activity, word))
    factories.activity(made, "cold-chain", stage=None)
    return made


def product(word: str = "public", **values: Any) -> Product:
    made = _make(factories.product, Product, word, {"modality": "car-t"} | values)
    _part(made, ProductAlias(owner=made, name=f"{word} alias"))
    factories.milestone(made, "ind_accepted", date="2023-05", **texts(Milestone, word))
    factories.milestone(made, "phase_1")
    return made


def figure(word: str = "public", **values: Any) -> Figure:
    return factories.figure(**{"slug": _slug(word, Figure)} | texts(Figure, word) | values)


def service(word: str = "public", **values: Any) -> Service:
    alike = {name: values[name] for name in ("status", "published_at") if name in values}
    before, after = (values.pop(name, None) or figure(word, **alike) for name in ("before", "after"))
    if "figures" not in values:
        values["figures"] = [figure(word, **alike)]
    values = {"picture": picture(), "desk": factories.desk()} | values
    made = _make(factories.service, Service, word, values)
    _part(made, ServiceAlias(owner=made, name=f"{word} alias"))
    _part(made, Step(service=made, position=1, **texts(Step, word)))
    _part(made, Claim(service=made, before=before, after=after))
    return made


def article(word: str = "public", **values: Any) -> Article:
    return _make(factories.article, Article, word, {"picture": picture()} | values, name="title")


def want(word: str = "public", **values: Any) -> Want:
    filled = {"slug": _slug(word, Want), "stage": "pilot_production"} | texts(Want, word)
    return factories.want("plasmid", **filled | values)


def correction(word: str = "public", **values: Any) -> Correction:
    dated = {"corrected_on": "2024-01-01", "slug": _slug(word, Correction)}
    return _save(Correction(**PUBLIC | dated | texts(Correction, word) | values))


def page(word: str = "public", **values: Any) -> Page:
    return _save(Page(**PUBLIC | {"slug": _slug(word, Page)} | texts(Page, word) | values))


def _part(owner: Any, row: models.Model) -> None:
    publishing.save(owner, row.save)


def picture(**values: Any) -> Picture:
    """The row of a picture, without the file."""
    name = f"pictures/{next(NUMBERS):020}.webp"
    described = {"alternative_en": "A hall", "alternative_zh_hans": "大厅", "title": "Hall"}
    return Picture.objects.create(**{"file": name, "width": 1600, "height": 900} | described | values)


def texts(model: type[models.Model], word: str) -> dict[str, str]:
    """A value with the word for every column that staff type words into."""
    found = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.URLField):
            found[field.name] = f"https://example.org/{word}"
        elif field.name == "registration_code":
            # Letters that the code knows, and never the same twice.
            found[field.name] = word.upper().translate(NOT_IN_CODES)[:9].ljust(9, "X") + f"{next(NUMBERS):09}"
        elif _takes_words(field):
            found[field.name] = f"{word} {field.name}"
    return found


def _takes_words(field: models.Field) -> bool:
    is_text = isinstance(field, (models.CharField, models.TextField)) and field.editable and not field.choices
    return is_text and not isinstance(field, (models.SlugField, PartialDateField))


def _make(make, model: type[models.Model], word: str, values: dict[str, Any], name: str = "name") -> Any:
    filled = {"slug": _slug(word, model), **texts(model, word)} | values
    return make(filled.pop(f"{name}_en"), **filled)


def _slug(word: str, model: type[models.Model]) -> str:
    return f"{word}-{model._meta.model_name}-{next(NUMBERS)}"


def _save(record: Any) -> Any:
    record.full_clean()
    publishing.save(record)
    return record


KINDS = {
    "companies": company,
    "products": product,
    "services": service,
    "news": article,
    "figures": figure,
    "wanted": want,
}

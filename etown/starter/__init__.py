"""The starter facts: which file holds which records, in the order in which they refer to each other."""

from pathlib import Path

from companies.models import Chain, Company, Modality, Product, Segment, Stage, Want
from etown.records import Record
from facts.models import Figure, Source, Unit
from news.models import Article, Category
from office.models import Desk, Office, Page
from services.models import Service

SET_NAME = "starter"
DATA = Path(__file__).parent / "data"
FILES: tuple[tuple[str, type[Record]], ...] = (
    ("office.yaml", Office),
    ("desks.yaml", Desk),
    ("pages.yaml", Page),
    ("sources.yaml", Source),
    ("units.yaml", Unit),
    ("figures.yaml", Figure),
    ("chains.yaml", Chain),
    ("stages.yaml", Stage),
    ("segments.yaml", Segment),
    ("modalities.yaml", Modality),
    ("companies.yaml", Company),
    ("wants.yaml", Want),
    ("products.yaml", Product),
    ("services.yaml", Service),
    ("categories.yaml", Category),
    ("news.yaml", Article),
)


def files(folder: Path = DATA) -> list[tuple[Path, type[Record]]]:
    return [(folder / name, model) for name, model in FILES]

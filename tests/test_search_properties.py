"""After any edits, search finds what reading every row would find."""

import random

import pytest

from companies.models import Company, CompanyAlias, Modality, Product, Segment
from etown import publishing, search
from etown.records import Status
from etown.search.writing import rebuild
from tests import factories, search_reference

pytestmark = pytest.mark.django_db

CHINESE = ["永泰", "生物", "细胞", "干细胞", "北京", "质粒", "绿", "重庆", "吕氏", "行", "治疗", "京生"]
LATIN = ["CAR-T", "cart", "Bio", "bio-tech", "CT041", "CT-041", "Café", "T", "cells", "U.S.", "a/b", "yongtai", "x"]
LATIN += ["Łódź", "5,000"]
SIGNS = [" ", "", "，", "-", "·", "\n", ". ", "（", "'"]


def text(choose: random.Random, pieces: int) -> str:
    return "".join(choose.choice(CHINESE + LATIN) + choose.choice(SIGNS) for _piece in range(pieces))


def query(choose: random.Random) -> str:
    whole = text(choose, choose.randint(1, 3))
    start = choose.randrange(len(whole))
    return whole[start : start + choose.randint(1, 8)] if choose.random() < 0.7 else whole


class World:
    """A few records that point at each other, and edits of them chosen by chance."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.companies = [factories.company(text(self.choose, 2) + "n", **self.texts()) for _number in range(5)]
        self.products = [
            factories.product(text(self.choose, 2) + "n", company=self.choose.choice([*self.companies, None]))
            for _number in range(4)
        ]
        for number, company in enumerate(self.companies):
            factories.activity(company, f"segment-{number % 2}", modality="car-t")
        self.edits = [self.rename, self.rewrite, self.add_alias, self.set_status, self.move, self.name_term]

    def texts(self) -> dict[str, str]:
        return {
            "name_zh_hans": text(self.choose, 2),
            "summary_en": text(self.choose, 3) + "n",
            "summary_zh_hans": text(self.choose, 4),
            "description_zh_hans": text(self.choose, 6),
        }

    def edit(self) -> None:
        self.choose.choice(self.edits)()

    def rename(self) -> None:
        row = self.choose.choice([*self.companies, *self.products])
        row.name_en = text(self.choose, 2) + "n"
        publishing.save(row)

    def rewrite(self) -> None:
        row = self.choose.choice(self.companies)
        for name, value in self.texts().items():
            setattr(row, name, value)
        publishing.save(row)

    def add_alias(self) -> None:
        owner = self.choose.choice(self.companies)
        name = f"{text(self.choose, 1)} {owner.aliases.count()}"
        publishing.save(owner, CompanyAlias(owner=owner, name=name).save)

    def set_status(self) -> None:
        row = self.choose.choice([*self.companies, *self.products])
        publishing.set_status(row, self.choose.choice(list(Status)))

    def move(self) -> None:
        product = self.choose.choice(self.products)
        product.company = self.choose.choice([*self.companies, None])
        publishing.save(product)

    def name_term(self) -> None:
        model = self.choose.choice([Segment, Modality])
        row = self.choose.choice(list(model.objects.all()))
        row.name_zh_hans = text(self.choose, 1) + "类"
        publishing.save(row)


def compare(world: World, queries: int) -> None:
    for _number in range(queries):
        asked = query(world.choose)
        counted = search.counts(asked)
        for model in (Company, Product):
            expected = search_reference.found_ids(model, asked)
            assert set(search.found_ids(model, asked)) == expected, (model, asked)
            assert counted[model] == len(expected)
            ranks = search.ranked_ids(model, asked)
            for row in model.objects.filter(pk__in=expected):
                rank = search_reference.rank(row, asked)
                assert [row.pk in ids for ids in ranks] == [rank == place for place in range(3)], (row, asked)
            assert sum(map(len, ranks)) <= len(expected)


@pytest.mark.parametrize("seed", range(6))
def test_search_finds_what_reading_every_row_finds(seed):
    world = World(seed)
    for _round in range(4):
        for _number in range(5):
            world.edit()
        compare(world, 12)
    rebuild()
    compare(world, 6)

"""Nothing that is not published shows anywhere: not by its text, its number, its address, or the age of an answer."""

import io
import re
import zipfile
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.utils.timezone import now

from companies.models import Milestone
from etown import publishing
from etown.models import ContentVersion
from etown.records import Status
from services.models import Claim
from tests import factories, full

pytestmark = pytest.mark.django_db

MARK = "xq7leak"
SLUG = f"{MARK}-"
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"status": Status.DRAFT},
    "in review": {"status": Status.IN_REVIEW},
    "archived": {"status": Status.ARCHIVED},
    "archived, once public": {"status": Status.ARCHIVED, "published_at": now()},
}


class World:
    """Public records tied in every way that the models allow to records that are hidden."""

    def __init__(self) -> None:
        self.company = full.company()
        self.product = full.product(company=self.company)
        self.figure = full.figure()
        self.service = full.service(operator_company=self.company, is_highlight=True, figures=[self.figure])
        self.article = full.article(companies=[self.company], products=[self.product], services=[self.service])
        self.public = [self.company, self.product, self.service, self.article, self.figure]
        self.public += [full.want(), full.page(slug="about")]
        full.correction()
        self.hidden = [record for values in HIDDEN.values() for record in self._hide(values)]

    def _hide(self, values):
        company = full.company(MARK, **values)
        figure = full.figure(MARK, is_headline=True, **values)
        replaced = full.figure(MARK, state="superseded", superseded_by=self.figure, **values)
        product = full.product(MARK, company=self.company, **values)
        own = full.product(MARK, company=company, **values)
        service = full.service(
            MARK, operator_company=self.company, before=figure, after=self.figure, is_highlight=True, **values
        )
        article = full.article(
            MARK, companies=[self.company], products=[self.product], services=[self.service], **values
        )
        others = [make(MARK, **values) for make in (full.want, full.correction, full.page)]
        self._tie(company, product, service, figure)
        return [company, product, own, service, figure, replaced, article, *others]

    def _tie(self, company, product, service, figure):
        """Public records that lead to the hidden ones."""
        publishing.save(self.article, lambda: self.article.companies.add(company))
        publishing.save(self.article, lambda: self.article.products.add(product))
        publishing.save(self.article, lambda: self.article.services.add(service))
        publishing.save(self.service, lambda: self.service.figures.add(figure))
        for before, after in ((self.figure, figure), (figure, self.figure)):
            publishing.save(self.service, Claim(service=self.service, before=before, after=after).save)
        self.public += [
            full.product(company=company),
            full.service(operator_company=company, operator_en="", operator_zh_hans=""),
            full.figure(state="superseded", superseded_by=figure),
        ]


@pytest.fixture
def world():
    made = World()
    staff = get_user_model().objects.create_superuser(
        f"{MARK}-officer", f"{MARK}@office.example", "secret", first_name=MARK, last_name=MARK
    )
    kind = ContentType.objects.get_for_model(made.company)
    LogEntry.objects.create(
        user=staff,
        content_type=kind,
        object_id=made.company.pk,
        object_repr=MARK,
        change_message=MARK,
        action_flag=CHANGE,
    )
    return made


FORMATS = ("json", "csv", "ndjson")
ELSEWHERE = ("/static/", "/media/", "/admin/")


def text_of(answer) -> str:
    """What a reader can find in an answer; a workbook is a packet of XML files, of which one tells the time."""
    content = answer.getvalue()
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name != "docProps/core.xml")


def walk(client):
    """Every public answer that links lead to, and every list and record of the API in every format."""
    waiting = ["/en/", "/zh-hans/", "/api/v1/", "/api/v1/schema/", "/api/v1/docs/", "/en/chain/?by=modality"]
    waiting += [f"/api/v1/{kind}/?format={form}" for kind in full.KINDS for form in FORMATS]
    waiting += [
        f"/{language}/{kind}/?page_size=100" for language in ("en", "zh-hans") for kind in list(full.KINDS)[:5]
    ]
    waiting += ["/api/v1/chain/", "/api/v1/chain/cgt/", "/healthz/", "/readyz/", "/sitemap.xml", "/robots.txt"]
    found = {}
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        answer = client.get(address)
        text = text_of(answer)
        found[address] = (answer.status_code, (answer.get("ETag"), answer.get("Last-Modified")), text)
        links = re.findall(r'(?:[">]http://testserver|(?:href|src)=")(/[^"#<]*)', text)
        waiting += [unescape(link) for link in links if not link.startswith(ELSEWHERE)]
        for kind, slug in re.findall(r"^/en/([a-z]+)/([a-z0-9-]+)/$", address):
            if kind in full.KINDS and answer.status_code == 200:
                waiting += [f"/api/v1/{kind}/{slug}/?format={form}" for form in FORMATS]
    return found


def test_the_walk_reaches_every_public_record_in_every_format(client, world):
    found = walk(client)
    odd = {address: status for address, (status, _tag, _text) in found.items() if status not in {200, 302, 404}}
    assert not odd
    for record in world.public:
        path = record.get_absolute_url().split("/", 2)[2]
        for language in ("en", "zh-hans"):
            assert found[f"/{language}/{path}"][0] == 200, path
        if path.count("/") > 1:
            assert all(found[f"/api/v1/{path}?format={form}"][0] == 200 for form in FORMATS)


def test_no_word_of_a_hidden_record_and_no_officer_shows_anywhere(client, world):
    for address, (_status, _tag, text) in walk(client).items():
        assert MARK not in address.lower()
        assert MARK not in text.lower(), address


def test_hidden_records_change_no_number(client):
    public = World.__new__(World)
    public._hide = lambda values: []
    public.__init__()
    before = walk(client)
    company = public.company
    for values in HIDDEN.values():
        for kind, make in full.KINDS.items():
            related: dict[str, Any] = {"company": company} if kind == "products" else {}
            related |= {"operator_company": company} if kind == "services" else {}
            related |= {"companies": [company], "products": [public.product]} if kind == "news" else {}
            make(MARK, **related, **values)
        # A company alone in its cells of the map, which must stay "not known".
        factories.activity(factories.company(**values), "plasmid", stage="pilot_production", modality="car-t")
        full.correction(MARK, **values)
        full.page(MARK, **values)
    assert walk(client) == before


def test_a_change_of_a_hidden_record_changes_no_answer_and_no_tag(client, world):
    before, version = walk(client), ContentVersion.current()
    for record in world.hidden:
        for column, text in full.texts(type(record), f"{MARK}2").items():
            setattr(record, column, text)
        publishing.save(record)
    product = world.hidden[1]
    publishing.save(product, Milestone(product=product, sequence=9, event="approval", source=factories.source()).save)
    for record in (world.hidden[2], world.hidden[6]):
        publishing.delete(record)
    assert ContentVersion.current() == version
    assert walk(client) == before


def test_withdrawing_a_record_takes_it_away_everywhere_at_once(client):
    company = full.company(MARK)
    product = full.product(company=company)
    service = full.service(operator_company=company, operator_en="")
    article = full.article(companies=[company])
    kept = [record.get_absolute_url() for record in (product, service, article)]
    assert all(MARK in client.get(address).text for address in kept)
    company.slug = f"{MARK}-moved"
    publishing.save(company)
    publishing.set_status(company, Status.DRAFT)
    found = walk(client)
    assert all(address in found for address in kept)
    for address, (_status, _tag, text) in found.items():
        assert MARK not in text.lower(), address
    publishing.set_status(company, Status.PUBLISHED)
    assert all(MARK in client.get(address).text for address in kept)


RELATED = [
    ("products", "company", 0),
    ("services", "operator_company", 0),
    ("news", "company", 0),
    ("news", "product", 1),
    ("news", "service", 3),
]


@pytest.mark.parametrize(("kind", "name", "place"), RELATED)
@pytest.mark.parametrize("suffix", ["", "__not"])
def test_the_address_of_a_hidden_record_is_refused_like_one_that_never_was(client, world, kind, name, place, suffix):
    for record in world.hidden[place :: len(world.hidden) // len(HIDDEN)]:
        never = "n" + record.slug[1:]
        for path in (f"/api/v1/{kind}/", f"/en/{kind}/"):
            real, invented = (client.get(f"{path}?{name}{suffix}={slug}") for slug in (record.slug, never))
            assert real.status_code == invented.status_code == (400 if "api" in path else 200)
            assert real.text.replace(record.slug, "") == invented.text.replace(never, "")


def test_a_hidden_record_is_found_by_no_word(client, world):
    for kind in full.KINDS:
        for word in (MARK, MARK[1:5], f"{MARK} alias"):
            assert client.get(f"/api/v1/{kind}/?q={word}").json()["count"] == 0, kind


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_a_hidden_record_says_no_word_of_it(client, world, language):
    for record in world.hidden:
        if not hasattr(record, "get_absolute_url"):
            continue
        path = record.get_absolute_url().split("/", 2)[2]
        answer = client.get(f"/{language}/{path}")
        assert answer.status_code == (410 if record.published_at else 404)
        assert MARK not in re.sub(r'href="[^"]*"', "", answer.text)
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == (410 if record.published_at and record.serializer else 404)
        assert MARK not in answer.text

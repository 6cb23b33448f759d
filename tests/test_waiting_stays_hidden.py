"""Changes that wait, drafts and plans show nowhere, and a preview, in the process of the readers, leaves nothing."""

import datetime
import json

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from etown import versions
from etown.front import Front
from etown.models import ContentVersion
from etown.records import Status
from etown.revisions import Revision
from etown.versions import ConnectionReader, Editions
from etown.wsgi import django
from tests import factories, full
from tests.admin.forms import as_shown, edit, refusals
from tests.admin.test_planned import BEGIN, END, times
from tests.admin.test_previews import opened
from tests.test_leaks import walk
from tests.wsgi import ask

pytestmark = pytest.mark.django_db

PUBLIC, MARK = "xq7public", "xq7waits"
# As long as the mark, so that a page that repeats the query is as long, too.
NEVER = "xq7never"
KINDS = {**full.KINDS, "corrections": full.correction, "pages": full.page}
LANGUAGES = ("en", "zh-hans")
HOUR = datetime.timedelta(hours=1)
MB = 2**20


class Reader:
    """Asks through a store of finished answers of its own, as every process of a server has one."""

    def __init__(self) -> None:
        self.front = Front(django, Editions(ConnectionReader(believed=0)), 64 * MB)

    def get(self, address: str, **headers: str) -> HttpResponse:
        answer = ask(self.front, address, host="testserver", **headers)
        return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


class World:
    """One public record of each kind, tied to others, in which every text holds a word."""

    def __init__(self, staff: Client) -> None:
        self.staff = staff
        company = full.company(PUBLIC)
        product = full.product(PUBLIC, company=company)
        figure = full.figure(PUBLIC, is_headline=True)
        service = full.service(PUBLIC, operator_company=company, is_highlight=True, figures=[figure])
        article = full.article(PUBLIC, companies=[company], products=[product], services=[service])
        self.public = [company, product, figure, service, article]
        self.public += [full.want(PUBLIC), full.correction(PUBLIC), full.page(PUBLIC)]
        # Where the changes that wait would move records to; nobody is there yet.
        self.segment, self.category = factories.segment("cro"), factories.article().category
        self.drafts: list = []

    def hide(self) -> None:
        """A change of each public record that waits, half of them for a time, and two drafts, one of them planned."""
        for number, record in enumerate(self.public):
            self._let_wait(record, times(publish_at=BEGIN) if number % 2 else {})
        company = self.public[0]
        for values in ({}, {"publish_at": BEGIN, "expire_at": END}):
            for kind, make in KINDS.items():
                related = {"products": {"company": company}, "services": {"operator_company": company}}.get(kind, {})
                related |= {"companies": [company]} if kind == "news" else {}
                self.drafts.append(make(MARK, status=Status.DRAFT, **related, **values))

    def _let_wait(self, record, planned) -> None:
        shown = as_shown(self.staff, edit(record))
        changed = {
            name: value.replace(PUBLIC, MARK)
            for name, value in shown.items()
            if isinstance(value, str) and PUBLIC in value
        }
        assert len(changed) > 2, record
        elsewhere = {
            "activities-0-segment": self.segment.pk,
            "segment": self.segment.pk,
            "low": 777777,
            "date": "2019-01-01",
            "is_highlight": "",
            "presence": "planned",
            "founded_year": 1999,
        }
        changed |= {name: value for name, value in elsewhere.items() if name in shown} | planned
        for column in ("publish_at", "expire_at"):
            shown.pop(column, None)
        assert refusals(self.staff.post(edit(record), shown | changed | {"_save": "", "reason": "As agreed."})) == ""
        assert MARK in json.dumps(Revision.waiting_for(record).data)

    def preview(self, reader: Reader) -> None:
        """Every preview in both languages, and the forms of staff, which show what waits."""
        for record in (*self.public, *self.drafts):
            for language in LANGUAGES if hasattr(record, "get_absolute_url") else ():
                page = reader.get(opened(self.staff, record, language))
                assert page.status_code == 200
                assert MARK in page.text
        for record in self.public:
            assert MARK in self.staff.get(edit(record)).text


@pytest.fixture
def world(admin_client):
    return World(admin_client)


@pytest.fixture
def settled(world, monkeypatch):
    """The last change lies an hour back, so that answers tell the time of it."""
    monkeypatch.setattr(versions, "STARTED", 0)
    ContentVersion.objects.update(changed_at=timezone.now().replace(microsecond=0) - HOUR)


def assert_hidden(found) -> None:
    for address, (_status, _tags, text) in found.items():
        assert MARK not in address.lower()
        assert MARK not in text.lower(), address


def test_what_waits_and_its_preview_change_no_answer_no_tag_and_no_time(world, settled):
    reader = Reader()
    before, version = walk(reader), ContentVersion.stamp()
    assert any(modified for _status, (_tag, modified), _text in before.values())
    assert sum(PUBLIC in text for _status, _tags, text in before.values()) > 50
    world.hide()
    assert walk(Reader()) == before
    world.preview(reader)
    assert ContentVersion.stamp() == version
    # What was kept before, and what is computed after a preview.
    for asked in (reader, Reader()):
        found = walk(asked)
        assert_hidden(found)
        assert found == before
    for address, (status, (tag, modified), _text) in before.items():
        if status == 200 and tag and modified and address.startswith("/en/"):
            assert reader.get(address, if_none_match=tag).status_code == 304
            assert reader.get(address, if_modified_since=modified).status_code == 304


def test_a_preview_before_anybody_has_read_leaves_nothing_in_memory(world):
    world.hide()
    reader = Reader()
    world.preview(reader)
    found = {address: (status, text) for address, (status, _tags, text) in walk(reader).items()}
    assert not [address for address, (_status, text) in found.items() if MARK in text.lower()]
    # All that is remembered for a version is computed anew for the next one.
    ContentVersion.bump()
    assert {address: (status, text) for address, (status, _tags, text) in walk(Reader()).items()} == found


def test_no_search_finds_what_waits_or_tells_that_it_is_there(world):
    world.hide()
    reader = Reader()
    world.preview(reader)
    asked = [f"/api/v1/{kind}/?q=" for kind in full.KINDS]
    for language in LANGUAGES:
        asked += [f"/{language}/search/?q=", f"/{language}/search/suggestions/?q="]
        asked += [f"/{language}/{kind}/?q=" for kind in list(full.KINDS)[:5]]
        asked += [f"/{language}/{kind}/feed/?q=" for kind in list(full.KINDS)[:5]]
    for address in asked:
        real, never = (reader.get(f"{address}{word}") for word in (MARK, NEVER))
        assert real.status_code == never.status_code == 200
        assert real.text.replace(MARK, "") == never.text.replace(NEVER, ""), address
        # Neither a beginning of the word nor a slip of the pen leads to it.
        for word in (MARK[:-2], f"{MARK[:-1]}z"):
            assert MARK not in reader.get(f"{address}{word}").text, address


def test_addresses_that_wait_lead_nowhere(world):
    world.hide()
    reader = Reader()
    world.preview(reader)
    for record in (*world.public, *world.drafts):
        if not hasattr(record, "get_absolute_url"):
            continue
        slug = record.slug.replace(PUBLIC, MARK)
        path = record.get_absolute_url().split("/", 2)[2].replace(record.slug, slug)
        for address in (*(f"/{language}/{path}" for language in LANGUAGES), f"/api/v1/{path}"):
            assert reader.get(address).status_code == 404, address

"""What is scheduled for a time happens then, with the first request that comes, and once."""

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from etown import front as front_module
from etown import publishing, schedule
from etown.front import Front
from etown.models import ContentVersion
from etown.records import Status
from etown.versions import ConnectionReader, Editions
from etown.wsgi import django
from news.models import Article
from tests import factories, full
from tests.wsgi import ask

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


class Clock:
    """The time of the server; `go_to` moves on."""

    def __init__(self, monkeypatch) -> None:
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(front_module, "time", SimpleNamespace(time=lambda: self.now.timestamp()))

    def go_to(self, moment: datetime.datetime) -> None:
        self.now = moment


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def front():
    return Front(django, Editions(ConnectionReader(believed=0)), 2**20)


def reread(record):
    return type(record).objects.get(pk=record.pk)


def test_a_draft_is_published_at_its_time_and_archived_at_its_time_by_whoever_asks_first(front, clock):
    begin, end = clock.now + HOUR, clock.now + 3 * HOUR
    article = factories.article("Opening", status=Status.DRAFT, publish_at=begin, expire_at=end)
    shown = {
        "before": (begin - HOUR / 60, 404),
        "then": (begin, 200),
        "later": (end - HOUR / 60, 200),
        "end": (end, 410),
    }
    for moment, status in shown.values():
        clock.go_to(moment)
        assert ask(front, article.get_absolute_url()).status == status
        listed = "Opening" in ask(front, "/en/news/").text
        counted = ask(front, "/api/v1/news/").text.startswith('{"count":1')
        assert listed == counted == (status == 200)
    assert reread(article).status == Status.ARCHIVED
    assert reread(article).published_at == begin


def test_a_page_that_is_kept_is_not_served_past_its_time(front, clock, django_assert_num_queries):
    article = factories.article("Soon over", expire_at=clock.now + HOUR)
    first = ask(front, "/en/news/")
    with django_assert_num_queries(1):
        assert ask(front, "/en/news/") == first
    clock.go_to(article.expire_at)
    assert "Soon over" not in ask(front, "/en/news/").text
    with django_assert_num_queries(1):
        ask(front, "/en/news/")


def test_a_scheduled_deed_counts_as_one_public_change_and_is_carried_out_once(clock):
    article = factories.article(status=Status.DRAFT, publish_at=clock.now + HOUR)
    version = ContentVersion.current()
    clock.go_to(article.publish_at)
    assert schedule.apply_due() == 1
    assert schedule.apply_due() == 0
    assert ContentVersion.current() == version + 1
    assert reread(article).publish_at is None


def test_what_is_due_later_waits_for_its_own_time(clock):
    first = factories.article(status=Status.DRAFT, publish_at=clock.now + HOUR)
    second = factories.company(status=Status.DRAFT, publish_at=clock.now + 2 * HOUR)
    clock.go_to(first.publish_at)
    assert schedule.apply_due() == 1
    assert reread(second).status == Status.DRAFT
    clock.go_to(second.publish_at)
    assert schedule.apply_due() == 1


def test_publishing_by_hand_or_archiving_ends_the_schedule(clock):
    article = factories.article(status=Status.DRAFT, publish_at=clock.now + HOUR, expire_at=clock.now + 2 * HOUR)
    publishing.set_status(article, Status.PUBLISHED)
    assert reread(article).publish_at is None
    assert reread(article).expire_at is not None
    publishing.set_status(article, Status.ARCHIVED)
    assert reread(article).expire_at is None
    clock.go_to(clock.now + 3 * HOUR)
    assert schedule.apply_due() == 0


def test_a_schedule_for_what_is_not_complete_is_refused(clock):
    with pytest.raises(ValidationError, match="summary_en"):
        factories.company(status=Status.DRAFT, publish_at=clock.now + HOUR, summary_en="")


@pytest.mark.parametrize(
    ("status", "publish", "expire", "column"),
    [
        (Status.DRAFT, -1, None, "publish_at"),
        (Status.DRAFT, 2, 1, "expire_at"),
        (Status.PUBLISHED, None, -1, "expire_at"),
        (Status.ARCHIVED, 1, None, "publish_at"),
        (Status.PUBLISHED, 1, None, "publish_at"),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_column(clock, status, publish, expire, column):
    times = {
        name: hours and clock.now + hours * HOUR for name, hours in (("publish_at", publish), ("expire_at", expire))
    }
    article = factories.article()
    for name, value in {"status": status, **times}.items():
        setattr(article, name, value)
    with pytest.raises(ValidationError) as refused:
        article.full_clean()
    assert set(refused.value.message_dict) == {column}


def test_one_record_that_cannot_be_published_stops_no_other(clock, caplog):
    broken = factories.article(status=Status.DRAFT, publish_at=clock.now + HOUR)
    sound = factories.article(status=Status.DRAFT, publish_at=clock.now + HOUR)
    Article.objects.filter(pk=broken.pk).update(title_en="")
    clock.go_to(sound.publish_at)
    schedule.apply_due()
    assert reread(sound).status == Status.PUBLISHED
    assert reread(broken).status == Status.DRAFT
    assert broken.slug in caplog.text
    assert schedule.apply_due() == 0


def test_a_schedule_that_fails_costs_no_reader_the_page(front, clock, monkeypatch, caplog):
    article = factories.article("Later", status=Status.DRAFT, publish_at=clock.now + HOUR)
    clock.go_to(article.publish_at)

    def fail(record):
        raise AttributeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(publishing.documents, "refresh", fail)
        assert ask(front, "/en/news/").status == 200
    assert "a fault of ours" in caplog.text
    assert "Later" in ask(front, "/en/news/").text


def test_a_schedule_is_not_public(client, clock):
    full.article()
    version = ContentVersion.current()
    article = full.article("hidden-word", status=Status.DRAFT, publish_at=clock.now + HOUR)
    assert ContentVersion.current() == version
    assert client.get(article.get_absolute_url()).status_code == 404
    assert "hidden-word" not in client.get("/api/v1/news/?format=ndjson").getvalue().decode()

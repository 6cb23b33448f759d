"""Something falls due while somebody else is writing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from etown import publishing
from etown.front import Front
from etown.records import Status
from etown.versions import Editions
from etown.wsgi import django
from tests import factories
from tests.databases import in_a_file
from tests.test_schedule import HOUR, Clock, reread
from tests.wsgi import ask

LIMIT = 30
BESIDE = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def many_writers(transactional_db, tmp_path):
    """Each thread has a connection of its own, on both engines."""
    if connection.vendor == "sqlite":
        with in_a_file(tmp_path / "etown.sqlite3"):
            yield
    else:
        yield


@pytest.fixture
def front(many_writers):
    made = Front(django, Editions(), 2**20)
    yield made
    if hasattr(made.editions._read, "close"):
        made.editions._read.close()


@contextmanager
def somebody_writing(record) -> Iterator[threading.Event]:
    """Another thread that has written and not committed; the event says that it has ended."""
    begun, may_end, has_ended = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                publishing.save(record)
                begun.set()
                may_end.wait(LIMIT)
        finally:
            connection.close()
            has_ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert begun.wait(LIMIT)
        yield has_ended
    finally:
        may_end.set()
        thread.join(LIMIT)


@BESIDE
def test_no_reader_waits_for_a_writer_when_something_falls_due(front, clock):
    ended = factories.article("Ended", expire_at=clock.now + HOUR)
    begun = factories.article("Begun", status=Status.DRAFT, publish_at=clock.now + HOUR)
    clock.go_to(ended.expire_at)
    with somebody_writing(factories.company()) as has_ended:
        assert [ask(front, row.get_absolute_url()).status for row in (ended, begun)] == [200, 404]
        assert not has_ended.is_set()
    assert [ask(front, row.get_absolute_url()).status for row in (ended, begun)] == [410, 200]
    assert [reread(row).status for row in (ended, begun)] == [Status.ARCHIVED, Status.PUBLISHED]


@BESIDE
def test_the_schedule_is_carried_out_by_requests_with_rare_conditions_too(front, clock):
    article = factories.article("Ended", expire_at=clock.now + HOUR)
    clock.go_to(article.expire_at)
    assert "Ended" not in ask(front, "/en/news/", if_match="*").text
    assert reread(article).status == Status.ARCHIVED

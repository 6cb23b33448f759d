"""The content version as every process sees it: at once on SQLite, within a second on PostgreSQL, or not at all."""

import datetime
import sqlite3
import subprocess
import sys
import threading

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from etown import publishing, versions
from etown.models import ContentVersion
from etown.versions import ConnectionReader, Edition, Editions, Row, SQLiteReader, VersionUnknownError
from tests import full

NOON = datetime.datetime(2031, 5, 4, 12, tzinfo=datetime.UTC)
DAY = 24 * 3600


def write(path, number, changed_at="2031-05-04 12:00:00.250000", mode="WAL"):
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute(
            "CREATE TABLE IF NOT EXISTS etown_contentversion"
            " (id INTEGER PRIMARY KEY, number BIGINT, changed_at TEXT, next_due_at TEXT)"
        )
        database.execute("INSERT OR REPLACE INTO etown_contentversion VALUES (1, ?, ?, NULL)", [number, changed_at])
    database.close()


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "a database?.sqlite3", 1)
    return tmp_path / "a database?.sqlite3"


@pytest.fixture
def reader(path, monkeypatch):
    monkeypatch.setattr(versions, "REPLACED", 0)
    made = SQLiteReader(path)
    yield made
    made.close()


def test_a_file_is_looked_at_on_every_request(reader, path):
    first = reader()
    assert first == Row(1, NOON + datetime.timedelta(microseconds=250_000))
    assert reader() is first
    write(path, 2)
    assert reader().number == 2


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    number = int(line)
    database.execute("UPDATE etown_contentversion SET number = ?", [number])
    if number % 7 == 0:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(number, flush=True)
"""


def test_every_commit_of_another_process_is_seen_by_the_next_look(path):
    reader = SQLiteReader(path)
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        for number in range(2, 300):
            print(number, file=other.stdin, flush=True)
            assert other.stdout.readline() == f"{number}\n"
            assert reader().number == number
        other.stdin.close()
    reader.close()


def test_what_is_not_committed_is_not_seen_and_nothing_is_asked_while_nothing_is(path):
    reader = SQLiteReader(path)
    assert reader().number == 1
    asked = []
    reader._connection.set_trace_callback(asked.append)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE etown_contentversion SET number = 2")
    assert reader().number == reader().number == 1
    other.execute("ROLLBACK")
    assert (reader().number, len(asked)) == (1, 0)
    other.execute("UPDATE etown_contentversion SET number = 3")
    assert (reader().number, len(asked)) == (3, 1)
    other.close()
    reader.close()


def test_a_file_without_write_ahead_log_is_read_too(tmp_path):
    write(tmp_path / "plain.sqlite3", 5, mode="DELETE")
    made = SQLiteReader(tmp_path / "plain.sqlite3")
    assert made().number == 5
    write(tmp_path / "plain.sqlite3", 6, mode="DELETE")
    assert made().number == 6
    made.close()


def test_a_restored_file_is_noticed_even_if_its_number_is_the_same(reader, path, tmp_path):
    first = reader()
    write(tmp_path / "backup", 1)
    (tmp_path / "backup").replace(path)
    assert reader() is not first
    write(path, 2)
    assert reader().number == 2


def test_a_file_that_is_gone_or_broken_is_no_version_until_it_is_back(reader, path):
    content = path.read_bytes()
    path.unlink()
    for _again in range(2):
        with pytest.raises(VersionUnknownError):
            reader()
    assert not path.exists()
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(VersionUnknownError):
        reader()
    path.write_bytes(content)
    assert reader().number == 1


def test_a_database_that_nothing_was_published_in_has_the_number_0(reader, path):
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM etown_contentversion")
    database.close()
    assert reader() == Row(0, None)


def test_threads_share_one_reader(reader, path):
    wrong = []

    def read():
        last = 0
        for _again in range(300):
            number = reader().number
            if number < last:
                wrong.append((last, number))
            last = number

    threads = [threading.Thread(target=read) for _each in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 30):
        write(path, number)
    for thread in threads:
        thread.join()
    assert not wrong
    assert reader().number == 29


def test_readers_do_not_stand_in_the_way_of_writers(reader, path):
    reader()
    with sqlite3.connect(path, timeout=0) as database:
        database.execute("BEGIN EXCLUSIVE")
        database.execute("UPDATE etown_contentversion SET number = 9")
        assert reader().number == 1
        database.commit()
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    database.close()
    assert reader().number == 9


@pytest.mark.django_db
def test_a_server_is_asked_once_a_second(monkeypatch, django_assert_num_queries):
    now = [100.0]
    monkeypatch.setattr(versions.time, "monotonic", lambda: now[0])
    made = ConnectionReader(versions.BELIEVED)
    full.company()
    first = made()
    full.company()
    now[0] += 0.99
    with django_assert_num_queries(0):
        assert made() is first
    now[0] += 0.01
    with django_assert_num_queries(1):
        second = made()
    assert second.number == ContentVersion.current() > first.number


@pytest.mark.django_db
def test_a_server_that_does_not_answer_is_no_version_until_it_does(monkeypatch):
    made = ConnectionReader(versions.BELIEVED)

    def away(*_arguments):
        raise DatabaseError("gone")

    with connection.execute_wrapper(away), pytest.raises(VersionUnknownError):
        made()
    assert made().number == ContentVersion.current()


def test_the_file_of_this_machine_or_the_server_is_asked():
    assert isinstance(versions.reader(), ConnectionReader)


@pytest.mark.django_db
def test_each_public_change_tells_its_time_and_never_an_earlier_one(monkeypatch):
    before = timezone.now()
    company = full.company()
    row = ContentVersion.objects.get()
    assert before <= row.changed_at <= timezone.now()
    ahead = timezone.now() + datetime.timedelta(minutes=5)
    ContentVersion.objects.update(changed_at=ahead)
    publishing.save(company)
    assert ContentVersion.objects.get().changed_at == ahead


def test_an_edition_lasts_while_row_and_day_are_the_same():
    rows = [Row(1)]
    editions = Editions(lambda: rows[0])
    first = editions.current(NOON.timestamp())
    assert editions.current(NOON.timestamp() + 3599) is first
    # Noon in London is eight in the evening where the park is.
    assert editions.current(NOON.timestamp() + 4 * 3600 - 1) is first
    second = editions.current(NOON.timestamp() + 4 * 3600)
    assert second is not first
    # A clock that is set back asks anew too.
    assert editions.current(NOON.timestamp()) is not second
    rows[0] = Row(2)
    assert editions.current(NOON.timestamp()).row.number == 2


def test_answers_change_with_the_latest_of_publication_release_and_day(monkeypatch):
    midnight = datetime.datetime(2031, 5, 3, 16, tzinfo=datetime.UTC)
    hour = datetime.timedelta(hours=1)
    monkeypatch.setattr(versions, "STARTED", 0)
    assert Edition.of(Row(0), NOON.timestamp()).modified == midnight.timestamp()
    assert Edition.of(Row(1, midnight - hour), NOON.timestamp()).modified == midnight.timestamp()
    assert Edition.of(Row(1, midnight + hour), NOON.timestamp()).modified == (midnight + hour).timestamp()
    monkeypatch.setattr(versions, "STARTED", (midnight + 2 * hour).timestamp() + 0.5)
    found = Edition.of(Row(1, midnight + hour), NOON.timestamp())
    assert found.modified_text == "Sat, 03 May 2031 18:00:00 GMT"


def test_a_time_of_change_is_told_once_no_other_change_can_share_its_second(monkeypatch):
    monkeypatch.setattr(versions, "STARTED", 0)
    changed = NOON.timestamp() + 0.9
    found = Edition.of(Row(1, NOON + datetime.timedelta(seconds=0.9)), changed)
    assert not found.is_settled(changed + 1)
    assert found.is_settled(changed + 3)
    # Another machine's clock is ahead.
    assert not found.is_settled(changed - DAY)

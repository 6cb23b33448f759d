"""What every stored answer hangs on: the content version and the day, asked as cheaply as each database allows."""

import datetime
import logging
import mmap
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.http import http_date

from etown.derived import BusyError
from etown.models import ContentVersion
from etown.schedule import apply_due

logger = logging.getLogger(__name__)

COLUMNS = ("number", "changed_at", "next_due_at")
# A new release changes pages too.
STARTED = time.time()
# Writes are counted shortly before they are committed, and clocks differ; times of change are told once past both.
SETTLING = 3.0
# How long one answer of PostgreSQL is believed: a publication is visible within it.
BELIEVED = 1.0
# Of the index of SQLite's write-ahead log, the bytes that a commit changes.
HEAD = 96
# How soon a restored SQLite file is noticed.
REPLACED = 0.5


class VersionUnknownError(Exception):
    """The database does not say; nothing stored may be served."""


@dataclass(frozen=True)
class Row:
    """The one row of ContentVersion."""

    number: int = 0
    changed_at: datetime.datetime | None = None
    next_due_at: datetime.datetime | None = None

    def is_due(self, now: float) -> bool:
        return self.next_due_at is not None and self.next_due_at.timestamp() <= now


@dataclass(frozen=True, eq=False, slots=True)
class Edition:
    """One content version on one local day; two are the same only if they are one object."""

    row: Row
    begins: float
    ends: float
    modified: int
    modified_text: str

    @classmethod
    def of(cls, row: Row, now: float) -> "Edition":
        zone = timezone.get_default_timezone()
        today = datetime.datetime.fromtimestamp(now, zone).date()
        begins, ends = (
            datetime.datetime.combine(day, datetime.time(), zone).timestamp()
            for day in (today, today + datetime.timedelta(days=1))
        )
        modified = int(max(row.changed_at.timestamp() if row.changed_at else 0, begins, STARTED))
        return cls(row, begins, ends, modified, http_date(modified))

    def is_settled(self, now: float) -> bool:
        """Whether no other edition can have the same whole second as its time of change."""
        return now >= self.modified + SETTLING


class Editions:
    """Tells the present edition; `read` tells the row, or raises VersionUnknownError."""

    def __init__(self, read: Any = None) -> None:
        self._read = read
        self._edition: Edition | None = None

    def current(self, now: float) -> Edition:
        if self._read is None:
            self._read = reader()
        row, edition = self._read(), self._edition
        if row.is_due(now):
            self._carry_out_schedule()
            row = self._read()
        if edition is None or edition.row is not row or not edition.begins <= now < edition.ends:
            edition = self._edition = Edition.of(row, now)
        return edition

    def _carry_out_schedule(self) -> None:
        """What is due becomes visible with this very request, whether or not a worker runs."""
        try:
            apply_due(wait=False)
        except BusyError:
            # A reader does not wait for a writer; whoever comes after that one is done finds the deed still due.
            pass
        except Exception:
            # Whatever is wrong with one record: the page as it was is better than none. The next request tries again.
            logger.exception("What is due could not be carried out.")
        finally:
            self._read.forget()


class SQLiteReader:
    """Looks on every request, and asks through one connection of its own where something has been committed since.

    A statement takes locks that all processes share. Every commit changes the head of the WAL index, which lies in
    memory that they share too: https://www.sqlite.org/walformat.html. Without such an index each request asks.
    """

    QUERY = f"SELECT {', '.join(COLUMNS)} FROM {ContentVersion._meta.db_table} WHERE id = {ContentVersion.ROW}"  # noqa: S608

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._looked_at = float("-inf")
        self._found: list[tuple] | None = None
        self._index: mmap.mmap | None = None
        self._head = b""
        self._row = Row()

    def __call__(self) -> Row:
        with self._lock:
            try:
                return self._ask()
            except (sqlite3.Error, OSError) as error:
                self._close()
                raise VersionUnknownError from error

    def _ask(self) -> Row:
        now = time.monotonic()
        if self._connection is None or now - self._looked_at >= REPLACED:
            self._reach_present_file()
            self._looked_at = now
        # Read before the statement: what is committed in between is asked for once more.
        head = self._index[:HEAD] if self._index else b""
        if head and head == self._head:
            return self._row
        found = self._connection.execute(self.QUERY).fetchall()
        if found != self._found:
            self._row = Row(*_parsed(found[0])) if found else Row()
            self._found = found
        self._head = head
        return self._row

    def _reach_present_file(self) -> None:
        """A restored backup is another file, whose number says nothing about what was stored before."""
        stat = self._path.stat()
        if self._connection is not None and self._file == (stat.st_dev, stat.st_ino):
            return
        self._close()
        self._file = (stat.st_dev, stat.st_ino)
        address = f"{self._path.resolve().as_uri()}?mode=rw"
        self._connection = sqlite3.connect(address, uri=True, timeout=1, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")
        # The index is there once somebody has read, and stays while this connection does.
        self._connection.execute(self.QUERY).fetchall()
        index = self._path.resolve().with_name(f"{self._path.resolve().name}-shm")
        if self._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",) and index.exists():
            with index.open("rb") as file:
                self._index = mmap.mmap(file.fileno(), HEAD, access=mmap.ACCESS_READ)

    def _close(self) -> None:
        if self._index is not None:
            self._index.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = self._found = self._index = None
        self._head = b""

    def close(self) -> None:
        with self._lock:
            self._close()

    def forget(self) -> None:
        """Nothing: every request looks."""


def _parsed(columns: tuple) -> tuple:
    number, *times = columns
    parsed = (datetime.datetime.fromisoformat(time).replace(tzinfo=datetime.UTC) if time else None for time in times)
    return number, *parsed


class ConnectionReader:
    """Asks through Django's connection, and believes the answer for some seconds."""

    def __init__(self, believed: float) -> None:
        self._believed = believed
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._row = Row()

    def __call__(self) -> Row:
        with self._lock:
            now = time.monotonic()
            if now - self._asked_at < self._believed:
                return self._row
            try:
                _drop_broken_connection()
                row = Row(*ContentVersion.objects.filter(pk=ContentVersion.ROW).values_list(*COLUMNS).first() or ())
            except DatabaseError as error:
                _drop_broken_connection()
                raise VersionUnknownError from error
            if row != self._row:
                self._row = row
            self._asked_at = now
            return self._row

    def forget(self) -> None:
        """The next request asks."""
        with self._lock:
            self._asked_at = float("-inf")


def _drop_broken_connection() -> None:
    """What Django does before and after a request; this is neither."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def reader() -> SQLiteReader | ConnectionReader:
    """What fits the database that is configured."""
    if connection.vendor != "sqlite":
        return ConnectionReader(BELIEVED)
    if connection.is_in_memory_db():
        return ConnectionReader(0)
    return SQLiteReader(connection.settings_dict["NAME"])

"""What derived stores share: what their rows are keyed by, and that one at a time writes them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from typing import ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, models, transaction

# Any number, the same in every process.
LOCK = 6_307_001
# Keys go by stretches of so many bits, in memory and in the store of words: one far away costs one stretch.
WIDTH = 13


class Derived(models.Model):
    """What is computed from one public record and can be computed again at any time.

    Its key is made of the record's kind and the record's own key, so that a kind is a range and no join is needed.
    """

    BITS: ClassVar[int] = 40

    # Always given; of this kind because it is the row's own place in an SQLite table.
    id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True

    @classmethod
    def key(cls, model: type[models.Model], key: int) -> int:
        return (ContentType.objects.get_for_model(model).pk << cls.BITS) + key

    @classmethod
    def range_of(cls, model: type[models.Model]) -> tuple[int, int]:
        """The first and the last key that records of this kind can have."""
        return cls.key(model, 0), cls.key(model, (1 << cls.BITS) - 1)

    @classmethod
    def record_key(cls, key: int) -> int:
        return key & ((1 << cls.BITS) - 1)

    @classmethod
    def mirrors(cls, model: type[models.Model], **held: str) -> bool:
        """Whether the rows of a kind that hold this stand for its public records, all of them and no other."""
        rows = cls._default_manager.filter(pk__range=cls.range_of(model), **held).values_list("pk", flat=True)
        public = model._default_manager.published().values_list("pk", flat=True)
        return set(map(cls.record_key, rows)) == set(public)


class BusyError(Exception):
    """Somebody else is writing."""


@contextmanager
def writing(*, wait: bool = True) -> Iterator[None]:
    """A transaction that holds the place of the one writer; BusyError if it would have to wait and shall not."""
    with ExitStack() as stack:
        if connection.vendor == "sqlite" and not wait:
            _begin_at_once(stack)
        else:
            stack.enter_context(transaction.atomic())
        hold(wait=wait)
        yield


def _begin_at_once(stack: ExitStack) -> None:
    """SQLite asks for the writer's place when a transaction begins, and for as long as the connection has patience."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            stack.enter_context(transaction.atomic())
        except OperationalError as error:
            if getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF not in {SQLITE_BUSY, SQLITE_LOCKED}:
                raise
            raise BusyError from error
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")


def hold(*, wait: bool = True) -> None:
    """Let one transaction at a time write what is public and what is derived; SQLite has but one writer anyway.

    Two that ran side by side could each miss the other's change and store a text that never was. Asked for before
    any row is locked: otherwise two could wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock(%s)", [LOCK])
            if not wait and not cursor.fetchone()[0]:
                raise BusyError

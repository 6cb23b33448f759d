"""A transaction that is taken back at its end: forms and previews of what waits see the rows as they would be.

What is kept in memory for a content version must neither be read nor filled meanwhile, or a reader would see it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_running: ContextVar[bool] = ContextVar("rehearsal", default=False)


def is_running() -> bool:
    return _running.get()


@contextmanager
def rehearsal() -> Iterator[None]:
    token = _running.set(True)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _running.reset(token)

"""The loop that carries out what is due: jobs of the outbox, and what is scheduled for publishing."""

import logging
import os
import secrets
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as AnyDatabaseError
from django.db import connection
from django.utils import timezone

from etown.models import ContentVersion
from etown.outbox import faults, leases
from etown.outbox.models import State
from etown.outbox.running import Clock, MustStopError, run
from etown.schedule import apply_due

logger = logging.getLogger(__name__)

# How soon what is due is noticed, and how soon a stop is.
POLL = 1.0
SLICE = 0.25
# While the database is away: no longer than this between two attempts to reach it.
LONGEST_WAIT = 15.0
# How long a job may go on after a stop was asked for.
GRACE = 5.0
# How long the schedule is left alone after a fault in it.
SPARED = timedelta(minutes=1)
TIDIED = timedelta(hours=1)


class Worker:
    """One at a time; for more at a time, start more of them. `counts` tells how many jobs ended in which state."""

    def __init__(self, clock: Clock = timezone.now, grace: float = GRACE) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self.counts: Counter[State] = Counter()
        self.published = 0
        self.is_stopping = False
        self._clock, self._grace = clock, grace
        self._may_be_interrupted = False
        self._next_schedule = self._next_tidying = datetime.min.replace(tzinfo=timezone.get_default_timezone())

    def run(self) -> None:
        """Until a stop is asked for."""
        logger.info("Worker %s begins.", self.name)
        wait = POLL
        while not self.is_stopping:
            try:
                did_something = self.step()
            except AnyDatabaseError as error:
                logger.error("The database does not answer as it should: %s", faults.told(error))
                connection.close()
                wait = min(LONGEST_WAIT, wait * 2)
                self._sleep(wait)
            else:
                wait = POLL
                if not did_something:
                    self._sleep(POLL)
        logger.info("Worker %s ends: %s.", self.name, self.summary())

    def drain(self) -> None:
        """Until nothing is due."""
        while not self.is_stopping and self.step():
            pass

    def step(self) -> bool:
        """Whether there was a job to do; nothing is written if nothing was due."""
        now = self._clock()
        self._publish(now)
        self._tidy(now)
        job = leases.take(self.name, now)
        if job is None:
            return False
        self.counts[run(job, self._clock, self._interruptible)] += 1
        return True

    def summary(self) -> str:
        counts = self.counts
        return (
            f"{counts[State.DONE]} jobs done, {counts[State.WAITING]} left for another attempt, "
            f"{counts[State.FAILED]} failed, {self.published} records published or archived"
        )

    def _publish(self, now: datetime) -> None:
        """Readers' requests do it too; with a worker, what is due is public even before the first of them."""
        if now < self._next_schedule:
            return
        if not ContentVersion.objects.filter(pk=ContentVersion.ROW, next_due_at__lte=now).exists():
            return
        try:
            self.published += apply_due(now)
        except AnyDatabaseError:
            raise
        except Exception:
            # Jobs must go on; the record that is at fault may be mended meanwhile.
            logger.exception("What is due could not be carried out.")
            self._next_schedule = now + SPARED

    def _tidy(self, now: datetime) -> None:
        if now >= self._next_tidying:
            leases.remove_outdated(now)
            self._next_tidying = now + TIDIED

    def _sleep(self, seconds: float) -> None:
        """In slices: a sleep goes on after a signal, and waiting for an event may lock itself up in its handler."""
        end = time.monotonic() + seconds
        while not self.is_stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(SLICE, left))

    @contextmanager
    def stopping_on_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT let the present job come to its end for a while, then it is handed back."""
        handlers: dict[signal.Signals, Any] = {
            signal.SIGTERM: self._ask_to_stop,
            signal.SIGINT: self._ask_to_stop,
            signal.SIGALRM: self._interrupt,
        }
        former = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in former.items():
                signal.signal(number, handler)

    def _ask_to_stop(self, *_signal: Any) -> None:
        # Whoever asks twice does not want to wait.
        patience = 0.01 if self.is_stopping else self._grace
        self.is_stopping = True
        signal.setitimer(signal.ITIMER_REAL, max(patience, 0.01))

    def _interruptible(self, now: bool) -> None:
        self._may_be_interrupted = now

    def _interrupt(self, *_signal: Any) -> None:
        if self._may_be_interrupted:
            self._may_be_interrupted = False
            raise MustStopError

"""One job, run once: its lease is renewed meanwhile, and what became of it is written down."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connection
from django.tasks.base import TaskContext
from django.tasks.signals import task_finished, task_started
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from etown.outbox import faults, leases, signs
from etown.outbox.backend import OutboxBackend, OutboxTask, result_of
from etown.outbox.models import Job, State

logger = logging.getLogger(__name__)

# How often a running job's progress is written, and its lease renewed.
BEAT = 1.0
RENEWAL = leases.LEASE.total_seconds() / 3
# How long what became of a job is kept in hand while the database is away.
INSISTENCE = leases.LEASE.total_seconds() / 2

LEVELS = {State.DONE: logging.INFO, State.FAILED: logging.ERROR}

Clock = Callable[[], datetime]


class GiveUpError(Exception):
    """Raised by a task that knows that trying again is of no use; its text is for staff."""


class MustStopError(KeyboardInterrupt):
    """The worker must stop. Of this kind because database drivers let go of what they do for it."""


class Beat(threading.Thread):
    """Gives signs of life while a job runs."""

    def __init__(self, job: Job, holder: str, clock: Clock) -> None:
        super().__init__(daemon=True)
        self.job, self.holder, self.clock = job, holder, clock
        self.progress: tuple[int | None, int | None] = (None, None)
        self.is_lost = False
        self._over = threading.Event()

    def sign(self) -> signs.Sign:
        return signs.Sign(self.clock() + leases.LEASE, *self.progress)

    def run(self) -> None:
        told, renewed = self.progress, time.monotonic()
        try:
            while not self._over.wait(BEAT):
                progress = self.progress
                if progress != told or time.monotonic() - renewed >= RENEWAL:
                    self._give_sign()
                    told, renewed = progress, time.monotonic()
        finally:
            connection.close()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _give_sign(self) -> None:
        try:
            self.is_lost = not signs.give(self.job, self.holder, self.sign())
        except (AnyDatabaseError, OSError) as error:
            # The next one may get through; the lease is long enough for some.
            logger.warning("%s: no sign of life could be given: %s", _name(self.job), faults.told(error))
            connection.close()


@dataclass(frozen=True, kw_only=True)
class JobContext(TaskContext):
    """What a task with `takes_context=True` is given first."""

    beat: Beat

    def progress(self, done: int, total: int | None = None) -> None:
        """Tell how far it is; cheap enough for every row. Raises LostError if staff gave the job up meanwhile."""
        self.beat.progress = (done, total)
        if self.beat.is_lost:
            raise leases.LostError

    def finish(self) -> None:
        """Done, if the present transaction is committed: what it writes then happens once, not at least once."""
        leases.finish(self.beat.job, self.beat.holder, self.beat.clock(), self.beat.sign())


def run(job: Job, clock: Clock = timezone.now, interruptible: Callable[[bool], None] = lambda now: None) -> State:
    """What became of it. `interruptible` is told when MustStopError may come and when no more."""
    holder, started = job.holder, time.monotonic()
    beat = Beat(job, holder, clock)
    try:
        _call(job, beat, interruptible)
    except leases.LostError:
        told = "is not this worker's any more"
    except MustStopError:
        _insist(lambda: leases.hand_back(job, holder, clock()))
        told = "was handed back" if job.state == State.WAITING else "could not be handed back"
    except (Exception, SystemExit) as error:
        fault = faults.told(error)
        for_good = isinstance(error, GiveUpError)
        _insist(lambda: leases.fail(job, holder, clock(), fault, for_good=for_good))
        again = f"next attempt {job.next_attempt_at.isoformat(timespec='seconds')}"
        told = f"{again if job.state == State.WAITING else 'failed for good'}: {fault}\n{faults.where(error)}"
    else:
        _insist(lambda: leases.finish(job, holder, clock(), beat.sign()))
        told = "done"
    signs.forget(job)
    seconds = time.monotonic() - started
    level = LEVELS.get(State(job.state), logging.WARNING)
    logger.log(level, "%s: attempt %d, %.1f s, %s", _name(job), job.attempts, seconds, told)
    _announce(job)
    return State(job.state)


def _call(job: Job, beat: Beat, interruptible: Callable[[bool], None]) -> None:
    task = _task(job)
    result = result_of(job, task)
    task_started.send(OutboxBackend, task_result=result)
    context = [JobContext(task_result=result, beat=beat)] if task.takes_context else []
    beat.start()
    try:
        with translation.override(settings.LANGUAGE_CODE), _until(interruptible):
            task.call(*context, *job.arguments["args"], **job.arguments["kwargs"])
    finally:
        beat.stop()


@contextmanager
def _until(interruptible: Callable[[bool], None]) -> Iterator[None]:
    interruptible(True)
    try:
        yield
    finally:
        interruptible(False)


def _task(job: Job) -> OutboxTask:
    task = import_string(job.task)
    if not isinstance(task, OutboxTask):
        raise TypeError(f"{job.task} is no task.")
    return task


def _announce(job: Job) -> None:
    """To whoever listens to Django's Tasks; what waits for another attempt is not finished."""
    if job.state in (State.DONE, State.FAILED):
        with suppress(ImportError, TypeError):
            task_finished.send(OutboxBackend, task_result=result_of(job, _task(job)))


def _insist(write: Callable[[], None]) -> None:
    """What has happened must not happen again only because the database was away for a moment."""
    begun = time.monotonic()
    while True:
        try:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            return write()
        except leases.LostError:
            return None
        except AnyDatabaseError:
            if connection.in_atomic_block or time.monotonic() - begun > INSISTENCE:
                raise
            connection.close()
            time.sleep(BEAT)


def _name(job: Job) -> str:
    return f"{job.task} {job.uid}"

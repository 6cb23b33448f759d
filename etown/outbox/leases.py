"""Who holds which job until when, and what becomes of it: each step is one conditional update."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from etown.outbox import signs
from etown.outbox.models import Job, State

LEASE = timedelta(seconds=60)
# Pauses after the first, second, … failed attempt: 15 s, 1 min, 4 min, 16 min, 1 h, 4 h, then 6 h each.
FIRST_PAUSE = timedelta(seconds=15)
GROWTH = 4
LONGEST_PAUSE = timedelta(hours=6)
# At most so much longer, so that what failed together does not come back together.
SPREAD = 0.2
# How many of those that are due are looked at for one that can be had.
LOOKED_AT = 20

# Kept in English, shown in the reader's language.
LOST = gettext_noop("The worker stopped in the middle.")
CUT_SHORT = gettext_noop(
    "The worker had to stop in the middle, and this job must not be repeated unasked: look whether it has happened."
)


class LostError(Exception):
    """The job is not this worker's any more: staff gave it up, or its lease ran out and another worker has it."""


def take(holder: str, now: datetime) -> Job | None:
    """The job that has been due longest, from now on held by `holder`; asking for nothing writes nothing."""
    while job := _next(holder, now):
        if job.state == State.RUNNING:
            return job
    return None


def overdue(now: datetime) -> Iterator[Job]:
    """What is due and shows no sign that somebody still holds it."""
    for job in Job.objects.due(now)[:LOOKED_AT]:
        if job.state != State.RUNNING or signs.read(job).until <= now:
            yield job


def _next(holder: str, now: datetime) -> Job | None:
    """One job whose row is changed: now running, or failed because its last worker was lost with the last attempt."""
    if not connection.features.has_select_for_update_skip_locked:
        return next((job for job in overdue(now) if _hold(job, holder, now)), None)
    with transaction.atomic():
        job = Job.objects.due(now).select_for_update(skip_locked=True).first()
        return job if job and _hold(job, holder, now) else None


def _hold(job: Job, holder: str, now: datetime) -> bool:
    """False if somebody else was first."""
    as_read = Job.objects.filter(
        pk=job.pk, state=job.state, attempts=job.attempts, next_attempt_at=job.next_attempt_at, holder=job.holder
    )
    if job.state == State.RUNNING:
        job.last_error = LOST
    if job.state == State.RUNNING and job.attempts >= job.attempts_allowed:
        job.state, job.holder, job.finished_at = State.FAILED, "", now
    else:
        # Counted before it begins: what kills its worker each time has an end too.
        job.state, job.holder, job.attempts = State.RUNNING, holder, job.attempts + 1
        job.started_at, job.next_attempt_at, job.done, job.total = now, now + LEASE, None, None
    return as_read.update(**_columns(job)) == 1


def _columns(job: Job) -> dict:
    names = ("state", "holder", "attempts", "next_attempt_at", "started_at", "finished_at", "last_error")
    return {name: getattr(job, name) for name in (*names, "done", "total")}


def finish(job: Job, holder: str, now: datetime, sign: signs.Sign) -> None:
    """Raises LostError if it was not this worker's any more."""
    _leave(job, holder, state=State.DONE, finished_at=now, done=sign.done, total=sign.total)


def fail(job: Job, holder: str, now: datetime, error: str, *, for_good: bool = False) -> None:
    """Wait for the next attempt, or for staff if that was the last."""
    if for_good or job.attempts >= job.attempts_allowed:
        _leave(job, holder, state=State.FAILED, finished_at=now, last_error=error)
    else:
        _leave(job, holder, state=State.WAITING, next_attempt_at=now + pause(job.attempts), last_error=error)


def hand_back(job: Job, holder: str, now: datetime) -> None:
    """A worker that must stop did not get through: another one begins anew, and the attempt does not count."""
    if job.attempts_allowed == 1:
        fail(job, holder, now, CUT_SHORT)
    else:
        _leave(job, holder, state=State.WAITING, next_attempt_at=now, attempts=job.attempts - 1)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    # No more of them than are needed to reach the longest.
    planned = min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH ** min(attempts - 1, 10))
    return planned * random.uniform(1, 1 + SPREAD)  # noqa: S311 (nothing depends on nobody guessing it)


def _leave(job: Job, holder: str, **columns) -> None:
    if not Job.objects.held_by(holder).filter(pk=job.pk).update(holder="", **columns):
        raise LostError
    for name, value in columns.items():
        setattr(job, name, value)
    job.holder = ""


def try_again(job: Job, now: datetime | None = None) -> bool:
    """At once, and with all attempts anew if it had failed or was given up; False if it runs or is done."""
    changed = Job.objects.filter(pk=job.pk, state=State.WAITING).update(next_attempt_at=now or timezone.now())
    if not changed:
        changed = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.GIVEN_UP]).update(
            state=State.WAITING, next_attempt_at=now or timezone.now(), attempts=0, finished_at=None
        )
    return bool(changed)


def give_up(job: Job, now: datetime | None = None) -> bool:
    """No further attempt; a running one may not finish. False if it is done, or given up already."""
    open_ones = Job.objects.filter(pk=job.pk, state__in=[State.WAITING, State.RUNNING, State.FAILED])
    return bool(open_ones.update(state=State.GIVEN_UP, holder="", finished_at=now or timezone.now()))


def remove_outdated(now: datetime) -> int:
    """Finished jobs whose time is over; asks before it writes."""
    outdated = Job.objects.outdated(now)
    return outdated.delete()[0] if outdated.exists() else 0

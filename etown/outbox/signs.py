"""How a running job says that it is alive and how far it is, even while it holds the only place for writing.

On PostgreSQL its own row says so, written over a second connection. SQLite has one writer at a time, which is often
the job itself: there a small file beside the database says so, which also spares readers' caches a commit a second.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from etown.outbox.models import Job, State


class Sign(NamedTuple):
    """The lease as it was last renewed, and what was done by then."""

    until: datetime
    done: int | None = None
    total: int | None = None

    @property
    def percent(self) -> int | None:
        """None if nobody knows how much there is to do."""
        return min(100, (self.done or 0) * 100 // self.total) if self.total else None


def give(job: Job, holder: str, sign: Sign) -> bool:
    """Whether the job is still this worker's."""
    held = Job.objects.held_by(holder).filter(pk=job.pk)
    if not _in_files():
        return held.update(next_attempt_at=sign.until, done=sign.done, total=sign.total) == 1
    path = _path(job)
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps([holder, sign.until.isoformat(), sign.done, sign.total]))
    new.replace(path)
    return held.exists()


def read(job: Job) -> Sign:
    """The latest sign of a job."""
    stored = Sign(job.next_attempt_at, job.done, job.total)
    if not _in_files() or job.state != State.RUNNING:
        return stored
    try:
        holder, until, done, total = json.loads(_path(job).read_text())
    except (OSError, ValueError):
        return stored
    if holder != job.holder:
        return stored
    return Sign(max(stored.until, datetime.fromisoformat(until)), done, total)


def forget(job: Job) -> None:
    """Nobody holds it any more."""
    if _in_files():
        _path(job).unlink(missing_ok=True)


def _in_files() -> bool:
    return connection.vendor == "sqlite"


def _path(job: Job) -> Path:
    return settings.DATA_DIR / "outbox" / f"{job.uid.hex}.json"

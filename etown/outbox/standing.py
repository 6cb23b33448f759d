"""How the outbox stands."""

from datetime import datetime, timedelta

from django.utils import timezone

from etown.outbox.leases import overdue
from etown.outbox.models import Job


def failing() -> int:
    """How many jobs have failed and have neither succeeded since nor been given up."""
    return Job.objects.failing().count()


def lag(now: datetime | None = None) -> timedelta:
    """For how long the longest due job has been waiting for a worker; nothing if none is."""
    now = now or timezone.now()
    first = next(overdue(now), None)
    return now - first.next_attempt_at if first else timedelta()

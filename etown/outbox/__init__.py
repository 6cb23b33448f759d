"""What must happen after a deed: written in the deed's own transaction, carried out by a worker, at least once."""

from etown.outbox.backend import task
from etown.outbox.running import GiveUpError, JobContext
from etown.outbox.standing import failing, lag

__all__ = ["GiveUpError", "JobContext", "failing", "lag", "task"]

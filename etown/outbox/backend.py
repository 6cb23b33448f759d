"""Django's Tasks over the outbox: to enqueue is to write a row in the present transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.tasks import task as django_task
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task, TaskResult, TaskResultStatus
from django.tasks.exceptions import InvalidTask
from django.tasks.signals import task_enqueued
from django.utils import timezone
from django.utils.functional import Promise

from etown.outbox.models import Job, State

# With the pauses of `etown.outbox.leases`, about a day.
ATTEMPTS = 10
STATUSES = {
    State.WAITING: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.FAILED: TaskResultStatus.FAILED,
    State.GIVEN_UP: TaskResultStatus.FAILED,
    State.DONE: TaskResultStatus.SUCCESSFUL,
}


@dataclass(frozen=True, kw_only=True)
class OutboxTask(Task):
    """What `@task(label=…, attempts=…)` makes; 1 attempt is for what must not be repeated unless staff say so."""

    # How staff read what it does.
    label: str | Promise = ""
    attempts: int = ATTEMPTS
    # To whom one call goes: `task.using(recipient="…").enqueue(…)`.
    recipient: str = ""

    def using(self, *, recipient: str | None = None, **changes: Any) -> "OutboxTask":
        task: Any = super().using(**changes)
        return task if recipient is None else replace(task, recipient=recipient)


def task(
    *, label: str | Promise, attempts: int = ATTEMPTS, takes_context: bool = False
) -> Callable[[Callable[..., Any]], OutboxTask]:
    """Django's decorator, which hands on what is ours without knowing of it."""
    decorator: Any = django_task
    return decorator(label=label, attempts=attempts, takes_context=takes_context)


class OutboxBackend(BaseTaskBackend):
    task_class = OutboxTask
    supports_defer = True

    def validate_task(self, task: OutboxTask) -> None:
        super().validate_task(task)
        if task.attempts < 1:
            raise InvalidTask("A task needs at least one attempt.")

    def enqueue(self, task: OutboxTask, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        now = timezone.now()
        job = Job(
            task=task.module_path,
            arguments={"args": list(args), "kwargs": kwargs},
            recipient=task.recipient[: Job._meta.get_field("recipient").max_length],
            attempts_allowed=task.attempts,
            next_attempt_at=task.run_after or now,
            created_at=now,
        )
        # Refuses what is not JSON.
        result = result_of(job, task)
        job.arguments = {"args": result.args, "kwargs": result.kwargs}
        job.save(force_insert=True)
        task_enqueued.send(type(self), task_result=result)
        return result


def result_of(job: Job, task: OutboxTask) -> TaskResult:
    """The job in Django's words; `id` is its `uid`."""
    return TaskResult(
        task=task,
        id=str(job.uid),
        status=STATUSES[State(job.state)],
        enqueued_at=job.created_at,
        started_at=job.started_at,
        last_attempted_at=job.started_at,
        finished_at=job.finished_at,
        args=job.arguments["args"],
        kwargs=job.arguments["kwargs"],
        backend=task.backend,
        errors=[],
        worker_ids=[job.holder] * job.attempts,
    )

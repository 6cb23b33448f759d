"""Tasks that tell what they do, and wait where a test lets them; workers in other processes import them too."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction

from etown.outbox import GiveUpError, JobContext, task

done: list[str] = []
seen: dict[str, Callable[[], object]] = {}
both = threading.Barrier(2)
met = threading.local()


@task(label="Note a word", attempts=3)
def note(word: str, *, then: str = "") -> None:
    done.append(word + then)


@task(label="Fail", attempts=3)
def fail(message: str) -> None:
    raise ValueError(message)


@task(label="Give up")
def refuse() -> None:
    raise GiveUpError("The address does not exist.")


@task(label="Do it once", attempts=1)
def once() -> None:
    raise ValueError("half done")


@task(label="Count", takes_context=True)
def count(context: JobContext) -> None:
    context.progress(3, 4)
    done.append(f"attempt {context.attempt}")


@task(label="Call the test", takes_context=True)
def call(context: JobContext, name: str) -> None:
    seen[name](context)


@task(label="Meet")
def meet(number: int) -> None:
    """The first job of each of two threads waits for that of the other."""
    if not getattr(met, "other", False):
        both.wait(30)
        met.other = True
    done.append(f"{number}")


@task(label="Write in steps", takes_context=True)
def steps(context: JobContext, folder: str) -> None:
    """A line in a file and a row in the database; it stays in the middle as long as the test has not let it go on."""
    place = Path(folder)
    with (place / "lines").open("a") as lines:
        lines.write(f"begun {context.attempt}\n")
    with transaction.atomic():
        Group.objects.create(name=f"step {context.attempt}")
        (place / "in the middle").touch()
        until(lambda: (place / "go on").exists())


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Waits for what another thread or process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.01)


may_go_on = threading.Event()


@task(label="Write all or nothing", takes_context=True)
def writing(context: JobContext) -> None:
    """In the middle of its one transaction, which holds SQLite's only place for writing, it waits for the test."""
    with transaction.atomic():
        Group.objects.create(name="all or nothing")
        context.progress(7, 10)
        assert may_go_on.wait(60)
        context.finish()

"""Tells how the outbox stands: what waits, runs and fails."""

from collections import Counter
from uuid import UUID

from django.core.management import BaseCommand, CommandError

from etown import outbox
from etown.outbox import signs
from etown.outbox.models import Job, State

SHOWN = 50


class Command(BaseCommand):
    help = "Tell what waits, runs and fails in the background, or how one job stands."

    def add_arguments(self, parser) -> None:
        parser.add_argument("uid", nargs="?", type=UUID, help="of one job")

    def handle(self, *args, uid: UUID | None, **options) -> None:
        if uid:
            if not (job := Job.objects.filter(uid=uid).first()):
                raise CommandError(f"There is no job {uid}; finished ones are kept for {Job.KEPT.days} days.")
            self.stdout.write(line(job))
            return
        counts = Counter(Job.objects.order_by().values_list("state", flat=True))
        self.stdout.write(", ".join(f"{counts[state]} {state.label}" for state in State))
        self.stdout.write(f"{outbox.failing()} failing; due for {outbox.lag().total_seconds():.0f} s")
        for job in Job.objects.exclude(state__in=(State.DONE, State.GIVEN_UP)).order_by("next_attempt_at")[:SHOWN]:
            self.stdout.write(line(job))


def line(job: Job) -> str:
    sign = signs.read(job)
    parts = [f"{job.uid}", f"{job.get_state_display()}: {job.title}", job.recipient]
    parts += [f"attempt {job.attempts} of {job.attempts_allowed}", f"{sign.done} of {sign.total}" if sign.done else ""]
    if job.state == State.WAITING:
        parts += [f"next attempt {job.next_attempt_at.isoformat(timespec='seconds')}"]
    return "  ".join(part for part in [*parts, job.last_error] if part)

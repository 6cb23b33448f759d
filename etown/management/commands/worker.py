"""Carries out what waits in the outbox, and what is scheduled for publishing."""

from django.core.management import BaseCommand

from etown.outbox.worker import GRACE, Worker


class Command(BaseCommand):
    help = "Carry out background jobs, and publish and archive on time, until stopped; several may run side by side."

    def add_arguments(self, parser) -> None:
        once = parser.add_mutually_exclusive_group()
        once.add_argument("--once", action="store_true", help="at most one job that is due, then end")
        once.add_argument("--drain", action="store_true", help="all that is due, then end (for cron)")
        parser.add_argument(
            "--grace",
            type=float,
            default=GRACE,
            help="seconds that a job may go on after SIGTERM before it is handed back (default: %(default)s)",
        )

    def handle(self, *args, once: bool, drain: bool, grace: float, **options) -> None:
        worker = Worker(grace=grace)
        with worker.stopping_on_signals():
            if once:
                worker.step()
            elif drain:
                worker.drain()
            else:
                worker.run()
        if once or drain:
            self.stdout.write(f"{worker.summary()}.")

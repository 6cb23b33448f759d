"""Removes the starter facts that nobody edited."""

from django.core.management import BaseCommand

from etown import starter
from etown.loading import unload


class Command(BaseCommand):
    help = "Remove the starter facts that nobody edited or built upon."

    def handle(self, *args, **options) -> None:
        report = unload(starter.SET_NAME)
        self.stdout.write(f"{len(report.removed)} removed.")
        for key in report.kept:
            self.stdout.write(f"  kept, edited or in use: {key}")

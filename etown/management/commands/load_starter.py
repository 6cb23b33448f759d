"""Loads the starter facts; safe to repeat, and never over an edit."""

from pathlib import Path

from django.core.management import BaseCommand, CommandError

from etown import starter
from etown.loading import LoadError, load


class Command(BaseCommand):
    help = "Load the starter facts. What staff have changed or removed since stays as it is."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--folder", type=Path, default=starter.DATA, help="another folder with the same files")

    def handle(self, *args, folder: Path, **options) -> None:
        try:
            report = load(starter.SET_NAME, starter.files(folder), progress=self.stdout.write)
        except LoadError as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        self.stdout.write(f"{len(report.created)} created, {len(report.updated)} updated.")
        for key in report.kept:
            self.stdout.write(f"  kept as staff left it: {key}")

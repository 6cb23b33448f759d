"""Writes the search store anew from the public records."""

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from etown import rebuilding
from etown.search.writing import rebuild


class Command(BaseCommand):
    help = "Write the search store anew, in batches, while the site runs."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--later", action="store_true", help="only ask the worker for it")

    def handle(self, *args, later: bool, **options) -> None:
        if not settings.SEARCH_INDEX:
            raise CommandError("ETOWN_SEARCH_INDEX is false: searches do without a store.")
        if later:
            self.stdout.write(rebuilding.asked_for(rebuilding.rebuild_search))
            return
        total = rebuild(lambda kind, count: self.stdout.write(f"  {kind}: {count}"))
        self.stdout.write(f"{total} records can be found.")

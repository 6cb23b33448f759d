"""Renders the API's ready answers anew."""

from django.core.management import BaseCommand

from etown import documents, rebuilding


class Command(BaseCommand):
    help = "Render the API's answers of all public records anew; safe while the site runs, needed after an upgrade."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--later", action="store_true", help="only ask the worker for it")

    def handle(self, *args, later: bool, **options) -> None:
        if later:
            self.stdout.write(rebuilding.asked_for(rebuilding.rebuild_documents))
            return
        for model in documents.kinds():
            total = model._default_manager.published().count()
            for done in documents.rebuild(model):
                self.stdout.write(f"  {model._meta.verbose_name_plural}: {done} of {total}")

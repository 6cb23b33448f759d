"""Reads anew from the history what records need: a yearly look, and both languages in step."""

from django.apps import apps
from django.core.management import BaseCommand
from django.db import transaction

from etown import upkeep
from etown.derived import hold
from etown.records import Record


class Command(BaseCommand):
    help = "Read anew from the history when records were verified and which translations are behind."

    def handle(self, *args, **options) -> None:
        for model in apps.get_models():
            if issubclass(model, Record):
                with transaction.atomic():
                    hold()
                    count = upkeep.rebuild(model)
                self.stdout.write(f"  {model._meta.label}: {count}")

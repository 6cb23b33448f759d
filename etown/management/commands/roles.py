"""Writes docs/roles.md from the table of roles, or says that it is not current."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.management import BaseCommand, CommandError
from django.utils.text import capfirst
from django.utils.translation import override

from etown import roles

FILE = settings.BASE_DIR / "docs" / "roles.md"
LETTERS = {
    roles.VIEW: "V",
    roles.ADD: "A",
    roles.CHANGE: "C",
    roles.PUBLISH: "P",
    roles.DELETE: "D",
    roles.DECIDE: "T",
}
INTRODUCTION = """\
# Roles

Written by `manage.py roles` from the table in `etown/roles.py`; change that, not this file. Each `manage.py migrate`
makes the groups of the database grant what the table says, neither more nor less. Other groups are left alone.

An administrator gives roles by check boxes on an account's page. One account may have several: roles only grant.
Superusers may do everything; only they make superusers, and groups beside these roles. Nobody else changes the own
roles.
"""


class Command(BaseCommand):
    help = "Write docs/roles.md from the table of roles."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is not current")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        text = document()
        if not check:
            FILE.write_text(text, encoding="utf-8")
        elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
            raise CommandError("docs/roles.md is not current: run 'manage.py roles'.")


def document() -> str:
    with override("en"):
        return "\n".join([INTRODUCTION, *_purposes(), "", "## Who may do what", "", *_matrix(), ""])


def _purposes() -> Iterator[str]:
    yield "| role | in Chinese | what it is for | includes |"
    yield "| --- | --- | --- | --- |"
    for row in roles.TABLE:
        with override("zh-hans"):
            chinese = str(row.label)
        yield f"| {row.name} | {chinese} | {row.purpose} | {', '.join(row.includes)} |"


def _matrix() -> Iterator[str]:
    yield ", ".join(f"**{LETTERS[deed]}** {roles.DEED_LABELS[deed]}" for deed in roles.DEEDS) + "."
    yield "A record's parts (aliases, activities, milestones, steps, citations) follow the record; whoever may"
    yield "change it may add and remove them."
    yield ""
    yield f"| records | {' | '.join(roles.ROLES)} |"
    yield f"| --- |{' --- |' * len(roles.ROLES)}"
    models = [model for config in apps.get_app_configs() for model in config.get_models() if _has_page(model)]
    for model in models:
        cells = (
            "".join(LETTERS[deed] for deed in roles.DEEDS if roles.may(name, deed, model)) or "·"
            for name in roles.ROLES
        )
        yield f"| {capfirst(model._meta.verbose_name_plural)} | {' | '.join(cells)} |"


def _has_page(model: Any) -> bool:
    return admin.site.is_registered(model)

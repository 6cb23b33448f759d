"""Who may import whom, what modules may be called, who may write, and how migrations are kept."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

# From the ground up: each may import itself and what stands before it.
LAYERS = ["etown", "facts", "office", "companies", "services", "news", "enquiries", "partners", "composition"]
# The modules of `etown` that put the apps together; all others are the kernel, which knows no app.
COMPOSITION = {"api", "home", "management", "search_page", "settings", "sitemaps", "starter", "urls", "wsgi"}
# Inside an app; modules that are not named here are declarations and deeds, which know neither pages nor addresses.
RANKS = {
    "models": 0,
    "filters": 1,
    "serializers": 1,
    "imports": 1,
    "views": 2,
    "api": 2,
    "admin": 2,
    "record_admin": 2,
    "publishable_admin": 2,
    "management": 2,
    "urls": 3,
}
# Who may write rows besides the publishing deed, and why.
WRITERS = {
    "etown.publishing": "the one way to write a record",
    "etown.models": "the content version counts itself; pictures store their renditions",
    "etown.documents": "what is derived from records, inside the publishing deed",
    "etown.pictures": "images in memory, not rows",
    "etown.states": "a version written back, inside the publishing deed or a transaction that is taken back",
    "etown.revisions": "the history, inside the publishing deed",
    "etown.upkeep": "what is read from the history, inside the publishing deed and by its command",
    "etown.many": "the publishing deed for many records at once",
    "etown.chronicle": "the history of many records, inside that deed",
    "etown.undoing": "former addresses, inside the publishing deed for many records",
    "companies.merging": "the batch that a merge is",
    "etown.sheets.imports": "files, and the batch that an import is",
    "etown.sheets.storage": "uploaded tables on their way, no records",
    "etown.loading": "parts of a record, inside the publishing deed",
    "etown.search.writing": "what is derived, inside the publishing deed and by its command",
    "etown.search.postings": "the same, for writing",
    "etown.roles": "groups and their rights, no records",
    "etown.sessions": "sessions of staff, no records",
    "etown.second_factor": "devices and codes of staff, no records",
    "etown.outbox.backend": "what must happen after a deed, inside the deed's transaction",
    "etown.outbox.leases": "jobs that are over",
    "etown.record_admin": "forms and their inlines, inside the publishing deed",
}
VAGUE = {"services", "utils", "helpers", "common", "misc"}
WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def modules() -> Iterator[str]:
    for app in LAYERS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts).removesuffix(".__init__")


OURS = frozenset(modules())


@cache
def tree(module: str) -> ast.Module:
    stem = settings.BASE_DIR.joinpath(*module.split("."))
    path = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(module: str) -> frozenset[str]:
    """Our own modules that it imports, wherever the statement stands."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written in full"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found & OURS)


def layer(module: str) -> int:
    app, _dot, rest = module.partition(".")
    is_composition = app == "etown" and rest.split(".")[0] in COMPOSITION
    return LAYERS.index("composition" if is_composition else app)


def rank(module: str) -> int:
    """-1 for modules that may be used everywhere in their app, and for the composition, which is no app."""
    return RANKS.get(module.split(".")[1], -1) if "." in module and layer(module) < layer("etown.urls") else -1


def reachable(module: str) -> set[str]:
    """The modules of its own app that it imports, directly or through others."""
    app, found, waiting = module.split(".")[0], set(), [module]
    while waiting:
        for imported in imports(waiting.pop()):
            if imported.split(".")[0] == app and imported not in found:
                found.add(imported)
                waiting.append(imported)
    return found


def test_the_modules_are_found():
    assert {"etown.models", "companies.models", "etown.starter", "etown.management.commands.serve"} <= OURS
    assert "facts.models" in imports("companies.models.company")


@pytest.mark.parametrize("module", sorted(OURS))
def test_no_module_imports_upward(module):
    upward = {imported for imported in imports(module) if layer(imported) > layer(module)}
    assert not upward, f"{module} stands below {', '.join(sorted(upward))}"


@pytest.mark.parametrize("module", sorted(module for module in OURS if rank(module) >= 0))
def test_inside_an_app_models_know_nothing_of_filters_and_filters_nothing_of_pages(module):
    later = {imported for imported in reachable(module) if rank(imported) > rank(module)}
    assert not later, f"{module} depends on {', '.join(sorted(later))}"


def test_a_module_is_named_for_what_it_does():
    assert not {module for module in OURS if module.count(".") and module.split(".")[-1] in VAGUE}


@pytest.mark.parametrize("module", sorted(OURS - WRITERS.keys()))
def test_only_the_publishing_deed_writes(module):
    """`super().save()` and `publishing.save()` are no writes of one's own."""
    found = ["etown.inserting is imported"] if "etown.inserting" in imports(module) else []
    for node in ast.walk(tree(module)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES):
            continue
        receiver = ast.unparse(node.func.value)
        if receiver not in {"super()", "publishing"}:
            found.append(f"line {node.lineno}: {receiver}.{node.func.attr}()")
    assert not found, f"{module} writes by itself: {'; '.join(found)}"


@cache
def graph():
    return MigrationLoader(None).graph


APPS = [app for app in LAYERS if (settings.BASE_DIR / app / "migrations").is_dir()]


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_one_line(app):
    names = [name for label, name in graph().nodes if label == app]
    assert len(graph().leaf_nodes(app)) == 1
    assert sorted(name[:4] for name in names) == [f"{number:04}" for number in range(1, len(names) + 1)]


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_named_for_what_they_do(app):
    made_up = re.compile(r"_auto(_|$)|_and_more$|^(?!0001)\d{4}_initial$")
    assert not [name for label, name in graph().nodes if label == app and made_up.search(name)]


@pytest.mark.django_db
def test_the_models_need_no_further_migration(capsys):
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_no_file_is_a_copy_of_a_front_end_package():
    """htmx and its like come from a package; nothing minified is kept here."""
    kept = [path.name for path in Path(settings.BASE_DIR / "static").rglob("*.min.*")]
    assert not kept

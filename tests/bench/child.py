"""What the benchmark does inside a process of its own, with Django set up for one database."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("deed", choices=[*DEEDS])
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--format", default="ndjson")
    parser.add_argument("--who", default="view")
    parser.add_argument("--what", default="new")
    parser.add_argument("--warm", default="yes")
    parser.add_argument("--result", type=Path)
    options = parser.parse_args()
    django.setup()
    found = DEEDS[options.deed](options)
    if options.result:
        options.result.write_text(json.dumps(found), encoding="utf-8")


def say(line: object) -> None:
    sys.stderr.write(f"  {line}\n")


def make(options: argparse.Namespace) -> dict[str, float]:
    """Fill an empty database; says how long each part took."""
    from django.core.management import call_command

    from tests.bench import data

    taken = {}

    def timed(name: str, deed: Callable[[], object]) -> None:
        begun = time.perf_counter()
        deed()
        taken[name] = time.perf_counter() - begun
        say(f"{name}: {taken[name]:.1f} s")

    timed("migrate", lambda: call_command("migrate", verbosity=0))
    timed("load_starter", lambda: call_command("load_starter", verbosity=0, stdout=sys.stderr))
    timed("fill", lambda: data.fill(options.rows, progress=lambda line: None))
    return taken


def rebuild(options: argparse.Namespace) -> dict[str, float]:
    """Bring the tables up to date, and what is derived from the records."""
    from django.core.management import call_command
    from django.db import connection

    from tests.bench import site

    call_command("migrate", verbosity=0)
    taken = {}
    for name in site.rebuild_commands():
        begun = time.perf_counter()
        call_command(name, verbosity=0, stdout=sys.stderr)
        taken[name] = time.perf_counter() - begun
        say(f"{name}: {taken[name]:.1f} s")
    with connection.cursor() as cursor:
        # What the databases do by themselves sooner or later, once the tables are full.
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return taken


def count(options: argparse.Namespace) -> int:
    """How many made companies there are; -1 where there are no tables."""
    from django.db import DatabaseError

    from companies.models import Company

    try:
        return Company.objects.filter(slug__startswith="made-company-").count()
    except DatabaseError:
        return -1


def measure(options: argparse.Namespace) -> list[dict]:
    from dataclasses import asdict

    from tests.bench import counting, fuzz, measures, search, staff
    from tests.bench.timing import Rounds

    known = {
        "api": measures.api,
        "facets": measures.facets,
        "page": measures.page,
        "search": search.search,
        "fuzz": fuzz.fuzz,
        "queries": counting.counts,
        "staff": staff.pages,
    }
    say(f"measuring {options.only} ...")
    return [asdict(line) | {"is_met": line.is_met} for line in known[options.only](Rounds())]


def growth(options: argparse.Namespace) -> None:
    from tests.bench.growth import talk

    talk()


def export(options: argparse.Namespace) -> dict[str, float]:
    from tests.bench import exports

    return exports.run(options.format, options.who, is_warm=options.warm == "yes")


def bring(options: argparse.Namespace) -> dict[str, float]:
    from tests.bench import imports

    return imports.run(options.format, options.who, options.what)


def compare(options: argparse.Namespace) -> None:
    from tests.bench import exports

    exports.compare_answers()


DEEDS: dict[str, Callable] = {
    "make": make,
    "rebuild": rebuild,
    "count": count,
    "measure": measure,
    "growth": growth,
    "export": export,
    "compare": compare,
    "bring": bring,
}

if __name__ == "__main__":
    main()

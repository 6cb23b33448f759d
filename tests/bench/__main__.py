"""Measures speed and memory against limits in the same run: `make bench`, or `python -m tests.bench --only facets`."""

import argparse
import json
import platform
import subprocess
import sys
import time
from importlib.util import find_spec
from statistics import median
from typing import Any

from tests.bench import report
from tests.bench.databases import POSTGRES, ROOT, Place
from tests.bench.timing import Line, Rounds, ratio, spell

IN_PROCESS = ["api", "facets", "page", "search", "fuzz", "queries", "staff"]
ALL = ["api", "facets", "growth", "page", "search", "fuzz", "queries", "staff", "exports", "imports", "front"]
SMALL = 1000
EXPORTS = {"ndjson": 1.2, "csv": 1.5}
EXPORT_BASE = {"ndjson": "the database's own JSON", "csv": "raw cursor and csv module, own columns"}
MEMORY = 32
IMPORTED = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--only", default=",".join(ALL), help=f"of {','.join(ALL)}")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    parser.add_argument("--keep", action="store_true", help="take what is derived as the last run left it")
    parser.add_argument("--write", action="store_true", help=f"write the table into {report.DOCUMENT.name}")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if options.rows == SMALL and "growth" in wanted:
        wanted.remove("growth")
        sys.stderr.write(f"growth: skipped, it is measured against {SMALL} rows.\n")
    if unknown := set(wanted) - set(ALL):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    results: report.Results = {}
    for engine in ["sqlite", "postgresql"] if options.engine == "both" else [options.engine]:
        if engine == "postgresql" and not POSTGRES:
            sys.stderr.write("PostgreSQL: skipped, ETOWN_BENCH_DATABASE_URL names no server.\n")
            continue
        results[engine] = measure(Place(engine, options.rows), wanted, options)
    text = summary(results, options.rows, front() if "front" in wanted else "")
    sys.stdout.write(f"{text}\n")
    if options.write:
        report.write(text)


def measure(place: Place, wanted: list[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    """All lines that need a database of this engine."""
    inside = [name for name in wanted if name in IN_PROCESS]
    places = [place, Place(place.engine, SMALL)] if "growth" in wanted else [place]
    if inside or "growth" in wanted or "exports" in wanted:
        for each in places:
            each.prepare(options.fresh, options.keep)
    found = [line for name in inside for line in place.run("measure", only=name)]
    if "growth" in wanted:
        found += _growth(*places)
    if "exports" in wanted:
        found += _exports(place)
    if "imports" in wanted:
        found += _imports(Place(place.engine, SMALL), options)
    return sorted(found, key=lambda line: ALL.index(line["key"].split()[0]) if line["key"].split()[0] in ALL else 99)


def _growth(large: Place, small: Place) -> list[dict[str, Any]]:
    """Every page at both sizes, in turns."""
    sys.stderr.write("  measuring growth ...\n")
    talks = {place: place.start("growth") for place in (large, small)}
    names = {place: json.loads(talk.stdout.readline()) for place, talk in talks.items()}[large]
    taken = {(place, name): [] for place in talks for name in names}
    rounds, begun, done = Rounds(least=5, seconds=60, most=60), time.perf_counter(), 0
    while rounds.go_on(done, begun):
        for name in names:
            for place, talk in talks.items():
                talk.stdin.write(f"{name}\n")
                talk.stdin.flush()
                taken[place, name].append(json.loads(talk.stdout.readline()))
        done += 1
    for talk in talks.values():
        talk.stdin.close()
        talk.wait()
    return [_grown(name, large.rows, median(taken[large, name]), median(taken[small, name])) for name in names]


def _grown(name: str, rows: int, at_large: float, at_small: float) -> dict[str, Any]:
    what = f"{name}: {rows:,} rows ÷ {SMALL:,}"
    return _line(f"growth {name}", what, at_large / at_small, 1.5, detail=ratio(at_large, at_small))


def _exports(place: Place) -> list[dict[str, Any]]:
    """Whole lists, each in a process of its own, in turns."""
    found = []
    place.run("compare")
    for form, limit in EXPORTS.items():
        sys.stderr.write(f"  measuring {form} ...\n")
        runs: dict[str, list[dict[str, float]]] = {"view": [], "database": []}
        rounds, begun, done = Rounds(least=1, seconds=60, most=3), time.perf_counter(), 0
        while rounds.go_on(done, begun):
            for who, taken in runs.items():
                taken.append(place.run("export", format=form, who=who))
            done += 1
        seconds = {who: median(run["seconds"] for run in taken) for who, taken in runs.items()}
        # In a process that has never answered for this list: slower, with all that it needs above the mark.
        cold = place.run("export", format=form, who="view", warm="no")
        size = f", {runs['view'][0]['size']:.0f} MB ÷ {runs['database'][0]['size']:.0f} MB"
        detail = ratio(seconds["view"], seconds["database"]) + size
        # The table of targets gives the CSV one for SQLite alone.
        judged = limit if form == "ndjson" or place.engine == "sqlite" else None
        what = f"{form.upper()} export of {place.rows:,} rows ÷ {EXPORT_BASE[form]}"
        target = f"≤ {limit}" if form == "ndjson" else f"≤ {limit} on SQLite"
        value = seconds["view"] / seconds["database"]
        found.append(_line(f"exports {form}", what, value, judged, target=target, detail=detail))
        first = f"{spell(cold['seconds'])} for a process's first"
        what = f"… {form.upper()}: megabytes above start at the peak"
        found.append(
            _line(f"exports {form} memory", what, cold["peak"], MEMORY, target=f"≤ {MEMORY} MB", detail=first)
        )
    return found


def _imports(place: Place, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Ten thousand rows into a small directory, each time in a process of its own."""
    place.prepare(options.fresh, options.keep)
    sys.stderr.write("  measuring imports ...\n")
    runs = {
        (form, what): place.run("bring", format=form, what=what, who="ours")
        for form, what in (("csv", "new"), ("xlsx", "new"), ("csv", "changed"), ("csv", "published"))
    }
    found = []
    thousands = IMPORTED / 1000
    for (form, what), run in runs.items():
        name = f"{form} {what}"
        size = f"{run['size']:.0f} MB, {spell(run['seconds'])} for dry run and import"
        if what != "published":
            for deed, told in (("check", "dry run"), ("write", "validated write")):
                text = f"import of 10,000 {what} rows, {form.upper()}: queries of the {told} per 1,000 rows"
                found.append(
                    _line(f"imports {name} {deed}", text, run[deed] / thousands, 5, detail=f"{run[deed]} in all")
                )
        else:
            text = "… of 10,000 published rows: all queries of the write per 1,000 rows, documents and search too"
            found.append(_line(f"imports {name}", text, run["write"] / thousands, None, target="reported"))
        text = f"… {what}, {form.upper()}: megabytes above start at the peak"
        judged = MEMORY if what != "published" else None
        found.append(_line(f"imports {name} memory", text, run["peak"], judged, detail=size))
    try:
        other = place.run("bring", format="csv", what="new", who="package")
    except subprocess.CalledProcessError:
        sys.stderr.write("django-import-export is not installed: not compared.\n")
        return found
    own = runs["csv", "new"]
    found += [
        _times(
            "imports time",
            "django-import-export's default dry run and import ÷ our dry run and import, 10,000 new rows, CSV",
            other["seconds"],
            own["seconds"],
            f"; {other['queries']:,} queries, {other['peak']:.0f} MB",
        ),
        _times(
            "imports time write",
            "… its import alone, without validation ÷ our validated write alone",
            other["write_seconds"],
            own["write_seconds"],
        ),
    ]
    return found


def _times(key: str, what: str, theirs: float, ours: float, more: str = "") -> dict[str, Any]:
    line = Line(key, what, "≥ 10", theirs / ours, least=10, detail=ratio(theirs, ours) + more)
    return line.__dict__ | {"is_met": line.is_met}


def _line(key: str, what: str, value: float, limit: float | None, **more: str) -> dict[str, Any]:
    line = Line(key, what, value=value, limit=limit, **{"target": f"≤ {limit}"} | more)
    return line.__dict__ | {"is_met": line.is_met}


def front() -> str:
    """The table of cached pages through a server, beside nginx."""
    if not find_spec("tests.bench.front"):
        return "Cached pages through a server were not measured: tests/bench/front.py is missing."
    done = subprocess.run([sys.executable, "-m", "tests.bench.front"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or f"Cached pages through a server were not measured: status {done.returncode}."


def summary(results: report.Results, rows: int, front_table: str) -> str:
    commands = {name: f"python -m tests.bench --only {name}" for name in ALL}
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    made = "; ".join(
        f"{report.NAMES[engine]} {', '.join(f'{name} {seconds:.0f} s' for name, seconds in taken.items())}"
        for engine in results
        if (taken := Place(engine, rows).taken())
    )
    parts = [
        f"Measured {time.strftime('%Y-%m-%d')} with {rows:,} companies: {machine}. Databases made in: {made}.",
        report.table(results, commands),
        report.notes(results),
        front_table,
    ]
    return "\n\n".join(part for part in parts if part)


if __name__ == "__main__":
    main()

"""Whole lists written to nowhere: how long, and how much memory above what the process had."""

import json
import resource
import sys
from collections.abc import Callable
from itertools import islice

from companies.models import Company
from tests.bench import baselines, site
from tests.bench.timing import seconds_of

SAMPLE = 500


def view(form: str) -> int:
    answer = site.ask(f"{site.API}?format={form}")
    return site.consume(answer.streaming_content)


def database(form: str) -> int:
    lines = baselines.json_lines() if form == "ndjson" else baselines.csv_lines()
    return site.consume(line.encode() for line in lines)


DEEDS: dict[str, Callable[[str], int]] = {"view": view, "database": database}


def compare_answers() -> None:
    """The export is complete, and its first records are the database's own."""
    answer = site.ask(f"{site.API}?format=ndjson")
    lines = b"".join(answer.streaming_content).splitlines()
    assert len(lines) == Company.objects.published().count()
    for line, expected in islice(zip(lines, baselines.json_lines(), strict=True), SAMPLE):
        assert json.loads(line) == json.loads(expected)


def run(form: str, who: str, is_warm: bool = True) -> dict[str, float]:
    """One export: seconds, megabytes of the answer, megabytes above start at the peak.

    Time is taken in a process that has answered for this list before; memory in one that has answered for another
    list only, so that nothing of this one is hidden below the mark.
    """
    site.ask(f"{site.API}?page_size=1" if is_warm else "/api/v1/wanted/?page_size=1")
    before, size = _peak(), 0

    def deed() -> None:
        nonlocal size
        size = DEEDS[who](form)

    seconds = seconds_of(deed)
    return {"seconds": seconds, "size": size / 2**20, "peak": _peak() - before}


def _peak() -> float:
    """Megabytes; Linux counts in kilobytes, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

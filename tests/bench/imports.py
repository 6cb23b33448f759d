"""A table of ten thousand companies: checked and imported as the back office does it, beside django-import-export.

Each run is taken back at its end. django-import-export is no dependency of ours: `pip install django-import-export`
into the environment of the benchmark; without it its line is left out.
"""

import csv
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.db import connection, transaction

from companies.models import Company
from etown.models import Import
from etown.sheets import imports, storage
from facts.models import Source
from tests.bench.timing import seconds_of
from tests.bench.words import TRADES, TRADES_EN, Author

ROWS = 10_000
COLUMNS = [
    "slug",
    "registration_code",
    "name_en",
    "name_zh_hans",
    "role",
    "presence",
    "founded_year",
    "website",
    "address_en",
    "address_zh_hans",
    "summary_en",
    "summary_zh_hans",
    "description_en",
    "description_zh_hans",
    "status",
]
HAS_PACKAGE = bool(find_spec("import_export"))


def table(rows: int, what: str) -> Iterator[list[str]]:
    """The cells of so many companies; the same every time, but for `changed`, where every summary is another."""
    author = Author(14)
    source = Source.objects.order_by("pk").first()
    yield [*COLUMNS, "sources"] if what == "published" else COLUMNS
    for number in range(rows):
        sentence_en, sentence_zh = (
            f"{author.coined()} makes {TRADES_EN[number % len(TRADES_EN)]}. ",
            f"{author.characters(9)}{TRADES[number % len(TRADES)]}。",
        )
        row = [
            f"brought-{number}",
            f"9111030{number:011}",
            f"{author.coined()} {number}",
            f"{author.characters(4)}{number}",
            "supplier",
            "planned",
            str(1990 + number % 30),
            f"https://example.org/{number}",
            f"{number} Rongjing Street",
            f"荣京街{number}号",
            (f"Anew {number}. " if what == "changed" else "") + sentence_en * 4,
            sentence_zh * 4,
            sentence_en * 16,
            sentence_zh * 16,
            "published" if what == "published" else "draft",
        ]
        yield [*row, source.slug] if what == "published" else row


def write(rows: int, form: str, what: str) -> Path:
    path = settings.DATA_DIR / f"imports-{rows}-{what}.{form}"
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table(rows, what))
    else:
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(table(rows, what)):
                for index, value in enumerate(row):
                    sheet.write_string(number, index, value)
    return path


def ours(path: Path, count: Callable[[str], Any] = lambda name: None) -> Import:
    """Dry run and import; `count` is told which of them begins."""
    user, _is_new = get_user_model()._default_manager.get_or_create(username="bench", is_superuser=True, is_staff=True)
    upload = storage.new(sheet="companies", file_name=path.name, author=user)
    with path.open("rb") as file:
        storage.private().save(upload.file, File(file))
    count("check")
    imports.check(upload)
    assert upload.is_clean, upload.problems or upload.counts
    count("write")
    imports.carry_out(upload)
    count("")
    assert upload.state == Import.State.DONE, upload.notes
    return upload


def package(path: Path) -> None:
    """Its defaults, on the same file."""
    import tablib
    from import_export.resources import modelresource_factory

    resource_class = modelresource_factory(
        Company, meta_options={"fields": COLUMNS, "import_id_fields": ("slug",), "use_transactions": True}
    )
    data = tablib.Dataset().load(path.read_text(encoding="utf-8"), format="csv")
    result = resource_class().import_data(data, dry_run=False, raise_errors=True)
    assert result.totals["new"] == len(data)


class Counter:
    """Queries by what goes on."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        self.now = ""

    def begin(self, name: str) -> None:
        self.now = name

    def __call__(self, execute: Any, *query: Any) -> Any:
        # In the back office there is no transaction around it, and no savepoint.
        self.found[self.now] = self.found.get(self.now, 0) + ("SAVEPOINT" not in query[0][:20])
        return execute(*query)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(form: str, who: str, what: str, rows: int = ROWS) -> dict[str, Any]:
    """Seconds, queries, and megabytes above start at the peak. The process has imported a few rows before."""
    path, few = write(rows, form, what), write(20, form, what)
    with taken_back():
        (ours if who == "ours" else package)(few)
    with taken_back():
        if what == "changed":
            ours(write(rows, "csv", "new"))
        before, counter = _peak(), Counter()
        with connection.execute_wrapper(counter):
            seconds = seconds_of(lambda: ours(path, counter.begin) if who == "ours" else package(path))
        peak = _peak() - before
    return {
        "seconds": seconds,
        "size": path.stat().st_size / 2**20,
        "peak": peak,
        "check": counter.found.get("check", 0),
        "write": counter.found.get("write", 0),
        "queries": sum(counter.found.values()),
    }


def _peak() -> float:
    """Megabytes; Linux counts in kilobytes, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

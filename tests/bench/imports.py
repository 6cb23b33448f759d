"""A table of ten thousand companies: checked and imported as the back office does it, beside django-import-export.

Each run is taken back at its end. django-import-export is no dependency of ours: `pip install django-import-export`
into the environment of the benchmark; without it its line is left out.
"""

import csv
import resource
import sys
import time
from collections import defaultdict
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


Told = Callable[[str], Any]


def ours(path: Path, begin: Told = lambda name: None) -> Import:
    """Dry run and import; `begin` is told which of them begins."""
    user, _is_new = get_user_model()._default_manager.get_or_create(username="bench", is_superuser=True, is_staff=True)
    upload = storage.new(sheet="companies", file_name=path.name, author=user)
    with path.open("rb") as file:
        storage.private().save(upload.file, File(file))
    begin("check")
    imports.check(upload)
    assert upload.is_clean, upload.problems or upload.counts
    begin("write")
    imports.carry_out(upload)
    begin("")
    assert upload.state == Import.State.DONE, upload.notes
    return upload


def package(path: Path, begin: Told = lambda name: None) -> None:
    """Its defaults, on the same file; its admin reads the file twice as well."""
    import tablib
    from import_export.resources import modelresource_factory

    resource_class = modelresource_factory(
        Company, meta_options={"fields": COLUMNS, "import_id_fields": ("slug",), "use_transactions": True}
    )
    for name, is_dry in (("check", True), ("write", False)):
        begin(name)
        data = tablib.Dataset().load(path.read_text(encoding="utf-8"), format="csv")
        result = resource_class().import_data(data, dry_run=is_dry, raise_errors=True)
        assert result.totals["new"] == len(data)
    begin("")


class Meter:
    """Queries and seconds by what goes on."""

    def __init__(self) -> None:
        self.queries: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)
        self.now, self._since = "", time.perf_counter()

    def begin(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[self.now] += now - self._since
        self.now, self._since = name, now

    def __call__(self, execute: Any, *query: Any) -> Any:
        # In the back office there is no transaction around it, and no savepoint.
        self.queries[self.now] += "SAVEPOINT" not in query[0][:20]
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
        before, meter = _peak(), Meter()
        with connection.execute_wrapper(meter):
            (ours if who == "ours" else package)(path, meter.begin)
        peak = _peak() - before
    return {
        "seconds": meter.seconds["check"] + meter.seconds["write"],
        "write_seconds": meter.seconds["write"],
        "size": path.stat().st_size / 2**20,
        "peak": peak,
        "check": meter.queries["check"],
        "write": meter.queries["write"],
        "queries": sum(meter.queries.values()),
    }


def _peak() -> float:
    """Megabytes; Linux counts in kilobytes, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)

"""The databases of the benchmark: one for each engine and size, kept between runs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("ETOWN_BENCH_DIR") or ROOT / "var" / "bench")
POSTGRES = os.environ.get("ETOWN_BENCH_DATABASE_URL", "")
# What a made database depends on.
MAKERS = ["data.py", "words.py", "english.txt", "chinese.txt"]


@dataclass(frozen=True)
class Place:
    engine: str
    rows: int

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.engine}-{self.rows}"

    @property
    def url(self) -> str:
        if self.engine == "sqlite":
            return ""
        parts = urlsplit(POSTGRES)
        return urlunsplit(parts._replace(path=f"{parts.path}_{self.rows}"))

    def command(self, deed: str, **options: Any) -> list[str]:
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return [sys.executable, "-m", "tests.bench.child", deed, *words]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a laptop, whatever the developer's own environment says."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ETOWN_")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "etown.settings",
            "ETOWN_LOCAL": "true",
            "ETOWN_DATA_DIR": str(self.folder),
            "ETOWN_DATABASE_URL": self.url,
        }

    def start(self, deed: str, **options: Any) -> subprocess.Popen:
        """A process that is talked with."""
        words = self.command(deed, **options)
        pipe = subprocess.PIPE
        return subprocess.Popen(words, cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, text=True)

    def run(self, deed: str, **options: Any) -> Any:
        """A process that ends with a result."""
        (self.folder / "static").mkdir(parents=True, exist_ok=True)
        result = self.folder / "result.json"
        words = self.command(deed, result=result, **options)
        subprocess.run(words, cwd=ROOT, env=self.environment, check=True)
        return json.loads(result.read_text(encoding="utf-8"))

    def prepare(self, fresh: bool, keep: bool = False) -> None:
        """Make what is not there, or is of another making; bring the rest up to date, unless it is to be kept."""
        note = self.folder / "made.json"
        made = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
        if fresh or made.get("digest") != digest() or self.run("count") != self.rows:
            sys.stderr.write(f"{self.engine}: making {self.rows} rows ...\n")
            self._drop()
            made = {"digest": digest(), "taken": self.run("make", rows=self.rows)}
        elif keep:
            return
        made["taken"] |= self.run("rebuild")
        note.write_text(json.dumps(made, indent=1), encoding="utf-8")

    def taken(self) -> dict[str, float]:
        """Nothing where only others of its engine were measured."""
        note = self.folder / "made.json"
        return json.loads(note.read_text(encoding="utf-8"))["taken"] if note.exists() else {}

    def _drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.engine == "postgresql":
            name = urlsplit(self.url).path.strip("/")
            server = urlunsplit(urlsplit(POSTGRES)._replace(path="/postgres"))
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')


def digest() -> str:
    folder = Path(__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in MAKERS)).hexdigest()[:16]

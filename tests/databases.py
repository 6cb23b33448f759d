"""A database in which several threads write side by side, as on a server."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import quote

from django.db import connection, connections


@contextmanager
def in_a_file(path: Path) -> Iterator[None]:
    """A copy of the present SQLite database, which is in memory and has one connection for all, as a file."""
    memory = connections["default"]
    memory.ensure_connection()
    name = connections.settings["default"]["NAME"]
    file = sqlite3.connect(path)
    memory.connection.backup(file)
    file.close()
    connections.settings["default"]["NAME"] = str(path)
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = memory


@contextmanager
def for_other_processes(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which a program of ours works on the present database."""
    url = ""
    if connection.vendor != "sqlite":
        database = connection.settings_dict
        user, password = (quote(database[name], safe="") for name in ("USER", "PASSWORD"))
        url = f"postgres://{user}:{password}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ETOWN_", "DJANGO_"))}
    ours = {"ETOWN_LOCAL": "true", "ETOWN_DATA_DIR": str(folder), "ETOWN_DATABASE_URL": url}
    with nullcontext() if url else in_a_file(folder / "etown.sqlite3"):
        yield inherited | ours

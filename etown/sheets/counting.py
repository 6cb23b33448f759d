"""About how many rows a file has, told without reading what they say: whether a person should wait for it."""

import zipfile
from typing import IO

CHUNK = 1 << 20


def rows_in(file: IO[bytes]) -> int:
    """At most a few too many; 0 for what is no table at all."""
    file.seek(0)
    try:
        if file.read(2) != b"PK":
            file.seek(0)
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK), b""))
        with zipfile.ZipFile(file) as book:
            return max((_tags(book, name) for name in book.namelist() if "worksheets/sheet" in name), default=0)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return 0
    finally:
        file.seek(0)


def _tags(book: zipfile.ZipFile, name: str) -> int:
    count, rest = 0, b""
    with book.open(name) as part:
        while (chunk := part.read(CHUNK)) and count < 1_000_000:
            text = rest + chunk
            count += text.count(b"<row ") + text.count(b":row ") + text.count(b"<row>")
            rest = text[-4:]
    return count

"""Requests as a web server hands them to the application, and answers as it gets them back."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from django.core.signals import request_finished, request_started
from django.db import close_old_connections


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed and self.body else self.body).decode()


@contextmanager
def inside_a_transaction() -> Iterator[None]:
    """As Django's own test client: the connection is the test's, and stays open between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def ask(app: Any, address: str, method: str = "GET", **headers: str) -> Answer:
    """`if_none_match="…"` is the header If-None-Match; every answer is checked against PEP 3333."""
    path, _mark, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    setup_testing_defaults(environ)
    begun: list[Any] = []

    def start(status, headers, error=None):
        begun.extend((status, headers))
        return lambda data: None

    with inside_a_transaction():
        body = validator(app)(environ, start)
        try:
            content = b"".join(body)
        finally:
            body.close()
    status, told = begun
    return Answer(int(status[:3]), dict(told), content)

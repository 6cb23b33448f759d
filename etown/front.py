"""Whole anonymous answers, kept in memory in front of Django.

Most of the time of an answer that is already known goes into Django's own stack: middleware, routing, keys. Here a
reader who sends no cookie gets what another such reader got, as long as the content version and the day are the same.
What Django did not mark as public is neither kept nor served. Each process has a store of its own, bounded by
ETOWN_FRONT_CACHE_MB; without one (0) only conditional requests are answered here.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.utils.cache import split_header_value

from etown.answers import Answer, Conditions, Headers, close
from etown.caching import PUBLIC_PREFIXES
from etown.listings import is_campaign
from etown.versions import Edition, Editions, VersionUnknownError

Key = tuple[str | None, ...]

# What a kept answer may vary by, and where WSGI has it.
VARY = {"accept": "HTTP_ACCEPT", "accept-encoding": "HTTP_ACCEPT_ENCODING", "accept-language": "HTTP_ACCEPT_LANGUAGE"}
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)
# Conditions that are left to Django.
RARE = {"HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}
VARIANTS = 8
# No single answer may push out more than this part of the others.
LARGEST = 1 / 8
OVERHEAD = 1000


class Front:
    """The WSGI application in front of `app`, with at most `limit` bytes of answers."""

    def __init__(self, app: WSGIApplication, editions: Editions, limit: int) -> None:
        self.app, self.editions, self.limit = app, editions, limit
        self.size = 0
        # Where a proxy of ours says how the reader asked.
        self._scheme = settings.SECURE_PROXY_SSL_HEADER and settings.SECURE_PROXY_SSL_HEADER[0]
        self._lock = threading.Lock()
        self._edition: Edition | None = None
        self._kept: OrderedDict[Key, list[Answer]] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not _is_ours(environ):
            return self.app(environ, start)
        # Before anything is computed: what changes meanwhile makes the answer old, never the other way round.
        now = time.time()
        try:
            edition = self.editions.current(now)
        except VersionUnknownError:
            return self.app(environ, start)
        if environ.keys() & RARE:
            return self.app(environ, start)
        conditions = Conditions(environ)
        key = self._key(environ)
        answer = self._find(key, environ, edition) or self._compute(key, environ, edition)
        return answer.send(start, conditions, edition, now)

    def _key(self, environ: WSGIEnvironment) -> Key | None:
        """Everything outside VARY that Django may look at; None for those who may be answered for themselves alone.

        Brings the request into the form that the key says, so that no answer holds more of it.
        """
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        # The API refuses what it does not know, words of campaigns included.
        if query and not path.startswith("/api/"):
            query = environ["QUERY_STRING"] = "&".join(part for part in query.split("&") if not _is_campaign(part))
        environ["HTTP_ACCEPT_ENCODING"] = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if "HTTP_COOKIE" in environ or "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
            return None
        if "HTTP_HOST" not in environ:
            return None
        told = environ.get(self._scheme) if self._scheme else None
        return (environ["wsgi.url_scheme"], told, environ["HTTP_HOST"], environ.get("SCRIPT_NAME"), path, query)

    def _find(self, key: Key | None, environ: WSGIEnvironment, edition: Edition) -> Answer | None:
        with self._lock:
            if edition is not self._edition:
                self._kept.clear()
                self.size, self._edition = 0, edition
            if key is None:
                return None
            for answer in self._kept.get(key, ()):
                if _fits(answer, environ):
                    self._kept.move_to_end(key)
                    return answer
        return None

    def _compute(self, key: Key | None, environ: WSGIEnvironment, edition: Edition) -> Answer:
        begun: list[Any] = []
        is_head = environ["REQUEST_METHOD"] == "HEAD"

        def begin(status: str, headers: Headers, *_error: Any) -> Callable[[bytes], object]:
            begun[:] = status, headers
            return _refuse

        body = self.app(environ, begin)
        status, headers = begun
        variant = _variant(status, headers, environ)
        if variant is not None:
            # Feeds and sitemaps tell the time of their latest entry, which a withdrawal turns back.
            headers = [(name, value) for name, value in headers if name != "Last-Modified"]
        # An export is as large as its list: it leaves row by row and is never kept.
        if key is None or variant is None or is_head or getattr(body, "streaming", False):
            return Answer(status, headers, body, variant)
        try:
            content = b"".join(body)
        finally:
            close(body)
        answer = Answer(status, headers, [content], variant)
        self._keep(key, answer, _size(key, answer), edition)
        return answer

    def _keep(self, key: Key, answer: Answer, size: int, edition: Edition) -> None:
        with self._lock:
            if size > self.limit * LARGEST or edition is not self._edition:
                return
            answers = self._kept.setdefault(key, [])
            same = [old for old in answers if old.variant == answer.variant]
            for old in same or answers[: max(0, len(answers) + 1 - VARIANTS)]:
                answers.remove(old)
                self.size -= _size(key, old)
            answers.append(answer)
            self.size += size
            self._kept.move_to_end(key)
            while self.size > self.limit:
                oldest, gone = self._kept.popitem(last=False)
                self.size -= sum(_size(oldest, old) for old in gone)


def _refuse(data: bytes) -> None:
    """Django answers with what it returns; what is written past that could be neither kept nor taken back."""
    raise TypeError("Return the body: write() of PEP 3333 is not for answers that may be kept.")


def _is_ours(environ: WSGIEnvironment) -> bool:
    return environ["REQUEST_METHOD"] in {"GET", "HEAD"} and environ["PATH_INFO"].startswith(PUBLIC_PREFIXES)


def _fits(answer: Answer, environ: WSGIEnvironment) -> bool:
    return all(environ.get(name) == value for name, value in answer.variant or ())


@lru_cache(256)
def _encoding(accepted: str) -> str:
    return "gzip" if GZIP.search(accepted) else ""


def _is_campaign(part: str) -> bool:
    return is_campaign(unquote_plus(part.partition("=")[0]))


def _variant(status: str, headers: Headers, environ: WSGIEnvironment) -> Headers | None:
    """The request headers that a public answer depends on, with their values; None if it is not for everybody."""
    found = {name.lower(): value for name, value in headers}
    policy = {part.partition("=")[0].lower() for part in split_header_value(found.get("cache-control", ""))}
    if status[:3] not in {"200", "301"} or not {"public", "s-maxage"} <= policy or policy & {"private", "no-store"}:
        return None
    if "set-cookie" in found or any(name.startswith("ratelimit") for name in found):
        return None
    vary = [name.lower() for name in split_header_value(found.get("vary", ""))]
    return [(VARY[name], environ.get(VARY[name])) for name in vary] if VARY.keys() >= set(vary) else None


def _size(key: Key, answer: Answer) -> int:
    told = sum(len(name) + len(value) for name, value in answer.headers) + sum(len(part or "") for part in key)
    told += sum(len(value or "") for _name, value in answer.variant or ())
    return sum(map(len, answer.body)) + told + OVERHEAD

"""A finished answer, and what its reader has of it already."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.utils.http import parse_etags, parse_http_date_safe

from etown.versions import Edition

Headers = list[tuple[str, str]]

# A 304 repeats these, as RFC 9110 asks.
REPEATED = {"cache-control", "content-location", "etag", "expires", "vary"}


class Answer:
    """An answer as often as it is asked for, or once where `body` is still to be computed."""

    __slots__ = ("body", "etag", "headers", "repeated", "status", "variant")

    def __init__(self, status: str, headers: Headers, body: Iterable[bytes], variant: Headers | None) -> None:
        self.status, self.headers, self.body, self.variant = status, headers, body, variant
        self.etag = next((value for name, value in headers if name.lower() == "etag"), None)
        self.repeated = [(name, value) for name, value in headers if name.lower() in REPEATED]

    def send(self, start: StartResponse, conditions: "Conditions", edition: Edition, now: float) -> Iterable[bytes]:
        """`now` is when the edition was asked for."""
        changed: Headers = []
        if self.variant is not None and edition.is_settled(now):
            changed = [("Last-Modified", edition.modified_text)]
        if self.status[:3] == "200" and conditions.hold(self.etag, edition.modified if changed else None):
            start("304 Not Modified", self.repeated + changed)
        else:
            start(self.status, self.headers + changed)
            if not conditions.is_head:
                return self.body
        close(self.body)
        return []


class Conditions:
    """What the reader has already, taken out of the request: Django shall compute what can be kept."""

    __slots__ = ("is_head", "since", "tags")

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.tags: str | None = environ.pop("HTTP_IF_NONE_MATCH", None)
        self.since: str | None = environ.pop("HTTP_IF_MODIFIED_SINCE", None)
        self.is_head: bool = environ["REQUEST_METHOD"] == "HEAD"

    def hold(self, etag: str | None, modified: int | None) -> bool:
        """Whether the reader's copy is current; a tag says more than a time."""
        if self.tags is not None:
            return etag is not None and (self.tags == etag or _is_among(etag, parse_etags(self.tags)))
        if self.since is None or modified is None:
            return False
        since = parse_http_date_safe(self.since)
        return since is not None and modified <= since


def _is_among(etag: str, tags: list[str]) -> bool:
    """Weakly compared: compression makes every tag weak."""
    return tags == ["*"] or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in tags}


def close(body: Iterable[bytes]) -> None:
    if (close := getattr(body, "close", None)) is not None:
        close()

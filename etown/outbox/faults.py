"""What is remembered of an error: its kind and what it says, without what looks like a secret."""

import re
import traceback

from django.conf import settings
from django.db import connection

LONGEST = 500
HIDDEN = "***"
PATTERNS = [
    # https://user:password@host
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{HIDDEN}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"""([\w-]*(?:api_?key|token|secret|passw(?:or)?d|signature|authorization|cookie)[\w-]*["']?\s*[:=]\s*)"""
            r"""(?:"[^"]*"|'[^']*'|[^\s&,;]+)""",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # What is long and of letters and digits is a key more often than a word.
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}"), HIDDEN),
]


def told(error: BaseException) -> str:
    """One line for staff."""
    try:
        message = str(error)
    except Exception:
        message = ""
    message = " ".join(message.replace("\0", " ").encode("utf-8", "replace").decode().split())
    for secret in (settings.SECRET_KEY, connection.settings_dict.get("PASSWORD")):
        if secret:
            message = message.replace(str(secret), HIDDEN)
    for pattern, replacement in PATTERNS:
        message = pattern.sub(replacement, message)
    if len(message) > LONGEST:
        message = f"{message[: LONGEST - 1]}…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def where(error: BaseException) -> str:
    """For the log: the way to the error, without its words."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()

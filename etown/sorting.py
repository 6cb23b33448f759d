"""Stored sort keys, so that names stand in the same order on every database."""

import re
import unicodedata

from django.db import models
from pypinyin import Style, lazy_pinyin

LENGTH = 200


class SortKeyField(models.CharField):
    """Plain ASCII compared byte by byte; PostgreSQL would otherwise follow the collation of its machine."""

    def __init__(self, *args, **kwargs) -> None:
        kwargs.update(max_length=LENGTH, editable=False, default="", db_index=True)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "editable", "default", "db_index"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


def fold(text: str) -> str:
    """Lower case without accents, width or punctuation, Chinese as pinyin."""
    latin = " ".join(lazy_pinyin(text, style=Style.NORMAL)) if re.search(r"[^\x00-\x7f]", text) else text
    bare = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def sort_key(*texts: str) -> str:
    """The key of the first text that is there; nameless rows come last."""
    return next((fold(text)[:LENGTH] for text in texts if text and fold(text)), "~")

"""Stored sort keys, so that names stand in the same order on every database."""

import re
import unicodedata
from functools import lru_cache

from django.db import models
from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg

LENGTH = 200
HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
WORD = re.compile("[a-z0-9]+")


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
    if not text.isascii():
        latin = HAN.sub(lambda run: f" {' '.join(map(_spoken, seg.cut(run[0])))} ", text)
        text = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return " ".join(WORD.findall(text.casefold()))


@lru_cache(maxsize=20_000)
def _spoken(word: str) -> str:
    """Names are made of the same words again and again; how one is spoken depends on no other."""
    return " ".join(lazy_pinyin(word, style=Style.NORMAL))


def sort_key(*texts: str) -> str:
    """The key of the first text that is there; nameless rows come last."""
    return next(filter(None, map(fold, texts)), "~")[:LENGTH]

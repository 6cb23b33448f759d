"""The search store: what each public record is found by, its names, and for each token the records that hold it."""

from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import models

from etown.derived import Derived

# After every character that a folded name can hold.
LAST = "\U0010ffff"


class FoldedField(models.CharField):
    """Compared byte by byte, so that a beginning is a range."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class SearchText(Derived):
    """The names and texts of a public record as they were read, and by which rule tokens were made of them."""

    rule = models.CharField(max_length=16)
    names = models.JSONField()
    texts = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)


class SearchName(Derived):
    """One name of a public record; its key is that of the record followed by the place of the name."""

    PLACES: ClassVar[int] = 8
    BITS: ClassVar[int] = Derived.BITS + PLACES

    owner = models.ForeignKey(SearchText, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    folded = FoldedField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["folded", "id"], name="etown_searchname_folded")]

    def __str__(self) -> str:
        return self.name


class Posting(models.Model):
    """Which keys of one stretch hold a token; see `etown.search.postings`."""

    pk = models.CompositePrimaryKey("token", "stretch")
    token = FoldedField(max_length=160)
    stretch = models.BigIntegerField()
    bits = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.token} {self.stretch}"


def kind_of(key: int) -> type[models.Model] | None:
    return ContentType.objects.get_for_id(key >> Derived.BITS).model_class()

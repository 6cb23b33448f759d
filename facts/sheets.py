"""The sheet of figures, and the column of sources that all cited records have."""

from django.utils.translation import gettext_lazy as _

from etown.records import Record
from etown.sheets import Sheet
from etown.sheets.references import PartReferences
from facts.models import Figure


def sources(model: type[Record]) -> PartReferences:
    """The sources of a whole record; those of single fields are edited on its page."""
    return PartReferences(model, "citations", "source", {"field": ""}, _("sources of the record"))


FIGURES = Sheet(
    "figures",
    Figure,
    "slug",
    "label_en",
    "label_zh_hans",
    "scope_en",
    "scope_zh_hans",
    "topic",
    "kind",
    "qualifier",
    "low",
    "high",
    "unit",
    "source",
    "as_of",
    "basis",
    "state",
    "superseded_by",
    "review_by",
    "is_headline",
    "note_en",
    "note_zh_hans",
    "status",
    "updated_at",
)

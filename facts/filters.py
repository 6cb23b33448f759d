"""Which questions can be asked of figures."""

from django.utils.translation import gettext_lazy as _

from etown.filters import (
    UPDATED_ORDERS,
    RecordFilterSet,
    TextFilter,
    ordering,
    partial_date_bounds,
    word_filters,
)
from facts.models import Basis, Figure

AS_OF_ORDERS = {"as_of": ("as_of", "pk"), "-as_of": ("-as_of", "-pk")}


class FigureFilterSet(RecordFilterSet):
    q = TextFilter(["label_en", "label_zh_hans", "scope_en", "scope_zh_hans", "note_en", "note_zh_hans"])
    topic, topic__not = word_filters("topic", Figure.Topic, _("Topic"))
    kind, kind__not = word_filters("kind", Figure.Kind, _("Kind"))
    state, state__not = word_filters("state", Figure.State, _("State"))
    basis, basis__not = word_filters("basis", Basis, _("Basis"))
    as_of_after, as_of_before = partial_date_bounds("as_of", _("As of"))
    ordering = ordering(AS_OF_ORDERS, UPDATED_ORDERS)

    class Meta:
        model = Figure
        fields: list[str] = []

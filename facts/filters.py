"""Which questions can be asked of figures."""

from django.utils.translation import gettext_lazy as _

from etown.bounds import partial_date_bounds
from etown.filters import RecordFilterSet, TextFilter, word_filters
from etown.orders import UPDATED_ORDERS, ordering
from facts.models import Basis, Figure

AS_OF_ORDERS = {"as_of": ("as_of", "pk"), "-as_of": ("-as_of", "-pk")}


class FigureFilterSet(RecordFilterSet):
    q = TextFilter()
    topic, topic__not = word_filters("topic", Figure.Topic, _("Topic"))
    kind, kind__not = word_filters("kind", Figure.Kind, _("Kind"))
    state, state__not = word_filters("state", Figure.State, _("State"))
    basis, basis__not = word_filters("basis", Basis, _("Basis"))
    as_of_after, as_of_before = partial_date_bounds("as_of", _("As of"))
    ordering = ordering(AS_OF_ORDERS, UPDATED_ORDERS)

    class Meta:
        model = Figure
        fields: list[str] = []

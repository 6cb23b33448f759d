"""Which questions can be asked of services."""

from django.utils.translation import gettext_lazy as _

from companies.filters import companies
from etown.filters import RecordFilterSet, TextFilter, record_filters, word_filters
from etown.orders import NAME_ORDERS, UPDATED_ORDERS, ordering
from services.models import NameOrigin, Service


class ServiceFilterSet(RecordFilterSet):
    q = TextFilter()
    kind, kind__not = word_filters("kind", Service.Kind, _("Kind"))
    operator_company, operator_company__not = record_filters("operator_company", companies, _("Operating company"))
    name_en_origin, name_en_origin__not = word_filters("name_en_origin", NameOrigin, _("Origin of the English name"))
    name_zh_hans_origin, name_zh_hans_origin__not = word_filters(
        "name_zh_hans_origin", NameOrigin, _("Origin of the Chinese name")
    )
    ordering = ordering(NAME_ORDERS, UPDATED_ORDERS)

    class Meta:
        model = Service
        fields: list[str] = []

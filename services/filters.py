"""Which questions can be asked of services."""

from django.utils.translation import gettext_lazy as _

from companies.filters import companies
from etown.filters import (
    NAME_ORDERS,
    UPDATED_ORDERS,
    RecordFilterSet,
    TextFilter,
    ordering,
    record_filters,
    word_filters,
)
from services.models import NameOrigin, Service


class ServiceFilterSet(RecordFilterSet):
    q = TextFilter(
        [
            "name_en",
            "name_zh_hans",
            "aliases__name",
            "operator_en",
            "operator_zh_hans",
            "partner_en",
            "partner_zh_hans",
            "summary_en",
            "summary_zh_hans",
            "description_en",
            "description_zh_hans",
        ]
    )
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

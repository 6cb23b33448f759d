"""The orders of lists: short, fixed, and each ending on the primary key."""

from collections.abc import Mapping

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy
from django_filters.fields import ChoiceField

from etown.bilingual import current_language
from etown.near import not_among

Order = tuple[str | Combinable, ...]


class OrderField(ChoiceField):
    """One word of a list; the message names the right ones."""

    def validate(self, value: str) -> None:
        words = [word for word, _label in self.choices if word]
        if value and value not in words:
            raise ValidationError(not_among(value, words), code="invalid_choice")


class OrderingFilter(django_filters.ChoiceFilter):
    """One of a short list of orders, each ending on the primary key so that pages never repeat a row."""

    field_class = OrderField

    def __init__(self, orders: Mapping[str, Order], labels: Mapping[str, object]) -> None:
        self.orders = orders
        super().__init__(
            label=gettext_lazy("Order"),
            choices=[(word, labels[word]) for word in orders],
            empty_label=gettext_lazy("as the list stands"),
            help_text=gettext_lazy(
                "One order of the list; a hyphen in front turns it round. Without one, what fits `q` best comes first."
            ),
        )

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.order_by(*self.orders[value]) if value else qs


NAME_ORDERS: dict[str, Order] = {
    "name_en": ("sort_en", "pk"),
    "-name_en": ("-sort_en", "-pk"),
    "name_zh_hans": ("sort_zh_hans", "pk"),
    "-name_zh_hans": ("-sort_zh_hans", "-pk"),
}
UPDATED_ORDERS: dict[str, Order] = {"updated": ("updated_at", "pk"), "-updated": ("-updated_at", "-pk")}
ORDER_LABELS = {
    "name_en": gettext_lazy("English name, A to Z"),
    "-name_en": gettext_lazy("English name, Z to A"),
    "name_zh_hans": gettext_lazy("Chinese name by pinyin, A to Z"),
    "-name_zh_hans": gettext_lazy("Chinese name by pinyin, Z to A"),
    "updated": gettext_lazy("longest unchanged first"),
    "-updated": gettext_lazy("latest changed first"),
    "date": gettext_lazy("oldest first"),
    "-date": gettext_lazy("newest first"),
    "as_of": gettext_lazy("oldest first"),
    "-as_of": gettext_lazy("newest first"),
    "founded_year": gettext_lazy("oldest company first"),
    "-founded_year": gettext_lazy("youngest company first"),
}


def known_first(column: str) -> dict[str, Order]:
    """`x, -x` over a column that may be NULL, which databases place differently: what is not known comes last."""
    return {
        column: (F(column).asc(nulls_last=True), "pk"),
        f"-{column}": (F(column).desc(nulls_last=True), "-pk"),
    }


def ordering(*orders: Mapping[str, Order]) -> OrderingFilter:
    merged = {word: columns for group in orders for word, columns in group.items()}
    return OrderingFilter(merged, ORDER_LABELS)


def reading_order(model: type[Model]) -> Order:
    """The default order for the reader's language, or the model's own where it has no names."""
    if hasattr(model, "sort_en"):
        return NAME_ORDERS["name_zh_hans" if current_language() == "zh-hans" else "name_en"]
    return tuple(model._meta.ordering or ())

"""From and up to: bounds of dates and years as filters, inclusive on both sides."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field

from etown.filters import StrictCharField
from etown.partial_dates import parse


class PartialDateFormField(StrictCharField):
    def __init__(self, **kwargs) -> None:
        super().__init__(max_length=10, **kwargs)

    def clean(self, value):
        value = super().clean(value)
        if value:
            parse(value)
        return value


@extend_schema_field({"type": "string", "example": "2025-09"})
class PartialDateBound(django_filters.CharFilter):
    """From or up to a date; a row known only by month or year counts if it may lie within."""

    field_class = PartialDateFormField

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        column = self.field_name
        if self.lookup_expr == "gte":
            may_lie_later = {value[:4], value[:7]}
            return qs.filter(Q(**{f"{column}__gte": value}) | Q(**{f"{column}__in": may_lie_later}))
        return qs.exclude(**{column: ""}).filter(
            Q(**{f"{column}__lte": value}) | Q(**{f"{column}__startswith": value})
        )


def partial_date_bounds(column: str, label) -> tuple[PartialDateBound, PartialDateBound]:
    """`x_after, x_before`, both inclusive."""
    return (
        PartialDateBound(column, "gte", label=label, help_text=gettext_lazy("From this year, month or day on.")),
        PartialDateBound(column, "lte", label=label, help_text=gettext_lazy("Up to this year, month or day.")),
    )


def date_bounds(column: str, label) -> tuple[django_filters.DateFilter, django_filters.DateFilter]:
    """`x_after, x_before`, both inclusive, and written the same in every language."""
    widget = forms.DateInput(attrs={"type": "date"})
    options = {"label": label, "widget": widget, "input_formats": ["%Y-%m-%d"]}
    return (
        django_filters.DateFilter(column, "gte", help_text=gettext_lazy("From this day on."), **options),
        django_filters.DateFilter(column, "lte", help_text=gettext_lazy("Up to this day."), **options),
    )


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 9999})
class YearFilter(django_filters.NumberFilter):
    """A whole year."""

    field_class = forms.IntegerField

    def __init__(self, column: str, lookup: str, label, help_text) -> None:
        super().__init__(column, lookup, label=label, help_text=help_text, min_value=1, max_value=9999)

    def get_max_validator(self):
        """None: the bounds above are the field's own."""
        return


def year_bounds(column: str, label) -> tuple[YearFilter, YearFilter]:
    """`x_min, x_max`, both inclusive."""
    return (
        YearFilter(column, "gte", label, gettext_lazy("From this year on.")),
        YearFilter(column, "lte", label, gettext_lazy("Up to this year.")),
    )

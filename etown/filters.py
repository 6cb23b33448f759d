"""Filters that know every word of their query: one definition for page, export, API and its document."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field

from etown.bilingual import Text, current_language
from etown.partial_dates import parse
from etown.search import all_words

UNKNOWN = "unknown"
MAX_QUERY_LENGTH = 200
MAX_WORDS = 12
# How much of a wrong word, and how many right ones, an error names.
MAX_NAMED = 40
MAX_LISTED = 30


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a query: which word, and what to do about it."""

    parameter: str
    detail: str


class RecordFilterSet(django_filters.FilterSet):
    """A FilterSet that reports what it does not understand instead of ignoring it."""

    def problems(self, also_known: Iterable[str] = ()) -> list[Problem]:
        found = misunderstood(self.data, also_known, several=self.filters)
        for name, errors in self.form.errors.items():
            found.extend(Problem(name, str(message)) for message in errors)
        return found

    @property
    def form(self) -> forms.Form:
        """The form; of a single value that is given twice neither is taken."""
        if not hasattr(self, "_form"):
            single = [name for name in self.filters if not isinstance(self.filters[name], AnyOf)]
            for found in repeated(self.data, single):
                super().form.add_error(found.parameter, found.detail)
        return super().form


def misunderstood(data: QueryDict, single: Iterable[str], several: Iterable[str] = ()) -> list[Problem]:
    """The parameters of which there are none such, and those of `single` that are given more than once."""
    known = [*several, *single]
    unknown = [Problem(name, _unknown(name, known)) for name in data if name not in known]
    return [*unknown, *repeated(data, single)]


def repeated(data: QueryDict, single: Iterable[str]) -> list[Problem]:
    """The parameters that take one value and are given several."""
    return [Problem(name, _("Give this only once.")) for name in single if len(data.getlist(name)) > 1]


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name[:MAX_NAMED], known, n=1, cutoff=0.5)
    if near:
        return _("There is no such parameter. Did you mean “%(near)s”?") % {"near": near[0]}
    return _("There is no such parameter. Known: %(known)s.") % {"known": ", ".join(sorted(known))}


class ManyField(forms.MultipleChoiceField):
    """Several words of one list; the message names the wrong one and the right ones."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("“%(value)s” is not one of the values: %(choices)s."),
    }

    def label_of(self, value: str) -> str:
        return str(next((label for word, label in self.choices if word == value), value))

    def validate(self, value: list[str]) -> None:
        if not value:
            return
        words = {str(word): None for word, _label in self.choices}
        for wrong in value:
            if wrong not in words:
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": wrong[:MAX_NAMED], "choices": _listed(wrong, list(words))},
                )


def _listed(wrong: str, words: list[str]) -> str:
    """The right words; of very many, those that are most like the wrong one."""
    if len(words) <= MAX_LISTED:
        return ", ".join(words)
    near = difflib.get_close_matches(wrong[:MAX_NAMED], words, n=5) or words[:5]
    return ", ".join([*near, "…"])


class AnyOf(django_filters.MultipleChoiceFilter):
    """Rows that match any of the words given; with `exclude`, rows that match none of them.

    `matching(rows, words)` answers with the rows that match; it is what the subclasses and fields differ in.
    """

    field_class = ManyField
    # A facet offers its options, with counts; other filters are reached by links.
    is_facet = False

    def __init__(self, matching: Callable[[QuerySet, list[str]], QuerySet], **kwargs) -> None:
        self.matching = matching
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet, value: list[str]) -> QuerySet:
        if not value:
            return qs
        hits = self.matching(qs.model._default_manager.all(), value).values("pk")
        return qs.exclude(pk__in=hits) if self.exclude else qs.filter(pk__in=hits)


def _twins(kind: type[AnyOf], matching, label, **options) -> tuple[AnyOf, AnyOf]:
    excluded = gettext_lazy("Not this value.")
    return (
        kind(matching, label=label, **options),
        kind(matching, label=label, exclude=True, **options | {"help_text": excluded}),
    )


class AnyWord(AnyOf):
    """Words of a fixed list."""

    is_facet = True


def word_filters(
    column: str,
    words: type,
    label,
    *,
    can_be_unknown: bool = False,
    prepare: Callable[[Any], QuerySet] = lambda rows: rows,
) -> tuple[AnyOf, AnyOf]:
    """`x, x__not` over a column with a fixed list of words; `prepare` annotates it where it is computed."""

    def matching(rows: QuerySet, wanted: list[str]) -> QuerySet:
        hit = Q(**{f"{column}__in": [word for word in wanted if word != UNKNOWN]})
        if UNKNOWN in wanted:
            hit |= Q(**{column: ""}) | Q(**{f"{column}__isnull": True})
        return prepare(rows).filter(hit)

    choices = [*words.choices, *([(UNKNOWN, gettext_lazy("Not known"))] if can_be_unknown else [])]
    kind = extend_schema_field({"type": "string", "enum": [word for word, _l in choices]})(
        type("AnyWord", (AnyWord,), {})
    )
    return _twins(kind, matching, label, choices=choices)


@extend_schema_field({"type": "string"})
class AnyTerm(AnyOf):
    """Slugs of a vocabulary, small enough to be offered whole."""

    is_facet = True


class RecordsField(ManyField):
    """Slugs of records, of which there may be very many: asked for one by one."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, related: Callable[[], QuerySet], **kwargs) -> None:
        self.related = related
        super().__init__(**kwargs)

    def validate(self, value: list[str]) -> None:
        slugs = {slug for slug in value if slug != UNKNOWN}
        # PostgreSQL fails on NUL.
        possible = [slug for slug in slugs if "\0" not in slug]
        wrong = (
            slugs - set(self.related().filter(slug__in=possible).values_list("slug", flat=True)) if slugs else slugs
        )
        if wrong:
            message = _("There is no public record “%(slug)s” here.")
            raise ValidationError(message, code="invalid_choice", params={"slug": min(wrong)[:MAX_NAMED]})

    def label_of(self, value: str) -> str:
        return str(self.related().filter(slug=value).first() or _("Not known"))


@extend_schema_field({"type": "string"})
class AnyRecord(AnyOf):
    """Slugs of related records."""

    field_class = RecordsField


def _related(
    relation: str,
    related: Callable[[], QuerySet],
    expand: Callable[[QuerySet, list[str]], QuerySet] | None = None,
) -> Callable[[QuerySet, list[str]], QuerySet]:
    """Rows related to any of the slugs; `unknown` finds those to which none of `related()` is."""

    def matching(rows: QuerySet, wanted: list[str]) -> QuerySet:
        slugs = [slug for slug in wanted if slug != UNKNOWN]
        chosen = expand(related(), slugs) if expand else related().filter(slug__in=slugs)
        hit = Q(pk__in=rows.filter(**{f"{relation}__in": chosen}).values("pk"))
        if UNKNOWN in wanted:
            hit |= ~Q(pk__in=rows.filter(**{f"{relation}__in": related()}).values("pk"))
        return rows.filter(hit)

    return matching


def term_filters(
    relation: str,
    terms: Callable[[], QuerySet],
    label,
    *,
    expand: Callable[[QuerySet, list[str]], QuerySet] | None = None,
    can_be_unknown: bool = True,
) -> tuple[AnyOf, AnyOf]:
    """`x, x__not` over a vocabulary; `expand` adds to the terms named those that they include."""

    def choices() -> list[tuple[str, Text | str]]:
        found = [(row.slug, row.name) for row in terms()]
        return [*found, (UNKNOWN, _("Not known"))] if can_be_unknown else found

    return _twins(AnyTerm, _related(relation, terms, expand), label, choices=choices)


def record_filters(relation: str, records: Callable[[], QuerySet], label) -> tuple[AnyOf, AnyOf]:
    """`x, x__not` over related records; only public ones can be asked for or found."""
    return _twins(AnyRecord, _related(relation, records), label, related=records)


class StrictCharField(forms.CharField):
    def __init__(self, **kwargs) -> None:
        super().__init__(**{"max_length": MAX_QUERY_LENGTH, **kwargs})


class WordsField(StrictCharField):
    """A few words; each costs the database a search of its own."""

    def clean(self, value):
        value = super().clean(value)
        if len(value.split()) > MAX_WORDS:
            raise ValidationError(_("Search for at most %(most)s words.") % {"most": MAX_WORDS})
        return value


@extend_schema_field({"type": "string", "maxLength": MAX_QUERY_LENGTH})
class TextFilter(django_filters.CharFilter):
    """`q`: rows in which every word occurs in one of the columns."""

    field_class = WordsField

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(label=gettext_lazy("Search"))

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return all_words(qs, value, self.columns) if value else qs


Order = tuple[str | Combinable, ...]


class OrderingFilter(django_filters.ChoiceFilter):
    """One of a short list of orders, each ending on the primary key so that pages never repeat a row."""

    def __init__(self, orders: Mapping[str, Order], labels: Mapping[str, object]) -> None:
        self.orders = orders
        super().__init__(
            label=gettext_lazy("Order"),
            choices=[(word, labels[word]) for word in orders],
            empty_label=gettext_lazy("as the list stands"),
            help_text=gettext_lazy("One order of the list; a hyphen in front turns it round."),
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

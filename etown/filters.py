"""Filters that know every word of their query: one definition for page, export, API and its document."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field

from etown.bilingual import Text
from etown.near import MAX_NAMED, no_such_parameter, not_among
from etown.search import matching
from etown.signs import printable

UNKNOWN = "unknown"
MAX_QUERY_LENGTH = 200
MAX_WORDS = 12


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a query: which word, and what to do about it."""

    parameter: str
    detail: str


class RecordFilterSet(django_filters.FilterSet):
    """A FilterSet that reports what it does not understand instead of ignoring it."""

    # The keys of some rows, where no others are asked about: what else there is need not be looked through.
    among: Collection[int] | None = None

    def know(self, choices: Callable[[str], list]) -> None:
        """Take the words of vocabularies from `choices` instead of reading them for each request."""
        for name, found in self.filters.items():
            if isinstance(found, AnyTerm):
                # Forms copy what their fields hold, but not functions.
                found.extra["choices"] = lambda name=name: choices(name)

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
    unknown = [Problem(name, no_such_parameter(name, known)) for name in data if name not in known]
    return [*unknown, *repeated(data, single)]


def repeated(data: QueryDict, single: Iterable[str]) -> list[Problem]:
    """The parameters that take one value and are given several."""
    return [Problem(name, _("Give this only once.")) for name in single if len(data.getlist(name)) > 1]


class ManyField(forms.MultipleChoiceField):
    """Several words of one list; the message names the wrong one and the right ones."""

    def label_of(self, value: str) -> str:
        return str(next((label for word, label in self.choices if word == value), value))

    def validate(self, value: list[str]) -> None:
        if not value:
            return
        words = {str(word): None for word, _label in self.choices}
        for wrong in value:
            if wrong not in words:
                raise ValidationError(not_among(wrong, list(words)), code="invalid_choice")


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
        rows = qs.model._default_manager.all()
        if self.parent.among is not None:
            rows = rows.filter(pk__in=self.parent.among)
        hits = self.matching(rows, value).values("pk")
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
        self.labels: dict[str, str] = {}
        super().__init__(**kwargs)

    def validate(self, value: list[str]) -> None:
        slugs = {slug for slug in value if slug != UNKNOWN}
        # PostgreSQL fails on NUL.
        possible = [slug for slug in slugs if "\0" not in slug]
        # Once a form, and chips need the names.
        self.labels = {row.slug: str(row) for row in self.related().filter(slug__in=possible)} if possible else {}
        if wrong := slugs - self.labels.keys():
            message = _("There is no public record “%(slug)s” here.")
            raise ValidationError(message, code="invalid_choice", params={"slug": printable(min(wrong)[:MAX_NAMED])})

    def label_of(self, value: str) -> str:
        return self.labels.get(value) or _("Not known")


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
    default_error_messages: ClassVar[dict[str, Any]] = {
        "max_length": gettext_lazy("At most %(limit_value)s characters, please; these are %(show_value)s."),
        "null_characters_not_allowed": gettext_lazy("This holds a character that no text has."),
    }

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
    """`q`: rows in which every word occurs in what the model declares as searched."""

    field_class = WordsField

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Search"))

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return matching(qs, value) if value else qs

"""Which questions can be asked of companies, products and wants."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from companies.models import Activity, Chain, Company, Milestone, Modality, Product, Segment, Stage, Want
from etown.bounds import partial_date_bounds, year_bounds
from etown.filters import (
    UNKNOWN,
    AnyOf,
    ManyField,
    RecordFilterSet,
    TextFilter,
    record_filters,
    term_filters,
    word_filters,
)
from etown.orders import NAME_ORDERS, UPDATED_ORDERS, known_first, ordering
from facts.filters import AS_OF_ORDERS
from facts.models import Basis


def segments() -> QuerySet:
    return Segment.objects.published()


def stages() -> QuerySet:
    return Stage.objects.published()


def modalities() -> QuerySet:
    return Modality.objects.published()


def with_children(rows: QuerySet, slugs: list[str]) -> QuerySet:
    return rows.with_children(slugs)


def cell_companies(rows: QuerySet, words: list[str]) -> QuerySet:
    """The tenants in any of the cells; service users and announced companies never count."""
    rows_by_stage: dict[str, list[str]] = {}
    for word in words:
        row, stage = word.split(".")
        rows_by_stage.setdefault(stage, []).append(row)
    hit = Q()
    for stage, slugs in rows_by_stage.items():
        at_stage = Q(stage__isnull=True) if stage == UNKNOWN else Q(stage__slug=stage)
        in_modality = Q(modality__in=modalities().with_children(slugs))
        hit |= at_stage & (Q(segment__slug__in=slugs) | in_modality)
    return rows.tenants().filter(pk__in=Activity.objects.filter(hit).values("company"))


class CellField(ManyField):
    """Words `<segment or modality>.<stage>`; the stage may be `unknown`."""

    widget = forms.MultipleHiddenInput

    def validate(self, value: list[str]) -> None:
        if not value:
            return
        rows = {*segments().values_list("slug", flat=True), *modalities().values_list("slug", flat=True)}
        columns = {UNKNOWN, *stages().values_list("slug", flat=True)}
        for word in value:
            row, _dot, stage = word.partition(".")
            if row not in rows or stage not in columns:
                raise ValidationError(
                    _(
                        "“%(value)s” is not a cell. Write a segment or modality, a full stop and a stage, "
                        "such as %(example)s."
                    ),
                    params={"value": word[:60], "example": "therapy-developer.pilot_production"},
                )


@extend_schema_field({"type": "string", "example": "therapy-developer.pilot_production"})
class CellFilter(AnyOf):
    field_class = CellField


class CompanyFilterSet(RecordFilterSet):
    q = TextFilter()
    segment, segment__not = term_filters("activities__segment", segments, _("Segment"))
    stage, stage__not = term_filters("activities__stage", stages, _("Chain stage"))
    modality, modality__not = term_filters("activities__modality", modalities, _("Modality"), expand=with_children)
    cell = CellFilter(
        cell_companies,
        label=_("Cell of the chain map"),
        help_text=_("Companies in the park with one activity in this segment or modality at this stage."),
    )
    role, role__not = word_filters("role", Company.Role, _("Role"))
    presence, presence__not = word_filters("presence", Company.Presence, _("Presence"))
    founded_year_min, founded_year_max = year_bounds("founded_year", _("Founded"))
    ordering = ordering(
        NAME_ORDERS,
        known_first("founded_year"),
        UPDATED_ORDERS,
    )

    class Meta:
        model = Company
        fields: list[str] = []


def companies() -> QuerySet:
    return Company.objects.published()


def chains() -> QuerySet:
    return Chain.objects.published()


class ProductFilterSet(RecordFilterSet):
    q = TextFilter()
    company, company__not = record_filters("company", companies, _("Company"))
    chain, chain__not = term_filters("chain", chains, _("Chain"))
    modality, modality__not = term_filters("modality", modalities, _("Modality"), expand=with_children)
    milestone, milestone__not = word_filters(
        "current_event",
        Milestone.Event,
        _("Current milestone"),
        can_be_unknown=True,
        prepare=lambda rows: rows.with_current_event(),
    )
    route, route__not = word_filters("milestones__route", Milestone.Route, _("Route"), can_be_unknown=True)
    vector, vector__not = word_filters("vector", Product.Vector, _("Vector"), can_be_unknown=True)
    cell_source, cell_source__not = word_filters(
        "cell_source", Product.CellSource, _("Cell source"), can_be_unknown=True
    )
    ordering = ordering(NAME_ORDERS, UPDATED_ORDERS)

    class Meta:
        model = Product
        fields: list[str] = []


class WantFilterSet(RecordFilterSet):
    q = TextFilter()
    chain, chain__not = term_filters("chain", chains, _("Chain"), can_be_unknown=False)
    segment, segment__not = term_filters("segment", segments, _("Segment"))
    modality, modality__not = term_filters("modality", modalities, _("Modality"), expand=with_children)
    stage, stage__not = term_filters("stage", stages, _("Chain stage"))
    basis, basis__not = word_filters("basis", Basis, _("Basis"))
    as_of_after, as_of_before = partial_date_bounds("as_of", _("As of"))
    ordering = ordering(AS_OF_ORDERS, UPDATED_ORDERS)

    class Meta:
        model = Want
        fields: list[str] = []

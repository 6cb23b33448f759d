"""Sources, citations, figures and corrections in the back office."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown.bilingual import pair_label
from etown.form_layout import both, group
from etown.forms import PartForm, PublishableForm
from etown.parts import GenericTabularPart
from etown.publishable_admin import PUBLISHING, PublishableAdmin
from etown.record_admin import RecordAdmin
from etown.records import Publishable
from etown.states import DERIVED
from etown.todo import PUBLISHABLE, Task
from facts.models import Citation, Correction, Figure, Source, Unit
from facts.sheets import FIGURES


def past_review(rows: QuerySet) -> QuerySet:
    return rows.published().filter(review_by__lt=timezone.localdate())


PAST_REVIEW = Task.listed(_("Past the date by which they shall be reviewed"), "past-review", past_review)
# What no source states: addresses and choices of this site.
OUR_OWN = DERIVED | {"slug", "status", "citations", "logo", "picture", "desk"}


def citeable(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """The fields for which a source can stand, pairs also under their common name."""
    names = {field.name for field in model._meta.get_fields()}
    for field in model._meta.get_fields():
        if field.name in OUR_OWN or (field.auto_created and field.name not in model.PARTS):
            continue
        base = field.name.removesuffix("_en")
        if base != field.name and f"{base}_zh_hans" in names:
            yield base, capfirst(pair_label(field))
        label = field.related_model._meta.verbose_name_plural if field.auto_created else field.verbose_name
        yield field.name, capfirst(str(label))


class CitationForm(PartForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.initial.get("field", "")
        if "field" in self.fields and stored not in dict(self.fields["field"].choices):
            # A form that did not offer what is stored would change it on saving.
            self.fields["field"].choices = [*self.fields["field"].choices, (stored, stored)]


class CitationPart(GenericTabularPart):
    model = Citation
    form = CitationForm
    fields = ("field", "source", "as_of", "basis")
    autocomplete_fields = ("source",)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any):
        if db_field.name != "field":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.ChoiceField(
            choices=[("", _("The whole record")), *citeable(self.parent_model)],
            required=False,
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
        )


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ("publisher", "title", "description_en", "tier", "published_on")
    list_display_links = ("publisher", "title")
    list_filter = ("tier", "language", "published_on")
    search_fields = ("publisher", "title", "description_en", "description_zh_hans", "slug", "url")
    date_hierarchy = "published_on"
    ordering = ("publisher", "-published_on", "pk")
    prepopulated_fields = {"slug": ("publisher", "title")}
    fields = (
        ("publisher", "tier"),
        ("title", "language"),
        both("description"),
        "url",
        ("published_on", "slug"),
    )


@admin.register(Unit)
class UnitAdmin(RecordAdmin):
    list_display = ("slug", "singular_en", "plural_en", "name_zh_hans", "style")
    list_filter = ("style",)
    search_fields = ("slug", "singular_en", "plural_en", "name_zh_hans")
    fields = (("singular_en", "plural_en", "name_zh_hans"), ("style", "slug"))
    prepopulated_fields = {"slug": ("plural_en",)}


@admin.register(Figure)
class FigureAdmin(PublishableAdmin):
    list_display = ("label_en", "label_zh_hans", "spelled", "as_of", "state", "status_since")
    list_display_links = ("label_en", "label_zh_hans")
    list_filter = ("status", "topic", "kind", "state", "is_headline", "basis", "review_by")
    tasks = (
        # What another figure has replaced is kept as it was.
        PAST_REVIEW._replace(rows=lambda rows: past_review(rows).exclude(state=Figure.State.SUPERSEDED)),
        *PublishableAdmin.tasks,
    )
    search_fields = ("label_en", "label_zh_hans", "scope_en", "scope_zh_hans", "slug", "source__publisher")
    autocomplete_fields = ("source", "superseded_by", "unit")
    prepopulated_fields = {"slug": ("label_en",)}
    sheets = (FIGURES,)
    fieldsets = (
        group(None, both("label"), both("scope"), ("qualifier", "low", "high", "unit"), ("topic", "kind")),
        group(_("Where it comes from"), ("source", "as_of", "basis")),
        group(_("Whether it holds"), ("state", "superseded_by", "review_by"), "is_headline", both("note")),
        PUBLISHING,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Figure]:
        return super().get_queryset(request).select_related("unit")

    @admin.display(description=_("value"), ordering="low")
    def spelled(self, figure: Figure) -> str:
        return figure.value


class CorrectionForm(PublishableForm):
    """The corrected record is named by its address, since nobody knows its number."""

    object_id = forms.CharField(
        label=capfirst(Correction._meta.get_field("object_id").verbose_name),
        required=False,
        max_length=80,
        help_text=_("The last part of its public address."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("object_id"):
            self.initial["object_id"] = getattr(self.instance.record, "slug", "")

    def clean(self) -> dict[str, Any]:
        super().clean()
        kind, slug = self.cleaned_data.get("content_type"), self.cleaned_data.get("object_id")
        if bool(kind) != bool(slug):
            raise ValidationError({"object_id": _("Give the kind of record and its address, or neither.")})
        record = kind.model_class()._default_manager.filter(slug=slug).first() if kind else None
        if kind and record is None:
            raise ValidationError({"object_id": _("There is no such record under this address.")})
        return {**self.cleaned_data, "object_id": record and record.pk}


@admin.register(Correction)
class CorrectionAdmin(PublishableAdmin):
    form = CorrectionForm
    list_display = ("corrected_on", "statement_en", "statement_zh_hans", "status_since")
    list_display_links = ("corrected_on", "statement_en", "statement_zh_hans")
    list_filter = ("status", "corrected_on")
    # It says what was so on its day, and holds for ever.
    tasks = PUBLISHABLE
    search_fields = ("statement_en", "statement_zh_hans", "slug")
    date_hierarchy = "corrected_on"
    fieldsets = (
        group(None, "corrected_on", both("statement"), ("content_type", "object_id")),
        PUBLISHING,
    )

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "content_type":
            kinds = [model for model in self.admin_site._registry if issubclass(model, Publishable)]
            found = ContentType.objects.get_for_models(*kinds).values()
            field.queryset = ContentType.objects.filter(pk__in=[kind.pk for kind in found])
            field.label_from_instance = lambda kind: capfirst(kind.name)
        return field

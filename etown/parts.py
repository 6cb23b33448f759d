"""How other records are chosen on a page of the back office, and rows that belong to a record edited on it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.contrib.contenttypes.admin import GenericTabularInline
from django.db import models
from django.http import HttpRequest

from etown.forms import GenericPartFormSet, PartForm, PartFormSet, RecordsField, VocabularyField, is_key


class KeysMixin:
    """Shows what is no key as nothing chosen: the form refuses it, and Django fails on it when it draws the form."""

    def optgroups(self, name: str, value: list[Any], attr: Any = None):
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class RecordSelect(KeysMixin, AutocompleteSelect):
    pass


class RecordSelectMultiple(KeysMixin, AutocompleteSelectMultiple):
    pass


class ChoiceMixin:
    """How other records are chosen: small vocabularies are plain selects, read once a page."""

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", RecordSelect(db_field, self.admin_site))
        else:
            kwargs.setdefault("form_class", VocabularyField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs = {
                "widget": RecordSelectMultiple(db_field, self.admin_site),
                "form_class": RecordsField,
                **kwargs,
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Four signs beside each choice leave no room for the choice; removing has its own page.
            field.widget.can_view_related = field.widget.can_delete_related = False
            if isinstance(field, VocabularyField):
                field.widget.can_add_related = field.widget.can_change_related = False
        return field


class PartMixin(ChoiceMixin):
    """Rows that belong to a record, edited on its page."""

    extra = 0
    form = PartForm
    formset = PartFormSet


class TabularPart(PartMixin, admin.TabularInline):
    pass


class StackedPart(PartMixin, admin.StackedInline):
    pass


class GenericTabularPart(PartMixin, GenericTabularInline):
    formset = GenericPartFormSet


class AliasPart(TabularPart):
    fields = ("name", "kind")

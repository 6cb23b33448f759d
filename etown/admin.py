"""The back office: every record is edited here and saved through the one publishing function."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.widgets import AdminFileWidget, RelatedFieldWidgetWrapper
from django.contrib.contenttypes.admin import GenericTabularInline
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import BaseFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from etown import publishing
from etown.forms import (
    GenericPartFormSet,
    PartForm,
    PartFormSet,
    PictureField,
    PublishableListForm,
    RecordForm,
    VocabularyField,
    labelled,
)
from etown.models import Picture
from etown.records import Publishable, Record, Status

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
# A refusal for each of ten thousand selected records helps nobody.
REFUSALS_SHOWN = 20


def both(name: str) -> tuple[str, str]:
    """The two columns of a translated field, side by side."""
    return f"{name}_en", f"{name}_zh_hans"


def group(title: Any, *rows: str | tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    return title, {"fields": rows}


PUBLISHING = group(_("Publishing"), ("slug", "status"), ("published_at", "updated_at"))


class EtownAdminSite(admin.AdminSite):
    site_header = _("E-Town Invest back office")
    site_title = _("E-Town Invest back office")
    index_title = _("What the public sees, and where it comes from")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Not by decorator: this module is imported while the default site is being made.
        self.register(Picture, PictureAdmin)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        notices = [
            notice
            for model_admin in self._registry.values()
            if isinstance(model_admin, RecordAdmin)
            and model_admin.has_view_permission(request)
            and (notice := model_admin.get_notice())
        ]
        return super().index(request, {"notices": notices, **(extra_context or {})})


class ChoiceMixin:
    """How other records are chosen: small vocabularies are plain selects, read once a page."""

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any):
        if db_field.name not in self.get_autocomplete_fields(request):
            kwargs.setdefault("form_class", VocabularyField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Four signs beside each choice leave no room for the choice; removing has its own page.
            field.widget.can_view_related = field.widget.can_delete_related = False
            if isinstance(field, VocabularyField):
                field.widget.can_add_related = field.widget.can_change_related = False
        return field


class RecordAdmin(ChoiceMixin, admin.ModelAdmin):
    form = RecordForm
    list_per_page = 50
    save_on_top = True

    def get_notice(self) -> SafeString | None:
        """What the first page should say about these records, if anything."""
        return None

    def view_on_site(self, record: Record) -> str | None:
        if not hasattr(record, "get_absolute_url"):
            return None
        if not type(record)._default_manager.published().filter(pk=record.pk).exists():
            return None
        try:
            return record.get_absolute_url()
        except NoReverseMatch:
            return None

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            # Forms say what is missing; this is for parts that the editor may not see.
            self.message_user(request, " ".join(labelled(self.model, error)), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Record, form: ModelForm, change: bool) -> None:
        """Nothing yet: the record is written with its parts, in save_related()."""

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list[BaseFormSet], change: bool) -> None:
        def write_parts() -> None:
            super(RecordAdmin, self).save_related(request, form, formsets, change)

        def write() -> None:
            form.instance.save()
            write_parts()

        if change and not any(edited.has_changed() for edited in (form, *formsets)):
            # Nothing is written; Django reads from the formsets that there was nothing.
            write_parts()
        else:
            publishing.save(form.instance, write)

    def delete_model(self, request: HttpRequest, obj: Record) -> None:
        publishing.delete(obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for record in queryset:
            publishing.delete(record)


class PublishableAdmin(RecordAdmin):
    actions = ("publish", "unpublish", "archive")
    readonly_fields = ("published_at", "updated_at")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, **{"form": PublishableListForm, **kwargs})

    @admin.display(description=_("status"), ordering="status")
    def status_since(self, record: Publishable) -> SafeString:
        is_public = record.status == Status.PUBLISHED and record.published_at
        date = timezone.localdate(record.published_at if is_public else record.updated_at)
        return format_html(
            '<span class="status status-{}">{}</span> <time class="quiet">{}</time>',
            record.status,
            record.get_status_display(),
            date.isoformat(),
        )

    @admin.action(description=_("Publish"), permissions=["change"], location=EVERYWHERE)
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = ngettext_lazy("%(count)d record is published.", "%(count)d records are published.", "count")
        self._set_status(request, queryset, Status.PUBLISHED, done)

    @admin.action(description=_("Withdraw to draft"), permissions=["change"], location=EVERYWHERE)
    def unpublish(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = ngettext_lazy("%(count)d record is a draft.", "%(count)d records are drafts.", "count")
        self._set_status(request, queryset, Status.DRAFT, done)

    @admin.action(description=_("Archive"), permissions=["change"], location=EVERYWHERE)
    def archive(self, request: HttpRequest, queryset: QuerySet) -> None:
        done = ngettext_lazy("%(count)d record is archived.", "%(count)d records are archived.", "count")
        self._set_status(request, queryset, Status.ARCHIVED, done)

    def _set_status(self, request: HttpRequest, queryset: QuerySet, status: Status, done: Any) -> None:
        count, refusals = 0, []
        for record in queryset.exclude(status=status):
            name = str(record) or record.slug
            try:
                publishing.set_status(record, status)
            except ValidationError as error:
                refusals.append(f"{name}: {' '.join(labelled(self.model, error))}")
                continue
            self.log_change(request, record, [{"changed": {"fields": [str(_("status"))]}}])
            count += 1
        if count or not refusals:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)
        for refusal in refusals[:REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.ERROR)
        if (more := len(refusals) - REFUSALS_SHOWN) > 0:
            text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
            self.message_user(request, text % {"count": more}, messages.ERROR)


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


class PictureAdmin(RecordAdmin):
    list_display = (
        "thumbnail",
        "title",
        "alternative_en",
        "alternative_zh_hans",
        "credit",
        "width",
        "height",
    )
    list_display_links = ("thumbnail", "title")
    search_fields = ("title", "alternative_en", "alternative_zh_hans", "credit")
    fields = ("title", "file", both("alternative"), "credit")
    formfield_overrides: ClassVar = {models.ImageField: {"form_class": PictureField, "widget": AdminFileWidget}}

    @admin.display(description=_("picture"))
    def thumbnail(self, picture: Picture) -> SafeString:
        return format_html('<img src="{}" width="96" alt="">', picture.file.url)

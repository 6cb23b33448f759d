"""The page of a record in the back office: edited, and saved through the one publishing function."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch

from etown import publishing, states, upkeep
from etown.deeds import Deed
from etown.derived import hold
from etown.editing import PUBLISH, SUBMIT, Edit
from etown.form_layout import group, without
from etown.forms import EditForm
from etown.history_pages import HistoryPages
from etown.parts import ChoiceMixin
from etown.readiness import neglected
from etown.records import Record, labelled
from etown.sheets.pages import SheetsMixin
from etown.todo import Task, TodoFilter


class RecordAdmin(SheetsMixin, ChoiceMixin, HistoryPages, admin.ModelAdmin):
    form = EditForm
    list_per_page = 50
    save_on_top = True
    change_form_template = "admin/record_form.html"
    # What may be to do with these records: lines of the first page, and choices of the list.
    tasks: tuple[Task, ...] = ()

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        found = list(super().get_list_filter(request))
        return [*found, TodoFilter] if self.tasks or upkeep.pairs(self.opts.model) else found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        record = context["original"]
        context["neglected"] = neglected(record) if record else []
        return super().render_change_form(request, context, **kwargs)

    def view_on_site(self, record: Record) -> str | None:
        if not hasattr(record, "get_absolute_url"):
            return None
        if not type(record)._default_manager.published().filter(pk=record.pk).exists():
            return None
        try:
            return record.get_absolute_url()
        except NoReverseMatch:
            return None

    def get_fieldsets(self, request: HttpRequest, obj: Record | None = None) -> list[Any]:
        found = list(super().get_fieldsets(request, obj))
        if not self.may_write(request, obj):
            return [without(entry, "reason") for entry in found]
        return found if "reason" in flatten_fieldsets(found) else [*found, group(None, "reason")]

    def may_write(self, request: HttpRequest, record: Record | None) -> bool:
        return self.has_add_permission(request) if record is None else self.has_change_permission(request, record)

    def get_form(self, request: HttpRequest, obj: Record | None = None, change: bool = False, **kwargs: Any):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"edit": getattr(request, "edit", None)})

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any):
        try:
            if request.method == "POST":
                with transaction.atomic():
                    hold()
                    return self._edited(request, object_id, *args, **kwargs)
            return self._edited(request, object_id, *args, **kwargs)
        except ValidationError as error:
            # Forms say what is missing; this is for parts that the editor may not see.
            self.message_user(request, " ".join(labelled(self.model, error)), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def _edited(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        stored = self.get_object(request, unquote(object_id)) if object_id else None
        edit = request.edit = Edit.begin(request, stored)
        self.refuse_intent(request, edit)
        with edit.stage():
            context = {"edit": edit, **(extra_context or {})}
            response = super().changeform_view(request, object_id, form_url, context)
            if edit.is_rehearsed and isinstance(response, TemplateResponse):
                response.render()
        if edit.data is None or stored is None:
            return response
        if parked := edit.carry_out():
            address = self.url_of("conflict", stored, parked)
            return HttpResponseRedirect(f"{address}?{urlencode({'then': edit.intent})}")
        return response

    def may_plan(self, request: HttpRequest) -> bool:
        """Whether this person may say when something goes out."""
        return False

    def refuse_intent(self, request: HttpRequest, edit: Edit) -> None:
        """PermissionDenied for what this person may not do with the button."""

    def save_model(self, request: HttpRequest, obj: Record, form: ModelForm, change: bool) -> None:
        """Nothing yet: the record is written with its parts, in save_related()."""

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list[BaseFormSet], change: bool) -> None:
        edit = getattr(request, "edit", None) or Edit(Deed.by(request))

        def write_parts() -> None:
            super(RecordAdmin, self).save_related(request, form, formsets, change)

        def write() -> None:
            form.instance.save()
            write_parts()

        if change and not edit.is_late and not self._says_something_new(edit, form, formsets):
            # Nothing is written; Django reads from the formsets that there was nothing.
            write_parts()
        elif edit.is_rehearsed:
            write()
            edit.data = states.snapshot(form.instance)
        else:
            publishing.save(form.instance, write, deed=edit.deed)

    def _says_something_new(self, edit: Edit, form: ModelForm, formsets: list[BaseFormSet]) -> bool:
        if any(set(edited.changed_data) - {"reason"} for edited in (form,)):
            return True
        if edit.waiting and edit.intent in {PUBLISH, SUBMIT}:
            return True
        status = getattr(form.instance, "status", None)
        return status != getattr(edit.stored, "status", None) or any(found.has_changed() for found in formsets)

    def log_addition(self, request: HttpRequest, obj: Record, message: Any) -> None:
        """The history is kept by the publishing deed."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> None:
        """The history is kept by the publishing deed."""

    def delete_model(self, request: HttpRequest, obj: Record) -> None:
        publishing.delete(obj, deed=Deed.by(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for record in queryset:
            publishing.delete(record, deed=Deed.by(request))

"""The list of imports and merges in the back office, and undoing one as a step."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etown.bilingual import listed
from etown.models import Batch
from etown.sheets import tasks
from etown.sheets.declared import declared

# What each record's model asks of whoever takes its changes back.
DEEDS = ("add", "change", "publish")


class BatchAdmin(admin.ModelAdmin):
    list_display = ("created_at", "what", "file", "author", "rows", "reason", "undone")
    list_display_links = ("created_at", "file")
    list_filter = ("kind", "created_at")
    search_fields = ("reason", "author__username")
    list_select_related = ("author", "undone_by")
    fields = ("created_at", "what", "file", "author", "rows", "reason", "undone")
    change_form_template = "admin/etown/batch/change_form.html"
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        return False

    def has_undo_permission(self, request: HttpRequest, batch: Batch) -> bool:
        deeds, label = DEEDS, batch.data.get("record", "")
        if sheet := declared().get(batch.data.get("sheet", "")):
            label = sheet.record._meta.label_lower
        elif batch.kind == Batch.Kind.MERGE:
            # It makes no record, and undoing it removes none.
            deeds = ("change", "publish")
        if batch.undone_at or not label:
            return False
        app, name = label.split(".")
        return self.has_view_permission(request) and all(
            request.user.has_perm(f"{app}.{deed}_{name}") for deed in deeds
        )

    def get_urls(self) -> list[Any]:
        undo = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo, name="etown_batch_undo"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        batch = self.get_object(request, object_id)
        if batch is not None:
            extra_context = {
                "records": self._records(batch),
                "undo_address": reverse("admin:etown_batch_undo", args=[batch.pk])
                if self.has_undo_permission(request, batch)
                else "",
                **(extra_context or {}),
            }
        return super().change_view(request, object_id, form_url, extra_context)

    @staticmethod
    def _records(batch: Batch) -> QuerySet:
        return batch.revisions.defer("data").order_by("pk")[:100]

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(Batch, pk=pk)
        if not self.has_undo_permission(request, batch):
            raise PermissionDenied
        back = reverse("admin:etown_batch_change", args=[pk])
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Undo this import?") if batch.kind == Batch.Kind.IMPORT else _("Undo this merge?"),
                "batch": batch,
                "count": batch.revisions.count(),
                "back": back,
            }
            return TemplateResponse(request, "admin/etown/batch/undo.html", context)
        try:
            job = tasks.start_undo(batch, request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(back)
        if job:
            return HttpResponseRedirect(reverse("admin:etown_job_progress", args=[job]))
        said = _("The import has been undone: all its records are as they were.")
        if batch.kind == Batch.Kind.MERGE:
            said = _("The merge has been undone: all its records are as they were.")
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(back)

    @admin.display(description=gettext_lazy("what"), ordering="kind")
    def what(self, batch: Batch) -> str:
        sheet = declared().get(batch.data.get("sheet", ""))
        about = sheet.label if sheet else batch.data.get("title", "")
        kind = batch.get_kind_display()
        return _("%(kind)s: %(about)s") % {"kind": kind, "about": about} if about else kind

    @admin.display(description=gettext_lazy("file"), empty_value="–")
    def file(self, batch: Batch) -> str:
        return batch.data.get("file", "")

    @admin.display(description=gettext_lazy("rows"), empty_value="–")
    def rows(self, batch: Batch) -> str:
        counts = batch.data.get("counts", {})
        parts = [(_("new"), counts.get("new")), (_("changed"), counts.get("changed"))]
        return listed(f"{count} {label}" for label, count in parts if count)

    @admin.display(description=gettext_lazy("undone"), ordering="undone_at")
    def undone(self, batch: Batch) -> str:
        # On its own page Django would write out the bare value.
        return date_format(localtime(batch.undone_at), "DATETIME_FORMAT") if batch.undone_at else "–"

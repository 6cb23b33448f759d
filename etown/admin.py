"""The back office: its first page, and the records of the kernel in it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from etown import past, todo
from etown.form_layout import both
from etown.formatted import clean_formatted
from etown.forms import PictureField
from etown.models import Batch, Job, Picture
from etown.outbox.admin import JobAdmin
from etown.record_admin import RecordAdmin
from etown.revisions import Revision
from etown.sheets.batches import BatchAdmin
from etown.staff_site import StaffSite

# What Django's admin does not say in Chinese yet; our catalogue does.
UNTRANSLATED = (gettext_noop("- Select an option -"), gettext_noop("Filter by %(field_name)s"))
CHOICES_SHOWN = 24


class EtownAdminSite(StaffSite):
    site_header = _("E-Town Invest back office")
    site_title = _("E-Town Invest back office")
    index_title = _("What the public sees, and where it comes from")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Not by decorator: this module is imported while the default site is being made.
        self.register(Picture, PictureAdmin)
        self.register(Batch, BatchAdmin)
        self.register(Job, JobAdmin)
        self.register(Revision, past.RevisionAdmin)

    def get_urls(self) -> list[Any]:
        cleaning = path("formatted/clean/", self.admin_view(clean_formatted), name="clean_formatted")
        return [cleaning, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {
            "todo": todo.grouped(todo.lines(self, request)),
            "recent": past.recent(request),
            "sees_history": self._registry[Revision].has_view_permission(request),
        }
        return super().index(request, {**context, **(extra_context or {})})


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

    def get_urls(self) -> list[Any]:
        choices = path("choices/", self.admin_site.admin_view(self.choices), name="etown_picture_choices")
        return [choices, *super().get_urls()]

    def choices(self, request: HttpRequest) -> HttpResponse:
        """Pictures that fit the words of `q`, the newest first, for the editor of formatted texts."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found, may_repeat = self.get_search_results(request, self.get_queryset(request), request.GET.get("q", ""))
        found = (found.distinct() if may_repeat else found).order_by("-pk")[:CHOICES_SHOWN]
        return JsonResponse({"pictures": [picture.as_choice() for picture in found]})

    @admin.display(description=_("picture"))
    def thumbnail(self, picture: Picture) -> SafeString:
        return format_html('<img src="{}" width="96" alt="">', picture.file.url)

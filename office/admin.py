"""The office, its desks and its own pages in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from etown.form_layout import both, group
from etown.publishable_admin import PUBLISHING, PublishableAdmin
from etown.record_admin import RecordAdmin
from etown.todo import Task
from office.models import Desk, Office, Page

DEMONSTRATION = Task(
    _("A demonstration desk stands in for a real one: nobody reads what is sent to it"),
    "is_demonstration__exact=1",
    lambda rows: rows.filter(is_demonstration=True),
)


@admin.register(Office)
class OfficeAdmin(RecordAdmin):
    search_fields = ("name_en", "name_zh_hans")
    fields = (both("name"), both("address"), ("icp_number", "public_security_number"), "privacy_email")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one office: its list is its page."""
        office = Office.current()
        if office is None or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:office_office_change", args=[office.pk]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and Office.current() is None

    def has_delete_permission(self, request: HttpRequest, obj: Office | None = None) -> bool:
        return False


@admin.register(Desk)
class DeskAdmin(RecordAdmin):
    list_display = ("name_en", "name_zh_hans", "email", "phone", "is_demonstration", "position")
    list_display_links = ("name_en", "name_zh_hans")
    list_editable = ("position",)
    list_filter = ("is_demonstration",)
    tasks = (DEMONSTRATION,)
    search_fields = ("name_en", "name_zh_hans", "email", "topics_en", "topics_zh_hans", "slug")
    prepopulated_fields = {"slug": ("name_en",)}
    fields = (
        both("name"),
        ("email", "phone"),
        both("hours"),
        both("languages"),
        both("topics"),
        "is_demonstration",
        ("slug", "position"),
    )


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    list_display = ("title_en", "title_zh_hans", "slug", "status_since")
    list_display_links = ("title_en", "title_zh_hans")
    list_filter = ("status",)
    search_fields = ("title_en", "title_zh_hans", "body_en", "body_zh_hans", "slug")
    prepopulated_fields = {"slug": ("title_en",)}
    fieldsets = (group(None, both("title"), both("body")), PUBLISHING)

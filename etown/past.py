"""The whole history, of all records, for staff to read; what was removed shows how it was last."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from etown import compare
from etown.records import Record
from etown.revisions import Revision

RECENT = 10


class KindFilter(admin.SimpleListFilter):
    """Only what this person may see; Django's own filter would name every table."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = [(str(kind.pk), capfirst(str(model._meta.verbose_name_plural))) for model, kind in seen(request)]
        return sorted(named, key=lambda entry: entry[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.value() or ""
        return queryset.filter(content_type=chosen) if chosen.isdecimal() else queryset


def seen(request: HttpRequest) -> list[tuple[Any, ContentType]]:
    """The kinds of records whose history this person may read."""
    models = [
        model
        for model, model_admin in admin.site._registry.items()
        if issubclass(model, Record) and model_admin.has_view_or_change_permission(request)
    ]
    return list(ContentType.objects.get_for_models(*models).items())


def recent(request: HttpRequest) -> QuerySet[Revision]:
    """What this person did last."""
    found = Revision.objects.filter(author=request.user.pk).exclude(state=Revision.State.REPLACED)
    return found.select_related("content_type").defer("data")[:RECENT]


class RevisionAdmin(admin.ModelAdmin):
    list_display = ("created_at", "called", "kind_of_record", "done", "author", "reason")
    list_display_links = ("called",)
    list_filter = (KindFilter, "what", "state", "created_at", ("author", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("author", "content_type", "batch")
    list_per_page = 50
    search_fields = ("title", "reason")
    # A second count of a table that only grows.
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        kinds = [kind.pk for _model, kind in seen(request)]
        return super().get_queryset(request).filter(content_type__in=kinds).defer("data")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("History"), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        return self._shown(request, object_id)

    def _shown(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of the version; of what is no more, its state."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        revision = self.get_object(request, unquote(object_id))
        if revision is None:
            raise Http404
        model: Any = revision.content_type.model_class()
        opts = model._meta
        if model._default_manager.filter(pk=revision.object_id).exists():
            name = f"admin:{opts.app_label}_{opts.model_name}_version"
            return HttpResponseRedirect(reverse(name, args=[revision.object_id, revision.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Removed: %(record)s") % {"record": revision.title},
            "opts": opts,
            "revision": revision,
            "differences": compare.differences(model(pk=revision.object_id), {}, revision.data),
        }
        return TemplateResponse(request, "admin/removed.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history has no history."""
        return self._shown(request, object_id)

    @admin.display(description=_("record"), ordering="title")
    def called(self, revision: Revision) -> str:
        return revision.title or "–"

    @admin.display(description=_("kind"), ordering="content_type")
    def kind_of_record(self, revision: Revision) -> str:
        return capfirst(revision.content_type.name)

    @admin.display(description=_("what"), ordering="what")
    def done(self, revision: Revision) -> SafeString:
        said: list[Any] = [_("as planned")] if revision.on_schedule else []
        said += [revision.get_state_display()] if revision.state != Revision.State.APPLIED else []
        said += [str(revision.batch)] if revision.batch else []
        return format_html(
            '{}<span class="plan">{}</span>', revision.get_what_display(), " · ".join(str(part) for part in said)
        )

"""The back office: every record is edited here and saved through the one publishing function."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.widgets import AdminFileWidget, RelatedFieldWidgetWrapper
from django.contrib.contenttypes.admin import GenericTabularInline
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import BaseFormSet, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext, ngettext_lazy

from etown import past, publishing, states, todo, upkeep, waiting
from etown.deeds import Deed
from etown.derived import hold
from etown.editing import DRAFT, PUBLISH, SUBMIT, Edit
from etown.formatted import clean_formatted
from etown.forms import (
    EditForm,
    GenericPartFormSet,
    PartForm,
    PartFormSet,
    PictureField,
    PublishableForm,
    VocabularyField,
)
from etown.history_pages import HistoryPages
from etown.models import Batch, Job, Picture
from etown.outbox.admin import JobAdmin
from etown.plans import PlannedFilter, WaitingFilter, announcement, clock_time, outcome, plan_of
from etown.previews import PreviewPages
from etown.readiness import missing, neglected
from etown.reasons import ask_reason, reason_given
from etown.records import Publishable, Record, Status, labelled
from etown.revisions import Revision
from etown.sheets.batches import BatchAdmin
from etown.sheets.pages import SheetsMixin
from etown.staff_site import StaffSite
from etown.todo import Task, TodoFilter

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
# What Django's admin does not say in Chinese yet; our catalogue does.
UNTRANSLATED = (gettext_noop("- Select an option -"), gettext_noop("Filter by %(field_name)s"))
# A refusal for each of ten thousand selected records helps nobody.
REFUSALS_SHOWN = 20
CHOICES_SHOWN = 24


def both(name: str) -> tuple[str, str]:
    """The two columns of a translated field, side by side."""
    return f"{name}_en", f"{name}_zh_hans"


def group(title: Any, *rows: str | tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    return title, {"fields": rows}


def without(entry: Any, name: str) -> Any:
    title, options = entry
    return title, {**options, "fields": [row for row in options["fields"] if row != name]}


PUBLISHING = group(
    _("Publishing"),
    "slug",
    ("publish_at", "expire_at"),
    "reason",
    ("status_since", "published_at", "updated_at"),
)


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


class PublishableAdmin(PreviewPages, RecordAdmin):
    form = PublishableForm
    actions = ("publish", "withdraw", "archive", "verify")
    tasks = (*todo.PUBLISHABLE, todo.UNVERIFIED)
    readonly_fields = ("status_since", "published_at", "updated_at")

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def may_plan(self, request: HttpRequest) -> bool:
        return self.has_publish_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft that will be public by itself is changed by those who may publish it."""
        is_planned = obj is not None and obj.status != Status.PUBLISHED and obj.publish_at is not None
        may_change = super().has_change_permission(request, obj)
        return may_change and (not is_planned or self.has_publish_permission(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        found = tuple(super().get_readonly_fields(request, obj))
        return found if self.has_publish_permission(request) else (*found, "publish_at", "expire_at")

    def refuse_intent(self, request: HttpRequest, edit: Edit) -> None:
        is_back = edit.intent == DRAFT and getattr(edit.stored, "status", "") == Status.ARCHIVED
        if (edit.intent == PUBLISH or is_back) and not self.has_publish_permission(request):
            raise PermissionDenied

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        context |= self.publishing_context(request, context)
        return super().render_change_form(request, context, **kwargs)

    def publishing_context(self, request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
        """What the page says above the form, and which buttons it has."""
        record, edit = context["original"], request.edit
        may_publish = self.has_publish_permission(request)
        return {
            "is_publishable": True,
            "has_preview": record is not None and hasattr(record, "get_absolute_url"),
            "may_publish": may_publish,
            "status": record.status if record else Status.DRAFT,
            "missing": missing(record) if record and record.status != Status.PUBLISHED else [],
            "waiting_change": edit.waiting,
            "waiting_age": edit.waiting and clock_time(edit.waiting.created_at),
            "waiting_plan": edit.waiting and edit.waiting.publish_at and clock_time(edit.waiting.publish_at),
        }

    @admin.display(description=_("status"), ordering="status")
    def status_since(self, record: Publishable) -> SafeString:
        if record.pk is None:
            return format_html('<span class="status">{}</span>', record.get_status_display())
        is_public = record.status == Status.PUBLISHED and record.published_at
        date = timezone.localdate(record.published_at if is_public else record.updated_at)
        return format_html(
            '<span class="status status-{}">{}</span> <time class="quiet">{}</time> <span class="plan">{}</span>',
            record.status,
            record.get_status_display(),
            date.isoformat(),
            plan_of(record),
        )

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [
            chosen
            for found in super().get_list_filter(request)
            for chosen in ([found, PlannedFilter, WaitingFilter] if found == "status" else [found])
        ]

    def response_add(self, request: HttpRequest, obj: Publishable, post_url_continue: str | None = None):
        response = super().response_add(request, obj, post_url_continue)
        self._announce(request, obj)
        return response

    def response_change(self, request: HttpRequest, obj: Publishable) -> HttpResponse:
        edit = request.edit
        if IS_POPUP_VAR in request.POST or not edit.is_rehearsed:
            response = super().response_change(request, obj)
            self._announce(request, obj)
            return response
        if edit.is_late:
            return HttpResponseRedirect(request.path)
        level, said = outcome(edit, obj)
        self.message_user(request, said, level)
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        return self.response_post_save_change(request, obj)

    def _announce(self, request: HttpRequest, record: Publishable) -> None:
        if IS_POPUP_VAR not in request.POST and (said := announcement(record)):
            self.message_user(request, said, messages.INFO)

    @admin.action(description=_("Publish"), permissions=["publish"], location=[ActionLocation.CHANGE_LIST])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        done = ngettext_lazy("%(count)d record is published.", "%(count)d records are published.", "count")
        return self._set_status(request, queryset, Status.PUBLISHED, _("Publish"), done)

    @admin.action(description=_("Withdraw to draft"), permissions=["publish"], location=EVERYWHERE)
    def withdraw(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        done = ngettext_lazy("%(count)d record is a draft.", "%(count)d records are drafts.", "count")
        return self._set_status(request, queryset, Status.DRAFT, _("Withdraw to draft"), done)

    @admin.action(description=_("Archive"), permissions=["publish"], location=EVERYWHERE)
    def archive(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        done = ngettext_lazy("%(count)d record is archived.", "%(count)d records are archived.", "count")
        return self._set_status(request, queryset, Status.ARCHIVED, _("Archive"), done)

    @admin.action(description=_("Checked today: it holds"), permissions=["change"], location=EVERYWHERE)
    def verify(self, request: HttpRequest, queryset: QuerySet) -> None:
        public = list(queryset.filter(status=Status.PUBLISHED))
        for record in public:
            publishing.verify(record, deed=Deed.by(request))
        count = len(public)
        done = ngettext("%(count)d public record is checked.", "%(count)d public records are checked.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def _set_status(
        self, request: HttpRequest, queryset: QuerySet, status: Status, title: Any, done: Any
    ) -> HttpResponse | None:
        deed = reason_given(request)
        if deed is None:
            return ask_reason(self, request, queryset, title)
        count, refusals = 0, []
        for record in queryset:
            name = str(record) or record.slug
            try:
                count += _give_status(record, status, deed)
            except ValidationError as error:
                refusals.append(f"{name}: {' '.join(labelled(self.model, error))}")
            except self.model.DoesNotExist:
                removed = _("Somebody has removed it meanwhile.")
                refusals.append(f"{name}: {removed}")
        if count or not refusals:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)
        for refusal in refusals[:REFUSALS_SHOWN]:
            self.message_user(request, refusal, messages.ERROR)
        if (more := len(refusals) - REFUSALS_SHOWN) > 0:
            text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
            self.message_user(request, text % {"count": more}, messages.ERROR)
        return None


def _give_status(record: Publishable, status: Status, deed: Deed) -> bool:
    """Whether anything was to be done."""
    if record.status == status == Status.PUBLISHED and Revision.waiting_for(record):
        waiting.publish(record, deed=deed)
    elif record.status == status:
        return False
    else:
        publishing.set_status(record, status, deed=deed)
    return True


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

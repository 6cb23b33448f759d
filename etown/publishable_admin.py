"""Records that are published, in the back office: who may, what the page says of it, and the deeds of the list."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from etown import publishing, todo, waiting
from etown.deeds import Deed
from etown.editing import DRAFT, PUBLISH, Edit
from etown.form_layout import group
from etown.forms import PublishableForm
from etown.plans import PlannedFilter, WaitingFilter, announcement, clock_time, outcome, plan_of
from etown.previews import PreviewPages
from etown.readiness import missing
from etown.reasons import ask_reason, reason_given
from etown.record_admin import RecordAdmin
from etown.records import Publishable, Status, labelled
from etown.revisions import Revision

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
# A refusal for each of ten thousand selected records helps nobody.
REFUSALS_SHOWN = 20
PUBLISHING = group(
    _("Publishing"),
    "slug",
    ("publish_at", "expire_at"),
    "reason",
    ("status_since", "published_at", "updated_at"),
)


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

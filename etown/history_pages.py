"""The history of a record in the back office: its versions, two compared, reverting, and a late save settled."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from etown import compare, waiting
from etown.conflicts import Settlement
from etown.deeds import Deed
from etown.derived import hold
from etown.editing import PUBLISH, settle
from etown.records import Publishable, Record, Status, labelled
from etown.revisions import Revision
from etown.states import snapshot

A_PAGE = 50


@dataclass(frozen=True)
class Page:
    """A record and one of its versions, as an address of the back office names them."""

    record: Record
    revision: Revision


class HistoryPages:
    """For the admin of a record; everything here is read by who may view it and written by who may change it."""

    def url_of(self, role: str, *objects: Any) -> str:
        keys = [found.pk for found in objects]
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{role}", args=keys)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/history/<int:revision_id>/", view(self.version_view), name=f"{name}_version"),
            path("<path:object_id>/settle/<int:revision_id>/", view(self.conflict_view), name=f"{name}_conflict"),
            path("<path:object_id>/discard/", view(self.discard_view), name=f"{name}_discard"),
        ]
        return own + super().get_urls()

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None):
        record = self._record(request, object_id)
        revisions = Revision.objects.of(record).select_related("author", "batch")
        context = self._context(request, record, _("History: %(record)s") % {"record": record})
        context["page"] = Paginator(revisions, A_PAGE).get_page(request.GET.get("p"))
        return TemplateResponse(request, "admin/record_history.html", {**context, **(extra_context or {})})

    def version_view(self, request: HttpRequest, object_id: str, revision_id: int) -> HttpResponse:
        """One version beside the one before it, or beside any other; from here it can be brought back."""
        found = self._page(request, object_id, revision_id)
        revisions = Revision.objects.of(found.record)
        asked = request.GET.get("with", "")
        other = revisions.filter(pk=asked).first() if asked.isdecimal() else None
        now = snapshot(found.record)
        if request.method == "POST":
            return self._revert(request, found)
        before = other or revisions.filter(pk__lt=found.revision.pk).first()
        context = self._context(request, found.record, _("Version: %(record)s") % {"record": found.record})
        context |= {
            "revision": found.revision,
            "before": before,
            "others": revisions.exclude(pk=found.revision.pk)[:A_PAGE],
            "differences": compare.differences(found.record, before.data if before else {}, found.revision.data),
            "from_now": compare.differences(found.record, now, found.revision.data | _standing(now)),
            "may_revert": self.has_change_permission(request, found.record),
            "may_publish": self._may_publish(request),
            "is_public": getattr(found.record, "status", "") == Status.PUBLISHED,
        }
        return TemplateResponse(request, "admin/version.html", context)

    @transaction.atomic
    def _revert(self, request: HttpRequest, found: Page) -> HttpResponse:
        if not self.has_change_permission(request, found.record):
            raise PermissionDenied
        reason, intent = request.POST.get("why", "").strip()[:250], request.POST.get("then", "")
        if intent == PUBLISH and not self._may_publish(request):
            raise PermissionDenied
        if not reason:
            self.message_user(request, _("Say in a few words why, for those who read the history."), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        hold()
        try:
            with transaction.atomic():
                data, deed = found.revision.data, Deed.by(request, reason)
                if getattr(found.record, "status", "") == Status.PUBLISHED and intent != PUBLISH:
                    waiting.keep(found.record, data, deed=deed)
                else:
                    waiting.restore(found.record, data, deed=deed)
        except ValidationError as error:
            self.message_user(request, " ".join(labelled(self.model, error)), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        said = _("“%(record)s” is as it was in that version.")
        if getattr(found.record, "status", "") == Status.PUBLISHED and intent != PUBLISH:
            said = _("That version of “%(record)s” waits to be published.")
        self.message_user(request, said % {"record": found.record}, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", found.record))

    @transaction.atomic
    def conflict_view(self, request: HttpRequest, object_id: str, revision_id: int) -> HttpResponse:
        """What this person wrote beside what somebody else has saved meanwhile; each field is chosen."""
        found = self._page(request, object_id, revision_id)
        if not self.has_change_permission(request, found.record):
            raise PermissionDenied
        hold()
        if found.revision.state != Revision.State.PARKED or found.revision.author_id != request.user.pk:
            raise Http404
        settlement = Settlement(found.record, found.revision)
        intent = request.POST.get("then", request.GET.get("then", ""))
        if request.method == "POST":
            if "drop" in request.POST:
                settlement.drop()
                self.message_user(request, _("What you had written is set aside; the history keeps it."))
                return HttpResponseRedirect(self.url_of("change", found.record))
            if intent == PUBLISH and not self._may_publish(request):
                raise PermissionDenied
            if error := self._settled(request, settlement, intent):
                self.message_user(request, error, messages.ERROR)
            else:
                said = _("“%(record)s” is saved as you chose.") % {"record": found.record}
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(self.url_of("change", found.record))
        context = self._context(
            request, found.record, _("Somebody else has saved “%(record)s” meanwhile") % {"record": found.record}
        )
        context |= {
            "settlement": settlement,
            "then": intent,
            "may_publish": self._may_publish(request),
            "is_public": getattr(found.record, "status", "") == Status.PUBLISHED,
            "reason": request.POST.get("why", found.revision.reason),
        }
        return TemplateResponse(request, "admin/conflict.html", context)

    def _settled(self, request: HttpRequest, settlement: Settlement, intent: str) -> str:
        """What stands in the way, "" if it is done."""
        reason = request.POST.get("why", "").strip()[:250]
        if intent == PUBLISH and not reason:
            return _("Say in a few words why this is published, for those who read the history.")
        if request.POST.get("seen") != str(settlement.theirs.pk):
            return _("It has been saved once more meanwhile. Look at what differs now.")
        try:
            with transaction.atomic():
                data = settlement.chosen(request.POST)
                time = settlement.planned(data) if self.may_plan(request) and intent != PUBLISH else None
                settle(settlement.record, data, intent, Deed.by(request, reason), time)
                settlement.drop()
        except ValidationError as error:
            return " ".join(labelled(self.model, error))
        return ""

    def discard_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self._record(request, object_id)
        if request.method != "POST" or not self.has_change_permission(request, record):
            raise PermissionDenied
        if isinstance(record, Publishable):
            planned = Revision.objects.of(record).waiting().filter(publish_at__isnull=False)
            if planned.exists() and not self._may_publish(request):
                raise PermissionDenied
            waiting.discard(record, deed=Deed.by(request))
            self.message_user(request, _("The change is discarded; the history keeps it."), messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", record))

    def _may_publish(self, request: HttpRequest) -> bool:
        asked = getattr(self, "has_publish_permission", None)
        return bool(asked and asked(request))

    def _record(self, request: HttpRequest, object_id: str) -> Record:
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return record

    def _page(self, request: HttpRequest, object_id: str, revision_id: int) -> Page:
        record = self._record(request, object_id)
        revisions = Revision.objects.of(record).select_related("author", "batch")
        return Page(record, get_object_or_404(revisions, pk=revision_id))

    def _context(self, request: HttpRequest, record: Record, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "object": record,
            "media": self.media,
            "change_url": self.url_of("change", record),
            "history_url": self.url_of("history", record),
        }


def _standing(data: dict[str, Any]) -> dict[str, Any]:
    """Reverting leaves alone where the record stands."""
    return {name: data[name] for name in ("status", "publish_at") if name in data}

"""A page as it will be once a draft or a waiting change is published: computed from rows that are taken back."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etown import waiting
from etown.bilingual import listed
from etown.derived import hold
from etown.readiness import missing
from etown.records import Publishable, Status
from etown.rehearsal import rehearsal
from etown.revisions import Revision
from etown.states import snapshot

SALT = "etown.preview"
DAYS = 7
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


def address(record: Publishable, language: str) -> str:
    """A link to the preview that whoever has it may open for some days; it shows the latest version."""
    kind = ContentType.objects.get_for_model(record)
    token = signing.dumps([kind.pk, record.pk], salt=SALT)
    with translation.override(language):
        return reverse("preview", args=[token])


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    try:
        kind, key = signing.loads(token, salt=SALT, max_age=DAYS * 24 * 3600)
    except signing.SignatureExpired:
        return _told(request, _("This link has expired. Ask whoever sent it for a new one."), status=410)
    except signing.BadSignature as error:
        raise Http404 from error
    model: Any = ContentType.objects.get_for_id(kind).model_class()
    record: Any = model._default_manager.filter(pk=key).first()
    if record is None or record.status == Status.ARCHIVED:
        raise Http404
    return shown(request, record)


def shown(request: HttpRequest, record: Publishable) -> HttpResponse:
    """The public page of the record, as its own view makes it, out of the version that waits or the draft."""
    found = Revision.waiting_for(record)
    try:
        with rehearsal():
            hold()
            waiting.rehearse(record, found.data if found else snapshot(record), as_published=True)
            response = _page(request, record.get_absolute_url())
    except ValidationError:
        fields = listed(found.label for found in missing(record)) or _("some fields")
        return _told(request, _("There is no page to show yet. Still needed: %(fields)s.") % {"fields": fields}, 409)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _page(request: HttpRequest, url: str) -> HttpResponse:
    match = resolve(url)
    asked: Any = HttpRequest()
    asked.method = "GET"
    asked.META = {name: value for name, value in request.META.items() if not name.startswith("HTTP_IF_")}
    asked.path = asked.path_info = url
    asked.META |= {"PATH_INFO": url, "QUERY_STRING": ""}
    asked.LANGUAGE_CODE = translation.get_language()
    asked.resolver_match = match
    # The page says so on top: whoever got the link must not take it for public.
    asked.is_preview = True
    response = match.func(asked, *match.args, **match.kwargs)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    return response


def _told(request: HttpRequest, text: str, status: int) -> HttpResponse:
    context = {"title": _("Preview"), "message": text, "is_error": True}
    return TemplateResponse(request, "preview.html", context, status=status, headers=HEADERS).render()


class PreviewPages:
    """For the admin of publishable records."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        return [path("<path:object_id>/preview/<str:language>/", view, name=name), *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str, language: str) -> HttpResponse:
        record: Publishable | None = self.get_object(request, object_id)
        if record is None or language not in {"en", "zh-hans"}:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        if record.status != Status.PUBLISHED and (lacking := missing(record)):
            self.message_user(request, _told_missing(lacking), "warning")
            return HttpResponseRedirect(self.url_of("change", record))
        return HttpResponseRedirect(address(record, language))


def _told_missing(lacking: list[Any]) -> str:
    fields = listed(found.label for found in lacking)
    return _("There is no page to show yet. Still needed: %(fields)s.") % {"fields": fields}

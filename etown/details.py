"""One record by its address: present, moved, or gone."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseGone
from django.shortcuts import redirect, render
from django.views import View

from etown.models import FormerSlug
from etown.records import Publishable, PublishableQuerySet, Status


def moved_to(queryset: PublishableQuerySet, slug: str) -> Publishable | None:
    """The public record that had this address before."""
    former = FormerSlug.objects.filter(
        content_type=ContentType.objects.get_for_model(queryset.model), slug=slug
    ).first()
    return queryset.filter(pk=former.object_id).first() if former else None


def was_public(queryset: PublishableQuerySet, slug: str) -> bool:
    """Whether a record that is archived now was once public at this address."""
    archived = queryset.model._default_manager.filter(status=Status.ARCHIVED, published_at__isnull=False)
    return archived.filter(slug=slug).exists() or moved_to(archived, slug) is not None


class DetailView(View):
    """A record's page: name the queryset and the template; `get_context` adds what stands around it."""

    http_method_names = ["get", "head"]
    queryset: PublishableQuerySet
    template_name: str

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        record = self.queryset.filter(slug=slug).first()
        if record is not None:
            return render(request, self.template_name, {"record": record, **self.get_context(record)})
        if present := moved_to(self.queryset, slug):
            return redirect(present.get_absolute_url(), permanent=True)
        if was_public(self.queryset, slug):
            return HttpResponseGone(render(request, "410.html", {"is_error": True}).content)
        raise Http404

    def get_context(self, record: Publishable) -> dict[str, Any]:
        return {}

    def url_of(self, record: Publishable) -> str:
        return self.request.build_absolute_uri(record.get_absolute_url())

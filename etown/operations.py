"""What load balancers and browsers ask first: is it well, and which language; and stored pictures."""

import re

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django.views.static import serve

from etown import outbox

PICTURE = re.compile(r"pictures/[\w-]{1,80}\.webp", re.ASCII)


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """The home page in the reader's preferred language."""
    answer = redirect(reverse("home"))
    patch_vary_headers(answer, ["Accept-Language", "Cookie"])
    return answer


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A stored picture; its name is the digest of its content, so that it never changes."""
    if not PICTURE.fullmatch(path):
        raise Http404
    answer = serve(request, path, str(settings.MEDIA_ROOT))
    if answer.status_code == 200:
        # Not every machine's list of types knows this one.
        answer["Content-Type"] = "image/webp"
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its tables are current; 503 otherwise.

    How far the worker is behind is told and decides nothing: a web process that is taken out for it would not help.
    """
    headers = {"Cache-Control": "no-store"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return JsonResponse({"status": "migrations pending"}, status=503, headers=headers)
        queue = {"lag_seconds": int(outbox.lag().total_seconds()), "failing": outbox.failing()}
    except DatabaseError:
        return JsonResponse({"status": "database away"}, status=503, headers=headers)
    return JsonResponse({"status": "ok", "queue": queue}, headers=headers)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be found; filtered lists say themselves that they are no pages of their own."""
    lines = ["User-agent: *", "Disallow: /admin/", f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here on pages that name no icon of their own."""
    return redirect(static("favicon.svg"))

"""What load balancers and browsers ask first: is it well, and which language."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers


def front_door(request: HttpRequest) -> HttpResponse:
    """The home page in the reader's preferred language."""
    answer = redirect(reverse("home"))
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its tables are current; 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return JsonResponse({"status": "database away"}, status=503, headers={"Cache-Control": "no-store"})
    state = "migrations pending" if pending else "ok"
    return JsonResponse({"status": state}, status=503 if pending else 200, headers={"Cache-Control": "no-store"})

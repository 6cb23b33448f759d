"""Errors as people and programs read them: a page in the reader's language, problem details under /api/."""

import math
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions

from etown.filters import Problem


class Gone(exceptions.APIException):
    """A record that was public once."""

    status_code = 410
    default_detail = gettext_lazy("This record was public once and has been archived since.")


class BadQuery(exceptions.ValidationError):
    """A query that cannot be answered; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        text = ngettext("The query has %(count)s problem.", "The query has %(count)s problems.", len(problems))
        super().__init__(text % {"count": len(problems)})


def problem(status: int, detail: str, **extra: Any) -> JsonResponse:
    """An RFC 9457 answer."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **extra,
    }
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What DRF raises, as problem details; anything else is a fault of ours and goes to the server's handler."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is no such record."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    extra = {}
    if isinstance(error, BadQuery):
        extra["errors"] = [{"parameter": found.parameter, "detail": found.detail} for found in error.problems]
    if isinstance(error, exceptions.Throttled):
        return throttled(math.ceil(error.wait or 1))
    if isinstance(error, exceptions.NotAcceptable):
        formats = ", ".join(renderer.format for renderer in context["view"].get_renderers())
        return problem(406, _("This can be had as %(formats)s.") % {"formats": formats})
    detail = error.detail if isinstance(error.detail, str) else " ".join(map(str, error.detail))
    answer = problem(error.status_code, detail, **extra)
    if header := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = header
    return answer


def throttled(seconds: int) -> JsonResponse:
    """Too many requests, told to a program; `too_many_requests` tells a reader."""
    detail = ngettext(
        "Too many requests from your address. Please come again in %(seconds)s second.",
        "Too many requests from your address. Please come again in %(seconds)s seconds.",
        seconds,
    )
    answer = problem(429, detail % {"seconds": seconds})
    answer["Retry-After"] = str(seconds)
    return answer


def is_api(request: HttpRequest) -> bool:
    """Whether a program asked."""
    return f"{request.path_info}/".startswith("/api/")


def _answer(request: HttpRequest, status: int, detail: str, told: str = "") -> HttpResponse:
    if is_api(request):
        return problem(status, told or detail)
    return render(request, f"{status}.html", {"is_error": True, "told": told}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    detail = _("The request cannot be understood.")
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _answer(request, 400, detail, _too_large(exception))
    # What a view of ours says is meant for the reader; Django's own words are not.
    told = str(exception) if isinstance(exception, BadRequest) else ""
    return _answer(request, 400, detail, told)


def _too_large(exception: Exception) -> str:
    """Of a form that nobody could read; one that could says itself which field is too long."""
    if isinstance(exception, TooManyFieldsSent):
        said = _("This form has more than %(count)s fields. Nothing was saved. Go back and remove some rows.")
        return said % {"count": f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}"}
    said = _(
        "What was sent is larger than %(size)s MB. Nothing was saved. Go back, where your text still stands, and "
        "shorten it or part it into several."
    )
    return said % {"size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20}


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    told = _("Your account has no role for this. Where you need one, ask an administrator.")
    return _answer(request, 403, _("This is not allowed."), told)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, 403, _("This is not allowed."))


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    answer = render(request, "429.html", {"is_error": True, "wait": seconds}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, _("Something went wrong on our side."))
